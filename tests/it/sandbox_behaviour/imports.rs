//! Imports from GitHub: how they are refused, how they go on, what they leave behind.

use super::groups::{column, visit};
use super::{BOT, PARTNER, STAFF, call, get, post, sandbox, send, started};
use jiff::SignedDuration;
use landfall::sandbox::{
    Fault, ImportEnd, ImportPace, ImportRefusals, ImportSettings, ImportStatus, Sandbox, Seed,
    Settings, Visibility,
};
use reqwest::Method;
use serde_json::{Value, json};

const KIWI: u64 = 7001;

fn body(repo: u64, target: &str, name: &str) -> Value {
    json!({
        "personal_access_token": Seed::GITHUB_IMPORT_TOKEN,
        "repo_id": repo,
        "target_namespace": target,
        "new_name": name,
    })
}

async fn with(imports: ImportSettings) -> Sandbox {
    started(Settings { imports, ..Settings::default() }).await
}

async fn by_hand() -> Sandbox {
    with(ImportSettings { pace: ImportPace::ByHand, ..ImportSettings::default() }).await
}

/// Begins an import; gives the project's number.
async fn begin(sandbox: &Sandbox, repo: u64, target: &str) -> u64 {
    let (status, answer) = post(sandbox, "import/github", body(repo, target, "")).await;
    assert_eq!(status, 201, "{answer}");
    answer["id"].as_u64().unwrap()
}

fn changed(key: &str, value: Value) -> Value {
    let mut body = body(KIWI, "kiwi-paint", "");
    body[key] = value;
    body
}

#[tokio::test]
async fn an_import_is_refused_for_every_reason_gitlab_has() {
    let missing = "Namespace or group to import repository into does not exist.";
    let forbidden = "You are not allowed to import projects in this namespace.";
    for (refusals, [no_right, no_token, no_repo]) in [
        (ImportRefusals::Unprocessable, [422, 422, 422]),
        (ImportRefusals::ByStatus, [403, 401, 404]),
    ] {
        let sandbox = with(ImportSettings { refusals, ..ImportSettings::default() }).await;
        sandbox.world().by(PARTNER).create_project("kiwi-paint/taken", Visibility::Public).unwrap();
        let collaborators = json!({ "collaborators_import": true });
        let mut weak = changed("personal_access_token", json!(Seed::GITHUB_TOKEN));
        weak["optional_stages"] = collaborators;
        for (body, status, said) in [
            (changed("target_namespace", json!("nowhere")), 422, missing),
            (changed("target_namespace", json!("owl-music")), no_right, forbidden),
            (changed("target_namespace", json!("")), 400, "target_namespace is empty"),
            (
                changed("personal_access_token", Value::Null),
                400,
                "personal_access_token is missing",
            ),
            (changed("personal_access_token", json!("")), no_token, "access"),
            (changed("personal_access_token", json!("wrong")), no_token, "access"),
            (changed("repo_id", json!(1)), no_repo, "404"),
            (changed("repo_id", json!("seven")), 400, "repo_id is invalid"),
            (changed("repo_id", json!(7008)), 422, "451"),
            (changed("new_name", json!("taken")), 422, "has already been taken"),
            (changed("new_name", json!("a b")), 422, "Path can contain only"),
            (changed("github_hostname", json!("ftp://x")), 400, "Invalid URL"),
            (weak, 422, "read:org"),
        ] {
            let (found, answer) = post(&sandbox, "import/github", body.clone()).await;
            assert_eq!(found, status, "{body}: {answer}");
            let is_forbidden = status == 403;
            assert!(
                is_forbidden || answer.to_string().to_lowercase().contains(&said.to_lowercase()),
                "{body}: {answer}"
            );
        }
        let (status, _) = call(&sandbox, "nobody", Method::POST, "import/github", json!({})).await;
        assert_eq!(status, 401);
        sandbox.world().settings.imports.from_github = false;
        let (status, _) = post(&sandbox, "import/github", body(KIWI, "kiwi-paint", "")).await;
        assert_eq!(status, 403);
        let rows = get(&sandbox, "groups/kiwi-paint/projects").await;
        assert_eq!(column(&rows, "path"), [json!("taken")], "nothing came of it");
    }
}

#[tokio::test]
async fn a_project_is_there_at_once_and_its_import_goes_from_step_to_step() {
    let sandbox = by_hand().await;
    let (status, begun) = post(&sandbox, "import/github", body(KIWI, "kiwi-paint", "paint")).await;
    assert_eq!((status, &begun["import_status"]), (201, &json!("scheduled")));
    assert_eq!(begun["full_path"], json!("/kiwi-paint/paint"));
    assert_eq!(begun["import_source"], json!("kiwi-paint/kiwi-paint"));
    let id = begun["id"].as_u64().unwrap();
    let path = format!("projects/{id}");
    let project = get(&sandbox, &path).await;
    assert_eq!((&project["empty_repo"], &project["visibility"]), (&json!(true), &json!("public")));
    assert_eq!(
        (&project["import_type"], &project["import_status"]),
        (&json!("github"), &json!("scheduled"))
    );

    let mut before = 0;
    for status in ["scheduled", "started", "started", "started", "finished"] {
        let import = get(&sandbox, &format!("{path}/import")).await;
        assert_eq!(import["import_status"], json!(status));
        assert_eq!(get(&sandbox, &format!("{path}/import")).await, import, "reading moves nothing");
        let sum = |which: &str| {
            let kinds = import["stats"][which].as_object().unwrap().values();
            kinds.map(|count| count.as_u64().unwrap()).sum::<u64>()
        };
        assert!(sum("imported") >= before && sum("imported") <= sum("fetched"), "{import}");
        before = sum("imported");
        sandbox.world().advance_import(id).unwrap();
    }
    let import = get(&sandbox, &format!("{path}/import")).await;
    assert_eq!(import["stats"]["fetched"], import["stats"]["imported"], "nothing was lost");
    assert_eq!(import["stats"]["imported"]["issue"], json!(1_200));
    assert_eq!(import["stats"]["imported"]["pull_request"], json!(800));
    assert_eq!(import["failed_relations"], json!([]));
    assert_eq!(sandbox.world().advance_import(id).unwrap(), ImportStatus::Finished);
}

#[tokio::test]
async fn a_finished_import_leaves_what_the_source_held() {
    let sandbox = by_hand().await;
    let id = begin(&sandbox, KIWI, "kiwi-paint").await;
    sandbox.world().finish_import(id).unwrap();
    for (list, total) in [
        ("issues", "1200"),
        ("issues?state=opened", "230"),
        ("merge_requests", "800"),
        ("merge_requests?state=merged", "640"),
        ("merge_requests?state=opened", "35"),
        ("repository/branches", "14"),
        ("repository/tags", "36"),
        ("releases", "30"),
        ("labels", "24"),
        ("milestones", "6"),
        ("wikis", "12"),
        ("repository/contributors", "40"),
        // An import is no push.
        ("events", "0"),
    ] {
        let path = format!("projects/{id}/{list}");
        let answer = send(&sandbox, BOT, Method::GET, &path, Value::Null).await.unwrap();
        assert_eq!(answer.headers()["x-total"], total, "{list}");
    }
    let path = format!("projects/{id}/merge_requests?state=merged&sort=asc&per_page=1");
    let request = &get(&sandbox, &path).await[0];
    assert_eq!((&request["imported"], &request["imported_from"]), (&json!(true), &json!("github")));
    assert!(request["created_at"].as_str().unwrap().starts_with("2014-"), "{request}");
    let author = request["author"]["username"].as_str().unwrap();
    assert!(author.contains("_placeholder_user_"), "{author}");
    assert!(request["author"]["name"].as_str().unwrap().starts_with("Placeholder "));
    let issue = &get(&sandbox, &format!("projects/{id}/issues?per_page=1")).await[0];
    assert_eq!(issue["imported_from"], json!("github"));
    let project = get(&sandbox, &format!("projects/{id}?license=true")).await;
    assert_eq!(
        (&project["empty_repo"], &project["license"]["key"]),
        (&json!(false), &json!("gpl-3.0"))
    );
    assert!(project["created_at"].as_str().unwrap().starts_with("2026-11-02"), "its own day");
    // Issues and merge requests keep the numbers they had, so no number is there twice.
    let one = get(&sandbox, &format!("projects/{id}/issues/1")).await;
    assert_eq!(one["title"], json!("Problem 1 of old"));
    let (status, _) =
        call(&sandbox, BOT, Method::GET, &format!("projects/{id}/merge_requests/1"), Value::Null)
            .await;
    assert_eq!(status, 404);
    let next = sandbox.world().by(PARTNER).in_project(id).open_merge_request("New").unwrap();
    assert_eq!(next, 2_001);
    sandbox.settle_hooks().await;
    assert_eq!(sandbox.world().deliveries(), [], "no webhook tells of an import");
}

#[tokio::test]
async fn losses_leave_failed_relations_and_merges_without_a_time() {
    let losses = [("issue", 150), ("pull_request", 8), ("pull_request_merged_by", 40)];
    let losses = losses.map(|(kind, count)| (kind.to_owned(), count)).into();
    let imports = ImportSettings { pace: ImportPace::ByHand, losses, ..ImportSettings::default() };
    let sandbox = with(imports).await;
    let id = begin(&sandbox, KIWI, "kiwi-paint").await;
    sandbox.world().finish_import(id).unwrap();
    let import = get(&sandbox, &format!("projects/{id}/import")).await;
    assert_eq!(import["import_status"], json!("finished"));
    assert_eq!(import["failed_relations"].as_array().unwrap().len(), 100, "never more");
    assert_eq!(import["stats"]["fetched"]["issue"], json!(1_200));
    assert_eq!(import["stats"]["imported"]["issue"], json!(1_050));
    for (list, total) in [("issues", "1050"), ("merge_requests", "792")] {
        let path = format!("projects/{id}/{list}");
        let answer = send(&sandbox, BOT, Method::GET, &path, Value::Null).await.unwrap();
        assert_eq!(answer.headers()["x-total"], total, "{list}");
    }
    let path = format!("projects/{id}/merge_requests?state=merged&order_by=created_at&per_page=40");
    let rows = get(&sandbox, &path).await;
    assert!(column(&rows, "merged_at").iter().all(Value::is_null), "the newest forty");
    assert!(column(&rows, "merge_user").iter().all(Value::is_null));
    let rows = get(&sandbox, &format!("{path}&page=2")).await;
    assert!(column(&rows, "merged_at").iter().all(Value::is_string));
}

#[tokio::test]
async fn reading_the_status_takes_an_import_on_and_so_does_the_clock() {
    let sandbox = sandbox().await;
    let id = begin(&sandbox, 7005, "kiwi-paint").await;
    let path = format!("projects/{id}/import");
    for status in ["scheduled", "started", "started", "started", "finished", "finished"] {
        assert_eq!(get(&sandbox, &path).await["import_status"], json!(status));
    }
    let pace = ImportPace::ByClock(SignedDuration::from_mins(10));
    let sandbox = with(ImportSettings { pace, ..ImportSettings::default() }).await;
    let id = begin(&sandbox, 7005, "kiwi-paint").await;
    let path = format!("projects/{id}/import");
    for (minutes, status) in [(0, "scheduled"), (9, "scheduled"), (1, "started"), (30, "finished")]
    {
        sandbox.world().clock.advance(SignedDuration::from_mins(minutes));
        assert_eq!(get(&sandbox, &path).await["import_status"], json!(status), "{minutes}");
    }
}

#[tokio::test]
async fn imports_fail_time_out_and_are_canceled() {
    let sandbox = by_hand().await;
    for (end, error) in [
        (ImportEnd::Failed("no more disk".to_owned()), "no more disk"),
        (ImportEnd::TimedOut, "Import timed out. Import took longer than 86400 seconds"),
    ] {
        sandbox.world().settings.imports.end = end;
        let id = begin(&sandbox, KIWI, "kiwi-paint").await;
        assert_eq!(sandbox.world().finish_import(id).unwrap(), ImportStatus::Failed);
        let path = format!("projects/{id}/import");
        let import = get(&sandbox, &path).await;
        assert_eq!(
            (&import["import_status"], &import["import_error"]),
            (&json!("failed"), &json!(error))
        );
        let (_, told) = call(&sandbox, STAFF, Method::GET, &path, Value::Null).await;
        let vague = "Ask a maintainer to check the import status for more details.";
        assert_eq!(told["import_error"], json!(vague));
        assert_eq!(visit(&sandbox, &path).await.1["import_error"], Value::Null);
        let project = get(&sandbox, &format!("projects/{id}")).await;
        assert_eq!(
            (&project["empty_repo"], &project["import_error"]),
            (&json!(true), &json!(error))
        );
        sandbox.world().rename_project(id, &format!("failed-{id}")).unwrap();
    }
    let id = begin(&sandbox, KIWI, "kiwi-paint").await;
    sandbox.world().advance_import(id).unwrap();
    let cancel = json!({ "project_id": id });
    let (status, answer) = post(&sandbox, "import/github/cancel", cancel.clone()).await;
    assert_eq!(
        (status, &answer["message"]),
        (403, &json!("Unauthorized access")),
        "a maintainer may not"
    );
    let owner = call(&sandbox, PARTNER, Method::POST, "import/github/cancel", cancel.clone()).await;
    assert_eq!((owner.0, &owner.1["import_status"]), (200, &json!("canceled")));
    let again = call(&sandbox, PARTNER, Method::POST, "import/github/cancel", cancel).await;
    let text = "The import cannot be canceled because it is canceled";
    assert_eq!(again, (400, json!({ "message": text })));
    assert_eq!(sandbox.world().finish_import(id).unwrap(), ImportStatus::Canceled);
    let tracker = json!({ "project_id": 42 });
    let (status, _) = post(&sandbox, "import/github/cancel", tracker).await;
    assert_eq!(status, 404, "was never imported");
}

#[tokio::test]
async fn who_may_see_the_project_follows_source_group_and_setting() {
    let sandbox = by_hand().await;
    sandbox.world().by(BOT).create_group("closed", Visibility::Private).unwrap();
    let visibility = |id: u64| {
        let sandbox = &sandbox;
        async move { get(sandbox, &format!("projects/{id}")).await["visibility"].clone() }
    };
    let public = begin(&sandbox, KIWI, "kiwi-paint").await;
    let private = begin(&sandbox, 7006, "kiwi-paint").await;
    let inside = begin(&sandbox, KIWI, "closed").await;
    sandbox.world().settings.imports.visibility = Some(Visibility::Private);
    let told = begin(&sandbox, 7003, "kiwi-paint").await;
    assert_eq!(visibility(public).await, json!("public"));
    for id in [private, inside, told] {
        assert_eq!(visibility(id).await, json!("private"));
        assert_eq!(
            call(&sandbox, STAFF, Method::GET, &format!("projects/{id}/import"), Value::Null)
                .await
                .0,
            404
        );
    }
}

#[tokio::test]
async fn placeholders_are_shared_in_a_group_limited_and_absent_in_a_personal_namespace() {
    let sandbox = by_hand().await;
    sandbox.world().settings.imports.placeholder_limit = Some(3);
    let authors = |id: u64| {
        let sandbox = &sandbox;
        async move {
            let rows = get(sandbox, &format!("projects/{id}/merge_requests?per_page=100")).await;
            let names = column(&rows, "author");
            let names = names.iter().map(|author| author["username"].as_str().unwrap().to_owned());
            names.collect::<std::collections::BTreeSet<String>>()
        }
    };
    let first = begin(&sandbox, 7003, "kiwi-paint").await;
    sandbox.world().finish_import(first).unwrap();
    let names = authors(first).await;
    assert_eq!(names.len(), 4, "three and everybody else: {names:?}");
    assert_eq!(names.iter().filter(|name| name.contains("_placeholder_user_")).count(), 3);
    assert!(names.iter().any(|name| name.starts_with("import_user_")), "{names:?}");
    sandbox.world().rename_project(first, "first").unwrap();
    let second = begin(&sandbox, 7003, "kiwi-paint").await;
    sandbox.world().finish_import(second).unwrap();
    assert_eq!(authors(second).await, names, "the same people have the same placeholders");
    let own = begin(&sandbox, 7003, BOT).await;
    sandbox.world().finish_import(own).unwrap();
    assert_eq!(authors(own).await, [BOT.to_owned()].into(), "all of it belongs to the owner");
}

#[tokio::test]
async fn comments_beyond_thirty_thousand_need_a_stage_of_their_own() {
    for (stages, notes, attachments) in [
        (json!({}), 30_000, false),
        (json!({ "single_endpoint_notes_import": true, "attachments_import": true }), 80_000, true),
    ] {
        let sandbox = by_hand().await;
        let mut body = body(7010, "kiwi-paint", "kernel");
        body["optional_stages"] = stages;
        let (status, begun) = post(&sandbox, "import/github", body).await;
        assert_eq!(status, 201, "{begun}");
        let id = begun["id"].as_u64().unwrap();
        sandbox.world().finish_import(id).unwrap();
        let stats = &get(&sandbox, &format!("projects/{id}/import")).await["stats"];
        assert_eq!(stats["imported"]["note"], json!(notes));
        assert_eq!(stats["imported"].get("note_attachment").is_some(), attachments, "{stats}");
        // Above ten thousand rows GitLab does not count.
        let path = format!("projects/{id}/issues?per_page=100");
        let answer = send(&sandbox, BOT, Method::GET, &path, Value::Null).await.unwrap();
        assert!(answer.headers().get("x-total").is_none());
        assert_eq!(answer.headers()["x-next-page"], "2");
    }
}

#[tokio::test]
async fn a_project_can_go_while_its_import_runs() {
    let sandbox = by_hand().await;
    let lingering = begin(&sandbox, KIWI, "kiwi-paint").await;
    sandbox.world().advance_import(lingering).unwrap();
    sandbox.world().delete_project(lingering).unwrap();
    let import = get(&sandbox, &format!("projects/{lingering}/import")).await;
    let path = format!("kiwi-paint/kiwi-paint-deletion_scheduled-{lingering}");
    assert_eq!(
        (&import["path_with_namespace"], &import["import_status"]),
        (&json!(path), &json!("started"))
    );
    sandbox.world().settings.delayed_deletion = false;
    let gone = begin(&sandbox, KIWI, "kiwi-paint").await;
    sandbox.world().delete_project(gone).unwrap();
    let path = format!("projects/{gone}/import");
    assert_eq!(call(&sandbox, BOT, Method::GET, &path, Value::Null).await.0, 404);
    assert_eq!(sandbox.world().advance_import(gone).unwrap_err().status, 404);
}

#[tokio::test]
async fn faults_hit_imports_too() {
    let sandbox = by_hand().await;
    sandbox.faults().add(Fault::status("POST", "/import/github", 503));
    sandbox.faults().add(Fault::status("GET", "/projects/*/import", 429));
    let (status, _) = post(&sandbox, "import/github", body(KIWI, "kiwi-paint", "")).await;
    assert_eq!(status, 503);
    let id = begin(&sandbox, KIWI, "kiwi-paint").await;
    let path = format!("projects/{id}/import");
    assert_eq!(call(&sandbox, BOT, Method::GET, &path, Value::Null).await.0, 429);
    get(&sandbox, &path).await;
    // A project that was never imported says so.
    let tracker = get(&sandbox, "projects/42/import").await;
    assert_eq!(
        (&tracker["import_status"], &tracker["import_type"]),
        (&json!("none"), &Value::Null)
    );
}
