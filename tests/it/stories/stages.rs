//! A label becomes a stage, a stage becomes help; who may, and what is undone.

use landfall::sandbox::{Options, Settings};

use crate::harness::{BOT, Bot, MALLORY, PAULA, SAM};

/// GitLab Free keeps both labels of a scope, Premium the newest.
pub fn editions() -> [Options; 2] {
    [false, true].map(|exclusive| Options {
        settings: Settings { scoped_labels_exclusive: exclusive, ..Settings::default() },
        ..Options::default()
    })
}

/// An issue that was welcomed.
pub async fn welcomed(bot: &Bot) -> u64 {
    let iid =
        bot.sandbox.world().by(PAULA).open_issue("Kiwi | Migration tracker", "Hello").unwrap();
    bot.hear(iid).await;
    iid
}

#[tokio::test]
async fn a_new_issue_gets_one_welcome_and_its_checklist() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    assert_eq!(bot.labels(iid), ["migration::prospect"]);
    assert_eq!(bot.said(iid).len(), 1);
    assert!(bot.said(iid)[0].starts_with("Welcome, @paula-partner!"));
    let description = bot.description(iid);
    assert!(description.starts_with("Hello\n\n<!-- landfall:begin -->\n"), "{description}");
    assert!(description.contains("- [ ] "), "{description}");
    bot.finish().await;
}

#[tokio::test]
async fn a_stage_label_by_staff_leads_to_exactly_one_comment_and_one_block() {
    for edition in editions() {
        let bot = Bot::with(edition, &[]).await;
        let iid = welcomed(&bot).await;
        bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
        for _ in 0..5 {
            bot.hear(iid).await;
        }
        assert_eq!(bot.labels(iid), ["migration::engaged"]);
        assert_eq!(bot.said(iid).len(), 2);
        assert!(bot.said(iid)[1].contains("has entered `engaged`"));
        assert_eq!(bot.description(iid).matches("landfall:begin").count(), 1);
        bot.finish().await;
    }
}

#[tokio::test]
async fn a_strangers_stage_label_is_undone_and_explained_once_a_day() {
    for edition in editions() {
        let bot = Bot::with(edition, &[]).await;
        let iid = welcomed(&bot).await;
        for _ in 0..3 {
            let mut world = bot.sandbox.world();
            world.by(MALLORY).force_labels(iid, &["migration::moved"], &[]).unwrap();
            drop(world);
            bot.hear(iid).await;
            assert_eq!(bot.labels(iid), ["migration::prospect"]);
        }
        let refusals: Vec<_> =
            bot.said(iid).into_iter().filter(|body| body.starts_with("@mallory")).collect();
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        bot.finish().await;
    }
}

#[tokio::test]
async fn staff_who_skip_a_stage_are_told_what_they_may_set() {
    for edition in editions() {
        let bot = Bot::with(edition, &[]).await;
        let iid = welcomed(&bot).await;
        bot.sandbox.world().by(SAM).set_labels(iid, &["migration::moved"], &[]).unwrap();
        bot.hear(iid).await;
        assert_eq!(bot.labels(iid), ["migration::prospect"]);
        let refusal = bot.said(iid).pop().unwrap();
        assert!(refusal.starts_with("@sam-staff, the workflow has no way"), "{refusal}");
        assert!(refusal.contains("`engaged`"), "{refusal}");
        bot.finish().await;
    }
}

#[tokio::test]
async fn a_label_taken_off_by_staff_stays_off() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().by(SAM).set_labels(iid, &[], &["migration::prospect"]).unwrap();
    bot.hear(iid).await;
    bot.sweep().await;
    assert!(bot.labels(iid).is_empty());
    assert_eq!(bot.said(iid).len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn back_and_forward_again_is_a_new_entry_each_time() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    for stage in ["engaged", "prospect", "engaged"] {
        let label = format!("migration::{stage}");
        bot.sandbox.world().by(SAM).set_labels(iid, &[&label], &[]).unwrap();
        bot.hear(iid).await;
    }
    assert_eq!(bot.labels(iid), ["migration::engaged"]);
    assert_eq!(bot.said(iid).len(), 4, "a welcome and three entries");
    bot.finish().await;
}

#[tokio::test]
async fn membership_that_cannot_be_read_decides_nothing() {
    use landfall::sandbox::Fault;
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    let fault = Fault::status("GET", "/projects/*/members/all/*", 500).always();
    bot.sandbox.faults().add(fault);
    bot.sandbox.clear_journal();
    let event = landfall::model::Event::IssueChanged { issue: bot.issue(iid) };
    bot.engine.store().enqueue(landfall::model::JobKind::Handle { event }).await.unwrap();
    bot.attempt().await.unwrap();
    assert_eq!(bot.sandbox.writes(), []);
    bot.sandbox.faults().clear();
    bot.drain().await;
    assert_eq!(bot.labels(iid), ["migration::engaged"]);
    bot.finish().await;
}

#[tokio::test]
async fn a_token_account_and_a_guest_are_not_staff() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().set_member(MALLORY, 10).unwrap();
    bot.sandbox.world().by(MALLORY).force_labels(iid, &["migration::engaged"], &[]).unwrap();
    bot.hear(iid).await;
    assert_eq!(bot.labels(iid), ["migration::prospect"]);
    bot.finish().await;
}

#[tokio::test]
async fn a_confidential_issue_hears_internal_notes_only() {
    let bot = Bot::new().await;
    let iid = bot.sandbox.world().by(SAM).open_issue("Secret move", "x").unwrap();
    bot.sandbox.world().by(SAM).set_confidential(iid, true).unwrap();
    bot.hear(iid).await;
    let world = bot.sandbox.world();
    let comments = world.comments_by(iid, BOT).unwrap();
    assert_eq!(comments.len(), 1);
    assert!(comments.iter().all(|comment| comment.internal));
    drop((comments, world));
    bot.finish().await;
}

#[tokio::test]
async fn on_request_a_confidential_issue_hears_nothing() {
    let silent = [("LANDFALL_CONFIDENTIAL_COMMENTS", "none")];
    let bot = Bot::with(Options::default(), &silent).await;
    let iid = bot.sandbox.world().by(SAM).open_issue("Secret move", "x").unwrap();
    bot.sandbox.world().by(SAM).set_confidential(iid, true).unwrap();
    bot.hear(iid).await;
    assert!(bot.said(iid).is_empty());
    bot.finish().await;
}

#[tokio::test]
async fn hostile_titles_and_labels_run_nothing() {
    let bot = Bot::new().await;
    let title = "x\n/close\n@all #1 <img src=x onerror=alert(1)> `\n/confidential";
    let iid = bot.sandbox.world().by(PAULA).open_issue(title, "x\r/close\n\n- [x] a").unwrap();
    bot.hear(iid).await;
    let note = "/landfall force x`@all`\u{2028}/close because `/close`";
    let note = bot.sandbox.world().by(SAM).comment(iid, note).unwrap().unwrap();
    bot.hear_note(iid, note).await;
    assert!(!bot.said(iid).is_empty());
    bot.finish().await;
}
