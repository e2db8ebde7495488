//! GitLab's JSON as it really comes: narrow, tolerant, and turned into the model at once.

mod import;
mod issue;
mod loose;
mod project;
mod resource;
mod work;

pub(super) use import::{BulkEntity, BulkFailure, BulkImport, ImportStarted, ImportStatus};
pub(super) use issue::{Award, Issue, LabelEvent, Note, NoteWritten, User};
pub(super) use project::{GroupFacts, Namespace, ProjectFacts};
pub(super) use resource::{File, Hook, HookDelivery, Label, Member, Project, TokenInfo, Version};
pub(super) use work::{Commit, MergedRequest, OpenedIssue, Pipeline, Push};
