//! Accepting: deduplication, conflicts, what is kept.

use std::sync::Arc;

use jiff::SignedDuration;
use landfall::model::{
    Accepted, DeliveryKey, DeliveryState, Disposition, Event, IssueIid, IssueRef, ProjectId,
};

use super::place::{Place, accept_new, claim, given, incoming, issue, opened, rules, start, work};

rules! {
    a_given_key_is_a_duplicate_for_ever,
    a_thousand_equal_deliveries_at_once_leave_one_row,
    the_same_key_with_another_body_is_kept_apart,
    equal_content_is_a_duplicate_for_ten_minutes,
    a_given_key_and_a_content_key_never_meet,
    only_ignored_deliveries_lose_their_body,
    texts_with_nul_are_stored_without_it,
    ids_beyond_the_databases_integers_come_back,
}

async fn a_given_key_is_a_duplicate_for_ever(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    accept_new(&store, work("k", 1)).await;
    for days in [0, 1, 31, 365] {
        clock.advance(SignedDuration::from_hours(24 * days)).await;
        let mut again = work("k", 1);
        again.received_at = start() + SignedDuration::from_hours(24 * days);
        assert_eq!(store.accept(again).await.unwrap(), Accepted::Duplicate);
    }
    assert_eq!(store.deliveries(None, 10).await.unwrap().len(), 1);
}

async fn a_thousand_equal_deliveries_at_once_leave_one_row(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.accept(work("k", 1)).await.unwrap() })
        })
        .collect();
    let mut new = 0;
    for caller in callers {
        new += usize::from(caller.await.unwrap() != Accepted::Duplicate);
    }
    assert_eq!(new, 1);
    assert_eq!(store.deliveries(None, 10).await.unwrap().len(), 1);
    assert_eq!(store.backlog().await.unwrap().waiting, 1);
}

async fn the_same_key_with_another_body_is_kept_apart(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let event = Disposition::Work(Event::IssueChanged { issue: issue(1) });
    let with_body = |body: &str| incoming(given("k"), body, event.clone());
    accept_new(&store, with_body("one")).await;
    let Accepted::KeyConflict(id) = store.accept(with_body("two")).await.unwrap() else {
        panic!("another body under the same key is a conflict");
    };
    assert_eq!(store.accept(with_body("two")).await.unwrap(), Accepted::Duplicate);
    assert_eq!(store.accept(with_body("one")).await.unwrap(), Accepted::Duplicate);
    assert!(matches!(
        store.accept(with_body("three")).await.unwrap(),
        Accepted::KeyConflict(other) if other != id
    ));
    let kept = store.delivery(id).await.unwrap().unwrap();
    assert_eq!(kept.state, DeliveryState::Quarantined);
    assert_eq!(kept.reason.as_deref(), Some("key_conflict"));
    assert_eq!(store.delivery_body(id).await.unwrap().unwrap(), b"two");
    assert_eq!(store.backlog().await.unwrap().waiting, 1, "a conflict is no work");
}

async fn equal_content_is_a_duplicate_for_ten_minutes(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let at = |seconds: i64| {
        let event = Event::IssueChanged { issue: issue(1) };
        let key = DeliveryKey::Content("abc".to_owned());
        let mut delivery = incoming(key, "{}", Disposition::Work(event));
        delivery.received_at = start() + SignedDuration::from_secs(seconds);
        delivery
    };
    accept_new(&store, at(0)).await;
    assert_eq!(store.accept(at(600)).await.unwrap(), Accepted::Duplicate);
    // The repeat didn't prolong it: the window is counted from the stored one.
    accept_new(&store, at(601)).await;
    assert_eq!(store.accept(at(1201)).await.unwrap(), Accepted::Duplicate);
}

async fn a_given_key_and_a_content_key_never_meet(place: &dyn Place) {
    let (store, _) = opened(place).await;
    accept_new(&store, work("same", 1)).await;
    let event = Event::IssueChanged { issue: issue(1) };
    let key = DeliveryKey::Content("same".to_owned());
    accept_new(&store, incoming(key, "{}", Disposition::Work(event))).await;
}

async fn only_ignored_deliveries_lose_their_body(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let ignored = Disposition::Ignored { reason: "own_event".into(), issue: Some(issue(3)) };
    let ignored = accept_new(&store, incoming(given("a"), "body", ignored)).await;
    let broken = Disposition::Quarantined { reason: "bad_json".into() };
    let broken = accept_new(&store, incoming(given("b"), "\0\u{1}{", broken)).await;
    let worked = accept_new(&store, work("c", 1)).await;

    assert_eq!(store.delivery_body(ignored).await.unwrap(), None);
    assert_eq!(store.delivery_body(broken).await.unwrap().unwrap(), b"\0\x01{");
    assert_eq!(store.delivery_body(worked).await.unwrap().unwrap(), b"{}");
    let row = store.delivery(ignored).await.unwrap().unwrap();
    assert_eq!((row.state, row.bytes), (DeliveryState::Ignored, 4));
    assert_eq!((row.reason.as_deref(), row.issue), (Some("own_event"), Some(issue(3))));
    assert_eq!(row.received_at, start());
    // The first hex digits of SHA-256 of "a".
    assert_eq!(row.key8, "ca978112");
}

async fn texts_with_nul_are_stored_without_it(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let mut delivery = work("k\0ey", 1);
    delivery.event_name = "Issue\0 Hook".to_owned();
    let id = accept_new(&store, delivery.clone()).await;
    assert_eq!(store.accept(delivery).await.unwrap(), Accepted::Duplicate);
    assert_eq!(store.delivery(id).await.unwrap().unwrap().event_name, "Issue Hook");

    let batch = claim(&store).await;
    let error = "bro\0ken".to_owned();
    let dead = landfall::model::Settlement::Dead { error };
    store.settle(&batch, dead).await.unwrap();
    let row = store.delivery(id).await.unwrap().unwrap();
    assert_eq!(row.last_error.as_deref(), Some("broken"));
    store.stop_comments("a\0b").await.unwrap();
    assert_eq!(store.comment_stop().await.unwrap().unwrap().reason, "ab");
}

async fn ids_beyond_the_databases_integers_come_back(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let issue = IssueRef { project: ProjectId(u64::MAX), iid: IssueIid(1 << 63) };
    let event = Event::IssueChanged { issue };
    let id = accept_new(&store, incoming(given("k"), "{}", Disposition::Work(event))).await;
    assert_eq!(store.delivery(id).await.unwrap().unwrap().issue, Some(issue));
    assert_eq!(claim(&store).await.jobs[0].kind.issue(), Some(issue));
}
