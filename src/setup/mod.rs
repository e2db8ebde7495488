//! What the tracker lacks → a plan, and making it so. A second run plans nothing.

mod apply;
mod plan;

pub use apply::{Applied, apply};
pub use plan::{Step, Wanted, plan, wanted_labels};

use crate::gitlab::{GitLab, GitlabError, Hook, Label, Project};

/// Where the intake template lives in the tracker's repository.
pub const TEMPLATE_PATH: &str = ".gitlab/issue_templates/Migration tracker.md";

/// What the tracker has now.
#[derive(Debug, Clone)]
pub struct Found {
    /// The tracker.
    pub project: Project,
    /// Its labels, those of its groups included.
    pub labels: Vec<Label>,
    /// Its webhooks.
    pub hooks: Vec<Hook>,
    /// Whether the intake template is there.
    pub has_template: bool,
}

/// Reads what the tracker has now.
///
/// # Errors
/// GitLab's.
pub async fn find(gitlab: &GitLab, tracker: &str) -> Result<Found, GitlabError> {
    let project = gitlab.project(tracker).await?;
    let labels = gitlab.labels(project.id).await?;
    let hooks = gitlab.hooks(project.id).await?;
    let has_template = match &project.default_branch {
        Some(branch) => gitlab.repository_file(project.id, TEMPLATE_PATH, branch).await?.is_some(),
        None => false,
    };
    Ok(Found { project, labels, hooks, has_template })
}
