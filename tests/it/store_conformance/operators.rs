//! What people see and do: the inbox, the comment stop, pruning, the epoch.

use std::sync::Arc;

use jiff::SignedDuration;
use landfall::model::{DeliveryId, DeliveryState, Disposition, JobKind, Settlement};
use landfall::store::Store;

use super::place::{
    Place, SqliteFile, accept_new, claim, clock, given, incoming, issue, opened, rules, start,
    visit, work,
};

rules! {
    a_dead_delivery_can_be_tried_again,
    a_quarantined_delivery_can_be_worked_on,
    a_closed_case_stays_closed,
    deliveries_are_listed_newest_first_and_by_state,
    a_later_success_makes_a_dead_sweep_moot,
    the_backlog_counts_what_waits_and_what_gave_up,
    only_finished_and_old_deliveries_are_pruned,
    the_first_reason_of_a_comment_stop_stands,
    a_healthy_store_answers_a_ping,
}

async fn die(store: &Arc<dyn Store>) {
    let batch = claim(store).await;
    let error = "gone wrong".to_owned();
    store.settle(&batch, Settlement::Dead { error }).await.unwrap();
}

async fn state(store: &Arc<dyn Store>, id: DeliveryId) -> DeliveryState {
    store.delivery(id).await.unwrap().unwrap().state
}

async fn a_dead_delivery_can_be_tried_again(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let id = accept_new(&store, work("a", 1)).await;
    assert!(!store.retry_delivery(id, visit(1)).await.unwrap(), "it waits already");
    die(&store).await;
    let row = store.delivery(id).await.unwrap().unwrap();
    assert_eq!((row.state, row.reason.as_deref()), (DeliveryState::Dead, Some("gone wrong")));

    assert!(store.retry_delivery(id, visit(1)).await.unwrap());
    assert!(!store.retry_delivery(id, visit(1)).await.unwrap(), "once is enough");
    let backlog = store.backlog().await.unwrap();
    assert_eq!((backlog.waiting, backlog.dead), (1, 0));
    let row = store.delivery(id).await.unwrap().unwrap();
    assert_eq!((row.state, row.reason), (DeliveryState::Waiting, None));
    let batch = claim(&store).await;
    assert_eq!((batch.jobs[0].attempt, batch.jobs[0].delivery), (1, Some(id)));
    store.settle(&batch, Settlement::Done).await.unwrap();
    assert_eq!(state(&store, id).await, DeliveryState::Done);
}

async fn a_quarantined_delivery_can_be_worked_on(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let broken = Disposition::Quarantined { reason: "unknown_shape".into() };
    let id = accept_new(&store, incoming(given("a"), "{", broken)).await;
    assert!(store.claim(SignedDuration::from_secs(1), 9).await.unwrap().is_none());
    assert!(store.retry_delivery(id, visit(4)).await.unwrap());
    assert_eq!(store.delivery(id).await.unwrap().unwrap().issue, Some(issue(4)));
    assert_eq!(claim(&store).await.jobs[0].kind, visit(4));
}

async fn a_closed_case_stays_closed(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let id = accept_new(&store, work("a", 1)).await;
    assert!(!store.resolve_delivery(id).await.unwrap(), "it waits");
    die(&store).await;
    assert!(store.resolve_delivery(id).await.unwrap());
    assert!(!store.resolve_delivery(id).await.unwrap());
    assert!(!store.retry_delivery(id, visit(1)).await.unwrap());
    assert!(!store.resolve_delivery(DeliveryId(404)).await.unwrap());
    let row = store.delivery(id).await.unwrap().unwrap();
    assert_eq!((row.state, row.attempts), (DeliveryState::Resolved, 1));
    assert_eq!(row.last_error.as_deref(), Some("gone wrong"));
    assert_eq!(store.backlog().await.unwrap().dead, 0);
}

async fn deliveries_are_listed_newest_first_and_by_state(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let ignored = Disposition::Ignored { reason: "own_event".into(), issue: None };
        let how = if n % 2 == 0 { ignored } else { work("x", 1).disposition };
        ids.push(accept_new(&store, incoming(given(&n.to_string()), "{}", how)).await);
    }
    let list = |state, limit| {
        let store = Arc::clone(&store);
        async move {
            let rows = store.deliveries(state, limit).await.unwrap();
            rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(list(None, 3).await, [ids[4], ids[3], ids[2]]);
    assert_eq!(list(Some(DeliveryState::Waiting), 9).await, [ids[3], ids[1]]);
    assert_eq!(list(Some(DeliveryState::Dead), 9).await, []);
}

async fn a_later_success_makes_a_dead_sweep_moot(place: &dyn Place) {
    let (store, _) = opened(place).await;
    for _ in 0..2 {
        store.enqueue(JobKind::Sweep).await.unwrap();
        die(&store).await;
    }
    assert_eq!(store.backlog().await.unwrap().dead, 2);
    store.enqueue(JobKind::Sweep).await.unwrap();
    let batch = claim(&store).await;
    store.settle(&batch, Settlement::Done).await.unwrap();
    assert_eq!(store.backlog().await.unwrap().dead, 0);
}

async fn the_backlog_counts_what_waits_and_what_gave_up(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    assert_eq!(store.backlog().await.unwrap(), landfall::store::Backlog::default());
    accept_new(&store, work("a", 1)).await;
    die(&store).await;
    clock.advance(SignedDuration::from_secs(5)).await;
    let mut late = work("b", 2);
    late.received_at = start() + SignedDuration::from_secs(5);
    accept_new(&store, late).await;
    let broken = Disposition::Quarantined { reason: "bad_json".into() };
    accept_new(&store, incoming(given("c"), "{", broken)).await;
    let backlog = store.backlog().await.unwrap();
    assert_eq!((backlog.waiting, backlog.dead, backlog.quarantined), (1, 1, 1));
    assert_eq!(backlog.oldest, Some(start() + SignedDuration::from_secs(5)));
    assert_eq!(backlog.newest_delivery, backlog.oldest);
}

async fn only_finished_and_old_deliveries_are_pruned(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let done = accept_new(&store, work("done", 1)).await;
    let batch = claim(&store).await;
    store.settle(&batch, Settlement::Done).await.unwrap();
    let dead = accept_new(&store, work("dead", 1)).await;
    die(&store).await;
    let waiting = accept_new(&store, work("waiting", 1)).await;
    for n in 0..1100 {
        let ignored = Disposition::Ignored { reason: "own_event".into(), issue: None };
        accept_new(&store, incoming(given(&format!("i{n}")), "{}", ignored)).await;
    }
    assert_eq!(store.prune(start()).await.unwrap(), 0, "nothing is older");
    let after = start() + SignedDuration::from_millis(1);
    assert_eq!(store.prune(after).await.unwrap(), 1101);
    assert_eq!(store.delivery(done).await.unwrap(), None);
    assert_eq!(state(&store, dead).await, DeliveryState::Dead);
    assert_eq!(state(&store, waiting).await, DeliveryState::Waiting);
    // Past its keeping, the same delivery is a new one.
    accept_new(&store, work("done", 1)).await;
}

async fn the_first_reason_of_a_comment_stop_stands(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    assert!(!store.resume_comments().await.unwrap());
    store.stop_comments("first").await.unwrap();
    clock.advance(SignedDuration::from_secs(9)).await;
    store.stop_comments("second").await.unwrap();
    let stop = store.comment_stop().await.unwrap().unwrap();
    assert_eq!((stop.reason.as_str(), stop.since), ("first", start()));
    assert!(store.resume_comments().await.unwrap());
    assert_eq!(store.comment_stop().await.unwrap(), None);
}

async fn a_healthy_store_answers_a_ping(place: &dyn Place) {
    let (store, _) = opened(place).await;
    store.ping().await.unwrap();
}

/// Only for places that outlive an opening.
async fn what_was_written_is_there_after_reopening(place: &dyn Place) {
    let (store, _) = opened(place).await;
    store.stop_comments("mangled comment").await.unwrap();
    let id = accept_new(&store, work("a", 1)).await;
    let old = claim(&store).await;
    drop(store);

    let later = clock();
    later.advance(SignedDuration::from_hours(1));
    let store = place.open(later).await;
    assert_eq!(store.epoch().await.unwrap(), start());
    let stop = store.comment_stop().await.unwrap().unwrap();
    assert_eq!((stop.reason.as_str(), stop.since), ("mangled comment", start()));
    let again = claim(&store).await;
    assert_eq!(again.jobs[0].delivery, Some(id));
    assert!(again.lease.fence > old.lease.fence);
}

#[tokio::test]
async fn what_was_written_to_a_sqlite_file_is_there_after_reopening() {
    what_was_written_is_there_after_reopening(&SqliteFile::new()).await;
}
