//! Asks a GitLab everything that the program's preflight of a group needs.

use futures_util::StreamExt as _;
use thiserror::Error;

use crate::assess::preflight::NamespaceFacts;
use crate::gitlab::{GitLab, GitlabError};
use crate::model::{Listed, NamespaceKind, ProjectFacts, Told};

/// Projects read at the same time.
const AT_ONCE: usize = 4;

/// Why there is no group to look at.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoNamespace {
    /// It is somebody's own.
    #[error("this is a person's own namespace; the program takes groups: make one and move there")]
    Personal,
    /// There is none of this path, or it is hidden from the bot.
    #[error("there is no such group, or it is hidden from the bot; is the full path right?")]
    NotThere,
    /// GitLab can't be asked.
    #[error("GitLab can't be asked about it")]
    Gitlab(#[from] GitlabError),
}

/// Reads a group with its projects and their licences: two reads, one for each hundred projects and one
/// for each project, of which the first thousand are read.
///
/// # Errors
/// [`NoNamespace`] when there is no group. What can't be read of its projects is in the facts as such.
pub async fn gather_namespace(gitlab: &GitLab, path: &str) -> Result<NamespaceFacts, NoNamespace> {
    let group = match gitlab.group_facts(path).await {
        Ok(group) => group,
        Err(GitlabError::NotFound { .. }) => return Err(what_else(gitlab, path).await),
        Err(error) => return Err(error.into()),
    };
    let Listed { records, rest } = gitlab.group_projects(group.id).await;
    let with_licences = futures_util::stream::iter(records)
        .map(|project| with_licence(gitlab, project))
        .buffered(AT_ONCE);
    Ok(NamespaceFacts {
        path: group.path,
        visibility: group.visibility,
        projects: Listed { records: with_licences.collect().await, rest },
    })
}

/// A list tells no licences.
async fn with_licence(gitlab: &GitLab, listed: ProjectFacts) -> ProjectFacts {
    match gitlab.project_facts(&listed.id.to_string()).await {
        Ok(project) => project,
        Err(_) => ProjectFacts { licence: Told::Withheld, ..listed },
    }
}

async fn what_else(gitlab: &GitLab, path: &str) -> NoNamespace {
    match gitlab.namespace_kind(path).await {
        Ok(Told::Is(NamespaceKind::User)) => NoNamespace::Personal,
        Ok(_) | Err(GitlabError::NotFound { .. }) => NoNamespace::NotThere,
        Err(error) => error.into(),
    }
}
