//! GitLab loses answers, goes away, or tells things twice, late and in the wrong order.

use std::time::{Duration, Instant};

use anyhow::ensure;
use landfall::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::Plan;
use crate::deliveries;
use crate::people::WAY;
use crate::rig::{BOT, Rig, SAM};

const NOTES: &str = "/projects/*/issues/*/notes";

/// Of all comments sent 30 % are executed and never answered, 10 % executed late, and for 10 % the
/// connection is closed, for half of them before anything was executed.
pub(crate) async fn lost_answers(plan: Plan) -> anyhow::Result<Value> {
    const ROUNDS: u32 = 4;
    let issues = plan.count(2_000, 40);
    let mut rig = Rig::new(plan, 1, 0).await?;
    let faults = rig.sandbox.faults();
    let late = FaultKind::ExecuteLate(Duration::from_millis(700));
    // Each chance is of what the ones before it leave.
    for (kind, chance) in [
        (FaultKind::ExecuteThenTimeout, 0.30),
        (late, 0.10 / 0.70),
        (FaultKind::ResetAfter, 0.05 / 0.60),
        (FaultKind::ResetBefore, 0.05 / 0.55),
    ] {
        faults.add(Fault::new("POST", NOTES, kind).always().chance(chance, plan.seed));
    }
    let recipe = rig.replicas[0].clone();
    let mut process = recipe.start(None)?;
    ensure!(process.is_up().await?, "it does not start");
    let started = Instant::now();
    for _ in 0..issues {
        rig.model.open(&rig.sandbox)?;
    }
    rig.rest().await?;
    for _ in 0..ROUNDS {
        let iids: Vec<u64> = rig.model.0.keys().copied().collect();
        for iid in iids {
            rig.model.advance(&rig.sandbox, iid)?;
        }
        rig.rest().await?;
    }
    let elapsed = started.elapsed();
    let posts = rig.sandbox.writes().iter().filter(|one| one.path.ends_with("/notes")).count();
    drop(process);
    rig.judge().await?;
    let mut visible = 0;
    for iid in rig.model.0.keys() {
        let said = rig.sandbox.world().comments_by(*iid, BOT);
        visible += said.map_or(0, |said| said.len());
    }
    let due = issues as usize * (1 + ROUNDS as usize);
    ensure!(visible == due, "{due} comments were due and {visible} are visible");
    Ok(json!({
        "effects": due, "visible": visible, "posts": posts, "seconds_of_storm": elapsed.as_secs(),
    }))
}

/// GitLab is away for an hour by the time scale while events come in.
pub(crate) async fn outage(plan: Plan) -> anyhow::Result<Value> {
    const ISSUES: u32 = 40;
    let events = plan.count(10_000, 200);
    let mut rig = Rig::new(plan, 1, ISSUES).await?;
    let recipe = rig.replicas[0].clone();
    let mut process = recipe.start(None)?;
    ensure!(process.is_up().await?, "it does not start");
    rig.rest().await?;
    rig.sandbox.clear_journal();
    rig.sandbox.faults().add(Fault::new("*", "/**", FaultKind::ResetBefore).always());
    let away = Instant::now();
    let hour = Duration::from_secs(60).mul_f64(plan.scale.max(0.1));
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut random = fastrand::Rng::with_seed(plan.seed);
    for number in 0..events {
        let iid = random.u64(1..=u64::from(ISSUES));
        if number % 50 == 0 {
            rig.model.act(&rig.sandbox, &mut random)?;
        }
        let key = format!("outage-{number}");
        let body = deliveries::issue_event(iid, 2);
        let answer = deliveries::post(&client, recipe.address, &key, &body).await;
        ensure!(answer == Some(200), "delivery {number} got {answer:?} while GitLab was away");
        if let Ok(mut keys) = rig.sent.acknowledged.lock() {
            keys.push(key);
        }
        let due = hour.mul_f64(f64::from(number) / f64::from(events));
        sleep(due.saturating_sub(away.elapsed())).await;
    }
    sleep(hour.saturating_sub(away.elapsed())).await;
    let calls = rig.sandbox.journal().len();
    rig.sandbox.faults().clear();
    let back = Instant::now();
    rig.rest().await?;
    let drained = back.elapsed();
    drop(process);
    rig.judge().await?;
    ensure!(calls <= 130, "{calls} calls to a GitLab that was away");
    Ok(json!({
        "events": events, "acknowledged": events, "calls_while_away": calls,
        "seconds_away": hour.as_secs(), "seconds_to_drain": drained.as_secs_f64(),
    }))
}

/// Webhooks get lost, come twice, and overtake each other; two people change one issue all the time.
pub(crate) async fn disorder(plan: Plan) -> anyhow::Result<Value> {
    const ISSUES: u32 = 20;
    let rounds = plan.count(100, 4);
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, 1, ISSUES).await?;
    // Who goes back to a stage whose label still stands beside the newer one changes nothing.
    rig.sandbox.world().settings.scoped_labels_exclusive = true;
    let recipe = rig.replicas[0].clone();
    let mut process = recipe.start(None)?;
    ensure!(process.is_up().await?, "it does not start");
    let restless = rig.model.open(&rig.sandbox)?;
    rig.model.1.insert(restless);
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
    let stage = rig.model.0.get(&iid).copied().unwrap_or_default();
    let next =
        if stage + 1 < WAY.len() && random.bool() { stage + 1 } else { random.usize(..=stage) };
    let Some(name) = WAY.get(next).filter(|_| next != stage) else { return Ok(()) };
    let label = format!("migration::{name}");
    let set = rig.sandbox.world().by(SAM).set_labels(iid, &[&label], &[]);
    ensure!(set.is_ok(), "a label can't be set");
    rig.model.0.insert(iid, next);
    Ok(())
}
