//! What must be known of a destination before it can be judged.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::Serialize;
use url::Url;

use super::CheckId;
use crate::model::{
    Commit, ImportStatus, Listed, MergedRequest, OpenedIssue, ProjectFacts, ProjectId, Push,
    Silence, Username,
};

/// Everything known about one destination of a move, at one moment.
#[derive(Debug, Clone)]
pub struct DestinationFacts {
    /// The GitLab it is on.
    pub host: Url,
    /// Its full path as the tracker's issue has it.
    pub path: String,
    /// Its number, if it was learnt earlier: a project keeps it under every name.
    pub known_id: Option<ProjectId>,
    /// Whether the move stands and falls with it.
    pub is_primary: bool,
    /// As whom its GitLab was asked.
    pub reader: Reader,
    /// What its GitLab says of it.
    pub project: Result<ProjectFacts, Silence>,
    /// From when on work counts; absent when nobody has said, then all native work does.
    pub cutover: Option<Cutover>,
    /// Whether the move is a small one, `size::S`.
    pub is_small: bool,
    /// Whether staff left it out of the count, `kpi::excluded`.
    pub is_excluded: bool,
    /// Projects of the same tracker issue: a fork of one of them is no fork of strangers.
    pub own_projects: BTreeSet<ProjectId>,
    /// Merge requests merged since the cutover.
    pub merged: Listed<MergedRequest>,
    /// Commits on the default branch since the cutover.
    pub commits: Listed<Commit>,
    /// Pushes since the cutover.
    pub pushes: Listed<Push>,
    /// When the first pipeline since the cutover succeeded.
    pub pipeline: Result<Option<Timestamp>, Silence>,
    /// Issues opened lately.
    pub recent_issues: Listed<OpenedIssue>,
    /// The oldest issues.
    pub oldest_issues: Listed<OpenedIssue>,
    /// How many pages the wiki has.
    pub wiki_pages: Result<u64, Silence>,
    /// How the import went, if there was one.
    pub import: Result<ImportStatus, Silence>,
    /// Where the project lived before; absent when the tracker names no place that can be asked.
    pub source: Option<SourceFacts>,
    /// What has moved, by the tracker's issue.
    pub moved: BTreeSet<Scope>,
    /// What stays elsewhere, by the tracker's issue.
    pub stays: BTreeSet<Scope>,
    /// What staff have seen themselves.
    pub attested: BTreeMap<CheckId, Attestation>,
}

/// As whom a GitLab was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// With a token.
    SignedIn,
    /// As everybody.
    Anonymous,
    /// Not at all: the host is not listed, and others are never contacted.
    NotListed,
}

/// From when on work counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cutover {
    /// The moment; work at it counts.
    pub at: Timestamp,
    /// How it is known.
    pub by: CutoverBy,
}

/// How a cutover is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CutoverBy {
    /// The label event that began the wave.
    Label,
    /// The date in the table of waves.
    Wave,
    /// The first merge request written on GitLab.
    FirstRequest,
}

impl Cutover {
    /// The label event wins over the table, the table over the first merge request.
    pub fn of(
        label: Option<Timestamp>,
        wave: Option<civil::Date>,
        first_request: Option<Timestamp>,
    ) -> Option<Self> {
        let day = |date: civil::Date| Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp());
        let by = |by| move |at| Self { at, by };
        label
            .map(by(CutoverBy::Label))
            .or_else(|| wave.and_then(day).map(by(CutoverBy::Wave)))
            .or_else(|| first_request.map(by(CutoverBy::FirstRequest)))
    }
}

/// A part of a project that can move by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The repository and its review.
    Code,
    /// Pipelines.
    Ci,
    /// Issues.
    Issues,
    /// The wiki.
    Wiki,
    /// Packages.
    Packages,
    /// The site.
    Site,
}

impl Scope {
    /// All.
    pub const ALL: [Self; 6] =
        [Self::Code, Self::Ci, Self::Issues, Self::Wiki, Self::Packages, Self::Site];

    /// As the label `scope-…` names it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Ci => "ci",
            Self::Issues => "issues",
            Self::Wiki => "wiki",
            Self::Packages => "packages",
            Self::Site => "site",
        }
    }

    /// Of its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word().eq_ignore_ascii_case(word))
    }
}

/// What is known of the place the project comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFacts {
    /// How people name it: `github.com/kiwi/paint`.
    pub name: String,
    /// Whether it takes no more changes.
    pub archived: Result<bool, Silence>,
    /// When it was last pushed to.
    pub pushed_at: Result<Timestamp, Silence>,
    /// Whether its front page, description or homepage leads to the destination.
    pub points_here: Result<bool, Silence>,
}

/// What a member of staff has seen, where the bot can't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attestation {
    /// Who.
    pub by: Username,
    /// Where it can be seen.
    pub link: String,
}
