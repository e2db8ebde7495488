//! Labels of a project, and who put which on an issue when.

use super::clock::iso;
use super::issues::Issue;
use super::projects::Project;
use super::wire::{Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use serde_json::{Value, json};

/// A project's label.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) id: u64,
    pub(super) title: String,
    pub(super) color: String,
    pub(super) description: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Label {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.title,
            "color": self.color,
            "text_color": "#FFFFFF",
            "description": self.description,
            "description_html": "",
            "archived": false,
            "subscribed": false,
            "priority": null,
            "is_project_label": true,
        })
    }

    /// As it stands in a webhook, where the name is called `title`.
    pub(super) fn in_hook(&self, project: u64) -> Value {
        json!({
            "id": self.id,
            "title": self.title,
            "color": self.color,
            "project_id": project,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "template": false,
            "description": self.description,
            "type": "ProjectLabel",
            "group_id": null,
        })
    }
}

/// A label was put on an issue or taken off.
#[derive(Debug, Clone)]
pub(super) struct LabelEvent {
    pub(super) id: u64,
    pub(super) user: u64,
    pub(super) at: Timestamp,
    pub(super) label: u64,
    pub(super) added: bool,
}

impl World {
    pub(super) fn label_event_json(
        &self,
        project: &Project,
        issue: &Issue,
        e: &LabelEvent,
    ) -> Value {
        // A label that was deleted since leaves its events behind, without a name.
        let label = project.label(e.label).map(|label| {
            json!({
                "id": label.id,
                "name": label.title,
                "color": label.color,
                "description": label.description,
            })
        });
        json!({
            "id": e.id,
            "user": self.brief(e.user),
            "created_at": iso(e.at),
            "resource_type": "Issue",
            "resource_id": issue.id,
            "label": label,
            "action": if e.added { "add" } else { "remove" },
        })
    }

    pub(super) fn create_label(
        &mut self,
        project: u64,
        title: &str,
        color: &str,
        description: &str,
    ) -> Outcome<u64> {
        let now = self.clock.now();
        let id = self.next_id();
        let project = self.project_mut(project)?;
        if project.label_titled(title).is_some() {
            return Err(Refusal::message(409, "Label already exists"));
        }
        project.labels.push(Label {
            id,
            title: title.to_owned(),
            color: color.to_owned(),
            description: description.to_owned(),
            created_at: now,
            updated_at: now,
        });
        Ok(id)
    }

    pub(super) fn edit_label(
        &mut self,
        project: u64,
        id: u64,
        title: Option<String>,
        color: Option<String>,
        description: Option<String>,
    ) -> Outcome<()> {
        let now = self.clock.now();
        let project = self.project_mut(project)?;
        if let Some(title) = &title
            && project.label_titled(title).is_some_and(|other| other.id != id)
        {
            return Err(Refusal::message(409, "Label already exists"));
        }
        let label = project.labels.iter_mut().find(|label| label.id == id);
        let label = label.ok_or_else(|| Refusal::not_found("Label"))?;
        label.title = title.unwrap_or_else(|| label.title.clone());
        label.color = color.unwrap_or_else(|| label.color.clone());
        label.description = description.unwrap_or_else(|| label.description.clone());
        label.updated_at = now;
        Ok(())
    }

    /// Deletes a label: off every issue, without an event or a webhook.
    pub(super) fn delete_label(&mut self, project: u64, id: u64) -> Outcome<()> {
        let project = self.project_mut(project)?;
        project.labels.retain(|label| label.id != id);
        for issue in project.issues.values_mut() {
            issue.labels.retain(|label| *label != id);
        }
        Ok(())
    }

    /// Number of the label with exactly this title; a title nobody knows becomes a new label.
    pub(super) fn label_for(&mut self, project: u64, title: &str) -> Outcome<u64> {
        if let Some(label) = self.project(project)?.label_titled(title) {
            return Ok(label.id);
        }
        self.create_label(project, title, "#6699cc", "")
    }

    /// Makes the labels of an issue these, and writes the events.
    pub(super) fn set_labels(
        &mut self,
        project: u64,
        iid: u64,
        user: u64,
        wanted: &[u64],
        at: Timestamp,
    ) -> Outcome<()> {
        let wanted = if self.settings.scoped_labels_exclusive {
            exclusive(self.project(project)?, wanted)
        } else {
            wanted.to_vec()
        };
        let had = self.project(project)?.issue(iid)?.labels.clone();
        let removed = had.iter().filter(|id| !wanted.contains(id)).map(|id| (*id, false));
        let added = wanted.iter().filter(|id| !had.contains(id)).map(|id| (*id, true));
        let changes: Vec<(u64, bool)> = added.chain(removed).collect();
        for (label, added) in changes {
            let event = LabelEvent { id: self.next_id(), user, at, label, added };
            self.project_mut(project)?.issue_mut(iid)?.label_events.push(event);
        }
        self.project_mut(project)?.issue_mut(iid)?.labels = wanted;
        Ok(())
    }
}

/// Of labels with one scope (`a::`), keeps the last.
fn exclusive(project: &Project, wanted: &[u64]) -> Vec<u64> {
    let scope = |id: &u64| {
        let title = &project.label(*id)?.title;
        title.rsplit_once("::").map(|(scope, _)| scope.to_owned())
    };
    let is_last = |(place, id): &(usize, &u64)| match scope(id) {
        None => true,
        Some(own) => !wanted.iter().skip(*place).skip(1).any(|l| scope(l).as_ref() == Some(&own)),
    };
    wanted.iter().enumerate().filter(is_last).map(|(_, id)| *id).collect()
}
