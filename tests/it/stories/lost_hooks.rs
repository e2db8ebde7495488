//! Webhooks that never came: what failed is taken from GitLab's log, what was never sent is found by
//! looking (catalogue D10, D25, D26, E35).

use landfall::jobs::{EVENT_LOG_CURSOR, HOOK_CURSOR, HOOK_IS_WELL};
use landfall::model::{DeliveryState, JobKind, LostHooks};
use landfall::sandbox::{Options, Request, Settings};

use crate::harness::{Bot, PAULA, SAM, SIGNING};
use crate::stories::stages::welcomed;

/// Nobody listens on port 1.
const DEAD: &str = "http://127.0.0.1:1/webhooks/gitlab";

async fn lost(bot: &Bot) -> LostHooks {
    let since = bot.engine.now() - jiff::SignedDuration::from_hours(1);
    bot.engine.store().lost_since(since).await.unwrap()
}

async fn state(bot: &Bot) -> String {
    bot.engine.store().cursor(HOOK_CURSOR).await.unwrap().unwrap()
}

/// Waits out the time for which a webhook may be under way: 30 s by the scale of 60, and the whole
/// second in which GitLab tells the time.
async fn ripen() {
    tokio::time::sleep(std::time::Duration::from_millis(1_800)).await;
}

/// Scoped labels push each other out, as in paid editions.
fn exclusive() -> Options {
    let settings = Settings { scoped_labels_exclusive: true, ..Settings::default() };
    Options { settings, ..Options::default() }
}

fn calls(bot: &Bot, is_meant: impl Fn(&Request) -> bool) -> usize {
    bot.sandbox.journal().iter().filter(|call| is_meant(call)).count()
}

#[tokio::test]
async fn deliveries_that_failed_are_taken_from_gitlabs_log_and_not_sent_again() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().add_hook(DEAD, None, Some(SIGNING)).unwrap();
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    bot.sandbox.world().by(PAULA).comment(iid, "/landfall done 1").unwrap();
    bot.sandbox.settle_hooks().await;
    bot.work(JobKind::Reconcile).await;
    assert_eq!(bot.said(iid).len(), 2);
    assert_eq!(bot.description(iid).matches("- [x] ").count(), 1);
    let kept = bot.engine.store().deliveries(Some(DeliveryState::Done), 10).await.unwrap();
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert_eq!(lost(&bot).await, LostHooks { event_log: 2, poll: 0 });
    assert_eq!(calls(&bot, |call| call.path.ends_with("/resend")), 0);
    bot.finish().await;
}

/// D26: the log was read before; it costs next to nothing and changes nothing.
#[tokio::test]
async fn a_log_that_was_read_before_changes_nothing() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().add_hook(DEAD, None, Some(SIGNING)).unwrap();
    bot.sandbox.world().settings.disables_failing_hooks = false;
    for number in 0..250 {
        bot.sandbox.world().by(PAULA).comment(iid, &format!("Thought {number}.")).unwrap();
    }
    bot.sandbox.settle_hooks().await;
    bot.work(JobKind::Reconcile).await;
    let before = lost(&bot).await;
    assert_eq!(before.event_log, 250);
    bot.sandbox.clear_journal();
    bot.work(JobKind::Reconcile).await;
    assert_eq!(lost(&bot).await, before);
    assert_eq!(bot.sandbox.writes(), []);
    let asked = calls(&bot, |call| call.path.ends_with("/events"));
    assert!(asked <= 5, "{asked} calls to read 250 events again");
    bot.finish().await;
}

/// D25: GitLab switched the hook off and dropped what happened then without a trace.
#[tokio::test]
async fn what_a_disabled_hook_dropped_is_found_by_looking() {
    const CHANGES: u64 = 30;
    let bot = Bot::new().await;
    let mut iids = Vec::new();
    for _ in 0..CHANGES {
        iids.push(welcomed(&bot).await);
    }
    bot.sandbox.world().add_hook(DEAD, None, Some(SIGNING)).unwrap();
    for _ in 0..5 {
        bot.sandbox.world().by(PAULA).comment(iids[0], "Is anybody there?").unwrap();
        bot.sandbox.settle_hooks().await;
    }
    for iid in &iids {
        bot.sandbox.world().by(SAM).set_labels(*iid, &["migration::engaged"], &[]).unwrap();
    }
    bot.sandbox.settle_hooks().await;
    ripen().await;
    bot.sandbox.clear_journal();
    bot.work(JobKind::Reconcile).await;
    assert!(state(&bot).await.contains("switched the webhook off"), "{}", state(&bot).await);
    for iid in &iids {
        assert_eq!(bot.said(*iid).len(), 2);
        assert_eq!(bot.labels(*iid), ["migration::engaged"]);
    }
    assert!(lost(&bot).await.poll >= CHANGES - 1, "{:?}", lost(&bot).await);
    let (reads, writes) = (bot.sandbox.journal().len(), bot.sandbox.writes().len());
    assert!(reads - writes <= 10 + 4 * iids.len(), "{reads} calls, {writes} of them writes");
    assert_eq!(calls(&bot, |call| call.path.contains("/test/")), 1);
    bot.finish().await;
}

/// A closed issue is in no sweep's list.
#[tokio::test]
async fn a_stage_set_while_closing_is_found_too() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.work(JobKind::Reconcile).await;
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::declined"], &[]).unwrap();
    bot.sandbox.world().by(SAM).close(iid).unwrap();
    ripen().await;
    bot.sweep().await;
    assert_eq!(bot.said(iid).len(), 1);
    bot.work(JobKind::Reconcile).await;
    assert_eq!(bot.said(iid).len(), 2);
    bot.finish().await;
}

/// D10: three in ten webhooks are lost on the way.
#[tokio::test]
async fn after_one_round_it_is_as_if_every_webhook_had_come() {
    const SEED: u64 = 10;
    let mut random = fastrand::Rng::with_seed(SEED);
    let bot = Bot::with(exclusive(), &[]).await;
    let mut iids = Vec::new();
    for _ in 0..12 {
        iids.push(welcomed(&bot).await);
    }
    for stage in ["engaged", "assessing"] {
        for iid in &iids {
            let label = format!("migration::{stage}");
            bot.sandbox.world().by(SAM).set_labels(*iid, &[&label], &[]).unwrap();
            if random.u8(..10) >= 3 {
                bot.hear(*iid).await;
            }
        }
    }
    ripen().await;
    bot.work(JobKind::Reconcile).await;
    for iid in &iids {
        assert_eq!(bot.labels(*iid), ["migration::assessing"], "seed {SEED}");
        let said = bot.said(*iid);
        assert!(said.last().unwrap().contains("`assessing`"), "seed {SEED}: {said:#?}");
    }
    bot.finish().await;
}

/// E35: before GitLab 17.3 there is no log to read.
#[tokio::test]
async fn without_a_log_there_is_still_the_looking() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().settings.hook_events = false;
    bot.sandbox.world().add_hook(DEAD, None, Some(SIGNING)).unwrap();
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    bot.sandbox.settle_hooks().await;
    ripen().await;
    bot.work(JobKind::Reconcile).await;
    assert_eq!(bot.said(iid).len(), 2);
    assert_eq!(lost(&bot).await, LostHooks { event_log: 0, poll: 1 });
    let told = bot.engine.store().cursor(EVENT_LOG_CURSOR).await.unwrap().unwrap();
    assert!(told.contains("not readable"), "{told}");
    bot.finish().await;
}

#[tokio::test]
async fn a_hook_that_is_missing_or_silent_is_told() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.work(JobKind::Reconcile).await;
    assert!(state(&bot).await.contains("no webhook"), "{}", state(&bot).await);
    bot.sandbox.world().add_hook(DEAD, None, Some(SIGNING)).unwrap();
    bot.sandbox.world().drop_next_hooks(100);
    bot.work(JobKind::Reconcile).await;
    assert_eq!(state(&bot).await, HOOK_IS_WELL);
    bot.sandbox.world().by(PAULA).comment(iid, "Hello?").unwrap();
    ripen().await;
    bot.work(JobKind::Reconcile).await;
    assert!(state(&bot).await.contains("no webhook comes"), "{}", state(&bot).await);
    bot.finish().await;
}

/// The engine dies between two visits it stores: the cursor has not moved.
#[tokio::test]
async fn a_round_that_was_cut_short_is_made_again() {
    let mut bot = Bot::new().await;
    let iids = [welcomed(&bot).await, welcomed(&bot).await];
    bot.work(JobKind::Reconcile).await;
    for iid in iids {
        bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    }
    ripen().await;
    for calls in 0..3 {
        bot.engine.store().enqueue(JobKind::Reconcile).await.unwrap();
        bot.die_after(calls).await;
        bot.restart().await;
    }
    bot.drain().await;
    for iid in iids {
        assert_eq!(bot.said(iid).len(), 2);
    }
    bot.finish().await;
}
