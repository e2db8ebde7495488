//! Imports and what became of them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::loose::{Id, When, null_as_default};
use crate::gitlab::imports::ImportTarget;
use crate::gitlab::redact::redact;
use crate::model::{self, ImportState, ProjectId, Told};

/// No text of an exception is kept beyond this many characters.
const MESSAGE_LIMIT: usize = 500;

/// The state of a project's import.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct ImportStatus {
    id: Id,
    #[serde(default, deserialize_with = "null_as_default")]
    path_with_namespace: String,
    #[serde(default, deserialize_with = "null_as_default")]
    import_status: String,
    #[serde(default)]
    import_type: Told<String>,
    import_error: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    failed_relations: Vec<Failure>,
    stats: Option<Stats>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    #[serde(default, deserialize_with = "null_as_default")]
    relation_name: String,
    #[serde(default, deserialize_with = "null_as_default")]
    exception_class: String,
    #[serde(default, deserialize_with = "null_as_default")]
    exception_message: String,
    #[serde(default, deserialize_with = "null_as_default")]
    source: String,
}

#[derive(Debug, Deserialize)]
struct Stats {
    #[serde(default, deserialize_with = "null_as_default")]
    fetched: BTreeMap<String, serde_json::Value>,
    #[serde(default, deserialize_with = "null_as_default")]
    imported: BTreeMap<String, serde_json::Value>,
}

/// GitLab's word for how far an import is.
pub(in crate::gitlab) fn import_state(word: &str) -> ImportState {
    match word {
        "none" => ImportState::None,
        "scheduled" | "created" => ImportState::Scheduled,
        "started" => ImportState::Started,
        "finished" => ImportState::Finished,
        "failed" => ImportState::Failed,
        "canceled" => ImportState::Canceled,
        "timeout" => ImportState::Timeout,
        _ => ImportState::Unknown,
    }
}

impl From<ImportStatus> for model::ImportStatus {
    fn from(status: ImportStatus) -> Self {
        Self {
            project: ProjectId(status.id.0),
            path: status.path_with_namespace,
            state: import_state(&status.import_status),
            import_type: status.import_type,
            error: status.import_error.filter(|error| !error.trim().is_empty()).map(message),
            failures: status.failed_relations.into_iter().map(Into::into).collect(),
            stats: status.stats.and_then(Stats::numbers),
        }
    }
}

impl From<Failure> for model::ImportFailure {
    fn from(failure: Failure) -> Self {
        Self {
            relation: match failure.relation_name.trim() {
                // GitHub's importer names the part of itself that failed instead.
                "" => failure.source.rsplit("::").next().map(message).unwrap_or_default(),
                name => message(name),
            },
            exception: message(failure.exception_class),
            message: message(failure.exception_message),
        }
    }
}

impl Stats {
    /// Absent when GitLab has counted nothing yet.
    fn numbers(self) -> Option<model::ImportStats> {
        let whole = |numbers: BTreeMap<String, serde_json::Value>| -> BTreeMap<String, u64> {
            let number = |value: serde_json::Value| match value {
                serde_json::Value::String(text) => text.parse().ok(),
                other => other.as_u64(),
            };
            numbers.into_iter().filter_map(|(kind, value)| Some((kind, number(value)?))).collect()
        };
        let (fetched, imported) = (whole(self.fetched), whole(self.imported));
        (!fetched.is_empty()).then_some(model::ImportStats { fetched, imported })
    }
}

fn message(text: impl AsRef<str>) -> String {
    redact(text.as_ref()).chars().take(MESSAGE_LIMIT).collect()
}

/// What `POST /import/github` answers.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct ImportStarted {
    id: Id,
    #[serde(default, deserialize_with = "null_as_default")]
    full_path: String,
}

impl From<ImportStarted> for ImportTarget {
    fn from(started: ImportStarted) -> Self {
        let path = started.full_path.trim_start_matches('/').to_owned();
        Self { project: ProjectId(started.id.0), path }
    }
}

/// A direct transfer.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct BulkImport {
    id: Id,
    #[serde(default, deserialize_with = "null_as_default")]
    status: String,
    has_failures: Option<bool>,
    updated_at: Option<When>,
}

impl From<BulkImport> for model::BulkImport {
    fn from(import: BulkImport) -> Self {
        Self {
            id: import.id.0,
            state: import_state(&import.status),
            has_failures: import.has_failures,
            updated_at: import.updated_at.map(|at| at.0),
        }
    }
}

/// One part of a direct transfer.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct BulkEntity {
    id: Id,
    #[serde(default, deserialize_with = "null_as_default")]
    status: String,
    #[serde(default, deserialize_with = "null_as_default")]
    source_full_path: String,
    project_id: Option<Id>,
    has_failures: Option<bool>,
}

impl From<BulkEntity> for model::BulkEntity {
    fn from(entity: BulkEntity) -> Self {
        Self {
            id: entity.id.0,
            state: import_state(&entity.status),
            source_path: entity.source_full_path,
            project: entity.project_id.map(|id| ProjectId(id.0)),
            has_failures: entity.has_failures,
        }
    }
}

/// One failure of a direct transfer.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct BulkFailure {
    #[serde(default, deserialize_with = "null_as_default")]
    relation: String,
    #[serde(default, deserialize_with = "null_as_default")]
    exception_class: String,
    #[serde(default, deserialize_with = "null_as_default")]
    exception_message: String,
}

impl From<BulkFailure> for model::ImportFailure {
    fn from(failure: BulkFailure) -> Self {
        Self {
            relation: message(failure.relation),
            exception: message(failure.exception_class),
            message: message(failure.exception_message),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_documented_answer_is_read_and_its_secrets_are_not_kept() {
        let status: ImportStatus = serde_json::from_value(json!({
            "id": 1, "path_with_namespace": "kiwi/paint", "import_status": "failed",
            "import_type": "github",
            "import_error": "fetch https://mira:ghp_CANARYCANARY@github.com/kiwi/paint.git: 403",
            "failed_relations": [{
                "id": 42, "created_at": "2026-11-20T10:00:00Z", "relation_name": null,
                "exception_class": "Octokit::NotFound", "source": "Gitlab::GithubImport::Importer::PullRequestImporter",
                "exception_message": "GET https://api.github.com/?access_token=CANARY: 404"
            }],
            "stats": { "fetched": { "issue": 10, "note": "20", "label": null }, "imported": {} }
        }))
        .unwrap();
        let status = model::ImportStatus::from(status);
        assert!(!format!("{status:?}").contains("CANARY"), "{status:?}");
        assert_eq!(status.state, ImportState::Failed);
        assert_eq!(status.failures[0].relation, "PullRequestImporter");
        let stats = status.stats.unwrap();
        assert_eq!(
            stats.fetched,
            BTreeMap::from([("issue".to_owned(), 10), ("note".to_owned(), 20)])
        );
        assert!(stats.imported.is_empty());
    }

    #[test]
    fn an_answer_with_the_bare_minimum_is_read_and_an_unknown_word_is_no_state() {
        let read = |value| {
            model::ImportStatus::from(serde_json::from_value::<ImportStatus>(value).unwrap())
        };
        let bare = read(json!({ "id": 1, "import_status": "thawing" }));
        assert_eq!(bare.state, ImportState::Unknown);
        assert_eq!((bare.stats, bare.error, bare.import_type), (None, None, Told::Withheld));
        let empty = read(json!({ "id": 1, "stats": { "fetched": {}, "imported": {} } }));
        assert_eq!(empty.stats, None, "nothing counted yet is not zero");
    }
}
