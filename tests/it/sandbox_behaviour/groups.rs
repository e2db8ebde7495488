//! Groups, personal namespaces and the projects in them.

use super::{BOT, PARTNER, STAFF, call, get, sandbox, send};
use landfall::sandbox::{Sandbox, Visibility};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// What a visitor without a token is answered.
pub(super) async fn visit(sandbox: &Sandbox, path: &str) -> (u16, Value) {
    let url = format!("{}/api/v4/{path}", sandbox.url());
    let answer = Client::new().get(url).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// One field of every row.
pub(super) fn column(rows: &Value, field: &str) -> Vec<Value> {
    rows.as_array()
        .unwrap_or_else(|| panic!("no list: {rows}"))
        .iter()
        .map(|r| r[field].clone())
        .collect()
}

#[tokio::test]
async fn a_group_is_found_by_number_and_path_by_who_may_know_of_it() {
    let sandbox = sandbox().await;
    {
        let mut world = sandbox.world();
        world.by(PARTNER).create_group("kiwi-paint/inner", Visibility::Private).unwrap();
        world.by(PARTNER).create_group("signed-in", Visibility::Internal).unwrap();
    }
    let group = get(&sandbox, "groups/kiwi-paint").await;
    assert_eq!((&group["id"], &group["visibility"]), (&json!(61), &json!("public")));
    assert_eq!(get(&sandbox, "groups/61").await, group);
    // The bot is a member of the group above.
    let inner = get(&sandbox, "groups/kiwi-paint%2Finner").await;
    assert_eq!(inner["full_name"], json!("Kiwi Paint / inner"));
    assert_eq!(inner["parent_id"], json!(61));
    for (user, path, status) in [
        (STAFF, "groups/kiwi-paint%2Finner", 404),
        (STAFF, "groups/signed-in", 200),
        (STAFF, "groups/nowhere", 404),
        // A personal namespace is no group.
        (PARTNER, "groups/paula-partner", 404),
        ("root", "groups/kiwi-paint%2Finner", 200),
    ] {
        let (found, answer) = call(&sandbox, user, Method::GET, path, Value::Null).await;
        assert_eq!(found, status, "{user} {path}: {answer}");
        if found == 404 {
            assert_eq!(answer, json!({ "message": "404 Group Not Found" }));
        }
    }
    assert_eq!(visit(&sandbox, "groups/kiwi-paint").await.0, 200);
    assert_eq!(visit(&sandbox, "groups/signed-in").await.0, 404);
}

#[tokio::test]
async fn namespaces_are_groups_or_belong_to_a_user_who_alone_sees_theirs() {
    let sandbox = sandbox().await;
    let group = get(&sandbox, "namespaces/kiwi-paint").await;
    assert_eq!((&group["kind"], &group["id"]), (&json!("group"), &json!(61)));
    let own = call(&sandbox, PARTNER, Method::GET, "namespaces/paula-partner", Value::Null).await;
    assert_eq!((own.0, &own.1["kind"]), (200, &json!("user")));
    let other = call(&sandbox, STAFF, Method::GET, "namespaces/paula-partner", Value::Null).await;
    assert_eq!(other, (404, json!({ "message": "404 Namespace Not Found" })));
    assert_eq!(visit(&sandbox, "namespaces/kiwi-paint").await.0, 401);
}

#[tokio::test]
async fn projects_of_a_group_come_with_what_was_shared_unless_told() {
    let sandbox = sandbox().await;
    {
        let mut world = sandbox.world();
        let mut paula = world.by(PARTNER);
        paula.create_group("kiwi-paint/web", Visibility::Public).unwrap();
        let app = paula.create_project("kiwi-paint/app", Visibility::Public).unwrap();
        paula.create_project("kiwi-paint/web/site", Visibility::Public).unwrap();
        paula.create_project("kiwi-paint/plans", Visibility::Private).unwrap();
        let lent = paula.create_project("owl-music/owl", Visibility::Public).unwrap();
        world.share_project(lent, "kiwi-paint").unwrap();
        world.set_archived(app, true).unwrap();
    }
    let names = |query: &'static str, user: &'static str| {
        let sandbox = &sandbox;
        async move {
            let path = format!("groups/kiwi-paint/projects?order_by=id&sort=asc{query}");
            let (status, rows) = call(sandbox, user, Method::GET, &path, Value::Null).await;
            assert_eq!(status, 200, "{query}: {rows}");
            column(&rows, "path").iter().map(|name| name.as_str().unwrap().to_owned()).collect()
        }
    };
    let expected: [(&str, &str, &[&str]); 7] = [
        ("", PARTNER, &["app", "plans", "owl"]),
        ("", STAFF, &["app", "owl"]),
        ("&with_shared=false", STAFF, &["app"]),
        ("&with_shared=false&include_subgroups=true", STAFF, &["app", "site"]),
        ("&archived=false", STAFF, &["owl"]),
        ("&visibility=private", PARTNER, &["plans"]),
        ("&search=APP", STAFF, &["app"]),
    ];
    for (query, user, paths) in expected {
        let found: Vec<String> = names(query, user).await;
        assert_eq!(found, paths, "{query} as {user}");
    }
    // There is no filter by date: an unknown parameter changes nothing.
    let later = names("&created_after=2030-01-01T00:00:00Z", STAFF).await;
    let later: Vec<String> = later;
    assert_eq!(later, ["app", "owl"]);
    let path = "groups/kiwi-paint/projects?per_page=1&simple=true&order_by=id";
    let answer = send(&sandbox, STAFF, Method::GET, path, Value::Null).await.unwrap();
    assert_eq!(answer.headers()["x-total"], "2");
    assert_eq!(answer.headers()["x-next-page"], "2");
    let rows: Value = answer.json().await.unwrap();
    assert_eq!(column(&rows, "path"), [json!("owl")]);
    assert!(rows[0].get("archived").is_none() && rows[0].get("import_status").is_none());
    let wrong = "groups/kiwi-paint/projects?order_by=size";
    assert_eq!(call(&sandbox, STAFF, Method::GET, wrong, Value::Null).await.0, 400);
}

#[tokio::test]
async fn a_role_in_a_group_holds_in_its_projects() {
    let sandbox = sandbox().await;
    let project = {
        let mut world = sandbox.world();
        world.by(PARTNER).create_project("kiwi-paint/app", Visibility::Private).unwrap()
    };
    let member = get(&sandbox, &format!("projects/{project}/members/all/5")).await;
    assert_eq!(member["access_level"], json!(40));
    assert_eq!(get(&sandbox, "groups/61/members/all/5").await["access_level"], json!(40));
    let (status, _) =
        call(&sandbox, BOT, Method::GET, "groups/61/members/all/2", Value::Null).await;
    assert_eq!(status, 404);
    sandbox.world().set_group_member("kiwi-paint", BOT, 0).unwrap();
    let path = format!("projects/{project}");
    assert_eq!(call(&sandbox, BOT, Method::GET, &path, Value::Null).await.0, 404);
}
