//! The writes: the only ones of the whole program.
//!
//! None is repeated once it may have reached GitLab: such a write fails as
//! [`GitlabError::Lost`], and the caller looks for its effect first.

use gitlab::api::Endpoint;
use gitlab::api::projects::issues::EditIssue;
use gitlab::api::projects::issues::notes::awards::CreateIssueNoteAward;
use gitlab::api::projects::issues::notes::{CreateIssueNote, DeleteIssueNote, EditIssueNote};
use gitlab::api::projects::labels::{CreateLabel, EditLabel, LabelColor};
use gitlab::api::projects::repository::files::CreateFile;
use http::StatusCode;

use super::endpoint::{TestHook, WriteHook};
use super::request::Outgoing;
use super::{
    GitLab, GitlabError, Hook, HookSettings, Label, NewFile, Posted, Result, built, shape,
};
use crate::model::{HookId, Issue, IssueRef, LabelName, NoteId, ProjectId, UserId};

impl GitLab {
    /// Puts on and takes off labels and, if given, replaces the description: one request, applied
    /// together. Returns the issue as it is after it.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write. With a description, a rate limit's pause is never waited
    /// out here: somebody may edit meanwhile, and the edit would be overwritten.
    pub async fn update_issue(
        &self,
        issue: IssueRef,
        add_labels: &[LabelName],
        remove_labels: &[LabelName],
        description: Option<&str>,
    ) -> Result<Issue> {
        let IssueRef { project, iid } = issue;
        let mut edit = EditIssue::builder();
        edit.project(project.0).issue(iid.0);
        for label in add_labels {
            edit.add_label(label.as_str());
        }
        for label in remove_labels {
            edit.remove_label(label.as_str());
        }
        if let Some(description) = description {
            edit.description(description);
        }
        let request = self.0.request_for(&built(edit.build())?)?;
        let answer = self.0.call(Outgoing { once: description.is_some(), ..request }).await?;
        let issue: shape::Issue = serde_json::from_slice(answer.body())
            .map_err(|_| GitlabError::unreadable("an issue", true))?;
        Ok(issue.into())
    }

    /// Assigns the issue to one account, and to nobody else.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write.
    pub async fn assign(&self, issue: IssueRef, user: UserId) -> Result<()> {
        let IssueRef { project, iid } = issue;
        let edit = EditIssue::builder().project(project.0).issue(iid.0).assignee_id(user.0).build();
        self.tell(built(edit)?).await
    }

    /// Posts a comment; an internal one is readable by members only.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write; [`GitlabError::CommandsExecuted`] when GitLab has taken
    /// some of the text as quick actions.
    pub async fn post_note(&self, issue: IssueRef, body: &str, internal: bool) -> Result<Posted> {
        let IssueRef { project, iid } = issue;
        let endpoint = CreateIssueNote::builder()
            .project(project.0)
            .issue(iid.0)
            .body(body)
            .internal(internal)
            .build();
        self.write_note(built(endpoint)?).await
    }

    /// Replaces the text of a comment of ours.
    ///
    /// # Errors
    /// As [`post_note`](Self::post_note).
    pub async fn edit_note(&self, issue: IssueRef, note: NoteId, body: &str) -> Result<Posted> {
        let IssueRef { project, iid } = issue;
        let endpoint = EditIssueNote::builder()
            .project(project.0)
            .issue(iid.0)
            .note(note.0)
            .body(body)
            .build();
        self.write_note(built(endpoint)?).await
    }

    async fn write_note(&self, endpoint: impl Endpoint) -> Result<Posted> {
        let lost = || GitlabError::unreadable("a comment", true);
        let answer = self.send(endpoint).await?;
        if answer.status() == StatusCode::ACCEPTED {
            return Err(GitlabError::CommandsExecuted);
        }
        let written: shape::NoteWritten =
            serde_json::from_slice(answer.body()).map_err(|_| lost())?;
        if written.ran_commands() {
            return Err(GitlabError::CommandsExecuted);
        }
        let (note, body) = written.stored().ok_or_else(lost)?;
        Ok(Posted { note, body })
    }

    /// Deletes a comment of ours; one that is gone already is fine.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write but [`GitlabError::NotFound`].
    pub async fn delete_note(&self, issue: IssueRef, note: NoteId) -> Result<()> {
        let IssueRef { project, iid } = issue;
        let endpoint =
            built(DeleteIssueNote::builder().project(project.0).issue(iid.0).note(note.0).build())?;
        match self.tell(endpoint).await {
            Err(GitlabError::NotFound { .. }) => Ok(()),
            other => other,
        }
    }

    /// Puts a reaction of ours on a comment; one that stands there already is fine.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write.
    pub async fn award_emoji(&self, issue: IssueRef, note: NoteId, emoji: &str) -> Result<()> {
        let IssueRef { project, iid } = issue;
        let endpoint = CreateIssueNoteAward::builder()
            .project(project.0)
            .issue(iid.0)
            .note(note.0)
            .name(emoji)
            .build();
        match self.tell(built(endpoint)?).await {
            // GitLab has answered a second reaction with 404, 409 and 400 over the years.
            Err(
                GitlabError::NotFound { detail }
                | GitlabError::Conflict { detail }
                | GitlabError::Invalid { detail, .. },
            ) if detail.contains("already been taken") => Ok(()),
            other => other,
        }
    }

    /// Creates a label of the project; `color` is `#rrggbb`.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write; [`GitlabError::Conflict`] when it exists.
    pub async fn create_label(
        &self,
        project: ProjectId,
        name: &LabelName,
        color: &str,
        description: &str,
    ) -> Result<Label> {
        let endpoint = CreateLabel::builder()
            .project(project.0)
            .name(name.as_str())
            .color(label_color(color)?)
            .description(description)
            .build();
        self.ask::<shape::Label>(built(endpoint)?, "a label").await.map(Label::from)
    }

    /// Gives a label of the project its colour (`#rrggbb`) and description.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write.
    pub async fn update_label(
        &self,
        project: ProjectId,
        label: u64,
        color: &str,
        description: &str,
    ) -> Result<Label> {
        let endpoint = EditLabel::builder()
            .project(project.0)
            .label(label)
            .color(label_color(color)?)
            .description(description)
            .build();
        self.ask::<shape::Label>(built(endpoint)?, "a label").await.map(Label::from)
    }

    /// Creates a webhook. Check [`Hook::signing_token_present`] in what comes back.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write.
    pub async fn create_hook(&self, project: ProjectId, settings: &HookSettings) -> Result<Hook> {
        let endpoint = WriteHook { project, hook: None, settings };
        self.ask::<shape::Hook>(endpoint, "a webhook").await.map(Hook::from)
    }

    /// Makes a webhook as it shall be, both secrets included.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write.
    pub async fn update_hook(
        &self,
        project: ProjectId,
        hook: HookId,
        settings: &HookSettings,
    ) -> Result<Hook> {
        let endpoint = WriteHook { project, hook: Some(hook), settings };
        self.ask::<shape::Hook>(endpoint, "a webhook").await.map(Hook::from)
    }

    /// Has GitLab deliver a test of an issue event, which also enables a disabled hook again.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write; [`GitlabError::Invalid`] when the delivery failed.
    pub async fn test_hook(&self, project: ProjectId, hook: HookId) -> Result<()> {
        self.tell(TestHook { project, hook }).await
    }

    /// Commits a new file.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write; [`GitlabError::Invalid`] when it exists.
    pub async fn create_file(&self, project: ProjectId, file: &NewFile<'_>) -> Result<()> {
        let endpoint = CreateFile::builder()
            .project(project.0)
            .file_path(file.path)
            .branch(file.branch)
            .content(file.content.as_bytes())
            .commit_message(file.message)
            .build();
        self.tell(built(endpoint)?).await
    }
}

/// Reads `#rrggbb`.
fn label_color(text: &str) -> Result<LabelColor> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let [_, red, green, blue] =
        number.ok_or(GitlabError::Unusable("a label's colour must be #rrggbb"))?.to_be_bytes();
    Ok(LabelColor::from((red, green, blue)))
}
