//! Many looks or one, early or late: the same stages.

use super::super::explain::day as day_of;
use super::*;

/// Whenever the bot looks, and however often, it comes to the same stage as if it had looked at each
/// event at once.
#[test]
fn the_moment_of_a_look_does_not_matter() {
    let config = config();
    let words = [
        "s+engaged",
        "s-engaged",
        "s+prospect",
        "s-prospect",
        "x+engaged",
        "x-prospect",
        "x+moved",
        "s+assessing",
        "s+declined",
        "x-engaged",
    ];
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..1500 {
        let script: Vec<&str> = std::iter::once("b+prospect")
            .chain((0..rng.usize(1..7)).map(|_| words[rng.usize(0..words.len())]))
            .collect();
        let events = events(&script.join(" "));
        let split = rng.usize(1..=events.len());
        let stepwise = remembered(&events);
        let memory = remembered(&events[..split]);
        let past = Past { memory: Some(&memory), judged: memory.judged, is_spoken: &|_, _| false };
        let at_once = read_history(&config.workflow, &events, &people(), &past);
        let again = IssueMemory {
            entries: at_once.entries.clone(),
            is_cleared: at_once.is_cleared,
            judged: events.last().map(|event| event.id),
            ..memory.clone()
        };
        let past = Past { memory: Some(&again), judged: again.judged, is_spoken: &|_, _| false };
        let once_more = read_history(&config.workflow, &events, &people(), &past);
        assert_eq!(once_more.entries, at_once.entries, "{script:?} split at {split}");
        assert_eq!(once_more.is_cleared, at_once.is_cleared, "{script:?} split at {split}");
        let last = |entries: &[StageEntry]| entries.last().map(|entry| entry.stage.clone());
        assert_eq!(last(&stepwise.entries), last(&at_once.entries), "{script:?} split at {split}");
    }
}

#[test]
fn g05_events_dated_by_a_wrong_clock_count_in_the_order_of_their_ids() {
    let mut rng = fastrand::Rng::with_seed(5);
    for script in [
        "b+prospect s+engaged b-prospect",
        "b+prospect s+engaged b-prospect s+assessing b-engaged s+declined",
        "b+prospect x+moved b-moved s+engaged",
    ] {
        let mut case = Case::new(script, 1);
        let expected = told(&case.decide());
        for _ in 0..50 {
            for event in &mut case.events[1..] {
                let years = rng.i64(-20..80);
                event.at = at(0) + jiff::SignedDuration::from_hours(years * 8766);
            }
            assert_eq!(told(&case.decide()), expected, "{script}: {:?}", case.events);
        }
    }
}

#[test]
fn g03_g05_days_in_a_stage_are_full_days_and_never_fewer_than_none() {
    let config = config();
    let rules = Rules { workflow: &config.workflow, texts: &config.texts };
    let case = Case::new("b+prospect s+engaged b-prospect", 3);
    let (people, hour) = (people(), jiff::SignedDuration::from_hours(1));
    for (hours, days) in [(0, 0), (23, 0), (24, 1), (49, 2), (-1, 0), (-100_000, 0)] {
        let facts = Facts {
            judged: case.memory.as_ref().and_then(|memory| memory.judged),
            issue: &case.issue,
            events: &case.events,
            people: &people,
            memory: case.memory.as_ref(),
            spoken: &case.spoken,
            comments: &case.comments,
            reports: &[],
            twins: &[],
            dri: None,
            now: at(2) + hour * hours,
        };
        let explanation = explain(rules, &facts);
        assert_eq!(explanation.stage.unwrap().days, days, "{hours} hours later");
    }
    // The day of an entry is UTC's, a second before and after midnight.
    for (at, day) in
        [("2026-12-31T23:59:59Z", "2026-12-31"), ("2027-01-01T00:00:00Z", "2027-01-01")]
    {
        assert_eq!(day_of(at.parse().unwrap()), day);
    }
}
