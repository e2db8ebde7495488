//! What shall be true in GitLab, and the memory of what was made true.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ItemId, LabelName, NoteId, StageName, UserId};

/// Names one visible effect for ever: SHA-256 (hex, 64 digits) of project, issue, kind and cause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EffectKey(pub String);

impl std::fmt::Display for EffectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why the bot speaks; decides which limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The first comment on a new issue.
    Welcome,
    /// One entry into a stage.
    Stage,
    /// A label was undone and why.
    Refusal,
    /// An answer to a command.
    Reply,
    /// What was found out about the move.
    Report,
    /// No comment: the record that a label change was undone, or somebody assigned.
    Undo,
}

impl Purpose {
    /// The word stored and used in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Stage => "stage",
            Self::Refusal => "refusal",
            Self::Reply => "reply",
            Self::Report => "report",
            Self::Undo => "undo",
        }
    }
}

/// One thing that shall be true; idempotent by construction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// These labels are there, those are not. Never the whole list.
    Labels {
        /// To be there.
        add: Vec<LabelName>,
        /// Not to be there.
        remove: Vec<LabelName>,
        /// Set when this must be written at most once (an undone label): a record of it is kept.
        once: Option<EffectKey>,
    },
    /// This person is assigned, if nobody is.
    Assign {
        /// Who.
        user: UserId,
        /// A record that it was done: a person may take it back.
        once: EffectKey,
    },
    /// The managed block of the description shows these checklists, with the ticks people set.
    Block {
        /// The present stage.
        stage: StageName,
        /// Stages entered so far.
        visited: Vec<StageName>,
        /// Ticks that a command changes; all others stay as the description has them.
        ticks: BTreeMap<ItemId, bool>,
    },
    /// One comment of ours with this key exists, and reads so while it mirrors.
    Comment {
        /// Its name for ever; becomes the marker.
        key: EffectKey,
        /// Why.
        purpose: Purpose,
        /// The text, neutralised, without marker.
        body: String,
        /// When its cause happened, by GitLab's clock: older than our database means search first.
        cause_at: Timestamp,
        /// Keep its text up to date by editing it.
        mirrors: bool,
        /// Readable by members only, like the comment it answers.
        internal: bool,
    },
    /// A reaction of ours stands on a comment.
    Reaction {
        /// On which.
        note: NoteId,
        /// Its GitLab name, `white_check_mark`.
        emoji: String,
    },
}

/// How far a comment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// The write was announced to the database; its answer is not known.
    InFlight,
    /// An answer was lost: look for it before writing again.
    Uncertain,
    /// It is visible (or was, until a person deleted it).
    Done,
    /// GitLab refused it for good.
    Failed,
}

impl EffectState {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InFlight => "in_flight",
            Self::Uncertain => "uncertain",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::InFlight, Self::Uncertain, Self::Done, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// What the database remembers of one effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectRecord {
    /// Its name.
    pub key: EffectKey,
    /// How far it has come.
    pub state: EffectState,
    /// The comment, once known.
    pub note: Option<NoteId>,
    /// SHA-256 (hex) of the body last written, to know when a mirror must be edited.
    pub body_digest: Option<String>,
    /// When the state last changed; the wait before a search counts from here.
    pub changed_at: Timestamp,
}
