//! What the engine decided about one issue: saved before the first write.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Effect, IssueRef, ItemId, LabelEventId, NoteId, ReportKind, StageName, Username};

/// One entry of an issue into a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageEntry {
    /// The stage.
    pub stage: StageName,
    /// The label event that put it there; absent for a label older than any event.
    pub event: Option<LabelEventId>,
    /// Who; absent when the account is gone.
    pub by: Option<Username>,
    /// When.
    pub at: Timestamp,
}

/// What the database remembers of an issue between two visits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueMemory {
    /// Which.
    pub issue: IssueRef,
    /// Highest label event judged so far: older ones are history.
    pub judged: Option<LabelEventId>,
    /// The stages entered by right until then, oldest first.
    pub entries: Vec<StageEntry>,
    /// Staff had taken the last entry's label off.
    pub is_cleared: bool,
    /// GitLab's `updated_at` when all its comments were last read.
    pub seen_updated_at: Option<Timestamp>,
    /// Items ticked then, in case somebody deletes the managed block.
    #[serde(default)]
    pub ticks: BTreeMap<ItemId, bool>,
}

/// A report that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedReport {
    /// What it is about.
    pub kind: ReportKind,
    /// Staff told an import to begin.
    pub start: bool,
}

/// The result of looking at an issue once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Which issue.
    pub issue: IssueRef,
    /// Newest label event of somebody else it has seen: a newer one makes the decision stale.
    pub seen: Option<LabelEventId>,
    /// The stage the issue is in, by right.
    pub stage: Option<StageEntry>,
    /// All entries by right that label events tell of, oldest first.
    pub history: Vec<StageEntry>,
    /// Staff took the last entry's label off.
    pub is_cleared: bool,
    /// What shall be true.
    pub effects: Vec<Effect>,
    /// Comments whose commands this decision answers.
    pub answered: Vec<NoteId>,
    /// One line each for the log and `explain`: why.
    pub because: Vec<String>,
    /// Reports to be made, or made anew.
    #[serde(default)]
    pub reports: Vec<WantedReport>,
    /// A label of ours starts a new stage: look again once it is written, because the entry is named
    /// by the label event that GitLab makes of it.
    pub again: bool,
}
