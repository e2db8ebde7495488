//! Everything the sandbox knows: accounts, projects, and what waits to be sent.

use super::clock::Clock;
use super::commands::Command;
use super::files::File;
use super::hooks::Hook;
use super::issues::Issue;
use super::labels::Label;
use super::outbox::Outbox;
use super::seed::{ProjectSeed, Seed};
use super::users::{Token, User};
use super::wire::{Outcome, Refusal};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What kind of GitLab the sandbox plays.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Version it names, `19.4.1`.
    pub version: String,
    /// Premium: of labels `a::b` and `a::c`, an issue keeps only the one added last.
    pub scoped_labels_exclusive: bool,
    /// Takes `signing_token`; GitLab before 19.0 ignores it silently.
    pub signing_tokens: bool,
    /// How long a webhook receiver may take.
    pub hook_timeout: Duration,
    /// Disables a hook after four failures in a row.
    pub disables_failing_hooks: bool,
    /// Whether what hooks sent can be asked for: since GitLab 17.3.
    pub hook_events: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: "19.4.1".to_owned(),
            scoped_labels_exclusive: false,
            signing_tokens: true,
            hook_timeout: Duration::from_secs(10),
            disables_failing_hooks: true,
            hook_events: true,
        }
    }
}

/// The state of one sandbox. Reached through [`Sandbox::world`](super::Sandbox::world).
#[derive(Debug)]
pub struct World {
    /// What kind of GitLab this is; may be changed while it runs.
    pub settings: Settings,
    /// Its clock.
    pub clock: Clock,
    pub(super) base_url: String,
    pub(super) users: BTreeMap<u64, User>,
    pub(super) tokens: Vec<Token>,
    pub(super) projects: BTreeMap<u64, Project>,
    pub(super) outbox: Outbox,
    pub(super) executed: Vec<Command>,
    pub(super) rng: fastrand::Rng,
    /// Chain of the request at work, and the hooks each chain has fired.
    pub(super) chain: Option<String>,
    pub(super) chains: BTreeMap<String, BTreeSet<u64>>,
    last_id: u64,
}

/// One project.
#[derive(Debug, Clone)]
pub(super) struct Project {
    pub(super) id: u64,
    /// Full path, `group/project`.
    pub(super) path: String,
    pub(super) name: String,
    pub(super) public: bool,
    /// Access level by user number.
    pub(super) members: BTreeMap<u64, u64>,
    pub(super) labels: Vec<Label>,
    /// By iid.
    pub(super) issues: BTreeMap<u64, Issue>,
    pub(super) hooks: Vec<Hook>,
    /// Repository files of the default branch, by path.
    pub(super) files: BTreeMap<String, File>,
}

impl World {
    pub(super) fn new(base_url: String, settings: Settings, clock: Clock) -> Self {
        Self {
            settings,
            clock,
            base_url,
            users: BTreeMap::new(),
            tokens: Vec::new(),
            projects: BTreeMap::new(),
            outbox: Outbox::default(),
            executed: Vec::new(),
            rng: fastrand::Rng::with_seed(7),
            chain: None,
            chains: BTreeMap::new(),
            last_id: 1000,
        }
    }

    pub(super) fn plant(&mut self, seed: Seed) -> Outcome<()> {
        self.users.extend(seed.users.into_iter().map(|user| (user.id, user)));
        self.tokens.extend(seed.tokens);
        for project in seed.projects {
            self.plant_project(project)?;
        }
        Ok(())
    }

    fn plant_project(&mut self, seed: ProjectSeed) -> Outcome<()> {
        let id = seed.id;
        let mut members = BTreeMap::new();
        for (username, level) in seed.members {
            let user = self.user_named(&username).ok_or_else(|| Refusal::not_found("User"))?;
            members.insert(user.id, level);
        }
        let project = Project {
            id,
            name: seed.path.rsplit('/').next().unwrap_or_default().to_owned(),
            path: seed.path,
            public: seed.public,
            members,
            labels: Vec::new(),
            issues: BTreeMap::new(),
            hooks: Vec::new(),
            files: BTreeMap::new(),
        };
        self.projects.insert(id, project);
        for label in seed.labels {
            self.create_label(id, &label.name, &label.color, &label.description)?;
        }
        for issue in seed.issues {
            let author = self.user_named(&issue.author).map(|user| user.id);
            let author = author.ok_or_else(|| Refusal::not_found("User"))?;
            let draft = super::issues::Draft {
                title: issue.title,
                description: issue.description,
                labels: issue.labels,
                ..super::issues::Draft::default()
            };
            self.open_issue(id, author, draft)?;
        }
        Ok(())
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id = self.last_id.saturating_add(1);
        self.last_id
    }

    /// A random UUID, the same ones in every run.
    pub(super) fn uuid(&mut self) -> String {
        let hex = format!("{:032x}", self.rng.u128(..));
        let part = |range| hex.get(range).unwrap_or_default();
        let (a, b, c, d) = (part(0..8), part(8..12), part(13..16), part(17..20));
        format!("{a}-{b}-4{c}-8{d}-{}", part(20..32))
    }

    /// The project with this number or full path, if this user may know of it.
    pub(super) fn project_id(&self, name: &str, user: Option<u64>) -> Outcome<u64> {
        let found = match name.parse() {
            Ok(id) => self.projects.get(&id),
            Err(_) => self.projects.values().find(|p| p.path.eq_ignore_ascii_case(name)),
        };
        found
            .filter(|project| project.public || self.level(project, user) > 0)
            .map(|project| project.id)
            .ok_or_else(|| Refusal::not_found("Project"))
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

    pub(super) fn project_json(&self, project: &Project, user: Option<u64>) -> Value {
        let url = format!("{}/{}", self.base_url, project.path);
        let namespace = project.path.rsplit_once('/').map_or("", |(group, _)| group);
        let level = self.level(project, user);
        let access = (level > 0).then(|| json!({ "access_level": level, "notification_level": 3 }));
        let mut value = json!({
            "id": project.id,
            "name": project.name,
            "name_with_namespace": format!("{namespace} / {}", project.name),
            "path": project.name,
            "path_with_namespace": project.path,
            "description": null,
            "default_branch": "main",
            "visibility": if project.public { "public" } else { "private" },
            "web_url": url,
            "http_url_to_repo": format!("{url}.git"),
            "namespace": { "id": 1, "kind": "group", "path": namespace, "full_path": namespace },
            "created_at": "2026-01-01T00:00:00.000Z",
            "last_activity_at": "2026-01-01T00:00:00.000Z",
            "archived": false,
            "empty_repo": project.files.is_empty(),
            "issues_enabled": true,
            "issues_access_level": "enabled",
            "import_status": "none",
            "permissions": { "project_access": access, "group_access": null },
        });
        if level >= super::users::MAINTAINER
            && let Some(map) = value.as_object_mut()
        {
            map.insert("import_type".to_owned(), Value::Null);
            map.insert("import_url".to_owned(), Value::Null);
            map.insert("import_error".to_owned(), Value::Null);
        }
        value
    }

    /// The quick actions that were executed, oldest first: what a bot must keep empty.
    pub fn executed_commands(&self) -> &[Command] {
        &self.executed
    }
}

impl Project {
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
            "description": null,
            "web_url": url,
            "avatar_url": null,
            "git_ssh_url": null,
            "git_http_url": format!("{url}.git"),
            "namespace": self.path.rsplit_once('/').map_or("", |(group, _)| group),
            "visibility_level": if self.public { 20 } else { 0 },
            "path_with_namespace": self.path,
            "default_branch": "main",
            "homepage": url,
            "url": format!("{url}.git"),
        })
    }
}
