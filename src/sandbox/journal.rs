//! What the sandbox was asked, call by call.

use jiff::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One request as it came, and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path as it came, percent-encoded.
    pub path: String,
    /// Query without `?`, as it came.
    pub query: String,
    /// Username behind the token; none without a valid one.
    pub user: Option<String>,
    /// Status of the answer; none while it runs, or when the connection was cut.
    pub status: Option<u16>,
    /// When it came, by the sandbox's clock.
    pub at: Timestamp,
}

impl Request {
    /// Whether it asks for a change.
    pub fn is_write(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }
}

/// All requests of one sandbox, in the order they came.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    /// How many were forgotten: numbers go on, so that a late answer finds its own line or none.
    forgotten: usize,
    kept: Vec<Request>,
}

impl Journal {
    pub(super) fn entries(&self) -> Vec<Request> {
        self.lines().kept.clone()
    }

    pub(super) fn clear(&self) {
        let mut lines = self.lines();
        lines.forgotten = lines.forgotten.saturating_add(lines.kept.len());
        lines.kept.clear();
    }

    /// Notes a request; the number of its line is the key for [`Journal::answered`].
    pub(super) fn asked(&self, request: Request) -> usize {
        let mut lines = self.lines();
        lines.kept.push(request);
        lines
            .forgotten
            .saturating_add(lines.kept.len())
            .saturating_sub(1)
    }

    pub(super) fn answered(&self, line: usize, status: u16) {
        let mut lines = self.lines();
        let place = line.checked_sub(lines.forgotten);
        if let Some(entry) = place.and_then(|place| lines.kept.get_mut(place)) {
            entry.status = Some(status);
        }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
