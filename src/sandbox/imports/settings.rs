//! How imports go: what a test or a demo decides beforehand.

use crate::sandbox::visibility::Visibility;
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// How imports go. Each import takes `end`, `losses`, `visibility` and `placeholder_limit` as they
/// are when it begins.
#[derive(Debug, Clone)]
pub struct ImportSettings {
    /// What makes an import go on.
    pub pace: ImportPace,
    /// How it ends.
    pub end: ImportEnd,
    /// How many things of each kind fail to come over: `issue`, `pull_request`, `note`… Each
    /// leaves a failed relation. Lost `pull_request_merged_by` leave merge requests without
    /// `merged_at`.
    pub losses: BTreeMap<String, u64>,
    /// Who may see the new project, if not who could see the source. A group never shows more
    /// than itself.
    pub visibility: Option<Visibility>,
    /// At most so many placeholder users for one source in one group at the top; the work of
    /// everybody else belongs to one "Import User".
    pub placeholder_limit: Option<u64>,
    /// Whether the administrators allow imports from GitHub; if not, 403.
    pub from_github: bool,
    /// How `POST /import/github` says no.
    pub refusals: ImportRefusals,
}

impl Default for ImportSettings {
    fn default() -> Self {
        Self {
            pace: ImportPace::default(),
            end: ImportEnd::default(),
            losses: BTreeMap::new(),
            visibility: None,
            placeholder_limit: None,
            from_github: true,
            refusals: ImportRefusals::default(),
        }
    }
}

/// What makes imports go on. From `scheduled` to the end an import takes four steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ImportPace {
    /// [`World::advance_import`](crate::sandbox::World::advance_import) and
    /// [`World::advance_bulk_import`](crate::sandbox::World::advance_bulk_import) alone.
    ByHand,
    /// Reading its status, too: one step after each answer.
    #[default]
    ByReading,
    /// The sandbox's clock: one step each time that so much has passed.
    ByClock(SignedDuration),
}

/// How an import ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ImportEnd {
    /// As it should, but for its losses.
    #[default]
    Finished,
    /// With this error.
    Failed(String),
    /// Given up after a day: `failed` for a project, `timeout` for a direct transfer.
    TimedOut,
}

/// How `POST /import/github` refuses who may not import, a bad token, an unknown repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ImportRefusals {
    /// Always 422, with the reason in `errors`: what GitLab's own code does.
    #[default]
    Unprocessable,
    /// 403, 401 and 404: what its documentation lists, and what older ones partly did.
    ByStatus,
}
