//! The loop: claim, run, renew meanwhile, settle; and an end that leaves nothing half done.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::{MAX_ATTEMPTS, Waker, retry};
use crate::crash;
use crate::model::{Batch, Settlement};
use crate::store::{Store, StoreError};

/// How often a settlement is tried while the store is away; then the lease runs out instead.
const SETTLE_TRIES: u32 = 6;

/// Before the store is asked again after an error.
const AFTER_AN_ERROR: SignedDuration = SignedDuration::from_secs(1);
/// A drain's longest sleep: it shares the lanes with a running service.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// How long a worker that fell silent keeps its lane: what a dead process held is taken over after
/// this. Renewed at a third, so that two renewals may fail.
const LEASE: SignedDuration = SignedDuration::from_secs(12);
/// However fast time is made to run, a busy machine must come to renew in time.
const SHORTEST_LEASE: SignedDuration = SignedDuration::from_secs(1);

/// How long a lease lasts at this time scale.
pub fn lease(time_scale: f64) -> SignedDuration {
    shortened(LEASE, time_scale)
}

fn shortened(lease: SignedDuration, time_scale: f64) -> SignedDuration {
    scaled(lease, time_scale).max(lease.min(SHORTEST_LEASE))
}

fn scaled(length: SignedDuration, time_scale: f64) -> SignedDuration {
    if !time_scale.is_finite() || time_scale <= 0.0 {
        return length;
    }
    SignedDuration::try_from_secs_f64(length.as_secs_f64() / time_scale).unwrap_or(length)
}

/// How fast and how many. Every length is in real time and is divided by `time_scale`.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Batches at the same time.
    pub workers: usize,
    /// Jobs of one lane taken together.
    pub batch: u32,
    /// How long a worker that fell silent keeps its lane.
    pub lease: SignedDuration,
    /// The longest sleep: work stored by another process rings no bell here.
    pub poll: SignedDuration,
    /// How long running batches may go on after the stop.
    pub grace: SignedDuration,
    /// 1 in earnest, more in tests.
    pub time_scale: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            // At 100 ms a call and four calls an event, eight keep up with twenty events a second.
            workers: 8,
            batch: 50,
            lease: LEASE,
            poll: SignedDuration::from_secs(30),
            grace: SignedDuration::from_secs(20),
            time_scale: 1.0,
        }
    }
}

impl Pace {
    fn scaled(&self, length: SignedDuration) -> SignedDuration {
        scaled(length, self.time_scale)
    }

    fn lease(&self) -> SignedDuration {
        shortened(self.lease, self.time_scale)
    }

    fn wait(&self, length: SignedDuration) -> Duration {
        self.scaled(length).unsigned_abs()
    }
}

/// What a drain did and left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Jobs that still wait: held for longer than the drain had patience.
    pub waiting: u64,
}

/// Works until `stop`: claims a lane, gives its batch to `handler`, settles as it says. Then waits
/// up to `pace.grace` for what runs; what still runs is cut off and its jobs wait for the next
/// start.
///
/// The handler's `Retry { after }` is a length in real time: the runner divides it. A handler that
/// panics has failed; one whose lease is lost is dropped at its next `await`.
pub async fn run<H, F>(
    store: Arc<dyn Store>,
    handler: H,
    pace: Pace,
    waker: Waker,
    stop: CancellationToken,
) where
    H: Fn(Batch) -> F + Send + Sync + 'static,
    F: Future<Output = Settlement> + Send + 'static,
{
    let mut crew = Crew::new(store, handler, pace);
    while !stop.is_cancelled() {
        let nap = match crew.take_work().await {
            Ok(()) => crew.nap().await,
            Err(error) => {
                tracing::warn!(%error, "no work can be claimed");
                crew.pace().wait(AFTER_AN_ERROR)
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            Some(_) = crew.running.join_next() => {}
            () = waker.woken() => {}
            () = sleep(nap) => {}
        }
    }
    crew.finish().await;
}

/// Works until nothing waits, or until what waits is held for longer than what is left of
/// `patience` (real time). What another process holds is waited for in the same way.
///
/// # Errors
/// When the store can't be asked any more.
pub async fn drain<H, F>(
    store: Arc<dyn Store>,
    handler: H,
    pace: Pace,
    patience: SignedDuration,
) -> Result<Drained, StoreError>
where
    H: Fn(Batch) -> F + Send + Sync + 'static,
    F: Future<Output = Settlement> + Send + 'static,
{
    let (started, patience) = (Instant::now(), pace.wait(patience));
    let mut crew = Crew::new(Arc::clone(&store), handler, pace);
    loop {
        crew.take_work().await?;
        let wait = store.next_ready().await?.map(SignedDuration::unsigned_abs);
        let left = patience.saturating_sub(started.elapsed());
        let too_long = wait.is_none_or(|wait| wait > left);
        if crew.running.is_empty() && too_long {
            // What a running service is given after this look is not ours to wait for.
            let waiting = if wait.is_none() { 0 } else { store.backlog().await?.waiting };
            return Ok(Drained { waiting });
        }
        let nap = if crew.is_full() { LOOK_AGAIN } else { wait.unwrap_or(LOOK_AGAIN) };
        tokio::select! {
            Some(_) = crew.running.join_next() => {}
            () = sleep(nap.min(LOOK_AGAIN)) => {}
        }
    }
}

/// The workers and what they have in hand.
struct Crew<H> {
    worker: Arc<Worker<H>>,
    running: JoinSet<()>,
}

impl<H, F> Crew<H>
where
    H: Fn(Batch) -> F + Send + Sync + 'static,
    F: Future<Output = Settlement> + Send + 'static,
{
    fn new(store: Arc<dyn Store>, handler: H, pace: Pace) -> Self {
        let worker = Worker { store, handler, pace, cut: CancellationToken::new() };
        Self { worker: Arc::new(worker), running: JoinSet::new() }
    }

    fn pace(&self) -> &Pace {
        &self.worker.pace
    }

    fn is_full(&self) -> bool {
        self.running.len() >= self.pace().workers.max(1)
    }

    /// Claims until every worker has a lane or none is ready.
    async fn take_work(&mut self) -> Result<(), StoreError> {
        while self.running.try_join_next().is_some() {}
        while !self.is_full() {
            let Some(batch) = self.worker.claim().await? else {
                break;
            };
            crash::point("batch.claimed");
            self.running.spawn(Arc::clone(&self.worker).work(batch));
        }
        Ok(())
    }

    /// How long there is surely nothing to claim, unless somebody rings or finishes.
    async fn nap(&self) -> Duration {
        let poll = self.pace().wait(self.pace().poll);
        if self.is_full() {
            return poll;
        }
        match self.worker.store.next_ready().await {
            Ok(Some(wait)) => wait.unsigned_abs().min(poll),
            Ok(None) => poll,
            Err(_) => self.pace().wait(AFTER_AN_ERROR),
        }
    }

    /// Lets the running batches end, then cuts off those that don't.
    async fn finish(mut self) {
        let grace = self.pace().wait(self.pace().grace);
        let all_done = async { while self.running.join_next().await.is_some() {} };
        if timeout(grace, all_done).await.is_err() {
            self.worker.cut.cancel();
            while self.running.join_next().await.is_some() {}
        }
    }
}

/// What all workers share.
struct Worker<H> {
    store: Arc<dyn Store>,
    handler: H,
    pace: Pace,
    /// Cancelled when the grace is over.
    cut: CancellationToken,
}

impl<H, F> Worker<H>
where
    H: Fn(Batch) -> F + Send + Sync + 'static,
    F: Future<Output = Settlement> + Send + 'static,
{
    async fn claim(&self) -> Result<Option<Batch>, StoreError> {
        self.store.claim(self.pace.lease(), self.pace.batch).await
    }

    async fn work(self: Arc<Self>, batch: Batch) {
        let attempt = batch.jobs.first().map_or(0, |job| job.attempt);
        let settlement = if attempt > MAX_ATTEMPTS {
            // Only a job that takes the whole process down comes here.
            let error = format!("each of {MAX_ATTEMPTS} attempts ended without an answer");
            Some(Settlement::Dead { error })
        } else {
            Self::attend(&self, &batch, attempt).await
        };
        if let Some(settlement) = settlement {
            crash::point("batch.handled");
            self.settle(&batch, settlement).await;
        }
    }

    /// Runs the handler and keeps its lease alive; `None` when the lease is lost.
    async fn attend(this: &Arc<Self>, batch: &Batch, attempt: u32) -> Option<Settlement> {
        let lease = this.pace.lease();
        let third = lease.unsigned_abs() / 3;
        let (worker, jobs) = (Arc::clone(this), batch.clone());
        // In a task of its own, so that a panic ends the task and not the worker.
        let mut task =
            AbortOnDropHandle::new(tokio::spawn(async move { (worker.handler)(jobs).await }));
        loop {
            tokio::select! {
                outcome = &mut task => return Some(outcome.unwrap_or_else(|_| {
                    tracing::error!(lane = %batch.lease.lane, attempt, "a job panicked");
                    retry::failed(attempt, fastrand::f64(), "the job panicked".to_owned())
                })),
                () = this.cut.cancelled() => {
                    task.abort();
                    let _ = task.await;
                    let error = "cut off by the end of the service".to_owned();
                    let after = SignedDuration::ZERO;
                    return Some(Settlement::Retry { after, error, counts: false });
                }
                () = sleep(third) => {}
            }
            match this.store.renew(&batch.lease, lease).await {
                Ok(()) => {}
                Err(StoreError::LeaseLost(lane)) => {
                    tracing::warn!(%lane, "the lease is lost, its batch is dropped");
                    task.abort();
                    let _ = task.await;
                    return None;
                }
                // The fence guards each write of the handler; go on and try again.
                Err(error) => tracing::warn!(%error, "a lease can't be renewed"),
            }
        }
    }

    async fn settle(&self, batch: &Batch, settlement: Settlement) {
        let settlement = match settlement {
            Settlement::Retry { after, error, counts } => {
                Settlement::Retry { after: self.pace.scaled(after), error, counts }
            }
            ended => ended,
        };
        let lane = &batch.lease.lane;
        for attempt in 1..=SETTLE_TRIES {
            match self.store.settle(batch, settlement.clone()).await {
                Ok(()) => return,
                Err(StoreError::LeaseLost(_)) => {
                    tracing::warn!(%lane, "the lease was lost before its batch was settled");
                    return;
                }
                Err(error) => tracing::warn!(%error, %lane, "a batch can't be settled"),
            }
            tokio::select! {
                () = self.cut.cancelled() => return,
                () = sleep(self.pace.wait(retry::backoff(attempt, 1.0))) => {}
            }
        }
    }
}
