//! Visits every open issue as if its webhook had been lost.

use crate::crash;
use crate::model::JobKind;

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
            if seen == Some(issue.updated_at) {
                continue;
            }
            if self.store.enqueue(JobKind::Visit { issue: issue.at }).await? {
                visits += 1;
                crash::point("sweep.stored");
            }
        }
        self.renew_reports().await?;
        metrics::counter!("landfall_sweeps_total").increment(1);
        tracing::info!(event = "sweep", open, visits);
        Ok(())
    }
}
