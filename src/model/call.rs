//! One concrete write to GitLab.

use serde::{Deserialize, Serialize};

use super::{EffectKey, LabelName, NoteId, Purpose, UserId};

/// One request that changes something, in the words of GitLab's API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum Call {
    /// `PUT /projects/:id/issues/:iid` with labels to add and remove and, if given, a description.
    UpdateIssue {
        /// `add_labels`.
        add_labels: Vec<LabelName>,
        /// `remove_labels`.
        remove_labels: Vec<LabelName>,
        /// The whole new description.
        description: Option<String>,
        /// Recorded before and after, so that an undone label is undone once.
        once: Vec<EffectKey>,
    },
    /// `PUT /projects/:id/issues/:iid` with `assignee_ids`.
    Assign {
        /// Who.
        user: UserId,
        /// Recorded afterwards, so that it is done once.
        once: EffectKey,
    },
    /// `POST …/notes`.
    PostNote {
        /// The effect it makes true.
        key: EffectKey,
        /// Why.
        purpose: Purpose,
        /// The text, marker included.
        body: String,
        /// Readable by members only.
        internal: bool,
        /// Look for the marker on all pages before writing.
        search_first: bool,
    },
    /// `PUT …/notes/:id`.
    EditNote {
        /// The effect it keeps true.
        key: EffectKey,
        /// Which comment.
        note: NoteId,
        /// The text, marker included.
        body: String,
    },
    /// `POST …/notes/:id/award_emoji`.
    AwardEmoji {
        /// On which comment.
        note: NoteId,
        /// Its GitLab name.
        emoji: String,
    },
}

impl Call {
    /// Its name in logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::UpdateIssue { .. } => "update_issue",
            Self::Assign { .. } => "assign",
            Self::PostNote { .. } => "post_note",
            Self::EditNote { .. } => "edit_note",
            Self::AwardEmoji { .. } => "award_emoji",
        }
    }
}
