//! Direct transfer from another GitLab.

use super::groups::column;
use super::{BOT, PARTNER, call, get, post, sandbox, started};
use landfall::sandbox::{ImportEnd, ImportPace, ImportSettings, Sandbox, Seed, Settings};
use reqwest::Method;
use serde_json::{Value, json};

fn body(kind: &str, source: &str, into: &str, slug: &str) -> Value {
    json!({
        "configuration": { "url": Seed::OTHER_GITLAB, "access_token": Seed::OTHER_GITLAB_TOKEN },
        "entities": [{
            "source_type": kind,
            "source_full_path": source,
            "destination_slug": slug,
            "destination_namespace": into,
        }],
    })
}

async fn by_hand(end: ImportEnd) -> Sandbox {
    let losses = [("issue".to_owned(), 3)].into();
    let imports =
        ImportSettings { pace: ImportPace::ByHand, end, losses, ..ImportSettings::default() };
    started(Settings { imports, ..Settings::default() }).await
}

async fn begin(sandbox: &Sandbox, body: Value) -> u64 {
    let (status, answer) = post(sandbox, "bulk_imports", body).await;
    assert_eq!((status, &answer["status"]), (201, &json!("created")), "{answer}");
    answer["id"].as_u64().unwrap()
}

#[tokio::test]
async fn a_transfer_is_refused_for_every_reason_gitlab_has() {
    let sandbox = sandbox().await;
    let good = || body("project_entity", "finch/finch", "kiwi-paint", "finch");
    let site = |key: &str, value: &str| {
        let mut body = good();
        body["configuration"][key] = json!(value);
        body
    };
    for (body, status, said) in [
        (site("url", "https://gitlab.example.net"), 422, "Invalid source URL"),
        (site("access_token", "wrong"), 422, "'api' scope"),
        (body("project_entity", "finch/egg", "kiwi-paint", "x"), 422, "not found"),
        (body("project_entity", "finch/finch", "owl-music", "x"), 422, "permission"),
        (body("project_entity", "finch/finch", "nowhere", "x"), 422, "is invalid"),
        (body("group_entity", "finch", "kiwi-paint", "x"), 422, "permission"),
        (body("group_entity", "finch", "", "owl-music"), 422, "already exists"),
        (body("wiki_entity", "finch", "", "x"), 400, "source_type"),
        (json!({ "entities": [] }), 400, "configuration[url] is missing"),
    ] {
        let (found, answer) = post(&sandbox, "bulk_imports", body.clone()).await;
        assert_eq!(found, status, "{body}: {answer}");
        assert!(answer.to_string().contains(said), "{body}: {answer}");
    }
    assert_eq!(get(&sandbox, "bulk_imports").await, json!([]));
}

#[tokio::test]
async fn a_project_comes_over_with_the_day_it_was_made() {
    let sandbox = by_hand(ImportEnd::Finished).await;
    let id = begin(&sandbox, body("project_entity", "finch/finch", "kiwi-paint", "finch")).await;
    let mut seen = vec![get(&sandbox, &format!("bulk_imports/{id}")).await["status"].clone()];
    while sandbox.world().advance_bulk_import(id).unwrap() == "started" {
        seen.push(get(&sandbox, &format!("bulk_imports/{id}")).await["status"].clone());
    }
    assert_eq!(seen, ["created", "started", "started", "started", "started"].map(Value::from));
    let whole = get(&sandbox, &format!("bulk_imports/{id}")).await;
    assert_eq!((&whole["status"], &whole["has_failures"]), (&json!("finished"), &json!(true)));
    let entity = &get(&sandbox, &format!("bulk_imports/{id}/entities")).await[0];
    assert_eq!(entity["destination_full_path"], json!("kiwi-paint/finch"));
    assert_eq!(entity["stats"]["issues"], json!({ "source": 60, "fetched": 60, "imported": 57 }));
    let path = format!("bulk_imports/{id}/entities/{}/failures", entity["id"]);
    let failures = get(&sandbox, &path).await;
    assert_eq!(column(&failures, "relation"), ["issues", "issues", "issues"].map(Value::from));

    let project = get(&sandbox, &format!("projects/{}", entity["project_id"])).await;
    assert_eq!(project["created_at"], json!("2015-01-01T00:00:00.000Z"), "the source's day");
    assert_eq!(project["import_type"], json!("gitlab_project_migration"));
    let import = get(&sandbox, &format!("projects/{}/import", project["id"])).await;
    assert_eq!((&import["import_status"], &import["stats"]), (&json!("finished"), &Value::Null));
    let rows = get(&sandbox, &format!("projects/{}/issues?per_page=1", project["id"])).await;
    assert_eq!(rows[0]["imported_from"], json!("gitlab_migration"));
    // The newest by number, though not by day.
    let newest = get(&sandbox, "groups/kiwi-paint/projects?order_by=id").await;
    assert_eq!(newest[0]["id"], project["id"]);
}

#[tokio::test]
async fn a_group_brings_its_projects_and_each_sees_their_own_transfers_only() {
    let sandbox = by_hand(ImportEnd::Finished).await;
    let id = begin(&sandbox, body("group_entity", "finch", "", "finch")).await;
    assert_eq!(sandbox.world().finish_bulk_import(id).unwrap(), "finished");
    let entities = get(&sandbox, &format!("bulk_imports/{id}/entities")).await;
    assert_eq!(column(&entities, "entity_type"), ["group", "project", "project"].map(Value::from));
    assert_eq!(entities[1]["parent_id"], entities[0]["id"]);
    let rows = get(&sandbox, "groups/finch/projects?order_by=id&sort=asc").await;
    assert_eq!(column(&rows, "path"), ["finch", "songs"].map(Value::from));
    assert_eq!(column(&get(&sandbox, "bulk_imports/entities").await, "id").len(), 3);
    assert_eq!(get(&sandbox, "bulk_imports?status=failed").await, json!([]));
    let path = format!("bulk_imports/{id}");
    assert_eq!(call(&sandbox, PARTNER, Method::GET, &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn transfers_fail_time_out_are_canceled_and_lose_their_project() {
    for (end, status) in
        [(ImportEnd::Failed("broken".to_owned()), "failed"), (ImportEnd::TimedOut, "timeout")]
    {
        let sandbox = by_hand(end).await;
        let id = begin(&sandbox, body("project_entity", "finch/finch", "kiwi-paint", "")).await;
        assert_eq!(sandbox.world().finish_bulk_import(id).unwrap(), status);
        assert_eq!(get(&sandbox, &format!("bulk_imports/{id}")).await["status"], json!(status));
    }
    let sandbox = by_hand(ImportEnd::Finished).await;
    let id = begin(&sandbox, body("project_entity", "finch/finch", "kiwi-paint", "")).await;
    sandbox.world().advance_bulk_import(id).unwrap();
    let (status, answer) = post(&sandbox, &format!("bulk_imports/{id}/cancel"), json!({})).await;
    assert_eq!((status, &answer["status"]), (200, &json!("canceled")));
    let project = sandbox.world().project_number("kiwi-paint/finch").unwrap();
    let import = get(&sandbox, &format!("projects/{project}/import")).await;
    assert_eq!(import["import_status"], json!("canceled"));

    sandbox.world().settings.delayed_deletion = false;
    let id = begin(&sandbox, body("project_entity", "finch/songs", "kiwi-paint", "")).await;
    sandbox.world().advance_bulk_import(id).unwrap();
    let songs = sandbox.world().project_number("kiwi-paint/songs").unwrap();
    sandbox.world().delete_project(songs).unwrap();
    assert_eq!(sandbox.world().finish_bulk_import(id).unwrap(), "failed");
    assert_eq!(get(&sandbox, &format!("bulk_imports/{id}")).await["has_failures"], json!(true));
}

#[tokio::test]
async fn reading_a_transfer_takes_it_on() {
    let sandbox = sandbox().await;
    let id = begin(&sandbox, body("project_entity", "finch/songs", "kiwi-paint", "")).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(get(&sandbox, &format!("bulk_imports/{id}")).await["status"].clone());
    }
    let expected = ["created", "started", "started", "started", "started", "finished"];
    assert_eq!(seen, expected.map(Value::from));
    assert_eq!(sandbox.world().by(BOT).in_project(42).open_issue("Still here", "").unwrap(), 1);
}
