//! What the sandbox was asked, call by call.

use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

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
pub(super) struct Journal(Arc<Mutex<Vec<Request>>>);

impl Journal {
    pub(super) fn entries(&self) -> Vec<Request> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Notes a request; the line it stands in is the key for [`Journal::answered`].
    pub(super) fn asked(&self, request: Request) -> usize {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push(request);
        entries.len().saturating_sub(1)
    }

    pub(super) fn answered(&self, line: usize, status: u16) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(line) {
            entry.status = Some(status);
        }
    }
}
