//! What GitLab says of a project that a community works in, and of the group it is in.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil};
use serde::Serialize;

use super::{ProjectId, Silence, Told};

/// Who can see a project or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Everybody with an account.
    Internal,
    /// Members.
    Private,
}

/// What a namespace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NamespaceKind {
    /// A group or subgroup.
    Group,
    /// A person's own.
    User,
}

/// The licence GitLab has found in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LicenceFound {
    /// Mostly an SPDX identifier in lower case, `gpl-3.0`; `other` for a text GitLab doesn't know.
    pub key: String,
    /// For people.
    pub name: String,
}

/// One project, with what GitLab tells only to some left open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectFacts {
    /// Its number: it survives a new name and a new group.
    pub id: ProjectId,
    /// Its full path, `group/project`.
    pub path: String,
    /// Who can see it.
    pub visibility: Told<Visibility>,
    /// Whether it is read-only for everybody.
    pub archived: Told<bool>,
    /// Whether it has no commit.
    pub empty: Told<bool>,
    /// When it will be deleted. GitLab without delayed deletion never tells.
    pub deletion_on: Told<civil::Date>,
    /// Where development happens.
    pub default_branch: Told<String>,
    /// Told only when it was asked for, as a single project is.
    pub licence: Told<LicenceFound>,
    /// What it is a fork of. A complete answer has no such field for one that is no fork, and for a
    /// fork of something this reader may not see.
    pub forked_from: Told<ProjectName>,
    /// Whether it pulls from another place. Left out where the plan has no mirroring.
    pub mirror: Told<bool>,
    /// What it was imported from, `github`; told to maintainers only.
    pub import_type: Told<String>,
    /// What kind of namespace it is in.
    pub namespace: Told<NamespaceKind>,
    /// When something last happened in it.
    pub last_activity_at: Option<Timestamp>,
}

impl ProjectFacts {
    /// Whether the answer was made for a reader who may not see everything, as one without a token.
    pub fn is_partial(&self) -> bool {
        self.archived.is_withheld() && self.empty.is_withheld()
    }
}

/// A project named by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectName {
    /// Its number.
    pub id: ProjectId,
    /// Its full path.
    pub path: String,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupFacts {
    /// Its number.
    pub id: u64,
    /// Its full path.
    pub path: String,
    /// Who can see it.
    pub visibility: Told<Visibility>,
    /// When it will be deleted.
    pub deletion_on: Told<civil::Date>,
}

/// What can be counted on both sides of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Countable {
    /// Branches.
    Branches,
    /// Tags.
    Tags,
    /// Releases.
    Releases,
    /// Labels, the project's own.
    Labels,
    /// Milestones, open and closed.
    Milestones,
    /// Issues that are open.
    OpenIssues,
    /// Issues that are closed.
    ClosedIssues,
    /// Merge or pull requests that are open.
    OpenRequests,
    /// Those that were closed without a merge.
    ClosedRequests,
    /// Those that were merged.
    MergedRequests,
    /// Pages of the wiki.
    WikiPages,
}

impl Countable {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::Branches,
        Self::Tags,
        Self::Releases,
        Self::Labels,
        Self::Milestones,
        Self::OpenIssues,
        Self::ClosedIssues,
        Self::OpenRequests,
        Self::ClosedRequests,
        Self::MergedRequests,
        Self::WikiPages,
    ];
}

/// How many there are of each on one side; what is not here was not asked.
pub type Counts = BTreeMap<Countable, Result<u64, Silence>>;
