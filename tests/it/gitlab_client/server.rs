//! A server that answers by script, faults included, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use landfall::gitlab::{GitLab, Settings};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use url::Url;

pub(crate) const TOKEN: &str = "glpat-never-to-be-seen";

/// What the server was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// The head in full.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Asked {
    /// A number in the query.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        let mut query = self.target.split(['?', '&']);
        let digits = query.find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))?;
        Some(digits.parse().unwrap())
    }
}

/// What it does about it; the connection ends after each.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Writes these bytes.
    Bytes(Vec<u8>),
    /// Does the rest once it is told to.
    Held(Arc<Notify>, Box<Reply>),
    /// Answers nothing until the client goes away.
    Silence,
    /// Writes the head, then one byte now and then, for ever.
    Trickle(Vec<u8>),
    /// Writes the head, then as much as the client takes.
    Flood(Vec<u8>),
}

/// An answer with these headers, each ending in `\r\n`.
pub(crate) fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{headers}").into_bytes();
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    Reply::Bytes(bytes)
}

pub(crate) fn json(status: u16, body: impl AsRef<[u8]>) -> Reply {
    answer(status, "Content-Type: application/json\r\n", body)
}

/// A gzip stream of `a`s, written by hand: one literal, then matches of 258 at distance 1.
pub(crate) fn gzip_bomb(matches: usize) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut bits = vec![true, true, false];
    let push = |bits: &mut Vec<bool>, code: u32, length: u32| {
        bits.extend((0..length).rev().map(|bit| code >> bit & 1 == 1));
    };
    push(&mut bits, 0x30 + u32::from(b'a'), 8);
    for _ in 0..matches {
        push(&mut bits, 0b1100_0101, 8);
        push(&mut bits, 0, 5);
    }
    push(&mut bits, 0, 7);
    for eight in bits.chunks(8) {
        bytes.push(eight.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit)));
    }
    bytes
}

pub(crate) struct Server {
    pub(crate) url: Url,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// `script` gets the request and its number, from 0.
    pub(crate) async fn start(
        script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (script, seen) = (Arc::new(script), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
                tokio::spawn(async move {
                    let Some(request) = read(&mut stream).await else {
                        return;
                    };
                    let reply = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(request.clone());
                        script(&request, seen.len() - 1)
                    };
                    act(stream, reply).await;
                });
            }
        });
        Self { url, asked }
    }

    /// Always the same answer.
    pub(crate) async fn always(reply: Reply) -> Self {
        Self::start(move |_, _| reply.clone()).await
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn calls(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings::new(self.url.clone(), SecretString::from(TOKEN))
    }

    pub(crate) fn client(&self) -> GitLab {
        GitLab::connect(self.settings()).unwrap()
    }

    /// A client whose waits are short while its time limits stay what they are.
    pub(crate) fn hasty_client(&self, time_scale: f64) -> GitLab {
        let mut settings = self.settings();
        settings.time_scale = time_scale;
        settings.connect_timeout = settings.connect_timeout.mul_f64(time_scale);
        settings.total_timeout = settings.total_timeout.mul_f64(time_scale);
        GitLab::connect(settings).unwrap()
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes.get(..end)?.to_vec()).ok()?;
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.parse().unwrap());
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let mut words = head.split(' ');
    Some(Asked {
        method: words.next()?.to_owned(),
        target: words.next()?.to_owned(),
        body: String::from_utf8(bytes.get(end..)?.to_vec()).ok()?,
        head,
    })
}

async fn act(mut stream: TcpStream, mut reply: Reply) {
    while let Reply::Held(told, rest) = reply {
        told.notified().await;
        reply = *rest;
    }
    match reply {
        Reply::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Held(..) => {}
        Reply::Silence => {
            let _ = stream.read_u8().await;
        }
        Reply::Trickle(head) => {
            let _ = stream.write_all(&head).await;
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Reply::Flood(head) => {
            let _ = stream.write_all(&head).await;
            let chunk = vec![b' '; 64 * 1024];
            while stream.write_all(&chunk).await.is_ok() {}
        }
    }
}
