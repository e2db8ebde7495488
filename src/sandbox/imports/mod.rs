//! Imports: a project comes over from another place, step by step, and not always whole.

mod census;
mod fill;
mod github_routes;
mod settings;
mod status;
mod steps;

pub(super) use census::Census;
pub use settings::{ImportEnd, ImportPace, ImportRefusals, ImportSettings};
pub use status::ImportStatus;
pub(super) use status::{Import, NewImport, Stages};

/// Where a project, an issue or a merge request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Origin {
    /// Made here.
    #[default]
    Native,
    /// GitHub.
    Github,
    /// Another GitLab, by direct transfer.
    GitlabMigration,
}

impl Origin {
    /// `imported_from` in answers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Native => "none",
            Self::Github => "github",
            Self::GitlabMigration => "gitlab_migration",
        }
    }
}
