//! `POST /import/github` and its cancellation.

use super::{ImportRefusals, NewImport, Origin, Stages};
use crate::sandbox::github::{GithubRefusal, GithubRepo};
use crate::sandbox::project_json::extend;
use crate::sandbox::projects::Project;
use crate::sandbox::users::{Asker, MAINTAINER, OWNER};
use crate::sandbox::wire::{Answer, Call, Outcome, Refusal};
use crate::sandbox::world::World;
use serde_json::{Value, json};

const NO_ACCESS: &str = "Your GitHub personal access token does not have read access to the \
    repository. Please use a classic GitHub personal access token with the `repo` scope. \
    Fine-grained tokens are not supported.";
const NO_COLLABORATORS: &str = "Your GitHub personal access token does not have read access to \
    collaborators. Please use a classic GitHub personal access token with the `read:org` scope. \
    Fine-grained tokens are not supported.";

impl World {
    /// Begins an import: the project is there at once, and waits.
    pub(in crate::sandbox) fn import_from_github(&mut self, call: &Call, asker: &Asker) -> Outcome {
        let user = asker.user()?.id;
        let params = &call.params;
        let token = params.text("personal_access_token");
        let token = token.ok_or_else(|| Refusal::bad("personal_access_token is missing"))?;
        params.required("repo_id")?;
        let repo = params.number("repo_id")?.unwrap_or(0);
        let target = params.required("target_namespace")?;
        let host = params.text("github_hostname").unwrap_or_default();
        if !(host.is_empty() || host.starts_with("https://")) {
            return Err(Refusal::errors(400, &format!("Invalid URL: {host}")));
        }
        let Some(place) = self.namespace_at(&target) else {
            let text = "Namespace or group to import repository into does not exist.";
            return Err(Refusal::errors(422, text));
        };
        let namespace = place.id;
        if self.namespace_level(namespace, user) < MAINTAINER {
            let text = "You are not allowed to import projects in this namespace.";
            return Err(self.refused(Refusal::forbidden(), text));
        }
        let stages = params.within("optional_stages");
        let stages = Stages {
            all_notes: stages.flag("single_endpoint_notes_import")?.unwrap_or(false),
            attachments: stages.flag("attachments_import")?.unwrap_or(false),
            collaborators: stages.flag("collaborators_import")?.unwrap_or(false),
        };
        let repo = self.source_on_github(repo, &token)?;
        if stages.collaborators && !self.github.reads_members(&token) {
            return Err(Refusal::errors(422, NO_COLLABORATORS));
        }
        if !self.settings.imports.from_github {
            let body = json!({ "errors": ["github import source is disabled"] });
            return Err(Refusal { status: 403, body });
        }
        let slug = params.text("new_name").filter(|name| !name.trim().is_empty());
        let slug = slug.unwrap_or_else(|| repo.name().to_owned());
        self.free_path(namespace, &slug)?;
        let new = NewImport {
            origin: Origin::Github,
            url: format!("https://github.com/{}.git", repo.path),
            source: repo.source(),
            stages,
            user,
            at: self.clock.now(),
            correlation_id: self.uuid().replace('-', ""),
        };
        let project = self.begin_import(namespace, &slug, new)?;
        let mut value = self.importing_json(self.project(project)?);
        extend(
            &mut value,
            json!({
                "refs_url": format!("/{}/refs", self.project(project)?.path),
                "relation_type": null,
                "import_warning": null,
            }),
        );
        Ok(Answer::json(201, &value))
    }

    /// The repository, as far as the token may read it.
    fn source_on_github(&self, id: u64, token: &str) -> Outcome<GithubRepo> {
        match self.github.readable(id, Some(token)) {
            Ok(repo) => Ok(repo.clone()),
            Err(GithubRefusal::BadCredentials) => {
                let text = "Access denied to your GitHub account.";
                let by_status = Refusal { status: 401, body: json!({ "error": text }) };
                Err(self.refused(by_status, NO_ACCESS))
            }
            Err(refusal) => {
                let status = refusal.status();
                let text = format!(
                    "Import failed because of a GitHub error: {} (HTTP {status})",
                    refusal.body()
                );
                Err(match refusal {
                    GithubRefusal::NotFound => {
                        self.refused(Refusal::message(404, "404 Not Found"), &text)
                    }
                    _ => Refusal::errors(422, &text),
                })
            }
        }
    }

    /// Refuses the way the settings say.
    fn refused(&self, by_status: Refusal, text: &str) -> Refusal {
        match self.settings.imports.refusals {
            ImportRefusals::ByStatus => by_status,
            ImportRefusals::Unprocessable => Refusal::errors(422, text),
        }
    }

    fn free_path(&self, namespace: u64, slug: &str) -> Outcome<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !slug.chars().all(plain) || slug.starts_with(['-', '.', '_']) {
            let text = "Path can contain only letters, digits, '_', '-' and '.'. Cannot start \
                with '-', end in '.git' or end in '.atom'";
            return Err(Refusal::errors(422, text));
        }
        let path = format!("{}/{slug}", self.namespace(namespace)?.path);
        if self.project_at(&path).is_some() || self.namespace_at(&path).is_some() {
            let text = "Project namespace name has already been taken, Name has already been \
                taken, Path has already been taken";
            return Err(Refusal::errors(422, text));
        }
        Ok(())
    }

    /// Stops an import. Only who owns the project may.
    pub(in crate::sandbox) fn cancel_github_import(
        &mut self,
        call: &Call,
        asker: &Asker,
    ) -> Outcome {
        let user = asker.user()?.id;
        call.params.required("project_id")?;
        let id = call.params.number("project_id")?.unwrap_or(0);
        let project = self.projects.get(&id);
        let from_github =
            |p: &&Project| p.import.as_ref().is_some_and(|i| i.origin == Origin::Github);
        let missing = || Refusal::message(404, "404 Not found");
        let project = project.filter(from_github).ok_or_else(missing)?;
        if !self.sees_project(project, Some(user)) {
            return Err(Refusal::message(404, "Not Found"));
        }
        if self.level(project, Some(user)) < OWNER {
            return Err(Refusal::message(403, "Unauthorized access"));
        }
        let status = project.import_status();
        if !status.is_running() {
            let name = status.name();
            let text = format!("The import cannot be canceled because it is {name}");
            return Err(Refusal::message(400, &text));
        }
        self.cancel_import(id)?;
        Ok(Answer::ok(&self.importing_json(self.project(id)?)))
    }

    fn importing_json(&self, project: &Project) -> Value {
        let source = project.import.as_ref().map(|import| import.source.path.as_str());
        let source = source.unwrap_or_default();
        let status = project.import_status().name();
        json!({
            "id": project.id,
            "name": project.name,
            "full_path": format!("/{}", project.path),
            "full_name": format!("{} / {}", self.full_name(project.namespace), project.name),
            "import_source": source,
            "import_status": status,
            "human_import_status_name": status,
            "provider_link": format!("/{source}"),
        })
    }
}
