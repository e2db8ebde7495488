//! Direct transfers as the REST API shows them.

use super::{BulkImport, Entity};
use crate::sandbox::clock::iso;
use crate::sandbox::imports::Import;
use crate::sandbox::world::World;
use serde_json::{Map, Value, json};

impl World {
    pub(super) fn bulk_import_json(&self, bulk: &BulkImport) -> Value {
        let failed =
            bulk.entities.iter().any(|entity| !self.entity_failures(bulk, entity).is_empty());
        json!({
            "id": bulk.id,
            "status": bulk.state().name(),
            "source_type": "gitlab",
            "source_url": bulk.url,
            "created_at": iso(bulk.created_at),
            "updated_at": iso(bulk.updated_at),
            "has_failures": failed,
        })
    }

    pub(super) fn entity_json(&self, bulk: &BulkImport, entity: &Entity) -> Value {
        let failures = self.entity_failures(bulk, entity);
        json!({
            "id": entity.id,
            "bulk_import_id": bulk.id,
            "status": entity.state.name(),
            "entity_type": if entity.is_group { "group" } else { "project" },
            "source_full_path": entity.source,
            "destination_full_path": entity.destination(),
            "destination_name": entity.slug,
            "destination_slug": entity.slug,
            "destination_namespace": entity.into,
            "parent_id": entity.parent,
            "namespace_id": entity.namespace,
            "project_id": entity.project,
            "created_at": iso(entity.created_at),
            "updated_at": iso(entity.updated_at),
            "has_failures": !failures.is_empty(),
            "failures": failures,
            "migrate_projects": entity.with_projects,
            "migrate_memberships": entity.with_members,
            "stats": self.import_of(entity).map_or_else(|| json!({}), stats),
        })
    }

    /// What did not come over.
    pub(super) fn entity_failures(&self, bulk: &BulkImport, entity: &Entity) -> Vec<Value> {
        let Some(import) = self.import_of(entity) else {
            return match entity.state {
                super::EntityState::Failed => vec![lost_entity(entity)],
                _ => Vec::new(),
            };
        };
        let failures = import.failures().into_iter().map(|failure| {
            let relation = failure.relation();
            let place = format!("{}/{}", bulk.url.trim_end_matches('/'), entity.source);
            json!({
                "relation": relation,
                "exception_message": failure.message(),
                "exception_class": failure.exception_class(),
                "correlation_id_value": import.correlation_id(),
                "source_url": format!("{place}/-/{relation}/{}", failure.nth),
                "source_title": format!("{relation} {}", failure.nth),
            })
        });
        failures.collect()
    }

    fn import_of(&self, entity: &Entity) -> Option<&Import> {
        self.project(entity.project?).ok()?.import.as_ref()
    }
}

fn lost_entity(entity: &Entity) -> Value {
    json!({
        "relation": if entity.is_group { "group" } else { "project" },
        "exception_message": format!("{} is not there", entity.source),
        "exception_class": "BulkImports::NetworkError",
        "correlation_id_value": "00000000000000000000000000000000",
        "source_url": null,
        "source_title": null,
    })
}

fn stats(import: &Import) -> Value {
    let counts = import.tallies.iter().filter(|(_, tally)| tally.all > 0).map(|(kind, tally)| {
        let (fetched, imported) = import.progress(*tally);
        let counts = json!({ "source": tally.all, "fetched": fetched, "imported": imported });
        (format!("{kind}s"), counts)
    });
    Value::Object(counts.collect::<Map<_, _>>())
}
