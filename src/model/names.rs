//! Names as people write them: labels, stages, usernames.

use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is; no trimming, no case folding.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

name!(
    /// A label's full title, `migration::engaged`; compared exactly, as GitLab does.
    LabelName
);
name!(
    /// A stage's key in the workflow, `engaged`.
    StageName
);
name!(
    /// A checklist item's stable key, unique in the workflow, `engaged.goals`.
    ItemId
);
name!(
    /// A GitLab username, without `@`.
    Username
);
