//! Reads of a destination: what is told, what is withheld, what was not read to its end.

use jiff::Timestamp;
use landfall::gitlab::{GitLab, GitlabError, Settings};
use landfall::model::{Countable, NamespaceKind, ProjectId, Silence, Told, UserId, Visibility};
use serde_json::{Value, json};

use super::server::{Asked, Server, TOKEN, answer, json as reply};

const PROJECT: ProjectId = ProjectId(42);

fn since() -> Timestamp {
    "2026-10-01T00:00:00Z".parse().unwrap()
}

fn project() -> Value {
    json!({
        "id": 42, "path_with_namespace": "kiwi/paint", "visibility": "public", "archived": false,
        "empty_repo": false, "default_branch": "main", "mirror": false, "import_status": "finished",
        "license": { "key": "gpl-3.0", "name": "GNU General Public License v3.0" },
        "marked_for_deletion_on": null, "namespace": { "kind": "group", "full_path": "kiwi" },
        "last_activity_at": "2026-11-20T10:00:00.000Z"
    })
}

fn request(iid: u64, merged_at: &str) -> Value {
    json!({
        "iid": iid, "state": "merged", "imported": false, "merged_at": merged_at,
        "created_at": "2026-10-02T10:00:00.000Z",
        "author": { "id": 5, "username": "mira", "name": "Mira", "state": "active" }
    })
}

fn page_of(asked: &Asked) -> u64 {
    asked.number("page").unwrap_or(1)
}

/// An endless list: each page names the next.
fn endless(record: Value) -> impl Fn(&Asked, usize) -> super::server::Reply {
    move |asked, _| {
        let next = page_of(asked) + 1;
        let mut record = record.clone();
        record["iid"] = next.into();
        answer(200, &format!("x-next-page: {next}\r\n"), json!([record]).to_string())
    }
}

#[tokio::test]
async fn a_full_answer_a_partial_one_and_an_empty_field_are_three_things() {
    let server = Server::always(reply(200, project().to_string())).await;
    let full = server.client().project_facts("kiwi/paint").await.unwrap();
    assert_eq!(server.asked()[0].target, "/api/v4/projects/kiwi%2Fpaint?license=true");
    assert_eq!(full.visibility, Told::Is(Visibility::Public));
    assert_eq!(full.licence.value().unwrap().key, "gpl-3.0");
    assert_eq!(
        (full.forked_from.clone(), full.import_type.clone()),
        (Told::Withheld, Told::Withheld)
    );
    assert!(!full.is_partial());

    let mut unlicensed = project();
    unlicensed["license"] = Value::Null;
    let server = Server::always(reply(200, unlicensed.to_string())).await;
    assert_eq!(server.client().project_facts("42").await.unwrap().licence, Told::Nothing);

    let basic = json!({ "id": 42, "path_with_namespace": "kiwi/paint", "default_branch": "main" });
    let server = Server::always(reply(200, basic.to_string())).await;
    let anonymous = GitLab::connect(Settings::anonymous(server.url.clone())).unwrap();
    let partial = anonymous.project_facts("kiwi/paint").await.unwrap();
    assert!(partial.is_partial() && anonymous.is_anonymous());
    assert_eq!((partial.licence, partial.mirror), (Told::Withheld, Told::Withheld));
    let head = server.asked()[0].head.to_lowercase();
    assert!(!head.contains("authorization") && !head.contains("private-token"), "{head}");
}

#[tokio::test]
async fn a_closed_door_does_not_close_the_others_for_who_has_no_token() {
    let server = Server::start(|asked, _| match asked.target.contains("/import") {
        true => reply(401, r#"{"message":"401 Unauthorized"}"#),
        false => reply(200, project().to_string()),
    })
    .await;
    let anonymous = GitLab::connect(Settings::anonymous(server.url.clone())).unwrap();
    let refused = anonymous.import_status(PROJECT).await.unwrap_err();
    assert_eq!((refused.clone(), refused.silence()), (GitlabError::Unauthorized, Silence::Refused));
    assert!(anonymous.project_facts("42").await.is_ok());
    // With a token, 401 means that the token is no good for anything.
    let client = server.client();
    client.import_status(PROJECT).await.unwrap_err();
    let held = client.project_facts("42").await.unwrap_err();
    assert!(matches!(held, GitlabError::NotSent { .. }), "{held:?}");
}

#[tokio::test]
async fn each_failure_leaves_its_own_kind_of_silence() {
    for (status, silence) in [
        (404, Silence::NotThere),
        (410, Silence::NotThere),
        (401, Silence::Refused),
        (403, Silence::Refused),
        (301, Silence::Moved),
        (429, Silence::Later),
        (500, Silence::Later),
        (503, Silence::Later),
    ] {
        let server =
            Server::always(answer(status, "Location: /x\r\nRetry-After: 600\r\n", "{}")).await;
        let client = server.hasty_client(1000.0);
        let error = client.project_facts("kiwi/old").await.unwrap_err();
        assert_eq!(error.silence(), silence, "{status}: {error:?}");
        let listed = client.merged_requests(PROJECT, Some(since()), |_| false).await;
        assert!(listed.records.is_empty() && listed.rest.is_some(), "{status}: {listed:?}");
    }
    let server = Server::always(reply(200, "[]")).await;
    let error = server.client().project_facts("x/y").await.unwrap_err();
    assert_eq!(error.silence(), Silence::Later, "an answer that can't be read");
}

#[tokio::test]
async fn merge_requests_are_filtered_here_as_well_and_counted_once() {
    let server = Server::start(|asked, _| match page_of(asked) {
        // Old GitLab ignores `merged_after`.
        1 => answer(
            200,
            "x-next-page: 2\r\n",
            json!([
                request(4, "2026-10-01T00:00:00Z"),
                request(3, "2026-09-30T23:59:59.999Z"),
                { "iid": 2, "created_at": "2026-10-02T10:00:00Z", "merged_at": null, "author": null },
            ])
            .to_string(),
        ),
        // A record shifted from one page to the next comes twice.
        _ => reply(200, json!([request(4, "2026-10-01T00:00:00Z"), request(1, "2026-11-01 10:00:00 UTC")]).to_string()),
    })
    .await;
    let listed = server.client().merged_requests(PROJECT, Some(since()), |_| false).await;
    let iids: Vec<u64> = listed.records.iter().map(|request| request.iid).collect();
    assert_eq!((iids, listed.rest), (vec![4, 1], None));
    let author = listed.records[0].author.as_ref().unwrap();
    assert_eq!((author.id, author.name.as_str()), (UserId(5), "Mira"));
    assert_eq!(listed.records[0].imported, Told::Is(false));
    let target = &server.asked()[0].target;
    for part in
        ["state=merged", "scope=all", "merged_after=2026-09-30T23%3A59%3A59Z", "updated_after="]
    {
        assert!(target.contains(part), "{part} is not in {target}");
    }
}

#[tokio::test]
async fn e21_edge_15_a_list_is_read_no_further_than_needed_and_a_part_is_never_the_whole() {
    // Enough.
    let server = Server::start(endless(request(1, "2026-10-05T00:00:00Z"))).await;
    let listed =
        server.client().merged_requests(PROJECT, Some(since()), |read| read.len() >= 3).await;
    assert_eq!((listed.records.len(), listed.rest), (3, Some(Silence::NotAsked)));
    assert_eq!(server.calls(), 3);

    // Never enough.
    let server = Server::start(endless(request(1, "2026-10-05T00:00:00Z"))).await;
    let listed = server.client().merged_requests(PROJECT, Some(since()), |_| false).await;
    assert_eq!((listed.records.len(), listed.rest), (10, Some(Silence::TooMuch)));
    assert_eq!(server.calls(), 10);

    // Broken on the way: what was read counts, and so does that it was not all.
    for status in [404, 403, 429, 500] {
        let server = Server::start(move |asked, _| match page_of(asked) {
            1 => answer(
                200,
                "x-next-page: 2\r\n",
                json!([request(1, "2026-10-05T00:00:00Z")]).to_string(),
            ),
            _ => answer(status, "Retry-After: 600\r\n", "{}"),
        })
        .await;
        let client = server.hasty_client(1000.0);
        let listed = client.merged_requests(PROJECT, Some(since()), |_| false).await;
        assert_eq!(listed.records.len(), 1, "{status}");
        assert!(listed.rest.is_some(), "{status}");
    }

    // A short page is not the end.
    let server = Server::start(|asked, _| match page_of(asked) {
        1 => answer(200, "x-next-page: 2\r\n", "[]"),
        _ => reply(200, json!([request(1, "2026-10-05T00:00:00Z")]).to_string()),
    })
    .await;
    let listed = server.client().merged_requests(PROJECT, Some(since()), |_| false).await;
    assert_eq!((listed.records.len(), listed.rest), (1, None));
}

#[tokio::test]
async fn commits_leave_neither_names_nor_addresses_behind() {
    let commit = |id: &str, name: &str, email: &str, at: &str| json!({ "id": id, "author_name": name, "author_email": email, "authored_date": at });
    let commits = json!([
        commit("a", "Mira", "mira@example.org", "2026-10-02T10:00:00.000+02:00"),
        commit("b", "Mira Again", "MIRA@example.org", "2026-10-03T10:00:00Z"),
        commit("b", "Mira Again", "MIRA@example.org", "2026-10-03T10:00:00Z"),
        commit("c", "renovate[bot]", "bot@example.org", "2026-10-03T10:00:00Z"),
        commit("d", "Old", "old@example.org", "2026-09-01T10:00:00Z"),
    ]);
    let server = Server::always(reply(200, commits.to_string())).await;
    let is_machine = |name: &str| name.ends_with("[bot]");
    let listed = server.client().commits_since(PROJECT, since(), is_machine, |_| false).await;
    let shown = format!("{listed:?}").to_lowercase();
    assert!(!shown.contains("mira") && !shown.contains("example.org"), "{shown}");
    assert_eq!(listed.records.len(), 3, "one twice, one written before");
    assert_eq!(listed.records[0].author, listed.records[1].author);
    assert_ne!(listed.records[0].author_name, listed.records[1].author_name);
    assert!(listed.records[2].by_machine);
}

#[tokio::test]
async fn pushes_are_asked_for_by_day_and_filtered_by_the_moment() {
    let push = |at: &str| {
        json!({
            "id": 1, "action_name": "pushed to", "created_at": at, "imported": false,
            "author": { "id": 5, "username": "mira", "name": "Mira" }
        })
    };
    let pushes = json!([push("2026-10-01T00:00:00Z"), push("2026-09-30T23:59:59Z")]);
    let server = Server::always(reply(200, pushes.to_string())).await;
    let listed = server.client().pushes_since(PROJECT, since(), |_| false).await;
    assert_eq!((listed.records.len(), listed.is_whole()), (1, true));
    let target = &server.asked()[0].target;
    assert!(target.contains("action=pushed") && target.contains("after=2026-09-29"), "{target}");
}

#[tokio::test]
async fn the_first_success_and_new_issues_are_found_with_one_read_each() {
    let server = Server::start(|asked, _| match asked.target.contains("/pipelines") {
        true => reply(200, r#"[{"id":1,"updated_at":"2026-10-02T10:00:00Z"}]"#),
        false => answer(
            200,
            "x-next-page: 2\r\n",
            r#"[{"iid":1,"imported":true,"created_at":"2026-10-02T10:00:00Z","author":null}]"#,
        ),
    })
    .await;
    let client = server.client();
    let success = client.first_success_since(PROJECT, since()).await.unwrap();
    assert_eq!(success, Some("2026-10-02T10:00:00Z".parse().unwrap()));
    let later = "2026-10-03T00:00:00Z".parse().unwrap();
    assert_eq!(client.first_success_since(PROJECT, later).await.unwrap(), None);
    let issues = client.issues_opened_since(PROJECT, since(), |_| false).await;
    assert_eq!((issues.records.len(), issues.rest), (1, Some(Silence::TooMuch)));
    assert_eq!(issues.records[0].imported, Told::Is(true));
    assert_eq!(server.calls(), 3);
    assert!(server.asked()[0].target.contains("per_page=1"));
}

#[tokio::test]
async fn counts_come_from_the_header_or_by_counting_and_are_never_made_up() {
    let server = Server::start(|asked, _| {
        let path = asked.target.split('?').next().unwrap().rsplit('/').next().unwrap();
        match (path, asked.number("per_page"), asked.number("page")) {
            ("branches", ..) => answer(200, "x-total: 12\r\nx-next-page: 2\r\n", "[{}]"),
            // More than 10,000, or a GitLab that does not count.
            ("tags", Some(1), _) => answer(200, "x-next-page: 2\r\n", "[{}]"),
            ("tags", _, None) => answer(200, "x-next-page: 2\r\n", "[{},{},{}]"),
            ("tags", ..) => answer(200, "x-next-page: \r\n", "[{}]"),
            // No pages at all.
            ("wikis", ..) => reply(200, "[{},{}]"),
            ("releases", ..) => reply(403, "{}"),
            ("milestones", ..) => reply(404, "{}"),
            // Without end.
            ("labels", _, page) => {
                answer(200, &format!("x-next-page: {}\r\n", page.unwrap_or(1) + 1), "[{}]")
            }
            _ => answer(200, "x-total: 0\r\n", "[]"),
        }
    })
    .await;
    let counts = server.client().counts(PROJECT).await;
    for (kind, count) in [
        (Countable::Branches, Ok(12)),
        (Countable::Tags, Ok(4)),
        (Countable::WikiPages, Ok(2)),
        (Countable::Releases, Err(Silence::Refused)),
        (Countable::Milestones, Err(Silence::NotThere)),
        (Countable::Labels, Err(Silence::TooMuch)),
        (Countable::OpenIssues, Ok(0)),
    ] {
        assert_eq!(counts[&kind], count, "{kind:?}");
    }
    assert_eq!(counts.len(), Countable::ALL.len());
    let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.target).collect();
    for part in ["labels?include_ancestor_groups=false", "state=opened", "state=merged"] {
        assert!(asked.iter().any(|target| target.contains(part)), "{part}: {asked:?}");
    }
}

#[tokio::test]
async fn a_group_its_kind_and_its_projects_are_read_by_path_then_number() {
    let server = Server::start(|asked, _| {
        if asked.target.contains("namespaces/") {
            reply(200, r#"{"id":1,"kind":"user","path":"mira"}"#)
        } else if asked.target.contains("/projects") {
            match page_of(asked) {
                1 => answer(200, "x-next-page: 2\r\n", json!([project()]).to_string()),
                _ => reply(
                    200,
                    json!([project(), { "id": 43, "path_with_namespace": "kiwi/b" }]).to_string(),
                ),
            }
        } else {
            reply(200, r#"{"id":9,"full_path":"kiwi/sub","visibility":"public"}"#)
        }
    })
    .await;
    let client = server.client();
    let group = client.group_facts("kiwi/sub").await.unwrap();
    assert_eq!((group.id, group.visibility), (9, Told::Is(Visibility::Public)));
    let projects = client.group_projects(9).await;
    assert_eq!((projects.records.len(), projects.rest), (2, None));
    assert_eq!(client.namespace_kind("mira").await.unwrap(), Told::Is(NamespaceKind::User));
    let targets: Vec<String> = server.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(targets[0], "/api/v4/groups/kiwi%2Fsub?with_projects=false");
    assert!(
        targets[1]
            .starts_with("/api/v4/groups/9/projects?include_subgroups=true&with_shared=false")
    );
    assert_eq!(targets[3].trim_end_matches('?'), "/api/v4/namespaces/mira");
}

#[tokio::test]
async fn nothing_of_it_writes_or_shows_the_token() {
    let server = Server::always(reply(200, "[]")).await;
    let client = server.client();
    client.counts(PROJECT).await;
    client.oldest_issues(PROJECT).await;
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.method == "GET" && asked.body.is_empty()));
    assert!(asked.iter().all(|asked| !asked.target.contains(TOKEN)));
}
