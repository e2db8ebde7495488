//! The database's file is held by somebody else.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{bail, ensure};
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use tokio::time::sleep;

use crate::Plan;
use crate::database::Kind;
use crate::deliveries;
use crate::rig::Rig;

/// Another process holds the file, again and again, for longer than we wait.
pub(crate) async fn locked(plan: Plan) -> anyhow::Result<Value> {
    if plan.database != Kind::Sqlite {
        bail!("only SQLite's file can be locked");
    }
    let times = plan.count(50, 2);
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, 1, 10).await?;
    let addresses = rig.addresses();
    let mut process = rig.replicas[0].start(None)?;
    ensure!(process.is_up().await?, "it does not start");
    let senders = deliveries::start(4, plan.seed, 10, &addresses, &rig.sent);
    let mut slowest = Duration::ZERO;
    for _ in 0..times {
        rig.model.act(&rig.sandbox, &mut random)?;
        let mut other = SqliteConnection::connect(&rig.database.url).await?;
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await?;
        sleep(Duration::from_millis(random.u64(100..3_000))).await;
        sqlx::query("ROLLBACK").execute(&mut other).await?;
        other.close().await?;
        let (free, before) = (std::time::Instant::now(), rig.sent.count());
        while rig.sent.count() == before {
            ensure!(free.elapsed() < Duration::from_secs(5), "it does not recover");
            sleep(Duration::from_millis(5)).await;
        }
        slowest = slowest.max(free.elapsed());
    }
    rig.sent.stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await?;
    }
    drop(process);
    rig.judge().await?;
    Ok(json!({
        "locks": times, "acknowledged": rig.sent.count(),
        "slowest_recovery_ms": u64::try_from(slowest.as_millis())?,
    }))
}
