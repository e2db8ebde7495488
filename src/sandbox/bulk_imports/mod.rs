//! Direct transfer: groups and projects come over from another GitLab.

mod json;
mod routes;
mod steps;

use super::source::{Numbers, Source};
use super::visibility::Visibility;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Another GitLab that groups and projects can come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitlabSource {
    /// Its address, `https://gitlab.example.org`.
    pub url: String,
    /// The one token it takes.
    pub token: String,
    /// Its projects; the groups above them are there, too.
    pub projects: Vec<SourceProject>,
}

/// A project of another GitLab.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceProject {
    /// Full path, `group/project`.
    pub path: String,
    /// Who may see it there.
    #[serde(default = "public")]
    pub visibility: Visibility,
    /// When it was made: the day it has here, too.
    pub created_at: Timestamp,
    /// When something was last pushed.
    pub pushed_at: Timestamp,
    /// SPDX name of the licence.
    #[serde(default)]
    pub licence: Option<String>,
    /// Texts in the repository, by path.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// How much it holds.
    #[serde(default)]
    pub numbers: Numbers,
}

fn public() -> Visibility {
    Visibility::Public
}

impl SourceProject {
    fn source(&self) -> Source {
        Source {
            path: self.path.clone(),
            description: None,
            visibility: self.visibility,
            default_branch: "main".to_owned(),
            licence: self.licence.clone(),
            created_at: self.created_at,
            pushed_at: self.pushed_at,
            files: self.files.clone(),
            numbers: self.numbers.clone(),
        }
    }
}

/// One direct transfer.
#[derive(Debug, Clone)]
pub(super) struct BulkImport {
    pub(super) id: u64,
    user: u64,
    url: String,
    pub(super) created_at: Timestamp,
    updated_at: Timestamp,
    step: u64,
    canceled: bool,
    entities: Vec<Entity>,
}

/// One group or project of a transfer.
#[derive(Debug, Clone)]
struct Entity {
    id: u64,
    is_group: bool,
    source: String,
    slug: String,
    /// Full path of the group it goes into; empty for a group at the top.
    into: String,
    /// The entity of the group above it, if that came with it.
    parent: Option<u64>,
    namespace: Option<u64>,
    project: Option<u64>,
    with_projects: bool,
    with_members: bool,
    state: EntityState,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// Where an entity stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntityState {
    Created,
    Started,
    Finished,
    Failed,
    TimedOut,
    Canceled,
}

impl EntityState {
    fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Started => "started",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::TimedOut => "timeout",
            Self::Canceled => "canceled",
        }
    }

    fn is_over(self) -> bool {
        !matches!(self, Self::Created | Self::Started)
    }
}

impl BulkImport {
    /// Where the whole stands: failed when every part failed.
    fn state(&self) -> EntityState {
        let all = |state| self.entities.iter().all(|entity| entity.state == state);
        let over = self.entities.iter().all(|entity| entity.state.is_over());
        match over {
            _ if self.canceled => EntityState::Canceled,
            _ if self.step == 0 => EntityState::Created,
            false => EntityState::Started,
            true if all(EntityState::TimedOut) => EntityState::TimedOut,
            true if all(EntityState::Failed) => EntityState::Failed,
            true => EntityState::Finished,
        }
    }

    fn entity_mut(&mut self, id: u64) -> Option<&mut Entity> {
        self.entities.iter_mut().find(|entity| entity.id == id)
    }
}

impl Entity {
    /// Full path of what it makes.
    fn destination(&self) -> String {
        if self.into.is_empty() {
            self.slug.clone()
        } else {
            format!("{}/{}", self.into, self.slug)
        }
    }
}
