//! GitLab's JSON as it really comes: narrow, tolerant, and turned into the model at once.

mod issue;
mod loose;
mod resource;

pub(super) use issue::{Award, Issue, LabelEvent, Note, NoteWritten, User};
pub(super) use resource::{File, Hook, HookDelivery, Label, Member, Project, TokenInfo, Version};
