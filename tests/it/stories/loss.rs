//! The bot dies, or its database is lost: nothing is lost, nothing is said twice.

use std::time::Duration;

use jiff::SignedDuration;
use landfall::model::{Event, IssueRef, JobKind, NoteId};
use landfall::sandbox::Request;

use crate::harness::{Bot, MALLORY, PAULA, SAM};
use crate::stories::stages::{editions, welcomed};

#[tokio::test]
async fn after_the_database_is_lost_a_sweep_posts_nothing_a_second_time() {
    for edition in editions() {
        let mut bot = Bot::with(edition, &[]).await;
        let first = welcomed(&bot).await;
        let second = welcomed(&bot).await;
        for stage in ["engaged", "assessing"] {
            let label = format!("migration::{stage}");
            bot.sandbox.world().by(SAM).set_labels(second, &[&label], &[]).unwrap();
            bot.hear(second).await;
        }
        bot.sandbox.world().by(MALLORY).force_labels(second, &["migration::moved"], &[]).unwrap();
        bot.hear(second).await;
        let note = bot.sandbox.world().by(PAULA).comment(second, "/landfall done 1").unwrap();
        bot.hear_note(second, note.unwrap()).await;
        bot.sweep().await;
        let before = (bot.said(first), bot.said(second), bot.description(second));
        bot.lose_database().await;
        bot.sandbox.clear_journal();
        bot.sweep().await;
        assert_eq!(bot.sandbox.writes(), []);
        assert_eq!(before, (bot.said(first), bot.said(second), bot.description(second)));
        assert_eq!(bot.labels(second), ["migration::assessing"]);
        bot.finish().await;
    }
}

#[tokio::test]
async fn a_former_staff_members_stage_stands_after_the_database_is_lost() {
    let mut bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    bot.hear(iid).await;
    bot.sandbox.world().set_member(SAM, 0).unwrap();
    bot.lose_database().await;
    bot.sweep().await;
    assert_eq!(bot.labels(iid), ["migration::engaged"]);
    assert_eq!(bot.said(iid).len(), 2);
    bot.finish().await;
}

/// The bot dies after each of its calls to GitLab in turn, and starts again; a sweep had told it.
#[tokio::test]
async fn the_bot_may_die_after_any_call() {
    for calls in 0..9 {
        dies_after(calls, |at, _| vec![JobKind::Visit { issue: at }]).await;
    }
}

/// The same when webhooks told it: then it does not read all comments as a sweep does, and would not
/// see by chance what it had said before.
#[tokio::test]
async fn the_bot_may_die_after_any_call_that_a_webhook_brought_about() {
    for calls in 0..12 {
        dies_after(calls, |at, note| {
            let events = [Event::IssueChanged { issue: at }, Event::NoteAdded { issue: at, note }];
            events.map(|event| JobKind::Handle { event }).into()
        })
        .await;
    }
}

async fn dies_after(calls: usize, jobs: fn(IssueRef, NoteId) -> Vec<JobKind>) {
    let mut bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    // Long after the database was born: what is as old as it is looked for in any case.
    bot.sandbox.world().clock.advance(SignedDuration::from_hours(1));
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    let commands = "/landfall done 1\n/landfall status";
    let note = bot.sandbox.world().by(SAM).comment(iid, commands).unwrap().unwrap();
    for job in jobs(bot.issue(iid), NoteId(note)) {
        bot.engine.store().enqueue(job).await.unwrap();
    }
    bot.die_after(calls).await;
    bot.restart().await;
    bot.drain().await;
    assert_eq!(bot.labels(iid), ["migration::engaged"], "died after {calls} calls");
    let said = bot.said(iid);
    assert_eq!(said.len(), 3, "died after {calls} calls: {said:#?}");
    assert_eq!(bot.description(iid).matches("- [x] ").count(), 1);
    bot.finish().await;
}

/// A worker stops for longer than its lease after each of its calls in turn (a paused machine, F05);
/// another one does its work; then it wakes.
#[tokio::test]
async fn a_worker_that_slept_through_its_lease_writes_nothing_more() {
    for calls in 0..12 {
        let bot = Bot::new().await;
        let iid = welcomed(&bot).await;
        bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
        bot.sandbox.world().by(SAM).comment(iid, "/landfall done 1\n/landfall status").unwrap();
        // Two reactions in a row: nothing is written to the database between them.
        bot.sandbox.world().by(SAM).comment(iid, "/landfall done 2").unwrap();
        bot.engine.store().enqueue(JobKind::Visit { issue: bot.issue(iid) }).await.unwrap();
        let sleeper = bot.pause_after(calls).await;
        bot.drain().await;
        let (said, writes) = (bot.said(iid), bot.sandbox.writes().len());
        assert_eq!(said.len(), 3, "asleep after {calls} calls: {said:#?}");
        sleeper.await;
        assert_eq!(bot.sandbox.writes().len(), writes, "awake after {calls} calls");
        assert_eq!(bot.labels(iid), ["migration::engaged"], "asleep after {calls} calls");
        assert_eq!(bot.description(iid).matches("- [x] ").count(), 2);
        bot.finish().await;
    }
}

/// Somebody edits the description between our reading and our writing.
#[tokio::test]
async fn an_edit_made_while_the_bot_hesitates_is_not_written_over() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    bot.engine.store().enqueue(JobKind::Visit { issue: bot.issue(iid) }).await.unwrap();
    let issue = format!("/issues/{iid}");
    let read = |journal: &[Request]| {
        journal.last().is_some_and(|last| last.path.ends_with(&issue) && last.status.is_some())
    };
    let sleeper = bot.pause_when(read).await;
    let edited = format!("We also have a wiki.\n\n{}", bot.description(iid));
    bot.sandbox.world().by(PAULA).describe(iid, &edited).unwrap();
    // The hesitation: longer than a description may stand unread, 500 ms by the time scale.
    tokio::time::sleep(Duration::from_millis(20)).await;
    sleeper.await;
    bot.drain().await;
    assert!(bot.description(iid).starts_with("We also have a wiki."));
    assert_eq!(bot.said(iid).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn many_issues_are_all_welcomed_once() {
    let bot = Bot::new().await;
    let mut iids = Vec::new();
    for number in 0..40 {
        let title = format!("Community {number}");
        iids.push(bot.sandbox.world().by(PAULA).open_issue(&title, "Hello").unwrap());
    }
    for iid in &iids {
        let event = Event::IssueChanged { issue: bot.issue(*iid) };
        bot.engine.store().enqueue(JobKind::Handle { event }).await.unwrap();
    }
    bot.drain().await;
    for iid in &iids {
        assert_eq!(bot.said(*iid).len(), 1);
    }
    bot.finish().await;
}
