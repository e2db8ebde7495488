//! What webhooks say: bodies of issue and note events.

use super::clock::iso;
use super::hooks::Trigger;
use super::issues::{Issue, state};
use super::projects::Project;
use super::users::User;
use super::wire::Outcome;
use super::world::World;
use serde_json::{Map, Value, json};

impl World {
    pub(super) fn fire_issue(
        &mut self,
        project: u64,
        iid: u64,
        user: u64,
        action: &str,
        changes: Value,
    ) -> Outcome<()> {
        let at = self.project(project)?;
        let issue = at.issue(iid)?;
        let trigger = Trigger::issue(issue.confidential);
        let body = self.issue_event(at, issue, user, Some(action), changes);
        self.fire(project, trigger, &body)
    }

    pub(super) fn fire_note(
        &mut self,
        project: u64,
        iid: u64,
        id: u64,
        action: &str,
    ) -> Outcome<()> {
        let at = self.project(project)?;
        let issue = at.issue(iid)?;
        let trigger = Trigger::note(issue.confidential || self.note(project, iid, id)?.internal);
        let body = self.note_event(at, issue, id, Some(action))?;
        self.fire(project, trigger, &body)
    }

    /// The body of an issue event. Deliveries of the Test button have no `action`.
    pub(super) fn issue_event(
        &self,
        project: &Project,
        issue: &Issue,
        user: u64,
        action: Option<&str>,
        changes: Value,
    ) -> Value {
        let labels = self.labels_in_hook(project, &issue.labels);
        let kind = if issue.confidential { "confidential_issue" } else { "issue" };
        let assignees: Vec<Value> =
            issue.assignees.iter().filter_map(|id| self.user(*id)).map(User::in_hook).collect();
        let mut event = json!({
            "object_kind": "issue",
            "event_type": kind,
            "user": self.user(user).map(User::in_hook),
            "project": project.in_hook(&self.base_url),
            "object_attributes": self.issue_attributes(project, issue, action),
            "labels": labels,
            "changes": changes,
            "repository": repository(project, &self.base_url),
        });
        if let Some(map) = event.as_object_mut()
            && !assignees.is_empty()
        {
            map.insert("assignees".to_owned(), Value::Array(assignees));
        }
        event
    }

    fn issue_attributes(&self, project: &Project, issue: &Issue, action: Option<&str>) -> Value {
        let mut attributes = json!({
            "id": issue.id,
            "iid": issue.iid,
            "title": issue.title,
            "description": issue.description,
            "author_id": issue.author,
            "assignee_id": issue.assignees.first(),
            "assignee_ids": issue.assignees,
            "project_id": project.id,
            "created_at": iso(issue.created_at),
            "updated_at": iso(issue.updated_at),
            "closed_at": issue.closed_at.map(iso),
            "updated_by_id": issue.updated_by,
            "last_edited_at": null,
            "last_edited_by_id": null,
            "milestone_id": null,
            "moved_to_id": issue.moved_to,
            "duplicated_to_id": null,
            "state": state(issue.open),
            "state_id": if issue.open { 1 } else { 2 },
            "confidential": issue.confidential,
            "discussion_locked": issue.discussion_locked,
            "due_date": null,
            "relative_position": null,
            "time_estimate": 0,
            "total_time_spent": 0,
            "weight": null,
            "health_status": null,
            "type": "Issue",
            "severity": "unknown",
            "url": format!("{}/{}/-/issues/{}", self.base_url, project.path, issue.iid),
            "labels": self.labels_in_hook(project, &issue.labels),
            "customer_relations_contacts": [],
        });
        if let (Some(map), Some(action)) = (attributes.as_object_mut(), action) {
            map.insert("action".to_owned(), json!(action));
        }
        attributes
    }

    /// The body of a note event. Its `user` is always the author, also when another one edited.
    pub(super) fn note_event(
        &self,
        project: &Project,
        issue: &Issue,
        id: u64,
        action: Option<&str>,
    ) -> Outcome<Value> {
        let note = self.note(project.id, issue.iid, id)?;
        let confidential = issue.confidential || note.internal;
        let url = format!("{}/{}/-/issues/{}#note_{id}", self.base_url, project.path, issue.iid);
        let mut attributes = json!({
            "id": note.id,
            "internal": note.internal,
            "note": note.body,
            "description": note.body,
            "noteable_type": "Issue",
            "noteable_id": issue.id,
            "author_id": note.author,
            "created_at": iso(note.created_at),
            "updated_at": iso(note.updated_at),
            "updated_by_id": null,
            "project_id": project.id,
            "attachment": null,
            "line_code": null,
            "commit_id": null,
            "discussion_id": format!("{:040x}", note.id),
            "type": null,
            "system": false,
            "st_diff": null,
            "url": url,
        });
        if let (Some(map), Some(action)) = (attributes.as_object_mut(), action) {
            map.insert("action".to_owned(), json!(action));
        }
        Ok(json!({
            "object_kind": "note",
            "event_type": if confidential { "confidential_note" } else { "note" },
            "user": self.user(note.author).map(User::in_hook),
            "project_id": project.id,
            "project": project.in_hook(&self.base_url),
            "object_attributes": attributes,
            "repository": repository(project, &self.base_url),
            "issue": self.issue_attributes(project, issue, None),
        }))
    }

    fn labels_in_hook(&self, project: &Project, ids: &[u64]) -> Value {
        let labels = ids.iter().filter_map(|id| project.label(*id));
        Value::Array(labels.map(|label| label.in_hook(project.id)).collect())
    }

    /// What differs, as `{field: {previous, current}}`; empty when nothing does.
    pub(super) fn changes(
        &self,
        project: &Project,
        before: &Issue,
        after: &Issue,
    ) -> Map<String, Value> {
        let mut changes = Map::new();
        let mut differs = |field: &str, previous: Value, current: Value| {
            if previous != current {
                let change = json!({ "previous": previous, "current": current });
                changes.insert(field.to_owned(), change);
            }
        };
        differs("title", json!(before.title), json!(after.title));
        differs("description", json!(before.description), json!(after.description));
        differs("confidential", json!(before.confidential), json!(after.confidential));
        let locked = (json!(before.discussion_locked), json!(after.discussion_locked));
        differs("discussion_locked", locked.0, locked.1);
        differs("closed_at", json!(before.closed_at.map(iso)), json!(after.closed_at.map(iso)));
        let state = |issue: &Issue| json!(if issue.open { 1 } else { 2 });
        differs("state_id", state(before), state(after));
        let labels = |issue: &Issue| self.labels_in_hook(project, &issue.labels);
        differs("labels", labels(before), labels(after));
        let assignees = |issue: &Issue| {
            let users = issue.assignees.iter().filter_map(|id| self.user(*id));
            Value::Array(users.map(User::in_hook).collect())
        };
        differs("assignees", assignees(before), assignees(after));
        changes
    }
}

fn repository(project: &Project, base_url: &str) -> Value {
    let url = format!("{base_url}/{}", project.path);
    json!({
        "name": project.name,
        "url": format!("{url}.git"),
        "description": null,
        "homepage": url,
    })
}
