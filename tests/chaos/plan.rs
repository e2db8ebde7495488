//! What is asked of a scenario.

use std::time::Duration;

use crate::database::Kind;

/// A run of a scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Repeats a run.
    pub(crate) seed: u64,
    /// 1 is the whole size, less is quicker.
    pub(crate) scale: f64,
    pub(crate) database: Kind,
    /// Of many things only those whose names hold one of these, separated by `|`.
    pub(crate) only: Option<&'static str>,
}

impl Plan {
    /// A count at this scale, at least `least`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of a test, far below 2^32"
    )]
    pub(crate) fn count(&self, whole: u32, least: u32) -> u32 {
        ((f64::from(whole) * self.scale) as u32).max(least)
    }

    pub(crate) fn is_asked_for(&self, name: &str) -> bool {
        self.only.is_none_or(|parts| parts.split('|').any(|part| name.contains(part)))
    }

    /// A limit of time: as it is at the whole size, where the machine is idle, and generous below. What
    /// never comes to an end breaks both.
    pub(crate) fn within(&self, limit: Duration) -> Duration {
        if self.scale < 1.0 { limit * 10 } else { limit }
    }
}
