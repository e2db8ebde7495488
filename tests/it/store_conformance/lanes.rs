//! Lanes: order, one holder, fences, retries, poison.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use landfall::model::{
    Batch, Decision, EffectKey, EffectRecord, EffectState, IssueMemory, JobKind, Lease, Purpose,
    Settlement,
};
use landfall::store::{Store, StoreError};

use super::place::{LEASE, Place, accept_new, claim, issue, opened, rules, start, visit, work};

rules! {
    a_lane_gives_its_jobs_together_and_oldest_first,
    the_lane_that_waited_longest_goes_first,
    a_leased_lane_is_nobody_elses,
    an_expired_lease_is_taken_over_and_the_old_fence_refused,
    a_renewed_lease_lasts,
    a_fence_never_comes_back,
    a_retry_holds_its_lane_as_long_as_it_says,
    a_clock_that_was_set_back_holds_no_lane_up,
    a_mere_wait_is_no_attempt,
    what_arrives_in_a_held_lane_waits_with_it,
    poison_is_tried_alone_and_leaves_the_others_alive,
    a_job_is_stored_once_while_it_waits_but_again_while_it_runs,
    eight_workers_keep_every_lane_in_order,
}

fn iids(batch: &Batch) -> Vec<u64> {
    batch.jobs.iter().map(|job| job.kind.issue().unwrap().iid.0).collect()
}

fn retry(seconds: i64, counts: bool) -> Settlement {
    let after = SignedDuration::from_secs(seconds);
    Settlement::Retry { after, error: "not now".to_owned(), counts }
}

fn dead() -> Settlement {
    Settlement::Dead { error: "poison".to_owned() }
}

async fn a_lane_gives_its_jobs_together_and_oldest_first(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let mut ids = Vec::new();
    for key in ["a", "b", "c"] {
        ids.push(accept_new(&store, work(key, 1)).await);
    }
    let batch = store.claim(LEASE, 2).await.unwrap().unwrap();
    let got: Vec<_> = batch.jobs.iter().map(|job| job.delivery.unwrap()).collect();
    assert_eq!(got, ids[..2]);
    assert!(batch.jobs.iter().all(|job| job.attempt == 1 && job.created_at == start()));
    store.settle(&batch, Settlement::Done).await.unwrap();
    let rest = claim(&store).await;
    assert_eq!(rest.jobs[0].delivery, Some(ids[2]));
    store.settle(&rest, Settlement::Done).await.unwrap();
    assert!(store.claim(LEASE, 2).await.unwrap().is_none());
    assert_eq!(store.next_ready().await.unwrap(), None);
}

async fn the_lane_that_waited_longest_goes_first(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    for (key, iid) in [("a", 9), ("b", 2), ("c", 9), ("d", 5)] {
        accept_new(&store, work(key, iid)).await;
        clock.advance(SignedDuration::from_secs(1)).await;
    }
    let first = claim(&store).await;
    assert_eq!(iids(&first), [9, 9]);
    store.settle(&first, retry(1, true)).await.unwrap();
    clock.advance(SignedDuration::from_secs(1)).await;
    // Held once, it is still the oldest when it is ready again.
    assert_eq!(iids(&claim(&store).await), [9, 9]);
    assert_eq!(iids(&claim(&store).await), [2]);
    assert_eq!(iids(&claim(&store).await), [5]);
}

async fn a_clock_that_was_set_back_holds_no_lane_up(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    let (minute, years) = (SignedDuration::from_mins(1), SignedDuration::from_hours(87_600));
    assert_eq!(store.redate().await.unwrap(), SignedDuration::ZERO);
    clock.advance(years).await;
    store.schedule(JobKind::Sweep, minute).await.unwrap();
    store.settle(&claim(&store).await, Settlement::Done).await.unwrap();
    for (key, iid) in [("a", 1), ("b", 2)] {
        accept_new(&store, work(key, iid)).await;
    }
    store.settle(&claim(&store).await, retry(90, true)).await.unwrap();
    let leased = claim(&store).await;
    clock.advance(-years).await;
    assert_eq!(store.redate().await.unwrap(), years);
    assert_eq!(store.redate().await.unwrap(), SignedDuration::ZERO);
    // As before: the lease ends, then the wait.
    clock.advance(LEASE).await;
    assert_eq!(iids(&claim(&store).await), iids(&leased));
    assert!(store.claim(LEASE, 50).await.unwrap().is_none());
    clock.advance(SignedDuration::from_secs(30)).await;
    assert_eq!(iids(&claim(&store).await), [1]);
}

async fn a_leased_lane_is_nobody_elses(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    let _held = claim(&store).await;
    accept_new(&store, work("b", 1)).await;
    clock.advance(LEASE - SignedDuration::from_millis(1)).await;
    assert!(store.claim(LEASE, 9).await.unwrap().is_none());
    let wait = store.next_ready().await.unwrap();
    assert_eq!(wait, Some(SignedDuration::from_millis(1)));
    clock.advance(SignedDuration::from_millis(1)).await;
    assert_eq!(claim(&store).await.jobs.len(), 2);
}

async fn every_write(store: &Arc<dyn Store>, batch: &Batch) -> Vec<Result<(), StoreError>> {
    let lease = &batch.lease;
    let key = EffectKey("f".repeat(64));
    let memory = IssueMemory {
        issue: issue(1),
        judged: None,
        entries: Vec::new(),
        is_cleared: false,
        seen_updated_at: None,
        ticks: Default::default(),
    };
    let decision = Decision {
        issue: issue(1),
        seen: None,
        stage: None,
        history: vec![],
        is_cleared: false,
        effects: vec![],
        answered: vec![],
        because: vec![],
        reports: Vec::new(),
        again: false,
    };
    let record = EffectRecord {
        key: key.clone(),
        state: EffectState::Done,
        note: None,
        body_digest: None,
        changed_at: start(),
    };
    vec![
        store.renew(lease, LEASE).await,
        store.save_decision(batch, &decision).await,
        store.remember(lease, &memory, &[]).await,
        store.announce(lease, issue(1), &key, Purpose::Stage).await,
        store.record(lease, issue(1), Purpose::Stage, &record).await,
        store.withdraw(lease, &key).await,
        store.settle(batch, retry(1, true)).await,
        store.settle(batch, dead()).await,
        store.settle(batch, Settlement::Done).await,
    ]
}

async fn an_expired_lease_is_taken_over_and_the_old_fence_refused(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    let old = claim(&store).await;
    clock.advance(LEASE).await;
    let new = claim(&store).await;
    assert!(new.lease.fence > old.lease.fence);
    assert_eq!(new.jobs[0].attempt, 2);

    for (nth, write) in every_write(&store, &old).await.into_iter().enumerate() {
        assert!(matches!(write, Err(StoreError::LeaseLost(_))), "write {nth}: {write:?}");
    }
    assert_eq!(store.memory(issue(1)).await.unwrap(), None);
    assert_eq!(store.effects(issue(1)).await.unwrap(), []);
    assert_eq!(store.saved_decision(&new).await.unwrap(), None);
    store.settle(&new, Settlement::Done).await.unwrap();
}

async fn a_renewed_lease_lasts(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    let held = claim(&store).await;
    for _ in 0..5 {
        clock.advance(LEASE / 2).await;
        assert!(store.claim(LEASE, 9).await.unwrap().is_none());
        store.renew(&held.lease, LEASE).await.unwrap();
    }
    // Late, but nobody came: the lease can still be had back.
    clock.advance(LEASE * 2).await;
    store.renew(&held.lease, LEASE).await.unwrap();
    assert!(store.claim(LEASE, 9).await.unwrap().is_none());
    store.settle(&held, Settlement::Done).await.unwrap();
}

async fn a_fence_never_comes_back(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let mut last = 0;
    let mut former: Option<Lease> = None;
    for round in 0..4 {
        accept_new(&store, work(&format!("{round}"), 1)).await;
        let batch = claim(&store).await;
        assert!(batch.lease.fence > last);
        last = batch.lease.fence;
        if let Some(former) = &former {
            let renewed = store.renew(former, LEASE).await;
            assert!(matches!(renewed, Err(StoreError::LeaseLost(_))));
        }
        store.settle(&batch, Settlement::Done).await.unwrap();
        former = Some(batch.lease);
    }
}

async fn a_retry_holds_its_lane_as_long_as_it_says(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    let id = accept_new(&store, work("a", 1)).await;
    let batch = claim(&store).await;
    store.settle(&batch, retry(8, true)).await.unwrap();
    let row = store.delivery(id).await.unwrap().unwrap();
    assert_eq!((row.attempts, row.last_error.as_deref()), (1, Some("not now")));

    clock.advance(SignedDuration::from_millis(7_999)).await;
    assert!(store.claim(LEASE, 9).await.unwrap().is_none());
    let wait = store.next_ready().await.unwrap();
    assert_eq!(wait, Some(SignedDuration::from_millis(1)));
    clock.advance(SignedDuration::from_millis(1)).await;
    assert_eq!(store.next_ready().await.unwrap(), Some(SignedDuration::ZERO));
    assert_eq!(claim(&store).await.jobs[0].attempt, 2);
}

async fn a_mere_wait_is_no_attempt(place: &dyn Place) {
    let (store, _) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    for _ in 0..20 {
        let batch = claim(&store).await;
        assert_eq!(batch.jobs[0].attempt, 1);
        store.settle(&batch, retry(0, false)).await.unwrap();
    }
}

async fn what_arrives_in_a_held_lane_waits_with_it(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    let batch = claim(&store).await;
    store.settle(&batch, retry(8, true)).await.unwrap();
    accept_new(&store, work("b", 1)).await;
    assert!(store.claim(LEASE, 9).await.unwrap().is_none());
    clock.advance(SignedDuration::from_secs(8)).await;
    let attempts: Vec<_> = claim(&store).await.jobs.iter().map(|job| job.attempt).collect();
    assert_eq!(attempts, [2, 1]);
}

async fn poison_is_tried_alone_and_leaves_the_others_alive(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let poison = accept_new(&store, work("poison", 1)).await;
    let good = accept_new(&store, work("good", 1)).await;
    for attempt in 1..=3 {
        let batch = claim(&store).await;
        assert_eq!((batch.jobs.len(), batch.jobs[0].attempt), (2, attempt));
        store.settle(&batch, retry(0, true)).await.unwrap();
    }
    let alone = claim(&store).await;
    assert_eq!((alone.jobs.len(), alone.jobs[0].delivery), (1, Some(poison)));
    store.settle(&alone, dead()).await.unwrap();

    let next = claim(&store).await;
    assert_eq!((next.jobs.len(), next.jobs[0].delivery), (1, Some(good)));
    store.settle(&next, Settlement::Done).await.unwrap();
    let state = |id| {
        let store = Arc::clone(&store);
        async move { store.delivery(id).await.unwrap().unwrap().state.as_str() }
    };
    assert_eq!((state(poison).await, state(good).await), ("dead", "done"));
    let backlog = store.backlog().await.unwrap();
    assert_eq!((backlog.waiting, backlog.dead), (0, 1));
}

async fn a_job_is_stored_once_while_it_waits_but_again_while_it_runs(place: &dyn Place) {
    let (store, _) = opened(place).await;
    assert!(store.enqueue(JobKind::Sweep).await.unwrap());
    assert!(!store.enqueue(JobKind::Sweep).await.unwrap());
    assert!(store.enqueue(visit(1)).await.unwrap());
    assert!(store.enqueue(visit(2)).await.unwrap());
    let running = claim(&store).await;
    assert_eq!(running.jobs[0].kind, JobKind::Sweep);
    // The one that runs may have looked already.
    assert!(store.enqueue(JobKind::Sweep).await.unwrap());
    assert!(!store.enqueue(JobKind::Sweep).await.unwrap());
    store.settle(&running, retry(0, true)).await.unwrap();
    assert!(!store.enqueue(JobKind::Sweep).await.unwrap());
}

/// What the workers saw: who holds a lane now, and the jobs done in each, in order.
#[derive(Default)]
struct Seen {
    held: BTreeMap<String, i64>,
    done: BTreeMap<String, Vec<i64>>,
}

async fn eight_workers_keep_every_lane_in_order(place: &dyn Place) {
    const SEED: u64 = 20_261_122;
    const JOBS: usize = 240;
    let (store, clock) = opened(place).await;
    for n in 0..JOBS {
        accept_new(&store, work(&format!("{n}"), random_issue(SEED, n, 7))).await;
    }
    let seen = Arc::new(Mutex::new(Seen::default()));
    let workers: Vec<_> = (0..8)
        .map(|worker| {
            let (store, clock, seen) = (&store, &clock, &seen);
            let mut random = fastrand::Rng::with_seed(SEED + worker);
            async move {
                while store.backlog().await.unwrap().waiting > 0 {
                    clock.advance(SignedDuration::from_millis(10)).await;
                    let Some(batch) = store.claim(LEASE * 1000, 3).await.unwrap() else {
                        tokio::task::yield_now().await;
                        continue;
                    };
                    let lane = batch.lease.lane.0.clone();
                    let other = {
                        let mut seen = seen.lock().unwrap();
                        seen.held.insert(lane.clone(), batch.lease.fence)
                    };
                    assert_eq!(other, None, "two hold {lane} (seed {SEED})");
                    tokio::task::yield_now().await;
                    let fails = random.u8(..4) == 0;
                    {
                        let mut seen = seen.lock().unwrap();
                        seen.held.remove(&lane);
                        if !fails {
                            let ids = batch.jobs.iter().map(|job| job.id.0);
                            seen.done.entry(lane).or_default().extend(ids);
                        }
                    }
                    let how = if fails { retry(1, true) } else { Settlement::Done };
                    store.settle(&batch, how).await.unwrap();
                }
            }
        })
        .collect();
    futures_util::future::join_all(workers).await;
    let seen = seen.lock().unwrap();
    assert_eq!(seen.done.values().map(Vec::len).sum::<usize>(), JOBS);
    for (lane, ids) in &seen.done {
        assert!(ids.is_sorted(), "{lane} out of order (seed {SEED})");
    }
}

fn random_issue(seed: u64, nth: usize, end: u64) -> u64 {
    fastrand::Rng::with_seed(seed + nth as u64).u64(1..=end)
}
