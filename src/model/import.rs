//! What GitLab says of an import.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{ProjectId, Told};

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// There is none.
    None,
    /// It waits for its turn.
    Scheduled,
    /// It runs.
    Started,
    /// It ended, perhaps with failures.
    Finished,
    /// It ended badly.
    Failed,
    /// Somebody ended it.
    Canceled,
    /// GitLab ended it because it took too long.
    Timeout,
    /// A word this Landfall does not know.
    Unknown,
}

/// One import as GitLab tells it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportStatus {
    /// Into which project.
    pub project: ProjectId,
    /// That project's full path.
    pub path: String,
    /// How far it is.
    pub state: ImportState,
    /// `github`, `gitlab_project`, `gitlab_project_migration`, `git`…
    pub import_type: Told<String>,
    /// Why it failed, in GitLab's words; secrets are taken out.
    pub error: Option<String>,
    /// What it could not bring over; GitLab tells the first 100 only.
    pub failures: Vec<ImportFailure>,
    /// What was found and brought over so far, by kind; GitHub imports only.
    pub stats: Option<ImportStats>,
}

/// One thing an import could not bring over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportFailure {
    /// What kind of thing, `pull_requests`; empty when GitLab does not say.
    pub relation: String,
    /// The class of the exception, `ActiveRecord::RecordInvalid`.
    pub exception: String,
    /// Its text; secrets are taken out.
    pub message: String,
}

/// Numbers by kind of object, `issue`, `pull_request`, `note`…
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ImportStats {
    /// Found in the source so far.
    pub fetched: BTreeMap<String, u64>,
    /// Brought over so far.
    pub imported: BTreeMap<String, u64>,
}

/// One migration by direct transfer, from GitLab to GitLab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BulkImport {
    /// Its number.
    pub id: u64,
    /// How far it is.
    pub state: ImportState,
    /// Whether something could not be brought over; absent before GitLab 16.
    pub has_failures: Option<bool>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
}

/// One group or project of a [`BulkImport`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BulkEntity {
    /// Its number.
    pub id: u64,
    /// How far it is.
    pub state: ImportState,
    /// Its full path in the source.
    pub source_path: String,
    /// The project it became, when it is a project and there is one yet.
    pub project: Option<ProjectId>,
    /// Whether something could not be brought over.
    pub has_failures: Option<bool>,
}
