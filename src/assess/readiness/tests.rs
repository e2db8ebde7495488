//! Surveys and what is said of them: one row a rule.

use jiff::Timestamp;

use super::{Group, Readiness, Sources, readiness};
use crate::config::{self, MapEnv};
use crate::model::{GithubRepo, GithubRepoId, Items, Licence, OwnerKind, SourceKind, Survey};
use crate::tracker::safe;

fn sources() -> Sources {
    config::load(&MapEnv::default(), None).unwrap().sources
}

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn repo(name: &str) -> GithubRepo {
    GithubRepo::new("acme", name).unwrap()
}

/// A plain repository of a person; every row changes it.
fn plain() -> Survey {
    Survey {
        repo: repo("rocket"),
        id: GithubRepoId(7),
        renamed_from: None,
        owner: Some(OwnerKind::User),
        archived: Some(false),
        disabled: Some(false),
        fork: Some(false),
        parent: None,
        licence: Licence::Spdx("MIT".to_owned()),
        size_kb: Some(2_048),
        default_branch: Some("main".to_owned()),
        description: Some("A rocket".to_owned()),
        homepage: None,
        topics: Vec::new(),
        pushed_at: Some("2026-11-01T00:00:00Z".parse().unwrap()),
        branches: Some(3),
        tags: Some(1),
        releases: Some(0),
        has_issues: Some(true),
        open_issues: Some(2),
        closed_issues: Some(8),
        open_pulls: Some(1),
        closed_pulls: Some(9),
        highest_number: Some(20),
        contributors: Some(12),
        wiki: Some(false),
        discussions: Some(false),
        pages: Some(false),
        workflows: Some(0),
        publishes: Some(false),
        lfs: Some(false),
    }
}

/// GitHub said that it is there, and nothing else.
fn silent() -> Survey {
    Survey {
        owner: None,
        archived: None,
        disabled: None,
        fork: None,
        licence: Licence::Unrecognised,
        size_kb: None,
        default_branch: None,
        description: None,
        pushed_at: None,
        branches: None,
        tags: None,
        releases: None,
        has_issues: None,
        open_issues: None,
        closed_issues: None,
        open_pulls: None,
        closed_pulls: None,
        highest_number: None,
        contributors: None,
        wiki: None,
        discussions: None,
        pages: None,
        workflows: None,
        publishes: None,
        lfs: None,
        ..plain()
    }
}

fn said(survey: &Survey, group: Group) -> String {
    let told = readiness(survey, &sources(), now());
    let lines = told.lines.iter().filter(|line| line.group == group);
    lines.map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
}

use Group::{ComesAlong, Decide, LookOut, StaysBehind};

/// A change to the plain repository, where the report speaks of it, and in which words.
type Row = (fn(&mut Survey), Group, &'static str);

#[rustfmt::skip]
const SAID: &[Row] = &[
    (|_| {}, ComesAlong, "The Git history with all branches and tags: 3 branches, 1 tag, 2.0 MB."),
    (|s| (s.branches, s.tags, s.size_kb) = (None, None, None), ComesAlong, "all branches and tags.\n"),
    (|s| s.tags = None, ComesAlong, "all branches and tags: 3 branches, 2.0 MB."),
    (|_| {}, ComesAlong, "Issues with labels and milestones: 2 open, 8 closed."),
    (|s| s.closed_issues = None, ComesAlong, "2 open, at most 8 closed."),
    (|s| (s.closed_issues, s.highest_number) = (None, None), ComesAlong, "2 open, unknown closed."),
    (|s| s.open_issues = None, ComesAlong, "milestones: unknown open, 8 closed."),
    (|_| {}, ComesAlong, "as merge requests: 1 open, 9 closed."),
    (|s| s.closed_pulls = None, ComesAlong, "as merge requests: 1 open, unknown closed."),
    (|s| s.releases = Some(1), ComesAlong, "The notes of 1 release."),
    (|s| s.releases = Some(1_234), ComesAlong, "The notes of 1,234 releases."),
    (|s| s.releases = None, ComesAlong, "releases; their number is unknown"),
    (|s| s.wiki = Some(true), ComesAlong, "The wiki, which is switched on."),
    (|s| s.wiki = None, ComesAlong, "The wiki, if there is one; that is unknown."),
    (|s| s.lfs = Some(true), ComesAlong, "Files in Git LFS, which this repository uses."),
    (|s| s.lfs = None, ComesAlong, "Files in Git LFS, if there are any; that is unknown."),
    (|s| s.workflows = Some(4), StaysBehind, "CI: 4 workflows of GitHub Actions"),
    (|s| s.workflows = None, StaysBehind, "Workflows of GitHub Actions, if there are any"),
    (|s| s.publishes = Some(true), StaysBehind, "The name of a workflow speaks of some"),
    (|s| s.publishes = None, StaysBehind, "Packages and container images, if there are any."),
    (|s| s.discussions = Some(true), StaysBehind, "Discussions, which are switched on"),
    (|s| s.pages = Some(true), StaysBehind, "The site on GitHub Pages."),
    (|s| s.owner = Some(OwnerKind::Organization), StaysBehind, "teams of the organisation"),
    (|_| {}, StaysBehind, "secrets, deploy keys"),
    (|_| {}, StaysBehind, "custom repository role"),
    (|_| {}, Decide, "`MIT`, is approved by the OSI, as the program wants it"),
    (|s| s.licence = Licence::Spdx("BUSL-1.1".into()), Decide, "`BUSL-1.1` is not approved"),
    (|s| s.licence = Licence::Spdx("Acme-1".into()), Decide, "does not know `Acme-1`"),
    (|s| s.licence = Licence::Unrecognised, Decide, "somebody has to read it"),
    (|s| s.licence = Licence::Missing, Decide, "GitHub finds no licence file"),
    (|s| s.contributors = Some(200), Decide, "200 authors of commits fit into any"),
    (|s| s.contributors = Some(201), Decide, "that has it: Premium, seats: up to 100."),
    (|s| s.contributors = Some(501), Decide, "program or Ultimate, seats: up to 100."),
    (|s| s.contributors = Some(9_000), Decide, "9,000 authors of commits are more than the 8,000"),
    (|s| s.contributors = None, Decide, "how many people wrote here is unknown"),
    (|_| {}, Decide, "20 issues and pull requests seldom have more than 30,000"),
    (|s| s.closed_issues = Some(3_000), Decide, "3,012 issues and pull requests may have more than 30,000"),
    (|s| (s.closed_issues, s.highest_number) = (None, Some(2_501)), Decide, "at most 2,501 issues and pull requests may have"),
    (|s| (s.closed_issues, s.highest_number) = (None, None), Decide, "unknown. With more than 30,000"),
    (|_| {}, Decide, "In a personal namespace"),
    (|_| {}, Decide, "Attachments in texts stay on GitHub unless"),
    (|_| {}, Decide, "Collaborators are imported unless that is unticked"),
    (|s| s.workflows = Some(1), Decide, "jobs use compute minutes"),
    (|s| s.workflows = None, Decide, "jobs use compute minutes"),
    (|s| s.renamed_from = Some(repo("old")), LookOut, "`acme/old` is called `acme/rocket` today"),
    (|s| (s.renamed_from, s.releases) = (Some(repo("old")), None), LookOut, "stands. By its new name"),
    (|s| s.archived = Some(true), LookOut, "It is archived"),
    (|s| s.disabled = Some(true), LookOut, "GitHub has disabled"),
    (|s| (s.fork, s.parent) = (Some(true), Some(repo("origin"))), LookOut, "a fork of `acme/origin`."),
    (|s| s.fork = Some(true), LookOut, "It is a fork. Issues"),
    (|s| s.branches = Some(0), LookOut, "It is empty"),
    (|s| (s.branches, s.default_branch, s.size_kb) = (None, None, Some(0)), LookOut, "It is empty"),
    (|s| s.pushed_at = Some("2025-11-01T00:00:00Z".parse().unwrap()), LookOut, "pushed since 2025-11-01"),
    (|s| s.lfs = Some(true), LookOut, "`.lfsconfig` names another host"),
    (|s| s.owner = Some(OwnerKind::Organization), LookOut, "must let GitLab's app in"),
    (|_| {}, LookOut, "the role Maintainer"),
    (|_| {}, LookOut, "each person accepts by mail"),
    (|_| {}, LookOut, "make the old side read-only"),
];

#[rustfmt::skip]
const UNSAID: &[Row] = &[
    (|s| s.branches = Some(0), ComesAlong, "The Git history"),
    (|s| s.has_issues = Some(false), ComesAlong, "Issues with labels"),
    (|_| {}, ComesAlong, "The notes of"),
    (|_| {}, ComesAlong, "wiki"),
    (|_| {}, ComesAlong, "LFS"),
    (|_| {}, StaysBehind, "Actions"),
    (|_| {}, StaysBehind, "Discussions"),
    (|s| s.discussions = None, StaysBehind, "Discussions"),
    (|_| {}, StaysBehind, "Pages"),
    (|_| {}, StaysBehind, "organisation"),
    (|_| {}, StaysBehind, "speaks of some"),
    (|_| {}, Decide, "compute minutes"),
    (|_| {}, LookOut, "archived"),
    (|s| s.archived = None, LookOut, "archived"),
    (|_| {}, LookOut, "fork"),
    (|_| {}, LookOut, "empty"),
    (|_| {}, LookOut, "is called"),
    (|_| {}, LookOut, "pushed"),
    (|s| s.pushed_at = None, LookOut, "pushed"),
    (|_| {}, LookOut, "lfsconfig"),
    (|_| {}, LookOut, "organisation"),
];

#[test]
fn each_rule_speaks_when_it_has_something_to_say() {
    for (number, (change, group, words)) in SAID.iter().enumerate() {
        let mut survey = plain();
        change(&mut survey);
        let said = said(&survey, *group);
        assert!(said.contains(words), "row {number}: {words:?} is not in:\n{said}");
    }
}

#[test]
fn each_rule_is_silent_when_it_has_not() {
    for (number, (change, group, words)) in UNSAID.iter().enumerate() {
        let mut survey = plain();
        change(&mut survey);
        let said = said(&survey, *group);
        assert!(!said.contains(words), "row {number}: {words:?} is in:\n{said}");
    }
}

#[test]
fn what_is_unknown_is_never_a_number() {
    let told = readiness(&silent(), &sources(), now());
    assert_eq!(told.estimate, None);
    assert_eq!(told.placeholders.people, None);
    let said = ["Licence", "It says of itself"];
    for fact in told.facts.iter().filter(|fact| !said.contains(&fact.name)) {
        assert!(fact.value.contains("unknown"), "{fact:?}");
    }
    let digits = |text: &str| text.chars().any(|c| c.is_ascii_digit());
    // The limits are configured, so they are known.
    let ours = ["30,000", "8,000"];
    for line in &told.lines {
        let text = ours.iter().fold(line.text.clone(), |text, known| text.replace(known, ""));
        assert!(!digits(&text), "{line:?}");
    }
    assert!(told.markdown().contains("Unknown: GitHub tells no number"));
    assert!(told.plain().contains("enough: unknown"));
}

#[test]
fn issues_and_pull_requests_are_counted_or_bounded() {
    let items = |change: fn(&mut Survey)| {
        let mut survey = plain();
        change(&mut survey);
        survey.items()
    };
    for (change, expect) in [
        ((|_| {}) as fn(&mut Survey), Some(Items::Exactly(20))),
        (|s| s.closed_issues = None, Some(Items::AtMost(20))),
        (|s| s.open_pulls = None, Some(Items::AtMost(20))),
        (|s| (s.closed_issues, s.highest_number) = (None, None), None),
        (
            |s| (s.has_issues, s.open_issues, s.closed_issues) = (Some(false), None, None),
            Some(Items::Exactly(10)),
        ),
        (|s| s.closed_issues = Some(u64::MAX), Some(Items::Exactly(u64::MAX))),
    ] {
        assert_eq!(items(change), expect);
    }
}

#[test]
fn kubernetes_takes_as_long_as_it_took() {
    let kubernetes = Survey {
        open_issues: Some(2_000),
        closed_issues: Some(43_000),
        open_pulls: Some(1_000),
        closed_pulls: Some(79_000),
        ..plain()
    };
    let told = readiness(&kubernetes, &sources(), now());
    let told = told.markdown();
    let time = "From 19 hours to 7 days for 125,000 issues and pull requests";
    assert!(told.contains(time), "{told}");
    assert!(
        told.contains("kubernetes/kubernetes with 125,000 issues and pull requests took 76 hours")
    );
}

#[test]
fn a_report_is_a_comment_that_may_be_sent() {
    let every = |survey: &Survey| -> Readiness { readiness(survey, &sources(), now()) };
    let mut loud = plain();
    for (change, ..) in SAID {
        change(&mut loud);
        let told = every(&loud).markdown();
        assert_eq!(safe::assert_body(&told), Ok(()));
        assert!(told.chars().count() < safe::MAX_COMMENT_CHARS, "{}", told.len());
    }
    for survey in [plain(), silent(), loud] {
        let told = every(&survey);
        assert!(told.markdown().ends_with('|'), "nothing is cut: {}", told.markdown());
        for line in &told.lines {
            assert!(told.plain().contains(&line.page.url));
            assert!(line.page.url.starts_with("https://docs.gitlab.com/"));
        }
        let json = serde_json::to_value(&told).unwrap();
        assert_eq!(json["source"], "acme/rocket");
        assert_eq!(json["assessed_on"], "2026-11-22");
        assert_eq!(json["lines"].as_array().unwrap().len(), told.lines.len());
    }
}

#[test]
fn every_kind_of_source_has_a_path() {
    let sources = sources();
    for kind in SourceKind::ALL {
        let path = sources.path_for(*kind);
        let told = path.markdown(*kind);
        assert_eq!(safe::assert_body(&told), Ok(()));
        assert!(told.contains(&path.page.url) && told.contains(kind.title()), "{told}");
        assert!(path.plain(*kind).contains(&path.text));
    }
    assert_ne!(sources.path_for(SourceKind::Trac), sources.path_for(SourceKind::Github));
}
