//! Webhooks that never reached us, counted where they were found out.

use serde::{Deserialize, Serialize};

/// How a lost webhook was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostSource {
    /// GitLab's own log of deliveries shows that it failed.
    EventLog,
    /// An issue had changed and nobody had told us.
    Poll,
}

impl LostSource {
    /// The word stored and used in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EventLog => "event_log",
            Self::Poll => "poll",
        }
    }
}

/// How many webhooks were lost and made good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct LostHooks {
    /// Found in GitLab's log of deliveries.
    pub event_log: u64,
    /// Found by looking at issues.
    pub poll: u64,
}
