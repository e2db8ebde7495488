//! A replica is stopped in the middle of its work and wakes when somebody else has done it.

use std::time::Duration;

use anyhow::ensure;
use landfall::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::plan::Plan;
use crate::rig::{NOTES, Rig, Shape};

/// Slow enough that a replica is mostly stopped while it holds a lane.
const SLOW: Duration = Duration::from_millis(250);
/// However fast time is made to run, a lease lasts a second.
const LEASE: Duration = Duration::from_secs(1);

/// SIGSTOP at random moments for longer than a lease, then SIGCONT, on two replicas.
pub(crate) async fn paused(plan: Plan) -> anyhow::Result<Value> {
    let times = plan.count(50, 4);
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let shape = Shape { replicas: 2, issues: 30, ..Shape::default() };
    let mut rig = Rig::new(plan, shape).await?;
    // Webhooks are sent one after the other: who sleeps must not hold them all up.
    rig.sandbox.world().settings.hook_timeout = Duration::from_millis(500);
    let mut replicas = Vec::new();
    for recipe in &rig.replicas {
        replicas.push(recipe.started().await?);
    }
    rig.rest().await?;
    rig.sandbox.clear_journal();
    let slow = FaultKind::Delay(SLOW);
    // A comment may be under way, or its answer; or the worker has not come to it yet.
    rig.sandbox.faults().add(Fault::new("POST", NOTES, slow.clone()).always());
    rig.sandbox.faults().add(Fault::new("GET", "/projects/*/issues/*", slow).always());
    for _ in 0..times {
        for _ in 0..4 {
            rig.model.act(&rig.sandbox, &mut random)?;
        }
        sleep(Duration::from_millis(random.u64(..700))).await;
        let sleeper = &replicas[random.usize(..replicas.len())];
        sleeper.signal("STOP")?;
        rig.model.act(&rig.sandbox, &mut random)?;
        sleep(LEASE + Duration::from_millis(random.u64(300..2_500))).await;
        sleeper.signal("CONT")?;
        sleep(Duration::from_millis(random.u64(..300))).await;
    }
    rig.sandbox.faults().clear();
    rig.rest().await?;
    for process in &replicas {
        rig.at_rest(process).await?;
    }
    let healed = rig.sandbox.writes().iter().filter(|call| call.method == "DELETE").count();
    for process in replicas {
        process.end().await?;
    }
    let mut lost = 0;
    for recipe in &rig.replicas {
        let log = std::fs::read_to_string(recipe.log())?;
        lost += log.lines().filter(|line| line.contains("lease")).count();
    }
    rig.judge().await?;
    ensure!(lost > 0, "nobody was stopped while holding a lease: nothing was shown");
    Ok(json!({
        "pauses": times, "leases_lost": lost, "late_twins_deleted": healed,
        "said_twice": 0, "wrong_stages": 0,
    }))
}
