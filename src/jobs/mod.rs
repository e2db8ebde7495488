//! The only place where the pieces meet: each kind of job, carried out.

mod apply;
mod comment;
mod context;
mod destination;
mod facts;
mod failure;
mod hook;
mod hosts;
mod namespace;
mod reconcile;
mod reconciler;
mod report;
mod sources;
mod sweep;

pub use context::{Engine, EngineSettings, Identity, Outside, Rulebook};
pub use destination::{Destination, gather_destination, gather_import};
pub use hook::{EVENT_LOG_CURSOR, HOOK_CURSOR, HOOK_IS_WELL};
pub use hosts::{Hosts, Place};
pub use namespace::{NoNamespace, gather_namespace};
pub use reconcile::Examination;

use crate::model::{Batch, JobKind, Settlement};
use failure::Failure;

impl Engine {
    /// Carries out the jobs of one lane, which are all about the same thing.
    pub async fn run(&self, batch: &Batch) -> Settlement {
        let Some(job) = batch.jobs.first() else {
            return Settlement::Done;
        };
        let result = match (&job.kind, job.kind.issue()) {
            (JobKind::Sweep, _) => self.sweep().await,
            (JobKind::Reconcile, _) => self.catch_up(&batch.lease).await,
            (JobKind::Report { issue, kind, .. }, _) => self.report(batch, *issue, *kind).await,
            (_, Some(at)) => self.reconcile(batch, at).await,
            (_, None) => Ok(()),
        };
        match result {
            Ok(()) => Settlement::Done,
            Err(failure) => self.settle_failure(failure, job.attempt),
        }
    }

    fn settle_failure(&self, failure: Failure, attempt: u32) -> Settlement {
        let settlement = failure.settlement(attempt, self.settings.time_scale);
        match &settlement {
            Settlement::Done => {}
            Settlement::Retry { error, .. } => {
                tracing::warn!(event = "job", outcome = "retry", attempt, error = %error);
            }
            Settlement::Dead { error } => {
                metrics::counter!("landfall_alarms_total", "alarm" => "dead_job").increment(1);
                tracing::error!(event = "job", outcome = "dead", attempt, error = %error);
            }
        }
        settlement
    }
}
