//! GitLab loses answers, or goes away.

use std::time::{Duration, Instant};

use anyhow::ensure;
use landfall::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::deliveries;
use crate::plan::Plan;
use crate::rig::{BOT, NOTES, Rig, Shape};

/// Of all comments sent 30 % are executed and never answered, 10 % executed late, and for 10 % the
/// connection is closed, for half of them before anything was executed.
pub(crate) async fn lost_answers(plan: Plan) -> anyhow::Result<Value> {
    const ROUNDS: u32 = 4;
    let issues = plan.count(2_000, 40);
    let mut rig = Rig::new(plan, Shape::default()).await?;
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
    let process = recipe.started().await?;
    let started = Instant::now();
    for _ in 0..issues {
        rig.model.open(&rig.sandbox)?;
    }
    rig.rest().await?;
    for _ in 0..ROUNDS {
        let iids: Vec<u64> = rig.model.stages.keys().copied().collect();
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
    for iid in rig.model.stages.keys() {
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
    let mut rig = Rig::new(plan, Shape { issues: ISSUES, ..Shape::default() }).await?;
    let recipe = rig.replicas[0].clone();
    let process = recipe.started().await?;
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
        rig.sent.note(key);
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
