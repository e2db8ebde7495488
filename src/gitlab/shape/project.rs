//! Projects and groups, with what GitLab tells only to some.

use jiff::civil;
use serde::Deserialize;

use super::loose::{Id, When, null_as_default};
use crate::model::{self, LicenceFound, NamespaceKind, ProjectId, ProjectName, Told, Visibility};

/// A project; everything but number and path may be left out.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct ProjectFacts {
    id: Id,
    path_with_namespace: String,
    #[serde(default)]
    visibility: Told<String>,
    #[serde(default)]
    archived: Told<bool>,
    #[serde(default)]
    empty_repo: Told<bool>,
    #[serde(default)]
    marked_for_deletion_on: Told<String>,
    // The older name of the same.
    #[serde(default)]
    marked_for_deletion_at: Told<String>,
    #[serde(default)]
    default_branch: Told<String>,
    #[serde(default)]
    license: Told<License>,
    #[serde(default)]
    forked_from_project: Told<Parent>,
    #[serde(default)]
    mirror: Told<bool>,
    #[serde(default)]
    import_type: Told<String>,
    #[serde(default)]
    namespace: Told<Namespace>,
    last_activity_at: Option<When>,
}

#[derive(Debug, Deserialize)]
struct License {
    key: String,
    #[serde(default, deserialize_with = "null_as_default")]
    name: String,
}

#[derive(Debug, Deserialize)]
struct Parent {
    id: Id,
    #[serde(default, deserialize_with = "null_as_default")]
    path_with_namespace: String,
}

/// A namespace.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct Namespace {
    #[serde(default)]
    kind: Told<String>,
}

impl Namespace {
    pub(in crate::gitlab) fn kind(self) -> Told<NamespaceKind> {
        self.kind.and_then(|kind| match kind.as_str() {
            "group" => Some(NamespaceKind::Group),
            "user" => Some(NamespaceKind::User),
            _ => None,
        })
    }
}

impl From<ProjectFacts> for model::ProjectFacts {
    fn from(project: ProjectFacts) -> Self {
        Self {
            id: ProjectId(project.id.0),
            path: project.path_with_namespace,
            visibility: project.visibility.and_then(visibility),
            archived: project.archived,
            empty: project.empty_repo,
            deletion_on: day(project.marked_for_deletion_on, project.marked_for_deletion_at),
            default_branch: project.default_branch,
            licence: project
                .license
                .and_then(|license| Some(LicenceFound { key: license.key, name: license.name })),
            forked_from: project.forked_from_project.and_then(|parent| {
                Some(ProjectName { id: ProjectId(parent.id.0), path: parent.path_with_namespace })
            }),
            mirror: project.mirror,
            import_type: project.import_type,
            namespace: match project.namespace {
                Told::Is(namespace) => namespace.kind(),
                Told::Nothing | Told::Withheld => Told::Withheld,
            },
            last_activity_at: project.last_activity_at.map(|at| at.0),
        }
    }
}

fn visibility(word: String) -> Option<Visibility> {
    match word.as_str() {
        "public" => Some(Visibility::Public),
        "internal" => Some(Visibility::Internal),
        "private" => Some(Visibility::Private),
        _ => None,
    }
}

/// The day a deletion is due. A mark we can't read is still one.
fn day(on: Told<String>, at: Told<String>) -> Told<civil::Date> {
    let told = if matches!(on, Told::Is(_)) || at.is_withheld() { on } else { at };
    told.and_then(|text| {
        let day = text.get(..10).and_then(|day| day.parse().ok());
        Some(day.unwrap_or(civil::Date::MAX))
    })
}

/// A group.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct GroupFacts {
    id: Id,
    full_path: String,
    #[serde(default)]
    visibility: Told<String>,
    #[serde(default)]
    marked_for_deletion_on: Told<String>,
}

impl From<GroupFacts> for model::GroupFacts {
    fn from(group: GroupFacts) -> Self {
        Self {
            id: group.id.0,
            path: group.full_path,
            visibility: group.visibility.and_then(visibility),
            deletion_on: day(group.marked_for_deletion_on, Told::Withheld),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> model::ProjectFacts {
        serde_json::from_value::<ProjectFacts>(value).unwrap().into()
    }

    #[test]
    fn what_an_answer_leaves_out_is_not_taken_for_no() {
        let bare = json!({ "id": "7", "path_with_namespace": "kiwi/paint" });
        let partial = read(bare.clone());
        assert!(partial.is_partial());
        assert_eq!(partial.licence, Told::Withheld);
        let mut full = bare;
        full["archived"] = json!(false);
        full["empty_repo"] = json!(false);
        full["visibility"] = json!("public");
        full["license"] = json!(null);
        full["namespace"] = json!({ "kind": "group", "full_path": "kiwi" });
        let full = read(full);
        assert!(!full.is_partial());
        assert_eq!(full.licence, Told::Nothing);
        assert_eq!(full.visibility, Told::Is(Visibility::Public));
        assert_eq!(full.namespace, Told::Is(NamespaceKind::Group));
    }

    #[test]
    fn a_mark_for_deletion_is_found_under_either_name_and_in_any_form() {
        let with = |key: &str, value: Value| {
            let mut project = json!({ "id": 7, "path_with_namespace": "kiwi/paint" });
            project[key] = value;
            read(project).deletion_on
        };
        let day = civil::date(2026, 12, 1);
        assert_eq!(with("marked_for_deletion_on", json!("2026-12-01")), Told::Is(day));
        assert_eq!(with("marked_for_deletion_at", json!("2026-12-01T10:00:00Z")), Told::Is(day));
        assert_eq!(with("marked_for_deletion_on", json!(null)), Told::Nothing);
        assert_eq!(with("marked_for_deletion_on", json!("soon")), Told::Is(civil::Date::MAX));
        assert_eq!(with("x", json!(null)), Told::Withheld);
    }
}
