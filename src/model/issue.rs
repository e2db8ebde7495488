//! What GitLab says now: an issue, its label events, its comments.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{IssueRef, LabelEventId, LabelName, NoteId, UserId, Username};

/// A GitLab account as it appears beside what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The account's number: the identity that counts.
    pub id: UserId,
    /// The account's current username.
    pub username: Username,
}

/// Whether an issue is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssueState {
    /// Open.
    Opened,
    /// Closed by anyone, for any reason.
    Closed,
}

/// One issue as GitLab has it at the time of the read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Where it is.
    pub at: IssueRef,
    /// Its title: text of a stranger.
    pub title: String,
    /// Its description: text of a stranger around our managed block; empty when GitLab says null.
    pub description: String,
    /// Open or closed.
    pub state: IssueState,
    /// Titles of the labels it carries.
    pub labels: Vec<LabelName>,
    /// Who opened it; absent when the account is gone.
    pub author: Option<Actor>,
    /// The accounts responsible for it, the DRI first.
    pub assignees: Vec<Actor>,
    /// Readable by members and the author only.
    pub confidential: bool,
    /// Comments limited to members.
    pub discussion_locked: bool,
    /// `issue`, `incident`, `task`…; the workflow covers `issue` only.
    pub issue_type: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// GitLab's own last change, of any kind.
    pub updated_at: Timestamp,
    /// Set when the issue was moved to another project: everything goes on there.
    pub moved: bool,
    /// Address for people.
    pub web_url: String,
}

impl Issue {
    /// Whether it carries this label.
    pub fn has_label(&self, label: &LabelName) -> bool {
        self.labels.contains(label)
    }
}

/// What happened to the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelAction {
    /// It was put on.
    Add,
    /// It was taken off.
    Remove,
}

/// One resource label event: who put on or took off which label, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelEvent {
    /// Order of events; the clock of the workflow.
    pub id: LabelEventId,
    /// Who; absent when the account is gone.
    pub actor: Option<Actor>,
    /// On or off.
    pub action: LabelAction,
    /// Which; absent when the label was deleted since.
    pub label: Option<LabelName>,
    /// When, to the second or finer.
    pub at: Timestamp,
}

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its number.
    pub id: NoteId,
    /// Who wrote it; absent when the account is gone.
    pub author: Option<Actor>,
    /// Its text.
    pub body: String,
    /// Written by GitLab itself ("added ~x label").
    pub system: bool,
    /// Readable by members only.
    pub internal: bool,
    /// When it was written.
    pub created_at: Timestamp,
    /// When its text last changed; equal to `created_at` for one never edited.
    pub updated_at: Timestamp,
}

impl Note {
    /// Whether the text is no longer the one its author first sent.
    pub fn is_edited(&self) -> bool {
        self.created_at != self.updated_at
    }
}
