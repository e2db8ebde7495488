//! The power is cut: what was written and not synced is gone, or only some of it arrived.
//!
//! What a process writes to its database, or to its spool, is recorded by strace. For each cut the
//! files are made anew as a disk might hold them at that moment, and opened.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::database::{Database, Kind};
use crate::deliveries::{self, Sent};
use crate::disk::Disk;
use crate::invariants::digest;
use crate::plan::Plan;
use crate::postgres::Server;
use crate::process::{PATIENCE, Recipe};
use crate::rig::{Rig, Shape};
use crate::trace::{self, Event};

const ISSUES: u32 = 5;
const SENDERS: u64 = 4;

/// A key, and when its 200 had arrived, in microseconds since 1970.
type Acknowledged = (String, i64);

/// What a run recorded.
struct Recording {
    acknowledged: Vec<Acknowledged>,
    events: Vec<Event>,
    /// What had ended by then is taken for durable.
    settled: i64,
}

/// Cuts under SQLite's file; with PostgreSQL, which is dead then, under the spool.
pub(crate) async fn power(plan: Plan) -> anyhow::Result<Value> {
    let is_spool = plan.database == Kind::Postgres;
    // A spool has to be handed on by a process of its own for each cut.
    let cuts = if is_spool { plan.count(100, 6) } else { plan.count(1_000, 40) };
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, Shape { issues: ISSUES, ..Shape::default() }).await?;
    let Recording { acknowledged, events, settled } = record(plan, &mut rig, &mut random).await?;
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
            disk.take(event, settled);
        }
        // Every other time some of what was not synced has arrived, in any order, torn.
        let is_partial = number % 2 == 1;
        let folder = tempfile::tempdir()?;
        let (lost, kept) = disk.cut(folder.path(), is_partial.then_some(&mut random))?;
        (dropped, survived) = (dropped + lost, survived + kept);
        let promised = acknowledged.iter().filter(|(_, when)| *when <= cut);
        let promised = promised.map(|(key, _)| key.as_str());
        let stored = if is_spool {
            handed_on(&rig, folder.path()).await
        } else {
            reopened(folder.path()).await
        };
        kept_all(&stored?, promised).with_context(|| format!("cut {number}, at {cut}"))?;
    }
    let syncs = disk.syncs;
    // The process is started again on what a mere kill leaves.
    rig.judge().await?;
    ensure!(dropped > 0, "no cut came between a write and its sync: nothing was shown");
    Ok(json!({
        "of_what": if is_spool { "spool" } else { "database" },
        "acknowledged": acknowledged.len(), "cuts": cuts, "syncs": syncs,
        "writes_dropped": dropped, "writes_that_arrived_unsynced": survived,
        "acknowledged_lost": 0, "damaged": 0,
    }))
}

/// Lets the process work under the eyes of strace, and kills it.
async fn record(
    plan: Plan,
    rig: &mut Rig,
    random: &mut fastrand::Rng,
) -> anyhow::Result<Recording> {
    let enough = u64::from(plan.count(2_000, 300));
    let server = match plan.database {
        Kind::Sqlite => None,
        Kind::Postgres => Some(Server::find()?),
    };
    let traces = tempfile::tempdir()?;
    let mut recipe = rig.replicas[0].clone();
    recipe.wrapper = recorder(rig, traces.path(), server.is_none())?;
    let process = recipe.started().await?;
    rig.rest().await?;
    if let Some(server) = &server {
        server.stop()?;
    }
    let settled = Timestamp::now().as_microsecond();
    let acknowledged = load(&recipe, rig, enough, random).await?;
    let recorder = trace::recorder_of(process.id())?;
    process.kill()?;
    if let Some(server) = &server {
        server.start()?;
    }
    let events = trace::read(traces.path(), recorder).await?;
    Ok(Recording { acknowledged, events, settled })
}

/// strace beside the process, not before it: signals reach the process itself.
fn recorder(rig: &Rig, traces: &Path, only_database: bool) -> anyhow::Result<Vec<String>> {
    let mut line: Vec<String> = "strace -D -ff -y -xx -s 9999999 -ttt -T --seccomp-bpf \
         -e signal=none -e trace=write,pwrite64,pwritev,ftruncate,fdatasync,fsync"
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    for ending in ["", "-wal"].into_iter().filter(|_| only_database) {
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

/// What SQLite finds in the files, if they are sound.
async fn reopened(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let path = folder.join(trace::DATABASE);
    let database = Database { url: format!("sqlite:{}", path.display()) };
    database.check_integrity().await?;
    database.keys().await
}

/// What a process hands on from the spool to a database that is new. It writes nothing to GitLab.
async fn handed_on(rig: &Rig, spool: &Path) -> anyhow::Result<BTreeSet<String>> {
    let database = Database::new(Kind::Postgres, spool).await?;
    let mut recipe = rig.replicas[0].clone();
    recipe.variables.retain(|(name, _)| {
        !["LANDFALL_DATABASE_URL", "LANDFALL_SPOOL_FOLDER"].contains(&name.as_str())
    });
    recipe.variables.extend([
        ("LANDFALL_DATABASE_URL".to_owned(), database.url.clone()),
        ("LANDFALL_SPOOL_FOLDER".to_owned(), spool.display().to_string()),
        ("LANDFALL_DRY_RUN".to_owned(), "true".to_owned()),
    ]);
    let process = recipe.started().await?;
    let started = Instant::now();
    while std::fs::read_dir(spool)?.next().is_some() {
        ensure!(started.elapsed() < PATIENCE, "the spool is not handed on");
        sleep(Duration::from_millis(10)).await;
    }
    process.kill()?;
    database.keys().await
}

fn kept_all<'a>(
    stored: &BTreeSet<String>,
    promised: impl Iterator<Item = &'a str>,
) -> anyhow::Result<()> {
    let lost: Vec<&str> = promised.filter(|key| !stored.contains(&digest(key))).collect();
    ensure!(lost.is_empty(), "{} acknowledged and lost, such as {:?}", lost.len(), lost.first());
    Ok(())
}
