//! The part of the story in which something moves: intake, assessment, import, verification.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};

use super::person::{Person, Seen};
use super::stage::{BOT, Stage};

/// Where Kiwi Paint goes.
const HOME: &str = "kiwi-paint/kiwi-paint";
/// Pull requests that the import can't bring over.
const LOST: u64 = 2;

const FACTS: &str = "
## Quick facts

- **Host:** gitlab.com
- **Group:** kiwi-paint
- **Contributors in the last 12 months:** about 40
";

fn report<'a>(seen: &'a Seen, begins: &str) -> Option<&'a str> {
    let mut said = seen.by(BOT).into_iter().map(|comment| comment.body.trim_start());
    said.find(|body| body.starts_with(begins))
}

/// What the text lacks is listed, and the list gets shorter.
pub(super) async fn filling_in(
    paula: &Person,
    iid: u64,
    tell: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let asks = |seen: &Seen| seen.by(BOT).iter().any(|one| one.body.contains("*Quick facts*"));
    let seen = paula.look(iid).await?;
    ensure!(asks(&seen), "the welcome does not ask for the quick facts");
    paula.describe(iid, &format!("{}{FACTS}", seen.description)).await?;
    let says_size = |seen: &Seen| seen.by(BOT).iter().any(|one| one.body.contains("`size::M`"));
    let seen = paula.wait(iid, "the welcome follows the description", says_size).await?.0;
    ensure!(seen.by(BOT).len() == 1, "the welcome is edited, not repeated");
    tell(
        "The welcome lists what the description lacks. Paula fills some of it in; the list gets \
         shorter, and the bot proposes `size::M` and `host::gitlab-com`.",
    );
    Ok(())
}

/// The source is looked at on GitHub.
pub(super) async fn assessed(sam: &Person, iid: u64, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    let has = |seen: &Seen| report(seen, "**What a move of your sources takes**").is_some();
    sam.wait(iid, "the sources are assessed", has).await?;
    tell(
        "The source on GitHub is looked at with ten questions; one comment says what comes along, \
         what does not, and what has to be decided.",
    );
    Ok(())
}

/// The plan is shown, staff begin, something is lost, and all of it is told in one comment.
pub(super) async fn imported(
    stage: &Stage,
    sam: &Person,
    iid: u64,
    tell: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let plan = |seen: &Seen| {
        report(seen, "**Import**").is_some_and(|body| body.contains("nothing has begun"))
    };
    sam.wait(iid, "the plan of the import is shown", plan).await?;
    tell("The plan of the import is shown. Nothing begins before staff say so.");
    {
        let mut world = stage.sandbox.world();
        world.settings.imports.losses = BTreeMap::from([("pull_request".to_owned(), LOST)]);
    }
    for _ in 0..2 {
        sam.comment(iid, "/landfall import start").await?;
    }
    let begun = |seen: &Seen| {
        report(seen, "**Import**").is_some_and(|body| !body.contains("nothing has begun"))
    };
    sam.wait(iid, "the import begins", begun).await?;
    let project = stage.sandbox.world().project_number(HOME).context("nothing is imported")?;
    let ended = stage.sandbox.world().finish_import(project);
    ensure!(ended.is_ok(), "the import does not end");
    sam.comment(iid, "/landfall import").await?;
    let told =
        |seen: &Seen| report(seen, "**Import**").is_some_and(|body| body.contains("pull_request"));
    sam.wait(iid, "what was lost is told", told).await?;
    let imports = stage.sandbox.writes().into_iter();
    let imports = imports.filter(|one| one.path.ends_with("/import/github")).count();
    ensure!(imports == 1, "asked twice, imported {imports} times");
    tell(&format!(
        "Sam says `/landfall import start`, twice; GitLab imports once. {LOST} pull requests can't be \
         brought over, and the same comment says which kind and what to do."
    ));
    Ok(())
}

/// Nobody works there yet; then they do.
pub(super) async fn verified(
    stage: &Stage,
    sam: &Person,
    iid: u64,
    tell: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let verdict = |seen: &Seen, words: &str| {
        let mut said = seen.by(BOT).into_iter();
        said.any(|one| one.body.contains("V7") && one.body.contains(words))
    };
    sam.wait(iid, "the move is not verified yet", |seen| verdict(seen, "Looked at again each day"))
        .await?;
    let counted = |seen: &Seen| report(seen, "**Is everything here?**").is_some();
    sam.wait(iid, "both sides are counted", counted).await?;
    tell(
        "Both sides are counted and compared. The move is not verified yet: nobody has worked on \
         GitLab so far, and the old home is open.",
    );
    work(stage).map_err(|refusal| anyhow::anyhow!("the sandbox refuses: {refusal:?}"))?;
    sam.comment(iid, "/landfall verify").await?;
    sam.wait(iid, "the move is verified", |seen| verdict(seen, "Everything is verified")).await?;
    tell(
        "The community archives the old home, merges three changes, and asks again: everything is \
         verified, with the evidence. Staff set the label, not the bot.",
    );
    Ok(())
}

/// What a community does that has arrived.
fn work(stage: &Stage) -> Result<(), crate::sandbox::Refusal> {
    let mut world = stage.sandbox.world();
    world.github_repo(HOME)?.archived = true;
    let project = world.project_number(HOME).unwrap_or_default();
    world.set_licence(project, Some("gpl-3.0"))?;
    for who in ["paula-partner", "sam-staff", "paula-partner"] {
        let change = world.by(who).in_project(project).open_merge_request("Softer brushes")?;
        world.by("paula-partner").in_project(project).merge(change)?;
    }
    Ok(())
}
