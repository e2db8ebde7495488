//! GitLab says no, or says things that can't be: what is tried again, and for how long (catalogue E).

use jiff::SignedDuration;
use landfall::model::{Call, EffectState, JobKind, Settlement};
use landfall::sandbox::{Fault, FaultKind, Request};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::harness::{BOT, Bot, PAULA, SAM};
use crate::stories::stages::welcomed;

const NOTES: &str = "/projects/*/issues/*/notes";
const ISSUE: &str = "/projects/*/issues/*";
const EVENTS: &str = "/projects/*/issues/*/resource_label_events";

fn answering(status: u16, body: &str, headers: &[(&str, &str)]) -> FaultKind {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    FaultKind::Status {
        status,
        body: body.to_owned(),
        headers: headers.iter().map(owned).collect(),
    }
}

fn count(journal: &[Request], method: &str, path: &str) -> usize {
    let is_it = |one: &&Request| one.method == method && one.path.ends_with(path);
    journal.iter().filter(is_it).count()
}

/// Staff put the next stage on, and the bot hears of it.
async fn engaged(bot: &Bot, iid: u64) {
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    bot.sandbox.clear_journal();
    bot.tell(iid).await;
}

#[track_caller]
fn again(settlement: Option<Settlement>) -> (SignedDuration, String) {
    match settlement {
        Some(Settlement::Retry { after, counts: true, error }) => (after, error),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn e02_a_locked_discussion_is_tried_for_hours_and_holds_nothing_else_up() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (bot, clock) = Bot::led().await;
    let locked = welcomed(&bot).await;
    let notes = format!("/projects/42/issues/{locked}/notes");
    bot.sandbox.faults().add(Fault::status("POST", &notes, 403).always());
    engaged(&bot, locked).await;
    let (mut waited, error) = again(bot.attempt().await);
    assert!(error.contains("403"), "{error}");
    // What is not forbidden is done, here and elsewhere.
    assert_eq!(bot.labels(locked), ["migration::engaged"]);
    assert!(bot.description(locked).contains("engaged.goals"), "{}", bot.description(locked));
    let other = bot.sandbox.world().by(PAULA).open_issue("Another", "Hello").unwrap();
    bot.tell(other).await;
    assert_eq!(bot.attempt().await, Some(Settlement::Done));
    assert_eq!(bot.said(other).len(), 1);
    clock.advance(waited);
    let mut tries = 1;
    let dead = loop {
        match bot.attempt().await {
            Some(Settlement::Retry { after, counts: true, .. }) => {
                tries += 1;
                waited += after;
                clock.advance(after);
            }
            Some(Settlement::Dead { error }) => break error,
            other => panic!("{other:?}"),
        }
    };
    assert!(dead.contains("403") && dead.contains("role"), "{dead}");
    assert_eq!((tries + 1, waited), (10, SignedDuration::from_mins(225)));
    assert_eq!(count(&bot.sandbox.journal(), "POST", &format!("/{locked}/notes")), 10);
    assert_eq!(bot.said(locked).len(), 1);
    assert_eq!(bot.engine.store().backlog().await.unwrap().dead, 1);
    let shown = recorder.handle().render();
    assert!(shown.contains("landfall_alarms_total{alarm=\"dead_job\"} 1"), "{shown}");

    // The discussion is opened again: the next look says what was held back, once.
    bot.sandbox.faults().clear();
    bot.work(JobKind::Visit { issue: bot.issue(locked) }).await;
    assert_eq!(bot.said(locked).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn e03_an_issue_that_goes_while_it_is_written_to_is_confirmed_and_left_alone() {
    let (bot, clock) = Bot::led().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.faults().add(Fault::status("PUT", ISSUE, 404));
    engaged(&bot, iid).await;
    let (after, error) = again(bot.attempt().await);
    assert!(error.contains("404"), "{error}");
    bot.sandbox.faults().add(Fault::status("GET", EVENTS, 404).always());
    bot.sandbox.clear_journal();
    clock.advance(after);
    assert_eq!(bot.attempt().await, Some(Settlement::Done));
    assert_eq!(bot.sandbox.journal().len(), 2, "{:?}", bot.sandbox.journal());
    assert_eq!((bot.sandbox.writes(), bot.attempt().await), (Vec::new(), None));
}

#[tokio::test]
async fn e04_a_conflict_is_read_again_and_decided_again() {
    let (bot, clock) = Bot::led().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.faults().add(Fault::status("PUT", ISSUE, 409).times(3));
    engaged(&bot, iid).await;
    for (number, longest) in [(1, 1), (2, 2), (3, 4)] {
        let (after, error) = again(bot.attempt().await);
        assert!(error.contains("409"), "{error}");
        assert!(after <= SignedDuration::from_secs(longest), "{after}");
        let issue = format!("/issues/{iid}");
        assert!(count(&bot.sandbox.journal(), "GET", &issue) >= number, "it is read each time");
        if number == 2 {
            // Somebody was faster, and changed their mind: the newest word is carried out.
            let (on, off) = (["migration::declined"], ["migration::engaged"]);
            bot.sandbox.world().by(SAM).set_labels(iid, &on, &off).unwrap();
        }
        clock.advance(after);
    }
    assert_eq!(bot.attempt().await, Some(Settlement::Done));
    assert_eq!(bot.labels(iid), ["migration::declined"]);
    assert_eq!(count(&bot.sandbox.journal(), "PUT", &format!("/issues/{iid}")), 4);
    let said = bot.said(iid);
    assert!(said.len() == 2 && said[1].contains("declined"), "{said:#?}");
    bot.finish().await;
}

#[tokio::test]
async fn e05_e06_a_comment_that_gitlab_will_never_take_is_sent_once() {
    for status in [400, 422] {
        let recorder = PrometheusBuilder::new().build_recorder();
        let _guard = metrics::set_default_local_recorder(&recorder);
        let (bot, _clock) = Bot::led().await;
        let iid = welcomed(&bot).await;
        let many = answering(status, r#"{"message":"Maximum number of comments exceeded"}"#, &[]);
        bot.sandbox.faults().add(Fault::new("POST", NOTES, many));
        engaged(&bot, iid).await;
        let Some(Settlement::Dead { error }) = bot.attempt().await else { panic!("{status}") };
        assert!(error.contains("Maximum number of comments exceeded"), "{error}");
        let shown = recorder.handle().render();
        assert!(shown.contains("landfall_alarms_total{alarm=\"dead_job\"} 1"), "{shown}");
        let effects = bot.engine.store().effects(bot.issue(iid)).await.unwrap();
        assert_eq!(effects.iter().filter(|one| one.state == EffectState::Failed).count(), 1);
        // Neither a repeat nor a sweep sends it again; the next stage's comment is another one.
        bot.hear(iid).await;
        bot.sweep().await;
        assert_eq!(count(&bot.sandbox.journal(), "POST", "/notes"), 1, "{status}");
        let (on, off) = (["migration::declined"], ["migration::engaged"]);
        bot.sandbox.world().by(SAM).set_labels(iid, &on, &off).unwrap();
        bot.hear(iid).await;
        assert_eq!(bot.said(iid).len(), 2, "{status}");
        bot.finish().await;
    }
}

/// The lost request lands between the search and the repeat: the look after the repeat finds two.
#[tokio::test]
async fn e13_a_comment_that_lands_while_it_is_repeated_is_healed_at_once() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (bot, clock) = Bot::led().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.faults().add(Fault::new("POST", NOTES, FaultKind::ResetBefore));
    engaged(&bot, iid).await;
    let (after, _) = again(bot.attempt().await);
    clock.advance(after);
    let examined = bot.engine.examine(bot.issue(iid)).await.unwrap().unwrap();
    let body = examined.calls.into_iter().find_map(|call| match call {
        Call::PostNote { body, .. } => Some(body),
        _ => None,
    });
    bot.sandbox.clear_journal();
    let searched = |journal: &[Request]| {
        let last = journal.last();
        last.is_some_and(|last| last.path.ends_with("/notes") && last.status.is_some())
    };
    let sleeper = bot.pause_when(searched).await;
    let late = bot.sandbox.world().by(BOT).comment(iid, &body.unwrap()).unwrap();
    sleeper.await;
    let stands = bot.sandbox.world().comments_by(iid, BOT).unwrap();
    let ids: Vec<_> = stands.iter().skip(1).map(|one| Some(one.id)).collect();
    assert_eq!(ids, [late], "the earlier of the two stands");
    assert_eq!(count(&bot.sandbox.journal(), "POST", "/notes"), 1);
    let shown = recorder.handle().render();
    assert!(shown.contains("landfall_healed_duplicates_total 1"), "{shown}");
    let effects = bot.engine.store().effects(bot.issue(iid)).await.unwrap();
    assert!(effects.iter().any(|one| one.note.map(|note| note.0) == late), "{effects:#?}");
}

#[tokio::test]
async fn e16_a_comment_stored_with_another_text_stops_all_comments() {
    let (bot, clock) = Bot::led().await;
    let iid = welcomed(&bot).await;
    let other = answering(201, r#"{"id":9,"body":"Something else"}"#, &[]);
    bot.sandbox.faults().add(Fault::new("POST", NOTES, other));
    engaged(&bot, iid).await;
    bot.attempt().await;
    let stop = bot.engine.store().comment_stop().await.unwrap().expect("comments are stopped");
    assert!(stop.reason.contains("another comment"), "{}", stop.reason);
    let second = bot.sandbox.world().by(PAULA).open_issue("Another", "Hello").unwrap();
    bot.tell(second).await;
    for _ in 0..3 {
        let held = bot.attempt().await;
        let Some(Settlement::Retry { after, counts: false, .. }) = held else { panic!("{held:?}") };
        clock.advance(after);
    }
    assert!(bot.said(second).is_empty());
    assert!(bot.engine.store().resume_comments().await.unwrap());
    assert_eq!(bot.attempt().await, Some(Settlement::Done));
    assert_eq!(bot.said(second).len(), 1);
}

#[tokio::test]
async fn e21_a_search_without_an_end_posts_nothing_and_leaves_the_doubt() {
    let (bot, clock) = Bot::led().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.faults().add(Fault::new("POST", NOTES, FaultKind::ResetAfter));
    // Each page names the second as the next.
    let endless = answering(200, "[]", &[("x-next-page", "2")]);
    bot.sandbox.faults().add(Fault::new("GET", NOTES, endless).always());
    engaged(&bot, iid).await;
    let dead = loop {
        match bot.attempt().await {
            Some(Settlement::Retry { after, .. }) => clock.advance(after),
            Some(Settlement::Dead { error }) => break error,
            other => panic!("{other:?}"),
        }
    };
    assert!(dead.contains("comes to an end"), "{dead}");
    assert_eq!(count(&bot.sandbox.journal(), "POST", "/notes"), 1);
    let effects = bot.engine.store().effects(bot.issue(iid)).await.unwrap();
    assert_eq!(effects.iter().filter(|one| one.state == EffectState::Uncertain).count(), 1);
    bot.sandbox.faults().clear();
    bot.work(JobKind::Visit { issue: bot.issue(iid) }).await;
    assert_eq!(count(&bot.sandbox.journal(), "POST", "/notes"), 1, "it was there all the time");
    assert_eq!(bot.said(iid).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn e22_a_marker_in_the_middle_of_a_comment_of_ours_suppresses_nothing() {
    let bot = Bot::new().await;
    let iid = bot.sandbox.world().by(PAULA).open_issue("Kiwi", "Hello").unwrap();
    let key = landfall::tracker::marker::effect_key(bot.issue(iid), "welcome", "");
    let text = format!("As I said:\n<!-- landfall:v1:{key} -->\nand so on");
    bot.sandbox.world().by(BOT).comment(iid, &text).unwrap();
    bot.sweep().await;
    let welcomes = bot.said(iid).into_iter().filter(|one| one.starts_with("Welcome"));
    assert_eq!(welcomes.count(), 1);
    bot.finish().await;
}

/// A replica that lags behind shows a comment some seconds after it was written.
#[tokio::test]
async fn e25_a_list_that_lags_behind_is_not_looked_at_before_it_can_be_right() {
    let (mut bot, clock) = Bot::led().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.faults().add(Fault::new("POST", NOTES, FaultKind::ResetAfter));
    engaged(&bot, iid).await;
    let (after, _) = again(bot.attempt().await);
    assert_eq!(after, SignedDuration::from_secs(90));
    bot.sandbox.clear_journal();
    bot.sandbox.faults().add(Fault::new("GET", NOTES, answering(200, "[]", &[])).always());
    // Whatever happens meanwhile: another webhook, a sweep's visit, a new process.
    for second in [1, 4, 60] {
        clock.advance(SignedDuration::from_secs(second));
        bot.tell(iid).await;
        bot.engine.store().enqueue(JobKind::Visit { issue: bot.issue(iid) }).await.unwrap();
        bot.restart().await;
        assert_eq!(bot.attempt().await, None);
        // The lag is five seconds at most.
        bot.sandbox.faults().clear();
    }
    assert_eq!(bot.sandbox.journal(), [], "GitLab is left alone with it");
    clock.advance(SignedDuration::from_secs(25));
    while bot.attempt().await.is_some() {}
    assert_eq!(count(&bot.sandbox.journal(), "POST", "/notes"), 0, "it was found");
    assert_eq!(bot.said(iid).len(), 2);
    bot.finish().await;
}
