//! What was found at one source on GitHub.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::source::GithubRepo;

/// GitHub's own number of a repository. It stays when the repository is renamed or transferred, so
/// it tells whether a name still means what was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GithubRepoId(pub u64);

impl std::fmt::Display for GithubRepoId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One public repository on GitHub as it was found.
///
/// `None` means that GitHub did not say, never zero and never no. Texts are one line of visible
/// characters, at most 200, and still a stranger's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Its two names today.
    pub repo: GithubRepo,
    /// Its number; to be compared before anything is done with the source.
    pub id: GithubRepoId,
    /// The name asked for, when the repository has another one today.
    pub renamed_from: Option<GithubRepo>,
    /// Who owns it.
    pub owner: Option<OwnerKind>,
    /// Set to read-only by its owner.
    pub archived: Option<bool>,
    /// Switched off by GitHub.
    pub disabled: Option<bool>,
    /// Made as a copy of another one.
    pub fork: Option<bool>,
    /// Of which, when that one is public.
    pub parent: Option<GithubRepo>,
    /// What GitHub makes of its licence file.
    pub licence: Licence,
    /// Size of the Git repository in kilobytes, as GitHub last measured it.
    pub size_kb: Option<u64>,
    /// Absent in an empty repository, too.
    pub default_branch: Option<String>,
    /// What it says of itself.
    pub description: Option<String>,
    /// The address of its site, as written there.
    pub homepage: Option<String>,
    /// At most 20.
    pub topics: Vec<String>,
    /// When somebody last pushed.
    pub pushed_at: Option<Timestamp>,
    /// Branches.
    pub branches: Option<u64>,
    /// Tags.
    pub tags: Option<u64>,
    /// Releases; a tag alone is none.
    pub releases: Option<u64>,
    /// Whether issues are switched on.
    pub has_issues: Option<bool>,
    /// Open issues, pull requests not among them.
    pub open_issues: Option<u64>,
    /// Closed issues.
    pub closed_issues: Option<u64>,
    /// Open pull requests.
    pub open_pulls: Option<u64>,
    /// Closed and merged pull requests.
    pub closed_pulls: Option<u64>,
    /// The highest number given to an issue or pull request: there are at most so many. Deleted and
    /// transferred ones count, and so do discussions.
    pub highest_number: Option<u64>,
    /// Authors of commits, those without an account among them.
    pub contributors: Option<u64>,
    /// Whether the wiki is switched on; it may be empty.
    pub wiki: Option<bool>,
    /// Whether discussions are switched on.
    pub discussions: Option<bool>,
    /// Whether GitHub serves pages from it.
    pub pages: Option<bool>,
    /// Workflows of GitHub Actions that are files in the repository.
    pub workflows: Option<u64>,
    /// Whether the name of one of them speaks of packages or container images.
    pub publishes: Option<bool>,
    /// Whether `.gitattributes` names Git LFS.
    pub lfs: Option<bool>,
}

/// Who owns a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    /// One account.
    User,
    /// An organisation.
    Organization,
}

/// What GitHub makes of a repository's licence file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Licence {
    /// There is no file that GitHub takes for one.
    Missing,
    /// There is one, and GitHub can't tell which it is.
    Unrecognised,
    /// Its SPDX identifier: letters, digits, `.`, `-` and `+`.
    Spdx(String),
}

impl Survey {
    /// Whether there is no commit in it.
    pub fn is_empty(&self) -> bool {
        self.branches == Some(0) || (self.default_branch.is_none() && self.size_kb == Some(0))
    }

    /// Issues and pull requests, open and closed: what an import has to carry.
    pub fn items(&self) -> Option<Items> {
        let pulls =
            self.open_pulls.zip(self.closed_pulls).map(|(one, other)| one.saturating_add(other));
        let issues = match self.has_issues {
            Some(false) => Some(0),
            _ => self
                .open_issues
                .zip(self.closed_issues)
                .map(|(one, other)| one.saturating_add(other)),
        };
        match (pulls.zip(issues), self.highest_number) {
            (Some((pulls, issues)), _) => Some(Items::Exactly(pulls.saturating_add(issues))),
            (None, Some(highest)) => Some(Items::AtMost(highest)),
            (None, None) => None,
        }
    }
}

/// How many issues and pull requests there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Items {
    /// Counted.
    Exactly(u64),
    /// Not counted, but never more than this.
    AtMost(u64),
}

impl Items {
    /// The number, whichever it is.
    pub fn number(self) -> u64 {
        match self {
            Self::Exactly(number) | Self::AtMost(number) => number,
        }
    }
}
