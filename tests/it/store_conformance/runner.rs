//! The queue's runner on a real store: panics, lost leases, wake-ups, ends.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use landfall::clock::SystemClock;
use landfall::model::{Batch, DeliveryState, JobKind, Settlement};
use landfall::queue::{self, Drained, MAX_ATTEMPTS, Pace, Waker};
use landfall::store::Store;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::place::{Place, SqliteFile, SqliteMemory, accept_new, opened, visit, work};

const SOON: Duration = Duration::from_secs(10);
const PATIENCE: SignedDuration = SignedDuration::from_secs(3600);

/// A thousand times faster than in earnest.
fn pace() -> Pace {
    Pace { time_scale: 1000.0, ..Pace::default() }
}

async fn real_time(place: &dyn Place) -> Arc<dyn Store> {
    place.open(Arc::new(SystemClock)).await
}

fn started<H, F>(store: &Arc<dyn Store>, handler: H, pace: Pace) -> Running
where
    H: Fn(Batch) -> F + Send + Sync + 'static,
    F: Future<Output = Settlement> + Send + 'static,
{
    let (waker, stop) = (Waker::default(), CancellationToken::new());
    let run = queue::run(Arc::clone(store), handler, pace, waker.clone(), stop.clone());
    Running { waker, stop, task: tokio::spawn(run) }
}

struct Running {
    waker: Waker,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    async fn stop(self) {
        self.stop.cancel();
        timeout(SOON, self.task).await.expect("it stops").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_works_off_everything_that_waits() {
    let store = real_time(&SqliteMemory).await;
    for n in 0..100 {
        accept_new(&store, work(&n.to_string(), n % 9)).await;
    }
    let done = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&done);
    let handler = move |batch: Batch| {
        count.fetch_add(batch.jobs.len(), Ordering::Relaxed);
        async { Settlement::Done }
    };
    let drained = queue::drain(Arc::clone(&store), handler, pace(), PATIENCE).await.unwrap();
    assert_eq!((drained, done.load(Ordering::Relaxed)), (Drained { waiting: 0 }, 100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_does_the_work_its_work_causes_and_waits_for_short_holds() {
    let store = real_time(&SqliteMemory).await;
    store.enqueue(JobKind::Sweep).await.unwrap();
    let visited = Arc::new(Mutex::new(BTreeSet::new()));
    let (of_handler, seen) = (Arc::clone(&store), Arc::clone(&visited));
    let handler = move |batch: Batch| {
        let (store, seen) = (Arc::clone(&of_handler), Arc::clone(&seen));
        async move {
            let job = &batch.jobs[0];
            let Some(issue) = job.kind.issue() else {
                for iid in 1..=20 {
                    store.enqueue(visit(iid)).await.unwrap();
                }
                return Settlement::Done;
            };
            if job.attempt == 1 {
                return queue::retry::failed(1, 1.0, "first time".to_owned());
            }
            seen.lock().unwrap().insert(issue.iid.0);
            Settlement::Done
        }
    };
    let drained = queue::drain(store, handler, pace(), PATIENCE).await.unwrap();
    assert_eq!(drained, Drained { waiting: 0 });
    assert_eq!(visited.lock().unwrap().len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_leaves_what_is_held_for_too_long() {
    let (store, _clock_that_stands_still) = opened(&SqliteMemory).await;
    accept_new(&store, work("a", 1)).await;
    let handler = |_| async {
        let after = SignedDuration::from_hours(2);
        Settlement::Retry { after, error: "outage".to_owned(), counts: false }
    };
    let drained = queue::drain(store, handler, pace(), PATIENCE).await.unwrap();
    assert_eq!(drained, Drained { waiting: 1 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_always_panics_dies_and_the_rest_goes_on() {
    let store = real_time(&SqliteMemory).await;
    let poison = accept_new(&store, work("poison", 1)).await;
    let good = accept_new(&store, work("good", 1)).await;
    let tries = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&tries);
    let handler = move |batch: Batch| {
        let poisoned = batch.jobs.iter().any(|job| job.delivery == Some(poison));
        count.fetch_add(u32::from(poisoned), Ordering::Relaxed);
        async move {
            assert!(!poisoned, "as ordered");
            Settlement::Done
        }
    };
    queue::drain(Arc::clone(&store), handler, pace(), PATIENCE).await.unwrap();
    let row = store.delivery(poison).await.unwrap().unwrap();
    assert_eq!((row.state, row.attempts), (DeliveryState::Dead, MAX_ATTEMPTS));
    assert_eq!(row.reason.as_deref(), Some("the job panicked"));
    assert_eq!(tries.load(Ordering::Relaxed), MAX_ATTEMPTS);
    assert_eq!(store.delivery(good).await.unwrap().unwrap().state, DeliveryState::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_took_every_process_down_is_not_started_again() {
    let (store, clock) = opened(&SqliteMemory).await;
    let id = accept_new(&store, work("a", 1)).await;
    for _ in 0..MAX_ATTEMPTS {
        assert!(store.claim(SignedDuration::from_secs(1), 9).await.unwrap().is_some());
        clock.advance(SignedDuration::from_secs(1)).await;
    }
    let handler = |_| async { panic!("it was started again") };
    queue::drain(Arc::clone(&store), handler, pace(), PATIENCE).await.unwrap();
    let row = store.delivery(id).await.unwrap().unwrap();
    assert_eq!(row.state, DeliveryState::Dead);
    assert!(row.reason.unwrap().contains("without an answer"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sleeping_runner_is_woken_by_the_bell() {
    let store = real_time(&SqliteMemory).await;
    let (told, mut heard) = mpsc::unbounded_channel();
    let handler = move |batch: Batch| {
        told.send(batch.jobs[0].id).unwrap();
        async { Settlement::Done }
    };
    // Without the bell it would sleep for an hour.
    let slow = Pace { poll: SignedDuration::from_hours(1), ..Pace::default() };
    let running = started(&store, handler, slow);
    for n in 0..5 {
        accept_new(&store, work(&n.to_string(), 1)).await;
        running.waker.wake();
        timeout(SOON, heard.recv()).await.expect("the bell is heard").unwrap();
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_job_keeps_its_lane_by_renewing() {
    let place = SqliteFile::new();
    let store = real_time(&place).await;
    accept_new(&store, work("a", 1)).await;
    let handler = |_| async {
        tokio::time::sleep(Duration::from_millis(900)).await;
        Settlement::Done
    };
    let short = Pace { lease: SignedDuration::from_millis(300), ..Pace::default() };
    let running = started(&store, handler, short);
    let end = Instant::now() + SOON;
    while store.backlog().await.unwrap().waiting > 0 {
        assert!(Instant::now() < end, "it never ended");
        tokio::task::yield_now().await;
    }
    let row = store.deliveries(None, 1).await.unwrap().remove(0);
    assert_eq!((row.state, row.attempts), (DeliveryState::Done, 1));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_lost_its_lease_is_dropped() {
    struct Dropped(mpsc::UnboundedSender<()>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (store, clock) = opened(&SqliteMemory).await;
    accept_new(&store, work("a", 1)).await;
    let (begun, mut has_begun) = mpsc::unbounded_channel();
    let (dropped, mut was_dropped) = mpsc::unbounded_channel();
    let handler = move |_| {
        let guard = Dropped(dropped.clone());
        begun.send(()).unwrap();
        async move {
            let _guard = guard;
            std::future::pending().await
        }
    };
    let lease = SignedDuration::from_millis(300);
    let running = started(&store, handler, Pace { lease, workers: 1, ..Pace::default() });
    timeout(SOON, has_begun.recv()).await.unwrap().unwrap();
    // Another process takes the lane over, as if this one had been asleep.
    clock.advance(lease * 10).await;
    assert!(store.claim(SignedDuration::from_hours(1), 1).await.unwrap().is_some());
    timeout(SOON, was_dropped.recv()).await.expect("it is dropped").unwrap();
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_lets_a_job_end_but_not_for_ever() {
    for ends in [true, false] {
        let store = real_time(&SqliteMemory).await;
        let id = accept_new(&store, work("a", 1)).await;
        let (begun, mut has_begun) = mpsc::unbounded_channel();
        let go_on = CancellationToken::new();
        let gate = go_on.clone();
        let handler = move |_| {
            begun.send(()).unwrap();
            let gate = gate.clone();
            async move {
                gate.cancelled().await;
                Settlement::Done
            }
        };
        let grace = if ends { SOON } else { Duration::from_millis(50) };
        let grace = SignedDuration::try_from(grace).unwrap();
        let running = started(&store, handler, Pace { grace, ..Pace::default() });
        timeout(SOON, has_begun.recv()).await.unwrap().unwrap();
        running.stop.cancel();
        accept_new(&store, work("b", 2)).await;
        running.waker.wake();
        if ends {
            go_on.cancel();
        }
        running.stop().await;
        let state = store.delivery(id).await.unwrap().unwrap().state;
        let expected = if ends { DeliveryState::Done } else { DeliveryState::Waiting };
        assert_eq!(state, expected);
        // What was cut off can be claimed at once, and it was no failure of its own.
        let next = store.claim(SignedDuration::from_secs(1), 1).await.unwrap().unwrap();
        assert_eq!((next.jobs[0].delivery == Some(id), next.jobs[0].attempt), (!ends, 1));
    }
}
