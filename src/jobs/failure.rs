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
