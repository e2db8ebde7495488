//! Work that waits in a lane.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{DeliveryId, Event, IssueRef, JobId, ReportKind};

/// The queue in which jobs of one thing wait for each other, `issue/42/7` or `sweep`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LaneName(pub String);

impl LaneName {
    /// The lane of one issue.
    pub fn of_issue(issue: IssueRef) -> Self {
        Self(format!("issue/{}/{}", issue.project, issue.iid))
    }
}

impl std::fmt::Display for LaneName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum JobKind {
    /// A webhook pointed here.
    Handle {
        /// What it said.
        event: Event,
    },
    /// Look at one issue as if its webhook had been lost.
    Visit {
        /// Which.
        issue: IssueRef,
    },
    /// Find out what a report says, then visit the issue.
    Report {
        /// On which issue.
        issue: IssueRef,
        /// What it is about.
        kind: ReportKind,
        /// Staff told an import to begin.
        #[serde(default)]
        start: bool,
    },
    /// List every open issue and visit each.
    Sweep,
    /// Look after the webhook and find what it did not bring.
    Reconcile,
}

impl JobKind {
    /// The lane it belongs to.
    pub fn lane(&self) -> LaneName {
        match self {
            Self::Handle { event } => LaneName::of_issue(event.issue()),
            Self::Visit { issue } => LaneName::of_issue(*issue),
            // A lane of its own: what takes long must not hold the issue up.
            Self::Report { issue, kind, .. } => {
                LaneName(format!("report/{}/{}/{}", issue.project, issue.iid, kind.as_str()))
            }
            Self::Sweep => LaneName("sweep".to_owned()),
            Self::Reconcile => LaneName("reconcile".to_owned()),
        }
    }

    /// The issue it is about.
    pub fn issue(&self) -> Option<IssueRef> {
        match self {
            Self::Handle { event } => Some(event.issue()),
            Self::Visit { issue } | Self::Report { issue, .. } => Some(*issue),
            Self::Sweep | Self::Reconcile => None,
        }
    }
}

/// A job as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Row, in order of arrival.
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// The delivery that caused it.
    pub delivery: Option<DeliveryId>,
    /// Attempts so far, this one included.
    pub attempt: u32,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// The right to work on a lane until it runs out; every later write names its fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which lane.
    pub lane: LaneName,
    /// Rises with every claim of the lane: an old holder's writes are refused.
    pub fence: i64,
}

/// The waiting jobs of one lane, oldest first, taken together.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The right to work on them.
    pub lease: Lease,
    /// At least one job.
    pub jobs: Vec<Job>,
}

/// How a batch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// All its jobs are done.
    Done,
    /// All its jobs wait; the lane holds until then.
    Retry {
        /// Time from now.
        after: SignedDuration,
        /// Why; shown by `landfall deliveries`. No text of strangers, no secret.
        error: String,
        /// Whether it counts as a failed attempt (false for a mere wait, e.g. an outage).
        counts: bool,
    },
    /// Its jobs gave up; they stay visible and the lane goes on.
    Dead {
        /// Why.
        error: String,
    },
}
