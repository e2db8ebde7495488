//! An issue as the REST API shows it.

use super::clock::iso;
use super::imports::Origin;
use super::issues::{Issue, state};
use super::projects::Project;
use super::world::World;
use serde_json::{Value, json};

impl World {
    pub(super) fn issue_json(&self, project: &Project, issue: &Issue, details: bool) -> Value {
        let url = format!("{}/{}/-/issues/{}", self.base_url, project.path, issue.iid);
        let labels = issue.labels.iter().filter_map(|id| project.label(*id));
        let labels: Vec<Value> =
            labels.map(|label| if details { label.json() } else { json!(label.title) }).collect();
        let assignees: Vec<Value> = issue.assignees.iter().map(|id| self.brief(*id)).collect();
        let (done, all) = task_counts(&issue.description);
        let people_notes = issue.notes.iter().filter(|note| !note.system).count();
        json!({
            "id": issue.id,
            "iid": issue.iid,
            "project_id": project.id,
            "title": issue.title,
            "description": issue.description,
            "state": state(issue.open),
            "created_at": iso(issue.created_at),
            "updated_at": iso(issue.updated_at),
            "closed_at": issue.closed_at.map(iso),
            "closed_by": issue.closed_by.map(|id| self.brief(id)),
            "labels": labels,
            "milestone": null,
            "assignee": assignees.first(),
            "assignees": assignees,
            "author": self.brief(issue.author),
            "type": issue.issue_type.to_uppercase(),
            "issue_type": issue.issue_type,
            "user_notes_count": people_notes,
            "upvotes": 0,
            "downvotes": 0,
            "due_date": null,
            "confidential": issue.confidential,
            "discussion_locked": issue.discussion_locked,
            "web_url": url,
            "task_completion_status": { "count": all, "completed_count": done },
            "has_tasks": all > 0,
            "task_status": format!("{done} of {all} checklist items completed"),
            "references": {
                "short": format!("#{}", issue.iid),
                "relative": format!("#{}", issue.iid),
                "full": format!("{}#{}", project.path, issue.iid),
            },
            "severity": "UNKNOWN",
            "imported": issue.origin != Origin::Native,
            "imported_from": issue.origin.name(),
            "moved_to_id": issue.moved_to,
        })
    }
}

/// Ticked and all checklist items of a description.
fn task_counts(text: &str) -> (usize, usize) {
    let items = text.lines().filter_map(|line| {
        let item = line.trim_start().trim_start_matches(['-', '*', '+']).trim_start();
        item.strip_prefix('[')?.split_once("] ").map(|(mark, _)| mark)
    });
    items.fold((0, 0), |(done, all), mark| match mark {
        "x" | "X" => (done + 1, all + 1),
        " " => (done, all + 1),
        _ => (done, all),
    })
}
