//! One check: its name, how it ended, and why.

use serde::Serialize;

use super::DestinationFacts;

/// The name of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum CheckId {
    /// It is there, and public.
    V1,
    /// It is alive: not empty, not archived, not about to be deleted.
    V2,
    /// Its licence is open.
    V3,
    /// It is no fork of somebody else's project.
    V4,
    /// It does not pull from another place.
    V5,
    /// It is neither a rehearsal nor made from a template, and staff count it.
    V6,
    /// People work in it.
    V7,
    /// It is the home: the source is closed, or points here.
    V8,
    /// What is said to have moved has.
    V9,
}

impl CheckId {
    /// All, in order.
    pub const ALL: [Self; 9] =
        [Self::V1, Self::V2, Self::V3, Self::V4, Self::V5, Self::V6, Self::V7, Self::V8, Self::V9];

    /// What it looks at, in a word or two.
    pub fn title(self) -> &'static str {
        match self {
            Self::V1 => "public",
            Self::V2 => "alive",
            Self::V3 => "open licence",
            Self::V4 => "no fork",
            Self::V5 => "no mirror",
            Self::V6 => "no rehearsal",
            Self::V7 => "people at work",
            Self::V8 => "canonical home",
            Self::V9 => "scope",
        }
    }

    /// Whether staff may know better than GitLab: an exception that the program grants, a licence
    /// that somebody has read, a home that a source does not point to.
    pub(super) fn yields_to_staff(self) -> bool {
        matches!(self, Self::V1 | Self::V3 | Self::V8)
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// Nobody can tell.
    Unknown,
}

/// One check and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which.
    pub id: CheckId,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, as one sentence of Markdown; values of strangers stand in code spans.
    pub reason: String,
    /// Where to look; absent when there is no place.
    pub evidence: Option<String>,
    /// Whether it holds by the word of staff.
    pub is_attested: bool,
}

/// What one check finds, before it has a name.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) outcome: Outcome,
    pub(super) reason: String,
    pub(super) evidence: Evidence,
    pub(super) is_attested: bool,
}

/// Where something can be seen.
#[derive(Debug)]
pub(super) enum Evidence {
    /// Nowhere.
    None,
    /// The project's own page, with this behind its address.
    Page(&'static str),
    /// At this address.
    Elsewhere(String),
}

impl Found {
    pub(super) fn new(outcome: Outcome, reason: impl Into<String>) -> Self {
        Self { outcome, reason: reason.into(), evidence: Evidence::None, is_attested: false }
    }

    pub(super) fn pass(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Pass, reason)
    }

    pub(super) fn fail(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Fail, reason)
    }

    pub(super) fn unknown(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Unknown, reason)
    }

    /// To be seen on a page of the project.
    pub(super) fn at(self, page: &'static str) -> Self {
        Self { evidence: Evidence::Page(page), ..self }
    }

    pub(super) fn check(self, facts: &DestinationFacts, id: CheckId) -> Check {
        let evidence = match self.evidence {
            Evidence::None => None,
            Evidence::Elsewhere(link) => Some(link),
            Evidence::Page(page) => facts.project.as_ref().ok().map(|project| {
                let host = facts.host.as_str().trim_end_matches('/');
                format!("{host}/{}{page}", project.path)
            }),
        };
        Check {
            id,
            outcome: self.outcome,
            reason: self.reason,
            evidence,
            is_attested: self.is_attested,
        }
    }
}
