//! The disk is full, again and again.

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::database::Kind;
use crate::deliveries::{self, Sent};
use crate::plan::Plan;
use crate::postgres::Server;
use crate::process::PATIENCE;
use crate::rig::{Rig, Shape};

const DISK: &str = "disk";
/// Room for the database and its log, and little more.
const MEBIBYTES: usize = 12;
/// From the moment when there is room again to the first 200, without a restart.
const RECOVERS_WITHIN: Duration = Duration::from_secs(5);

/// A small disk of memory, unmounted when this is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: PathBuf) -> anyhow::Result<Self> {
        let options = format!("size={MEBIBYTES}m,mode=700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "landfall-chaos"])
            .arg(&folder)
            .output()
            .context("there is no `mount`")?;
        if !mounted.status.success() {
            let why = String::from_utf8_lossy(&mounted.stderr).into_owned();
            bail!("a full disk needs root, to mount a small one: {}", why.trim());
        }
        Ok(Self(folder))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Writes until nothing more goes on it, whatever else is written meanwhile.
    fn fill(&self) -> anyhow::Result<()> {
        let mut file = File::options().create(true).append(true).open(self.ballast())?;
        let block = [0_u8; 4096];
        while file.write_all(&block).is_ok() {}
        Ok(())
    }

    fn free(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.ballast())?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").args(["--lazy"]).arg(&self.0).status());
    }
}

/// What one kind of disk showed.
#[derive(Default)]
struct Shown {
    refused: u64,
    slowest: Duration,
}

/// The database's disk is full; with PostgreSQL, which is dead then, the spool's.
pub(crate) async fn full(plan: Plan) -> anyhow::Result<Value> {
    let times = plan.count(50, 3);
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let shape = Shape { issues: 10, disk: DISK, ..Shape::default() };
    let mut rig = Rig::new(plan, shape).await?;
    let disk = match Disk::mount(rig.folder.path().join(DISK)) {
        Ok(disk) => disk,
        // A quick run goes on without; the figures are not made without.
        Err(error) if plan.scale < 1.0 => {
            eprintln!("SKIPPED: {error:#}");
            rig.is_well = true;
            return Ok(json!({ "skipped": format!("{error:#}") }));
        }
        Err(error) => return Err(error),
    };
    let recipe = rig.replicas[0].clone();
    let process = recipe.started().await?;
    rig.rest().await?;
    let server = match plan.database {
        Kind::Sqlite => None,
        Kind::Postgres => Some(Server::find()?),
    };
    let mut shown = Shown::default();
    for time in 0..times {
        rig.model.act(&rig.sandbox, &mut random)?;
        let mut sender =
            Sender { sent: Arc::clone(&rig.sent), address: recipe.address, time, number: 0 };
        if let Some(server) = &server {
            server.stop()?;
            // The first one waits for the database before it goes to the spool.
            sender.until_kept().await?;
        }
        disk.fill()?;
        shown.refused += sender.until_refused(&disk).await?;
        rig.model.act(&rig.sandbox, &mut random)?;
        // Who has no right to send is told so, whatever the disk.
        ensure!(stranger(recipe.address).await? == Some(401), "a stranger is not refused");
        disk.free()?;
        shown.slowest = shown.slowest.max(sender.until_kept().await?);
        if let Some(server) = &server {
            server.start()?;
        }
        rig.rest().await?;
        rig.database.check_integrity().await?;
    }
    let limit = plan.within(RECOVERS_WITHIN);
    ensure!(shown.slowest <= limit, "it took {:?} to recover", shown.slowest);
    rig.at_rest(&process).await?;
    process.end().await?;
    rig.judge().await?;
    // The disk goes before the folder that it is mounted in.
    drop(disk);
    Ok(json!({
        "times_full": times, "acknowledged": rig.sent.count(), "refused_with_503": shown.refused,
        "slowest_recovery_ms": u64::try_from(shown.slowest.as_millis())?,
        "what": if plan.database == Kind::Sqlite { "database" } else { "spool" },
    }))
}

/// Sends one delivery after the other.
struct Sender {
    sent: Arc<Sent>,
    address: SocketAddr,
    time: u32,
    number: u64,
}

impl Sender {
    async fn send(&mut self) -> anyhow::Result<Option<u16>> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let key = format!("full-{}-{}", self.time, self.number);
        self.number += 1;
        // Large enough to need new pages, even where there is room in old ones.
        let body = deliveries::large_issue_event(1, 2);
        let status = deliveries::post(&client, self.address, &key, &body).await;
        match status {
            Some(200) => self.sent.note(key),
            Some(503) | None => {}
            Some(other) => bail!("{key} was answered with {other}"),
        }
        Ok(status)
    }

    /// Sends until ten deliveries in a row were refused; how many were refused in all.
    async fn until_refused(&mut self, disk: &Disk) -> anyhow::Result<u64> {
        let (started, mut refused, mut in_a_row) = (Instant::now(), 0, 0);
        while in_a_row < 10 {
            match self.send().await? {
                Some(503) => (refused, in_a_row) = (refused + 1, in_a_row + 1),
                Some(_) => in_a_row = 0,
                None => bail!("no answer while the disk is full"),
            }
            // What was freed meanwhile, by a checkpoint say, is taken as well.
            disk.fill()?;
            ensure!(started.elapsed() < PATIENCE, "a full disk is not noticed");
        }
        Ok(refused)
    }

    /// Sends until one is kept; how long that took.
    async fn until_kept(&mut self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        while self.send().await? != Some(200) {
            ensure!(started.elapsed() < PATIENCE, "it does not recover");
            sleep(Duration::from_millis(5)).await;
        }
        Ok(started.elapsed())
    }
}

/// A request with a wrong signature.
async fn stranger(address: SocketAddr) -> anyhow::Result<Option<u16>> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("http://{address}{}", deliveries::PATH);
    let asked = client.post(url).header("Content-Type", "application/json").body("{}");
    let asked = asked.header("X-Gitlab-Token", "not-the-right-one");
    Ok(asked.send().await.ok().map(|answer| answer.status().as_u16()))
}
