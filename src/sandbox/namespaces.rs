//! Groups, and the personal namespace that each account has.

use super::clock::iso;
use super::users::{Asker, OWNER};
use super::visibility::Visibility;
use super::wire::{Answer, Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A place for projects.
#[derive(Debug, Clone)]
pub(super) struct Namespace {
    pub(super) id: u64,
    /// Full path, `group/subgroup`.
    pub(super) path: String,
    pub(super) name: String,
    /// Whose personal namespace it is; none for a group.
    pub(super) owner: Option<u64>,
    pub(super) visibility: Visibility,
    pub(super) parent: Option<u64>,
    /// Access level by user number; it holds in everything below as well.
    pub(super) members: BTreeMap<u64, u64>,
    /// Projects of others that were shared with it.
    pub(super) shared: BTreeSet<u64>,
    pub(super) created_at: Timestamp,
}

impl Namespace {
    /// The last part of its path.
    fn slug(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// What a new namespace is.
#[derive(Debug, Clone)]
pub(super) struct NewNamespace {
    pub(super) id: Option<u64>,
    pub(super) path: String,
    pub(super) name: Option<String>,
    pub(super) owner: Option<u64>,
    pub(super) visibility: Visibility,
    pub(super) members: BTreeMap<u64, u64>,
}

impl World {
    pub(super) fn namespace(&self, id: u64) -> Outcome<&Namespace> {
        self.namespaces.get(&id).ok_or_else(|| Refusal::not_found("Namespace"))
    }

    pub(super) fn namespace_at(&self, path: &str) -> Option<&Namespace> {
        self.namespaces.values().find(|namespace| namespace.path.eq_ignore_ascii_case(path))
    }

    /// Makes a namespace; those above it must be there.
    pub(super) fn add_namespace(&mut self, new: NewNamespace) -> Outcome<u64> {
        let taken = self.namespace_at(&new.path).is_some()
            || self.projects.values().any(|p| p.path.eq_ignore_ascii_case(&new.path));
        let numbered = new.id.is_some_and(|id| self.namespaces.contains_key(&id));
        if taken || numbered {
            return Err(Refusal::message(
                400,
                "Failed to save group {:path=>[\"has already been taken\"]}",
            ));
        }
        let parent = match new.path.rsplit_once('/') {
            None => None,
            Some((above, _)) => {
                Some(self.namespace_at(above).ok_or_else(|| Refusal::not_found("Namespace"))?.id)
            }
        };
        let id = new.id.unwrap_or_else(|| self.next_id());
        let namespace = Namespace {
            id,
            name: new
                .name
                .unwrap_or_else(|| new.path.rsplit('/').next().unwrap_or_default().to_owned()),
            path: new.path,
            owner: new.owner,
            visibility: new.visibility,
            parent,
            members: new.members,
            shared: BTreeSet::new(),
            created_at: self.clock.peek(),
        };
        self.namespaces.insert(id, namespace);
        Ok(id)
    }

    /// The namespace at this path; a public group, and those above it, come into being when there
    /// is none.
    pub(super) fn namespace_for(&mut self, path: &str) -> Outcome<u64> {
        if let Some(namespace) = self.namespace_at(path) {
            return Ok(namespace.id);
        }
        if let Some((above, _)) = path.rsplit_once('/') {
            self.namespace_for(above)?;
        }
        self.add_namespace(NewNamespace {
            id: None,
            path: path.to_owned(),
            name: None,
            owner: None,
            visibility: Visibility::Public,
            members: BTreeMap::new(),
        })
    }

    /// This namespace and all above it, from the inside out.
    pub(super) fn upwards(&self, id: u64) -> impl Iterator<Item = &Namespace> {
        let first = self.namespaces.get(&id);
        std::iter::successors(first, |here| self.namespaces.get(&here.parent?))
    }

    /// Whether a namespace is this one or lies below it.
    pub(super) fn lies_in(&self, id: u64, above: u64) -> bool {
        self.upwards(id).any(|namespace| namespace.id == above)
    }

    /// The group at the top, by which GitLab keeps placeholder users apart.
    pub(super) fn top_of(&self, id: u64) -> u64 {
        self.upwards(id).last().map_or(id, |namespace| namespace.id)
    }

    /// Role in a namespace by itself or from above: 50 for administrators and owners.
    pub(super) fn namespace_level(&self, id: u64, user: u64) -> u64 {
        let is_admin = self.user(user).is_some_and(|user| user.admin);
        if is_admin { OWNER } else { self.membership(id, user) }
    }

    /// Role that was given in a namespace or above it.
    pub(super) fn membership(&self, id: u64, user: u64) -> u64 {
        let levels = self.upwards(id).map(|namespace| match namespace.owner {
            Some(owner) if owner == user => OWNER,
            Some(_) => 0,
            None => namespace.members.get(&user).copied().unwrap_or(0),
        });
        levels.max().unwrap_or(0)
    }

    /// The group with this number or full path, if the asker may know of it.
    pub(super) fn group_id(&self, name: &str, asker: &Asker) -> Outcome<u64> {
        let found = self.named(name).filter(|group| group.owner.is_none());
        found
            .filter(|group| self.sees_group(group, asker.id()))
            .map(|group| group.id)
            .ok_or_else(|| Refusal::not_found("Group"))
    }

    fn named(&self, name: &str) -> Option<&Namespace> {
        match name.parse() {
            Ok(id) => self.namespaces.get(&id),
            Err(_) => self.namespace_at(name),
        }
    }

    fn sees_group(&self, group: &Namespace, user: Option<u64>) -> bool {
        group.visibility.admits(user.is_some())
            || user.is_some_and(|user| self.namespace_level(group.id, user) > 0)
    }

    /// `GET /namespaces/:id`. A personal namespace is shown to its owner and to administrators.
    pub(super) fn on_namespace(&self, name: &str, asker: &Asker) -> Outcome {
        let user = asker.user()?.id;
        let found = self.named(name).filter(|namespace| match namespace.owner {
            Some(_) => self.namespace_level(namespace.id, user) > 0,
            None => self.sees_group(namespace, Some(user)),
        });
        let namespace = found.ok_or_else(|| Refusal::not_found("Namespace"))?;
        Ok(Answer::ok(&self.namespace_json(namespace)))
    }

    /// As it stands in a project.
    pub(super) fn namespace_json(&self, namespace: &Namespace) -> Value {
        let (kind, web) = match namespace.owner {
            Some(_) => ("user", format!("{}/{}", self.base_url, namespace.path)),
            None => ("group", format!("{}/groups/{}", self.base_url, namespace.path)),
        };
        json!({
            "id": namespace.id,
            "name": namespace.name,
            "path": namespace.slug(),
            "kind": kind,
            "full_path": namespace.path,
            "parent_id": namespace.parent,
            "avatar_url": null,
            "web_url": web,
        })
    }

    /// Names of the namespaces around, as people read them: `Group / Subgroup`.
    pub(super) fn full_name(&self, id: u64) -> String {
        let mut names: Vec<&str> = self.upwards(id).map(|n| n.name.as_str()).collect();
        names.reverse();
        names.join(" / ")
    }

    pub(super) fn group_json(&self, group: &Namespace) -> Value {
        json!({
            "id": group.id,
            "web_url": format!("{}/groups/{}", self.base_url, group.path),
            "name": group.name,
            "path": group.slug(),
            "description": "",
            "visibility": group.visibility.name(),
            "share_with_group_lock": false,
            "require_two_factor_authentication": false,
            "two_factor_grace_period": 48,
            "project_creation_level": "developer",
            "auto_devops_enabled": null,
            "subgroup_creation_level": "maintainer",
            "emails_disabled": false,
            "emails_enabled": true,
            "mentions_disabled": null,
            "lfs_enabled": true,
            "archived": false,
            "default_branch": null,
            "default_branch_protection": 2,
            "avatar_url": null,
            "request_access_enabled": true,
            "full_name": self.full_name(group.id),
            "full_path": group.path,
            "created_at": iso(group.created_at),
            "parent_id": group.parent,
            "organization_id": 1,
            "shared_runners_setting": "enabled",
            "marked_for_deletion_on": null,
            "shared_with_groups": [],
            "prevent_sharing_groups_outside_hierarchy": false,
        })
    }
}
