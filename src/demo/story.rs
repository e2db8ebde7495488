//! The story of one community, from its first issue to `migration::moved`, a line a step.

use anyhow::{Context as _, ensure};
use jiff::SignedDuration;

use super::arrival;
use super::person::{Person, Seen};
use super::stage::{BOT, Stage};
use crate::app::handler;
use crate::model::JobKind;
use crate::queue::{self, Pace};

const ISSUE_TEXT: &str = "\
## Background

Kiwi Paint is a drawing program by about forty volunteers. We have outgrown our present home.

## Source locations

| URL | Kind | What | Move? | Destination |
|---|---|---|---|---|
| https://github.com/kiwi-paint/kiwi-paint | GitHub | code, issues | yes | kiwi-paint/kiwi-paint |
";

/// The stages after the first two, as staff set them one after another.
const WAY: [&str; 6] = ["assessing", "planning", "pilot", "migrating", "validating", "moved"];

/// Plays it. Every step is checked; the first one that does not happen ends the story.
pub(super) async fn play(stage: &Stage, tell: &dyn Fn(&str)) -> anyhow::Result<u64> {
    let [paula, sam] = stage.people();
    let iid = opening(stage, &paula, tell).await?;
    arrival::filling_in(&paula, iid, tell).await?;
    ticking(&paula, iid, tell).await?;
    engaging(&paula, &sam, iid, tell).await?;
    asking(&paula, iid, tell).await?;
    a_stranger(stage, &paula, iid, tell).await?;
    repeats_and_forgeries(stage, &paula, iid, tell).await?;
    the_way(stage, &sam, iid, tell).await?;
    a_lost_webhook(stage, &sam, iid, tell).await?;
    the_account(stage, &sam, iid, tell).await?;
    Ok(iid)
}

fn stage_comments(seen: &Seen, stage: &str) -> usize {
    let name = format!("`{stage}`");
    let is_about = |body: &str| body.lines().take(4).any(|line| line.contains(&name));
    seen.by(BOT).iter().filter(|comment| is_about(&comment.body)).count()
}

async fn opening(stage: &Stage, paula: &Person, tell: &dyn Fn(&str)) -> anyhow::Result<u64> {
    let iid = paula.open_issue("Kiwi Paint | Migration tracker", ISSUE_TEXT).await?;
    tell(&format!(
        "Paula, of the Kiwi Paint community, opens an issue: \"we want to move\".\n    {}",
        stage.issue_url(iid)
    ));
    let (seen, took) = paula
        .wait(iid, "the bot welcomes a new issue", |seen| {
            seen.has_label("migration::prospect") && !seen.by(BOT).is_empty()
        })
        .await?;
    ensure!(seen.by(BOT).len() == 1, "one welcome, not {}", seen.by(BOT).len());
    ensure!(seen.description.contains("<!-- landfall:begin -->"), "no checklist in the issue");
    ensure!(seen.description.starts_with(ISSUE_TEXT.trim_end()), "Paula's own text was changed");
    tell(&format!(
        "{} ms later the issue is `migration::prospect`: one welcome, and a checklist that Paula can \
         tick in her own description.",
        took.as_millis()
    ));
    Ok(iid)
}

async fn ticking(paula: &Person, iid: u64, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    let seen = paula.look(iid).await?;
    ensure!(seen.description.contains("- [ ] "), "no box to tick");
    paula.describe(iid, &seen.description.replacen("- [ ] ", "- [x] ", 1)).await?;
    paula
        .wait(iid, "the comment mirrors a tick", |seen| {
            seen.by(BOT).iter().any(|comment| comment.body.contains("✅"))
        })
        .await?;
    tell("Paula ticks a box; the bot's comment shows the tick too.");
    Ok(())
}

async fn engaging(
    paula: &Person,
    sam: &Person,
    iid: u64,
    tell: &dyn Fn(&str),
) -> anyhow::Result<()> {
    sam.comment(iid, "Hello Paula, good to meet you. I am your contact.").await?;
    sam.label(iid, "migration::engaged", "migration::prospect").await?;
    let (seen, took) = paula
        .wait(iid, "a stage label becomes one comment", |seen| {
            stage_comments(seen, "engaged") > 0 && seen.description.contains("engaged.goals")
        })
        .await?;
    ensure!(stage_comments(&seen, "engaged") == 1, "one comment for one stage");
    tell(&format!(
        "Sam, of the staff, answers and sets `migration::engaged`. After {} ms there is one comment: \
         what happens now, what is expected of whom, training links; and a new checklist.",
        took.as_millis()
    ));
    Ok(())
}

async fn asking(paula: &Person, iid: u64, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    paula.comment(iid, "We talked yesterday.\n\n/landfall done 2").await?;
    paula
        .wait(iid, "a command ticks an item", |seen| {
            let done = seen.description.lines().find(|line| line.contains("engaged.goals"));
            done.is_some_and(|line| line.contains("[x]"))
        })
        .await?;
    paula.comment(iid, &format!("@{BOT} status")).await?;
    paula
        .wait(iid, "the bot answers `status`", |seen| {
            seen.by(BOT).iter().any(|comment| comment.body.contains("1 of 7 checklist items"))
        })
        .await?;
    tell("Paula ticks item 2 with a comment, `/landfall done 2`, and asks for the `status`.");
    Ok(())
}

async fn a_stranger(
    stage: &Stage,
    paula: &Person,
    iid: u64,
    tell: &dyn Fn(&str),
) -> anyhow::Result<()> {
    stage.stranger_sets(iid, "migration::moved", "migration::engaged")?;
    paula
        .wait(iid, "a stranger's label is undone", |seen| {
            seen.has_label("migration::engaged")
                && !seen.has_label("migration::moved")
                && seen.by(BOT).iter().any(|comment| comment.body.starts_with("@mallory"))
        })
        .await?;
    tell(
        "Mallory, a stranger, sets `migration::moved`. The bot puts the stage back and explains \
         who sets stages.",
    );
    Ok(())
}

async fn repeats_and_forgeries(
    stage: &Stage,
    paula: &Person,
    iid: u64,
    tell: &dyn Fn(&str),
) -> anyhow::Result<()> {
    stage.drained().await?;
    let before = paula.look(iid).await?;
    for _ in 0..10 {
        let status = stage.deliver_again().await?;
        ensure!(status == 200, "a repeated delivery is acknowledged, not answered with {status}");
    }
    let forged = stage.deliver_forged().await?;
    ensure!(forged == 401, "a wrong signature is answered with 401, not {forged}");
    stage.drained().await?;
    let after = paula.look(iid).await?;
    ensure!(after.comments.len() == before.comments.len(), "a repeated delivery was heard twice");
    tell(
        "GitLab sends the same delivery ten times more: ten times 200, and nothing changes. \
         A forged one gets 401 and leaves no trace.",
    );
    Ok(())
}

async fn the_way(stage: &Stage, sam: &Person, iid: u64, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    let mut from = "engaged";
    for to in WAY {
        sam.label(iid, &format!("migration::{to}"), &format!("migration::{from}")).await?;
        let (_, took) = sam
            .wait(iid, &format!("the comment for {to}"), |seen| stage_comments(seen, to) == 1)
            .await?;
        tell(&format!("Sam sets `migration::{to}`: one comment after {} ms.", took.as_millis()));
        match to {
            "assessing" => arrival::assessed(sam, iid, tell).await?,
            "migrating" => arrival::imported(stage, sam, iid, tell).await?,
            "validating" => arrival::verified(stage, sam, iid, tell).await?,
            _ => {}
        }
        from = to;
    }
    Ok(())
}

async fn a_lost_webhook(
    stage: &Stage,
    sam: &Person,
    iid: u64,
    tell: &dyn Fn(&str),
) -> anyhow::Result<()> {
    stage.lose_next_hook();
    sam.label(iid, "migration::thriving", "migration::moved").await?;
    stage.hooks_sent().await;
    let seen = sam.look(iid).await?;
    ensure!(stage_comments(&seen, "thriving") == 0, "the webhook was not lost after all");
    let engine = stage.running.engine.clone();
    engine.store().enqueue(JobKind::Sweep).await?;
    let pace = Pace::default();
    let patience = SignedDuration::from_secs(15);
    queue::drain(engine.store().clone(), handler(engine), pace, patience).await?;
    sam.wait(iid, "a sweep finds what a lost webhook hid", |seen| {
        stage_comments(seen, "thriving") == 1
    })
    .await?;
    tell(
        "One webhook is lost on its way (GitLab never repeats it). The next sweep finds the label \
         `migration::thriving` all the same.",
    );
    Ok(())
}

async fn the_account(
    stage: &Stage,
    sam: &Person,
    iid: u64,
    tell: &dyn Fn(&str),
) -> anyhow::Result<()> {
    stage.drained().await?;
    let seen = sam.look(iid).await?;
    for name in ["engaged"].iter().chain(&WAY).chain(&["thriving"]) {
        let count = stage_comments(&seen, name);
        ensure!(count == 1, "`{name}` was announced {count} times");
    }
    let unknown = stage.unknown_endpoints();
    ensure!(unknown.is_empty(), "the sandbox does not know {unknown:?}");
    let backlog = stage.running.engine.store().backlog().await?;
    ensure!(backlog.dead == 0 && backlog.quarantined == 0, "something was left undone");
    let mut markers: Vec<_> = seen
        .by(BOT)
        .iter()
        .map(|comment| comment.body.lines().last().context("an empty comment").map(str::to_owned))
        .collect::<Result<_, _>>()?;
    let comments = markers.len();
    markers.sort();
    markers.dedup();
    ensure!(markers.len() == comments, "one thing was said twice");
    tell(&format!(
        "The account: {comments} comments by the bot, none twice, each stage announced once, \
         nothing left undone."
    ));
    Ok(())
}
