//! `landfall preflight`, as people type it, against a server that answers by script.

use serde_json::{Value, json};

use super::server::{Asked, Server, TOKEN, json as reply};
use crate::child::{Home, Told};

/// A group `kiwi` with one project under this licence, and a person `mira`.
async fn group(licence: Value) -> Server {
    Server::start(move |asked: &Asked, _| {
        let project = json!({
            "id": 42, "path_with_namespace": "kiwi/paint", "visibility": "public",
            "archived": false, "empty_repo": false
        });
        match asked.target.split('?').next().unwrap() {
            "/api/v4/groups/kiwi" => {
                reply(200, r#"{"id":9,"full_path":"kiwi","visibility":"public"}"#)
            }
            "/api/v4/groups/9/projects" => reply(200, json!([project]).to_string()),
            "/api/v4/projects/42" => {
                let mut project = project;
                project["license"] = licence.clone();
                reply(200, project.to_string())
            }
            "/api/v4/namespaces/mira" => reply(200, r#"{"id":1,"kind":"user"}"#),
            _ => reply(404, r#"{"message":"404 Not Found"}"#),
        }
    })
    .await
}

fn run(server: &Server, arguments: &[&str]) -> Told {
    Home::new()
        .with("LANDFALL_GITLAB_URL", server.url.as_str())
        .with("LANDFALL_GITLAB_TOKEN", TOKEN)
        .run(&[&["preflight"], arguments].concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_exit_code_says_what_is_to_be_expected() {
    for (licence, code, words) in [
        (json!({ "key": "mit" }), 0, "`kiwi`: likely to pass (1 projects)"),
        (json!({ "key": "cc-by-4.0" }), 1, "will fail because: The licence of `kiwi/paint`"),
        (Value::Null, 1, "will fail because: GitLab finds no licence in `kiwi/paint`"),
        (json!({ "key": "other" }), 1, "can't tell because: GitLab does not recognise"),
    ] {
        let server = group(licence).await;
        let told = run(&server, &["kiwi"]);
        assert_eq!(told.code, Some(code), "{told:#?}");
        assert!(told.out.contains(words) && told.out.contains("no approval"), "{told:#?}");
        assert_eq!(told.err, "");
        let asked = server.asked();
        assert!(asked.iter().all(|asked| asked.method == "GET"));
        let json: Value = serde_json::from_str(&run(&server, &["/kiwi/", "--json"]).out).unwrap();
        assert_eq!(json["projects"][0]["path"], "kiwi/paint", "{json:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_group_is_told_apart() {
    let server = group(json!({ "key": "mit" })).await;
    let told = run(&server, &["mira"]);
    assert_eq!(told.code, Some(1), "{told:#?}");
    assert!(told.err.contains("a person's own namespace"), "{told:#?}");
    let told = run(&server, &["nowhere"]);
    assert_eq!(told.code, Some(1), "{told:#?}");
    assert!(told.err.contains("there is no such group"), "{told:#?}");
    for wrong in ["https://gitlab.com/kiwi", "a b", "kiwi//paint", "/", "x\n/close"] {
        let told = run(&server, &[wrong]);
        assert_eq!(told.code, Some(2), "{wrong}: {told:#?}");
    }
    let told = Home::new().run(&["preflight", "kiwi"]);
    assert_eq!(told.code, Some(78), "{told:#?}");
    assert!(
        told.err.contains("LANDFALL_GITLAB_TOKEN") && !told.err.contains("tracker"),
        "{told:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gitlab_that_does_not_answer_is_a_failure_with_its_cause() {
    let server = Server::always(reply(503, "{}")).await;
    let told = Home::new()
        .with("LANDFALL_GITLAB_URL", server.url.as_str())
        .with("LANDFALL_GITLAB_TOKEN", TOKEN)
        .with("LANDFALL_TIME_SCALE", "1000")
        .run(&["preflight", "kiwi"]);
    assert_eq!(told.code, Some(1), "{told:#?}");
    assert!(told.err.contains("status 503") && told.err.contains("`landfall check`"), "{told:#?}");
    assert!(!told.err.contains(TOKEN));
}
