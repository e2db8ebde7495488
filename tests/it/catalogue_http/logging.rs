//! What is written about deliveries, and what never is.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::{App, test};
use landfall::receive::{Live, ReceiverSettings, configure};
use serde_json::Value;

use super::door::{receiver, token_secrets};
use super::inbox::Inbox;

const SECRET: &str = "canary-secret-4711";
const GUESS: &str = "canary-guess-0815";
const TITLE: &str = "canary-title";

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn deliveries(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .map(|line| line["fields"].clone())
            .filter(|f| f["event"] == "delivery")
            .collect()
    }
}

fn request(token: &str, key: &str) -> test::TestRequest {
    let body = format!(
        r#"{{"object_kind":"issue","project":{{"id":42}},"user":{{"id":1,"username":"{TITLE}"}},
            "object_attributes":{{"iid":7,"title":"{TITLE}\u001b[2J"}}}}"#
    );
    test::TestRequest::post()
        .uri("/webhooks/gitlab")
        .insert_header(("content-type", "application/json"))
        .insert_header(("x-gitlab-token", token))
        .insert_header(("x-gitlab-event", "Issue Hook"))
        .insert_header(("idempotency-key", key))
        .set_payload(body)
}

#[test]
fn each_delivery_is_one_line_of_numbers_and_strangers_are_summed_up() {
    let paper = Paper::default();
    let writer = paper.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    actix_web::rt::System::new().block_on(async {
        let inbox = Arc::new(Inbox::default());
        let secrets = Arc::new(Live::new(token_secrets(SECRET)));
        let receiver = receiver(&inbox, &secrets, ReceiverSettings::default(), || {});
        let app = App::new().configure(move |config| configure(config, receiver));
        let app = test::init_service(app).await;
        for (token, key, status) in [(SECRET, "k", StatusCode::OK), (SECRET, "k", StatusCode::OK)]
            .into_iter()
            .chain((0..30).map(|_| (GUESS, "canary-key", StatusCode::UNAUTHORIZED)))
        {
            let answer = test::call_service(&app, request(token, key).to_request()).await;
            assert_eq!(answer.status(), status);
        }
    });
    let lines = paper.deliveries();
    assert_eq!(lines.len(), 2 + 10, "{lines:#?}");
    let first = &lines[0];
    assert_eq!(first["outcome"], "accepted");
    assert_eq!(first["status"], 200);
    assert_eq!(first["gitlab_event"], "Issue Hook");
    assert_eq!(
        (&first["project_id"], &first["iid"]),
        (&42.into(), &7.into())
    );
    assert_eq!(
        first["key8"], "8254c329",
        "the digest's first digits, never the key"
    );
    assert!(first["bytes"].as_u64() > Some(100), "{first}");
    assert!(first["dur_ms"].is_u64(), "{first}");
    assert_eq!(lines[1]["outcome"], "duplicate");
    assert_eq!(lines[2]["outcome"], "rejected");
    assert_eq!(lines[2]["reason"], "bad_credential");
    assert_eq!(lines[2]["bytes"], 0);
    let text = paper.text();
    for canary in [SECRET, GUESS, TITLE, "canary-key", "\u{1b}"] {
        assert!(!text.contains(canary), "{canary:?} is in the log");
    }
}
