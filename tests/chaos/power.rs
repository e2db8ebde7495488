//! The power is cut: what was written and not synced is gone, or only some of it arrived.
//!
//! What a process writes to its database is recorded by strace. For each cut the two files are made
//! anew as a disk might hold them at that moment, and opened.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::database::Database;
use crate::deliveries::{self, Sent};
use crate::invariants::digest;
use crate::plan::Plan;
use crate::process::Recipe;
use crate::rig::{Rig, Shape};
use crate::trace::{self, Disk};

const ISSUES: u32 = 5;
const SENDERS: u64 = 4;

/// A key, and when its 200 had arrived, in microseconds since 1970.
type Acknowledged = (String, i64);

pub(crate) async fn power(plan: Plan) -> anyhow::Result<Value> {
    let (enough, cuts) = (plan.count(2_000, 300), plan.count(1_000, 40));
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, Shape { issues: ISSUES, ..Shape::default() }).await?;
    let traces = rig.folder.path().join("traces");
    std::fs::create_dir(&traces)?;
    let mut recipe = rig.replicas[0].clone();
    recipe.wrapper = recorder(&rig, &traces)?;
    let process = recipe.started().await?;
    rig.rest().await?;
    let up = Timestamp::now().as_microsecond();
    let acknowledged = load(&recipe, &mut rig, u64::from(enough), &mut random).await?;
    let recorder = trace::recorder_of(process.id())?;
    process.kill()?;
    let events = trace::read(&traces, recorder).await?;

    let mut disk = Disk::default();
    let mut events = events.into_iter().peekable();
    // At a 200 or a moment after it.
    let mut at = Vec::new();
    for _ in 0..cuts {
        let (_, when) = random.choice(&acknowledged).context("nothing was acknowledged")?;
        at.push(when + random.i64(0..3_000));
    }
    at.sort_unstable();
    let (mut dropped, mut survived) = (0, 0);
    for (number, cut) in at.into_iter().enumerate() {
        while let Some(event) = events.next_if(|event| event.end <= cut) {
            disk.take(event, up);
        }
        // Every other time some of what was not synced has arrived, in any order, torn.
        let is_partial = number % 2 == 1;
        let folder = tempfile::tempdir()?;
        let (lost, kept) = disk.cut(folder.path(), is_partial.then_some(&mut random))?;
        (dropped, survived) = (dropped + lost, survived + kept);
        let promised = acknowledged.iter().filter(|(_, when)| *when <= cut);
        let promised = promised.map(|(key, _)| key.as_str());
        reopen(folder.path(), promised).await.with_context(|| format!("cut {number}, at {cut}"))?;
    }
    let syncs = disk.syncs;
    // The process is started again on what a mere kill leaves.
    std::fs::remove_dir_all(&traces)?;
    rig.judge().await?;
    ensure!(dropped > 0, "no cut came between a write and its sync: nothing was shown");
    Ok(json!({
        "acknowledged": acknowledged.len(), "cuts": cuts, "syncs": syncs,
        "writes_dropped": dropped, "writes_that_arrived_unsynced": survived,
        "acknowledged_lost": 0, "damaged": 0,
    }))
}

/// strace beside the process, not before it: signals reach the process itself.
fn recorder(rig: &Rig, traces: &Path) -> anyhow::Result<Vec<String>> {
    let mut line: Vec<String> = "strace -D -ff -y -xx -s 9999999 -ttt -T --seccomp-bpf \
         -e signal=none -e trace=write,pwrite64,pwritev,ftruncate,fdatasync,fsync"
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    for ending in ["", "-wal"] {
        let file = rig.folder.path().join(format!("{}{ending}", trace::DATABASE));
        line.extend(["-P".to_owned(), file.to_str().context("a path")?.to_owned()]);
    }
    let prefix = traces.join("thread").to_str().context("a path")?.to_owned();
    line.extend(["-o".to_owned(), prefix, "--".to_owned()]);
    Ok(line)
}

/// Sends from a few connections while people work, until enough is acknowledged.
async fn load(
    recipe: &Recipe,
    rig: &mut Rig,
    enough: u64,
    random: &mut fastrand::Rng,
) -> anyhow::Result<Vec<Acknowledged>> {
    let count = Arc::<AtomicU64>::default();
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (count, sent, address) = (Arc::clone(&count), Arc::clone(&rig.sent), recipe.address);
        let seed = random.u64(..);
        senders.spawn(async move { send(sender, seed, address, enough, &count, &sent).await });
    }
    while count.load(Ordering::Relaxed) < enough && !senders.is_empty() {
        rig.model.act(&rig.sandbox, random)?;
        sleep(Duration::from_millis(random.u64(..200))).await;
    }
    let mut all = Vec::new();
    while let Some(ended) = senders.join_next().await {
        all.extend(ended??);
    }
    Ok(all)
}

async fn send(
    sender: u64,
    seed: u64,
    address: std::net::SocketAddr,
    enough: u64,
    count: &AtomicU64,
    sent: &Sent,
) -> anyhow::Result<Vec<Acknowledged>> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut random = fastrand::Rng::with_seed(seed);
    let mut acknowledged = Vec::new();
    while count.load(Ordering::Relaxed) < enough {
        let key = format!("power-{sender}-{}", acknowledged.len());
        let body = deliveries::body(&mut random, u64::from(ISSUES));
        let status = deliveries::post(&client, address, &key, &body).await;
        ensure!(status == Some(200), "{key} was answered with {status:?}");
        count.fetch_add(1, Ordering::Relaxed);
        sent.note(key.clone());
        acknowledged.push((key, Timestamp::now().as_microsecond()));
    }
    Ok(acknowledged)
}

/// Whether the files are sound and hold what was promised.
async fn reopen(folder: &Path, promised: impl Iterator<Item = &str>) -> anyhow::Result<()> {
    let path = folder.join(trace::DATABASE);
    let database = Database { url: format!("sqlite:{}", path.display()) };
    database.check_integrity().await?;
    let stored = database.keys().await?;
    let lost: Vec<&str> = promised.filter(|key| !stored.contains(&digest(key))).collect();
    ensure!(lost.is_empty(), "{} acknowledged and lost, such as {:?}", lost.len(), lost.first());
    Ok(())
}
