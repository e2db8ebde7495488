//! Webhooks: signed, sent once, lost when nobody answers.

use super::{BOT, PARTNER, STAFF, call, get, issue, post, sandbox};
use landfall::sandbox::{Delivery, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const SIGNING_TOKEN: &str = "whsec_bGFuZGZhbGwgc2FuZGJveCBzaWduaW5nIGtleSAwMSE=";

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
