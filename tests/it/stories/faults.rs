//! Answers that are lost, late or wrong: each comment is visible exactly once (catalogue E, b.5).

use std::time::Duration;

use landfall::sandbox::{Fault, FaultKind, Options};

use crate::harness::{Bot, PAULA, SAM};
use crate::stories::stages::welcomed;

const NOTES: &str = "/projects/*/issues/*/notes";

/// The bot enters `engaged` while the fault lasts; at the end everything is right.
async fn engaged_despite(fault: Fault) {
    let name = format!("{fault:?}");
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    bot.sandbox.faults().add(fault);
    let drained = bot.hear(iid).await;
    assert_eq!(drained.waiting, 0, "{name}");
    assert_eq!(bot.labels(iid), ["migration::engaged"], "{name}");
    let said = bot.said(iid);
    assert_eq!(said.len(), 2, "{name}: {said:#?}");
    bot.finish().await;
}

#[tokio::test]
async fn e08_a_server_error_on_a_comment_is_looked_for_before_it_is_repeated() {
    engaged_despite(Fault::status("POST", NOTES, 502)).await;
}

#[tokio::test]
async fn e10_a_reset_before_or_after_executing_leaves_one_comment() {
    engaged_despite(Fault::new("POST", NOTES, FaultKind::ResetBefore)).await;
    engaged_despite(Fault::new("POST", NOTES, FaultKind::ResetAfter)).await;
}

#[tokio::test]
async fn e11_executed_and_never_answered_leaves_one_comment() {
    engaged_despite(Fault::new("POST", NOTES, FaultKind::ExecuteThenTimeout)).await;
}

#[tokio::test]
async fn e12_executed_after_the_client_has_gone_leaves_one_comment() {
    // 30 s divided by the time scale is the client's limit, 90 s the wait before it looks.
    let late = Duration::from_millis(900);
    engaged_despite(Fault::new("POST", NOTES, FaultKind::ExecuteLate(late))).await;
}

#[tokio::test]
async fn e14_half_an_answer_leaves_one_comment() {
    engaged_despite(Fault::new("POST", NOTES, FaultKind::HalfBody)).await;
    engaged_despite(Fault::new("POST", NOTES, FaultKind::Html200)).await;
}

#[tokio::test]
async fn e_every_other_call_may_fail_once() {
    for (method, path) in [
        ("GET", "/projects/*/issues/*"),
        ("GET", "/projects/*/issues/*/resource_label_events"),
        ("PUT", "/projects/*/issues/*"),
        ("GET", "/projects/*/members/all/*"),
    ] {
        engaged_despite(Fault::status(method, path, 503)).await;
        engaged_despite(Fault::new(method, path, FaultKind::ResetBefore)).await;
        engaged_despite(Fault::new(method, path, FaultKind::ResetAfter)).await;
    }
}

#[tokio::test]
async fn e23_a_search_that_fails_posts_nothing() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    bot.sandbox.faults().add(Fault::new("POST", NOTES, FaultKind::ResetAfter));
    bot.sandbox.faults().add(Fault::status("GET", NOTES, 500).times(6));
    bot.hear(iid).await;
    assert_eq!(bot.said(iid).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn e15_a_command_that_ran_stops_all_comments_until_a_person_lifts_it() {
    let bot = Bot::new().await;
    let answer = FaultKind::Status {
        status: 202,
        body: r#"{"commands_changes":{"state_event":"close"},"summary":["Closed"]}"#.to_owned(),
        headers: Vec::new(),
    };
    bot.sandbox.faults().add(Fault::new("POST", NOTES, answer));
    welcomed(&bot).await;
    assert!(bot.engine.store().comment_stop().await.unwrap().is_some());
    bot.sandbox.clear_journal();
    let iid = bot.sandbox.world().by(PAULA).open_issue("Another", "Hello").unwrap();
    let event = landfall::model::Event::IssueChanged { issue: bot.issue(iid) };
    bot.engine.store().enqueue(landfall::model::JobKind::Handle { event }).await.unwrap();
    bot.attempt().await.unwrap();
    assert!(bot.said(iid).is_empty());
    assert!(bot.engine.store().resume_comments().await.unwrap());
    bot.drain().await;
    assert_eq!(bot.said(iid).len(), 1);
}

#[tokio::test]
async fn e22_only_our_own_last_line_is_a_marker() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    let marker = bot.said(iid)[0].lines().last().unwrap().to_owned();
    let forged = bot.sandbox.world().by(PAULA).open_issue("Another", "Hello").unwrap();
    let key = landfall::plan::marker::effect_key(bot.issue(forged), "welcome", "");
    let text = format!("{marker}\n<!-- landfall:v1:{key} -->");
    bot.sandbox.world().by(PAULA).comment(forged, &text).unwrap();
    bot.sweep().await;
    assert_eq!(bot.said(forged).len(), 1, "a stranger's marker suppresses nothing");
    bot.finish().await;
}

#[tokio::test]
async fn a_short_page_of_notes_is_not_the_end() {
    let bot = Bot::new().await;
    let iid = bot.sandbox.world().by(PAULA).open_issue("Kiwi", "Hello").unwrap();
    for _ in 0..130 {
        bot.sandbox.world().add_hidden_note(iid).unwrap();
    }
    bot.sandbox.faults().add(Fault::new("POST", NOTES, FaultKind::ResetAfter));
    bot.hear(iid).await;
    assert_eq!(bot.said(iid).len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn dry_run_writes_nothing_and_forgets_nothing() {
    let dry = [("LANDFALL_DRY_RUN", "1")];
    let mut bot = Bot::with(Options::default(), &[]).await;
    let iid = bot.sandbox.world().by(PAULA).open_issue("Kiwi", "Hello").unwrap();
    let wet = bot.config.clone();
    assert_eq!(dry[0].1, "1");
    bot.config.service.dry_run = true;
    bot.restart().await;
    bot.sandbox.clear_journal();
    bot.hear(iid).await;
    assert_eq!(bot.sandbox.writes(), []);
    bot.config = wet;
    bot.restart().await;
    bot.sweep().await;
    assert_eq!(bot.said(iid).len(), 1);
    bot.finish().await;
}
