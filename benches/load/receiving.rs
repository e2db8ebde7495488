//! Acknowledged deliveries: how many, how fast, in how much memory, and whether they are kept.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use landfall::clock::SystemClock;
use landfall::store;

use crate::child::{self, Service};
use crate::flow::{self, Outcome, Pace};
use crate::report::{Goal, Report, millis};

/// Sent before anything counts: connections, caches, a first page of the database.
const WARM_UP: Duration = Duration::from_secs(2);
/// Issues of the warm-up stand apart from those that count.
const FIRST: u64 = 1_000_000;

/// A fixed rate, latency counted from when each delivery was due.
pub(crate) fn open_loop(report: &mut Report, rate: u32, length: Duration) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let service = Service::start(folder.path())?;
    let pace = Pace::Open { rate };
    let warm_up = flow::send(service.address, pace, WARM_UP, 1)?;
    let outcome = flow::send(service.address, pace, length, FIRST)?;
    let what = format!("{rate}/s");
    let p99 = if rate == 217 { Goal::AtMost(15.0) } else { Goal::None };
    report.note_latencies(&format!("{what}: due to acknowledged"), &outcome.answered, p99);
    report.note_latencies(&format!("{what}: due to sent"), &outcome.lag, Goal::None);
    report.note(&format!("{what}: acknowledged"), "1/s", rate_of(&outcome), Goal::None);
    note_losses(report, &what, &[&warm_up, &outcome], service, folder.path())
}

/// As fast as answers come, on all connections at once.
pub(crate) fn flood(report: &mut Report, length: Duration) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let service = Service::start(folder.path())?;
    std::thread::sleep(WARM_UP);
    report.note("memory peak, idle", "MiB", service.memory_peak()?, Goal::None);
    let warm_up = flow::send(service.address, Pace::Closed, WARM_UP, 1)?;
    let outcome = flow::send(service.address, Pace::Closed, length, FIRST)?;
    report.note("memory peak, flooded", "MiB", service.memory_peak()?, Goal::AtMost(64.0));
    report.note("flood: acknowledged", "1/s", rate_of(&outcome), Goal::AtLeast(5_000.0));
    report.note_latencies("flood: sent to acknowledged", &outcome.answered, Goal::None);
    note_losses(report, "flood", &[&warm_up, &outcome], service, folder.path())?;
    let size = std::fs::metadata(folder.path().join("landfall.db"))?.len();
    let again = Service::start(folder.path())?;
    let what = "start to ready, on the flood's database";
    report.note(what, "ms", millis(again.ready_after), Goal::None);
    report.note("the flood's database", "MB", mega(size), Goal::None);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "far fewer deliveries than 2^52")]
fn rate_of(outcome: &Outcome) -> f64 {
    outcome.answered.len() as f64 / outcome.elapsed.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "sizes and counts stay far below 2^52")]
pub(crate) fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Kills the service and counts what its database holds: each delivery is of an issue of its own,
/// and none was worked on.
#[expect(clippy::cast_precision_loss, reason = "far fewer deliveries than 2^52")]
fn note_losses(
    report: &mut Report,
    what: &str,
    outcomes: &[&Outcome],
    service: Service,
    folder: &Path,
) -> anyhow::Result<()> {
    drop(service);
    let runtime = tokio::runtime::Runtime::new()?;
    let stored = runtime.block_on(async {
        let store = store::open(&child::database(folder), Arc::new(SystemClock)).await?;
        let backlog = store.backlog().await?;
        Ok::<u64, store::StoreError>(backlog.waiting + backlog.dead)
    })?;
    let acknowledged: usize = outcomes.iter().map(|outcome| outcome.answered.len()).sum();
    let failed: u64 = outcomes.iter().map(|outcome| outcome.failed).sum();
    let lost = (acknowledged as u64).saturating_sub(stored);
    report.note(&format!("{what}: failed"), "", failed as f64, Goal::AtMost(0.0));
    let lost_words = format!("{what}: acknowledged, then lost by kill -9");
    report.note(&lost_words, "", lost as f64, Goal::AtMost(0.0));
    Ok(())
}
