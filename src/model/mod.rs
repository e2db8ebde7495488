//! The vocabulary: ids, names, issue, event, decision, effect, call, delivery, job, project, import.
//! No I/O.

mod call;
mod decision;
mod delivery;
mod effect;
mod event;
mod ids;
mod import;
mod issue;
mod job;
mod lost;
mod names;
mod project;
mod source;
mod told;
mod work;

pub use call::Call;
pub use decision::{Decision, IssueMemory, StageEntry};
pub use delivery::{Accepted, Delivery, DeliveryKey, DeliveryState, Disposition, Incoming};
pub use effect::{Effect, EffectKey, EffectRecord, EffectState, Purpose};
pub use event::{Event, Triage};
pub use ids::{
    DeliveryId, HookId, IssueIid, IssueRef, JobId, LabelEventId, NoteId, ProjectId, UserId,
};
pub use import::{BulkEntity, BulkImport, ImportFailure, ImportState, ImportStats, ImportStatus};
pub use issue::{Actor, Issue, IssueState, LabelAction, LabelEvent, Note};
pub use job::{Batch, Job, JobKind, LaneName, Lease, Settlement};
pub use lost::{LostHooks, LostSource};
pub use names::{ItemId, LabelName, StageName, Username, is_full_path};
pub use project::{
    Countable, Counts, GroupFacts, LicenceFound, NamespaceKind, ProjectFacts, ProjectName,
    Visibility,
};
pub use source::{GithubRepo, NotGithub};
pub use told::{Listed, Silence, Told};
pub use work::{Account, Commit, Fingerprint, MergedRequest, OpenedIssue, Push};
