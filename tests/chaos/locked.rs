//! The database's file is held by another process.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use tokio::time::sleep;

use crate::deliveries;
use crate::plan::Plan;
use crate::rig::{Rig, Shape};

/// From the moment when the file is free to the next 200.
const RECOVERS_WITHIN: Duration = Duration::from_secs(5);

/// Mostly for less time than a delivery is waited for (8 s), and each fifth time for longer.
pub(crate) async fn locked(plan: Plan) -> anyhow::Result<Value> {
    let times = plan.count(50, 5);
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, Shape { issues: 10, ..Shape::default() }).await?;
    let addresses = rig.addresses();
    let process = rig.replicas[0].started().await?;
    rig.rest().await?;
    let senders = deliveries::start(4, plan.seed, 10, &addresses, &rig.sent);
    let mut slowest = Duration::ZERO;
    for time in 1..=times {
        rig.model.act(&rig.sandbox, &mut random)?;
        let mut other = SqliteConnection::connect(&rig.database.url).await?;
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await?;
        rig.model.act(&rig.sandbox, &mut random)?;
        let held = if time % 5 == 0 { random.u64(9_000..12_000) } else { random.u64(100..3_000) };
        sleep(Duration::from_millis(held)).await;
        sqlx::query("ROLLBACK").execute(&mut other).await?;
        other.close().await?;
        let (free, before) = (Instant::now(), rig.sent.count());
        while rig.sent.count() == before {
            ensure!(free.elapsed() < plan.within(RECOVERS_WITHIN), "it does not recover");
            sleep(Duration::from_millis(5)).await;
        }
        slowest = slowest.max(free.elapsed());
    }
    rig.sent.stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await?;
    }
    rig.rest().await?;
    rig.at_rest(&process).await?;
    process.end().await?;
    let refused = rig.sent.failed.load(Ordering::Relaxed);
    ensure!(refused > 0, "nobody noticed that the file was held for so long");
    rig.judge().await?;
    Ok(json!({
        "locks": times, "acknowledged": rig.sent.count(), "refused_and_sent_again": refused,
        "slowest_recovery_ms": u64::try_from(slowest.as_millis())?,
    }))
}
