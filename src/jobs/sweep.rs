//! Visits every open issue as if its webhook had been lost.

use crate::crash;
use crate::decide;
use crate::model::{Issue, JobKind, ReportKind};

use super::context::Engine;
use super::failure::Failure;

impl Engine {
    /// Stores a visit for each open issue that changed since it was last looked at.
    pub(super) async fn sweep(&self) -> Result<(), Failure> {
        let identity = self.identity().await?;
        let issues = self.gitlab.list_open_issues(identity.project).await?;
        crash::point("sweep.listed");
        let (open, mut visits) = (issues.len(), 0_u64);
        for issue in issues {
            let memory = self.store.memory(issue.at).await?;
            let seen = memory.and_then(|memory| memory.seen_updated_at);
            if seen == Some(issue.updated_at) && !self.has_stale_report(&issue).await? {
                continue;
            }
            if self.store.enqueue(JobKind::Visit { issue: issue.at }).await? {
                visits += 1;
                crash::point("sweep.stored");
            }
        }
        metrics::counter!("landfall_sweeps_total").increment(1);
        tracing::info!(event = "sweep", open, visits);
        Ok(())
    }

    /// Whether the issue is in a stage in which it is verified each day, and that day is over.
    async fn has_stale_report(&self, issue: &Issue) -> Result<bool, Failure> {
        let workflow = self.rulebook().workflow;
        let mut stages = issue.labels.iter().filter_map(|label| workflow.stage_of_label(label));
        if !stages.any(|stage| stage.reports.contains(&ReportKind::Verification)) {
            return Ok(false);
        }
        let reports = self.store.reports(issue.at).await?;
        let now = self.clock.now();
        let is_verification = |kind| kind == ReportKind::Verification;
        Ok(reports.iter().any(|one| is_verification(one.kind) && decide::is_stale(one, now)))
    }
}
