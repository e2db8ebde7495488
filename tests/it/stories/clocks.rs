//! Clocks that stand where they can't, and events dated by them (catalogue G).

use std::sync::Arc;

use jiff::SignedDuration;
use landfall::clock::ManualClock;
use landfall::sandbox::{Clock, Options};

use crate::harness::{Bot, PAULA, SAM};
use crate::stories::stages::welcomed;

#[tokio::test]
async fn g02_a_process_in_another_century_works_as_today() {
    for at in [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2038-01-19T03:14:07Z",
        "2100-02-28T23:59:59Z",
        "9999-12-30T00:00:00Z",
    ] {
        let clock = Arc::new(ManualClock::at(at.parse().unwrap()));
        let mut bot = Bot::by(clock.clone(), Options::default(), &[]).await;
        let iid = welcomed(&bot).await;
        clock.advance(SignedDuration::from_secs(2));
        bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
        let note = bot.sandbox.world().by(PAULA).comment(iid, "/landfall done 1").unwrap();
        bot.hear_note(iid, note.unwrap()).await;
        bot.hear(iid).await;
        bot.restart().await;
        bot.sweep().await;
        assert_eq!(bot.labels(iid), ["migration::engaged"], "{at}");
        assert_eq!(bot.said(iid).len(), 2, "{at}");
        bot.lose_database().await;
        bot.sweep().await;
        assert_eq!(bot.said(iid).len(), 2, "{at}, without its database");
        bot.finish().await;
    }
}

#[tokio::test]
async fn g05_changes_dated_decades_apart_are_one_history() {
    let mut bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    for (stage, years) in [("engaged", 10), ("assessing", -30), ("planning", 60)] {
        let label = format!("migration::{stage}");
        bot.sandbox.world().clock = Clock::System(SignedDuration::from_hours(years * 8766));
        bot.sandbox.world().by(SAM).set_labels(iid, &[&label], &[]).unwrap();
        bot.hear(iid).await;
    }
    bot.sandbox.world().clock = Clock::default();
    assert_eq!(bot.labels(iid), ["migration::planning"]);
    assert_eq!(bot.said(iid).len(), 4, "{:#?}", bot.said(iid));
    bot.sweep().await;
    bot.lose_database().await;
    bot.sweep().await;
    assert_eq!(bot.labels(iid), ["migration::planning"]);
    assert_eq!(bot.said(iid).len(), 4, "{:#?}", bot.said(iid));
    bot.finish().await;
}
