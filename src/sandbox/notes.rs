//! Comments, system notes and reactions.

use super::clock::iso;
use super::commands::extract;
use super::events::What;
use super::issues::{Change, Issue};
use super::users::{MAINTAINER, PLANNER};
use super::wire::{Answer, Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use serde_json::{Value, json};

/// One note of an issue.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) id: u64,
    pub(super) author: u64,
    pub(super) body: String,
    /// Written by GitLab itself.
    pub(super) system: bool,
    /// Readable by members only.
    pub(super) internal: bool,
    /// A cross-reference from where nobody here may look: takes its place on a page, unseen.
    pub(super) hidden: bool,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) awards: Vec<Award>,
}

/// A reaction.
#[derive(Debug, Clone)]
pub(super) struct Award {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) user: u64,
    pub(super) at: Timestamp,
}

impl World {
    /// A note as this user sees it; none when it is hidden from them.
    pub(super) fn note_json(
        &self,
        project: u64,
        issue: &Issue,
        note: &Note,
        user: Option<u64>,
    ) -> Option<Value> {
        let level = self.level(self.project(project).ok()?, user);
        let internal_allowed = level >= PLANNER || user == Some(note.author);
        if note.hidden || (note.internal && !internal_allowed) {
            return None;
        }
        Some(json!({
            "id": note.id,
            "type": null,
            "body": note.body,
            "author": self.brief(note.author),
            "created_at": iso(note.created_at),
            "updated_at": iso(note.updated_at),
            "system": note.system,
            "noteable_id": issue.id,
            "noteable_type": "Issue",
            "noteable_iid": issue.iid,
            "project_id": project,
            "resolvable": false,
            "confidential": note.internal,
            "internal": note.internal,
            "imported": false,
            "imported_from": "none",
            "commands_changes": {},
        }))
    }

    pub(super) fn note(&self, project: u64, iid: u64, id: u64) -> Outcome<&Note> {
        let issue = self.project(project)?.issue(iid)?;
        let note = issue.notes.iter().find(|note| note.id == id);
        note.ok_or_else(|| Refusal::not_found("Note"))
    }

    pub(super) fn note_mut(&mut self, project: u64, iid: u64, id: u64) -> Outcome<&mut Note> {
        let issue = self.project_mut(project)?.issue_mut(iid)?;
        let note = issue.notes.iter_mut().find(|note| note.id == id);
        note.ok_or_else(|| Refusal::not_found("Note"))
    }

    /// Writes a comment. Its quick actions run; without other text there is no comment (202).
    pub(super) fn create_note(
        &mut self,
        project: u64,
        iid: u64,
        user: u64,
        body: &str,
        internal: bool,
    ) -> Outcome {
        let issue = self.visible(project, iid, Some(user))?;
        let locked = issue.discussion_locked == Some(true);
        let level = self.level(self.project(project)?, Some(user));
        if (locked && level == 0) || (internal && level < PLANNER) {
            return Err(Refusal::forbidden());
        }
        check_body(body)?;
        let found = extract(body);
        let (changes, summary) = self.run_in_note(project, iid, user, &found.commands)?;
        if found.text.trim().is_empty() {
            return Ok(Answer::json(
                202,
                &json!({
                    "commands_changes": changes,
                    "summary": summary,
                }),
            ));
        }
        let now = self.clock.now();
        let id = self.next_id();
        let note = Note {
            id,
            author: user,
            body: found.text,
            system: false,
            internal,
            hidden: false,
            created_at: now,
            updated_at: now,
            awards: Vec::new(),
        };
        let issue = self.project_mut(project)?.issue_mut(iid)?;
        issue.updated_at = now;
        issue.notes.push(note);
        self.happened(project, user, now, What::Comment(iid, id))?;
        self.fire_note(project, iid, id, "create")?;
        let issue = self.project(project)?.issue(iid)?;
        let note = self.note(project, iid, id)?;
        let mut value = self.note_json(project, issue, note, Some(user)).unwrap_or(Value::Null);
        if let Some(map) = value.as_object_mut() {
            map.insert("commands_changes".to_owned(), changes);
        }
        Ok(Answer::json(201, &value))
    }

    fn run_in_note(
        &mut self,
        project: u64,
        iid: u64,
        user: u64,
        commands: &[(String, String)],
    ) -> Outcome<(Value, Vec<String>)> {
        let mut change = Change::default();
        let summary = self.run_commands(user, iid, commands, &mut change);
        if change == Change::default() {
            let changes = commands.iter().map(|(name, _)| (name.clone(), json!(true))).collect();
            return Ok((Value::Object(changes), summary));
        }
        let mut changes = serde_json::Map::new();
        if let Some(open) = change.open {
            let event = if open { "reopen" } else { "close" };
            changes.insert("state_event".to_owned(), json!(event));
        }
        for (key, labels) in
            [("add_labels", &change.add_labels), ("remove_labels", &change.remove_labels)]
        {
            if !labels.is_empty() {
                changes.insert(key.to_owned(), json!(labels));
            }
        }
        if changes.is_empty() {
            changes.extend(commands.iter().map(|(name, _)| (name.clone(), json!(true))));
        }
        match self.change_issue(project, iid, user, change) {
            Ok(()) => Ok((Value::Object(changes), summary)),
            // What the writer may not do is left undone; the comment itself goes through.
            Err(refusal) if refusal.status == 403 => {
                self.executed.truncate(self.executed.len().saturating_sub(commands.len()));
                Ok((json!({}), vec!["Could not apply the commands.".to_owned()]))
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Edits a comment. Quick actions run here, too; when nothing else is left it is deleted.
    pub(super) fn edit_note(
        &mut self,
        project: u64,
        iid: u64,
        user: u64,
        id: u64,
        body: &str,
    ) -> Outcome {
        self.may_edit_note(project, iid, user, id)?;
        check_body(body)?;
        let found = extract(body);
        let (changes, summary) = self.run_in_note(project, iid, user, &found.commands)?;
        if found.text.trim().is_empty() {
            self.project_mut(project)?.issue_mut(iid)?.notes.retain(|note| note.id != id);
            let body = json!({ "commands_changes": changes, "summary": summary });
            return Ok(Answer::json(202, &body));
        }
        let now = self.clock.now();
        let note = self.note_mut(project, iid, id)?;
        if note.body != found.text {
            note.body = found.text;
            note.updated_at = now;
            self.fire_note(project, iid, id, "update")?;
        }
        let issue = self.project(project)?.issue(iid)?;
        let note = self.note(project, iid, id)?;
        let value = self.note_json(project, issue, note, Some(user));
        Ok(Answer::ok(&value.unwrap_or(Value::Null)))
    }

    /// Deletes a comment; no webhook tells of it.
    pub(super) fn delete_note(&mut self, project: u64, iid: u64, user: u64, id: u64) -> Outcome {
        self.may_edit_note(project, iid, user, id)?;
        self.project_mut(project)?.issue_mut(iid)?.notes.retain(|note| note.id != id);
        Ok(Answer::empty(204))
    }

    fn may_edit_note(&self, project: u64, iid: u64, user: u64, id: u64) -> Outcome<()> {
        let issue = self.visible(project, iid, Some(user))?;
        let note = self.note(project, iid, id)?;
        if self.note_json(project, issue, note, Some(user)).is_none() {
            return Err(Refusal::not_found("Note"));
        }
        if note.system {
            return Err(Refusal::forbidden());
        }
        if note.author == user { Ok(()) } else { self.require(project, Some(user), MAINTAINER) }
    }

    pub(super) fn add_system_note(
        &mut self,
        project: u64,
        iid: u64,
        user: u64,
        body: &str,
        at: Timestamp,
    ) -> Outcome<u64> {
        let id = self.next_id();
        let note = Note {
            id,
            author: user,
            body: body.to_owned(),
            system: true,
            internal: false,
            hidden: false,
            created_at: at,
            updated_at: at,
            awards: Vec::new(),
        };
        self.project_mut(project)?.issue_mut(iid)?.notes.push(note);
        Ok(id)
    }

    pub(super) fn award_json(&self, award: &Award, note: u64) -> Value {
        json!({
            "id": award.id,
            "name": award.name,
            "user": self.brief(award.user),
            "created_at": iso(award.at),
            "updated_at": iso(award.at),
            "awardable_id": note,
            "awardable_type": "Note",
            "url": null,
        })
    }

    /// Adds a reaction; a second one of the same name by the same user is refused with 404.
    pub(super) fn award(
        &mut self,
        project: u64,
        iid: u64,
        user: u64,
        id: u64,
        name: &str,
    ) -> Outcome {
        self.visible(project, iid, Some(user))?;
        let now = self.clock.now();
        let award = Award { id: self.next_id(), name: name.to_owned(), user, at: now };
        let note = self.note_mut(project, iid, id)?;
        if note.awards.iter().any(|other| other.user == user && other.name == name) {
            let text = "404 Award Emoji Name has already been taken Not Found";
            return Err(Refusal::message(404, text));
        }
        note.awards.push(award.clone());
        Ok(Answer::json(201, &self.award_json(&award, id)))
    }

    pub(super) fn revoke_award(
        &mut self,
        project: u64,
        iid: u64,
        user: u64,
        id: u64,
        award: u64,
    ) -> Outcome {
        self.visible(project, iid, Some(user))?;
        let note = self.note_mut(project, iid, id)?;
        let found = note.awards.iter().find(|other| other.id == award);
        let found = found.ok_or_else(|| Refusal::not_found("Award Emoji"))?;
        if found.user != user {
            return Err(Refusal::forbidden());
        }
        note.awards.retain(|other| other.id != award);
        Ok(Answer::empty(204))
    }
}

fn check_body(body: &str) -> Outcome<()> {
    if body.trim().is_empty() {
        let text = "400 Bad request - Note {:note=>[\"can't be blank\"]}";
        return Err(Refusal::message(400, text));
    }
    if body.chars().count() > 1_000_000 {
        let text =
            "400 Bad request - Note {:note=>[\"is too long (maximum is 1000000 characters)\"]}";
        return Err(Refusal::message(400, text));
    }
    Ok(())
}
