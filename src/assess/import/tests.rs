//! Every state an import can be in, and the edges between them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::{ImportFailure, ImportStats, ProjectId, Told};
use crate::tracker::safe;

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn ago(minutes: i64) -> Option<Timestamp> {
    Some(now() - SignedDuration::from_mins(minutes))
}

fn numbers(of: &[(&str, u64)]) -> BTreeMap<String, u64> {
    of.iter().map(|(kind, number)| ((*kind).to_owned(), *number)).collect()
}

fn failure(relation: &str, exception: &str) -> ImportFailure {
    ImportFailure {
        relation: relation.to_owned(),
        exception: exception.to_owned(),
        message: "Validation failed".to_owned(),
    }
}

fn facts(state: ImportState) -> ImportFacts {
    ImportFacts {
        status: Ok(ImportStatus {
            project: ProjectId(7),
            path: "kiwi/paint".to_owned(),
            state,
            import_type: Told::Is("github".to_owned()),
            error: None,
            failures: Vec::new(),
            stats: None,
        }),
        visibility: Some(Visibility::Public),
        started_at: ago(30),
        changed_at: ago(1),
    }
}

fn with_stats(fetched: &[(&str, u64)], imported: &[(&str, u64)]) -> ImportFacts {
    let mut facts = facts(ImportState::Finished);
    facts.status.as_mut().unwrap().stats =
        Some(ImportStats { fetched: numbers(fetched), imported: numbers(imported) });
    facts
}

fn judged(facts: &ImportFacts) -> ImportVerdict {
    judge_import(facts, now(), &ImportRules::default())
}

#[test]
fn every_state_has_its_phase_and_the_living_ones_are_looked_at_again() {
    for (state, phase) in [
        (ImportState::None, Phase::NoImport),
        (ImportState::Scheduled, Phase::Waiting),
        (ImportState::Started, Phase::Running),
        (ImportState::Finished, Phase::Finished),
        (ImportState::Failed, Phase::Failed),
        (ImportState::Canceled, Phase::Canceled),
        (ImportState::Timeout, Phase::Timeout),
        (ImportState::Unknown, Phase::Unknown),
    ] {
        let verdict = judged(&facts(state));
        assert_eq!(verdict.phase, phase, "{state:?}");
        assert_eq!(verdict.next_look_seconds.is_none(), phase.is_over(), "{state:?}");
        assert_eq!((verdict.progress, verdict.accuracy), (None, None), "no numbers are made up");
    }
    for (why, phase) in [
        (Silence::NotThere, Phase::Gone),
        (Silence::Refused, Phase::Unknown),
        (Silence::Later, Phase::Unknown),
    ] {
        let verdict = judged(&ImportFacts { status: Err(why), ..facts(ImportState::Started) });
        assert_eq!((verdict.phase, verdict.project), (phase, None), "{why:?}");
    }
}

#[test]
fn an_import_that_stands_still_is_stuck_and_after_a_day_overdue() {
    for state in [ImportState::Scheduled, ImportState::Started] {
        let going = match state {
            ImportState::Scheduled => Phase::Waiting,
            _ => Phase::Running,
        };
        for (started, changed, phase) in [
            (ago(30), ago(1), going),
            (ago(6 * 60 - 1), None, going),
            (ago(6 * 60), None, Phase::Stuck),
            (ago(20 * 60), ago(6 * 60 - 1), going),
            (ago(20 * 60), ago(6 * 60), Phase::Stuck),
            (ago(24 * 60 - 1), ago(1), going),
            (ago(24 * 60), ago(1), Phase::Overdue),
            (ago(24 * 60), ago(23 * 60), Phase::Overdue),
            (None, None, going),
            (None, ago(6 * 60), Phase::Stuck),
            // A clock that was set back.
            (ago(-10), ago(-10), going),
        ] {
            let facts = ImportFacts { started_at: started, changed_at: changed, ..facts(state) };
            assert_eq!(judged(&facts).phase, phase, "{state:?} {started:?} {changed:?}");
        }
    }
    let late = ImportFacts { started_at: ago(9_999), ..facts(ImportState::Finished) };
    assert_eq!(judged(&late).phase, Phase::Finished, "what is over is over");
}

#[test]
fn the_bar_of_90_percent_is_met_exactly_or_not() {
    for (fetched, imported, phase, permille) in [
        (vec![("issue", 1000)], vec![("issue", 1000)], Phase::Finished, Some(1000)),
        (vec![("issue", 1000)], vec![("issue", 900)], Phase::Finished, Some(900)),
        (vec![("issue", 1000)], vec![("issue", 899)], Phase::FinishedWithFailures, Some(899)),
        (vec![("issue", 1000)], vec![("issue", 0)], Phase::FinishedWithFailures, Some(0)),
        (vec![("issue", 10)], vec![("issue", 9)], Phase::Finished, Some(900)),
        // A surplus of one kind does not make up for another.
        (
            vec![("issue", 50), ("note", 50)],
            vec![("issue", 10), ("note", 500)],
            Phase::FinishedWithFailures,
            Some(600),
        ),
        (
            vec![("issue", 90), ("note", 10)],
            vec![("issue", 90), ("note", 0)],
            Phase::Finished,
            Some(900),
        ),
        // Nothing found: nothing to tell from.
        (vec![("issue", 0)], vec![("issue", 0)], Phase::Finished, None),
        (vec![("issue", 0)], vec![], Phase::Finished, None),
        // No number is not zero: only what is certain is said.
        (vec![("issue", 90), ("note", 10)], vec![("issue", 90)], Phase::Finished, Some(900)),
        (vec![("issue", 80), ("note", 20)], vec![("issue", 80)], Phase::Finished, None),
        (
            vec![("issue", u64::MAX), ("note", u64::MAX)],
            vec![("issue", u64::MAX), ("note", u64::MAX)],
            Phase::Finished,
            Some(1000),
        ),
    ] {
        let verdict = judged(&with_stats(&fetched, &imported));
        assert_eq!(verdict.phase, phase, "{fetched:?} {imported:?}");
        let found = verdict.accuracy.map(|accuracy| accuracy.permille);
        assert_eq!(found, permille, "{fetched:?} {imported:?}");
    }
}

#[test]
fn failures_are_grouped_with_a_remedy_for_each_cause() {
    let mut finished = facts(ImportState::Finished);
    let status = finished.status.as_mut().unwrap();
    status.failures = vec![
        failure("PullRequestImporter", "Octokit::NotFound"),
        failure("issues", "ActiveRecord::RecordInvalid"),
        failure("issues", "ActiveRecord::RecordInvalid"),
        failure("protected_branch", "StandardError"),
        failure("unheard_of", "Unheard::Of"),
    ];
    let verdict = judged(&finished);
    assert_eq!(verdict.phase, Phase::FinishedWithFailures);
    let first = &verdict.failures[0];
    assert_eq!((first.relation.as_str(), first.count), ("issues", 2));
    assert_eq!(first.example, "Validation failed");
    let remedy = |relation: &str| {
        verdict.failures.iter().find(|group| group.relation == relation).unwrap().remedy
    };
    assert!(remedy("issues").starts_with("GitLab refused it"), "{}", remedy("issues"));
    assert!(remedy("PullRequestImporter").starts_with("It was gone from the source"));
    assert!(remedy("protected_branch").starts_with("Rules for branches"), "by what it is");
    assert!(remedy("unheard_of").starts_with("No remedy is known"));
    assert!(!verdict.has_more_failures);

    let many = vec![failure("issues", "Net::ReadTimeout"); 100];
    finished.status.as_mut().unwrap().failures = many;
    assert!(judged(&finished).has_more_failures, "GitLab tells no more than these");
}

#[test]
fn edge_23_an_import_that_left_the_project_hidden_says_so_once_it_is_over() {
    for (visibility, state, hidden) in [
        (Some(Visibility::Private), ImportState::Finished, Some(Visibility::Private)),
        (Some(Visibility::Internal), ImportState::Finished, Some(Visibility::Internal)),
        (Some(Visibility::Public), ImportState::Finished, None),
        (None, ImportState::Finished, None),
        (Some(Visibility::Private), ImportState::Started, None),
    ] {
        let verdict = judged(&ImportFacts { visibility, ..facts(state) });
        assert_eq!(verdict.hidden, hidden, "{visibility:?} {state:?}");
        let says_so = markdown(&verdict).contains("Set its visibility to public.");
        assert_eq!(says_so, hidden.is_some());
    }
}

#[test]
fn people_read_the_state_a_bar_and_what_to_do() {
    let mut running = with_stats(&[("issue", 200), ("note", 0)], &[("issue", 50)]);
    running.status.as_mut().unwrap().state = ImportState::Started;
    let comment = markdown(&judged(&running));
    for line in [
        "**Import of `kiwi/paint`: running**",
        "█████░░░░░░░░░░░░░░░ 25 % (50 of 200 found so far)",
        "| `issue` | 200 | 50 |",
        "| `note` | 0 | ? |",
        "Began: 2026-11-22 11:30 UTC. Last change: 2026-11-22 11:59 UTC. \
         Looked at: 2026-11-22 12:00 UTC.",
    ] {
        assert!(comment.lines().any(|one| one == line), "{line:?} is not in\n{comment}");
    }
    let mut failed = facts(ImportState::Failed);
    failed.status.as_mut().unwrap().error = Some("no\n/close space".to_owned());
    let comment = markdown(&judged(&failed));
    assert!(comment.contains("GitLab says: `no /close space`."), "{comment}");
    assert!(comment.contains("Delete the project and import again"), "{comment}");
    let told = plain(&judged(&running));
    assert!(told.starts_with("Import of `kiwi/paint`: running\n"), "{told}");
    assert!(told.contains("  `note`: ? of 0"), "{told}");
    let unknown = facts(ImportState::Finished);
    assert!(markdown(&judged(&unknown)).contains("no numbers"), "unknown is not 0 or 100 %");
    let json = serde_json::to_value(judged(&running)).unwrap();
    assert_eq!(json["phase"], "running");
    assert_eq!(json["progress"]["kinds"][1]["imported"], serde_json::Value::Null);
    assert_eq!(json["accuracy"], serde_json::Value::Null);
}

#[test]
fn texts_of_strangers_can_not_act_and_long_reports_fit() {
    for text in ["/close", "x\n/label ~a", "@all", "|", "`", "<!-- landfall:v1:0 -->", ">>>\nx"] {
        let mut hostile = facts(ImportState::Finished);
        let status = hostile.status.as_mut().unwrap();
        status.path = text.to_owned();
        status.error = Some(text.to_owned());
        status.failures =
            (0..100).map(|number| failure(&format!("{text}{number}"), text)).collect();
        let kinds: BTreeMap<String, u64> = (0..90).map(|at| (format!("{text}{at}"), 2)).collect();
        status.stats = Some(ImportStats { fetched: kinds, imported: BTreeMap::new() });
        let comment = markdown(&judged(&hostile));
        assert_eq!(safe::assert_body(&comment), Ok(()), "{text:?}\n{comment}");
    }
}

#[test]
fn one_sentence_tells_of_an_import_that_is_over() {
    let note = |facts: &ImportFacts| {
        accuracy_note(facts.status.as_ref().unwrap(), &ImportRules::default())
    };
    let told = note(&with_stats(&[("issue", 1000)], &[("issue", 974)])).unwrap();
    assert_eq!(told, "Its import (`github`) brought over 97.4 % of what was found.");
    let told = note(&with_stats(&[("issue", 1000)], &[("issue", 1)])).unwrap();
    assert!(told.contains("only 0.1 %") && told.contains("90 % are expected"), "{told}");
    let told = note(&facts(ImportState::Finished)).unwrap();
    assert!(told.contains("no numbers"), "{told}");
    assert_eq!(note(&facts(ImportState::Started)), None);
}

proptest! {
    #[test]
    fn the_wait_is_a_minute_at_least_has_an_end_and_never_shrinks(
        quiet in 0..10_000_i64,
        more in 0..10_000_i64,
        seconds in 0..4000_u32,
        minutes in 0..2000_u32,
    ) {
        let rules =
            ImportRules { poll_seconds: seconds, poll_minutes_at_most: minutes, ..Default::default() };
        let wait = |quiet| next_look(Phase::Running, ago(quiet), now(), &rules).unwrap();
        let first = wait(quiet);
        prop_assert!(first >= SignedDuration::from_secs(60));
        let most = i64::from(minutes * 60).max(i64::from(seconds)).max(60);
        prop_assert!(first.as_secs() <= most);
        prop_assert!(wait(quiet + more) >= first);
    }

    #[test]
    fn no_number_is_made_up(
        fetched in prop::collection::btree_map("[a-c]", 0..5_u64, 0..3),
        imported in prop::collection::btree_map("[a-c]", 0..5_u64, 0..3),
    ) {
        let mut finished = facts(ImportState::Finished);
        finished.status.as_mut().unwrap().stats =
            Some(ImportStats { fetched: fetched.clone(), imported: imported.clone() });
        let verdict = judged(&finished);
        let total: u64 = fetched.values().sum();
        prop_assert_eq!(verdict.progress.is_some(), total > 0);
        if let Some(accuracy) = verdict.accuracy {
            prop_assert!(accuracy.imported <= accuracy.fetched && accuracy.fetched == total);
            prop_assert!(accuracy.permille <= 1000);
        }
    }
}
