//! What tests and the demo read from the world without going over HTTP.

use super::clock::iso;
use super::projects::Project;
use super::wire::Refusal;
use super::world::World;
use serde_json::Value;

/// A comment as the world holds it, with nothing filtered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Number.
    pub id: u64,
    /// Username of who wrote it.
    pub author: String,
    /// Text.
    pub body: String,
    /// Written by GitLab itself.
    pub system: bool,
    /// Readable by members only.
    pub internal: bool,
    /// Reactions as `username:name`.
    pub awards: Vec<String>,
    /// When it was written.
    pub created_at: String,
}

/// Reading in the project with the lowest number, the tracker of the default seed.
impl World {
    /// The issue as the API shows it to an administrator.
    ///
    /// # Errors
    /// 404 when there is no such issue.
    pub fn issue(&self, iid: u64) -> Result<Value, Refusal> {
        let project = self.first()?;
        Ok(self.issue_json(project, project.issue(iid)?, false))
    }

    /// All iids, ascending.
    pub fn iids(&self) -> Vec<u64> {
        self.first().map(|project| project.issues.keys().copied().collect()).unwrap_or_default()
    }

    /// The description of an issue.
    ///
    /// # Errors
    /// 404 when there is no such issue.
    pub fn description(&self, iid: u64) -> Result<String, Refusal> {
        Ok(self.first()?.issue(iid)?.description.clone())
    }

    /// Titles of the labels an issue carries, sorted.
    ///
    /// # Errors
    /// 404 when there is no such issue.
    pub fn labels_of(&self, iid: u64) -> Result<Vec<String>, Refusal> {
        let project = self.first()?;
        let labels = project.issue(iid)?.labels.iter().filter_map(|id| project.label(*id));
        let mut titles: Vec<String> = labels.map(|label| label.title.clone()).collect();
        titles.sort();
        Ok(titles)
    }

    /// Usernames of an issue's assignees.
    ///
    /// # Errors
    /// 404 when there is no such issue.
    pub fn assignees(&self, iid: u64) -> Result<Vec<String>, Refusal> {
        let assignees = &self.first()?.issue(iid)?.assignees;
        let names = assignees.iter().filter_map(|id| self.user(*id));
        Ok(names.map(|user| user.username.clone()).collect())
    }

    /// Titles of all labels of the project, in the order they were made.
    pub fn labels(&self) -> Vec<String> {
        let labels = self.first().map(|project| project.labels.iter());
        labels.map(|all| all.map(|label| label.title.clone()).collect()).unwrap_or_default()
    }

    /// All notes of an issue, oldest first, system and internal ones too.
    ///
    /// # Errors
    /// 404 when there is no such issue.
    pub fn comments(&self, iid: u64) -> Result<Vec<Comment>, Refusal> {
        let username = |id: u64| self.user(id).map(|user| user.username.clone());
        let notes = self.first()?.issue(iid)?.notes.iter().map(|note| Comment {
            id: note.id,
            author: username(note.author).unwrap_or_default(),
            body: note.body.clone(),
            system: note.system,
            internal: note.internal,
            awards: note
                .awards
                .iter()
                .map(|a| format!("{}:{}", username(a.user).unwrap_or_default(), a.name))
                .collect(),
            created_at: iso(note.created_at),
        });
        Ok(notes.collect())
    }

    /// The comments one user wrote on an issue, oldest first.
    ///
    /// # Errors
    /// 404 when there is no such issue.
    pub fn comments_by(&self, iid: u64, username: &str) -> Result<Vec<Comment>, Refusal> {
        let mut comments = self.comments(iid)?;
        comments.retain(|comment| comment.author == username && !comment.system);
        Ok(comments)
    }

    /// The text of a repository file.
    pub fn file(&self, path: &str) -> Option<String> {
        let file = self.first().ok()?.files.get(path)?;
        String::from_utf8(file.content.clone()).ok()
    }

    pub(super) fn first(&self) -> Result<&Project, Refusal> {
        self.projects.values().next().ok_or_else(|| Refusal::not_found("Project"))
    }
}
