//! The process is killed at random, one replica after the other.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use landfall::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::deliveries;
use crate::plan::Plan;
use crate::process::Process;
use crate::rig::{NOTES, Rig, Shape};

/// SIGKILL at random instants while deliveries come in and people work.
pub(crate) async fn kill(plan: Plan) -> anyhow::Result<Value> {
    kill_one_of(plan, 1, plan.count(1_000, 12), plan.count(200_000, 2_000)).await
}

/// Two replicas on one database, one killed after the other.
pub(crate) async fn replicas(plan: Plan) -> anyhow::Result<Value> {
    kill_one_of(plan, 2, plan.count(200, 8), plan.count(40_000, 1_000)).await
}

async fn kill_one_of(
    plan: Plan,
    replicas: usize,
    kills: u32,
    enough: u32,
) -> anyhow::Result<Value> {
    const ISSUES: u32 = 40;
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, Shape { replicas, issues: ISSUES, ..Shape::default() }).await?;
    let addresses = rig.addresses();
    // Some answers to comments are lost as well.
    let lost = Fault::new("POST", NOTES, FaultKind::ResetAfter).always();
    rig.sandbox.faults().add(lost.chance(0.05, plan.seed));
    let mut running: Vec<Option<Process>> = Vec::new();
    for recipe in &rig.replicas {
        running.push(Some(recipe.start(None)?));
    }
    let senders = deliveries::start(8, plan.seed, u64::from(ISSUES), &addresses, &rig.sent);
    let started = Instant::now();
    for round in 1..=kills {
        let due = u64::from(enough) * u64::from(round) / u64::from(kills);
        while (rig.sent.count() as u64) < due {
            sleep(Duration::from_millis(5)).await;
        }
        if random.u8(..4) == 0 {
            rig.model.act(&rig.sandbox, &mut random)?;
        }
        sleep(Duration::from_millis(random.u64(..60))).await;
        let victim = random.usize(..running.len());
        if let Some(process) = running[victim].take() {
            process.kill()?;
        }
        let mut next = rig.replicas[victim].start(None)?;
        // One in eight dies again while it starts.
        if random.u8(..8) == 0 {
            sleep(Duration::from_millis(random.u64(..150))).await;
            next.kill()?;
            next = rig.replicas[victim].start(None)?;
        }
        ensure!(next.is_up().await?, "it does not start again");
        running[victim] = Some(next);
    }
    let elapsed = started.elapsed();
    rig.sent.stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await?;
    }
    drop(running);
    let rest = rig.judge().await?;
    Ok(json!({
        "kills": kills, "acknowledged": rig.sent.count(),
        "failed_and_sent_again": rig.sent.failed.load(Ordering::Relaxed),
        "acknowledged_lost": 0, "said_twice": 0, "wrong_stages": 0,
        "issues": ISSUES, "seconds_of_kills": elapsed.as_secs(), "seconds_to_rest": rest.as_secs(),
    }))
}

/// How long the work of a replica that was killed lies there, at the true speed of time.
pub(crate) async fn takeover(plan: Plan) -> anyhow::Result<Value> {
    let rounds = plan.count(5, 1);
    let mut longest = Duration::ZERO;
    for round in 0..rounds {
        let plan = Plan { seed: plan.seed ^ u64::from(round), ..plan };
        let shape = Shape { replicas: 2, issues: 1, time_scale: 1, ..Shape::default() };
        let mut rig = Rig::new(plan, shape).await?;
        let first = rig.replicas[0].started().await?;
        rig.rest().await?;
        // It holds the lane and waits for GitLab.
        rig.sandbox.clear_journal();
        let slow = FaultKind::Delay(Duration::from_secs(20));
        rig.sandbox.faults().add(Fault::new("GET", "/projects/*/issues/*", slow).always());
        let iid = *rig.model.stages.keys().next().context("an issue")?;
        rig.model.advance(&rig.sandbox, iid)?;
        let held = |one: &landfall::sandbox::Request| one.path.ends_with(&format!("/issues/{iid}"));
        while !rig.sandbox.journal().iter().any(held) {
            sleep(Duration::from_millis(5)).await;
        }
        let second = rig.replicas[1].started().await?;
        rig.sandbox.faults().clear();
        rig.sandbox.clear_journal();
        let killed = Instant::now();
        first.kill()?;
        while !rig.sandbox.journal().iter().any(held) {
            ensure!(killed.elapsed() < Duration::from_secs(60), "nobody takes over");
            sleep(Duration::from_millis(5)).await;
        }
        longest = longest.max(killed.elapsed());
        drop(second);
        rig.judge().await?;
    }
    ensure!(longest < Duration::from_secs(15), "taken over after {longest:?}");
    Ok(json!({ "rounds": rounds, "longest_seconds": longest.as_secs_f64() }))
}
