//! What was found out about a move beside what its issue says: a comment of its own, one for each kind.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{IssueRef, UserId};

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// What a move of the sources takes.
    Readiness,
    /// Whether the destination's group would be let into the program.
    Preflight,
    /// What is imported, and how far that is.
    Import,
    /// Whether everything is there: counts on both sides.
    Fidelity,
    /// Whether the community has really arrived.
    Verification,
}

impl ReportKind {
    /// In the order in which a move comes to them.
    pub const ALL: [Self; 5] =
        [Self::Readiness, Self::Preflight, Self::Import, Self::Fidelity, Self::Verification];

    /// The word stored, used in keys and in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Readiness => "readiness",
            Self::Preflight => "preflight",
            Self::Import => "import",
            Self::Fidelity => "fidelity",
            Self::Verification => "verification",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The newest report of one kind on one issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// On which issue.
    pub issue: IssueRef,
    /// What it is about.
    pub kind: ReportKind,
    /// Digest of what was asked about; another subject makes the report a thing of the past.
    pub subject: String,
    /// Markdown for the comment, neutralised, without marker.
    pub body: String,
    /// What the job that made it has to remember for the next time, as JSON; empty when nothing.
    pub state: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it is to be made again by itself, if ever.
    pub due_at: Option<Timestamp>,
    /// Who opened the issue it is on: assessments are limited for each of them.
    pub author: Option<UserId>,
}
