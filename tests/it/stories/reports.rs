//! What is found out about a move: each report one comment, edited in place.

use std::collections::BTreeMap;

use landfall::sandbox::{Fault, FaultKind, Options, Seed};

use crate::harness::{BOT, Bot, PAULA, SAM};

const SOURCE: &str = "https://github.com/kiwi-paint/kiwi-paint";
const IMPORTS: &str = "/import/github";

/// The description of a community that knows where it wants to go.
fn text(rows: &[(&str, &str)]) -> String {
    let mut text = "## Goals\n\n- One home\n\n## Source locations\n\n\
                    | URL | Kind | What | Move | Destination |\n|---|---|---|---|---|\n"
        .to_owned();
    for (url, destination) in rows {
        text.push_str(&format!("| {url} | GitHub | code, issues | yes | {destination} |\n"));
    }
    text
}

async fn with_token() -> Bot {
    let token = ("LANDFALL_GITHUB_IMPORT_TOKEN", Seed::GITHUB_IMPORT_TOKEN);
    Bot::with(Options::default(), &[token]).await
}

/// An issue in this stage, on the way the workflow allows.
async fn issue_in(bot: &Bot, stage: &str, text: &str) -> u64 {
    const WAY: [&str; 8] = [
        "prospect",
        "engaged",
        "assessing",
        "planning",
        "pilot",
        "migrating",
        "validating",
        "moved",
    ];
    let iid = bot.sandbox.world().by(PAULA).open_issue("Kiwi | Migration tracker", text).unwrap();
    bot.hear(iid).await;
    for (from, to) in WAY.iter().zip(&WAY[1..]) {
        if bot.labels(iid) == [format!("migration::{stage}")] {
            break;
        }
        let (on, off) = (format!("migration::{to}"), format!("migration::{from}"));
        bot.sandbox.world().by(SAM).set_labels(iid, &[&on], &[&off]).unwrap();
        bot.hear(iid).await;
    }
    assert_eq!(bot.labels(iid), [format!("migration::{stage}")]);
    iid
}

/// The bot's comments that begin so.
fn reports(bot: &Bot, iid: u64, begins: &str) -> Vec<String> {
    bot.said(iid).into_iter().filter(|body| body.trim_start().starts_with(begins)).collect()
}

fn only(mut found: Vec<String>) -> String {
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

async fn say(bot: &Bot, who: &str, iid: u64, words: &str) {
    let note = bot.sandbox.world().by(who).comment(iid, words).unwrap().unwrap();
    bot.hear_note(iid, note).await;
}

fn posted(bot: &Bot, path: &str) -> usize {
    let ends = |path_of: &str| path_of.ends_with(path);
    bot.sandbox.writes().iter().filter(|one| one.method == "POST" && ends(&one.path)).count()
}

#[tokio::test]
async fn the_welcome_lists_what_is_missing_and_the_list_gets_shorter() {
    let bot = Bot::new().await;
    let iid = bot.sandbox.world().by(PAULA).open_issue("Kiwi", "We want to move.").unwrap();
    bot.hear(iid).await;
    assert!(only(bot.said(iid)).contains("*Source locations*"));
    let full = text(&[(SOURCE, "kiwi-paint/kiwi-paint")])
        + "\n## Quick facts\n\n- **Host:** gitlab.com\n- **Contributors in the last 12 months:** about 40\n";
    bot.sandbox.world().by(PAULA).describe(iid, &full).unwrap();
    bot.hear(iid).await;
    let welcome = only(bot.said(iid));
    assert!(!welcome.contains("*Source locations*"), "{welcome}");
    assert!(welcome.contains("*Collaborators*"), "{welcome}");
    assert!(welcome.contains("`size::M` and `host::gitlab-com`"), "{welcome}");
    let description = bot.description(iid);
    assert!(description.starts_with(&full), "not a byte of it is rewritten: {description}");
    bot.finish().await;
}

#[tokio::test]
async fn a_second_issue_about_one_source_names_the_first_unless_that_is_confidential() {
    let bot = Bot::new().await;
    let first = issue_in(&bot, "prospect", &text(&[(SOURCE, "")])).await;
    let same = text(&[("git@github.com:Kiwi-Paint/kiwi-paint.git", "")]);
    let second = issue_in(&bot, "prospect", &same).await;
    assert!(only(bot.said(second)).contains(&format!("#{first} may be about the same")));
    bot.sandbox.world().by(SAM).set_confidential(first, true).unwrap();
    let third = issue_in(&bot, "prospect", &text(&[(SOURCE, "")])).await;
    let said = only(bot.said(third));
    assert!(said.contains(&format!("#{second} may be")), "{said}");
    assert!(!said.contains(&format!("#{first}")), "{said}");
    // The older one learns of the others when it is looked at the next time.
    bot.sweep().await;
    bot.finish().await;
}

#[tokio::test]
async fn new_issues_get_the_staff_in_turn_and_whoever_is_taken_off_stays_off() {
    let bot = Bot::with(Options::default(), &[("LANDFALL_DRI", "sam-staff,nobody-here")]).await;
    let mut assigned = Vec::new();
    for _ in 0..4 {
        let iid = bot.sandbox.world().by(PAULA).open_issue("Kiwi", "Hello").unwrap();
        bot.hear(iid).await;
        assigned.push((iid % 2, bot.sandbox.world().assignees(iid).unwrap()));
    }
    for (turn, names) in &assigned {
        let expected: &[&str] = if *turn == 0 { &[SAM] } else { &[] };
        assert_eq!(names, expected);
    }
    let iid = if assigned[0].0 == 0 { 1 } else { 2 };
    bot.sandbox.world().by(SAM).comment(iid, "/unassign").unwrap();
    assert!(bot.sandbox.world().assignees(iid).unwrap().is_empty());
    bot.hear(iid).await;
    assert!(bot.sandbox.world().assignees(iid).unwrap().is_empty(), "a person meant it");
    bot.finish().await;
}

#[tokio::test]
async fn in_assessing_each_source_is_reported_on_in_one_comment_that_follows_the_text() {
    let bot = Bot::new().await;
    let iid = issue_in(&bot, "assessing", &text(&[(SOURCE, "kiwi-paint/kiwi-paint")])).await;
    let report = only(reports(&bot, iid, "**What a move"));
    assert!(report.contains("kiwi-paint/kiwi-paint"), "{report}");
    bot.hear(iid).await;
    let other = text(&[(SOURCE, ""), ("https://github.com/kiwi-paint/brushes", "")])
        + "| https://bugs.kiwi.example/ | Bugzilla | issues | yes | |\n\
           | https://github.com/kiwi-paint/plans | GitHub | code | yes | |\n\
           | https://github.com/kiwi-paint/forum | GitHub | code | no | |\n";
    bot.sandbox.world().by(PAULA).describe(iid, &other).unwrap();
    bot.hear(iid).await;
    let report = only(reports(&bot, iid, "**What a move"));
    for words in ["kiwi-paint/brushes", "Bugzilla", "no public repository of this name"] {
        assert!(report.contains(words), "{words}: {report}");
    }
    assert!(!report.contains("forum"), "what stays is not looked at: {report}");
    bot.finish().await;
}

#[tokio::test]
async fn a_partner_may_ask_for_an_assessment_and_a_stranger_may_not() {
    let bot = Bot::new().await;
    let iid = issue_in(&bot, "prospect", &text(&[(SOURCE, "")])).await;
    say(&bot, "mallory", iid, "/landfall assess").await;
    assert_eq!(reports(&bot, iid, "**What a move").len(), 0);
    say(&bot, PAULA, iid, "/landfall assess").await;
    say(&bot, PAULA, iid, "/landfall assess").await;
    only(reports(&bot, iid, "**What a move"));
    let bare = issue_in(&bot, "prospect", "We want to move.").await;
    say(&bot, PAULA, bare, "/landfall assess").await;
    assert!(bot.said(bare).iter().any(|body| body.contains("names no source that moves")));
    bot.finish().await;
}

#[tokio::test]
async fn after_the_database_is_lost_reports_are_made_anew_and_no_comment_a_second_time() {
    let mut bot = Bot::new().await;
    let iid = issue_in(&bot, "planning", &text(&[(SOURCE, "kiwi-paint/kiwi-paint")])).await;
    let before = bot.said(iid).len();
    only(reports(&bot, iid, "**What a move"));
    bot.lose_database().await;
    bot.sweep().await;
    bot.sweep().await;
    assert_eq!(bot.said(iid).len(), before, "{:#?}", bot.said(iid));
    bot.finish().await;
}

#[tokio::test]
async fn an_import_is_shown_as_a_plan_begun_once_and_watched_in_one_comment() {
    let bot = with_token().await;
    let losses = BTreeMap::from([("pull_request".to_owned(), 3)]);
    bot.sandbox.world().settings.imports.losses = losses;
    let iid = issue_in(&bot, "migrating", &text(&[(SOURCE, "kiwi-paint/kiwi-paint")])).await;
    let plan = only(reports(&bot, iid, "**Import**"));
    assert!(plan.contains("This is a plan; nothing has begun"), "{plan}");
    assert_eq!(posted(&bot, IMPORTS), 0);
    say(&bot, PAULA, iid, "/landfall import start").await;
    assert_eq!(posted(&bot, IMPORTS), 0, "only staff begin");
    for _ in 0..2 {
        say(&bot, SAM, iid, "/landfall import start").await;
    }
    assert_eq!(posted(&bot, IMPORTS), 1, "asked twice, done once");
    let report = only(reports(&bot, iid, "**Import**"));
    assert!(report.contains("kiwi-paint/kiwi-paint"), "{report}");
    let project = bot.sandbox.world().project_number("kiwi-paint/kiwi-paint").unwrap();
    bot.sandbox.world().finish_import(project).unwrap();
    say(&bot, SAM, iid, "/landfall import").await;
    let report = only(reports(&bot, iid, "**Import**"));
    assert!(report.contains("3"), "what failed is told: {report}");
    assert!(!report.contains(Seed::GITHUB_IMPORT_TOKEN));
    bot.finish().await;
}

#[tokio::test]
async fn e11_an_import_whose_answer_is_lost_is_found_and_not_begun_again() {
    for kind in [FaultKind::ExecuteThenTimeout, FaultKind::ResetAfter, FaultKind::ResetBefore] {
        let bot = with_token().await;
        let iid = issue_in(&bot, "migrating", &text(&[(SOURCE, "kiwi-paint/kiwi-paint")])).await;
        bot.sandbox.faults().add(Fault::new("POST", IMPORTS, kind.clone()));
        say(&bot, SAM, iid, "/landfall import start").await;
        let project = bot.sandbox.world().project_number("kiwi-paint/kiwi-paint");
        let project = project.unwrap_or_else(|| panic!("{kind:?}: nothing was imported"));
        bot.sandbox.world().finish_import(project).unwrap();
        say(&bot, SAM, iid, "/landfall import").await;
        only(reports(&bot, iid, "**Import**"));
        bot.finish().await;
    }
}

#[tokio::test]
async fn t15_what_is_another_repository_by_now_is_not_imported() {
    let bot = with_token().await;
    let iid = issue_in(&bot, "migrating", &text(&[(SOURCE, "kiwi-paint/kiwi-paint")])).await;
    let world = bot.sandbox.world();
    drop(world);
    bot.sandbox
        .world()
        .rename_github_repo("kiwi-paint/kiwi-paint", "kiwi-paint/elsewhere")
        .unwrap();
    say(&bot, SAM, iid, "/landfall import start").await;
    assert_eq!(posted(&bot, IMPORTS), 0);
    let report = only(reports(&bot, iid, "**Import**"));
    assert!(report.contains("another repository than when the plan was shown"), "{report}");
    bot.finish().await;
}

#[tokio::test]
async fn targets_that_are_no_group_are_refused_with_the_reason() {
    for (destination, words) in [
        ("nowhere/kiwi", "no such group"),
        ("paula-partner/kiwi", "a person's own namespace"),
        ("https://gitlab.example.net/kiwi/kiwi", "not one that may be asked"),
    ] {
        let bot = with_token().await;
        let iid = issue_in(&bot, "migrating", &text(&[(SOURCE, destination)])).await;
        say(&bot, SAM, iid, "/landfall import start").await;
        assert_eq!(posted(&bot, IMPORTS), 0, "{destination}");
        let report = only(reports(&bot, iid, "**Import**"));
        let is_hidden = report.contains("no such group, or it is hidden");
        assert!(report.contains(words) || is_hidden, "{destination}: {report}");
        bot.finish().await;
    }
}

#[tokio::test]
async fn without_a_token_people_are_told_how_and_their_import_is_watched() {
    let bot = Bot::new().await;
    let iid = issue_in(&bot, "migrating", &text(&[(SOURCE, "kiwi-paint/kiwi-paint")])).await;
    let report = only(reports(&bot, iid, "**Import**"));
    assert!(report.contains("a GitHub token of their own"), "{report}");
    // Paula imports it herself.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .post(format!("{}/api/v4{IMPORTS}", bot.sandbox.url()))
        .header("PRIVATE-TOKEN", Seed::token_of(PAULA))
        .json(&serde_json::json!({
            "personal_access_token": Seed::GITHUB_IMPORT_TOKEN, "repo_id": 7001,
            "target_namespace": "kiwi-paint", "new_name": "kiwi-paint",
        }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    let project = bot.sandbox.world().project_number("kiwi-paint/kiwi-paint").unwrap();
    bot.sandbox.world().finish_import(project).unwrap();
    say(&bot, SAM, iid, "/landfall import").await;
    let report = only(reports(&bot, iid, "**Import**"));
    assert!(!report.contains("a GitHub token of their own"), "{report}");
    bot.finish().await;
}

#[tokio::test]
async fn a_move_is_verified_when_people_work_there_and_not_before() {
    let bot = with_token().await;
    let iid = issue_in(&bot, "migrating", &text(&[(SOURCE, "kiwi-paint/kiwi-paint")])).await;
    say(&bot, SAM, iid, "/landfall import start").await;
    let project = bot.sandbox.world().project_number("kiwi-paint/kiwi-paint").unwrap();
    bot.sandbox.world().finish_import(project).unwrap();
    say(&bot, SAM, iid, "/landfall import").await;
    let (on, off) = ("migration::validating", "migration::migrating");
    bot.sandbox.world().by(SAM).set_labels(iid, &[on], &[off]).unwrap();
    bot.hear(iid).await;
    only(reports(&bot, iid, "**Is everything here?**"));
    let found = |bot: &Bot| {
        let all = bot.said(iid).into_iter().filter(|body| body.contains("V7"));
        only(all.collect())
    };
    assert!(!found(&bot).contains("Everything is verified"), "{}", found(&bot));
    {
        let mut world = bot.sandbox.world();
        world.github_repo("kiwi-paint/kiwi-paint").unwrap().archived = true;
        world.set_licence(project, Some("gpl-3.0")).unwrap();
        for who in [PAULA, SAM, PAULA] {
            let mr = world.by(who).in_project(project).open_merge_request("Brushes").unwrap();
            world.by(PAULA).in_project(project).merge(mr).unwrap();
        }
    }
    say(&bot, PAULA, iid, "/landfall verify").await;
    assert!(found(&bot).contains("Everything is verified"), "{}", found(&bot));
    assert_eq!(bot.labels(iid), ["migration::validating"], "staff set `moved`, not the bot");
    let all = bot.sandbox.world().comments_by(iid, BOT).unwrap().len();
    bot.sweep().await;
    assert_eq!(bot.sandbox.world().comments_by(iid, BOT).unwrap().len(), all);
    bot.finish().await;
}
