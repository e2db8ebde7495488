//! The PostgreSQL server dies again and again; deliveries are acknowledged all the same.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::deliveries;
use crate::plan::Plan;
use crate::postgres::Server;
use crate::rig::{Rig, Shape};

/// Deliveries that come in while the server is dead, each time.
const MEANWHILE: usize = 200;

pub(crate) async fn away(plan: Plan) -> anyhow::Result<Value> {
    let server = Server::find()?;
    let times = plan.count(50, 2);
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, Shape { issues: 10, ..Shape::default() }).await?;
    let (recipe, addresses) = (rig.replicas[0].clone(), rig.addresses());
    let spool = recipe.folder.join("spool");
    let process = recipe.started().await?;
    rig.rest().await?;
    let senders = deliveries::start(4, plan.seed, 10, &addresses, &rig.sent);
    let mut slowest = Duration::ZERO;
    for _ in 0..times {
        rig.model.act(&rig.sandbox, &mut random)?;
        server.stop()?;
        let (before, dead) = (rig.sent.count(), Instant::now());
        rig.model.act(&rig.sandbox, &mut random)?;
        while rig.sent.count() < before + MEANWHILE {
            ensure!(dead.elapsed() < Duration::from_secs(60), "nothing is acknowledged");
            sleep(Duration::from_millis(5)).await;
        }
        server.start()?;
        slowest = slowest.max(drained(&spool).await?);
    }
    rig.sent.stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await?;
    }
    let refused = rig.sent.failed.load(Ordering::Relaxed);
    ensure!(refused == 0, "{refused} deliveries were refused");
    process.kill()?;
    let deaths = die_beside(&server, &rig, &spool).await?;
    rig.judge().await?;
    Ok(json!({
        "deaths_of_the_server": times + deaths, "acknowledged": rig.sent.count(), "refused": refused,
        "slowest_drain_ms": u64::try_from(slowest.as_millis())?,
    }))
}

/// Landfall starts while the server is dead, and dies too: writing to the spool, and handing on.
async fn die_beside(server: &Server, rig: &Rig, spool: &Path) -> anyhow::Result<u32> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let recipe = &rig.replicas[0];
    let crashes = ["spool.written:3", "spool.drained:1"];
    for (life, crash) in crashes.into_iter().enumerate() {
        server.stop()?;
        let mut process = recipe.start(Some(crash))?;
        let is_up = process.is_up().await?;
        ensure!(is_up, "it does not start without its database: {}", recipe.last_words()?);
        for number in 0..5 {
            let key = format!("beside-{life}-{number}");
            let body = deliveries::issue_event(1, 2);
            let answer = deliveries::post(&client, recipe.address, &key, &body).await;
            if answer == Some(200) {
                rig.sent.note(key);
            }
        }
        server.start()?;
        let started = Instant::now();
        while !process.has_died()? {
            ensure!(started.elapsed() < Duration::from_secs(30), "it does not pass {crash}");
            sleep(Duration::from_millis(5)).await;
        }
        let _next = recipe.started().await?;
        drained(spool).await?;
    }
    Ok(u32::try_from(crashes.len())?)
}

/// Waits until nothing is left in the folder; says how long that took.
async fn drained(folder: &Path) -> anyhow::Result<Duration> {
    let started = Instant::now();
    while std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some()) {
        ensure!(started.elapsed() < Duration::from_secs(60), "the spool is not handed on");
        sleep(Duration::from_millis(5)).await;
    }
    Ok(started.elapsed())
}
