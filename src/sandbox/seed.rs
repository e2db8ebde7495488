//! What a sandbox starts with.

use super::bulk_imports::GitlabSource;
use super::github::GithubSeed;
use super::users::{Token, User};
use super::visibility::Visibility;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Accounts, tokens, groups and projects of a new sandbox, the GitHub beside it, and other GitLabs
/// that something can come from; also the shape of a seed file (JSON).
///
/// A seed file has the fields of this type and of those it names, as they are called here. Texts,
/// lists and tables that are left out are empty, flags are false. Times are written as
/// `2026-11-02T09:00:00Z`, days as `2026-11-02`, access levels as GitLab counts them (10 guest, 20
/// reporter, 30 developer, 40 maintainer, 50 owner), visibilities as `private`, `internal`,
/// `public`. An unknown field is a mistake.
///
/// ```
/// # use landfall::sandbox::Seed;
/// let seed = Seed::from_json(r#"{
///     "users": [{ "id": 1, "username": "ann", "name": "Ann" }],
///     "tokens": [{ "secret": "s", "username": "ann", "scopes": ["api"] }],
///     "groups": [{ "path": "kiwi", "members": { "ann": 50 } }],
///     "projects": [
///         { "id": 42, "path": "kiwi/tracker", "members": { "ann": 40 } },
///         { "id": 43, "path": "kiwi/paint", "imported_from": "kiwi/paint",
///           "merge_requests": [
///             { "title": "New brush", "author": "ann", "at": "2026-09-01T00:00:00Z",
///               "merged_by": "ann", "merged_at": "2026-09-02T00:00:00Z" }
///           ],
///           "pushes": [{ "author": "ann", "at": "2026-09-03T00:00:00Z", "commits": 2 }] }
///     ],
///     "github": {
///         "tokens": [{ "secret": "t", "login": "ann", "scopes": ["repo"] }],
///         "repos": [
///             { "id": 7, "path": "kiwi/paint", "licence": "MIT",
///               "created_at": "2015-01-01T00:00:00Z", "pushed_at": "2026-08-01T00:00:00Z",
///               "numbers": { "contributors": 3, "commits": 20, "branches": 1, "issues": 5 } }
///         ]
///     }
/// }"#)?;
/// assert_eq!(seed.projects.len(), 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Accounts; each gets a personal namespace.
    pub users: Vec<User>,
    /// Access tokens.
    pub tokens: Vec<Token>,
    /// Groups; a group comes before those in it.
    #[serde(default)]
    pub groups: Vec<GroupSeed>,
    /// Projects. The one with the lowest number is the tracker.
    pub projects: Vec<ProjectSeed>,
    /// The GitHub below `/github-api`.
    #[serde(default)]
    pub github: GithubSeed,
    /// Other GitLabs.
    #[serde(default)]
    pub gitlab_sources: Vec<GitlabSource>,
}

/// One group of a seed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSeed {
    /// Number; the next free one unless told.
    #[serde(default)]
    pub id: Option<u64>,
    /// Full path, `group/subgroup`.
    pub path: String,
    /// Name people read; the last part of the path unless told.
    #[serde(default)]
    pub name: Option<String>,
    /// Who may see it: everybody, unless told.
    #[serde(default = "public")]
    pub visibility: Visibility,
    /// Access level by username.
    #[serde(default)]
    pub members: BTreeMap<String, u64>,
}

/// One project of a seed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectSeed {
    /// Number.
    pub id: u64,
    /// Full path, `group/project`. Groups nobody named come into being, public and without
    /// members; the first part may be a username.
    pub path: String,
    /// Who may see it: everybody, unless told.
    #[serde(default = "public")]
    pub visibility: Visibility,
    /// When it was made; the beginning of 2026 unless told.
    #[serde(default = "long_ago")]
    pub created_at: Timestamp,
    /// What it is about.
    #[serde(default)]
    pub description: Option<String>,
    /// Access level by username.
    #[serde(default)]
    pub members: BTreeMap<String, u64>,
    /// SPDX name of the licence; `other` for an unknown text.
    #[serde(default)]
    pub licence: Option<String>,
    /// Read only.
    #[serde(default)]
    pub archived: bool,
    /// A pull mirror.
    #[serde(default)]
    pub mirror: bool,
    /// Full path of the project it was forked from; that one comes first.
    #[serde(default)]
    pub forked_from: Option<String>,
    /// `owner/name` of the repository on the sandbox's GitHub that was imported into it.
    #[serde(default)]
    pub imported_from: Option<String>,
    /// Labels.
    #[serde(default)]
    pub labels: Vec<LabelSeed>,
    /// Issues, numbered from 1 in this order.
    #[serde(default)]
    pub issues: Vec<IssueSeed>,
    /// Merge requests, numbered in this order.
    #[serde(default)]
    pub merge_requests: Vec<MergeRequestSeed>,
    /// Pushes.
    #[serde(default)]
    pub pushes: Vec<PushSeed>,
}

/// One merge request of a seed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeRequestSeed {
    /// Title.
    pub title: String,
    /// Username of who opened it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// Username of who merged it.
    #[serde(default)]
    pub merged_by: Option<String>,
    /// When it was merged; it is open unless both are told.
    #[serde(default)]
    pub merged_at: Option<Timestamp>,
}

/// One push of a seed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushSeed {
    /// Username of who pushed.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// How many commits; one unless told.
    #[serde(default = "one")]
    pub commits: u64,
    /// Where to; `main` unless told.
    #[serde(default = "main")]
    pub branch: String,
}

fn public() -> Visibility {
    Visibility::Public
}

/// The beginning of 2026.
fn long_ago() -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap_or_default()
}

fn one() -> u64 {
    1
}

fn main() -> String {
    "main".to_owned()
}

/// One label of a seed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelSeed {
    /// Title.
    pub name: String,
    /// Colour, `#rrggbb`.
    pub color: String,
    /// What it means.
    #[serde(default)]
    pub description: String,
}

/// One issue of a seed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueSeed {
    /// Title.
    pub title: String,
    /// Description in Markdown.
    #[serde(default)]
    pub description: String,
    /// Username of who opened it.
    pub author: String,
    /// Labels, created when the project has none of that title.
    #[serde(default)]
    pub labels: Vec<String>,
}

impl Seed {
    /// Reads a seed file.
    ///
    /// # Errors
    /// What serde says of text that is not JSON, or not of this shape, with line and column.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The token of a user of the default seed: `sandbox-token-of-<username>`, scope `api`.
    pub fn token_of(username: &str) -> String {
        format!("sandbox-token-of-{username}")
    }

    /// A classic token of the default seed's GitHub, without scopes: it reads what is public.
    pub const GITHUB_TOKEN: &str = "sandbox-github-token";

    /// A classic token of the default seed's GitHub with `repo` and `read:org`: it imports.
    pub const GITHUB_IMPORT_TOKEN: &str = "sandbox-github-import-token";

    /// A fine-grained token of the default seed's GitHub; it names no scopes.
    pub const GITHUB_FINE_TOKEN: &str = "sandbox-github-fine-token";

    /// Address of the other GitLab of the default seed.
    pub const OTHER_GITLAB: &str = "https://gitlab.example.org";

    /// The token of the other GitLab of the default seed.
    pub const OTHER_GITLAB_TOKEN: &str = "sandbox-other-gitlab-token";
}

impl ProjectSeed {
    /// A public project with nothing in it.
    pub fn new(id: u64, path: &str) -> Self {
        Self {
            id,
            path: path.to_owned(),
            visibility: Visibility::Public,
            created_at: long_ago(),
            description: None,
            members: BTreeMap::new(),
            licence: None,
            archived: false,
            mirror: false,
            forked_from: None,
            imported_from: None,
            labels: Vec::new(),
            issues: Vec::new(),
            merge_requests: Vec::new(),
            pushes: Vec::new(),
        }
    }
}
