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

/// Whether a text can be the full path of a group or project: `group`, `group/subgroup/project`.
pub fn is_full_path(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.starts_with('-')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
            && part.chars().any(|c| c != '.')
    };
    text.split('/').count() <= 21 && text.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_parts_that_gitlab_could_have_given() {
        for path in ["kiwi", "kiwi/paint", "a/b/c.d/_e", "kiwi/.github", "0/1-2"] {
            assert!(is_full_path(path), "{path}");
        }
        let deep = ["x"; 22].join("/");
        for text in
            ["", "/", "a/", "/a", "a//b", "a/-b", "a/..", "./a", "a b", "a/b?c", "ä", "a\n", &deep]
        {
            assert!(!is_full_path(text), "{text}");
        }
    }
}
