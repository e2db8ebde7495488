//! The vocabulary: ids, names, issue, event, decision, effect, call, delivery, job, source, project, import.
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
mod report;
mod source;
mod source_kind;
mod survey;
mod told;
mod work;

pub use call::Call;
pub use decision::{Decision, IssueMemory, StageEntry, WantedReport};
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
pub use report::{Report, ReportKind};
pub use source::{GithubRepo, NotGithub};
pub use source_kind::{SourceKind, is_address};
pub use survey::{GithubRepoId, Items, Licence, OwnerKind, Survey};
pub use told::{Listed, Silence, Told};
pub use work::{Account, Commit, Fingerprint, MergedRequest, OpenedIssue, Push};
