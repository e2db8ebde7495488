//! What a webhook says happened, free of GitLab's JSON: a hint of where to look.

use serde::{Deserialize, Serialize};

use super::{IssueRef, NoteId};

/// One thing that happened to one issue. It carries no claim about state: state is read from GitLab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The issue was opened, edited, labelled, closed or reopened.
    IssueChanged {
        /// Which.
        issue: IssueRef,
    },
    /// Somebody wrote a comment. (Edits are not events: a webhook names the author, not the editor.)
    NoteAdded {
        /// On which issue.
        issue: IssueRef,
        /// Which comment.
        note: NoteId,
    },
}

impl Event {
    /// The issue it is about.
    pub fn issue(&self) -> IssueRef {
        match self {
            Self::IssueChanged { issue } | Self::NoteAdded { issue, .. } => *issue,
        }
    }
}

/// What the receiver does with an authentic delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Triage {
    /// A job for the engine.
    Work(Event),
    /// Nothing for us; stored as id and type with this reason, a stable snake_case word.
    Ignore {
        /// `own_event`, `unused_kind`, `unknown_project`, `system_note`…
        reason: &'static str,
        /// The issue, when one is named.
        issue: Option<IssueRef>,
    },
    /// Authentic, but it can't be read: raw bytes are kept with this reason and raise an alarm.
    Quarantine {
        /// `empty_body`, `bad_json`, `not_an_object`, `duplicate_key`, `unknown_shape`…
        reason: &'static str,
    },
}
