//! Moves with more than one destination.

use super::*;

/// Another destination with this number.
fn other(id: u64, is_good: bool) -> DestinationFacts {
    let mut facts = good();
    facts.is_primary = false;
    facts.path = format!("kiwi/part-{id}");
    p(&mut facts).id = ProjectId(id);
    p(&mut facts).path = format!("kiwi/part-{id}");
    p(&mut facts).archived = Told::Is(!is_good);
    facts
}

#[test]
fn edge_1_the_primary_decides_and_only_what_holds_is_counted() {
    let rules = Rules::default();
    let all = [other(1, false), good(), other(2, true), other(3, false)];
    let verdict = verify_move(&all, &rules, now());
    assert_eq!((verdict.overall, verdict.verified), (Overall::Verified, 2));
    assert_eq!(verdict.destinations[0].project, Some(7), "the primary comes first");

    let mut failing = good();
    p(&mut failing).archived = Told::Is(true);
    let verdict = verify_move(&[other(1, true), failing], &rules, now());
    assert_eq!((verdict.overall, verdict.verified), (Overall::NotYet, 1));
}

#[test]
fn without_a_mark_the_first_is_the_primary_and_without_any_nothing_is_verified() {
    let rules = Rules::default();
    let verdict = verify_move(&[other(1, false), other(2, true)], &rules, now());
    assert_eq!(verdict.overall, Overall::NotYet);
    assert!(verdict.destinations[0].is_primary && !verdict.destinations[1].is_primary);
    let none = verify_move(&[], &rules, now());
    assert_eq!((none.overall, none.verified), (Overall::Unverified, 0));
}

#[test]
fn edge_2_one_project_under_two_paths_counts_once() {
    let rules = Rules::default();
    let renamed =
        DestinationFacts { path: "kiwi/old-name".to_owned(), is_primary: false, ..good() };
    let verdict = verify_move(&[good(), renamed], &rules, now());
    assert_eq!((verdict.destinations.len(), verdict.verified), (1, 1));
    // The same number on another host is another project.
    let elsewhere = DestinationFacts {
        host: "https://example.org/".parse().unwrap(),
        is_primary: false,
        ..good()
    };
    assert_eq!(verify_move(&[good(), elsewhere], &rules, now()).verified, 2);
    // Unread ones are told apart by their paths.
    let unread = |path: &str| DestinationFacts {
        path: path.to_owned(),
        project: Err(Silence::Later),
        ..good()
    };
    let verdict = verify_move(&[unread("a/b"), unread("A/B"), unread("a/c")], &rules, now());
    assert_eq!(verdict.destinations.len(), 2);
}

#[test]
fn edge_2_a_new_path_is_told() {
    let mut facts = good();
    p(&mut facts).path = "kiwi/new-name".to_owned();
    let verdict = verify(&facts, &Rules::default(), now());
    assert_eq!(verdict.overall, Overall::Verified);
    assert_eq!(verdict.path, "kiwi/new-name");
    assert!(verdict.notes[0].contains("`kiwi/new-name`"), "{:?}", verdict.notes);
}

#[test]
fn an_anonymous_reader_is_told_why_so_much_is_unknown_and_staff_can_attest_it() {
    let mut facts = DestinationFacts {
        reader: Reader::Anonymous,
        project: Ok(partial()),
        merged: Listed::whole(Vec::new()),
        commits: Listed::whole(Vec::new()),
        pushes: Listed::whole(Vec::new()),
        ..good()
    };
    let verdict = verify(&facts, &Rules::default(), now());
    assert_eq!(verdict.overall, Overall::Unverified, "half an answer is never a no");
    assert!(verdict.notes[0].contains("without a token"), "{:?}", verdict.notes);

    facts.merged = good().merged;
    for id in [CheckId::V2, CheckId::V4, CheckId::V5] {
        attest(&mut facts, id);
    }
    let verdict = verify(&facts, &Rules::default(), now());
    assert_eq!(verdict.overall, Overall::Verified);
    assert_eq!(verdict.checks.iter().filter(|check| check.is_attested).count(), 3);
}
