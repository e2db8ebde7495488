//! A webhook as received, and what became of it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DeliveryId, Event, IssueRef};

/// Where the key of a delivery comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryKey {
    /// `webhook-id` or `Idempotency-Key`: the same on GitLab's own repeats, for ever.
    Given(String),
    /// No usable header: SHA-256 (hex) of body and event name; the same only within ten minutes.
    Content(String),
}

/// What the receiver asks the store to keep, in one transaction.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Deduplication key.
    pub key: DeliveryKey,
    /// SHA-256 of the body.
    pub body_digest: [u8; 32],
    /// `X-Gitlab-Event`, cut to 100 visible characters; `?` when absent.
    pub event_name: String,
    /// The raw bytes; kept for work and quarantine, dropped for ignored deliveries.
    pub body: bytes::Bytes,
    /// What to do with it.
    pub disposition: Disposition,
    /// When the body was complete.
    pub received_at: Timestamp,
}

/// The receiver's verdict on an authentic delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// A job is stored with it.
    Work(Event),
    /// Id and type only.
    Ignored {
        /// Stable snake_case word.
        reason: Cow<'static, str>,
        /// The issue, when one is named.
        issue: Option<IssueRef>,
    },
    /// Raw bytes and an alarm.
    Quarantined {
        /// Stable snake_case word.
        reason: Cow<'static, str>,
    },
}

/// The store's answer after COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// Stored.
    New(DeliveryId),
    /// On this machine's disk, for the database is away: it is handed on when that is back.
    Spooled,
    /// The same key and the same body are here already.
    Duplicate,
    /// The same key with another body: kept apart in quarantine (`key_conflict`).
    KeyConflict(DeliveryId),
}

/// What became of a delivery, as `landfall deliveries` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Its job waits or runs.
    Waiting,
    /// Its job is done.
    Done,
    /// Nothing for us.
    Ignored,
    /// Authentic but unreadable; waits for a person.
    Quarantined,
    /// Its job gave up; waits for a person.
    Dead,
    /// A person closed the case.
    Resolved,
}

impl DeliveryState {
    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Quarantined => "quarantined",
            Self::Dead => "dead",
            Self::Resolved => "resolved",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Done, Self::Ignored, Self::Quarantined, Self::Dead, Self::Resolved]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// One row of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// Row.
    pub id: DeliveryId,
    /// First 8 hex digits of SHA-256 of the key: enough to find it, nothing to replay.
    pub key8: String,
    /// `X-Gitlab-Event`.
    pub event_name: String,
    /// The issue, when one is named.
    pub issue: Option<IssueRef>,
    /// What became of it.
    pub state: DeliveryState,
    /// Why, for ignored, quarantined and dead ones.
    pub reason: Option<String>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Size of the body in bytes.
    pub bytes: u64,
    /// Attempts its job has had.
    pub attempts: u32,
    /// Error of the last attempt.
    pub last_error: Option<String>,
}
