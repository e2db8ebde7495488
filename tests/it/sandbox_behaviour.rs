//! The sandbox behaves like GitLab where it hurts.

use landfall::sandbox::{Clock, Delivery, Fault, FaultKind, Options, Sandbox, Seed, Settings};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const BOT: &str = "landfall-bot";
const STAFF: &str = "sam-staff";
const PARTNER: &str = "paula-partner";
const SIGNING_TOKEN: &str = "whsec_bGFuZGZhbGwgc2FuZGJveCBzaWduaW5nIGtleSAwMSE=";
const ISSUES: &str = "projects/42/issues";

async fn started(settings: Settings) -> Sandbox {
    let clock = Clock::Ticking("2026-11-02T09:00:00Z".parse().unwrap());
    let options = Options {
        settings,
        clock,
        ..Options::default()
    };
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
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    let url = format!("{}/api/v4/{path}", sandbox.url());
    let mut request = client
        .build()?
        .request(method, url)
        .timeout(Duration::from_secs(20));
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
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
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
    let iid = sandbox
        .world()
        .by(PARTNER)
        .open_issue("Example moves", "Hello")
        .unwrap();
    format!("{ISSUES}/{iid}")
}

/// A receiver of webhooks that answers one status and keeps what came.
struct Receiver {
    address: SocketAddr,
    status: Arc<AtomicU16>,
    calls: Arc<AtomicUsize>,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let status = Arc::new(AtomicU16::new(200));
        let calls = Arc::new(AtomicUsize::new(0));
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let receiver = Self {
            address,
            status: Arc::clone(&status),
            calls: Arc::clone(&calls),
            bodies: Arc::clone(&bodies),
        };
        tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let request = read_request(&mut socket).await;
                calls.fetch_add(1, Ordering::SeqCst);
                bodies.lock().unwrap().push(request);
                let status = status.load(Ordering::SeqCst);
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                socket.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        receiver
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Bodies that came so far, as JSON.
    fn bodies(&self) -> Vec<Value> {
        let bodies = self.bodies.lock().unwrap();
        bodies
            .iter()
            .map(|body| serde_json::from_str(body).unwrap())
            .collect()
    }
}

async fn read_request(socket: &mut tokio::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.unwrap().parse::<usize>().unwrap() {
                return body.to_owned();
            }
        }
        assert!(
            socket.read_buf(&mut bytes).await.unwrap() > 0,
            "the request broke off"
        );
    }
}

async fn hook(sandbox: &Sandbox, receiver: &Receiver) -> u64 {
    let body = json!({
        "url": format!("http://{}/webhooks/gitlab", receiver.address),
        "issues_events": true,
        "confidential_issues_events": true,
        "note_events": true,
        "confidential_note_events": true,
        "token": "plain-secret",
        "signing_token": SIGNING_TOKEN,
    });
    let (status, hook) = post(sandbox, "projects/42/hooks", body).await;
    assert_eq!(status, 201, "{hook}");
    assert_eq!(hook["signing_token_present"], json!(true));
    assert_eq!(hook["token_present"], json!(true));
    hook["id"].as_u64().unwrap()
}

fn header<'a>(delivery: &'a Delivery, name: &str) -> &'a str {
    let found = delivery.headers.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value.as_str()).unwrap()
}

#[tokio::test]
async fn a_page_of_notes_is_short_while_another_follows() {
    let sandbox = sandbox().await;
    let issue = issue(&sandbox).await;
    sandbox.world().by(STAFF).comment(1, "first").unwrap();
    sandbox.world().add_hidden_note(1).unwrap();
    sandbox.world().by(STAFF).comment(1, "third").unwrap();
    let path = format!("{issue}/notes?sort=asc&per_page=2");
    let answer = send(&sandbox, BOT, Method::GET, &path, Value::Null)
        .await
        .unwrap();
    let (next, link) = (
        answer.headers()["x-next-page"].clone(),
        answer.headers()["link"].clone(),
    );
    let notes: Value = answer.json().await.unwrap();
    assert_eq!(notes.as_array().unwrap().len(), 1, "{notes}");
    assert_eq!(next, "2");
    let link = link.to_str().unwrap().to_owned();
    assert!(
        link.contains(&sandbox.url()) && link.contains("rel=\"next\""),
        "{link}"
    );
    let notes = get(&sandbox, &format!("{path}&page=2")).await;
    assert_eq!(notes[0]["body"], json!("third"));
}

#[tokio::test]
async fn a_comment_of_commands_alone_runs_them_and_is_no_comment() {
    let sandbox = sandbox().await;
    let issue = issue(&sandbox).await;
    let body = json!({ "body": "/label ~\"two words\" ~one\n/close" });
    let (status, answer) = post(&sandbox, &format!("{issue}/notes"), body).await;
    assert_eq!(status, 202);
    assert!(
        answer.get("id").is_none() && answer["commands_changes"].is_object(),
        "{answer}"
    );
    let now = get(&sandbox, &issue).await;
    assert_eq!(now["state"], json!("closed"));
    assert_eq!(now["labels"], json!(["two words", "one"]));
    let world = sandbox.world();
    assert!(world.comments_by(1, BOT).unwrap().is_empty());
    let names: Vec<&str> = world
        .executed_commands()
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names, ["label", "close"]);
}

#[tokio::test]
async fn carriage_returns_vanish_before_commands_are_looked_for() {
    for body in [
        "x\n\r/close",
        "x\n/clo\rse",
        "> quote\n/close",
        "- item\n/close",
        "/cloſe",
    ] {
        let sandbox = sandbox().await;
        let issue = issue(&sandbox).await;
        post(&sandbox, &format!("{issue}/notes"), json!({ "body": body })).await;
        assert_eq!(
            get(&sandbox, &issue).await["state"],
            json!("closed"),
            "{body:?}"
        );
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
    let (_, note) = post(
        &sandbox,
        &format!("{issue}/notes"),
        json!({ "body": "hello" }),
    )
    .await;
    let path = format!("{issue}/notes/{}", note["id"]);
    let body = json!({ "body": "/confidential" });
    call(&sandbox, BOT, Method::PUT, &path, body).await;
    assert_eq!(
        call(&sandbox, BOT, Method::GET, &path, Value::Null).await.0,
        404
    );
    assert_eq!(get(&sandbox, &issue).await["confidential"], json!(true));
}

#[tokio::test]
async fn an_unknown_label_comes_into_being_and_case_makes_another() {
    let sandbox = sandbox().await;
    let issue = issue(&sandbox).await;
    let body = json!({ "add_labels": "review,REVIEW,gone", "remove_labels": "gone" });
    let (status, answer) = call(&sandbox, BOT, Method::PUT, &issue, body).await;
    assert_eq!(
        (status, &answer["labels"]),
        (200, &json!(["review", "REVIEW"]))
    );
    let labels = get(&sandbox, "projects/42/labels").await;
    assert_eq!(labels.as_array().unwrap().len(), 3);
    let body = json!({ "name": "review", "color": "#000000" });
    let (status, answer) = post(&sandbox, "projects/42/labels", body).await;
    assert_eq!(
        (status, answer),
        (409, json!({ "message": "Label already exists" }))
    );
}

#[tokio::test]
async fn scoped_labels_exclude_each_other_on_premium_only() {
    for premium in [false, true] {
        let settings = Settings {
            scoped_labels_exclusive: premium,
            ..Settings::default()
        };
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
        let ids: Vec<u64> = events
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["id"].as_u64().unwrap())
            .collect();
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
    let (status, _) = call(
        &sandbox,
        BOT,
        Method::DELETE,
        "projects/42/labels/a",
        Value::Null,
    )
    .await;
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
    let missing = call(
        &sandbox,
        "mallory",
        Method::GET,
        &format!("{ISSUES}/99"),
        Value::Null,
    )
    .await;
    assert_eq!(hidden, missing);
    assert_eq!(hidden.0, 404);
    let (status, _) = call(
        &sandbox,
        BOT,
        Method::GET,
        "projects/42/members/all/3",
        Value::Null,
    )
    .await;
    assert_eq!(status, 404);
    let member = get(&sandbox, "projects/landfall%2Ftracker/members/all/2").await;
    assert_eq!(member["access_level"], json!(30));
}

#[tokio::test]
async fn a_signature_verifies_and_every_attempt_has_its_own_uuid() {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};
    let sandbox = sandbox().await;
    let receiver = Receiver::start().await;
    hook(&sandbox, &receiver).await;
    issue(&sandbox).await;
    sandbox.settle_hooks().await;
    let first = sandbox.world().deliveries()[0].clone();
    sandbox.world().redeliver(first.log_id);
    sandbox.settle_hooks().await;
    let again = sandbox.world().deliveries()[1].clone();
    let key = base64::engine::general_purpose::STANDARD
        .decode(SIGNING_TOKEN.strip_prefix("whsec_").unwrap())
        .unwrap();
    for delivery in [&first, &again] {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        let (id, time) = (
            header(delivery, "webhook-id"),
            header(delivery, "webhook-timestamp"),
        );
        mac.update(format!("{id}.{time}.{}", delivery.body).as_bytes());
        let signature = header(delivery, "webhook-signature")
            .strip_prefix("v1,")
            .unwrap();
        let signature = base64::engine::general_purpose::STANDARD
            .decode(signature)
            .unwrap();
        mac.verify_slice(&signature).unwrap();
        assert_eq!(header(delivery, "Idempotency-Key"), id);
        assert_eq!(header(delivery, "X-Gitlab-Token"), "plain-secret");
        assert_eq!(header(delivery, "X-Gitlab-Event"), "Issue Hook");
    }
    assert_eq!(first.id, again.id);
    assert_ne!(
        header(&first, "X-Gitlab-Webhook-UUID"),
        header(&again, "X-Gitlab-Webhook-UUID")
    );
    assert_eq!(receiver.bodies()[0], receiver.bodies()[1]);
}

#[tokio::test]
async fn a_failing_hook_is_never_retried_and_goes_deaf_after_four() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start().await;
    let hook = hook(&sandbox, &receiver).await;
    receiver.answers(503);
    issue(&sandbox).await;
    for text in ["1", "2", "3", "4", "5"] {
        sandbox.world().by(STAFF).comment(1, text).unwrap();
    }
    sandbox.settle_hooks().await;
    assert_eq!(receiver.calls(), 4, "the fifth and sixth event are dropped");
    let path = format!("projects/42/hooks/{hook}");
    let state = get(&sandbox, &path).await;
    assert_eq!(state["alert_status"], json!("temporarily_disabled"));
    assert!(state["disabled_until"].is_string());
    let log = get(&sandbox, &format!("{path}/events?status=server_failure")).await;
    assert_eq!(log.as_array().unwrap().len(), 4);
    assert_eq!(log[3]["request_data"]["object_kind"], json!("issue"));

    receiver.answers(200);
    sandbox
        .world()
        .clock
        .advance(jiff::SignedDuration::from_mins(2));
    sandbox.world().by(STAFF).comment(1, "6").unwrap();
    sandbox.settle_hooks().await;
    assert_eq!(receiver.calls(), 5);
    assert_eq!(
        get(&sandbox, &path).await["alert_status"],
        json!("executable")
    );
}

#[tokio::test]
async fn a_test_answers_what_the_receiver_did_and_wakes_a_deaf_hook() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start().await;
    let hook = hook(&sandbox, &receiver).await;
    issue(&sandbox).await;
    receiver.answers(500);
    for text in ["1", "2", "3", "4"] {
        sandbox.world().by(STAFF).comment(1, text).unwrap();
    }
    sandbox.settle_hooks().await;
    let path = format!("projects/42/hooks/{hook}/test/issues_events");
    assert_eq!(post(&sandbox, &path, Value::Null).await.0, 422);
    receiver.answers(204);
    assert_eq!(post(&sandbox, &path, Value::Null).await.0, 201);
    let sent = receiver.bodies().pop().unwrap();
    assert!(sent["object_attributes"].get("action").is_none(), "{sent}");
    let state = get(&sandbox, &format!("projects/42/hooks/{hook}")).await;
    assert_eq!(state["alert_status"], json!("executable"));
}

#[tokio::test]
async fn writing_a_hook_without_its_secrets_drops_them() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start().await;
    let hook = hook(&sandbox, &receiver).await;
    let path = format!("projects/42/hooks/{hook}");
    let (status, state) = call(
        &sandbox,
        BOT,
        Method::PUT,
        &path,
        json!({ "note_events": false }),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(
        (&state["token_present"], &state["signing_token_present"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(
        (&state["note_events"], &state["issues_events"]),
        (&json!(false), &json!(true))
    );
    sandbox.world().settings.signing_tokens = false;
    let body = json!({ "signing_token": SIGNING_TOKEN });
    let (_, state) = call(&sandbox, BOT, Method::PUT, &path, body).await;
    assert_eq!(state["signing_token_present"], json!(false));
}

#[tokio::test]
async fn events_say_what_changed_and_an_edited_note_names_its_author() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start().await;
    hook(&sandbox, &receiver).await;
    let issue = issue(&sandbox).await;
    sandbox
        .world()
        .by(STAFF)
        .set_labels(1, &["a"], &[])
        .unwrap();
    sandbox
        .world()
        .by(STAFF)
        .set_labels(1, &["b"], &["a"])
        .unwrap();
    sandbox
        .world()
        .by(STAFF)
        .set_labels(1, &["b"], &[])
        .unwrap();
    let note = sandbox
        .world()
        .by(PARTNER)
        .comment(1, "hello")
        .unwrap()
        .unwrap();
    sandbox
        .world()
        .by("root")
        .edit_comment(1, note, "hello there")
        .unwrap();
    sandbox
        .world()
        .by(STAFF)
        .comment_internally(1, "between us")
        .unwrap();
    call(
        &sandbox,
        BOT,
        Method::PUT,
        &issue,
        json!({ "state_event": "close" }),
    )
    .await;
    sandbox.settle_hooks().await;
    let bodies = receiver.bodies();
    let actions: Vec<&str> = bodies
        .iter()
        .map(|body| body["object_attributes"]["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "open", "update", "update", "create", "update", "create", "close"
        ]
    );
    let labels = &bodies[2]["changes"]["labels"];
    assert_eq!(
        (
            &labels["previous"][0]["title"],
            &labels["current"][0]["title"]
        ),
        (&json!("a"), &json!("b"))
    );
    assert_eq!(bodies[4]["user"]["username"], json!(PARTNER));
    assert_eq!(bodies[5]["event_type"], json!("confidential_note"));
    assert_eq!(
        sandbox.world().deliveries()[5].event,
        "Confidential Note Hook"
    );
    assert_eq!(
        bodies[6]["user"]["username"],
        json!(BOT),
        "the bot's own changes fire, too"
    );
}

#[tokio::test]
async fn tests_can_lose_double_and_reorder_events() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start().await;
    hook(&sandbox, &receiver).await;
    sandbox.world().drop_next_hooks(1);
    issue(&sandbox).await;
    sandbox.world().hold_hooks();
    for text in ["zero", "one", "two"] {
        sandbox.world().by(STAFF).comment(1, text).unwrap();
    }
    assert_eq!(sandbox.world().held_hooks(), 3);
    sandbox.world().release_hooks(&[2, 0, 1]);
    sandbox.world().duplicate_next_hooks(1);
    sandbox.world().by(STAFF).comment(1, "three").unwrap();
    sandbox.settle_hooks().await;
    let bodies = receiver.bodies();
    let texts: Vec<&str> = bodies
        .iter()
        .map(|body| body["object_attributes"]["note"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["two", "zero", "one", "three", "three"]);
    let last = sandbox.world().deliveries().pop().unwrap();
    assert_eq!(sandbox.replay(&last).await, Some(200));
    assert_eq!(receiver.calls(), 6);
}

#[tokio::test]
async fn a_reset_after_the_write_leaves_the_comment_behind() {
    let sandbox = sandbox().await;
    let notes = format!("{}/notes", issue(&sandbox).await);
    let route = "/projects/*/issues/*/notes";
    for (kind, executed) in [
        (FaultKind::ResetBefore, 0),
        (FaultKind::ResetAfter, 1),
        (FaultKind::HalfBody, 2),
    ] {
        sandbox
            .faults()
            .add(Fault::new("POST", route, kind.clone()));
        let answer = send(
            &sandbox,
            BOT,
            Method::POST,
            &notes,
            json!({ "body": "once" }),
        )
        .await;
        let read = match answer {
            Ok(answer) => answer.bytes().await.map(drop),
            Err(error) => Err(error),
        };
        let error = read.expect_err("no whole answer may come");
        assert!(!error.is_timeout(), "{kind:?}: {error:?}");
        assert_eq!(
            sandbox.world().comments_by(1, BOT).unwrap().len(),
            executed,
            "{kind:?}"
        );
    }
    let (status, _) = post(&sandbox, &notes, json!({ "body": "whole" })).await;
    assert_eq!(status, 201, "a fault hits once");
}

#[tokio::test]
async fn a_write_can_outlive_the_patience_of_its_caller() {
    let sandbox = sandbox().await;
    let notes = format!("{}/api/v4/{}/notes", sandbox.url(), issue(&sandbox).await);
    let route = "/projects/*/issues/*/notes";
    let late = Duration::from_millis(400);
    for kind in [FaultKind::ExecuteThenTimeout, FaultKind::ExecuteLate(late)] {
        let before = sandbox.world().comments_by(1, BOT).unwrap().len();
        sandbox
            .faults()
            .add(Fault::new("POST", route, kind.clone()));
        let request = Client::new()
            .post(&notes)
            .timeout(Duration::from_millis(150));
        let request = request.header("PRIVATE-TOKEN", Seed::token_of(BOT));
        let error = request
            .json(&json!({ "body": "late" }))
            .send()
            .await
            .unwrap_err();
        assert!(error.is_timeout(), "{kind:?}");
        let at_once = usize::from(kind == FaultKind::ExecuteThenTimeout);
        let now = sandbox.world().comments_by(1, BOT).unwrap().len();
        assert_eq!(now, before + at_once, "{kind:?}");
    }
    // The late write lands though its caller is gone.
    let landed = async {
        while sandbox.world().comments_by(1, BOT).unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), landed)
        .await
        .unwrap();
}

#[tokio::test]
async fn faults_answer_statuses_pages_and_redirects_on_the_calls_they_name() {
    let sandbox = sandbox().await;
    let faults = sandbox.faults();
    let limited = FaultKind::Status {
        status: 429,
        body: "Retry later".to_owned(),
        headers: vec![("Retry-After".to_owned(), "7".to_owned())],
    };
    faults.add(Fault::new("GET", "/user", limited).after(1));
    faults.add(Fault::new("GET", "/version", FaultKind::Html200));
    faults.add(Fault::new(
        "GET",
        "/projects/**",
        FaultKind::Redirect("http://x.test/".into()),
    ));
    get(&sandbox, "user").await;
    let answer = send(&sandbox, BOT, Method::GET, "user", Value::Null)
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    get(&sandbox, "user").await;
    let answer = send(&sandbox, BOT, Method::GET, "version", Value::Null)
        .await
        .unwrap();
    assert!(answer.text().await.unwrap().starts_with("<!doctype html>"));
    let answer = send(&sandbox, BOT, Method::GET, ISSUES, Value::Null)
        .await
        .unwrap();
    assert_eq!(answer.headers()["location"], "http://x.test/");
}

#[tokio::test]
async fn an_unknown_endpoint_answers_501_and_is_on_record() {
    let sandbox = sandbox().await;
    let (status, _) = call(
        &sandbox,
        BOT,
        Method::GET,
        "projects/42/runners",
        Value::Null,
    )
    .await;
    assert_eq!(status, 501);
    let unknown = sandbox.unknown_endpoints();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].path, "/api/v4/projects/42/runners");
    assert_eq!(unknown[0].user.as_deref(), Some(BOT));
    assert!(sandbox.writes().is_empty());
}

#[tokio::test]
async fn dead_tokens_and_missing_rights_answer_as_gitlab_does() {
    let mut seed = Seed::default();
    seed.tokens[1].expires_at = Some("2026-11-02".parse().unwrap());
    seed.tokens[2].scopes = vec!["read_api".to_owned()];
    let clock = Clock::Ticking("2026-11-02T09:00:00Z".parse().unwrap());
    let sandbox = Sandbox::start(Options {
        seed,
        clock,
        ..Options::default()
    })
    .await
    .unwrap();
    let (status, answer) = call(&sandbox, "nobody", Method::GET, "user", Value::Null).await;
    assert_eq!(
        (status, answer),
        (401, json!({ "message": "401 Unauthorized" }))
    );
    let (status, answer) = call(&sandbox, STAFF, Method::GET, "user", Value::Null).await;
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_token")));
    let (status, answer) = call(
        &sandbox,
        PARTNER,
        Method::POST,
        ISSUES,
        json!({ "title": "x" }),
    )
    .await;
    assert_eq!(
        (status, &answer["error"]),
        (403, &json!("insufficient_scope"))
    );
}

#[tokio::test]
async fn a_second_reaction_of_the_same_name_is_refused() {
    let sandbox = sandbox().await;
    let issue = issue(&sandbox).await;
    let note = sandbox
        .world()
        .by(PARTNER)
        .comment(1, "@landfall-bot help")
        .unwrap()
        .unwrap();
    let path = format!("{issue}/notes/{note}/award_emoji");
    assert_eq!(
        post(&sandbox, &path, json!({ "name": "eyes" })).await.0,
        201
    );
    let (status, answer) = post(&sandbox, &path, json!({ "name": "eyes" })).await;
    assert_eq!(status, 404);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("already been taken"),
        "{answer}"
    );
    assert_eq!(get(&sandbox, &path).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_page_of_an_issue_shows_text_as_text() {
    let sandbox = sandbox().await;
    let text =
        "- [x] done\n\n<script>alert(1)</script>\n\n<!-- hidden -->\n\n[a](javascript:alert(2))";
    sandbox
        .world()
        .by(PARTNER)
        .open_issue("<b>bold</b>", text)
        .unwrap();
    sandbox
        .world()
        .by(STAFF)
        .set_labels(1, &["<i>label</i>"], &[])
        .unwrap();
    let url = format!("{}/landfall/tracker/-/issues", sandbox.url());
    for page in [url.clone(), format!("{url}/1")] {
        let html = reqwest::get(page).await.unwrap().text().await.unwrap();
        assert!(html.contains("&lt;b&gt;bold&lt;/b&gt;"), "{html}");
        for forbidden in ["<script", "hidden", "javascript:", "<i>", "<b>"] {
            assert!(!html.contains(forbidden), "{forbidden}: {html}");
        }
    }
    sandbox.world().by(STAFF).set_confidential(1, true).unwrap();
    assert_eq!(
        reqwest::get(format!("{url}/1")).await.unwrap().status(),
        404
    );
}

#[tokio::test]
async fn a_seed_file_names_its_mistakes_and_a_stopped_sandbox_frees_its_port() {
    assert!(Seed::from_json(r#"{"users":[],"tokens":[],"projects":[],"x":1}"#).is_err());
    let sandbox = sandbox().await;
    let url = sandbox.url();
    sandbox.stop().await;
    assert!(reqwest::get(url).await.is_err());
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
    let run = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap();
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
