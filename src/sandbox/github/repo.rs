//! Repositories, their owners, and tokens.

use crate::sandbox::source::{Numbers, Source};
use crate::sandbox::visibility::Visibility;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One repository on GitHub, in a seed and in the running sandbox.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GithubRepo {
    /// Number.
    pub id: u64,
    /// `owner/name`
    pub path: String,
    /// What it is about.
    #[serde(default)]
    pub description: Option<String>,
    /// Where its home page is.
    #[serde(default)]
    pub homepage: Option<String>,
    /// Main language.
    #[serde(default)]
    pub language: Option<String>,
    /// SPDX name of the licence as GitHub sees it: `GPL-3.0`; `NOASSERTION` for an unknown text;
    /// none without a file.
    #[serde(default)]
    pub licence: Option<String>,
    /// Readable by few: 404 for everybody else.
    #[serde(default)]
    pub private: bool,
    /// Read only.
    #[serde(default)]
    pub archived: bool,
    /// Taken down for others' rights: 451.
    #[serde(default)]
    pub blocked: bool,
    /// Taken down by GitHub for its own reasons: 403.
    #[serde(default)]
    pub suspended: bool,
    /// Topics.
    #[serde(default)]
    pub topics: Vec<String>,
    /// Issues are switched off: their list answers 410.
    #[serde(default)]
    pub no_issues: bool,
    /// Has discussions.
    #[serde(default)]
    pub discussions: bool,
    /// Has a site on Pages.
    #[serde(default)]
    pub pages: bool,
    /// `owner/name` of what it was forked from.
    #[serde(default)]
    pub fork_of: Option<String>,
    /// `owner/name` it once had; they lead here.
    #[serde(default)]
    pub renamed_from: Vec<String>,
    /// Name of the default branch.
    #[serde(default = "main")]
    pub default_branch: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was last pushed.
    pub pushed_at: Timestamp,
    /// Size in kibibytes.
    #[serde(default)]
    pub size: u64,
    /// Stars.
    #[serde(default)]
    pub stars: u64,
    /// Files of the workflows of Actions, by name: `ci.yml`.
    #[serde(default)]
    pub workflows: Vec<String>,
    /// Texts in the repository, by path.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Logins of bots that wrote commits, a hundred each: `dependabot[bot]`.
    #[serde(default)]
    pub bots: Vec<String>,
    /// The history is too long to list who wrote it: 403.
    #[serde(default)]
    pub huge_history: bool,
    /// How much it holds; without commits it is empty.
    #[serde(default)]
    pub numbers: Numbers,
}

fn main() -> String {
    "main".to_owned()
}

impl GithubRepo {
    /// The part of its path before the `/`.
    pub(super) fn owner(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// The part of its path behind the `/`.
    pub(in crate::sandbox) fn name(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }

    /// As an importer reads it.
    pub(in crate::sandbox) fn source(&self) -> Source {
        Source {
            path: self.path.clone(),
            description: self.description.clone(),
            visibility: if self.private { Visibility::Private } else { Visibility::Public },
            default_branch: self.default_branch.clone(),
            licence: self.licence.clone(),
            created_at: self.created_at,
            pushed_at: self.pushed_at,
            files: self.files.clone(),
            numbers: self.numbers.clone(),
        }
    }
}

/// Who owns repositories. An owner nobody described is an organisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GithubOwner {
    /// Name in the address.
    pub login: String,
    /// Name people read.
    pub name: String,
    /// A person, no organisation.
    #[serde(default)]
    pub user: bool,
}

/// A token of GitHub.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GithubToken {
    /// What is sent as bearer.
    pub secret: String,
    /// Whose it is.
    pub login: String,
    /// Scopes of a classic token, perhaps none; a fine-grained token does not name any.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
}

impl GithubToken {
    pub(super) fn has_scope(&self, wanted: &str) -> bool {
        self.scopes.iter().flatten().any(|scope| scope == wanted)
    }
}
