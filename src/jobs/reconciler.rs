//! Finds what webhooks did not bring.
//!
//! GitLab delivers once. What failed stands in its log of deliveries, with the body; what was never
//! sent, because the hook was switched off, stands nowhere but in the issues themselves. So the log
//! is read, and then the issues that changed; a cursor moves only when all before it is stored.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::crash;
use crate::gitlab::{FailedDelivery, GitlabError, Hook};
use crate::model::{
    Accepted, DeliveryKey, Disposition, Incoming, Issue, JobKind, Lease, LostSource, Triage,
};
use crate::payload::{self, triage};

use super::context::{Engine, Identity};
use super::failure::Failure;
use super::hook::{Ailment, EVENT_LOG_CURSOR, HOOK_CURSOR, HOOK_IS_WELL, is_on};

const LOG_CURSOR: &str = "reconciler/failed-deliveries";
const ISSUES_CURSOR: &str = "reconciler/issues";
/// A webhook is under way for so long at most before it is missed.
const GRACE: SignedDuration = SignedDuration::from_secs(30);
/// Read again behind a cursor: replicas of GitLab's database lag, and its times are of the second.
const OVERLAP: SignedDuration = SignedDuration::from_secs(60);
/// A webhook may be dated this much before the change it tells of, by two clocks.
const CLOCKS: SignedDuration = SignedDuration::from_secs(5);
/// Where the first look begins, before this database was born.
const FIRST_LOOK: SignedDuration = SignedDuration::from_hours(1);

/// What reading the log of deliveries showed.
#[derive(Default)]
struct Log {
    found: u64,
    is_refused: bool,
}

impl Engine {
    /// One round: the hook's health, its failed deliveries, the issues that changed.
    pub(super) async fn catch_up(&self, lease: &Lease) -> Result<(), Failure> {
        let identity = self.identity().await?;
        let was_well = self.store.cursor(HOOK_CURSOR).await?.is_none_or(|it| it == HOOK_IS_WELL);
        let hook = match self.our_hook(&identity).await {
            Ok(hook) => Some(hook),
            // Webhooks are for maintainers: without the role there is still the polling.
            Err(GitlabError::Forbidden { .. } | GitlabError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let log = match hook.as_ref().and_then(Option::as_ref) {
            Some(hook) => self.read_log(&identity, lease, hook).await?,
            None => Log::default(),
        };
        let ailment = match &hook {
            None => None,
            Some(None) => Some(Ailment::Missing),
            Some(Some(hook)) if !is_on(hook) => {
                self.revive(&identity, hook).await;
                Some(Ailment::Disabled)
            }
            Some(Some(_)) if log.is_refused => Some(Ailment::Refused),
            Some(Some(_)) => None,
        };
        let doubt = !was_well || ailment.is_some() || log.found > 0;
        let unheard = self.poll(&identity, lease, doubt).await?;
        let newest = self.store.backlog().await?.newest_delivery;
        let is_silent = unheard.is_some_and(|at| newest.is_none_or(|newest| newest < at));
        let ailment = ailment.or_else(|| (is_silent && hook.is_some()).then_some(Ailment::Silent));
        self.note_hook(lease, ailment).await
    }

    /// Takes in what GitLab could not deliver, without asking it to send again.
    async fn read_log(
        &self,
        identity: &Identity,
        lease: &Lease,
        hook: &Hook,
    ) -> Result<Log, Failure> {
        let since = self.begin(LOG_CURSOR).await?;
        let read = self.gitlab.failed_deliveries(identity.project, hook.id, since).await;
        let failed = match read {
            Ok(failed) => failed,
            Err(error @ (GitlabError::NotFound { .. } | GitlabError::Forbidden { .. })) => {
                let words = format!("not readable ({error}); lost webhooks are found by polling");
                self.store.move_cursor(lease, EVENT_LOG_CURSOR, &words).await?;
                return Ok(Log::default());
            }
            Err(error) => return Err(error.into()),
        };
        self.store.move_cursor(lease, EVENT_LOG_CURSOR, "readable").await?;
        let mut log = Log::default();
        let newest = failed.iter().map(|delivery| delivery.at).max();
        for delivery in failed.into_iter().filter(|delivery| delivery.at >= since) {
            let is_refused = delivery.status == Some(401);
            if self.take_in(identity, delivery).await? {
                log.found += 1;
                log.is_refused |= is_refused;
            }
        }
        if let Some(newest) = newest {
            self.store.move_cursor(lease, LOG_CURSOR, &newest.to_string()).await?;
        }
        Ok(log)
    }

    /// Stores a delivery as the receiver would have; false when it is here already.
    async fn take_in(&self, identity: &Identity, failed: FailedDelivery) -> Result<bool, Failure> {
        let body = Bytes::from(failed.body);
        let digest: [u8; 32] = Sha256::digest(&body).into();
        let key = match failed.key {
            Some(key) => DeliveryKey::Given(key),
            None => DeliveryKey::Content(format!("event-log/{}", hex(&digest))),
        };
        // The log prints the body anew: compared byte by byte it would be another one.
        if self.store.knows(&key).await? {
            return Ok(false);
        }
        let rules = payload::Rules {
            tracker: Some(identity.project),
            bot: Some(identity.bot.id),
            ignored_users: identity.ignored.clone(),
        };
        let (disposition, issue) = match triage(failed.event_name.as_deref(), &body, &rules) {
            Triage::Work(event) => {
                let issue = event.issue();
                (Disposition::Work(event), Some(issue))
            }
            Triage::Ignore { reason, issue } => {
                (Disposition::Ignored { reason: reason.into(), issue }, issue)
            }
            Triage::Quarantine { reason } => {
                (Disposition::Quarantined { reason: reason.into() }, None)
            }
        };
        let is_ours = !matches!(disposition, Disposition::Ignored { .. });
        let incoming = Incoming {
            key,
            body_digest: digest,
            event_name: failed.event_name.unwrap_or_else(|| "?".to_owned()),
            body,
            disposition,
            received_at: self.clock.now(),
        };
        let is_new = matches!(self.store.accept(incoming).await?, Accepted::New(_));
        if is_new && is_ours {
            metrics::counter!("landfall_lost_hooks_total", "source" => "event_log").increment(1);
            self.store.record_lost(LostSource::EventLog, issue).await?;
        }
        Ok(is_new)
    }

    /// Visits issues that changed. Those of which a webhook told are being seen to; when there is a
    /// reason to doubt the webhooks, they are visited all the same. Returns when the newest change
    /// of which nobody told happened, by our clock.
    async fn poll(
        &self,
        identity: &Identity,
        lease: &Lease,
        doubt: bool,
    ) -> Result<Option<Timestamp>, Failure> {
        let since = self.begin(ISSUES_CURSOR).await?;
        let changed = self.gitlab.issues_changed_since(identity.project, since).await?;
        let skew = self.gitlab.server_time_skew().unwrap_or_default();
        let now = self.clock.now();
        let ours = |theirs: Timestamp| theirs.saturating_sub(skew).unwrap_or(theirs);
        let ripe = now.saturating_sub(self.scaled(GRACE)).unwrap_or(now);
        let (mut unheard, mut visits) = (Vec::new(), Vec::new());
        let mut newest = None;
        for issue in changed.iter().filter(|issue| ours(issue.updated_at) <= ripe) {
            newest = Some(issue.updated_at);
            let memory = self.store.memory(issue.at).await?;
            if memory.and_then(|memory| memory.seen_updated_at) == Some(issue.updated_at) {
                continue;
            }
            let changed_at = ours(issue.updated_at);
            let from = changed_at.saturating_sub(CLOCKS).unwrap_or(changed_at);
            if self.store.heard_of(issue.at, from).await? {
                visits.push(issue);
            } else {
                unheard.push((issue, changed_at));
            }
        }
        let must_doubt = doubt || !unheard.is_empty();
        for issue in visits.into_iter().filter(|_| must_doubt) {
            self.store.enqueue(JobKind::Visit { issue: issue.at }).await?;
        }
        let last = unheard.iter().map(|(_, at)| *at).max();
        for (issue, _) in unheard {
            self.miss(issue).await?;
            crash::point("reconcile.stored");
        }
        if let Some(newest) = newest {
            self.store.move_cursor(lease, ISSUES_CURSOR, &newest.to_string()).await?;
        }
        Ok(last)
    }

    /// A change of which nobody told: looked at now, and counted.
    async fn miss(&self, issue: &Issue) -> Result<(), Failure> {
        if self.store.enqueue(JobKind::Visit { issue: issue.at }).await? {
            metrics::counter!("landfall_lost_hooks_total", "source" => "poll").increment(1);
            self.store.record_lost(LostSource::Poll, Some(issue.at)).await?;
            tracing::warn!(
                event = "lost_hook",
                project_id = issue.at.project.0,
                iid = issue.at.iid.0
            );
        }
        Ok(())
    }

    /// Where a reading begins: somewhat before its cursor.
    async fn begin(&self, cursor: &str) -> Result<Timestamp, Failure> {
        let stored = self.store.cursor(cursor).await?;
        let from = match stored.and_then(|at| at.parse::<Timestamp>().ok()) {
            Some(at) => at.saturating_sub(self.scaled(OVERLAP)),
            None => self.store.epoch().await?.saturating_sub(FIRST_LOOK),
        };
        Ok(from.unwrap_or(Timestamp::UNIX_EPOCH))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
