//! From a GitLab's answers to a verdict: how much is asked, and of whom.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use landfall::assess::Rules;
use landfall::assess::import::{Phase, judge_import};
use landfall::assess::verify::{
    CheckId, Cutover, CutoverBy, Outcome, Overall, Reader, Scope, SourceFacts, verify,
};
use landfall::gitlab::{GitLab, Settings};
use landfall::jobs::{Destination, Hosts, gather_destination, gather_import};
use landfall::model::{ProjectId, Silence, Visibility};
use serde_json::{Value, json};

use super::server::{Asked, Reply, Server, answer, json as reply};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-22T12:00:00Z")
}

fn cutover() -> Option<Cutover> {
    Cutover::of(Some(at("2026-10-01T00:00:00Z")), None, None)
}

fn destination(server: &Server) -> Destination {
    Destination {
        host: server.url.clone(),
        path: "kiwi/paint".to_owned(),
        known_id: None,
        is_primary: true,
        is_small: false,
        is_excluded: false,
        own_projects: BTreeSet::new(),
        source: Some(SourceFacts {
            name: "github.com/kiwi/paint".to_owned(),
            archived: Ok(true),
            pushed_at: Err(Silence::NotAsked),
            points_here: Err(Silence::NotAsked),
        }),
        moved: BTreeSet::from([Scope::Code]),
        stays: BTreeSet::new(),
        attested: BTreeMap::new(),
    }
}

fn project() -> Value {
    json!({
        "id": 42, "path_with_namespace": "kiwi/paint", "visibility": "public", "archived": false,
        "empty_repo": false, "license": { "key": "mit" }
    })
}

fn author(id: u64) -> Value {
    json!({ "id": id, "username": format!("u{id}"), "name": format!("U {id}"), "state": "active" })
}

fn request(iid: u64, by: u64) -> Value {
    json!({
        "iid": iid, "imported": false, "author": author(by),
        "created_at": "2026-10-02T10:00:00Z", "merged_at": "2026-10-03T10:00:00Z"
    })
}

/// A project whose lists are what is given, by the last part of their path.
async fn serving(lists: Value) -> Server {
    Server::start(move |asked: &Asked, _| {
        let path = asked.target.split('?').next().unwrap();
        let last = path.rsplit('/').next().unwrap();
        match lists.get(last) {
            Some(list) => reply(200, list.to_string()),
            None if last == "import" => reply(200, r#"{"id":42,"import_status":"none"}"#),
            None if path.ends_with("kiwi%2Fpaint") || last == "42" => {
                reply(200, project().to_string())
            }
            None => reply(404, r#"{"message":"404 Not Found"}"#),
        }
    })
    .await
}

fn asked(server: &Server) -> Vec<String> {
    let path = |asked: Asked| {
        let path = asked.target.split('?').next().unwrap().to_owned();
        path.trim_start_matches("/api/v4/projects/").to_owned()
    };
    server.asked().into_iter().map(path).collect()
}

#[tokio::test]
async fn enough_merge_requests_verify_a_move_with_three_reads() {
    let server =
        serving(json!({ "merge_requests": [request(1, 1), request(2, 2), request(3, 1)] })).await;
    let (client, rules) = (server.client(), Rules::default());
    let facts =
        gather_destination(Some(&client), &destination(&server), cutover(), &rules, now()).await;
    let verdict = verify(&facts, &rules, now());
    assert_eq!(verdict.overall, Overall::Verified, "{:#?}", verdict.checks);
    assert_eq!(asked(&server), ["kiwi%2Fpaint", "42/merge_requests", "42/import"]);
}

#[tokio::test]
async fn edge_8_commits_and_pushes_are_read_only_where_merge_requests_do_not_suffice() {
    let commit = |number: u64| {
        json!({
            "id": format!("c{number}"), "author_name": format!("U {}", number % 2 + 1),
            "author_email": format!("u{}@example.org", number % 2 + 1),
            "authored_date": "2026-10-05T10:00:00Z"
        })
    };
    let push = |by| json!({ "created_at": "2026-10-05T10:00:00Z", "author": author(by) });
    let server = serving(json!({
        "merge_requests": [request(1, 1)],
        "commits": (0..10).map(commit).collect::<Vec<_>>(),
        "events": [push(1), push(2)],
    }))
    .await;
    let (client, rules) = (server.client(), Rules::default());
    let facts =
        gather_destination(Some(&client), &destination(&server), cutover(), &rules, now()).await;
    assert_eq!(verify(&facts, &rules, now()).overall, Overall::Verified);
    let paths =
        ["kiwi%2Fpaint", "42/merge_requests", "42/repository/commits", "42/events", "42/import"];
    assert_eq!(asked(&server), paths);
}

#[tokio::test]
async fn without_a_date_the_first_merge_request_written_here_is_the_cutover() {
    let mut imported = request(9, 1);
    imported["imported"] = json!(true);
    imported["created_at"] = json!("2015-01-01T00:00:00Z");
    let server = serving(json!({
        "merge_requests": [request(1, 1), imported], "commits": [], "events": []
    }))
    .await;
    let (client, rules) = (server.client(), Rules::default());
    let facts = gather_destination(Some(&client), &destination(&server), None, &rules, now()).await;
    let cutover = facts.cutover.unwrap();
    assert_eq!((cutover.at, cutover.by), (at("2026-10-02T10:00:00Z"), CutoverBy::FirstRequest));
    let commits = &server.asked()[2].target;
    assert!(commits.contains("since=2026-10-02T09%3A59%3A59Z"), "{commits}");
    assert!(!server.asked()[1].target.contains("merged_after"), "all of them are read");
}

#[tokio::test]
async fn what_is_said_to_have_moved_is_looked_for_and_nothing_else() {
    let server = serving(json!({
        "merge_requests": [request(1, 1), request(2, 2), request(3, 1)],
        "pipelines": [{ "id": 1, "updated_at": "2026-10-04T10:00:00Z" }],
        "issues": [{ "iid": 1, "imported": true, "created_at": "2020-01-01T00:00:00Z", "author": null }],
        "wikis": [{}],
    }))
    .await;
    let mut wanted = destination(&server);
    wanted.moved = BTreeSet::from([Scope::Code, Scope::Ci, Scope::Issues, Scope::Wiki]);
    wanted.known_id = Some(ProjectId(42));
    wanted.path = "kiwi/old-name".to_owned();
    let (client, rules) = (server.client(), Rules::default());
    let facts = gather_destination(Some(&client), &wanted, cutover(), &rules, now()).await;
    let verdict = verify(&facts, &rules, now());
    let scope = verdict.check(CheckId::V9).unwrap();
    assert_eq!(scope.outcome, Outcome::Pass, "{scope:?}");
    assert_eq!(verdict.path, "kiwi/paint", "edge 2: found by its number");
    assert_eq!(verdict.notes.len(), 1, "{:?}", verdict.notes);
    let paths = [
        "42",
        "42/merge_requests",
        "42/pipelines",
        "42/issues",
        "42/issues",
        "42/wikis",
        "42/import",
    ];
    assert_eq!(asked(&server), paths);
}

#[tokio::test]
async fn the_worst_project_takes_no_more_reads_than_promised() {
    let server = Server::start(|asked: &Asked, _| {
        let path = asked.target.split('?').next().unwrap();
        if path.ends_with("kiwi%2Fpaint") {
            return reply(200, project().to_string());
        }
        if path.ends_with("/import") || path.ends_with("/wikis") {
            return reply(404, "{}");
        }
        let next = asked.number("page").unwrap_or(1) + 1;
        let bot = json!({ "id": 9, "username": "project_42_bot", "name": "x" });
        let record = json!([{
            "iid": next, "id": format!("c{next}"), "imported": false, "author": bot,
            "author_name": "One", "author_email": "one@example.org",
            "created_at": "2026-10-02T10:00:00Z", "merged_at": "2026-10-03T10:00:00Z",
            "authored_date": "2026-10-03T10:00:00Z", "updated_at": "2026-10-03T10:00:00Z"
        }]);
        answer(200, &format!("x-next-page: {next}\r\n"), record.to_string())
    })
    .await;
    let mut wanted = destination(&server);
    wanted.moved = Scope::ALL.into_iter().collect();
    let (client, rules) = (server.client(), Rules::default());
    let facts = gather_destination(Some(&client), &wanted, cutover(), &rules, now()).await;
    assert!(server.calls() <= 37, "{}", server.calls());
    let verdict = verify(&facts, &rules, now());
    let work = verdict.check(CheckId::V7).unwrap();
    assert_eq!(work.outcome, Outcome::Unknown, "edge 15: incomplete is no zero: {work:?}");
    assert_eq!(verdict.overall, Overall::Unverified);
}

#[tokio::test]
async fn edge_16_no_outage_turns_into_a_no() {
    for status in [401, 403, 404, 429, 500, 503] {
        // Commits known to be none settle the matter, whatever the pushes are: so both are broken.
        for broken in [&["merge_requests"][..], &["commits", "events"], &["kiwi%2Fpaint"]] {
            let server = Server::start(move |asked: &Asked, _| {
                let path = asked.target.split('?').next().unwrap();
                match broken.iter().any(|one| path.ends_with(one)) {
                    true => answer(status, "Retry-After: 600\r\n", "{}"),
                    false if path.ends_with("kiwi%2Fpaint") => reply(200, project().to_string()),
                    false => reply(200, "[]"),
                }
            })
            .await;
            let (client, rules) = (server.hasty_client(1000.0), Rules::default());
            let facts =
                gather_destination(Some(&client), &destination(&server), cutover(), &rules, now())
                    .await;
            let verdict = verify(&facts, &rules, now());
            let work = verdict.check(CheckId::V7).unwrap();
            assert_eq!(work.outcome, Outcome::Unknown, "{status} {broken:?}: {work:?}");
        }
    }
}

#[tokio::test]
async fn edge_18_a_host_that_is_not_listed_is_never_contacted() {
    let (own, stranger) = (serving(json!({})).await, serving(json!({})).await);
    let hosts = Hosts::new(own.url.clone(), own.client());
    let address = stranger.url.join("/kiwi/paint").unwrap();
    let place = hosts.find(&address).unwrap();
    let wanted = Destination { host: place.host, path: place.path, ..destination(&own) };
    let rules = Rules::default();
    let facts = gather_destination(place.gitlab, &wanted, cutover(), &rules, now()).await;
    let verdict = verify(&facts, &rules, now());
    assert_eq!((facts.reader, verdict.overall), (Reader::NotListed, Overall::Unverified));
    assert!(verdict.check(CheckId::V1).unwrap().reason.contains("is not among"));
    assert_eq!((own.calls(), stranger.calls()), (0, 0));

    let listed = GitLab::connect(Settings::anonymous(stranger.url.clone())).unwrap();
    let hosts = hosts.and(stranger.url.clone(), listed);
    let place = hosts.find(&address).unwrap();
    let facts = gather_destination(place.gitlab, &wanted, cutover(), &rules, now()).await;
    assert_eq!(facts.reader, Reader::Anonymous);
    assert_eq!(own.calls(), 0, "the token's host is not asked about others");
    assert!(stranger.calls() > 0);
    let heads = stranger.asked().into_iter().map(|asked| asked.head.to_lowercase());
    assert!(heads.into_iter().all(|head| !head.contains("authorization")));
}

#[tokio::test]
async fn an_import_is_watched_with_one_read_and_a_second_when_it_is_over() {
    let with_state = |state: &'static str| async move {
        Server::start(move |asked: &Asked, _| -> Reply {
            let mut hidden = project();
            hidden["visibility"] = json!("private");
            match asked.target.contains("/import") {
                true => reply(200, json!({ "id": 42, "path_with_namespace": "kiwi/paint", "import_status": state }).to_string()),
                false => reply(200, hidden.to_string()),
            }
        })
        .await
    };
    let rules = Rules::default();
    for (state, phase, calls, hidden) in [
        ("started", Phase::Running, 1, None),
        ("failed", Phase::Failed, 1, None),
        ("finished", Phase::Finished, 2, Some(Visibility::Private)),
    ] {
        let server = with_state(state).await;
        let facts = gather_import(&server.client(), ProjectId(42), None, None).await;
        let verdict = judge_import(&facts, now(), &rules.imports);
        assert_eq!((verdict.phase, verdict.hidden), (phase, hidden), "{state}");
        assert_eq!(server.calls(), calls, "{state}");
    }
    let server = Server::always(reply(404, "{}")).await;
    let facts = gather_import(&server.client(), ProjectId(42), None, None).await;
    assert_eq!(judge_import(&facts, now(), &rules.imports).phase, Phase::Gone);
}
