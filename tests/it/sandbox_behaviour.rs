//! The sandbox behaves like GitLab where it hurts.

mod broken;
mod bulk_imports;
mod code;
mod contract;
mod github;
mod groups;
mod hooks;
mod imports;
mod projects;
mod seeds;

use landfall::sandbox::{Clock, Options, Sandbox, Seed, Settings};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use std::time::Duration;

const BOT: &str = "landfall-bot";
const STAFF: &str = "sam-staff";
const PARTNER: &str = "paula-partner";
const ISSUES: &str = "projects/42/issues";

async fn started(settings: Settings) -> Sandbox {
    let clock = Clock::Ticking("2026-11-02T09:00:00Z".parse().unwrap());
    let options = Options { settings, clock, ..Options::default() };
    Sandbox::start(options).await.unwrap()
}

async fn sandbox() -> Sandbox {
    started(Settings::default()).await
}

/// Sends one call as a user, with a JSON body unless it is null.
async fn send(
    sandbox: &Sandbox,
    user: &str,
    method: Method,
    path: &str,
    body: Value,
) -> reqwest::Result<Response> {
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    let url = format!("{}/api/v4/{path}", sandbox.url());
    let mut request = client.build()?.request(method, url).timeout(Duration::from_secs(20));
    request = request.header("PRIVATE-TOKEN", Seed::token_of(user));
    if !body.is_null() {
        request = request.json(&body);
    }
    request.send().await
}

async fn call(
    sandbox: &Sandbox,
    user: &str,
    method: Method,
    path: &str,
    body: Value,
) -> (u16, Value) {
    let answer = send(sandbox, user, method, path, body).await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn get(sandbox: &Sandbox, path: &str) -> Value {
    let (status, value) = call(sandbox, BOT, Method::GET, path, Value::Null).await;
    assert_eq!(status, 200, "{path}: {value}");
    value
}

async fn post(sandbox: &Sandbox, path: &str, body: Value) -> (u16, Value) {
    call(sandbox, BOT, Method::POST, path, body).await
}

/// An issue of the partner; gives its path.
async fn issue(sandbox: &Sandbox) -> String {
    let iid = sandbox.world().by(PARTNER).open_issue("Example moves", "Hello").unwrap();
    format!("{ISSUES}/{iid}")
}

#[tokio::test]
async fn a_comment_of_commands_alone_runs_them_and_is_no_comment() {
    let sandbox = sandbox().await;
    let issue = issue(&sandbox).await;
    let body = json!({ "body": "/label ~\"two words\" ~one\n/close" });
    let (status, answer) = post(&sandbox, &format!("{issue}/notes"), body).await;
    assert_eq!(status, 202);
    assert!(answer.get("id").is_none() && answer["commands_changes"].is_object(), "{answer}");
    let now = get(&sandbox, &issue).await;
    assert_eq!(now["state"], json!("closed"));
    assert_eq!(now["labels"], json!(["two words", "one"]));
    let world = sandbox.world();
    assert!(world.comments_by(1, BOT).unwrap().is_empty());
    let names: Vec<&str> = world.executed_commands().iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["label", "close"]);
}

#[tokio::test]
async fn carriage_returns_vanish_before_commands_are_looked_for() {
    for body in ["x\n\r/close", "x\n/clo\rse", "> quote\n/close", "- item\n/close", "/cloſe"] {
        let sandbox = sandbox().await;
        let issue = issue(&sandbox).await;
        post(&sandbox, &format!("{issue}/notes"), json!({ "body": body })).await;
        assert_eq!(get(&sandbox, &issue).await["state"], json!("closed"), "{body:?}");
        assert_eq!(sandbox.world().executed_commands().len(), 1, "{body:?}");
    }
}

#[tokio::test]
async fn code_quotes_and_indented_text_run_nothing() {
    let bodies = [
        "```\n/close\n```",
        "> /close",
        "a `code\n/close` span",
        "text /close",
        "\\/close",
        "/closed",
        "    /close",
        "<pre>\n/close\n</pre>",
    ];
    for body in bodies {
        let sandbox = sandbox().await;
        let issue = issue(&sandbox).await;
        let (status, note) =
            post(&sandbox, &format!("{issue}/notes"), json!({ "body": body })).await;
        assert_eq!((status, &note["body"]), (201, &json!(body)));
        assert!(sandbox.world().executed_commands().is_empty(), "{body:?}");
    }
}

#[tokio::test]
async fn editing_a_comment_into_commands_deletes_it() {
    let sandbox = sandbox().await;
    let issue = issue(&sandbox).await;
    let (_, note) = post(&sandbox, &format!("{issue}/notes"), json!({ "body": "hello" })).await;
    let path = format!("{issue}/notes/{}", note["id"]);
    let body = json!({ "body": "/confidential" });
    call(&sandbox, BOT, Method::PUT, &path, body).await;
    assert_eq!(call(&sandbox, BOT, Method::GET, &path, Value::Null).await.0, 404);
    assert_eq!(get(&sandbox, &issue).await["confidential"], json!(true));
}

#[tokio::test]
async fn an_unknown_label_comes_into_being_and_case_makes_another() {
    let sandbox = sandbox().await;
    let issue = issue(&sandbox).await;
    let body = json!({ "add_labels": "review,REVIEW,gone", "remove_labels": "gone" });
    let (status, answer) = call(&sandbox, BOT, Method::PUT, &issue, body).await;
    assert_eq!((status, &answer["labels"]), (200, &json!(["review", "REVIEW"])));
    let labels = get(&sandbox, "projects/42/labels").await;
    assert_eq!(labels.as_array().unwrap().len(), 3);
    let body = json!({ "name": "review", "color": "#000000" });
    let (status, answer) = post(&sandbox, "projects/42/labels", body).await;
    assert_eq!((status, answer), (409, json!({ "message": "Label already exists" })));
}

#[tokio::test]
async fn scoped_labels_exclude_each_other_on_premium_only() {
    for premium in [false, true] {
        let settings = Settings { scoped_labels_exclusive: premium, ..Settings::default() };
        let sandbox = started(settings).await;
        let issue = issue(&sandbox).await;
        for stage in ["migration::prospect", "migration::ready"] {
            let body = json!({ "add_labels": stage });
            call(&sandbox, BOT, Method::PUT, &issue, body).await;
        }
        let both = json!(["migration::prospect", "migration::ready"]);
        let last = json!(["migration::ready"]);
        let labels = &get(&sandbox, &issue).await["labels"];
        assert_eq!(labels, if premium { &last } else { &both });
        let events = get(&sandbox, &format!("{issue}/resource_label_events")).await;
        let ids: Vec<u64> =
            events.as_array().unwrap().iter().map(|e| e["id"].as_u64().unwrap()).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids.len(), if premium { 3 } else { 2 });
    }
}

#[tokio::test]
async fn labels_of_a_new_issue_leave_events_and_deleted_labels_leave_no_name() {
    let sandbox = sandbox().await;
    let body = json!({ "title": "New", "labels": ["a", "b"] });
    let (status, issue) = post(&sandbox, ISSUES, body).await;
    assert_eq!(status, 201);
    let path = format!("{ISSUES}/{}/resource_label_events", issue["iid"]);
    assert_eq!(get(&sandbox, &path).await[0]["label"]["name"], json!("a"));
    let (status, _) =
        call(&sandbox, BOT, Method::DELETE, "projects/42/labels/a", Value::Null).await;
    assert_eq!(status, 204);
    let events = get(&sandbox, &path).await;
    assert_eq!(events[0]["label"], Value::Null);
    let one = get(&sandbox, &format!("{path}/{}", events[1]["id"])).await;
    assert_eq!(one["label"]["name"], json!("b"));
}

#[tokio::test]
async fn a_stranger_cannot_label_and_what_is_invisible_is_not_there() {
    let sandbox = sandbox().await;
    let issue = issue(&sandbox).await;
    let label = json!({ "add_labels": "migration::ready" });
    let (status, _) = call(&sandbox, "mallory", Method::PUT, &issue, label.clone()).await;
    assert_eq!(status, 403);
    let (status, answer) = call(&sandbox, PARTNER, Method::PUT, &issue, label).await;
    assert_eq!((status, &answer["labels"]), (200, &json!([])));
    sandbox.world().by(STAFF).set_confidential(1, true).unwrap();
    let hidden = call(&sandbox, "mallory", Method::GET, &issue, Value::Null).await;
    let missing =
        call(&sandbox, "mallory", Method::GET, &format!("{ISSUES}/99"), Value::Null).await;
    assert_eq!(hidden, missing);
    assert_eq!(hidden.0, 404);
    let (status, _) =
        call(&sandbox, BOT, Method::GET, "projects/42/members/all/3", Value::Null).await;
    assert_eq!(status, 404);
    let member = get(&sandbox, "projects/landfall%2Ftracker/members/all/2").await;
    assert_eq!(member["access_level"], json!(30));
}

#[tokio::test]
async fn a_second_reaction_of_the_same_name_is_refused() {
    let sandbox = sandbox().await;
    let issue = issue(&sandbox).await;
    let note = sandbox.world().by(PARTNER).comment(1, "@landfall-bot help").unwrap().unwrap();
    let path = format!("{issue}/notes/{note}/award_emoji");
    assert_eq!(post(&sandbox, &path, json!({ "name": "eyes" })).await.0, 201);
    let (status, answer) = post(&sandbox, &path, json!({ "name": "eyes" })).await;
    assert_eq!(status, 404);
    assert!(answer["message"].as_str().unwrap().contains("already been taken"), "{answer}");
    assert_eq!(get(&sandbox, &path).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_page_of_an_issue_shows_text_as_text() {
    let sandbox = sandbox().await;
    let text =
        "- [x] done\n\n<script>alert(1)</script>\n\n<!-- hidden -->\n\n[a](javascript:alert(2))";
    sandbox.world().by(PARTNER).open_issue("<b>bold</b>", text).unwrap();
    sandbox.world().by(STAFF).set_labels(1, &["<i>label</i>"], &[]).unwrap();
    let url = format!("{}/landfall/tracker/-/issues", sandbox.url());
    for page in [url.clone(), format!("{url}/1")] {
        let html = reqwest::get(page).await.unwrap().text().await.unwrap();
        assert!(html.contains("&lt;b&gt;bold&lt;/b&gt;"), "{html}");
        for forbidden in ["<script", "hidden", "javascript:", "<i>", "<b>"] {
            assert!(!html.contains(forbidden), "{forbidden}: {html}");
        }
    }
    sandbox.world().by(STAFF).set_confidential(1, true).unwrap();
    assert_eq!(reqwest::get(format!("{url}/1")).await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_gitlab_finds_a_gitlab() {
    let root = env!("CARGO_MANIFEST_DIR");
    let python = std::env::var("LANDFALL_TEST_PYTHON")
        .unwrap_or_else(|_| format!("{root}/target/python/bin/python3"));
    let sandbox = sandbox().await;
    let mut command = std::process::Command::new(&python);
    command.arg(format!("{root}/scripts/python_gitlab_drive.py"));
    command.args([sandbox.url(), Seed::token_of(BOT)]);
    let run = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let output = run.unwrap_or_else(|error| {
        panic!("{python} does not start ({error}): run scripts/test, which installs python-gitlab")
    });
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "{said}\n{wrong}\nrun scripts/test if python-gitlab is missing"
    );
    assert!(said.contains("checks passed"), "{said}");
    assert_eq!(sandbox.unknown_endpoints(), []);
}
