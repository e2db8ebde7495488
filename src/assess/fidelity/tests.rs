//! The comparison as a table.

use proptest::prelude::*;

use super::*;
use crate::tracker::safe;
use Agreement::{Complete, Missing, Unknown};
use Countable::{
    Branches, ClosedIssues, ClosedRequests, Labels, MergedRequests, OpenIssues, OpenRequests, Tags,
};

const LATER: Result<u64, Silence> = Err(Silence::Later);

fn counts(of: &[(Countable, Result<u64, Silence>)]) -> Counts {
    of.iter().copied().collect()
}

/// The first row's comparison and what all say.
fn compare(
    mixed: bool,
    source: &[(Countable, Result<u64, Silence>)],
    destination: &[(Countable, Result<u64, Silence>)],
) -> (Comparison, Agreement) {
    let source = SourceCounts { counts: counts(source), issues_hold_requests: mixed };
    let report = fidelity(&source, &counts(destination));
    (report.rows[0].comparison, report.agreement)
}

#[test]
fn two_numbers_are_compared() {
    use Comparison::{Explained, NotCompared, Same};
    use Explanation::{BranchesOfRequests, MadeSince};
    for (source, destination, comparison, agreement) in [
        ([(Tags, Ok(3))], [(Tags, Ok(3))], Same, Complete),
        ([(Tags, Ok(0))], [(Tags, Ok(0))], Same, Complete),
        ([(Tags, Ok(3))], [(Tags, Ok(5))], Explained(MadeSince), Complete),
        ([(Tags, Ok(3))], [(Tags, Ok(2))], Comparison::Missing(1), Missing),
        ([(Tags, Ok(3))], [(Tags, Ok(0))], Comparison::Missing(3), Missing),
        ([(Tags, LATER)], [(Tags, Ok(3))], Comparison::Unknown, Unknown),
        ([(Tags, Ok(3))], [(Tags, LATER)], Comparison::Unknown, Unknown),
        ([(Tags, Ok(3))], [(Tags, Err(Silence::TooMuch))], Comparison::Unknown, Unknown),
        ([(Tags, Err(Silence::NotAsked))], [(Tags, Ok(3))], NotCompared, Unknown),
        ([(Tags, Ok(u64::MAX))], [(Tags, Ok(0))], Comparison::Missing(u64::MAX), Missing),
    ] {
        let found = compare(false, &source, &destination);
        assert_eq!(found, (comparison, agreement), "{source:?} {destination:?}");
    }
    let branches = |here| {
        let source = [(Branches, Ok(2)), (OpenRequests, Ok(3))];
        compare(false, &source, &[(Branches, Ok(here)), (OpenRequests, Ok(3))]).0
    };
    assert_eq!(branches(5), Explained(BranchesOfRequests));
    assert_eq!(branches(6), Explained(MadeSince));
}

#[test]
fn github_counts_pull_requests_among_its_issues() {
    use Comparison::{Explained, Same};
    use Explanation::RequestsAmongIssues;
    let source = |open| [(OpenIssues, open), (OpenRequests, Ok(4))];
    for (mixed, told, here, comparison) in [
        (true, Ok(10), 6, Explained(RequestsAmongIssues)),
        (true, Ok(10), 5, Comparison::Missing(1)),
        (false, Ok(10), 6, Comparison::Missing(4)),
        (false, Ok(10), 10, Same),
        (true, LATER, 6, Comparison::Unknown),
    ] {
        let destination = [(OpenIssues, Ok(here)), (OpenRequests, Ok(4))];
        assert_eq!(compare(mixed, &source(told), &destination).0, comparison, "{mixed} {here}");
    }
    // How many of them are pull requests is not known: no number, and none made up.
    for unknown in [LATER, Err(Silence::NotAsked)] {
        let source = [(OpenIssues, Ok(10)), (OpenRequests, unknown)];
        let found = compare(true, &source, &[(OpenIssues, Ok(10))]);
        assert_eq!(found, (Comparison::Unknown, Unknown));
    }
    let closed = [(ClosedIssues, Ok(9)), (ClosedRequests, Ok(2)), (MergedRequests, Ok(3))];
    let here = [(ClosedIssues, Ok(4)), (ClosedRequests, Ok(2)), (MergedRequests, Ok(3))];
    assert_eq!(compare(true, &closed, &here), (Explained(RequestsAmongIssues), Complete));
}

#[test]
fn what_was_closed_since_is_not_missing() {
    use Comparison::Explained;
    use Explanation::StateChanged;
    let source = [(OpenIssues, Ok(10)), (ClosedIssues, Ok(5))];
    let moved = compare(false, &source, &[(OpenIssues, Ok(7)), (ClosedIssues, Ok(8))]);
    assert_eq!(moved, (Explained(StateChanged), Complete));
    let lost = compare(false, &source, &[(OpenIssues, Ok(7)), (ClosedIssues, Ok(7))]);
    assert_eq!(lost, (Comparison::Missing(3), Missing));
    // With one state unknown, the other's gap can't be explained away.
    let half = compare(false, &source, &[(OpenIssues, Ok(7)), (ClosedIssues, LATER)]);
    assert_eq!(half, (Comparison::Missing(3), Missing));
    let requests = [(OpenRequests, Ok(3)), (ClosedRequests, Ok(1)), (MergedRequests, Ok(6))];
    let here = [(OpenRequests, Ok(0)), (ClosedRequests, Ok(2)), (MergedRequests, Ok(8))];
    assert_eq!(compare(false, &requests, &here), (Explained(StateChanged), Complete));
}

#[test]
fn people_read_both_numbers_the_difference_and_why() {
    let source = SourceCounts {
        counts: counts(&[
            (Branches, Ok(4)),
            (Tags, Ok(12)),
            (Labels, LATER),
            (OpenIssues, Ok(30)),
            (OpenRequests, Ok(10)),
        ]),
        issues_hold_requests: true,
    };
    let destination = counts(&[
        (Branches, Ok(4)),
        (Tags, Ok(11)),
        (Labels, Ok(9)),
        (OpenIssues, Ok(20)),
        (OpenRequests, Ok(10)),
    ]);
    let report = fidelity(&source, &destination);
    let comment = markdown(&report);
    for line in [
        "**Both sides counted: something is missing in 1 of 5 kinds**",
        "| branches | 4 | 4 | +0 | ✅ |",
        "| tags | 12 | 11 | -1 | ❌ 1 missing |",
        "| labels | ? | 9 | ? | ❔ source: GitLab could not be asked |",
        "| open issues | 30 | 20 | -10 | ✅ the source counts pull requests as issues |",
    ] {
        assert!(comment.lines().any(|one| one == line), "{line:?} is not in\n{comment}");
    }
    assert_eq!(safe::assert_body(&comment), Ok(()));
    assert!(
        plain(&report).contains("tags                           12 -> 11"),
        "{}",
        plain(&report)
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["rows"][1]["source"], 12);
    assert_eq!(json["rows"][2]["source"], "later", "unknown is not zero");
    assert_eq!(json["agreement"], "missing");
    let nothing = fidelity(&SourceCounts::default(), &Counts::new());
    assert_eq!((nothing.agreement, nothing.rows.len()), (Unknown, 0));
    assert!(markdown(&nothing).contains("nothing to compare"));
}

fn side() -> impl Strategy<Value = Counts> {
    let number = prop_oneof![
        3 => (0..20_u64).prop_map(Ok),
        1 => Just(LATER),
        1 => Just(Err(Silence::NotAsked)),
    ];
    prop::collection::btree_map(prop::sample::select(Countable::ALL.to_vec()), number, 0..11)
}

proptest! {
    #[test]
    fn nothing_unknown_is_called_complete_and_nothing_missing_is_overlooked(
        source in side(),
        destination in side(),
        mixed in any::<bool>(),
    ) {
        let source = SourceCounts { counts: source, issues_hold_requests: mixed };
        let report = fidelity(&source, &destination);
        for row in &report.rows {
            let is_known = row.source.is_ok() && row.destination.is_ok();
            prop_assert_eq!(row.difference.is_some(), is_known);
            let is_settled = !matches!(row.comparison, Comparison::Unknown | Comparison::NotCompared);
            prop_assert!(is_known || !is_settled, "{row:?}");
            if row.difference.is_some_and(|difference| difference >= 0) {
                prop_assert!(!matches!(row.comparison, Comparison::Missing(_)), "{row:?}");
            }
        }
        if report.agreement == Complete {
            let unknown = report.rows.iter().any(|row| row.comparison == Comparison::Unknown);
            prop_assert!(!unknown);
        }
    }
}
