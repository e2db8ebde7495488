//! The machine's clock is set, by an hour or by ten years, while the process runs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use landfall::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::deliveries;
use crate::plan::Plan;
use crate::process::PATIENCE;
use crate::rig::{BOT, NOTES, Rig, Shape};

const HOUR: i64 = 3_600;
const TEN_YEARS: i64 = 10 * 365 * 24 * HOUR;
/// By so many seconds; the small ones are within what a signature may be off.
const JUMPS: [i64; 6] = [HOUR, -HOUR, TEN_YEARS, -TEN_YEARS, 200, -200];
/// A signed delivery may be so old or so young.
const TOLERANCE: i64 = 300;
/// After the clock is right again, work that is due is done within this.
const NO_STALL: Duration = Duration::from_secs(5);

/// The clock that the process sees: the machine's, and what stands in a file.
struct Clock(PathBuf);

impl Clock {
    fn set(&self, ahead: i64) -> anyhow::Result<()> {
        // Half a line must not be read.
        let new = self.0.with_extension("new");
        std::fs::write(&new, format!("{ahead:+}\n"))?;
        Ok(std::fs::rename(&new, &self.0)?)
    }
}

/// Jumps there and back; some processes begin while the clock is wrong.
pub(crate) async fn clock(plan: Plan) -> anyhow::Result<Value> {
    let jumps = plan.count(24, 6);
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, Shape { issues: 10, ..Shape::default() }).await?;
    let clock = Clock(rig.folder.path().join("clock"));
    clock.set(0)?;
    rig.replicas[0].variables.extend([
        ("LD_PRELOAD".to_owned(), library()?.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE".to_owned(), clock.0.display().to_string()),
        ("FAKETIME_NO_CACHE".to_owned(), "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC".to_owned(), "1".to_owned()),
        ("NO_FAKE_STAT".to_owned(), "1".to_owned()),
    ]);
    let recipe = rig.replicas[0].clone();
    let mut process = recipe.started().await?;
    rig.rest().await?;
    let (mut refused, mut restarts, mut slowest) = (0, 0, Duration::ZERO);
    for jump in 0..jumps {
        let ahead = JUMPS[(jump as usize + plan.seed as usize % 2) % JUMPS.len()];
        // Doubts about comments have to be waited out: those waits are what a jump could break.
        let lost = Fault::new("POST", NOTES, FaultKind::ResetAfter).always();
        rig.sandbox.faults().add(lost.chance(0.3, plan.seed ^ u64::from(jump)));
        clock.set(ahead)?;
        let began = Instant::now();
        for number in 0..5 {
            rig.model.act(&rig.sandbox, &mut random)?;
            refused += post(&rig, ahead, &format!("jump-{jump}-{number}")).await?;
        }
        if random.u8(..3) == 0 {
            process.kill()?;
            process = recipe.started().await?;
            restarts += 1;
        }
        rig.model.act(&rig.sandbox, &mut random)?;
        let wrong_for = Duration::from_secs(5).mul_f64(plan.scale.max(0.3));
        sleep(wrong_for.saturating_sub(began.elapsed())).await;
        rig.sandbox.faults().clear();
        clock.set(0)?;
        let right = Instant::now();
        post(&rig, 0, &format!("right-{jump}")).await?;
        // A new issue is seen to at once, and what waited is done.
        let iid = rig.model.open(&rig.sandbox)?;
        while rig.sandbox.world().comments_by(iid, BOT).is_ok_and(|said| said.is_empty()) {
            ensure!(right.elapsed() < PATIENCE, "stalled after a jump of {ahead} s");
            sleep(Duration::from_millis(5)).await;
        }
        rig.rest().await.with_context(|| format!("stalled after a jump of {ahead} s"))?;
        slowest = slowest.max(right.elapsed());
    }
    let limit = plan.within(NO_STALL);
    ensure!(slowest <= limit, "work was done {slowest:?} after the clock was right again");
    rig.at_rest(&process).await?;
    process.end().await?;
    rig.judge().await?;
    Ok(json!({
        "jumps": jumps, "by_seconds": JUMPS, "started_meanwhile": restarts,
        "deliveries_refused_while_wrong": refused, "acknowledged": rig.sent.count(),
        "slowest_to_rest_ms": u64::try_from(slowest.as_millis())?,
    }))
}

/// Posts a delivery that was signed by the right clock: refused exactly while the process's clock is
/// too far from it. Returns how many were refused.
async fn post(rig: &Rig, ahead: i64, key: &str) -> anyhow::Result<u32> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let body = deliveries::issue_event(1, 2);
    let status = deliveries::post(&client, rig.replicas[0].address, key, &body).await;
    match status {
        Some(200) if ahead.abs() < TOLERANCE => rig.sent.note(key.to_owned()),
        Some(401) if ahead.abs() > TOLERANCE => return Ok(1),
        other => bail!("{key} was answered with {other:?}, the clock being {ahead} s ahead"),
    }
    Ok(0)
}

/// Debian's library that shows a process another time.
fn library() -> anyhow::Result<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib")?.flatten().map(|entry| entry.path());
    let mut found = folders.map(|folder| folder.join("faketime/libfaketime.so.1"));
    found.find(|path| Path::exists(path)).context("no libfaketime: run scripts/chaos")
}
