//! Is this delivery from a sender who knows our secret? Pure: headers, body, secrets, time in.
//!
//! Two steps, because the head alone often decides: what can't be right is turned away before a
//! byte of the body is read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac as _;
use jiff::Timestamp;

use super::secrets::{Secrets, note_old_secret};

/// How old or how far ahead a signature may be, in seconds.
const TOLERANCE: u64 = 300;
/// GitLab sends one signature, the specification allows a list; more than this is an attack.
const MAX_SIGNATURES: usize = 50;
/// Room for the year 33,000; keeps all arithmetic far from its limits.
const MAX_TIMESTAMP_DIGITS: usize = 12;

/// One header as sent. A repeated one has no meaning that two readers would agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Header<'a> {
    /// Not there.
    #[default]
    Absent,
    /// There once, with these bytes.
    Once(&'a [u8]),
    /// There more than once, equal or not.
    Repeated,
}

/// The headers that speak for the sender.
#[derive(Debug, Clone, Copy, Default)]
pub struct Presented<'a> {
    /// `X-Gitlab-Token`.
    pub token: Header<'a>,
    /// `webhook-id`.
    pub id: Header<'a>,
    /// `webhook-timestamp`.
    pub timestamp: Header<'a>,
    /// `webhook-signature`.
    pub signature: Header<'a>,
}

/// Why a delivery is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// Nothing was presented.
    NoCredential,
    /// A token was presented where a signature is demanded.
    Unsigned,
    /// What was presented is wrong or malformed.
    BadCredential,
    /// Signed too long ago, or in the future.
    StaleTimestamp,
}

impl Rejected {
    /// The word for the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoCredential => "no_credential",
            Self::Unsigned => "unsigned",
            Self::BadCredential => "bad_credential",
            Self::StaleTimestamp => "stale_timestamp",
        }
    }
}

/// By what a delivery was found authentic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// A signature over id, time and body.
    Signature,
    /// The plain token.
    Token,
}

/// What the head alone says.
#[derive(Debug)]
pub enum HeadCheck {
    /// Authentic by its token, whatever the body is.
    Verified,
    /// A well-formed claim that only the body can prove.
    Claimed(Claim),
}

/// A signature of the right form and time, not yet compared.
#[derive(Debug)]
pub struct Claim {
    /// What is signed before the body: id, dot, time, dot.
    prefix: Vec<u8>,
    signatures: Vec<[u8; 32]>,
    /// When it was read: which keys are right depends on it.
    at: Timestamp,
}

/// Both steps at once.
pub fn verify(
    presented: Presented<'_>,
    body: &[u8],
    secrets: &Secrets,
    now: Timestamp,
) -> Result<Verified, Rejected> {
    match check_head(presented, secrets, now)? {
        HeadCheck::Verified => Ok(Verified::Token),
        HeadCheck::Claimed(claim) => claim.prove(body, secrets).map(|()| Verified::Signature),
    }
}

/// The first step, before the body. A token that is sent must be right wherever tokens are
/// configured; it suffices only where no signature is demanded.
pub fn check_head(
    presented: Presented<'_>,
    secrets: &Secrets,
    now: Timestamp,
) -> Result<HeadCheck, Rejected> {
    let token_given = presented.token != Header::Absent;
    let token_right = match presented.token {
        Header::Absent => false,
        Header::Once(token) => secrets.knows_token(token, now),
        Header::Repeated => return Err(Rejected::BadCredential),
    };
    if token_given && !token_right && !secrets.tokens.is_empty() {
        return Err(Rejected::BadCredential);
    }
    if secrets.signing.is_empty() {
        return if token_right { Ok(HeadCheck::Verified) } else { Err(Rejected::NoCredential) };
    }
    match presented.signature {
        Header::Absent if token_right && secrets.accept_token_fallback => Ok(HeadCheck::Verified),
        Header::Absent if token_given => Err(Rejected::Unsigned),
        Header::Absent => Err(Rejected::NoCredential),
        _ => Claim::read(presented, now).map(HeadCheck::Claimed),
    }
}

impl Claim {
    fn read(presented: Presented<'_>, now: Timestamp) -> Result<Self, Rejected> {
        let (Header::Once(id), Header::Once(timestamp), Header::Once(signature)) =
            (presented.id, presented.timestamp, presented.signature)
        else {
            return Err(Rejected::BadCredential);
        };
        if !is_message_id(id) {
            return Err(Rejected::BadCredential);
        }
        let signed_at = seconds(timestamp).ok_or(Rejected::BadCredential)?;
        let signatures = signatures(signature).ok_or(Rejected::BadCredential)?;
        if now.as_second().abs_diff(signed_at) > TOLERANCE {
            return Err(Rejected::StaleTimestamp);
        }
        Ok(Self { prefix: [id, b".", timestamp, b"."].concat(), signatures, at: now })
    }

    /// The second step. Compares every signature with every key, so that the time it takes tells
    /// nothing about which came close.
    pub fn prove(&self, body: &[u8], secrets: &Secrets) -> Result<(), Rejected> {
        let (mut right, mut old) = (false, false);
        for (index, key) in secrets.signing_at(self.at).iter().enumerate() {
            let Some(mut mac) = key.mac() else { continue };
            mac.update(&self.prefix);
            mac.update(body);
            for signature in &self.signatures {
                let is_right = mac.clone().verify_slice(signature).is_ok();
                right |= is_right;
                old |= is_right && index > 0;
            }
        }
        note_old_secret(old);
        if right { Ok(()) } else { Err(Rejected::BadCredential) }
    }
}

/// 1 to 255 visible ASCII characters; without `.`, which separates the signed parts.
pub(super) fn is_message_id(id: &[u8]) -> bool {
    is_key(id) && !id.contains(&b'.')
}

/// 1 to 255 visible ASCII characters.
pub(super) fn is_key(key: &[u8]) -> bool {
    (1..=255).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic)
}

fn seconds(timestamp: &[u8]) -> Option<i64> {
    let plain = (1..=MAX_TIMESTAMP_DIGITS).contains(&timestamp.len())
        && timestamp.iter().all(u8::is_ascii_digit);
    if plain { std::str::from_utf8(timestamp).ok()?.parse().ok() } else { None }
}

/// The `v1` signatures of a list; entries of other versions and lengths are passed over. `None`
/// when nothing is left or the list itself is malformed.
fn signatures(header: &[u8]) -> Option<Vec<[u8; 32]>> {
    let entries: Vec<&[u8]> = header.split(|b| *b == b' ').take(MAX_SIGNATURES + 1).collect();
    if entries.len() > MAX_SIGNATURES || entries.iter().any(|entry| entry.is_empty()) {
        return None;
    }
    let signatures: Vec<[u8; 32]> = entries
        .into_iter()
        .filter_map(|entry| STANDARD.decode(entry.strip_prefix(b"v1,")?).ok()?.try_into().ok())
        .collect();
    if signatures.is_empty() { None } else { Some(signatures) }
}

#[cfg(test)]
mod tests;
