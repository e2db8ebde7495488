//! Schedules, cursors and the count of lost webhooks.

use std::sync::Arc;

use jiff::SignedDuration;
use landfall::model::{JobKind, LostHooks, LostSource, Settlement};
use landfall::store::StoreError;

use super::place::{LEASE, Place, accept_new, claim, issue, opened, rules, start, visit, work};

rules! {
    a_schedule_fires_once_in_its_time_whoever_asks,
    a_schedule_is_a_job_like_any_other,
    a_cursor_moves_only_for_the_holder_of_the_lane,
    who_named_an_issue_lately_is_known,
    lost_webhooks_are_counted_by_how_they_were_found,
}

const MINUTE: SignedDuration = SignedDuration::from_secs(60);

async fn a_schedule_fires_once_in_its_time_whoever_asks(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    let ask = |_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.schedule(JobKind::Sweep, MINUTE).await.unwrap() })
    };
    for _ in 0..2 {
        let mut fired = 0;
        for asked in (0..8).map(ask).collect::<Vec<_>>() {
            fired += u32::from(asked.await.unwrap());
        }
        assert_eq!(fired, 1);
        clock.advance(MINUTE).await;
        // While the last one still waits another one is not needed.
        assert!(!store.schedule(JobKind::Sweep, MINUTE).await.unwrap());
        let batch = claim(&store).await;
        assert_eq!(batch.jobs.len(), 1);
        store.settle(&batch, Settlement::Done).await.unwrap();
        clock.advance(MINUTE).await;
    }
}

async fn a_schedule_is_a_job_like_any_other(place: &dyn Place) {
    let (store, _) = opened(place).await;
    assert!(store.schedule(JobKind::Sweep, MINUTE).await.unwrap());
    let batch = claim(&store).await;
    assert_eq!(batch.jobs[0].kind, JobKind::Sweep);
    store.settle(&batch, Settlement::Done).await.unwrap();
    assert!(!store.schedule(JobKind::Sweep, MINUTE).await.unwrap());
    assert!(store.claim(LEASE, 1).await.unwrap().is_none());
}

async fn a_cursor_moves_only_for_the_holder_of_the_lane(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    store.enqueue(visit(1)).await.unwrap();
    let batch = claim(&store).await;
    assert_eq!(store.cursor("issues").await.unwrap(), None);
    for to in ["2026-11-22T10:00:00Z", "2026-11-22T10:01:00Z"] {
        store.move_cursor(&batch.lease, "issues", to).await.unwrap();
        assert_eq!(store.cursor("issues").await.unwrap().as_deref(), Some(to));
    }
    clock.advance(LEASE).await;
    claim(&store).await;
    let refused = store.move_cursor(&batch.lease, "issues", "late").await;
    assert!(matches!(refused, Err(StoreError::LeaseLost(_))), "{refused:?}");
    assert_eq!(store.cursor("other").await.unwrap(), None);
    assert_eq!(store.cursor("issues").await.unwrap().as_deref(), Some("2026-11-22T10:01:00Z"));
}

async fn who_named_an_issue_lately_is_known(place: &dyn Place) {
    let (store, _) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    assert!(store.heard_of(issue(1), start()).await.unwrap());
    assert!(!store.heard_of(issue(2), start()).await.unwrap());
    assert!(!store.heard_of(issue(1), start() + SignedDuration::from_secs(1)).await.unwrap());
}

async fn lost_webhooks_are_counted_by_how_they_were_found(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let since = start() - SignedDuration::from_hours(1);
    assert_eq!(store.lost_since(since).await.unwrap(), LostHooks::default());
    store.record_lost(LostSource::EventLog, Some(issue(1))).await.unwrap();
    store.record_lost(LostSource::Poll, Some(issue(1))).await.unwrap();
    store.record_lost(LostSource::Poll, None).await.unwrap();
    let lost = store.lost_since(since).await.unwrap();
    assert_eq!(lost, LostHooks { event_log: 1, poll: 2 });
}
