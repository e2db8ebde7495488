//! Webhooks get lost, come twice, and overtake each other.

use std::time::Duration;

use anyhow::ensure;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::people::WAY;
use crate::plan::Plan;
use crate::rig::{BOT, Rig, SAM, Shape};

/// Webhooks get lost, come twice, and overtake each other; two people change one issue all the time.
pub(crate) async fn disorder(plan: Plan) -> anyhow::Result<Value> {
    const ISSUES: u32 = 20;
    let rounds = plan.count(100, 4);
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, Shape { issues: ISSUES, ..Shape::default() }).await?;
    // Who goes back to a stage whose label still stands beside the newer one changes nothing.
    rig.sandbox.world().settings.scoped_labels_exclusive = true;
    let recipe = rig.replicas[0].clone();
    let process = recipe.started().await?;
    let restless = rig.model.open(&rig.sandbox)?;
    rig.model.restless.insert(restless);
    let (mut lost, mut repeated) = (0, 0);
    for _ in 0..rounds {
        rig.sandbox.world().hold_hooks();
        for _ in 0..10 {
            rig.model.act(&rig.sandbox, &mut random)?;
            walk(&mut rig, restless, &mut random)?;
        }
        let held = rig.sandbox.world().held_hooks();
        let mut order: Vec<usize> = Vec::new();
        for place in 0..held {
            match random.u8(..10) {
                0..3 => lost += 1,
                3..6 => {
                    repeated += 1;
                    order.extend([place, place]);
                }
                _ => order.push(place),
            }
        }
        random.shuffle(&mut order);
        rig.sandbox.world().release_hooks(&order);
        sleep(Duration::from_millis(random.u64(..40))).await;
    }
    rig.rest().await?;
    drop(process);
    rig.judge().await?;
    let said = rig.sandbox.world().comments_by(restless, BOT).map_or(0, |said| said.len());
    Ok(json!({
        "rounds": rounds, "webhooks_lost": lost, "webhooks_repeated": repeated,
        "changes_of_the_restless_issue": rounds * 10, "comments_on_it": said,
    }))
}

/// One stage on, or back to any before it, as staff may.
fn walk(rig: &mut Rig, iid: u64, random: &mut fastrand::Rng) -> anyhow::Result<()> {
    let stage = rig.model.stages.get(&iid).copied().unwrap_or_default();
    let next =
        if stage + 1 < WAY.len() && random.bool() { stage + 1 } else { random.usize(..=stage) };
    let Some(name) = WAY.get(next).filter(|_| next != stage) else { return Ok(()) };
    let label = format!("migration::{name}");
    let set = rig.sandbox.world().by(SAM).set_labels(iid, &[&label], &[]);
    ensure!(set.is_ok(), "a label can't be set");
    rig.model.stages.insert(iid, next);
    Ok(())
}
