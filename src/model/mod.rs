//! The vocabulary: ids, names, issue, event, decision, effect, call, delivery, job. No I/O.

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
mod report;
mod source;

pub use call::Call;
pub use decision::{Decision, IssueMemory, StageEntry, WantedReport};
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
pub use report::{Report, ReportKind};
pub use source::{GithubRepo, NotGithub};
