//! A delivery as a text: a line of switches, header lines, an empty line, the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use landfall::receive::{Header, Presented, Secrets, SigningKey, TokenDigest};
use sha2::Sha256;

/// The end of a rotation, and the receiver's time unless the input says another.
pub const NOW: i64 = 1_700_000_000;
/// Newest first.
pub const KEYS: [&[u8]; 2] = [b"the newer key of 32 bytes ......", b"the older key of 24 byte"];
/// Newest first.
pub const TOKENS: [&str; 2] = ["open sesame", "open barley"];

/// What a receiver is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// Signing keys are there.
    pub signing: bool,
    /// Plain tokens are there.
    pub tokens: bool,
    /// A right token suffices although there are keys.
    pub fallback: bool,
    /// Only the newest of each counts from [`NOW`] on.
    pub rotating: bool,
}

/// One delivery before it is sent.
#[derive(Debug)]
pub struct Request<'a> {
    /// How the receiver is set.
    pub switches: Switches,
    /// Its time, which the header `now` sets in seconds.
    pub now: Timestamp,
    /// In the order of the input; repeated ones too.
    pub headers: Vec<(&'a [u8], Vec<u8>)>,
    /// As sent.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// Reads an input. In a value `{new}` and `{old}` stand for right signatures of this very
    /// request, which no fuzzer would guess; `{now}` for the receiver's time.
    pub fn read(data: &'a [u8]) -> Self {
        let (switches, mut rest) = line(data);
        let has = |letter| switches.contains(&letter);
        // A receiver without any secret does not start.
        let signing = has(b's') || !has(b't');
        let switches =
            Switches { signing, tokens: has(b't'), fallback: has(b'f'), rotating: has(b'r') };
        let mut headers = Vec::new();
        while !rest.is_empty() {
            let (header, after) = line(rest);
            rest = after;
            if header.is_empty() {
                break;
            }
            let colon = header.iter().position(|byte| *byte == b':').unwrap_or(header.len());
            let (name, value) = header.split_at(colon);
            let value = value.strip_prefix(b":").unwrap_or(value);
            let value = value.strip_prefix(b" ").unwrap_or(value);
            headers.push((name, value.to_vec()));
        }
        let mut request = Self { switches, now: moment(NOW), headers, body: rest };
        request.set_clock();
        request.sign();
        request
    }

    fn set_clock(&mut self) {
        let Header::Once(seconds) = self.header("now") else { return };
        let seconds = std::str::from_utf8(seconds).ok().and_then(|text| text.parse().ok());
        self.now = moment(seconds.unwrap_or(NOW));
    }

    fn sign(&mut self) {
        let now = self.now.as_second().to_string();
        for (_, value) in &mut self.headers {
            *value = replace(value, b"{now}", now.as_bytes());
        }
        let (Header::Once(id), Header::Once(timestamp)) =
            (self.header("webhook-id"), self.header("webhook-timestamp"))
        else {
            return;
        };
        let [new, old] = KEYS.map(|key| signature(key, id, timestamp, self.body));
        for (name, value) in &mut self.headers {
            if name.eq_ignore_ascii_case(b"webhook-signature") {
                *value = replace(value, b"{new}", new.as_bytes());
                *value = replace(value, b"{old}", old.as_bytes());
            }
        }
    }

    /// One header as the receiver sees it.
    pub fn header(&self, name: &str) -> Header<'_> {
        let same = |(one, _): &&(&[u8], Vec<u8>)| one.eq_ignore_ascii_case(name.as_bytes());
        let mut found = self.headers.iter().filter(same).map(|(_, value)| value.as_slice());
        match (found.next(), found.next()) {
            (None, _) => Header::Absent,
            (Some(value), None) => Header::Once(value),
            (Some(_), Some(_)) => Header::Repeated,
        }
    }

    /// The headers that speak for the sender.
    pub fn presented(&self) -> Presented<'_> {
        Presented {
            token: self.header("x-gitlab-token"),
            id: self.header("webhook-id"),
            timestamp: self.header("webhook-timestamp"),
            signature: self.header("webhook-signature"),
        }
    }
}

impl Switches {
    /// The secrets of a receiver that is set so.
    pub fn secrets(self) -> Secrets {
        let keys = KEYS.map(|key| SigningKey::parse(&format!("whsec_{}", STANDARD.encode(key))));
        let keys = keys.map(|key| key.expect("a key of the right length"));
        let tokens = TOKENS.map(|token| TokenDigest::of(token).expect("a token"));
        Secrets::new(
            if self.signing { Vec::from(keys) } else { Vec::new() },
            if self.tokens { Vec::from(tokens) } else { Vec::new() },
            self.fallback,
        )
        .expect("a secret of one kind")
        .with_previous_until(self.rotating.then(|| moment(NOW)))
    }

    /// The keys in force at a moment, newest first.
    pub fn keys(self, now: Timestamp) -> &'static [&'static [u8]] {
        if self.signing { &KEYS[..self.in_force(now)] } else { &[] }
    }

    /// The tokens in force at a moment, newest first.
    pub fn tokens(self, now: Timestamp) -> &'static [&'static str] {
        if self.tokens { &TOKENS[..self.in_force(now)] } else { &[] }
    }

    fn in_force(self, now: Timestamp) -> usize {
        if self.rotating && now >= moment(NOW) { 1 } else { 2 }
    }
}

/// The last moment there is, or the first, for seconds beyond them.
fn moment(seconds: i64) -> Timestamp {
    let most = Timestamp::MAX.as_second();
    Timestamp::from_second(seconds.clamp(Timestamp::MIN.as_second(), most))
        .unwrap_or(Timestamp::MAX)
}

/// The entry of `webhook-signature` that a sender with this key writes.
pub fn signature(key: &[u8], id: &[u8], timestamp: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes every key");
    for part in [id, b".", timestamp, b".", body] {
        mac.update(part);
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[]),
    }
}

fn replace(value: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&first, after)) = rest.split_first() {
        match rest.strip_prefix(from) {
            Some(after) => {
                replaced.extend_from_slice(to);
                rest = after;
            }
            None => {
                replaced.push(first);
                rest = after;
            }
        }
    }
    replaced
}
