//! The reads.

use gitlab::api::issues::{IssueOrderBy, IssueState};
use gitlab::api::personal_access_tokens::PersonalAccessTokenSelf;
use gitlab::api::projects::hooks::Hooks;
use gitlab::api::projects::issues::notes::IssueNotes;
use gitlab::api::projects::issues::notes::awards::IssueNoteAwards;
use gitlab::api::projects::issues::{Issue as IssueEndpoint, IssueResourceLabelEvents, Issues};
use gitlab::api::projects::labels::Labels;
use gitlab::api::projects::members::AllProjectMember;
use gitlab::api::projects::repository::files::File;
use gitlab::api::users::{CurrentUser, Users};
use gitlab::api::{common::SortOrder, projects};

use super::endpoint::{HookDeliveries, InstanceVersion, SingleNote};
use super::{
    FailedDelivery, GitLab, GitlabError, Hook, Label, Member, Project, Result, TokenInfo, Version,
    built, shape,
};
use crate::model::{
    Actor, HookId, Issue, IssueRef, LabelEvent, Note, NoteId, ProjectId, UserId, Username,
};
use jiff::Timestamp;

/// An issue holds at most 5,000 comments; GitLab's own ("added ~label") come on top.
const NOTE_PAGES: usize = 60;

impl GitLab {
    /// The account the token belongs to.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn current_user(&self) -> Result<Actor> {
        let endpoint = built(CurrentUser::builder().build())?;
        self.ask::<shape::User>(endpoint, "the current user").await.map(Actor::from)
    }

    /// The account with this username; `None` when nobody has it.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn user_named(&self, username: &Username) -> Result<Option<Actor>> {
        let endpoint = built(Users::builder().username(username.as_str()).build())?;
        let found = self.ask::<Vec<shape::User>>(endpoint, "accounts of a name").await?;
        Ok(found.into_iter().next().map(Actor::from))
    }

    /// A project by its full path or its number.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn project(&self, path_or_id: &str) -> Result<Project> {
        let endpoint = built(projects::Project::builder().project(path_or_id).build())?;
        self.ask::<shape::Project>(endpoint, "a project").await.map(Project::from)
    }

    /// The issue as it is now.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn fetch_issue(&self, issue: IssueRef) -> Result<Issue> {
        let IssueRef { project, iid } = issue;
        let endpoint = built(IssueEndpoint::builder().project(project.0).issue(iid.0).build())?;
        self.ask::<shape::Issue>(endpoint, "an issue").await.map(Issue::from)
    }

    /// All open issues of a project, lowest number first.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn list_open_issues(&self, project: ProjectId) -> Result<Vec<Issue>> {
        let endpoint =
            built(Issues::builder().project(project.0).state(IssueState::Opened).build())?;
        let issues = self.list::<shape::Issue>(endpoint, self.0.page_cap(), "issues").await?;
        let mut issues: Vec<Issue> = issues.into_iter().map(Issue::from).collect();
        // Offset pages shift while they are read: the same issue may come twice.
        issues.sort_by_key(|issue| issue.at);
        issues.dedup_by_key(|issue| issue.at);
        Ok(issues)
    }

    /// All label events of an issue, in order of their ids.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn list_label_events(&self, issue: IssueRef) -> Result<Vec<LabelEvent>> {
        let IssueRef { project, iid } = issue;
        let endpoint =
            built(IssueResourceLabelEvents::builder().project(project.0).issue(iid.0).build())?;
        let events =
            self.list::<shape::LabelEvent>(endpoint, self.0.page_cap(), "label events").await?;
        let mut events: Vec<LabelEvent> = events.into_iter().map(LabelEvent::from).collect();
        events.sort_by_key(|event| event.id);
        events.dedup_by_key(|event| event.id);
        Ok(events)
    }

    /// One comment.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn fetch_note(&self, issue: IssueRef, note: NoteId) -> Result<Note> {
        self.ask::<shape::Note>(SingleNote { issue, note }, "a comment").await.map(Note::from)
    }

    /// All comments of an issue, GitLab's own included, oldest first.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read; a list that can't be read to its end is one too.
    pub async fn list_notes(&self, issue: IssueRef) -> Result<Vec<Note>> {
        let IssueRef { project, iid } = issue;
        let endpoint = built(
            IssueNotes::builder()
                .project(project.0)
                .issue(iid.0)
                .sort(SortOrder::Ascending)
                .build(),
        )?;
        let cap = NOTE_PAGES.min(self.0.page_cap());
        let notes = self.list::<shape::Note>(endpoint, cap, "comments").await?;
        let mut notes: Vec<Note> = notes.into_iter().map(Note::from).collect();
        notes.sort_by_key(|note| note.id);
        notes.dedup_by_key(|note| note.id);
        Ok(notes)
    }

    /// A member of a project, inherited ones included; absent when the account is none.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read but [`GitlabError::NotFound`].
    pub async fn member(&self, project: ProjectId, user: UserId) -> Result<Option<Member>> {
        let endpoint = built(AllProjectMember::builder().project(project.0).user(user.0).build())?;
        absent_is_none(self.ask::<shape::Member>(endpoint, "a member").await)
            .map(|member| member.map(Member::from))
    }

    /// Names of the reactions this account has on a comment.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn own_reactions(
        &self,
        issue: IssueRef,
        note: NoteId,
        bot: UserId,
    ) -> Result<Vec<String>> {
        let IssueRef { project, iid } = issue;
        let endpoint =
            built(IssueNoteAwards::builder().project(project.0).issue(iid.0).note(note.0).build())?;
        let awards = self.list::<shape::Award>(endpoint, self.0.page_cap(), "reactions").await?;
        Ok(awards.into_iter().filter(|award| award.is_by(bot)).map(|award| award.name).collect())
    }

    /// All labels a project's issues can carry, its groups' included.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn labels(&self, project: ProjectId) -> Result<Vec<Label>> {
        let endpoint = built(Labels::builder().project(project.0).build())?;
        let labels = self.list::<shape::Label>(endpoint, self.0.page_cap(), "labels").await?;
        Ok(labels.into_iter().map(Label::from).collect())
    }

    /// All webhooks of a project; needs the maintainer role.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn hooks(&self, project: ProjectId) -> Result<Vec<Hook>> {
        let endpoint = built(Hooks::builder().project(project.0).build())?;
        let hooks = self.list::<shape::Hook>(endpoint, self.0.page_cap(), "webhooks").await?;
        Ok(hooks.into_iter().map(Hook::from).collect())
    }

    /// Deliveries of a hook that failed since then, in no order that matters. GitLab keeps them for a
    /// week at most.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read; [`GitlabError::NotFound`] before GitLab 17.3.
    pub async fn failed_deliveries(
        &self,
        project: ProjectId,
        hook: HookId,
        since: Timestamp,
    ) -> Result<Vec<FailedDelivery>> {
        let mut failed = Vec::new();
        for status in ["client_failure", "server_failure", "internal_failure"] {
            let endpoint = HookDeliveries { project, hook, status };
            let is_past = |one: &shape::HookDelivery| one.at() < since;
            let cap = self.0.page_cap();
            let listed = self.list_until(endpoint, cap, "failed deliveries", is_past).await?;
            failed.extend(listed.into_iter().map(FailedDelivery::from));
        }
        Ok(failed)
    }

    /// Issues of a project, closed ones too, that changed at this time or later; the one that
    /// changed first comes first.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn issues_changed_since(
        &self,
        project: ProjectId,
        since: Timestamp,
    ) -> Result<Vec<Issue>> {
        let since = chrono::DateTime::from_timestamp_millis(since.as_millisecond())
            .ok_or(GitlabError::Unusable("a time"))?;
        let endpoint = built(
            Issues::builder()
                .project(project.0)
                .updated_after(since)
                .order_by(IssueOrderBy::UpdatedAt)
                .sort(SortOrder::Ascending)
                .build(),
        )?;
        let issues = self.list::<shape::Issue>(endpoint, self.0.page_cap(), "issues").await?;
        let mut issues: Vec<Issue> = issues.into_iter().map(Issue::from).collect();
        issues.sort_by_key(|issue| (issue.at, issue.updated_at));
        issues.dedup_by_key(|issue| issue.at);
        issues.sort_by_key(|issue| issue.updated_at);
        Ok(issues)
    }

    /// What GitLab knows of the token in use.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn token_info(&self) -> Result<TokenInfo> {
        let endpoint = built(PersonalAccessTokenSelf::builder().build())?;
        self.ask::<shape::TokenInfo>(endpoint, "the token").await.map(TokenInfo::from)
    }

    /// The instance's version.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn version(&self) -> Result<Version> {
        self.ask::<shape::Version>(InstanceVersion, "the version").await.map(Version::from)
    }

    /// A text file of the repository at a branch or commit; absent when there is none.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read but [`GitlabError::NotFound`].
    pub async fn repository_file(
        &self,
        project: ProjectId,
        path: &str,
        reference: &str,
    ) -> Result<Option<String>> {
        let endpoint =
            built(File::builder().project(project.0).file_path(path).ref_(reference).build())?;
        absent_is_none(self.ask::<shape::File>(endpoint, "a file").await)?
            .map(|file| file.text().ok_or(GitlabError::Unreadable { what: "a text file" }))
            .transpose()
    }
}

/// Takes 404 for an answer.
fn absent_is_none<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(GitlabError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
