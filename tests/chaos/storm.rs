//! Two people who can't agree on an issue's stage.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use landfall::sandbox::Request;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::people::WAY;
use crate::plan::Plan;
use crate::rig::{BOT, Rig, SAM, Shape};

/// The second of them; a stranger in the sandbox's seed, staff here.
const MAX: &str = "mallory";
/// So many issues are fought over at a time.
const AT_ONCE: u32 = 10;
/// Landfall is given the webhooks so many times during a storm, as it goes on.
const WAVES: u32 = 4;
const MOST_COMMENTS: usize = 1 + WAVES as usize;
/// To labels and description; one more each time that somebody wrote between reading and writing.
const MOST_WRITES: usize = 2 * WAVES as usize;

/// A thousand changes of one issue's stage; webhooks are shuffled, three in ten get lost, three in ten
/// come twice.
pub(crate) async fn storm(plan: Plan) -> anyhow::Result<Value> {
    let (seeds, changes) = (plan.count(100, 3), plan.count(1_000, 200));
    let mut most = Said::default();
    let mut done = 0;
    while done < seeds {
        let issues = AT_ONCE.min(seeds - done);
        let plan = Plan { seed: plan.seed ^ u64::from(done), ..plan };
        most = most.max(fight(plan, issues, changes).await?);
        done += issues;
    }
    Ok(json!({
        "storms": seeds, "changes_each": changes, "wrong_stages": 0,
        "most_comments_on_an_issue": most.comments, "most_label_writes_on_an_issue": most.writes,
    }))
}

/// What the bot did to an issue.
#[derive(Debug, Default, Clone, Copy)]
struct Said {
    comments: usize,
    writes: usize,
}

impl Said {
    fn max(self, other: Self) -> Self {
        Self { comments: self.comments.max(other.comments), writes: self.writes.max(other.writes) }
    }
}

async fn fight(plan: Plan, issues: u32, changes: u32) -> anyhow::Result<Said> {
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, Shape { issues, ..Shape::default() }).await?;
    {
        let mut world = rig.sandbox.world();
        world.settings.scoped_labels_exclusive = true;
        world.set_member(MAX, 30).ok().context("nobody to fight")?;
    }
    let recipe = rig.replicas[0].clone();
    let process = recipe.started().await?;
    rig.rest().await?;
    rig.sandbox.clear_journal();
    let iids: Vec<u64> = rig.model.stages.keys().copied().collect();
    rig.model.restless.extend(&iids);
    for _ in 0..WAVES {
        rig.sandbox.world().hold_hooks();
        for _ in 0..changes / WAVES {
            for iid in &iids {
                walk(&mut rig, *iid, &mut random)?;
            }
        }
        let held = rig.sandbox.world().held_hooks();
        let order = disordered(held, &mut random);
        rig.sandbox.world().release_hooks(&order);
        sleep(Duration::from_millis(random.u64(..100))).await;
    }
    rig.rest().await?;
    rig.at_rest(&process).await?;
    process.end().await?;
    let journal = rig.sandbox.journal();
    rig.judge().await?;
    let mut most = Said::default();
    for iid in &iids {
        let on = |call: &Request, method: &str, end: &str| {
            call.method == method && call.path.ends_with(&format!("/issues/{iid}{end}"))
        };
        let count = |method, end| journal.iter().filter(|call| on(call, method, end)).count();
        let comments = rig.sandbox.world().comments_by(*iid, BOT).map_or(0, |said| said.len());
        most = most.max(Said { comments, writes: count("PUT", "") });
    }
    // The welcome, and a comment on what was found after each wave; nothing on what was in between.
    ensure!(most.comments <= MOST_COMMENTS, "{} comments on an issue", most.comments);
    ensure!(most.writes <= MOST_WRITES, "{} writes to an issue", most.writes);
    Ok(most)
}

/// Places in a new order, some missing and some twice.
fn disordered(count: usize, random: &mut fastrand::Rng) -> Vec<usize> {
    let mut order = Vec::new();
    for place in 0..count {
        match random.u8(..10) {
            0..3 => {}
            3..6 => order.extend([place, place]),
            _ => order.push(place),
        }
    }
    random.shuffle(&mut order);
    order
}

/// One of the two moves an issue on, or back to any stage before.
fn walk(rig: &mut Rig, iid: u64, random: &mut fastrand::Rng) -> anyhow::Result<()> {
    let stage = rig.model.stages.get(&iid).copied().context("an unknown issue")?;
    let is_ahead = stage == 0 || (stage + 1 < WAY.len() && random.bool());
    let next = if is_ahead { stage + 1 } else { random.usize(..stage) };
    let label = format!("migration::{}", WAY[next]);
    let who = if random.bool() { SAM } else { MAX };
    let set = rig.sandbox.world().by(who).set_labels(iid, &[&label], &[]);
    set.ok().context("a label can't be set")?;
    rig.model.stages.insert(iid, next);
    Ok(())
}
