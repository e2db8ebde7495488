//! The part of the REST API below `/bulk_imports`. Everybody sees their own transfers only.

use super::steps::same_site;
use super::{BulkImport, Entity, EntityState};
use crate::sandbox::imports::ImportPace;
use crate::sandbox::paging::page;
use crate::sandbox::routes::number;
use crate::sandbox::users::{Asker, MAINTAINER, OWNER};
use crate::sandbox::wire::{Answer, Call, Outcome, Params, Refusal};
use crate::sandbox::world::World;
use serde_json::Value;

const STATES: [EntityState; 6] = [
    EntityState::Created,
    EntityState::Started,
    EntityState::Finished,
    EntityState::Failed,
    EntityState::TimedOut,
    EntityState::Canceled,
];

impl World {
    pub(in crate::sandbox) fn on_bulk_imports(
        &mut self,
        call: &Call,
        asker: &Asker,
        path: &[&str],
    ) -> Outcome {
        let user = asker.user()?.id;
        let wanted = wanted_state(call)?;
        let is_wanted = |state| wanted.is_none_or(|wanted| wanted == state);
        match (call.method.as_str(), path) {
            ("POST", []) => self.begin_bulk_import(call, user),
            ("GET", []) => {
                let own = self.bulk_imports.values().rev().filter(|bulk| bulk.user == user);
                let own: Vec<_> = own.filter(|bulk| is_wanted(bulk.state())).collect();
                page(call, &self.base_url, &own, |bulk| Some(self.bulk_import_json(bulk)))
            }
            ("GET", ["entities"]) => {
                let own = self.bulk_imports.values().filter(|bulk| bulk.user == user);
                let entities = own.flat_map(|bulk| bulk.entities.iter().map(move |e| (bulk, e)));
                let entities: Vec<_> = entities.filter(|(_, e)| is_wanted(e.state)).collect();
                page(call, &self.base_url, &entities, |(bulk, e)| Some(self.entity_json(bulk, e)))
            }
            ("GET", [id, rest @ ..]) => {
                let id = number(id)?;
                let answer = self.read_bulk_import(call, user, id, rest, &is_wanted)?;
                if self.settings.imports.pace == ImportPace::ByReading {
                    self.advance_bulk_import(id)?;
                }
                Ok(answer)
            }
            ("POST", [id, "cancel"]) => {
                let id = number(id)?;
                self.own(id, user)?;
                self.cancel_bulk_import(id)?;
                Ok(Answer::ok(&self.bulk_import_json(self.own(id, user)?)))
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }

    fn own(&self, id: u64, user: u64) -> Outcome<&BulkImport> {
        let bulk = self.bulk_imports.get(&id).filter(|bulk| bulk.user == user);
        bulk.ok_or_else(|| Refusal::message(404, "404 Not found"))
    }

    fn read_bulk_import(
        &self,
        call: &Call,
        user: u64,
        id: u64,
        path: &[&str],
        is_wanted: &dyn Fn(EntityState) -> bool,
    ) -> Outcome {
        let bulk = self.own(id, user)?;
        let entity = |id: &str| {
            let id = number(id)?;
            let found = bulk.entities.iter().find(|entity| entity.id == id);
            found.ok_or_else(|| Refusal::message(404, "404 Not found"))
        };
        match path {
            [] => Ok(Answer::ok(&self.bulk_import_json(bulk))),
            ["entities"] => {
                let entities = bulk.entities.iter().filter(|entity| is_wanted(entity.state));
                let entities: Vec<_> = entities.collect();
                page(call, &self.base_url, &entities, |e| Some(self.entity_json(bulk, e)))
            }
            ["entities", id] => Ok(Answer::ok(&self.entity_json(bulk, entity(id)?))),
            ["entities", id, "failures"] => {
                let failures = self.entity_failures(bulk, entity(id)?);
                page(call, &self.base_url, &failures, |failure| Some(failure.clone()))
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }

    fn begin_bulk_import(&mut self, call: &Call, user: u64) -> Outcome {
        let site = call.params.within("configuration");
        let missing = |key: &str| Refusal::bad(&format!("configuration[{key}] is missing"));
        let url = site.text("url").ok_or_else(|| missing("url"))?;
        let token = site.text("access_token").ok_or_else(|| missing("access_token"))?;
        let wanted = call.params.objects("entities");
        if wanted.is_empty() {
            return Err(Refusal::bad("entities is missing"));
        }
        let found = self.gitlab_sources.iter().find(|source| same_site(&source.url, &url));
        let Some(source) = found else {
            let text = "Invalid source URL. Enter only the base URL of the source GitLab instance.";
            return Err(Refusal::message(422, text));
        };
        if source.token != token {
            let text = "Personal access token does not have the required 'api' scope or is no \
                longer valid.";
            return Err(Refusal::message(422, text));
        }
        let entities = wanted.iter().map(|params| self.entity(params, user, &url));
        let mut entities = entities.collect::<Outcome<Vec<Entity>>>()?;
        for entity in &mut entities {
            entity.id = self.next_id();
        }
        let (id, now) = (self.next_id(), self.clock.now());
        let bulk = BulkImport {
            id,
            user,
            url,
            created_at: now,
            updated_at: now,
            step: 0,
            canceled: false,
            entities,
        };
        let value: Value = self.bulk_import_json(&bulk);
        self.bulk_imports.insert(id, bulk);
        Ok(Answer::json(201, &value))
    }

    /// One entity as it was asked for, still without a number.
    fn entity(&self, params: &Params, user: u64, url: &str) -> Outcome<Entity> {
        let missing = |key: &str| Refusal::bad(&format!("entities[0][{key}] is missing"));
        let is_group = match params.text("source_type").as_deref() {
            Some("group_entity") => true,
            Some("project_entity") => false,
            Some(_) => {
                let text = "entities[0][source_type] does not have a valid value";
                return Err(Refusal::bad(text));
            }
            None => return Err(missing("source_type")),
        };
        let source = params.text("source_full_path").ok_or_else(|| missing("source_full_path"))?;
        let into = params.text("destination_namespace");
        let into = into.ok_or_else(|| missing("destination_namespace"))?;
        let own_name = || source.rsplit('/').next().unwrap_or_default().to_owned();
        let slug = params.text("destination_slug").or(params.text("destination_name"));
        let now = self.clock.peek();
        let entity = Entity {
            id: 0,
            is_group,
            slug: slug.filter(|slug| !slug.is_empty()).unwrap_or_else(own_name),
            source,
            into,
            parent: None,
            namespace: None,
            project: None,
            with_projects: params.flag("migrate_projects")?.unwrap_or(true),
            with_members: params.flag("migrate_memberships")?.unwrap_or(true),
            state: EntityState::Created,
            created_at: now,
            updated_at: now,
        };
        self.check_entity(&entity, user, url)?;
        Ok(entity)
    }

    fn check_entity(&self, entity: &Entity, user: u64, url: &str) -> Outcome<()> {
        let group = format!("{}/", entity.source);
        let is_there = self.projects_of(url).any(|project| match entity.is_group {
            true => project.path.starts_with(&group),
            false => project.path == entity.source,
        });
        if !is_there {
            let text = format!("Import failed. '{}' not found.", entity.source);
            return Err(Refusal::message(422, &text));
        }
        // Whoever brings a group needs more than whoever brings a project.
        let needed = if entity.is_group { OWNER } else { MAINTAINER };
        let place = self.namespace_at(&entity.into).map(|place| place.id);
        let at_the_top = entity.is_group && entity.into.is_empty();
        let allowed = place.is_some_and(|id| self.namespace_level(id, user) >= needed);
        if !at_the_top && !allowed {
            let text = format!(
                "Import failed. Destination '{}' is invalid, or you don't have permission.",
                entity.into
            );
            return Err(Refusal::message(422, &text));
        }
        let path = entity.destination();
        if self.namespace_at(&path).is_some() || self.project_at(&path).is_some() {
            let text = format!(
                "Import failed. '{path}' already exists. Change the destination and try again."
            );
            return Err(Refusal::message(422, &text));
        }
        Ok(())
    }

    fn cancel_bulk_import(&mut self, id: u64) -> Outcome<()> {
        let now = self.clock.now();
        let bulk = self.bulk_import_mut(id)?;
        if bulk.state().is_over() {
            return Ok(());
        }
        bulk.canceled = true;
        bulk.updated_at = now;
        for entity in bulk.entities.iter_mut().filter(|entity| !entity.state.is_over()) {
            entity.state = EntityState::Canceled;
            entity.updated_at = now;
        }
        let projects: Vec<u64> = bulk.entities.iter().filter_map(|entity| entity.project).collect();
        for project in projects {
            if self.project(project).is_ok() {
                self.cancel_import(project)?;
            }
        }
        Ok(())
    }
}

fn wanted_state(call: &Call) -> Outcome<Option<EntityState>> {
    let Some(name) = call.params.text("status") else {
        return Ok(None);
    };
    let state = STATES.into_iter().find(|state| state.name() == name);
    state.map(Some).ok_or_else(|| Refusal::bad("status does not have a valid value"))
}
