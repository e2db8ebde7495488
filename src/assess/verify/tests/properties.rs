//! What holds for every move.

use proptest::prelude::*;

use super::*;

fn told<T: std::fmt::Debug + Clone + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Told<T>> {
    prop_oneof![Just(Told::Withheld), Just(Told::Nothing), value.prop_map(Told::Is)]
}

fn silence() -> impl Strategy<Value = Silence> {
    prop_oneof![
        Just(Silence::NotThere),
        Just(Silence::Refused),
        Just(Silence::Later),
        Just(Silence::TooMuch),
        Just(Silence::NotAsked),
    ]
}

fn listed<T: Clone + std::fmt::Debug + 'static>(
    record: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Listed<T>> {
    (prop::collection::vec(record, 0..14), prop::option::of(silence()))
        .prop_map(|(records, rest)| Listed { records, rest })
}

fn account() -> impl Strategy<Value = Account> {
    (1..5_u64).prop_map(person)
}

fn requests() -> impl Strategy<Value = Listed<MergedRequest>> {
    listed((1..9_u64, account(), -20..50_i64, told(any::<bool>())).prop_map(
        |(iid, author, day, imported)| MergedRequest { imported, ..request(iid, author, day) },
    ))
}

prop_compose! {
    fn projects()(
        visibility in told(prop_oneof![Just(Visibility::Public), Just(Visibility::Private)]),
        archived in told(any::<bool>()),
        empty in told(any::<bool>()),
        mirror in told(any::<bool>()),
        key in told(prop_oneof![Just("mit"), Just("other"), Just("cc-by-4.0")]),
    ) -> ProjectFacts {
        let licence = key.and_then(|key| Some(LicenceFound { key: key.to_owned(), name: String::new() }));
        ProjectFacts { visibility, archived, empty, mirror, licence, ..project() }
    }
}

prop_compose! {
    fn moves()(
        project in prop_oneof![4 => projects().prop_map(Ok), 1 => silence().prop_map(Err)],
        reader in prop_oneof![Just(Reader::SignedIn), Just(Reader::Anonymous)],
        merged in requests(),
        commits in listed((1..4_u64, -9..40_i64).prop_map(|(author, day)| commit(author, day))),
        pushes in listed((account(), -9..40_i64).prop_map(|(author, day)| push(author, day))),
        archived in prop_oneof![any::<bool>().prop_map(Ok), silence().prop_map(Err)],
        points_here in prop_oneof![any::<bool>().prop_map(Ok), silence().prop_map(Err)],
        has_cutover in any::<bool>(),
        is_small in any::<bool>(),
        attested in prop::collection::vec(prop::sample::select(CheckId::ALL.to_vec()), 0..4),
    ) -> DestinationFacts {
        let mut facts = DestinationFacts { project, reader, merged, commits, pushes, is_small, ..good() };
        facts.cutover = facts.cutover.filter(|_| has_cutover);
        let source = facts.source.as_mut().unwrap();
        (source.archived, source.points_here) = (archived, points_here);
        for id in attested {
            attest(&mut facts, id);
        }
        facts
    }
}

proptest! {
    #[test]
    fn nothing_is_verified_unless_v1_to_v8_hold(facts in moves()) {
        let verdict = verify(&facts, &Rules::default(), now());
        let hold = verdict.checks[..8].iter().all(|check| check.outcome == Outcome::Pass);
        prop_assert_eq!(verdict.overall == Overall::Verified, hold);
        let fails = verdict.checks[..8].iter().any(|check| check.outcome == Outcome::Fail);
        prop_assert!(verdict.overall != Overall::NotYet || fails, "a no has a reason");
    }

    #[test]
    fn machines_placeholders_and_imported_work_change_nothing(
        facts in moves(),
        kind in 0..4_usize,
        day in 0..50_i64,
    ) {
        let mut more = facts.clone();
        let mut stranger = person(900);
        match kind {
            0 => stranger.username = Username::from("project_12_bot_ab"),
            1 => stranger.username = Username::from("github_placeholder_user_3"),
            2 => stranger.bot = Told::Is(true),
            _ => {}
        }
        let added = MergedRequest {
            imported: if kind == 3 { Told::Is(true) } else { Told::Is(false) },
            ..request(500, stranger.clone(), day)
        };
        more.merged.records.push(added);
        more.pushes.records.push(Push {
            imported: if kind == 3 { Told::Is(true) } else { Told::Withheld },
            ..push(stranger, day)
        });
        more.commits.records.push(Commit { by_machine: true, ..commit(49, day) });
        // The newest work of anybody matters to V8, so that is held apart.
        more.source = None;
        let facts = DestinationFacts { source: None, ..facts };
        prop_assert_eq!(
            verify(&facts, &Rules::default(), now()),
            verify(&more, &Rules::default(), now())
        );
    }

    #[test]
    fn knowing_less_never_turns_into_a_no(facts in moves(), why in silence()) {
        let was = verify(&facts, &Rules::default(), now());
        let mut less = facts.clone();
        less.merged = Listed::unread(why);
        less.commits = Listed::unread(why);
        less.pushes = Listed::unread(why);
        let now_is = verify(&less, &Rules::default(), now());
        let v7 = |verdict: &Verdict| verdict.check(CheckId::V7).unwrap().outcome;
        prop_assert!(v7(&now_is) != Outcome::Fail, "{:?} became a no", v7(&was));
    }

    #[test]
    fn more_work_of_people_never_hurts(facts in moves(), day in 0..50_i64) {
        let was = verify(&facts, &Rules::default(), now());
        let mut more = facts.clone();
        more.merged.records.push(request(700, person(77), day));
        let now_is = verify(&more, &Rules::default(), now());
        let v7 = |verdict: &Verdict| verdict.check(CheckId::V7).unwrap().outcome;
        prop_assert!(v7(&was) != Outcome::Pass || v7(&now_is) == Outcome::Pass);
    }
}
