//! What the program would say to a group.

use super::*;
use crate::model::{LicenceFound, ProjectId, Silence};
use crate::tracker::safe;
use Expectation::{CantTell, LikelyPass, WillFail};

fn project(name: &str) -> ProjectFacts {
    ProjectFacts {
        id: ProjectId(1),
        path: format!("kiwi/{name}"),
        visibility: Told::Is(Visibility::Public),
        archived: Told::Is(false),
        empty: Told::Is(false),
        deletion_on: Told::Nothing,
        default_branch: Told::Is("main".to_owned()),
        licence: licence("mit"),
        forked_from: Told::Withheld,
        mirror: Told::Withheld,
        import_type: Told::Withheld,
        namespace: Told::Withheld,
        last_activity_at: None,
    }
}

fn licence(key: &str) -> Told<LicenceFound> {
    Told::Is(LicenceFound { key: key.to_owned(), name: String::new() })
}

fn group(projects: Vec<ProjectFacts>) -> NamespaceFacts {
    NamespaceFacts {
        path: "kiwi".to_owned(),
        visibility: Told::Is(Visibility::Public),
        projects: Listed::whole(projects),
    }
}

/// A group of two good projects and these.
fn with(more: &[fn(&mut ProjectFacts)]) -> NamespaceFacts {
    let changed = more.iter().enumerate().map(|(number, change)| {
        let mut one = project(&format!("part-{number}"));
        change(&mut one);
        one
    });
    group([project("paint"), project("core")].into_iter().chain(changed).collect())
}

#[test]
fn each_obstacle_is_told_with_its_remedy() {
    let private: fn(&mut ProjectFacts) = |one| one.visibility = Told::Is(Visibility::Private);
    let internal: fn(&mut ProjectFacts) = |one| one.visibility = Told::Is(Visibility::Internal);
    for (name, facts, expectation, words) in [
        ("all is well", with(&[]), LikelyPass, ""),
        ("one private project is allowed", with(&[private]), LikelyPass, ""),
        (
            "two are not",
            with(&[private, internal]),
            WillFail,
            "2 projects are not public, and 1 may be",
        ),
        (
            "a closed licence",
            with(&[|one| one.licence = licence("cc-by-4.0")]),
            WillFail,
            "not approved",
        ),
        (
            "no licence",
            with(&[|one| one.licence = Told::Nothing]),
            WillFail,
            "`kiwi/part-0`: add one",
        ),
        (
            "another licence",
            with(&[|one| one.licence = licence("other")]),
            CantTell,
            "has to read it",
        ),
        (
            "a licence unread",
            with(&[|one| one.licence = Told::Withheld]),
            CantTell,
            "could not be read",
        ),
        (
            "an empty project",
            with(&[|one| {
                one.empty = Told::Is(true);
                one.licence = Told::Nothing;
            }]),
            CantTell,
            "Without a commit",
        ),
        (
            "visibility untold",
            with(&[|one| one.visibility = Told::Withheld]),
            CantTell,
            "who can see",
        ),
        (
            "a failure outweighs a doubt",
            with(&[|one| one.licence = Told::Nothing, |one| one.licence = licence("other")]),
            WillFail,
            "finds no licence",
        ),
        (
            "a private group",
            NamespaceFacts { visibility: Told::Is(Visibility::Private), ..with(&[]) },
            WillFail,
            "The group itself is not public",
        ),
        (
            "a group of unknown visibility",
            NamespaceFacts { visibility: Told::Withheld, ..with(&[]) },
            CantTell,
            "who can see the group",
        ),
        ("no project", group(Vec::new()), CantTell, "no project"),
        (
            "not all projects read",
            NamespaceFacts {
                projects: Listed { rest: Some(Silence::TooMuch), ..with(&[]).projects },
                ..with(&[])
            },
            CantTell,
            "there is more than the bot reads",
        ),
        (
            "none read",
            NamespaceFacts { projects: Listed::unread(Silence::Later), ..with(&[]) },
            CantTell,
            "could not be asked",
        ),
        (
            "archived ones are judged as others",
            with(&[|one| {
                one.archived = Told::Is(true);
                one.licence = Told::Nothing;
            }]),
            WillFail,
            "1 archived project(s)",
        ),
        (
            "about to be deleted",
            with(&[|one| one.deletion_on = Told::Is(jiff::civil::date(2026, 12, 1))]),
            LikelyPass,
            "will be deleted",
        ),
    ] {
        let report = preflight(&facts, &Rules::default());
        assert_eq!(report.expectation, expectation, "{name}: {report:#?}");
        let (comment, told) = (markdown(&report), plain(&report));
        assert!(comment.contains(words) && told.contains(words), "{name}: {comment}\n{told}");
        for text in [comment, told] {
            assert!(text.contains("it is no approval"), "{name}: {text}");
        }
        assert_eq!(report.reasons.is_empty(), expectation != WillFail, "{name}");
        assert_eq!(report.projects.len(), facts.projects.records.len(), "{name}");
    }
}

#[test]
fn rules_can_accept_a_licence_and_more_private_projects() {
    let mut rules = Rules::default();
    rules.licences.accepted.insert("cc-by-4.0".to_owned());
    rules.program.private_projects = 0;
    let open = with(&[|one| one.licence = licence("cc-by-4.0")]);
    assert_eq!(preflight(&open, &rules).expectation, LikelyPass);
    let hidden = with(&[|one| one.visibility = Told::Is(Visibility::Private)]);
    let report = preflight(&hidden, &rules);
    assert_eq!((report.expectation, report.private), (WillFail, 1));
}

#[test]
fn a_large_group_is_shortened_with_the_worst_first_and_strangers_can_not_act() {
    for text in ["/close", "x\n/label ~a", "@all", "|", "`", "<!-- landfall:v1:0 -->"] {
        let mut facts = group((0..900).map(|number| project(&format!("{text}{number}"))).collect());
        facts.path = text.to_owned();
        let last = facts.projects.records.last_mut().unwrap();
        last.licence = licence(text);
        let report = preflight(&facts, &Rules::default());
        let comment = markdown(&report);
        assert_eq!(safe::assert_body(&comment), Ok(()), "{text:?}");
        assert!(comment.contains("and 840 more projects."), "{comment}");
        let first = comment.lines().position(|line| line.starts_with("|---")).unwrap() + 1;
        assert!(comment.lines().nth(first).unwrap().contains("899"), "{comment}");
    }
    let unlicensed: fn(&mut ProjectFacts) = |one| one.licence = Told::Nothing;
    let many = with(&[unlicensed; 9]);
    let reasons = preflight(&many, &Rules::default()).reasons;
    assert!(reasons[0].contains("`kiwi/part-4`, 4 more: add one"), "{reasons:?}");
}

#[test]
fn json_says_what_the_text_says() {
    let report = preflight(&with(&[|one| one.licence = Told::Nothing]), &Rules::default());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["expectation"], "will_fail");
    assert_eq!(json["projects"][0]["licence"], "mit");
    assert_eq!(json["projects"][2]["licence"], serde_json::Value::Null);
    assert_eq!(json["projects"][2]["is_open"], serde_json::Value::Null, "unknown is not no");
}
