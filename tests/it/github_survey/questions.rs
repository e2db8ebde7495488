//! What is asked, how often, and what becomes of the answers.

use landfall::github::GitHub;
use landfall::model::{Items, Licence, OwnerKind};
use serde_json::json;

use super::source::{Source, github, moved};
use super::{TOKEN, repo, settings, survey};
use crate::gitlab_client::server::{Asked, Server};

async fn serve(source: Source) -> Server {
    Server::start(move |asked, _| source.reply(asked)).await
}

/// The part of each question behind the repository's name.
fn asked(server: &Server) -> Vec<String> {
    let asked = server.asked();
    asked.iter().map(|one| one.target.replace("/repos/acme/rocket", "")).collect()
}

#[tokio::test]
async fn ten_questions_tell_all_of_a_source() {
    let server = serve(Source::new()).await;
    let survey = survey(&server).await.unwrap();
    assert_eq!(
        asked(&server),
        [
            "",
            "/issues?state=all&sort=created&direction=desc&per_page=1",
            "/pulls?state=all&per_page=1",
            "/pulls?state=open&per_page=1",
            "/actions/workflows?per_page=100",
            "/contents/.gitattributes",
            "/branches?per_page=1",
            "/tags?per_page=1",
            "/releases?per_page=1",
            "/contributors?per_page=1&anon=true",
        ]
    );
    for Asked { method, head, .. } in server.asked() {
        assert_eq!(method, "GET");
        let head = head.to_ascii_lowercase();
        assert!(head.contains(&format!("authorization: bearer {TOKEN}")), "{head}");
        assert!(head.contains("x-github-api-version: 2022-11-28"), "{head}");
    }
    assert_eq!(survey.repo, repo("rocket"));
    assert_eq!((survey.id.0, survey.renamed_from.clone()), (7, None));
    assert_eq!(survey.owner, Some(OwnerKind::Organization));
    assert_eq!(survey.licence, Licence::Spdx("MIT".to_owned()));
    assert_eq!(
        (survey.archived, survey.disabled, survey.fork),
        (Some(false), Some(false), Some(false))
    );
    assert_eq!((survey.size_kb, survey.default_branch.as_deref()), (Some(2048), Some("main")));
    assert_eq!(survey.description.as_deref(), Some("A rocket"));
    assert_eq!(survey.homepage.as_deref(), Some("https://rocket.example.org"));
    assert_eq!(survey.topics, ["space"]);
    assert_eq!(survey.pushed_at.unwrap().to_string(), "2026-11-01T10:00:00Z");
    assert_eq!((survey.branches, survey.tags, survey.releases), (Some(4), Some(120), Some(1)));
    assert_eq!((survey.open_pulls, survey.closed_pulls), (Some(5), Some(75)));
    assert_eq!((survey.open_issues, survey.closed_issues), (Some(10), None));
    assert_eq!(survey.highest_number, Some(200));
    assert_eq!(survey.items(), Some(Items::AtMost(200)));
    assert_eq!(survey.contributors, Some(321));
    assert_eq!(
        (survey.wiki, survey.discussions, survey.pages),
        (Some(true), Some(false), Some(true))
    );
    assert_eq!((survey.workflows, survey.publishes), (Some(2), Some(true)));
    assert_eq!(survey.lfs, Some(true));
}

#[tokio::test]
async fn a_github_that_counts_its_issues_is_believed() {
    let source = Source::new();
    let server = Server::start(move |asked, _| match asked.target.contains("/issues?") {
        true => github(
            200,
            "Link: <https://h/x?page=2>; rel=\"next\", <https://h/x?page=150>; rel=\"last\"\r\n",
            r#"[{"number":200}]"#,
        ),
        false => source.reply(asked),
    })
    .await;
    let survey = survey(&server).await.unwrap();
    assert_eq!((survey.open_issues, survey.closed_issues), (Some(10), Some(60)));
    assert_eq!(survey.items(), Some(Items::Exactly(150)));
}

#[tokio::test]
async fn the_path_of_an_api_is_kept_in_every_question() {
    for path in ["/api/v3", "/api/v3/", "/repos"] {
        let source = Source::new();
        let prefix = path.trim_end_matches('/');
        let server = Server::start(move |asked, _| {
            let target = asked.target.strip_prefix(prefix).unwrap().to_owned();
            source.reply(&Asked { target, ..asked.clone() })
        })
        .await;
        let mut settings = settings(&server);
        settings.base_url.set_path(path);
        let client = GitHub::connect(settings).unwrap();
        assert_eq!(client.survey(&repo("rocket")).await.unwrap().tags, Some(120), "{path}");
        assert_eq!(server.calls(), 10);
    }
}

#[tokio::test]
async fn t15_a_new_name_is_found_by_the_number_and_costs_the_count_of_releases() {
    let source = Source::new().but(json!({ "full_name": "orbit/rocket-2" }));
    let server = Server::start(move |asked, number| match number {
        0 => moved(asked),
        _ => source.reply(asked),
    })
    .await;
    let survey = survey(&server).await.unwrap();
    assert_eq!(survey.repo.to_string(), "orbit/rocket-2");
    assert_eq!((survey.id.0, survey.renamed_from), (7, Some(repo("rocket"))));
    assert_eq!((survey.releases, survey.tags), (None, Some(120)));
    let targets: Vec<_> = server.asked().into_iter().map(|one| one.target).collect();
    assert_eq!(targets.len(), 10);
    assert_eq!(targets[1], "/repositories/7");
    assert!(
        targets[2..].iter().all(|one| one.starts_with("/repos/orbit/rocket-2/")),
        "{targets:?}"
    );
}

#[tokio::test]
async fn another_name_in_the_answer_is_a_new_name_too_but_capitals_are_not() {
    for (wanted, renamed_from) in [("old", Some(repo("old"))), ("ROCKET", None), ("rocket", None)] {
        let source = Source::new();
        let server = Server::start(move |asked, number| match number {
            0 => github(200, "", source.repository.to_string()),
            _ => source.reply(asked),
        })
        .await;
        let client = GitHub::connect(settings(&server)).unwrap();
        let survey = client.survey(&repo(wanted)).await.unwrap();
        assert_eq!((survey.repo, survey.renamed_from), (repo("rocket"), renamed_from), "{wanted}");
        assert_eq!(survey.releases, Some(1), "nothing was spent on a redirect");
    }
}

#[tokio::test]
async fn an_empty_repository_has_nothing_and_that_is_known() {
    let source = Source {
        lists: [
            ("pulls?state=all", 0),
            ("pulls?state=open", 0),
            ("branches", 0),
            ("tags", 0),
            ("releases", 0),
        ]
        .into(),
        workflows: Vec::new(),
        attributes: None,
        newest: 0,
        ..Source::new().but(json!({ "size": 0, "default_branch": null, "open_issues_count": 0,
            "license": null, "pushed_at": null }))
    };
    for (status, body) in [(204, ""), (409, r#"{"message":"Git Repository is empty."}"#)] {
        let source = source.clone();
        let server = Server::start(move |asked, _| {
            let target = &asked.target;
            if target.contains("contributors") || (status == 409 && target.contains("branches")) {
                github(status, "", body)
            } else if target.contains("issues?") {
                github(200, "", "[]")
            } else {
                source.reply(asked)
            }
        })
        .await;
        let survey = survey(&server).await.unwrap();
        assert!(survey.is_empty());
        assert_eq!(
            (survey.contributors, survey.branches, survey.lfs),
            (Some(0), Some(0), Some(false))
        );
        assert_eq!((survey.open_issues, survey.closed_issues), (Some(0), Some(0)));
        assert_eq!((survey.items(), survey.workflows), (Some(Items::Exactly(0)), Some(0)));
        assert_eq!((survey.licence, survey.default_branch), (Licence::Missing, None));
    }
}

#[tokio::test]
async fn issues_that_are_switched_off_are_not_asked_for() {
    let server =
        serve(Source::new().but(json!({ "has_issues": false, "open_issues_count": 5 }))).await;
    let survey = survey(&server).await.unwrap();
    assert!(asked(&server).iter().all(|one| !one.contains("issues")));
    assert_eq!((survey.highest_number, survey.items()), (None, Some(Items::Exactly(80))));
}

#[tokio::test]
async fn what_github_does_not_tell_is_unknown() {
    for status in [403, 404, 410, 422] {
        let source = Source::new();
        let server = Server::start(move |asked, number| match number {
            0 => source.reply(asked),
            _ => github(status, "", r#"{"message":"no"}"#),
        })
        .await;
        let survey = survey(&server).await.unwrap();
        let counts = [
            survey.branches,
            survey.tags,
            survey.releases,
            survey.open_issues,
            survey.closed_issues,
            survey.open_pulls,
            survey.closed_pulls,
            survey.highest_number,
            survey.contributors,
            survey.workflows,
        ];
        assert_eq!(counts, [None; 10], "{status}");
        assert_eq!(survey.publishes, None);
        // Only the file's absence says something.
        assert_eq!(survey.lfs, (status == 404).then_some(false), "{status}");
        assert_eq!(server.calls(), 10, "{status}");
    }
}

#[tokio::test]
async fn a_history_too_large_for_github_costs_only_its_authors() {
    for status in [403, 500, 502, 504] {
        let source = Source::new();
        let server = Server::start(move |asked, _| match asked.target.contains("contributors") {
            true => {
                github(status, "", r#"{"message":"The history or contributor list is too large"}"#)
            }
            false => source.reply(asked),
        })
        .await;
        let survey = survey(&server).await.unwrap();
        assert_eq!((survey.contributors, survey.tags), (None, Some(120)), "{status}");
    }
}
