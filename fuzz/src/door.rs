//! The webhook's whole way in: head, credential, body, meaning, store, answer. Over HTTP, but
//! without a socket.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use actix_web::body::to_bytes;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::rt::Runtime;
use actix_web::{App, test, web};
use landfall::clock::ManualClock;
use landfall::model::{
    Accepted, DeliveryId, DeliveryKey, Disposition, Incoming, ProjectId, Triage,
};
use landfall::payload::{Rules, triage};
use landfall::receive::{
    HOOK_PATH, Header, Live, Receiver, ReceiverSettings, Rejected, configure, verify,
};
use landfall::store::{Inbox, StoreError};

use super::limits;
use super::request::Request;

thread_local! {
    static RUNTIME: RefCell<Runtime> = RefCell::new(Runtime::new().expect("a runtime"));
}

/// 200 means: authentic, in the store once, byte for byte. Anything else: not in the store.
pub fn run(data: &[u8]) {
    let mut request = Request::read(data);
    // What no server would hand on is not sent.
    request.headers.retain(|(name, value)| {
        HeaderName::from_bytes(name).is_ok() && HeaderValue::from_bytes(value).is_ok()
    });
    let (status, kept) = RUNTIME.with_borrow(|runtime| runtime.block_on(deliver(&request)));

    let secrets = request.switches.secrets();
    let verdict = verify(request.presented(), request.body, &secrets, request.now);
    let kept = kept.as_slice();
    match (status, verdict) {
        (200, Ok(_)) => match kept {
            [incoming] => right(incoming, &request),
            _ => panic!("{} rows for one delivery", kept.len()),
        },
        (401, Err(_)) | (413 | 415 | 431, _) => assert!(kept.is_empty(), "kept, but {status}"),
        _ => panic!("{status} for {verdict:?}"),
    }
    if is_ordinary(&request) {
        let expected = if verdict.is_ok() { 200 } else { 401 };
        assert_eq!(status, expected, "{verdict:?}");
    }
    if verdict == Err(Rejected::NoCredential) && status == 415 {
        panic!("a stranger learns what the receiver reads");
    }
}

async fn deliver(request: &Request<'_>) -> (u16, Vec<Incoming>) {
    let rows = Rows::default();
    let receiver = web::Data::new(Receiver::new(
        ReceiverSettings::default(),
        Arc::new(Live::new(request.switches.secrets())),
        Arc::new(Live::new(rules())),
        Arc::new(rows.clone()),
        Arc::new(ManualClock::at(request.now)),
        Arc::new(|| ()),
    ));
    let app = test::init_service(App::new().configure(|routes| configure(routes, receiver))).await;
    let mut sent = test::TestRequest::post().uri(HOOK_PATH);
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name).expect("a header's name");
        let value = HeaderValue::from_bytes(value).expect("a header's value");
        sent = sent.append_header((name, value));
    }
    let sent = sent.set_payload(request.body.to_vec()).to_request();
    let started = Instant::now();
    let answer = test::call_service(&app, sent).await;
    limits::note(started);
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body()).await;
    assert!(body.is_ok_and(|body| body.is_empty()), "an answer is a status and nothing else");
    let kept = std::mem::take(&mut *rows.0.lock().expect("the rows"));
    (status, kept)
}

fn rules() -> Rules {
    Rules { tracker: Some(ProjectId(42)), ..Rules::default() }
}

fn right(incoming: &Incoming, request: &Request<'_>) {
    assert_eq!(incoming.body, request.body);
    assert_eq!(incoming.received_at, request.now);
    let name = &incoming.event_name;
    assert!(name.len() <= 100 && name.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{name}");
    match &incoming.key {
        DeliveryKey::Given(key) => {
            let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic());
            assert!(is_visible && (1..=255).contains(&key.len()), "{key:?}");
        }
        DeliveryKey::Content(key) => assert_eq!(key.len(), 64),
    }
    let header = match request.header("x-gitlab-event") {
        Header::Once(_) => Some(name.as_str()),
        Header::Absent | Header::Repeated => None,
    };
    let expected = match triage(header, request.body, &rules()) {
        Triage::Work(event) => Disposition::Work(event),
        Triage::Ignore { reason, issue } => Disposition::Ignored { reason: reason.into(), issue },
        Triage::Quarantine { reason } => Disposition::Quarantined { reason: reason.into() },
    };
    assert_eq!(incoming.disposition, expected);
}

/// Nothing but the credential is left to refuse it for.
fn is_ordinary(request: &Request<'_>) -> bool {
    let bytes: usize =
        request.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    request.header("content-type") == Header::Once(b"application/json")
        && request.header("content-encoding") == Header::Absent
        && request.header("content-length") == Header::Absent
        && bytes < 16_000
}

/// A store that keeps everything.
#[derive(Debug, Clone, Default)]
struct Rows(Arc<Mutex<Vec<Incoming>>>);

#[async_trait::async_trait]
impl Inbox for Rows {
    async fn accept(&self, incoming: Incoming) -> Result<Accepted, StoreError> {
        self.0.lock().expect("the rows").push(incoming);
        Ok(Accepted::New(DeliveryId(1)))
    }
}
