//! What a named person does in the tracker, without going over HTTP.

use super::issues::{Change, Draft};
use super::users::PLANNER;
use super::wire::{Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use serde_json::Value;

/// Acts as one user in one project, with that user's rights; hooks fire as for everybody.
#[derive(Debug)]
pub struct Hand<'a> {
    pub(super) world: &'a mut World,
    pub(super) username: String,
    pub(super) project: Option<u64>,
    /// When things happen, if not now.
    pub(super) at: Option<Timestamp>,
}

impl World {
    /// Acts as this user in the project with the lowest number, the tracker of the default seed.
    pub fn by(&mut self, username: &str) -> Hand<'_> {
        let project = self.projects.keys().next().copied();
        Hand { username: username.to_owned(), project, at: None, world: self }
    }

    /// Adds a note to an issue that nobody can see: it makes a page of notes short.
    ///
    /// # Errors
    /// 404 when the first project has no such issue.
    pub fn add_hidden_note(&mut self, iid: u64) -> Result<u64, Refusal> {
        let project = self.projects.keys().next().copied();
        let project = project.ok_or_else(|| Refusal::not_found("Project"))?;
        let now = self.clock.now();
        let id = self.add_system_note(project, iid, 1, "mentioned in a private place", now)?;
        self.note_mut(project, iid, id)?.hidden = true;
        Ok(id)
    }

    /// Gives a user an access level in the first project; 0 takes the membership away.
    ///
    /// # Errors
    /// 404 when there is no such user or project.
    pub fn set_member(&mut self, username: &str, level: u64) -> Result<(), Refusal> {
        let user = self.user_named(username).ok_or_else(|| Refusal::not_found("User"))?.id;
        let project = self.projects.values_mut().next();
        let members = &mut project.ok_or_else(|| Refusal::not_found("Project"))?.members;
        if level == 0 {
            members.remove(&user)
        } else {
            members.insert(user, level)
        };
        Ok(())
    }

    /// Deletes a label of the first project, as a maintainer might.
    ///
    /// # Errors
    /// 404 when there is no such label or project.
    pub fn remove_label(&mut self, id: u64) -> Result<(), Refusal> {
        let project = self.projects.keys().next().copied();
        self.delete_label(project.ok_or_else(|| Refusal::not_found("Project"))?, id)
    }

    /// Revokes every token of a user.
    pub fn revoke_tokens(&mut self, username: &str) {
        for token in self.tokens.iter_mut().filter(|token| token.username == username) {
            token.revoked = true;
        }
    }
}

/// Each of these is refused as GitLab's API would: 403, 404, 400.
impl Hand<'_> {
    /// Acts in another project.
    #[must_use]
    pub fn in_project(mut self, id: u64) -> Self {
        self.project = Some(id);
        self
    }

    /// Opens an issue; gives its iid.
    ///
    /// # Errors
    /// 400 without a title.
    pub fn open_issue(&mut self, title: &str, description: &str) -> Result<u64, Refusal> {
        let (project, user) = self.place()?;
        let draft = Draft {
            title: title.to_owned(),
            description: description.to_owned(),
            ..Draft::default()
        };
        self.world.open_issue(project, user, draft)
    }

    /// Puts labels on and takes labels off, in one request.
    ///
    /// # Errors
    /// 403 when the user may not edit the issue; labels of who may not label are just ignored.
    pub fn set_labels(&mut self, iid: u64, add: &[&str], remove: &[&str]) -> Result<(), Refusal> {
        let owned = |titles: &[&str]| titles.iter().map(|&title| title.to_owned()).collect();
        let change =
            Change { add_labels: owned(add), remove_labels: owned(remove), ..Change::default() };
        self.change(iid, change)
    }

    /// Puts on or takes off labels whatever the user's role is: what a bug, an import or a past
    /// membership can leave behind.
    ///
    /// # Errors
    /// 404 when there is no such issue or user.
    pub fn force_labels(&mut self, iid: u64, add: &[&str], remove: &[&str]) -> Result<(), Refusal> {
        let (project, user) = self.place()?;
        let had = self.world.project_mut(project)?.members.insert(user, PLANNER);
        let result = self.set_labels(iid, add, remove);
        let members = &mut self.world.project_mut(project)?.members;
        match had {
            Some(level) => members.insert(user, level),
            None => members.remove(&user),
        };
        result
    }

    /// Replaces the title.
    ///
    /// # Errors
    /// 403 for who neither opened the issue nor belongs to the project.
    pub fn retitle(&mut self, iid: u64, title: &str) -> Result<(), Refusal> {
        self.change(iid, Change { title: Some(title.to_owned()), ..Change::default() })
    }

    /// Replaces the description.
    ///
    /// # Errors
    /// 403 for who neither opened the issue nor belongs to the project.
    pub fn describe(&mut self, iid: u64, description: &str) -> Result<(), Refusal> {
        let description = Some(description.to_owned());
        self.change(iid, Change { description, ..Change::default() })
    }

    /// Ticks or unticks the first checklist line of the description that contains this text.
    /// Says whether there was one to change.
    ///
    /// # Errors
    /// 403 for who neither opened the issue nor belongs to the project.
    pub fn tick(&mut self, iid: u64, text: &str, done: bool) -> Result<bool, Refusal> {
        let (project, _) = self.place()?;
        let (from, to) = if done { ("[ ]", "[x]") } else { ("[x]", "[ ]") };
        let description = self.world.project(project)?.issue(iid)?.description.clone();
        let is_wanted = |line: &str| line.contains(from) && line.contains(text);
        let Some(place) = description.split('\n').position(is_wanted) else {
            return Ok(false);
        };
        let lines = description.split('\n').enumerate().map(|(number, line)| {
            if number == place { line.replacen(from, to, 1) } else { line.to_owned() }
        });
        let ticked = lines.collect::<Vec<_>>().join("\n");
        self.describe(iid, &ticked)?;
        Ok(true)
    }

    /// Closes the issue.
    ///
    /// # Errors
    /// 403 for who neither opened the issue nor belongs to the project.
    pub fn close(&mut self, iid: u64) -> Result<(), Refusal> {
        self.change(iid, Change { open: Some(false), ..Change::default() })
    }

    /// Opens a closed issue again.
    ///
    /// # Errors
    /// 403 for who neither opened the issue nor belongs to the project.
    pub fn reopen(&mut self, iid: u64) -> Result<(), Refusal> {
        self.change(iid, Change { open: Some(true), ..Change::default() })
    }

    /// Makes the issue confidential, or public again.
    ///
    /// # Errors
    /// 403 for who neither opened the issue nor belongs to the project.
    pub fn set_confidential(&mut self, iid: u64, confidential: bool) -> Result<(), Refusal> {
        self.change(iid, Change { confidential: Some(confidential), ..Change::default() })
    }

    /// Makes these users the assignees.
    ///
    /// # Errors
    /// 403 for who neither opened the issue nor belongs to the project.
    pub fn assign(&mut self, iid: u64, usernames: &[&str]) -> Result<(), Refusal> {
        let users = usernames.iter().filter_map(|name| self.world.user_named(name));
        let assignees = Some(users.map(|user| user.id).collect());
        self.change(iid, Change { assignees, ..Change::default() })
    }

    /// Writes a comment; gives its number, or none when it was only quick actions.
    ///
    /// # Errors
    /// 403 in a locked discussion, 404 for a confidential issue the user may not see.
    pub fn comment(&mut self, iid: u64, body: &str) -> Result<Option<u64>, Refusal> {
        self.write_note(iid, body, false)
    }

    /// Writes a comment that only members can read.
    ///
    /// # Errors
    /// As [`Hand::comment`], and 403 for who is no member.
    pub fn comment_internally(&mut self, iid: u64, body: &str) -> Result<Option<u64>, Refusal> {
        self.write_note(iid, body, true)
    }

    /// Replaces a comment's text.
    ///
    /// # Errors
    /// 403 for who neither wrote it nor maintains the project.
    pub fn edit_comment(&mut self, iid: u64, note: u64, body: &str) -> Result<(), Refusal> {
        let (project, user) = self.place()?;
        self.world.edit_note(project, iid, user, note, body).map(drop)
    }

    /// Deletes a comment.
    ///
    /// # Errors
    /// 403 for who neither wrote it nor maintains the project.
    pub fn delete_comment(&mut self, iid: u64, note: u64) -> Result<(), Refusal> {
        let (project, user) = self.place()?;
        self.world.delete_note(project, iid, user, note).map(drop)
    }

    fn write_note(&mut self, iid: u64, body: &str, internal: bool) -> Result<Option<u64>, Refusal> {
        let (project, user) = self.place()?;
        let answer = self.world.create_note(project, iid, user, body, internal)?;
        let value: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        Ok(value.get("id").and_then(Value::as_u64))
    }

    fn change(&mut self, iid: u64, change: Change) -> Result<(), Refusal> {
        let (project, user) = self.place()?;
        self.world.change_issue(project, iid, user, change)
    }

    pub(super) fn place(&self) -> Outcome<(u64, u64)> {
        let user = self.world.user_named(&self.username);
        let user = user.ok_or_else(|| Refusal::not_found("User"))?.id;
        let project = self.project.ok_or_else(|| Refusal::not_found("Project"))?;
        Ok((project, user))
    }
}
