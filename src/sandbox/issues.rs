//! Issues: opening, changing, reading.

use super::clock::iso;
use super::commands::extract;
use super::events::What;
use super::imports::Origin;
use super::labels::LabelEvent;
use super::notes::Note;
use super::projects::Project;
use super::users::PLANNER;
use super::wire::{Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use serde_json::json;

/// One issue with all that hangs on it.
#[derive(Debug, Clone)]
pub(super) struct Issue {
    pub(super) id: u64,
    pub(super) iid: u64,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) open: bool,
    pub(super) author: u64,
    pub(super) assignees: Vec<u64>,
    /// Label numbers in the order they were put on.
    pub(super) labels: Vec<u64>,
    pub(super) confidential: bool,
    pub(super) discussion_locked: Option<bool>,
    pub(super) issue_type: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) updated_by: Option<u64>,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) closed_by: Option<u64>,
    pub(super) moved_to: Option<u64>,
    pub(super) origin: Origin,
    pub(super) label_events: Vec<LabelEvent>,
    pub(super) notes: Vec<Note>,
}

/// What a new issue starts with.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) labels: Vec<String>,
    pub(super) assignees: Vec<u64>,
    pub(super) confidential: bool,
    pub(super) issue_type: Option<String>,
    pub(super) created_at: Option<Timestamp>,
}

/// What one request changes, all at once.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Change {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) add_labels: Vec<String>,
    pub(super) remove_labels: Vec<String>,
    /// Replaces all labels, before those to add and to remove.
    pub(super) labels: Option<Vec<String>>,
    /// True reopens, false closes.
    pub(super) open: Option<bool>,
    pub(super) confidential: Option<bool>,
    pub(super) discussion_locked: Option<bool>,
    pub(super) assignees: Option<Vec<u64>>,
}

impl World {
    /// The issue, if this user may see it; otherwise as if it were not there.
    pub(super) fn visible(&self, project: u64, iid: u64, user: Option<u64>) -> Outcome<&Issue> {
        let project = self.project(project)?;
        let issue = project.issue(iid)?;
        if self.may_see(project, issue, user) {
            Ok(issue)
        } else {
            Err(Refusal::not_found("Issue"))
        }
    }

    pub(super) fn may_see(&self, project: &Project, issue: &Issue, user: Option<u64>) -> bool {
        let own = user.is_some_and(|id| issue.author == id || issue.assignees.contains(&id));
        !issue.confidential || own || self.level(project, user) >= PLANNER
    }

    pub(super) fn open_issue(&mut self, project: u64, user: u64, draft: Draft) -> Outcome<u64> {
        if draft.title.trim().is_empty() {
            return Err(Refusal::bad("title is missing"));
        }
        if draft.title.chars().count() > 255 {
            let body =
                json!({ "message": { "title": ["is too long (maximum is 255 characters)"] } });
            return Err(Refusal { status: 400, body });
        }
        check_description(&draft.description)?;
        let now = self.clock.now();
        let staff = self.level(self.project(project)?, Some(user)) >= PLANNER;
        let last = self.project(project)?.issues.last_key_value().map_or(0, |(iid, _)| *iid);
        let iid = last.saturating_add(1);

        let found = extract(&draft.description);
        let mut change = Change::default();
        if staff {
            change.add_labels = draft.labels;
            change.assignees = Some(draft.assignees);
        }
        self.run_commands(user, iid, &found.commands, &mut change);
        self.drop_forbidden(staff, &mut change);
        let id = self.next_id();
        let created_at = draft.created_at.filter(|_| staff).unwrap_or(now);
        let issue = Issue {
            id,
            iid,
            title: draft.title,
            description: found.text,
            open: true,
            author: user,
            assignees: change.assignees.unwrap_or_default(),
            labels: Vec::new(),
            confidential: change.confidential.unwrap_or(draft.confidential),
            discussion_locked: change.discussion_locked,
            issue_type: draft.issue_type.unwrap_or_else(|| "issue".to_owned()),
            created_at,
            updated_at: created_at,
            updated_by: None,
            closed_at: None,
            closed_by: None,
            moved_to: None,
            origin: Origin::Native,
            label_events: Vec::new(),
            notes: Vec::new(),
        };
        self.project_mut(project)?.issues.insert(iid, issue);
        let mut wanted = Vec::new();
        for title in change.add_labels.iter().filter(|t| !change.remove_labels.contains(t)) {
            let label = self.label_for(project, title)?;
            if !wanted.contains(&label) {
                wanted.push(label);
            }
        }
        self.set_labels(project, iid, user, &wanted, created_at)?;
        self.happened(project, user, now, What::Issue("opened", iid))?;
        self.fire_issue(project, iid, user, "open", json!({}))?;
        if change.open == Some(false) {
            let close = Change { open: Some(false), ..Change::default() };
            self.change_issue(project, iid, user, close)?;
        }
        Ok(iid)
    }

    /// Applies a change as one request does: one event for everything, none when nothing changed.
    pub(super) fn change_issue(
        &mut self,
        project: u64,
        iid: u64,
        user: u64,
        mut change: Change,
    ) -> Outcome<()> {
        let issue = self.visible(project, iid, Some(user))?;
        let own = issue.author == user || issue.assignees.contains(&user);
        let staff = self.level(self.project(project)?, Some(user)) >= PLANNER;
        if !own && !staff {
            return Err(Refusal::forbidden());
        }
        if let Some(description) = change.description.take() {
            check_description(&description)?;
            let found = extract(&description);
            self.run_commands(user, iid, &found.commands, &mut change);
            change.description = Some(found.text);
        }
        self.drop_forbidden(staff, &mut change);

        let before = self.project(project)?.issue(iid)?.clone();
        let now = self.clock.now();
        let wanted = self.wanted_labels(project, &before, &change)?;
        self.set_labels(project, iid, user, &wanted, now)?;
        let said = self.write_change(project, iid, user, &change, now)?;
        for text in said {
            self.add_system_note(project, iid, user, text, now)?;
        }
        let after = self.project(project)?.issue(iid)?.clone();
        let mut changes = self.changes(self.project(project)?, &before, &after);
        if changes.is_empty() {
            return Ok(());
        }
        let times = json!({ "previous": iso(before.updated_at), "current": iso(now) });
        changes.insert("updated_at".to_owned(), times);
        let (action, happened) = match (before.open, after.open) {
            (true, false) => ("close", Some("closed")),
            (false, true) => ("reopen", Some("reopened")),
            _ => ("update", None),
        };
        if let Some(happened) = happened {
            self.happened(project, user, now, What::Issue(happened, iid))?;
        }
        let issue = self.project_mut(project)?.issue_mut(iid)?;
        issue.updated_at = now;
        issue.updated_by = Some(user);
        self.fire_issue(project, iid, user, action, changes.into())
    }

    /// What only members may change is ignored when others send it, without a word.
    fn drop_forbidden(&self, staff: bool, change: &mut Change) {
        if !staff {
            change.add_labels.clear();
            change.remove_labels.clear();
            change.labels = None;
            change.assignees = None;
            change.discussion_locked = None;
        }
    }

    fn wanted_labels(&mut self, project: u64, issue: &Issue, change: &Change) -> Outcome<Vec<u64>> {
        let mut wanted = match &change.labels {
            Some(titles) => self.labels_for(project, titles)?,
            None => issue.labels.clone(),
        };
        for label in self.labels_for(project, &change.add_labels)? {
            if !wanted.contains(&label) {
                wanted.push(label);
            }
        }
        let removed = &change.remove_labels;
        let project = self.project(project)?;
        wanted.retain(|id| project.label(*id).is_none_or(|label| !removed.contains(&label.title)));
        Ok(wanted)
    }

    fn labels_for(&mut self, project: u64, titles: &[String]) -> Outcome<Vec<u64>> {
        titles.iter().map(|title| self.label_for(project, title)).collect()
    }

    /// Writes the fields; gives what the system notes say of it.
    fn write_change(
        &mut self,
        project: u64,
        iid: u64,
        user: u64,
        change: &Change,
        now: Timestamp,
    ) -> Outcome<Vec<&'static str>> {
        let issue = self.project_mut(project)?.issue_mut(iid)?;
        let mut said = Vec::new();
        if let Some(title) = change.title.as_ref().filter(|title| **title != issue.title) {
            issue.title.clone_from(title);
            said.push("changed title");
        }
        if let Some(text) = change.description.as_ref().filter(|t| **t != issue.description) {
            issue.description.clone_from(text);
            said.push("changed the description");
        }
        if let Some(confidential) = change.confidential.filter(|c| *c != issue.confidential) {
            issue.confidential = confidential;
            said.push(if confidential {
                "made the issue confidential"
            } else {
                "made the issue visible to everyone"
            });
        }
        if let Some(locked) = change.discussion_locked {
            issue.discussion_locked = Some(locked);
        }
        if let Some(assignees) = &change.assignees {
            issue.assignees.clone_from(assignees);
        }
        match change.open.filter(|open| *open != issue.open) {
            Some(false) => {
                issue.open = false;
                issue.closed_at = Some(now);
                issue.closed_by = Some(user);
            }
            Some(true) => {
                issue.open = true;
                issue.closed_at = None;
                issue.closed_by = None;
            }
            None => {}
        }
        Ok(said)
    }

    /// Moves an issue: a copy opens in the other project, this one closes and names it.
    pub(super) fn move_issue(&mut self, from: u64, iid: u64, user: u64, to: u64) -> Outcome<u64> {
        self.require(from, Some(user), PLANNER)?;
        self.require(to, Some(user), PLANNER)?;
        let source = self.visible(from, iid, Some(user))?.clone();
        let draft = Draft {
            title: source.title,
            description: source.description,
            confidential: source.confidential,
            ..Draft::default()
        };
        let new = self.open_issue(to, user, draft)?;
        let target = self.project_mut(to)?.issue_mut(new)?;
        target.author = source.author;
        let target_id = target.id;
        self.project_mut(from)?.issue_mut(iid)?.moved_to = Some(target_id);
        self.change_issue(from, iid, user, Change { open: Some(false), ..Change::default() })?;
        Ok(new)
    }
}

pub(super) fn state(open: bool) -> &'static str {
    if open { "opened" } else { "closed" }
}

fn check_description(text: &str) -> Outcome<()> {
    if text.chars().count() > 1_048_576 {
        let error = "is too long (maximum is 1048576 characters)";
        let body = json!({ "message": { "description": [error] } });
        return Err(Refusal { status: 400, body });
    }
    Ok(())
}
