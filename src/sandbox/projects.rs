//! Projects: what belongs to one, and how one is found.

use super::events::Event;
use super::files::File;
use super::hooks::Hook;
use super::imports::Import;
use super::issues::Issue;
use super::labels::Label;
use super::merge_requests::MergeRequest;
use super::milestones::Milestone;
use super::pipelines::Pipeline;
use super::repository::Repository;
use super::visibility::Visibility;
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One project.
#[derive(Debug, Clone)]
pub(super) struct Project {
    pub(super) id: u64,
    pub(super) namespace: u64,
    /// Full path, `group/project`.
    pub(super) path: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) visibility: Visibility,
    pub(super) created_at: Timestamp,
    pub(super) creator: Option<u64>,
    pub(super) archived: bool,
    pub(super) marked_for_deletion_on: Option<Date>,
    /// SPDX name of what the licence file says; `other` for a text nobody knows.
    pub(super) licence: Option<String>,
    pub(super) forked_from: Option<u64>,
    /// Pulls from another place.
    pub(super) mirror: bool,
    pub(super) import: Option<Import>,
    /// Access level by user number.
    pub(super) members: BTreeMap<u64, u64>,
    pub(super) labels: Vec<Label>,
    pub(super) milestones: Vec<Milestone>,
    /// By iid.
    pub(super) issues: BTreeMap<u64, Issue>,
    /// By iid.
    pub(super) merge_requests: BTreeMap<u64, MergeRequest>,
    pub(super) hooks: Vec<Hook>,
    /// Repository files of the default branch, by path.
    pub(super) files: BTreeMap<String, File>,
    pub(super) repository: Repository,
    pub(super) pipelines: Vec<Pipeline>,
    pub(super) events: Vec<Event>,
    /// Titles of the wiki's pages.
    pub(super) wiki_pages: Vec<String>,
}

/// What a new project is.
#[derive(Debug, Clone)]
pub(super) struct NewProject {
    pub(super) id: Option<u64>,
    pub(super) namespace: u64,
    /// Last part of its path.
    pub(super) slug: String,
    pub(super) visibility: Visibility,
    pub(super) created_at: Timestamp,
    pub(super) creator: Option<u64>,
}

/// Where a name leads.
pub(super) enum Found {
    /// To this project.
    Here(u64),
    /// To this project, under a path it has no more.
    Moved(u64),
}

impl World {
    /// The project with this number or full path, if this user may know of it.
    pub(super) fn find_project(&self, name: &str, user: Option<u64>) -> Outcome<Found> {
        let found = match name.parse() {
            Ok(id) => self.projects.get(&id).map(|project| Found::Here(project.id)),
            Err(_) => match self.project_at(name) {
                Some(project) => Some(Found::Here(project.id)),
                None => self.moved.get(&name.to_lowercase()).copied().map(Found::Moved),
            },
        };
        let is_seen = |found: &Found| {
            let (Found::Here(id) | Found::Moved(id)) = found;
            self.projects.get(id).is_some_and(|project| self.sees_project(project, user))
        };
        found.filter(is_seen).ok_or_else(|| Refusal::not_found("Project"))
    }

    /// As [`World::find_project`], whatever its path was called.
    pub(super) fn project_id(&self, name: &str, user: Option<u64>) -> Outcome<u64> {
        let (Found::Here(id) | Found::Moved(id)) = self.find_project(name, user)?;
        Ok(id)
    }

    pub(super) fn project_at(&self, path: &str) -> Option<&Project> {
        self.projects.values().find(|project| project.path.eq_ignore_ascii_case(path))
    }

    pub(super) fn sees_project(&self, project: &Project, user: Option<u64>) -> bool {
        project.visibility.admits(user.is_some()) || self.level(project, user) > 0
    }

    /// What a call under an old path is answered: reads are sent on to the number, writes refused.
    pub(super) fn send_on(&self, call: &Call, project: u64) -> Outcome {
        if call.method != "GET" {
            let text = "Non GET methods are not allowed for moved projects";
            return Err(Refusal::message(405, text));
        }
        let rest: Vec<&str> = call.path.split('/').skip(5).collect();
        let mut to = format!("{}/api/v4/projects/{project}", self.base_url);
        for part in rest {
            to.push('/');
            to.push_str(part);
        }
        if !call.raw_query.is_empty() {
            to.push('?');
            to.push_str(&call.raw_query);
        }
        let text = format!("This resource has been moved permanently to {to}");
        let mut answer = Answer::json(301, &json!({ "message": text }));
        answer.headers.push(("location", to));
        Ok(answer)
    }

    pub(super) fn project(&self, id: u64) -> Outcome<&Project> {
        self.projects.get(&id).ok_or_else(|| Refusal::not_found("Project"))
    }

    pub(super) fn project_mut(&mut self, id: u64) -> Outcome<&mut Project> {
        self.projects.get_mut(&id).ok_or_else(|| Refusal::not_found("Project"))
    }

    /// Refuses with 403 below this access level.
    pub(super) fn require(&self, project: u64, user: Option<u64>, level: u64) -> Outcome<()> {
        let project = self.project(project)?;
        if self.level(project, user) >= level { Ok(()) } else { Err(Refusal::forbidden()) }
    }

    /// Makes an empty project.
    pub(super) fn add_project(&mut self, new: NewProject) -> Outcome<u64> {
        let namespace = self.namespace(new.namespace)?;
        let path = format!("{}/{}", namespace.path, new.slug);
        let taken = self.project_at(&path).is_some() || self.namespace_at(&path).is_some();
        if taken || new.id.is_some_and(|id| self.projects.contains_key(&id)) {
            let body = json!({ "message": { "path": ["has already been taken"] } });
            return Err(Refusal { status: 400, body });
        }
        let id = new.id.unwrap_or_else(|| self.next_id());
        self.moved.remove(&path.to_lowercase());
        let project = Project {
            id,
            namespace: new.namespace,
            path,
            name: new.slug,
            description: None,
            visibility: new.visibility,
            created_at: new.created_at,
            creator: new.creator,
            archived: false,
            marked_for_deletion_on: None,
            licence: None,
            forked_from: None,
            mirror: false,
            import: None,
            members: BTreeMap::new(),
            labels: Vec::new(),
            milestones: Vec::new(),
            issues: BTreeMap::new(),
            merge_requests: BTreeMap::new(),
            hooks: Vec::new(),
            files: BTreeMap::new(),
            repository: Repository::default(),
            pipelines: Vec::new(),
            events: Vec::new(),
            wiki_pages: Vec::new(),
        };
        self.projects.insert(id, project);
        Ok(id)
    }

    /// Gives a project another path; the old one leads to it from then on.
    pub(super) fn set_path(&mut self, id: u64, namespace: u64, slug: &str) -> Outcome<()> {
        let path = format!("{}/{slug}", self.namespace(namespace)?.path);
        if self.project_at(&path).is_some_and(|other| other.id != id) {
            return Err(Refusal::message(400, "Path has already been taken"));
        }
        self.moved.remove(&path.to_lowercase());
        let project = self.project_mut(id)?;
        let old = std::mem::replace(&mut project.path, path);
        project.namespace = namespace;
        self.moved.insert(old.to_lowercase(), id);
        Ok(())
    }

    /// Members of a project by user number, those of its groups among them.
    pub(super) fn members_of(&self, project: &Project) -> BTreeMap<u64, u64> {
        let groups = self.upwards(project.namespace).filter(|group| group.owner.is_none());
        let given = project.members.keys().chain(groups.flat_map(|group| group.members.keys()));
        given.map(|user| (*user, self.role_in(project, *user))).collect()
    }
}

impl Project {
    /// The last part of its path.
    pub(super) fn slug(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// When something last happened in it.
    pub(super) fn last_activity(&self) -> Timestamp {
        let latest = self.events.iter().map(|event| event.at).max();
        latest.unwrap_or(self.created_at).max(self.created_at)
    }

    pub(super) fn issue(&self, iid: u64) -> Outcome<&Issue> {
        self.issues.get(&iid).ok_or_else(|| Refusal::not_found("Issue"))
    }

    pub(super) fn issue_mut(&mut self, iid: u64) -> Outcome<&mut Issue> {
        self.issues.get_mut(&iid).ok_or_else(|| Refusal::not_found("Issue"))
    }

    pub(super) fn label_titled(&self, title: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.title == title)
    }

    pub(super) fn label(&self, id: u64) -> Option<&Label> {
        self.labels.iter().find(|label| label.id == id)
    }

    /// As it stands in a webhook.
    pub(super) fn in_hook(&self, base_url: &str) -> Value {
        let url = format!("{base_url}/{}", self.path);
        json!({
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "web_url": url,
            "avatar_url": null,
            "git_ssh_url": null,
            "git_http_url": format!("{url}.git"),
            "namespace": self.path.rsplit_once('/').map_or("", |(group, _)| group),
            "visibility_level": self.visibility.level(),
            "path_with_namespace": self.path,
            "default_branch": self.repository.default_branch,
            "homepage": url,
            "url": format!("{url}.git"),
        })
    }
}
