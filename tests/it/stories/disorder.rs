//! Events that come late, twice, out of order, or about things that are gone (catalogue D).

use landfall::app::Ending;
use landfall::model::{Event, JobKind};

use crate::harness::{BOT, Bot, PAULA, SAM, Service};
use crate::stories::stages::{editions, welcomed};

#[tokio::test]
async fn d06_two_staff_in_one_second_the_newest_label_event_wins() {
    for edition in editions() {
        let bot = Bot::with(edition, &[]).await;
        bot.sandbox.world().set_member("root", 40).unwrap();
        let iid = welcomed(&bot).await;
        bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
        bot.sandbox.world().by("root").set_labels(iid, &["migration::declined"], &[]).unwrap();
        bot.hear(iid).await;
        bot.hear(iid).await;
        assert_eq!(bot.labels(iid), ["migration::declined"]);
        let said = bot.said(iid);
        assert_eq!(said.len(), 2, "one comment for the settled transition: {said:#?}");
        bot.finish().await;
    }
}

#[tokio::test]
async fn d07_two_stage_labels_at_once_cost_one_write_of_labels() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    bot.sandbox.clear_journal();
    for _ in 0..4 {
        bot.hear(iid).await;
    }
    let puts = bot.sandbox.writes().into_iter().filter(|one| one.method == "PUT").count();
    assert_eq!(puts, 1);
    assert_eq!(bot.labels(iid), ["migration::engaged"]);
    bot.finish().await;
}

#[tokio::test]
async fn d09_a_thousand_label_changes_are_worked_off_in_few_batches() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    for round in 0..100 {
        let (add, remove) =
            if round % 2 == 0 { ("engaged", "prospect") } else { ("prospect", "engaged") };
        let (add, remove) = (format!("migration::{add}"), format!("migration::{remove}"));
        bot.sandbox.world().by(SAM).set_labels(iid, &[&add], &[&remove]).unwrap();
        let event = Event::IssueChanged { issue: bot.issue(iid) };
        bot.engine.store().enqueue(JobKind::Handle { event }).await.unwrap();
    }
    bot.sandbox.clear_journal();
    bot.drain().await;
    assert_eq!(bot.labels(iid), ["migration::prospect"]);
    assert!(bot.said(iid).len() <= 3, "{}", bot.said(iid).len());
    assert!(bot.sandbox.journal().len() <= 30, "{}", bot.sandbox.journal().len());
    bot.finish().await;
}

#[tokio::test]
async fn d11_an_update_that_comes_before_the_open_finds_the_whole_issue() {
    let bot = Bot::new().await;
    let iid = bot.sandbox.world().by(PAULA).open_issue("Kiwi", "Hello").unwrap();
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::prospect"], &[]).unwrap();
    bot.hear(iid).await;
    bot.hear(iid).await;
    assert_eq!(bot.labels(iid), ["migration::prospect"]);
    assert_eq!(bot.said(iid).len(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn d12_an_issue_that_is_gone_costs_two_calls_and_no_retry() {
    let bot = Bot::new().await;
    welcomed(&bot).await;
    bot.sandbox.clear_journal();
    bot.hear(999).await;
    assert!(bot.sandbox.journal().len() <= 2, "{:?}", bot.sandbox.journal());
    bot.finish().await;
}

#[tokio::test]
async fn d20_closed_and_moved_on_in_one_update_is_one_comment() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::declined"], &[]).unwrap();
    bot.sandbox.world().by(SAM).close(iid).unwrap();
    bot.hear(iid).await;
    assert_eq!(bot.said(iid).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn d21_reopened_after_an_end_an_illegal_stage_is_put_back() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::declined"], &[]).unwrap();
    bot.sandbox.world().by(SAM).close(iid).unwrap();
    bot.hear(iid).await;
    bot.sandbox.world().by(SAM).reopen(iid).unwrap();
    bot.sandbox.world().by(SAM).set_labels(iid, &["migration::thriving"], &[]).unwrap();
    bot.hear(iid).await;
    assert_eq!(bot.labels(iid), ["migration::declined"]);
    bot.finish().await;
}

#[tokio::test]
async fn a_missing_label_is_never_made_by_the_way() {
    let bot = Bot::new().await;
    let label = "migration::prospect";
    let id = bot.engine.gitlab().labels(landfall::model::ProjectId(42)).await.unwrap();
    let id = id.iter().find(|one| one.name.as_str() == label).unwrap().id;
    bot.sandbox.world().remove_label(id).unwrap();
    let iid = bot.sandbox.world().by(PAULA).open_issue("Kiwi", "Hello").unwrap();
    let event = Event::IssueChanged { issue: bot.issue(iid) };
    bot.engine.store().enqueue(JobKind::Handle { event }).await.unwrap();
    let settlement = bot.attempt().await.unwrap();
    assert!(format!("{settlement:?}").contains("setup --apply"), "{settlement:?}");
    assert!(!bot.sandbox.world().labels().contains(&label.to_owned()));
    assert!(bot.said(iid).is_empty(), "nothing is said of a label that is not there");
}

#[tokio::test]
async fn d05_the_same_change_heard_ten_times_under_ten_names_is_one_comment() {
    let service = Service::new().await;
    let iid = service.sandbox.world().by(PAULA).open_issue("Kiwi", "Hello").unwrap();
    service.sandbox.world().duplicate_next_hooks(1);
    service.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    service.settled().await;
    let said = service.sandbox.world().comments_by(iid, BOT).unwrap();
    let about = said.iter().filter(|one| one.body.contains("has entered `engaged`"));
    assert_eq!(about.count(), 1);
    service.running.stop(Ending::Close).await;
}

#[tokio::test]
async fn d10_of_events_a_third_is_lost_and_one_sweep_makes_all_right() {
    let bot = Bot::new().await;
    let mut rng = fastrand::Rng::with_seed(10);
    let mut expected = Vec::new();
    for number in 0..12 {
        let title = format!("Community {number}");
        let iid = bot.sandbox.world().by(PAULA).open_issue(&title, "Hello").unwrap();
        bot.hear(iid).await;
        let mut stage = "prospect";
        for next in ["engaged", "assessing", "planning"].into_iter().take(rng.usize(0..4)) {
            let (add, remove) = (format!("migration::{next}"), format!("migration::{stage}"));
            bot.sandbox.world().by(SAM).set_labels(iid, &[&add], &[&remove]).unwrap();
            stage = next;
            if rng.usize(0..3) > 0 {
                bot.hear(iid).await;
            }
        }
        expected.push((iid, format!("migration::{stage}")));
    }
    bot.sweep().await;
    for (iid, label) in expected {
        assert_eq!(bot.labels(iid), std::slice::from_ref(&label));
        let stage = label.trim_start_matches("migration::").to_owned();
        let about = bot.said(iid).into_iter().filter(|body| body.contains(&format!("`{stage}`")));
        assert!(about.count() >= 1, "{label} was announced");
    }
    bot.finish().await;
}

#[tokio::test]
async fn d14_another_bot_that_answers_every_comment_gets_five_answers_an_hour() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    for _ in 0..12 {
        let note = bot.sandbox.world().by("root").comment(iid, "@landfall-bot help").unwrap();
        bot.hear_note(iid, note.unwrap()).await;
    }
    assert_eq!(bot.said(iid).len(), 1 + 5);
    bot.finish().await;
}

#[tokio::test]
async fn d18_only_the_exact_title_of_a_label_means_a_stage() {
    let bot = Bot::new().await;
    let iid = welcomed(&bot).await;
    for label in ["Migration::Engaged", "migration:engaged", "mіgration::moved"] {
        bot.sandbox.world().by(SAM).set_labels(iid, &[label], &[]).unwrap();
    }
    bot.hear(iid).await;
    assert_eq!(bot.said(iid).len(), 1, "look-alikes mean nothing: {:#?}", bot.said(iid));
    assert!(bot.labels(iid).contains(&"Migration::Engaged".to_owned()), "and stay as they are");
    bot.finish().await;
}

#[tokio::test]
async fn d24_many_issues_at_once_are_all_heard_each_in_its_order() {
    let service = Service::new().await;
    let mut iids = Vec::new();
    for number in 0..60 {
        let title = format!("Community {number}");
        let mut world = service.sandbox.world();
        let iid = world.by(PAULA).open_issue(&title, "Hello").unwrap();
        world.by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
        iids.push(iid);
    }
    service.settled().await;
    for iid in iids {
        let world = service.sandbox.world();
        assert_eq!(world.labels_of(iid).unwrap(), ["migration::engaged"]);
        let said = world.comments_by(iid, BOT).unwrap();
        let about = said.iter().filter(|one| one.body.contains("has entered `engaged`"));
        assert_eq!(about.count(), 1);
    }
    service.running.stop(Ending::Close).await;
}
