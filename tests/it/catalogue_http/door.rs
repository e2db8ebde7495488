//! The real receiver on a loopback port, and raw sockets to knock with.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use landfall::clock::Clock;
use landfall::model::{ProjectId, UserId};
use landfall::payload::Rules;
use landfall::receive::{
    Live, Receiver, ReceiverSettings, Secrets, SigningKey, TokenDigest, configure, serve,
};

use super::inbox::Inbox;

pub(super) const NOW: i64 = 1_700_000_000;
pub(super) const TOKEN: &str = "open sesame";
pub(super) const KEY: &[u8; 32] = b"the signing key of these tests..";
/// Nothing waits longer: a hang is a failure.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Door {
    pub(super) address: SocketAddr,
    pub(super) inbox: Arc<Inbox>,
    pub(super) secrets: Arc<Live<Secrets>>,
    pub(super) receiver: Data<Receiver>,
    pub(super) woken: Arc<AtomicUsize>,
    handle: ServerHandle,
}

pub(super) fn token_secrets(token: &str) -> Secrets {
    Secrets::new(vec![], vec![TokenDigest::of(token).unwrap()], false).unwrap()
}

pub(super) fn signing_secrets(with_token: bool, fallback: bool) -> Secrets {
    let key = SigningKey::parse(&format!("whsec_{}", STANDARD.encode(KEY))).unwrap();
    let tokens = if with_token { vec![TokenDigest::of(TOKEN).unwrap()] } else { vec![] };
    Secrets::new(vec![key], tokens, fallback).unwrap()
}

/// The value of `webhook-signature`.
pub(super) fn signature(id: &str, timestamp: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(KEY).unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// A receiver for the tracker 42, whose bot is 99, at [`NOW`].
pub(super) fn receiver(
    inbox: &Arc<Inbox>,
    secrets: &Arc<Live<Secrets>>,
    settings: ReceiverSettings,
    wake: impl Fn() + Send + Sync + 'static,
) -> Data<Receiver> {
    let rules = Rules {
        tracker: Some(ProjectId(42)),
        bot: Some(UserId(99)),
        ignored_users: vec!["other-bot".into()],
    };
    Data::new(Receiver::new(
        settings,
        Arc::clone(secrets),
        Arc::new(Live::new(rules)),
        Arc::clone(inbox) as _,
        Arc::new(TwoClocks),
        Arc::new(wake),
    ))
}

/// The service's own clock stands far from the machine's, which was set: a signature is held against
/// the latter.
#[derive(Debug)]
struct TwoClocks;

impl Clock for TwoClocks {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }
}

impl Door {
    pub(super) fn open() -> Self {
        Self::with(token_secrets(TOKEN), ReceiverSettings::default())
    }

    pub(super) fn with(secrets: Secrets, settings: ReceiverSettings) -> Self {
        let inbox = Arc::new(Inbox::default());
        let secrets = Arc::new(Live::new(secrets));
        let woken = Arc::new(AtomicUsize::new(0));
        let bell = Arc::clone(&woken);
        let ring = move || {
            bell.fetch_add(1, Ordering::SeqCst);
        };
        let receiver = receiver(&inbox, &secrets, settings.clone(), ring);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (send, opened) = mpsc::channel();
        let routed = receiver.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async move {
                let routes = move |config: &mut _| configure(config, routed.clone());
                let server = serve(listener, 2, &settings, routes).unwrap();
                send.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        let handle = opened.recv_timeout(PATIENCE).unwrap();
        Self { address, inbox, secrets, receiver, woken, handle }
    }

    pub(super) fn knock(&self) -> Visitor {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Visitor { stream, read: Vec::new() }
    }

    /// Sends these bytes on a fresh connection and reads all answers until the server hangs up.
    pub(super) fn exchange(&self, request: &[u8]) -> Vec<Answer> {
        let mut visitor = self.knock();
        visitor.say(request);
        visitor.listen_to_the_end()
    }

    /// One delivery with the right token.
    pub(super) fn deliver(&self, extra: &str, body: &[u8]) -> Answer {
        self.only(&good(extra, body))
    }

    /// The one answer to these bytes. Hangs up itself once it has come, so that no case has to
    /// wait until the server is sure that a refused sender has read its answer.
    pub(super) fn only(&self, request: &[u8]) -> Answer {
        let mut visitor = self.knock();
        visitor.say(request);
        let answer = visitor.listen().expect("an answer");
        let _ = visitor.stream.shutdown(Shutdown::Write);
        assert_eq!(visitor.listen_to_the_end(), [], "after {answer:?}");
        answer
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // The command is sent by the call; nobody waits for its end.
        drop(self.handle.stop(false));
    }
}

/// A request with the right token that asks the server to hang up.
pub(super) fn good(extra: &str, body: &[u8]) -> Vec<u8> {
    let auth = format!("X-Gitlab-Token: {TOKEN}\r\nConnection: close\r\n{extra}");
    post(&auth, body)
}

/// A JSON POST of this body, with these header lines.
pub(super) fn post(extra: &str, body: &[u8]) -> Vec<u8> {
    let mut request = head(&format!("Content-Length: {}\r\n{extra}", body.len()));
    request.extend_from_slice(body);
    request
}

/// The head of a JSON POST.
pub(super) fn head(lines: &str) -> Vec<u8> {
    let json =
        if lines.contains("Content-Type") { "" } else { "Content-Type: application/json\r\n" };
    format!("POST /webhooks/gitlab HTTP/1.1\r\nHost: bot\r\n{json}{lines}\r\n").into_bytes()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
}

impl Answer {
    pub(super) fn has(&self, line: &str) -> bool {
        self.head.to_ascii_lowercase().contains(&format!("\r\n{}\r\n", line.to_ascii_lowercase()))
    }
}

pub(super) struct Visitor {
    pub(super) stream: TcpStream,
    read: Vec<u8>,
}

impl Visitor {
    /// A server that has heard enough may hang up while we still speak.
    pub(super) fn say(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// The next answer; `None` when the server hung up.
    pub(super) fn listen(&mut self) -> Option<Answer> {
        loop {
            if let Some(answer) = self.take_answer() {
                return Some(answer);
            }
            let mut chunk = [0; 4096];
            match self.stream.read(&mut chunk) {
                Ok(0) => {
                    assert!(self.read.is_empty(), "half an answer: {:?}", self.read);
                    return None;
                }
                Ok(count) => self.read.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("the server neither answers nor hangs up: {error}"),
            }
        }
    }

    pub(super) fn listen_to_the_end(&mut self) -> Vec<Answer> {
        std::iter::from_fn(|| self.listen()).collect()
    }

    /// Cuts one answer off, and checks what every answer must be: wordless.
    fn take_answer(&mut self) -> Option<Answer> {
        let end = self.read.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(self.read.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect(&head);
        let lower = head.to_ascii_lowercase();
        assert!(!lower.contains("\r\nserver:"), "{head}");
        assert!(!lower.contains("transfer-encoding"), "{head}");
        if status != 100 {
            assert!(lower.contains("\r\ncontent-length: 0\r\n"), "a body: {head}");
        }
        Some(Answer { status, head })
    }
}
