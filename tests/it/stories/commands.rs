//! Commands in comments: each heard once, by the right people only.

use crate::harness::{Bot, MALLORY, PAULA, SAM};
use crate::stories::stages::welcomed;

async fn says(bot: &Bot, iid: u64, who: &str, body: &str) -> u64 {
    let note = bot.sandbox.world().by(who).comment(iid, body).unwrap().unwrap();
    bot.hear_note(iid, note).await;
    note
}

fn awards(bot: &Bot, iid: u64, note: u64) -> Vec<String> {
    let world = bot.sandbox.world();
    let comments = world.comments(iid).unwrap();
    comments.into_iter().find(|one| one.id == note).map(|one| one.awards).unwrap_or_default()
}

#[tokio::test]
async fn done_ticks_the_item_and_answers_with_a_reaction_only() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    let note = says(&bot, iid, PAULA, "We did it.\n\n/landfall done 1 2").await;
    assert_eq!(bot.description(iid).matches("- [x] ").count(), 2);
    assert_eq!(awards(&bot, iid, note), ["landfall-bot:white_check_mark"]);
    assert_eq!(bot.said(iid).len(), 1, "no words where a sign is enough");
    says(&bot, iid, SAM, "@landfall-bot undone 2").await;
    assert_eq!(bot.description(iid).matches("- [x] ").count(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn a_command_heard_ten_times_is_answered_once() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    let note = says(&bot, iid, MALLORY, "/landfall status").await;
    for _ in 0..10 {
        bot.hear_note(iid, note).await;
    }
    bot.sweep().await;
    assert_eq!(bot.said(iid).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn a_command_whose_webhook_was_lost_is_found_by_the_sweep() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().by(PAULA).comment(iid, "/landfall done 1").unwrap();
    bot.sweep().await;
    assert_eq!(bot.description(iid).matches("- [x] ").count(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn an_edited_comment_runs_nothing_and_asks_for_a_new_one() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    let note = says(&bot, iid, SAM, "hello").await;
    bot.sandbox.world().by(SAM).edit_comment(iid, note, "/landfall force moved because x").unwrap();
    bot.hear_note(iid, note).await;
    bot.sweep().await;
    assert_eq!(bot.labels(iid), ["migration::prospect"]);
    let answer = bot.said(iid).pop().unwrap();
    assert!(answer.contains("write the command in a new comment"), "{answer}");
    assert_eq!(bot.said(iid).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn force_by_staff_moves_the_issue_and_says_why() {
    for edition in super::stages::editions() {
        let bot = Bot::with(edition, &[]).await;
        let iid = welcomed(&bot).await;
        says(&bot, iid, SAM, "/landfall force validating because they imported last year").await;
        assert_eq!(bot.labels(iid), ["migration::validating"]);
        let said = bot.said(iid);
        assert_eq!(said.len(), 3, "welcome, answer, stage: {said:#?}");
        assert!(said.iter().any(|body| body.contains("they imported last year")));
        bot.finish().await;
    }
}

#[tokio::test]
async fn replies_stop_after_five_an_hour() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    for _ in 0..9 {
        says(&bot, iid, MALLORY, "/landfall status").await;
    }
    assert_eq!(bot.said(iid).len(), 1 + 5);
    bot.finish().await;
}

#[tokio::test]
async fn talk_without_a_command_costs_one_call() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.clear_journal();
    says(&bot, iid, PAULA, "Thank you! Our code is at `/landfall done 1`.").await;
    assert_eq!(bot.sandbox.journal().len(), 1);
    bot.finish().await;
}
