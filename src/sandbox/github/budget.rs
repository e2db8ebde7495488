//! How many calls are left.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Calls of one token, or of everybody without one, in one window of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    limit: u64,
    used: u64,
    /// When the window ends.
    reset: Timestamp,
}

impl Budget {
    /// A window that begins now.
    pub(super) fn new(limit: u64, now: Timestamp, length: SignedDuration) -> Self {
        Self { limit, used: 0, reset: now.saturating_add(length).unwrap_or(Timestamp::MAX) }
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.reset
    }

    /// Takes one call; false when none is left.
    pub(super) fn spend(&mut self) -> bool {
        if self.used >= self.limit {
            return false;
        }
        self.used = self.used.saturating_add(1);
        true
    }

    fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    pub(super) fn json(&self, resource: &str) -> Value {
        json!({
            "limit": self.limit,
            "used": self.used,
            "remaining": self.left(),
            "reset": self.reset.as_second(),
            "resource": resource,
        })
    }

    pub(super) fn headers(&self, resource: &str) -> [(&'static str, String); 5] {
        [
            ("x-ratelimit-limit", self.limit.to_string()),
            ("x-ratelimit-remaining", self.left().to_string()),
            ("x-ratelimit-used", self.used.to_string()),
            ("x-ratelimit-reset", self.reset.as_second().to_string()),
            ("x-ratelimit-resource", resource.to_owned()),
        ]
    }
}
