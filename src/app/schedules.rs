//! What happens by itself: who we are is learnt, issues are swept, lost webhooks are looked for, old
//! deliveries are forgotten, and other replicas are listened to.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::jobs::{Engine, Identity};
use crate::model::JobKind;
use crate::payload::Rules;
use crate::queue::Waker;
use crate::receive::Live;

/// Before GitLab is asked again who we are.
const IDENTITY_RETRY: Duration = Duration::from_secs(5);
/// A hook that is off or silent is found within two of these.
const RECONCILE_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// How often each replica looks whether a schedule is due.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// How often finished deliveries are forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);
/// Before the database is listened to again after an error.
const NEWS_RETRY: Duration = Duration::from_secs(5);

/// Everything that needs no webhook to begin.
pub(super) struct Schedules {
    pub(super) engine: Arc<Engine>,
    pub(super) rules: Arc<Live<Rules>>,
    pub(super) waker: Waker,
    pub(super) sweep_every: SignedDuration,
    /// How long finished deliveries are kept.
    pub(super) keep: SignedDuration,
    /// Divides all of these; 1 outside tests.
    pub(super) time_scale: f64,
}

impl Schedules {
    /// Runs for ever.
    pub(super) async fn run(self) {
        tokio::join!(self.watch(), self.listen(), self.forget());
    }

    async fn watch(&self) {
        let identity = self.learn().await;
        let before = self.rules.get();
        self.rules.replace(Rules {
            tracker: Some(identity.project),
            bot: Some(identity.bot.id),
            ignored_users: before.ignored_users.clone(),
        });
        tracing::info!(event = "ready", project_id = identity.project.0);
        // Whatever happened while this process was away; the schedule counts for all replicas.
        self.store(self.engine.store().enqueue(JobKind::Sweep).await);
        let mut timer = interval(LOOK_EVERY.div_f64(self.time_scale));
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            timer.tick().await;
            match self.engine.renew_reports().await {
                Ok(0) => {}
                Ok(_) => self.waker.wake(),
                Err(error) => tracing::warn!(event = "schedule", %error, "reports wait"),
            }
            for (kind, every) in
                [(JobKind::Reconcile, RECONCILE_EVERY), (JobKind::Sweep, self.sweep_every)]
            {
                let every = self.scaled(every);
                self.store(self.engine.store().schedule(kind, every).await);
            }
        }
    }

    /// Asks GitLab who we are until it says so.
    async fn learn(&self) -> Identity {
        let identity = loop {
            match self.engine.identity().await {
                Ok(identity) => break identity,
                Err(error) => {
                    tracing::warn!(event = "identity", %error, "GitLab can't say who we are");
                    sleep(IDENTITY_RETRY.div_f64(self.time_scale)).await;
                }
            }
        };
        if let Ok(token) = self.engine.gitlab().token_info().await
            && !token.scopes.iter().any(|scope| scope == "api")
        {
            metrics::counter!("landfall_alarms_total", "alarm" => "token_scope").increment(1);
            tracing::error!(
                event = "alarm",
                alarm = "token_scope",
                "the token lacks the scope `api`"
            );
        }
        identity
    }

    fn store(&self, stored: Result<bool, crate::store::StoreError>) {
        match stored {
            Ok(true) => self.waker.wake(),
            Ok(false) => {}
            Err(error) => tracing::warn!(event = "schedule", %error, "a job can't be stored"),
        }
    }

    fn scaled(&self, length: SignedDuration) -> SignedDuration {
        SignedDuration::try_from_secs_f64(length.as_secs_f64() / self.time_scale).unwrap_or(length)
    }

    /// Rings our bell when another replica has stored work.
    async fn listen(&self) {
        loop {
            match self.engine.store().news().await {
                Ok(()) => self.waker.wake(),
                Err(error) => {
                    tracing::warn!(event = "news", %error, "the database can't be listened to");
                    sleep(NEWS_RETRY.div_f64(self.time_scale)).await;
                }
            }
        }
    }

    async fn forget(&self) {
        loop {
            // By GitLab's clock: were ours years ahead, everything would seem old enough.
            let Some(ahead) = self.engine.gitlab().server_time_skew() else {
                sleep(LOOK_EVERY.div_f64(self.time_scale)).await;
                continue;
            };
            if let Some(before) = forgotten(self.engine.now(), ahead, self.keep) {
                match self.engine.store().prune(before).await {
                    Ok(0) => {}
                    Ok(rows) => tracing::info!(event = "prune", rows),
                    Err(error) => tracing::warn!(event = "prune", %error),
                }
            }
            sleep(PRUNE_EVERY).await;
        }
    }
}

/// What came before this is forgotten. `ahead` is how much GitLab's clock is ahead of ours.
fn forgotten(now: Timestamp, ahead: SignedDuration, keep: SignedDuration) -> Option<Timestamp> {
    now.min(now.saturating_add(ahead).ok()?).saturating_sub(keep).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_years_ahead_forgets_no_more_than_a_right_one() {
        let (month, years) =
            (SignedDuration::from_hours(31 * 24), SignedDuration::from_hours(87_600));
        let true_time: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let right = forgotten(true_time, SignedDuration::ZERO, month);
        assert_eq!(right, Some(true_time - month));
        assert_eq!(forgotten(true_time + years, -years, month), right);
        // What it wrote itself is dated by it.
        assert_eq!(forgotten(true_time - years, years, month), Some(true_time - years - month));
    }
}
