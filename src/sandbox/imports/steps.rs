//! What makes imports go on, and what they leave behind.

use super::status::NewImport;
use super::{Import, ImportPace, ImportSettings, ImportStatus, Origin};
use crate::sandbox::clock::iso;
use crate::sandbox::projects::NewProject;
use crate::sandbox::users::{Asker, MAINTAINER};
use crate::sandbox::visibility::Visibility;
use crate::sandbox::wire::{Answer, Outcome, Refusal};
use crate::sandbox::world::World;
use serde_json::json;

impl World {
    /// Where the import of a project stands.
    ///
    /// # Errors
    /// 404 when there is no such project.
    pub fn import_status(&self, project: u64) -> Result<ImportStatus, Refusal> {
        Ok(self.project(project)?.import_status())
    }

    /// Takes an import one step on: from `scheduled` to the end there are four. The last one fills
    /// the project. Gives where it stands then; one that does not run stays as it is.
    ///
    /// # Errors
    /// 404 when there is no such project, or the importing user is gone.
    pub fn advance_import(&mut self, project: u64) -> Result<ImportStatus, Refusal> {
        let Some(import) = &mut self.project_mut(project)?.import else {
            return Ok(ImportStatus::None);
        };
        let ran = import.status().is_running();
        import.advance();
        let status = import.status();
        if ran && status == ImportStatus::Finished {
            self.fill(project)?;
        }
        Ok(status)
    }

    /// Takes an import to its end at once.
    ///
    /// # Errors
    /// As [`World::advance_import`].
    pub fn finish_import(&mut self, project: u64) -> Result<ImportStatus, Refusal> {
        loop {
            let status = self.advance_import(project)?;
            if !status.is_running() {
                return Ok(status);
            }
        }
    }

    /// Stops an import that runs, whoever may.
    ///
    /// # Errors
    /// 404 when there is no such project.
    pub fn cancel_import(&mut self, project: u64) -> Result<ImportStatus, Refusal> {
        if let Some(import) = &mut self.project_mut(project)?.import {
            import.cancel();
        }
        self.import_status(project)
    }

    /// Makes a project that waits for its import. It is there at once, and empty.
    pub(in crate::sandbox) fn begin_import(
        &mut self,
        namespace: u64,
        slug: &str,
        new: NewImport,
    ) -> Outcome<u64> {
        let wanted = self.settings.imports.visibility.unwrap_or(new.source.visibility);
        let place = self.namespace(namespace)?;
        let limit = if place.owner.is_some() { Visibility::Public } else { place.visibility };
        // A direct transfer takes the day of the source over; GitHub's importer does not.
        let created_at =
            if new.origin == Origin::GitlabMigration { new.source.created_at } else { new.at };
        let settings = self.settings.imports.clone();
        let id = self.add_project(NewProject {
            id: None,
            namespace,
            slug: slug.to_owned(),
            visibility: wanted.min(limit),
            created_at,
            creator: Some(new.user),
        })?;
        self.attach_import(id, new, &settings)?;
        Ok(id)
    }

    /// Makes an import of an empty project.
    pub(in crate::sandbox) fn attach_import(
        &mut self,
        project: u64,
        new: NewImport,
        settings: &ImportSettings,
    ) -> Outcome<()> {
        let import = Import::new(new, settings);
        let project = self.project_mut(project)?;
        if project.description.is_none() {
            project.description.clone_from(&import.source.description);
        }
        project.import = Some(import);
        Ok(())
    }

    /// Lets imports go on that go by the clock.
    pub(in crate::sandbox) fn let_imports_pass(&mut self) {
        let ImportPace::ByClock(step) = self.settings.imports.pace else {
            return;
        };
        let now = self.clock.peek();
        let due = |since: jiff::Timestamp| {
            let passed = now.duration_since(since).as_millis() / step.as_millis().max(1);
            u64::try_from(passed).unwrap_or(0)
        };
        let projects: Vec<(u64, u64)> = self
            .projects
            .values()
            .filter_map(|project| {
                let import = project.import.as_ref().filter(|i| i.origin == Origin::Github)?;
                Some((project.id, due(import.since).saturating_sub(import.step())))
            })
            .collect();
        for (project, steps) in projects {
            for _ in 0..steps {
                if !self.advance_import(project).is_ok_and(ImportStatus::is_running) {
                    break;
                }
            }
        }
        let transfers: Vec<(u64, u64)> =
            self.bulk_imports.values().map(|bulk| (bulk.id, due(bulk.created_at))).collect();
        for (bulk, due) in transfers {
            self.advance_bulk_import_to(bulk, due);
        }
    }

    /// `GET /projects/:id/import`.
    pub(in crate::sandbox) fn import_answer(&mut self, asker: &Asker, id: u64) -> Outcome {
        let project = self.project(id)?;
        let import = project.import.as_ref();
        let error =
            import.and_then(|import| import.error.as_deref()).filter(|_| asker.id().is_some());
        let told = "Ask a maintainer to check the import status for more details.";
        let may_read = self.level(project, asker.id()) >= MAINTAINER;
        let origin = import.map_or(Origin::Native, |import| import.origin);
        let answer = Answer::ok(&json!({
            "id": project.id,
            "description": project.description,
            "name": project.name,
            "name_with_namespace":
                format!("{} / {}", self.full_name(project.namespace), project.name),
            "path": project.slug(),
            "path_with_namespace": project.path,
            "created_at": iso(project.created_at),
            "import_status": project.import_status().name(),
            "import_type": origin.import_type(),
            "correlation_id": import.map(Import::correlation_id),
            "failed_relations": import.map(Import::failed_relations).unwrap_or_default(),
            "import_error": error.map(|error| if may_read { error } else { told }),
            "stats": import.filter(|_| origin == Origin::Github).map(Import::stats),
        }));
        if self.settings.imports.pace == ImportPace::ByReading {
            self.advance_import(id)?;
        }
        Ok(answer)
    }
}
