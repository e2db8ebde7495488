//! What a project tells whom, and what becomes of its path.

use super::groups::{column, visit};
use super::{BOT, PARTNER, STAFF, call, get, post, sandbox, send, started};
use landfall::sandbox::{Push, Sandbox, Settings, Visibility};
use reqwest::Method;
use serde_json::{Value, json};

/// A project of the partner's in a group where the bot is a maintainer.
fn app(sandbox: &Sandbox) -> u64 {
    let mut world = sandbox.world();
    world.by(PARTNER).create_project("kiwi-paint/app", Visibility::Public).unwrap()
}

#[tokio::test]
async fn visitors_get_little_members_more_and_maintainers_how_it_was_imported() {
    let sandbox = sandbox().await;
    let path = format!("projects/{}?license=true&statistics=true", app(&sandbox));
    let (_, visitor) = visit(&sandbox, &path).await;
    let (_, stranger) = call(&sandbox, STAFF, Method::GET, &path, Value::Null).await;
    let maintainer = get(&sandbox, &path).await;
    for (field, seen) in [
        ("path_with_namespace", [true, true, true]),
        ("visibility", [true, true, true]),
        ("license", [true, true, true]),
        ("archived", [false, true, true]),
        ("empty_repo", [false, true, true]),
        ("import_status", [false, true, true]),
        ("marked_for_deletion_on", [false, true, true]),
        ("permissions", [false, true, true]),
        ("import_type", [false, false, true]),
        ("import_url", [false, false, true]),
        ("import_error", [false, false, true]),
        ("statistics", [false, false, true]),
        // The Free edition has no mirrors to speak of.
        ("mirror", [false, false, false]),
        ("forked_from_project", [false, false, false]),
    ] {
        let found = [&visitor, &stranger, &maintainer].map(|value| value.get(field).is_some());
        assert_eq!(found, seen, "{field}");
    }
    assert_eq!(maintainer["permissions"]["group_access"]["access_level"], json!(40));
    assert_eq!(maintainer["empty_repo"], json!(true));
    let plain = get(&sandbox, &format!("projects/{}", app_number(&sandbox))).await;
    assert!(plain.get("license").is_none() && plain.get("statistics").is_none());
}

fn app_number(sandbox: &Sandbox) -> u64 {
    sandbox.world().project_number("kiwi-paint/app").unwrap()
}

#[tokio::test]
async fn a_licence_a_mirror_a_fork_and_an_archive_show() {
    let sandbox = started(Settings { mirroring: true, ..Settings::default() }).await;
    let id = app(&sandbox);
    let path = format!("projects/{id}?license=true");
    assert_eq!(get(&sandbox, &path).await["license"], Value::Null);
    for (told, key) in [("GPL-3.0", "gpl-3.0"), ("MIT", "mit"), ("other", "other")] {
        sandbox.world().set_licence(id, Some(told)).unwrap();
        let project = get(&sandbox, &path).await;
        assert_eq!(project["license"]["key"], json!(key));
        assert!(project["license"]["name"].is_string(), "{project}");
    }
    let fork = {
        let mut world = sandbox.world();
        world.set_mirror(id, true).unwrap();
        world.by(PARTNER).in_project(id).push(&Push::default()).unwrap();
        let fork = world.by(STAFF).in_project(id).fork("sam-staff").unwrap();
        world.set_archived(id, true).unwrap();
        fork
    };
    let project = get(&sandbox, &path).await;
    assert_eq!((&project["mirror"], &project["archived"]), (&json!(true), &json!(true)));
    assert_eq!((&project["empty_repo"], &project["forks_count"]), (&json!(false), &json!(1)));
    let fork = get(&sandbox, &format!("projects/{fork}")).await;
    assert_eq!(fork["forked_from_project"]["id"], json!(id));
    assert_eq!((&fork["import_status"], &fork["mirror"]), (&json!("finished"), &json!(false)));
    assert_eq!(fork["namespace"]["kind"], json!("user"));
    let refused = sandbox.world().by(PARTNER).in_project(id).push(&Push::default());
    assert_eq!(refused.unwrap_err().status, 403, "an archived project takes no pushes");
}

#[tokio::test]
async fn a_private_project_is_not_there_for_strangers() {
    let sandbox = sandbox().await;
    let id = app(&sandbox);
    for (visibility, visitor, stranger) in [
        (Visibility::Public, 200, 200),
        (Visibility::Internal, 404, 200),
        (Visibility::Private, 404, 404),
    ] {
        sandbox.world().set_visibility(id, visibility).unwrap();
        for path in [format!("projects/{id}"), "projects/kiwi-paint%2Fapp".to_owned()] {
            assert_eq!(visit(&sandbox, &path).await.0, visitor, "{visibility:?}");
            let found = call(&sandbox, STAFF, Method::GET, &path, Value::Null).await;
            assert_eq!(found.0, stranger, "{visibility:?}");
            get(&sandbox, &path).await;
        }
    }
    let mut world = sandbox.world();
    let mut stranger = world.by(STAFF).in_project(id);
    assert_eq!(stranger.fork(STAFF).unwrap_err().status, 404);
    assert_eq!(stranger.open_merge_request("Change").unwrap_err().status, 404);
}

#[tokio::test]
async fn an_old_path_sends_reads_on_and_refuses_writes() {
    let sandbox = sandbox().await;
    let id = app(&sandbox);
    sandbox.world().rename_project(id, "paint").unwrap();
    sandbox.world().transfer_project(id, "owl-music").unwrap();
    for old in ["kiwi-paint%2Fapp", "kiwi-paint%2Fpaint"] {
        let path = format!("projects/{old}/merge_requests?state=merged");
        let answer = send(&sandbox, PARTNER, Method::GET, &path, Value::Null).await.unwrap();
        assert_eq!(answer.status(), 301);
        let to = answer.headers()["location"].to_str().unwrap().to_owned();
        let url = sandbox.url();
        assert_eq!(to, format!("{url}/api/v4/projects/{id}/merge_requests?state=merged"));
    }
    let path = "projects/kiwi-paint%2Fapp/labels";
    let body = json!({ "name": "x", "color": "#000000" });
    let (status, answer) = call(&sandbox, PARTNER, Method::POST, path, body).await;
    assert_eq!(status, 405, "{answer}");
    let now = get(&sandbox, &format!("projects/{id}")).await;
    assert_eq!(now["path_with_namespace"], json!("owl-music/paint"));
    // Whoever takes the old path ends the redirect.
    let next = app(&sandbox);
    assert_eq!(get(&sandbox, "projects/kiwi-paint%2Fapp").await["id"], json!(next));
}

#[tokio::test]
async fn a_deleted_project_lingers_under_another_name_or_is_gone() {
    for delayed in [true, false] {
        let settings = Settings { delayed_deletion: delayed, ..Settings::default() };
        let sandbox = started(settings).await;
        let id = app(&sandbox);
        sandbox.world().delete_project(id).unwrap();
        let path = format!("projects/{id}");
        let (status, project) = call(&sandbox, BOT, Method::GET, &path, Value::Null).await;
        if !delayed {
            assert_eq!((status, project), (404, json!({ "message": "404 Project Not Found" })));
            continue;
        }
        assert_eq!(status, 200);
        let renamed = format!("kiwi-paint/app-deletion_scheduled-{id}");
        assert_eq!(project["path_with_namespace"], json!(renamed));
        assert_eq!(project["marked_for_deletion_on"], json!("2026-11-02"));
        let rows = get(&sandbox, "groups/kiwi-paint/projects").await;
        assert_eq!(column(&rows, "id"), [json!(id)], "it lingers in the list");
    }
}

#[tokio::test]
async fn issues_and_labels_work_in_every_project() {
    let sandbox = sandbox().await;
    let id = app(&sandbox);
    let body = json!({ "title": "A bug", "labels": ["bug"] });
    let (status, issue) = post(&sandbox, &format!("projects/{id}/issues"), body).await;
    assert_eq!((status, &issue["iid"]), (201, &json!(1)));
    assert_eq!((&issue["imported"], &issue["imported_from"]), (&json!(false), &json!("none")));
    let labels = get(&sandbox, &format!("projects/{id}/labels")).await;
    assert_eq!(column(&labels, "name"), [json!("bug")]);
    assert!(sandbox.world().iids().is_empty(), "the tracker is another project");
}
