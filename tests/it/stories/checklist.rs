//! Boxes that a partner can tick, and that nobody loses.

use crate::harness::{Bot, PAULA, SAM};
use crate::stories::stages::welcomed;

fn ticked(text: &str) -> usize {
    text.lines().filter(|line| line.starts_with("- [x] ")).count()
}

#[tokio::test]
async fn a_tick_in_the_issue_shows_in_the_comment() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    let before = bot.said(iid);
    assert!(!before[0].contains('✅'));
    assert!(bot.sandbox.world().by(PAULA).tick(iid, "Fill in what you", true).unwrap());
    bot.hear(iid).await;
    let after = bot.said(iid);
    assert_eq!(after.len(), 1, "edited, not said again");
    assert_eq!(after[0].matches('✅').count(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn ticks_survive_the_next_stage_and_the_way_back() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().by(PAULA).tick(iid, "Fill in what you", true).unwrap();
    for stage in ["engaged", "prospect"] {
        let label = format!("migration::{stage}");
        bot.sandbox.world().by(SAM).set_labels(iid, &[&label], &[]).unwrap();
        bot.hear(iid).await;
        assert_eq!(ticked(&bot.description(iid)), 1, "{}", bot.description(iid));
    }
    bot.finish().await;
}

#[tokio::test]
async fn what_people_write_around_the_block_stays_byte_for_byte() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    let block = bot.description(iid).split_off("Hello".len());
    let text = format!("New **text** \u{1F95D}\r\nwith lines{block}\n\nAnd a foot.\n");
    bot.sandbox.world().by(PAULA).describe(iid, &text).unwrap();
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    bot.hear(iid).await;
    let after = bot.description(iid);
    assert!(after.starts_with("New **text** \u{1F95D}\r\nwith lines"), "{after:?}");
    assert!(after.ends_with("\n\nAnd a foot.\n"), "{after:?}");
    assert!(after.contains("engaged.goals"));
    bot.finish().await;
}

#[tokio::test]
async fn a_deleted_comment_stays_deleted() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    let note = bot.sandbox.world().comments_by(iid, "landfall-bot").unwrap()[0].id;
    bot.sandbox.world().by("root").delete_comment(iid, note).unwrap();
    bot.sandbox.world().by(PAULA).tick(iid, "Fill in what you", true).unwrap();
    bot.hear(iid).await;
    bot.hear(iid).await;
    assert!(bot.said(iid).is_empty());
    bot.finish().await;
}
