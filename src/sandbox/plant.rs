//! How a seed becomes a world.

use super::activity::Push;
use super::imports::{ImportEnd, ImportSettings, NewImport, Origin, Stages};
use super::issues::Draft;
use super::namespaces::NewNamespace;
use super::projects::NewProject;
use super::seed::{GroupSeed, ProjectSeed, Seed};
use super::users::OWNER;
use super::wire::{Outcome, Refusal};
use super::world::World;
use std::collections::BTreeMap;

impl World {
    pub(super) fn plant(&mut self, seed: Seed) -> Outcome<()> {
        let numbers = seed.users.iter().map(|user| user.id);
        let numbers = numbers.chain(seed.projects.iter().map(|project| project.id));
        let numbers = numbers.chain(seed.groups.iter().filter_map(|group| group.id));
        self.count_from(numbers.max().unwrap_or(0));
        for user in seed.users {
            self.add_user(user)?;
        }
        self.tokens.extend(seed.tokens);
        self.github.plant(seed.github);
        self.gitlab_sources.extend(seed.gitlab_sources);
        for group in seed.groups {
            self.plant_group(group)?;
        }
        for project in seed.projects {
            self.plant_project(project)?;
        }
        Ok(())
    }

    fn plant_group(&mut self, seed: GroupSeed) -> Outcome<()> {
        let new = NewNamespace {
            id: seed.id,
            path: seed.path,
            name: seed.name,
            owner: None,
            visibility: seed.visibility,
            members: self.numbered(seed.members)?,
        };
        self.add_namespace(new).map(drop)
    }

    fn plant_project(&mut self, seed: ProjectSeed) -> Outcome<()> {
        let id = seed.id;
        let (place, slug) =
            seed.path.rsplit_once('/').ok_or_else(|| Refusal::bad("path is invalid"))?;
        let new = NewProject {
            id: Some(id),
            namespace: self.namespace_for(place)?,
            slug: slug.to_owned(),
            visibility: seed.visibility,
            created_at: seed.created_at,
            creator: None,
        };
        self.add_project(new)?;
        let members = self.numbered(seed.members.clone())?;
        let parent = seed.forked_from.as_deref().map(|path| {
            let parent = self.project_at(path).map(|project| project.id);
            parent.ok_or_else(|| Refusal::not_found("Project"))
        });
        let parent = parent.transpose()?;
        let project = self.project_mut(id)?;
        project.members = members;
        project.description.clone_from(&seed.description);
        project.forked_from = parent;
        project.mirror = seed.mirror;
        if let Some(path) = &seed.imported_from {
            self.plant_import(id, path)?;
        }
        let project = self.project_mut(id)?;
        if seed.licence.is_some() {
            project.licence.clone_from(&seed.licence);
        }
        for label in &seed.labels {
            self.create_label(id, &label.name, &label.color, &label.description)?;
        }
        for issue in &seed.issues {
            let author = self.number_of(&issue.author)?;
            let draft = Draft {
                title: issue.title.clone(),
                description: issue.description.clone(),
                labels: issue.labels.clone(),
                ..Draft::default()
            };
            self.open_issue(id, author, draft)?;
        }
        self.plant_code(id, &seed)?;
        self.project_mut(id)?.archived = seed.archived;
        Ok(())
    }

    /// An import that was long finished.
    fn plant_import(&mut self, project: u64, path: &str) -> Outcome<()> {
        let repo = self.github_repo(path)?.clone();
        let settings = ImportSettings { end: ImportEnd::Finished, ..self.settings.imports.clone() };
        let new = NewImport {
            origin: Origin::Github,
            url: format!("https://github.com/{}.git", repo.path),
            source: repo.source(),
            stages: Stages::default(),
            user: self.users.keys().next().copied().unwrap_or(0),
            at: self.project(project)?.created_at,
            correlation_id: self.uuid().replace('-', ""),
        };
        self.attach_import(project, new, &settings)?;
        self.finish_import(project)?;
        Ok(())
    }

    fn plant_code(&mut self, project: u64, seed: &ProjectSeed) -> Outcome<()> {
        for push in &seed.pushes {
            let author = self.number_of(&push.author)?;
            let pushed = Push { branch: &push.branch, commits: push.commits, ..Push::default() };
            self.push_at(project, author, &pushed, push.at)?;
        }
        for request in &seed.merge_requests {
            let author = self.number_of(&request.author)?;
            let iid = self.open_request(project, author, &request.title, request.at)?;
            if let (Some(by), Some(at)) = (&request.merged_by, request.merged_at) {
                let by = self.number_of(by)?;
                self.end_request(project, by, iid, at, true)?;
            }
        }
        Ok(())
    }

    fn number_of(&self, username: &str) -> Outcome<u64> {
        Ok(self.user_named(username).ok_or_else(|| Refusal::not_found("User"))?.id)
    }

    /// Access levels by number instead of name.
    fn numbered(&self, members: BTreeMap<String, u64>) -> Outcome<BTreeMap<u64, u64>> {
        members
            .into_iter()
            .map(|(username, level)| Ok((self.number_of(&username)?, level.min(OWNER))))
            .collect()
    }
}
