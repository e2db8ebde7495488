//! What the engine stores: decisions, memories, answered comments, effects.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use landfall::model::{
    Decision, EffectKey, EffectRecord, EffectState, IssueMemory, LabelEventId, NoteId, Purpose,
    Settlement, StageEntry,
};
use landfall::store::Store;

use super::place::{Place, accept_new, claim, issue, opened, rules, start, work};

rules! {
    a_saved_decision_comes_back_until_its_batch_has_ended,
    the_latest_memory_of_an_issue_stands,
    a_comment_is_answered_once_and_for_ever,
    an_announced_effect_is_in_flight_until_recorded,
    a_withdrawn_effect_was_never_there_unless_it_was_visible,
    only_visible_comments_are_counted_each_at_its_first_time,
}

fn key(letter: &str) -> EffectKey {
    EffectKey(letter.repeat(64))
}

fn entry(at: Timestamp) -> StageEntry {
    StageEntry {
        stage: "engaged".into(),
        event: Some(LabelEventId(41)),
        by: Some("nul\0name".into()),
        at,
    }
}

fn decision(because: &str) -> Decision {
    Decision {
        issue: issue(1),
        seen: Some(LabelEventId(u64::MAX)),
        stage: Some(entry(start())),
        history: vec![entry(start())],
        is_cleared: false,
        effects: vec![],
        answered: vec![NoteId(5)],
        because: vec![because.to_owned()],
        reports: Vec::new(),
        again: false,
    }
}

fn record(letter: &str, state: EffectState, note: Option<u64>, at: Timestamp) -> EffectRecord {
    EffectRecord {
        key: key(letter),
        state,
        note: note.map(NoteId),
        body_digest: Some("d".repeat(64)),
        changed_at: at,
    }
}

async fn a_saved_decision_comes_back_until_its_batch_has_ended(place: &dyn Place) {
    let (store, _) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    let batch = claim(&store).await;
    assert_eq!(store.saved_decision(&batch).await.unwrap(), None);
    store.save_decision(&batch, &decision("stale")).await.unwrap();
    store.save_decision(&batch, &decision("fresh \0")).await.unwrap();
    let error = "later".to_owned();
    let retry = Settlement::Retry { after: SignedDuration::ZERO, error, counts: true };
    store.settle(&batch, retry).await.unwrap();

    accept_new(&store, work("b", 1)).await;
    let again = claim(&store).await;
    assert_eq!(again.jobs.len(), 2);
    assert_eq!(store.saved_decision(&again).await.unwrap(), Some(decision("fresh \0")));
    store.settle(&again, Settlement::Done).await.unwrap();
    assert_eq!(store.saved_decision(&again).await.unwrap(), None);
}

async fn the_latest_memory_of_an_issue_stands(place: &dyn Place) {
    let (store, _) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    let lease = claim(&store).await.lease;
    let memory = |judged| IssueMemory {
        issue: issue(1),
        judged: Some(LabelEventId(judged)),
        entries: vec![entry(start())],
        is_cleared: false,
        seen_updated_at: Some(start()),
        ticks: std::iter::once(("engaged.goals".into(), true)).collect(),
    };
    for judged in [3, 7] {
        store.remember(&lease, &memory(judged), &[]).await.unwrap();
        assert_eq!(store.memory(issue(1)).await.unwrap(), Some(memory(judged)));
    }
    assert_eq!(store.memory(issue(2)).await.unwrap(), None);
}

async fn a_comment_is_answered_once_and_for_ever(place: &dyn Place) {
    let (store, _) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    let lease = claim(&store).await.lease;
    let memory = IssueMemory {
        issue: issue(1),
        judged: None,
        entries: Vec::new(),
        is_cleared: false,
        seen_updated_at: None,
        ticks: Default::default(),
    };
    let notes = [NoteId(1), NoteId(u64::MAX)];
    for _ in 0..2 {
        store.remember(&lease, &memory, &notes).await.unwrap();
    }
    let asked = [NoteId(2), NoteId(u64::MAX), NoteId(1)];
    let answered = store.answered(issue(1), &asked).await.unwrap();
    assert_eq!(answered, [NoteId(u64::MAX), NoteId(1)]);
    assert_eq!(store.answered(issue(2), &asked).await.unwrap(), []);
}

async fn an_announced_effect_is_in_flight_until_recorded(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    let lease = claim(&store).await.lease;
    clock.advance(SignedDuration::from_secs(3)).await;
    store.announce(&lease, issue(1), &key("a"), Purpose::Stage).await.unwrap();
    let effects = store.effects(issue(1)).await.unwrap();
    assert_eq!((effects.len(), effects[0].state), (1, EffectState::InFlight));
    assert_eq!(effects[0].changed_at, start() + SignedDuration::from_secs(3));

    let lost = record("a", EffectState::Uncertain, None, start() + SignedDuration::from_secs(4));
    let done = record("a", EffectState::Done, Some(8), start() + SignedDuration::from_secs(99));
    for outcome in [lost, done] {
        store.record(&lease, issue(1), Purpose::Stage, &outcome).await.unwrap();
        assert_eq!(store.effects(issue(1)).await.unwrap(), [outcome]);
    }
    assert_eq!(store.effects(issue(2)).await.unwrap(), []);
}

async fn a_withdrawn_effect_was_never_there_unless_it_was_visible(place: &dyn Place) {
    let (store, _) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    let lease = claim(&store).await.lease;
    store.announce(&lease, issue(1), &key("a"), Purpose::Stage).await.unwrap();
    store.withdraw(&lease, &key("a")).await.unwrap();
    assert_eq!(store.effects(issue(1)).await.unwrap(), []);

    let done = record("b", EffectState::Done, Some(8), start());
    store.record(&lease, issue(1), Purpose::Stage, &done).await.unwrap();
    store.withdraw(&lease, &key("b")).await.unwrap();
    assert_eq!(store.effects(issue(1)).await.unwrap(), std::slice::from_ref(&done));
    // An edit of it is announced and never leaves: the comment is there still.
    store.announce(&lease, issue(1), &key("b"), Purpose::Stage).await.unwrap();
    store.withdraw(&lease, &key("b")).await.unwrap();
    assert_eq!(store.effects(issue(1)).await.unwrap(), [done]);
}

async fn only_visible_comments_are_counted_each_at_its_first_time(place: &dyn Place) {
    let (store, _) = opened(place).await;
    accept_new(&store, work("a", 1)).await;
    let lease = claim(&store).await.lease;
    let at = |minutes| start() + SignedDuration::from_mins(minutes);
    for (purpose, record) in [
        (Purpose::Reply, record("a", EffectState::Done, Some(1), at(0))),
        (Purpose::Reply, record("b", EffectState::Done, Some(2), at(30))),
        (Purpose::Reply, record("c", EffectState::Failed, None, at(30))),
        (Purpose::Stage, record("d", EffectState::Done, Some(3), at(30))),
        (Purpose::Refusal, record("e", EffectState::Done, None, at(30))),
        // An edit makes no new comment.
        (Purpose::Reply, record("a", EffectState::Done, Some(1), at(40))),
    ] {
        store.record(&lease, issue(1), purpose, &record).await.unwrap();
    }
    let count = |purposes: &'static [Purpose], since| {
        let store: Arc<dyn Store> = Arc::clone(&store);
        async move { store.comments_since(issue(1), purposes, at(since)).await.unwrap() }
    };
    let all = &[Purpose::Welcome, Purpose::Stage, Purpose::Refusal, Purpose::Reply];
    assert_eq!(count(&[Purpose::Reply], 0).await, 2);
    assert_eq!(count(&[Purpose::Reply], 1).await, 1);
    assert_eq!(count(all, 30).await, 2, "an undone label is no comment");
    assert_eq!(count(all, 31).await, 0);
    assert_eq!(count(&[], 0).await, 0);
}
