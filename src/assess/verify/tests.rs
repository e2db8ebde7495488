//! The verifier: one change to a move that is right, and what becomes of it.

mod destinations;
mod home;
mod properties;
mod shown;
mod standing;
mod working;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::model::{
    Account, Commit, Fingerprint, LicenceFound, Listed, MergedRequest, OpenedIssue, ProjectFacts,
    ProjectId, Push, Silence, Told, UserId, Username, Visibility,
};

/// 2026-11-22, noon.
fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// 2026-10-01, when the wave began.
fn cutover() -> Timestamp {
    "2026-10-01T00:00:00Z".parse().unwrap()
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

fn person(id: u64) -> Account {
    Account {
        id: UserId(id),
        username: Username::new(format!("person-{id}")),
        name: format!("Person {id}"),
        state: Told::Is("active".to_owned()),
        bot: Told::Withheld,
    }
}

/// Merged this many days after the cutover.
fn request(iid: u64, author: Account, day: i64) -> MergedRequest {
    MergedRequest {
        iid,
        author: Some(author),
        imported: Told::Is(false),
        created_at: cutover() + days(day) - days(1),
        merged_at: Some(cutover() + days(day)),
    }
}

fn commit(author: u64, day: i64) -> Commit {
    // Hashing is slow without optimisation.
    static PEOPLE: LazyLock<Vec<[Fingerprint; 2]>> = LazyLock::new(|| {
        let of = |one| [format!("person-{one}@example.org"), format!("Person {one}")];
        (0..50).map(of).map(|texts| texts.map(|text| Fingerprint::of(&text))).collect()
    });
    let [address, name] = &PEOPLE[usize::try_from(author).unwrap()];
    Commit {
        author: address.clone(),
        author_name: name.clone(),
        by_machine: false,
        authored_at: cutover() + days(day),
    }
}

fn push(author: Account, day: i64) -> Push {
    Push { author: Some(author), imported: Told::Withheld, at: cutover() + days(day) }
}

fn issue(iid: u64, author: Account, imported: bool, day: i64) -> OpenedIssue {
    OpenedIssue {
        iid,
        author: Some(author),
        imported: Told::Is(imported),
        created_at: cutover() + days(day),
    }
}

fn project() -> ProjectFacts {
    ProjectFacts {
        id: ProjectId(7),
        path: "kiwi/paint".to_owned(),
        visibility: Told::Is(Visibility::Public),
        archived: Told::Is(false),
        empty: Told::Is(false),
        deletion_on: Told::Nothing,
        default_branch: Told::Is("main".to_owned()),
        licence: Told::Is(LicenceFound { key: "gpl-3.0".to_owned(), name: String::new() }),
        forked_from: Told::Withheld,
        mirror: Told::Is(false),
        import_type: Told::Withheld,
        namespace: Told::Withheld,
        last_activity_at: Some(cutover() + days(40)),
    }
}

/// As a reader without a token gets it.
fn partial() -> ProjectFacts {
    ProjectFacts {
        visibility: Told::Withheld,
        archived: Told::Withheld,
        empty: Told::Withheld,
        deletion_on: Told::Withheld,
        mirror: Told::Withheld,
        ..project()
    }
}

/// A move in which everything is right.
fn good() -> DestinationFacts {
    DestinationFacts {
        host: "https://gitlab.com/".parse().unwrap(),
        path: "kiwi/paint".to_owned(),
        known_id: None,
        is_primary: true,
        reader: Reader::SignedIn,
        project: Ok(project()),
        cutover: Cutover::of(Some(cutover()), None, None),
        is_small: false,
        is_excluded: false,
        own_projects: BTreeSet::new(),
        merged: Listed::whole(vec![
            request(1, person(1), 5),
            request(2, person(2), 10),
            request(3, person(1), 40),
        ]),
        commits: Listed::unread(Silence::NotAsked),
        pushes: Listed::unread(Silence::NotAsked),
        pipeline: Err(Silence::NotAsked),
        recent_issues: Listed::unread(Silence::NotAsked),
        oldest_issues: Listed::unread(Silence::NotAsked),
        wiki_pages: Err(Silence::NotAsked),
        import: Err(Silence::NotAsked),
        source: Some(SourceFacts {
            name: "github.com/kiwi/paint".to_owned(),
            archived: Ok(true),
            pushed_at: Ok(cutover()),
            points_here: Ok(true),
        }),
        moved: BTreeSet::from([Scope::Code]),
        stays: BTreeSet::new(),
        attested: BTreeMap::new(),
    }
}

/// A move whose project uses no merge requests.
fn by_patches() -> DestinationFacts {
    DestinationFacts {
        merged: Listed::whole(Vec::new()),
        commits: Listed::whole((0..10).map(|number| commit(number % 2 + 1, 20)).collect()),
        pushes: Listed::whole(vec![push(person(1), 20), push(person(2), 21)]),
        ..good()
    }
}

fn attest(facts: &mut DestinationFacts, id: CheckId) {
    let link = "https://gitlab.com/landfall/tracker/-/wikis/seen".to_owned();
    facts.attested.insert(id, Attestation { by: Username::from("sam"), link });
}

/// What the case is, what it changes, how the check ends, what the whole amounts to, and words of the
/// reason.
type Row = (&'static str, fn(&mut DestinationFacts), Outcome, Overall, &'static str);

/// Rows as one reads them: `"case": change => Outcome Overall "words";`
macro_rules! rows {
    ($($name:literal: $change:expr => $outcome:ident $overall:ident $words:literal;)*) => {
        &[$(($name, $change, Outcome::$outcome, Overall::$overall, $words)),*]
    };
}
use rows;

fn expect(id: CheckId, from: fn() -> DestinationFacts, rules: &Rules, rows: &[Row]) {
    for (name, change, outcome, overall, words) in rows {
        let mut facts = from();
        change(&mut facts);
        let verdict = verify(&facts, rules, now());
        let check = verdict.check(id).unwrap();
        assert_eq!(check.outcome, *outcome, "{name}: {}", check.reason);
        assert_eq!(verdict.overall, *overall, "{name}: {:#?}", verdict.checks);
        assert!(check.reason.contains(words), "{name}: {}", check.reason);
        assert_eq!(verdict.checks.len(), 9, "{name}");
    }
}

/// The project of these facts, to change it.
fn p(facts: &mut DestinationFacts) -> &mut ProjectFacts {
    facts.project.as_mut().unwrap()
}

#[test]
fn a_move_in_which_everything_is_right_is_verified_in_full() {
    for facts in [good(), by_patches()] {
        let verdict = verify(&facts, &Rules::default(), now());
        assert_eq!(verdict.overall, Overall::Verified, "{:#?}", verdict.checks);
        assert_eq!(verdict.coverage, Coverage::Full);
        assert_eq!(verdict.notes, [] as [&str; 0]);
        assert_eq!((verdict.project, verdict.path.as_str()), (Some(7), "kiwi/paint"));
    }
}
