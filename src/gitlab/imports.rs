//! Starting and ending imports, and the reads of direct transfers.
//!
//! As with every write, one whose answer was lost is not repeated: it fails as
//! [`GitlabError::Lost`], and the caller looks for the project before it tries again.

use std::borrow::Cow;

use gitlab::api::endpoint_prelude::{BodyError, Endpoint, Method};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::reading::Reading;
use super::{GitLab, GitlabError, Result, shape};
use crate::model::{BulkEntity, BulkImport, ImportFailure, ProjectId};

/// An import from GitHub as it shall be.
#[derive(Debug, Clone)]
pub struct GithubImport<'a> {
    /// The repository's number on GitHub.
    pub repo_id: u64,
    /// Full path of the group it goes into, which must be there.
    pub namespace: &'a str,
    /// The project's new name; GitHub's when absent.
    pub name: Option<&'a str>,
    /// A classic GitHub token with the scope `repo`; its `Debug` is redacted.
    pub token: &'a SecretString,
    /// What GitLab leaves out unless it is asked for.
    pub stages: ImportStages,
}

/// Parts of an import that are off unless asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportStages {
    /// Fetch comments one by one: slower, and needed beyond about 30,000.
    pub single_notes: bool,
    /// Files in descriptions and comments.
    pub attachments: bool,
    /// Members. They use seats, and keep the role they had, up to owner.
    pub collaborators: bool,
}

/// A direct transfer of one project as it shall be.
#[derive(Debug, Clone)]
pub struct ProjectTransfer<'a> {
    /// The GitLab it comes from.
    pub source: &'a Url,
    /// A token of that GitLab with the scope `api`; its `Debug` is redacted.
    pub token: &'a SecretString,
    /// Its full path there.
    pub source_path: &'a str,
    /// Full path of the group it goes into, which must be there.
    pub namespace: &'a str,
    /// The last part of its new path.
    pub slug: &'a str,
}

/// What GitLab says to an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportAnswer<T> {
    /// It has begun.
    Started(T),
    /// The group has a project of this name or path.
    NameTaken,
    /// The bot may not import into this group, or imports of this kind are switched off.
    Forbidden,
    /// The token for the source is wrong or may not see the repository.
    BadToken,
    /// There is no group of this path.
    NoSuchNamespace,
    /// Anything else GitLab does not accept.
    Refused {
        /// The HTTP status.
        status: u16,
        /// GitLab's own words, shortened and cleaned.
        detail: String,
    },
}

/// The project an import goes into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportTarget {
    /// Its number.
    pub project: ProjectId,
    /// Its full path; empty when GitLab does not say.
    pub path: String,
}

/// What GitLab says to the end of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelAnswer {
    /// It has ended.
    Canceled,
    /// It had ended before.
    TooLate,
    /// There is no such import, or it is hidden from the bot.
    NotThere,
}

impl GitLab {
    /// Starts an import from GitHub. GitLab makes the project at once and fills it by and by.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write that says nothing of the import itself.
    pub async fn import_from_github(
        &self,
        import: &GithubImport<'_>,
    ) -> Result<ImportAnswer<ImportTarget>> {
        let ImportStages { single_notes, attachments, collaborators } = import.stages;
        let mut body = json!({
            "personal_access_token": import.token.expose_secret(),
            "repo_id": import.repo_id,
            "target_namespace": import.namespace,
            "optional_stages": {
                "single_endpoint_notes_import": single_notes,
                "attachments_import": attachments,
                "collaborators_import": collaborators,
            },
        });
        if let (Some(name), Some(body)) = (import.name, body.as_object_mut()) {
            body.insert("new_name".to_owned(), name.into());
        }
        let sent = self.ask::<shape::ImportStarted>(Post::to("import/github", body), "an import");
        judged(sent.await, import.token).map(|answer| answer.map(ImportTarget::from))
    }

    /// Ends an import from GitHub. What is there by then stays.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write that says nothing of the import itself.
    pub async fn cancel_github_import(&self, project: ProjectId) -> Result<CancelAnswer> {
        let body = json!({ "project_id": project.0 });
        match self.tell(Post::to("import/github/cancel", body)).await {
            Ok(()) => Ok(CancelAnswer::Canceled),
            Err(GitlabError::Invalid { status: 400, .. }) => Ok(CancelAnswer::TooLate),
            Err(GitlabError::NotFound { .. }) => Ok(CancelAnswer::NotThere),
            Err(error) => Err(error),
        }
    }

    /// Starts the direct transfer of one project from another GitLab, without its members.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a write that says nothing of the transfer itself.
    pub async fn transfer_project(
        &self,
        transfer: &ProjectTransfer<'_>,
    ) -> Result<ImportAnswer<BulkImport>> {
        let body = json!({
            "configuration": {
                "url": transfer.source.as_str(),
                "access_token": transfer.token.expose_secret(),
            },
            "entities": [{
                "source_type": "project_entity",
                "source_full_path": transfer.source_path,
                "destination_slug": transfer.slug,
                "destination_namespace": transfer.namespace,
                "migrate_memberships": false,
            }],
        });
        let sent = self.ask::<shape::BulkImport>(Post::to("bulk_imports", body), "a transfer");
        judged(sent.await, transfer.token).map(|answer| answer.map(BulkImport::from))
    }

    /// A direct transfer that this token's account has started.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn bulk_import(&self, id: u64) -> Result<BulkImport> {
        let import = Reading::of(format!("bulk_imports/{id}"));
        self.ask::<shape::BulkImport>(import, "a transfer").await.map(Into::into)
    }

    /// The groups and projects of a direct transfer.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn bulk_entities(&self, id: u64) -> Result<Vec<BulkEntity>> {
        let entities = Reading::of(format!("bulk_imports/{id}/entities"));
        let cap = self.0.page_cap();
        let listed = self.list::<shape::BulkEntity>(entities, cap, "parts of a transfer").await?;
        Ok(listed.into_iter().map(Into::into).collect())
    }

    /// What one group or project of a direct transfer could not bring over.
    ///
    /// # Errors
    /// Any [`GitlabError`] of a read.
    pub async fn bulk_failures(&self, id: u64, entity: u64) -> Result<Vec<ImportFailure>> {
        let failures = Reading::of(format!("bulk_imports/{id}/entities/{entity}/failures"));
        let cap = self.0.page_cap();
        let listed = self.list::<shape::BulkFailure>(failures, cap, "failures").await?;
        Ok(listed.into_iter().map(Into::into).collect())
    }
}

impl<T> ImportAnswer<T> {
    fn map<U>(self, make: impl FnOnce(T) -> U) -> ImportAnswer<U> {
        match self {
            Self::Started(started) => ImportAnswer::Started(make(started)),
            Self::NameTaken => ImportAnswer::NameTaken,
            Self::Forbidden => ImportAnswer::Forbidden,
            Self::BadToken => ImportAnswer::BadToken,
            Self::NoSuchNamespace => ImportAnswer::NoSuchNamespace,
            Self::Refused { status, detail } => ImportAnswer::Refused { status, detail },
        }
    }
}

/// Tells GitLab's refusals of an import from failures of the call. GitLab has one status, 422, for
/// most of them, so its words decide.
fn judged<T>(sent: Result<T>, token: &SecretString) -> Result<ImportAnswer<T>> {
    let (status, detail) = match sent {
        Ok(started) => return Ok(ImportAnswer::Started(started)),
        Err(GitlabError::Forbidden { .. }) => return Ok(ImportAnswer::Forbidden),
        Err(GitlabError::Invalid { status, detail }) => (status, detail),
        Err(GitlabError::NotFound { detail }) => (404, detail),
        Err(GitlabError::Conflict { detail }) => (409, detail),
        Err(error) => return Err(error),
    };
    let words = detail.to_ascii_lowercase();
    let says = |phrase: &str| words.contains(phrase);
    Ok(if status == 401 || says("http 401") || says("bad credentials") {
        ImportAnswer::BadToken
    } else if says("already been taken") || says("already exists") {
        ImportAnswer::NameTaken
    } else if says("namespace") && (says("does not exist") || says("not found")) {
        ImportAnswer::NoSuchNamespace
    } else if says("not allowed") || says("not permitted") {
        ImportAnswer::Forbidden
    } else {
        // The address in a refusal may hold the token.
        let detail = detail.replace(token.expose_secret(), "hidden");
        ImportAnswer::Refused { status, detail }
    })
}

/// A `POST` with a JSON body, which may hold a secret: it has no `Debug`.
struct Post {
    path: &'static str,
    body: Value,
}

impl Post {
    fn to(path: &'static str, body: Value) -> Self {
        Self { path, body }
    }
}

impl Endpoint for Post {
    fn method(&self) -> Method {
        Method::POST
    }

    fn endpoint(&self) -> Cow<'static, str> {
        self.path.into()
    }

    fn body(&self) -> std::result::Result<Option<(&'static str, Vec<u8>)>, BodyError> {
        Ok(Some(("application/json", self.body.to_string().into_bytes())))
    }
}
