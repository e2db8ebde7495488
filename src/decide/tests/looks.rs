//! Many looks or one, early or late: the same stages.

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
