//! Who may know of a group or a project.

use serde::Deserialize;

/// How far a group or a project can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// By its members.
    #[default]
    Private,
    /// By everybody who is signed in.
    Internal,
    /// By everybody.
    Public,
}

impl Visibility {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Internal => "internal",
            Self::Public => "public",
        }
    }

    /// As it stands in a webhook.
    pub(super) fn level(self) -> u64 {
        match self {
            Self::Private => 0,
            Self::Internal => 10,
            Self::Public => 20,
        }
    }

    /// Whether somebody without a role may look.
    pub(super) fn admits(self, signed_in: bool) -> bool {
        match self {
            Self::Private => false,
            Self::Internal => signed_in,
            Self::Public => true,
        }
    }
}
