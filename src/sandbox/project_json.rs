//! A project as the REST API shows it: little to visitors, more to who is signed in, how it was
//! imported only to its maintainers.

use super::clock::iso;
use super::imports::{ImportStatus, Origin};
use super::licences;
use super::projects::Project;
use super::users::{Asker, MAINTAINER, REPORTER};
use super::wire::{Answer, Call, Outcome};
use super::world::World;
use serde_json::{Map, Value, json};

impl World {
    /// `GET /projects/:id`.
    pub(super) fn project_answer(&self, call: &Call, asker: &Asker, id: u64) -> Outcome {
        let project = self.project(id)?;
        let with_licence = call.params.flag("license")?.unwrap_or(false);
        let mut value = match asker.id() {
            None => self.basic_project_json(project, with_licence),
            Some(user) => {
                let mut value = self.full_project_json(project, Some(user));
                extend(&mut value, self.with_access(project, user));
                if with_licence {
                    extend(&mut value, self.licence_json(project));
                }
                value
            }
        };
        let counted = call.params.flag("statistics")?.unwrap_or(false);
        if counted && self.level(project, asker.id()) >= REPORTER {
            extend(&mut value, json!({ "statistics": statistics(project) }));
        }
        Ok(Answer::ok(&value))
    }

    /// What a visitor sees.
    pub(super) fn basic_project_json(&self, project: &Project, with_licence: bool) -> Value {
        let url = format!("{}/{}", self.base_url, project.path);
        let host = self.base_url.rsplit('/').next().unwrap_or_default();
        let branch = &project.repository.default_branch;
        let readme = project.files.keys().find(|path| path.to_lowercase().starts_with("readme"));
        let forks = self.projects.values().filter(|p| p.forked_from == Some(project.id)).count();
        let mut value = json!({
            "id": project.id,
            "description": project.description,
            "name": project.name,
            "name_with_namespace":
                format!("{} / {}", self.full_name(project.namespace), project.name),
            "path": project.slug(),
            "path_with_namespace": project.path,
            "created_at": iso(project.created_at),
            "default_branch": branch,
            "tag_list": [],
            "topics": [],
            "ssh_url_to_repo": format!("git@{host}:{}.git", project.path),
            "http_url_to_repo": format!("{url}.git"),
            "web_url": url,
            "readme_url": readme.map(|path| format!("{url}/-/blob/{branch}/{path}")),
            "forks_count": forks,
            "avatar_url": null,
            "star_count": 0,
            "last_activity_at": iso(project.last_activity()),
            "visibility": project.visibility.name(),
            "namespace": self.namespace(project.namespace).ok().map(|n| self.namespace_json(n)),
        });
        if with_licence {
            extend(&mut value, self.licence_json(project));
        }
        value
    }

    fn licence_json(&self, project: &Project) -> Value {
        let file = project.licence.is_some().then(|| {
            let branch = &project.repository.default_branch;
            format!("{}/{}/-/blob/{branch}/LICENSE", self.base_url, project.path)
        });
        let licence = project.licence.as_deref().map(licences::on_gitlab);
        json!({ "license": licence, "license_url": file })
    }

    /// What somebody who is signed in sees.
    pub(super) fn full_project_json(&self, project: &Project, user: Option<u64>) -> Value {
        let api = format!("{}/api/v4/projects/{}", self.base_url, project.id);
        let level = self.level(project, user);
        let open = project.issues.values().filter(|issue| issue.open).count();
        let mut value = self.basic_project_json(project, false);
        extend(
            &mut value,
            json!({
                "_links": {
                    "self": api,
                    "issues": format!("{api}/issues"),
                    "merge_requests": format!("{api}/merge_requests"),
                    "repo_branches": format!("{api}/repository/branches"),
                    "labels": format!("{api}/labels"),
                    "events": format!("{api}/events"),
                    "members": format!("{api}/members"),
                },
                "marked_for_deletion_at": project.marked_for_deletion_on.map(|d| d.to_string()),
                "marked_for_deletion_on": project.marked_for_deletion_on.map(|d| d.to_string()),
                "packages_enabled": true,
                "empty_repo": project.repository.is_empty(),
                "archived": project.archived,
                "resolve_outdated_diff_discussions": false,
                "issues_enabled": true,
                "merge_requests_enabled": true,
                "wiki_enabled": true,
                "jobs_enabled": true,
                "snippets_enabled": true,
                "can_create_merge_request_in": user.is_some(),
                "issues_access_level": "enabled",
                "repository_access_level": "enabled",
                "merge_requests_access_level": "enabled",
                "forking_access_level": "enabled",
                "wiki_access_level": "enabled",
                "builds_access_level": "enabled",
                "shared_runners_enabled": true,
                "lfs_enabled": true,
                "creator_id": project.creator,
                "import_status": project.import_status().name(),
                "open_issues_count": open,
                "public_jobs": true,
                "shared_with_groups": [],
                "only_allow_merge_if_pipeline_succeeds": false,
                "request_access_enabled": true,
                "merge_method": "merge",
                "squash_option": "default_off",
                "autoclose_referenced_issues": true,
            }),
        );
        let owner = self.namespace(project.namespace).ok().and_then(|place| place.owner);
        if let Some(owner) = owner {
            extend(&mut value, json!({ "owner": self.brief(owner) }));
        }
        if let Some(parent) = project.forked_from.and_then(|id| self.projects.get(&id))
            && self.sees_project(parent, user)
        {
            let parent = self.basic_project_json(parent, false);
            extend(&mut value, json!({ "forked_from_project": parent }));
        }
        if self.settings.mirroring {
            extend(&mut value, json!({ "mirror": project.mirror }));
        }
        if level >= MAINTAINER {
            extend(&mut value, self.import_facts(project));
        }
        value
    }

    /// How the project came to be; for its maintainers.
    fn import_facts(&self, project: &Project) -> Value {
        let import = project.import.as_ref();
        json!({
            "import_type": import.map(|import| import.origin.import_type()),
            "import_url": import.map(|import| &import.url),
            "import_error": import.and_then(|import| import.error.as_deref()),
        })
    }

    /// `permissions`: what the asker's roles are, by themselves and through a group.
    fn with_access(&self, project: &Project, user: u64) -> Value {
        let access = |level: u64| {
            (level > 0).then(|| json!({ "access_level": level, "notification_level": 3 }))
        };
        let own = project.members.get(&user).copied().unwrap_or(0);
        let group = self.membership(project.namespace, user);
        json!({ "permissions": { "project_access": access(own), "group_access": access(group) } })
    }
}

impl Project {
    /// Where an import of it stands. A fork counts as finished, though it has no type.
    pub(super) fn import_status(&self) -> ImportStatus {
        match &self.import {
            Some(import) => import.status(),
            None if self.forked_from.is_some() => ImportStatus::Finished,
            None => ImportStatus::None,
        }
    }
}

impl Origin {
    /// `import_type` in answers.
    pub(super) fn import_type(self) -> Option<&'static str> {
        match self {
            Self::Native => None,
            Self::Github => Some("github"),
            Self::GitlabMigration => Some("gitlab_project_migration"),
        }
    }
}

fn statistics(project: &Project) -> Value {
    let size = project.files.values().map(|file| file.content.len()).sum::<usize>();
    json!({
        "commit_count": project.repository.commits.len(),
        "storage_size": size,
        "repository_size": size,
        "wiki_size": 0,
        "lfs_objects_size": 0,
        "job_artifacts_size": 0,
        "pipeline_artifacts_size": 0,
        "packages_size": 0,
        "snippets_size": 0,
        "uploads_size": 0,
        "container_registry_size": 0,
    })
}

/// Adds the fields of one object to another.
pub(super) fn extend(value: &mut Value, more: Value) {
    if let (Some(map), Value::Object(more)) = (value.as_object_mut(), more) {
        let more: Map<String, Value> = more;
        map.extend(more);
    }
}
