//! Identities as GitLab and our database number them; a bare integer never crosses a module border.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

id!(
    /// A GitLab project's number, unique on its instance.
    ProjectId(u64)
);
id!(
    /// An issue's number within its project, the one people see (`#12`).
    IssueIid(u64)
);
id!(
    /// A GitLab account's number.
    UserId(u64)
);
id!(
    /// A comment's number, unique on its instance.
    NoteId(u64)
);
id!(
    /// The number of one resource label event; later events have higher numbers.
    LabelEventId(u64)
);
id!(
    /// A webhook's number within its project.
    HookId(u64)
);
id!(
    /// A delivery's row in our database, in order of arrival.
    DeliveryId(i64)
);
id!(
    /// A job's row in our database, in order of arrival.
    JobId(i64)
);

/// One issue of one project: the address of everything the bot decides about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IssueRef {
    /// The tracker.
    pub project: ProjectId,
    /// The issue in it.
    pub iid: IssueIid,
}

impl std::fmt::Display for IssueRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.project, self.iid)
    }
}
