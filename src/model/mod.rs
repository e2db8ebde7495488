//! The vocabulary: ids, names, issue, event, decision, effect, call, delivery, job, source. No I/O.

mod call;
mod decision;
mod delivery;
mod effect;
mod event;
mod ids;
mod issue;
mod job;
mod lost;
mod names;
mod source;
mod source_kind;
mod survey;

pub use call::Call;
pub use decision::{Decision, IssueMemory, StageEntry};
pub use delivery::{Accepted, Delivery, DeliveryKey, DeliveryState, Disposition, Incoming};
pub use effect::{Effect, EffectKey, EffectRecord, EffectState, Purpose};
pub use event::{Event, Triage};
pub use ids::{
    DeliveryId, HookId, IssueIid, IssueRef, JobId, LabelEventId, NoteId, ProjectId, UserId,
};
pub use issue::{Actor, Issue, IssueState, LabelAction, LabelEvent, Note};
pub use job::{Batch, Job, JobKind, LaneName, Lease, Settlement};
pub use lost::{LostHooks, LostSource};
pub use names::{ItemId, LabelName, StageName, Username};
pub use source::{GithubRepo, NotGithub};
pub use source_kind::{SourceKind, is_address};
pub use survey::{GithubRepoId, Items, Licence, OwnerKind, Survey};
