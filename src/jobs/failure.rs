//! What went wrong, as the queue understands it: wait, try again, or give up and stay visible.

use jiff::SignedDuration;

use crate::gitlab::GitlabError;
use crate::model::Settlement;
use crate::queue::retry;
use crate::store::StoreError;

/// Why a job stopped before its end. Waits given are real time; those left out are the queue's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nothing is wrong with the job: the world has to change first. Does not count as an attempt.
    Wait { after: Option<SignedDuration>, why: String },
    /// It may work next time; counts as an attempt.
    Again { after: Option<SignedDuration>, why: String },
    /// It will not work until a person does something.
    GiveUp { why: String },
    /// Somebody else holds the lane: write nothing more.
    LeaseLost,
}

/// Wait for an outage: the client's breaker keeps the real probes rarer than this.
const OUTAGE: SignedDuration = SignedDuration::from_secs(15);

/// Before a refused write is tried again, times the attempt: a few hours in all.
const FORBIDDEN: SignedDuration = SignedDuration::from_mins(5);

impl Failure {
    /// Try again when the world has changed.
    pub(super) fn wait(why: impl Into<String>) -> Self {
        Self::Wait { after: None, why: why.into() }
    }

    /// Try again soon.
    pub(super) fn later(why: impl Into<String>) -> Self {
        Self::Again { after: None, why: why.into() }
    }

    /// The sentence for a person at a terminal.
    pub(super) fn words(self) -> String {
        match self {
            Self::Wait { why, .. } | Self::Again { why, .. } | Self::GiveUp { why } => why,
            Self::LeaseLost => "another process works on this issue now".to_owned(),
        }
    }

    /// The queue's word for it. `attempt` counts from 1. The runner divides every wait by the time
    /// scale, so those that are real time already are multiplied by it here.
    pub(super) fn settlement(self, attempt: u32, scale: f64) -> Settlement {
        let nominal = |real: SignedDuration| {
            SignedDuration::try_from_secs_f64(real.as_secs_f64() * scale).unwrap_or(real)
        };
        match self {
            Self::Wait { after, why } => Settlement::Retry {
                after: after.map_or(OUTAGE, nominal),
                error: why,
                counts: false,
            },
            Self::Again { after, why } => {
                match (retry::failed(attempt, fastrand::f64(), why), after) {
                    (Settlement::Retry { error, counts, .. }, Some(after)) => {
                        // Longer each time: ten attempts outlast an hour of trouble.
                        let after = nominal(after).saturating_mul(attempt.try_into().unwrap_or(1));
                        Settlement::Retry { after, error, counts }
                    }
                    (settlement, _) => settlement,
                }
            }
            Self::GiveUp { why } => Settlement::Dead { error: why },
            Self::LeaseLost => Settlement::Retry {
                after: SignedDuration::ZERO,
                error: "the lease was lost".to_owned(),
                counts: false,
            },
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LeaseLost(_) => Self::LeaseLost,
            StoreError::Unavailable(_) | StoreError::Contended(_) => {
                Self::Wait { after: None, why: error.to_string() }
            }
            StoreError::Corrupt(_) | StoreError::Schema(_) | StoreError::Address { .. } => {
                Self::GiveUp { why: error.to_string() }
            }
        }
    }
}

impl From<GitlabError> for Failure {
    fn from(error: GitlabError) -> Self {
        let why = error.to_string();
        let real = |wait| SignedDuration::try_from(wait).ok();
        match error {
            GitlabError::RateLimited { after } | GitlabError::NotSent { after, .. } => {
                Self::Wait { after: real(after), why }
            }
            // Writes that get here are idempotent; comments have a protocol of their own.
            GitlabError::Unavailable(_)
            | GitlabError::Lost(_)
            | GitlabError::Unauthorized
            | GitlabError::ReadOnly => Self::Wait { after: None, why },
            // A person has to give the bot its role back, or to unlock the discussion.
            GitlabError::Forbidden { .. } => Self::Again { after: Some(FORBIDDEN), why },
            GitlabError::Invalid { .. } => Self::GiveUp { why },
            _ => Self::later(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::gitlab::{NotSent, Outage};
    use crate::queue::MAX_ATTEMPTS;

    fn settled(error: &GitlabError, attempt: u32) -> Settlement {
        Failure::from(error.clone()).settlement(attempt, 1.0)
    }

    fn detail() -> String {
        "as ordered".to_owned()
    }

    #[test]
    fn e01_e07_e08_e09_what_waiting_mends_is_waited_for_and_never_given_up() {
        let after = Duration::from_secs(42);
        for (error, seconds) in [
            (GitlabError::Unauthorized, 15),
            (GitlabError::NotSent { reason: NotSent::TokenRefused, after }, 42),
            (GitlabError::NotSent { reason: NotSent::Connect, after }, 42),
            (GitlabError::NotSent { reason: NotSent::Untrusted, after }, 42),
            (GitlabError::NotSent { reason: NotSent::HostDown, after }, 42),
            (GitlabError::NotSent { reason: NotSent::Paused, after }, 42),
            (GitlabError::RateLimited { after }, 42),
            (GitlabError::Unavailable(Outage::Status(500)), 15),
            (GitlabError::Unavailable(Outage::Page), 15),
            (GitlabError::Lost(Outage::Timeout), 15),
        ] {
            for attempt in [1, MAX_ATTEMPTS, u32::MAX] {
                let Settlement::Retry { after, counts: false, .. } = settled(&error, attempt)
                else {
                    panic!("{error}: {:?}", settled(&error, attempt));
                };
                assert_eq!(after.as_secs(), seconds, "{error}");
            }
        }
    }

    #[test]
    fn e02_what_is_forbidden_is_tried_for_almost_four_hours_and_then_dead() {
        let error = GitlabError::Forbidden { detail: detail() };
        let mut minutes = Vec::new();
        for attempt in 1..MAX_ATTEMPTS {
            match settled(&error, attempt) {
                Settlement::Retry { after, counts: true, .. } => minutes.push(after.as_mins()),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(minutes, [5, 10, 15, 20, 25, 30, 35, 40, 45]);
        assert!(matches!(settled(&error, MAX_ATTEMPTS), Settlement::Dead { .. }));
    }

    #[test]
    fn e03_e04_e26_what_may_be_different_next_time_is_read_again_ten_times() {
        for error in [
            GitlabError::NotFound { detail: detail() },
            GitlabError::Conflict { detail: detail() },
            GitlabError::Unreadable { what: "an issue" },
            GitlabError::TooLarge,
            GitlabError::UnexpectedRedirect { status: 302 },
        ] {
            for attempt in 1..MAX_ATTEMPTS {
                let Settlement::Retry { after, counts: true, .. } = settled(&error, attempt) else {
                    panic!("{error}");
                };
                assert!(after <= retry::backoff(attempt, 1.0), "{error}: {after}");
            }
            assert!(matches!(settled(&error, MAX_ATTEMPTS), Settlement::Dead { .. }), "{error}");
        }
    }

    #[test]
    fn e05_e06_what_gitlab_will_never_take_is_dead_at_once() {
        for status in [400, 405, 413, 422] {
            let error = GitlabError::Invalid { status, detail: detail() };
            let Settlement::Dead { error: why } = settled(&error, 1) else { panic!("{error}") };
            assert!(why.contains(&status.to_string()) && why.contains("as ordered"), "{why}");
        }
    }
}
