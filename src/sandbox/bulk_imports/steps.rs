//! What makes a direct transfer go on.

use super::{BulkImport, Entity, EntityState, SourceProject};
use crate::sandbox::imports::{ImportStatus, NewImport, Origin, Stages};
use crate::sandbox::namespaces::NewNamespace;
use crate::sandbox::users::OWNER;
use crate::sandbox::visibility::Visibility;
use crate::sandbox::wire::{Outcome, Refusal};
use crate::sandbox::world::World;
use std::collections::BTreeMap;

impl World {
    /// Takes a direct transfer one step on. Groups are there after the first step and finished
    /// after the second; each project is there after the first step of its own and takes four
    /// more. Gives its status: `created`, `started`, `finished`, `failed`, `timeout` or `canceled`.
    ///
    /// # Errors
    /// 404 when there is no such transfer.
    pub fn advance_bulk_import(&mut self, id: u64) -> Result<&'static str, Refusal> {
        let now = self.clock.now();
        let bulk = self.bulk_import_mut(id)?;
        if bulk.state().is_over() {
            return Ok(bulk.state().name());
        }
        bulk.step = bulk.step.saturating_add(1);
        bulk.updated_at = now;
        for entity in bulk.entities.clone() {
            let (state, children) = match entity.state {
                EntityState::Created => self.begin_entity(id, &entity),
                EntityState::Started => (self.continue_entity(&entity), Vec::new()),
                over => (over, Vec::new()),
            };
            let bulk = self.bulk_import_mut(id)?;
            if let Some(entity) = bulk.entity_mut(entity.id).filter(|e| e.state != state) {
                entity.state = state;
                entity.updated_at = now;
            }
            bulk.entities.extend(children);
        }
        Ok(self.bulk_import_mut(id)?.state().name())
    }

    /// Takes a direct transfer to its end at once. Gives its status.
    ///
    /// # Errors
    /// 404 when there is no such transfer.
    pub fn finish_bulk_import(&mut self, id: u64) -> Result<&'static str, Refusal> {
        while !self.bulk_import_mut(id)?.state().is_over() {
            self.advance_bulk_import(id)?;
        }
        self.advance_bulk_import(id)
    }

    /// Lets a transfer take as many steps as are due.
    pub(in crate::sandbox) fn advance_bulk_import_to(&mut self, id: u64, due: u64) {
        while let Ok(bulk) = self.bulk_import_mut(id)
            && bulk.step < due
            && !bulk.state().is_over()
        {
            if self.advance_bulk_import(id).is_err() {
                return;
            }
        }
    }

    pub(super) fn bulk_import_mut(&mut self, id: u64) -> Outcome<&mut BulkImport> {
        let missing = || Refusal::message(404, "404 Not found");
        self.bulk_imports.get_mut(&id).ok_or_else(missing)
    }

    /// Makes the group or project. A group brings its projects along as further entities.
    fn begin_entity(&mut self, bulk: u64, entity: &Entity) -> (EntityState, Vec<Entity>) {
        let made = if entity.is_group {
            self.begin_group(bulk, entity)
        } else {
            self.begin_project(bulk, entity).map(|()| Vec::new())
        };
        match made {
            Ok(children) => (EntityState::Started, children),
            Err(_) => (EntityState::Failed, Vec::new()),
        }
    }

    fn begin_group(&mut self, bulk: u64, entity: &Entity) -> Outcome<Vec<Entity>> {
        let (user, url) = self.bulk_import_mut(bulk).map(|b| (b.user, b.url.clone()))?;
        let above = self.namespace_at(&entity.into).map(|place| place.visibility);
        let namespace = self.add_namespace(NewNamespace {
            id: None,
            path: entity.destination(),
            name: None,
            owner: None,
            visibility: above.unwrap_or(Visibility::Public),
            members: BTreeMap::from([(user, OWNER)]),
        })?;
        if let Some(entity) = self.bulk_import_mut(bulk)?.entity_mut(entity.id) {
            entity.namespace = Some(namespace);
        }
        if !entity.with_projects {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let below = |path: &str| {
            path.rsplit_once('/')
                .filter(|(group, _)| *group == entity.source)
                .map(|(_, slug)| slug.to_owned())
        };
        let found: Vec<(String, String)> = self
            .projects_of(&url)
            .filter_map(|project| Some((project.path.clone(), below(&project.path)?)))
            .collect();
        let children = found.into_iter().map(|(source, slug)| Entity {
            id: self.next_id(),
            is_group: false,
            source,
            slug,
            into: entity.destination(),
            parent: Some(entity.id),
            namespace: Some(namespace),
            project: None,
            with_projects: true,
            with_members: entity.with_members,
            state: EntityState::Created,
            created_at: now,
            updated_at: now,
        });
        Ok(children.collect())
    }

    fn begin_project(&mut self, bulk: u64, entity: &Entity) -> Outcome<()> {
        let (user, url) = self.bulk_import_mut(bulk).map(|b| (b.user, b.url.clone()))?;
        let place =
            self.namespace_at(&entity.into).ok_or_else(|| Refusal::not_found("Namespace"))?;
        let namespace = place.id;
        let source = self.projects_of(&url).find(|project| project.path == entity.source);
        let source = source.ok_or_else(|| Refusal::not_found("Project"))?.source();
        let new = NewImport {
            origin: Origin::GitlabMigration,
            url: format!("{url}/{}.git", entity.source),
            source,
            stages: Stages::default(),
            user,
            at: self.clock.now(),
            correlation_id: self.uuid().replace('-', ""),
        };
        let project = self.begin_import(namespace, &entity.slug, new)?;
        if let Some(entity) = self.bulk_import_mut(bulk)?.entity_mut(entity.id) {
            entity.project = Some(project);
        }
        Ok(())
    }

    fn continue_entity(&mut self, entity: &Entity) -> EntityState {
        let Some(project) = entity.project else {
            return EntityState::Finished;
        };
        // A project that was deleted meanwhile has failed.
        match self.advance_import(project) {
            Ok(ImportStatus::Scheduled | ImportStatus::Started) => EntityState::Started,
            Ok(ImportStatus::Finished) => EntityState::Finished,
            Ok(ImportStatus::Canceled) => EntityState::Canceled,
            Ok(_) if self.timed_out(project) => EntityState::TimedOut,
            Ok(_) | Err(_) => EntityState::Failed,
        }
    }

    fn timed_out(&self, project: u64) -> bool {
        let import = self.project(project).ok().and_then(|project| project.import.as_ref());
        import.is_some_and(|import| import.timed_out)
    }

    /// Projects of another GitLab.
    pub(super) fn projects_of(&self, url: &str) -> impl Iterator<Item = &SourceProject> {
        let source = self.gitlab_sources.iter().filter(move |source| same_site(&source.url, url));
        source.flat_map(|source| &source.projects)
    }
}

pub(super) fn same_site(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}
