//! Acknowledged deliveries: how many, how fast, in how much memory, and whether they are kept.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::child::Service;
use crate::flow::{self, Outcome, Pace};
use crate::report::{Goal, Report, millis};
use crate::{database, strangers};

/// Sent before anything counts: connections, caches, a first page of the database.
const WARM_UP: Duration = Duration::from_secs(2);
/// Issues of the warm-up stand apart from those that count.
const FIRST: u64 = 1_000_000;

/// A fixed rate onto a SQLite file.
pub(crate) fn on_sqlite(report: &mut Report, rate: u32, length: Duration) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let p99 = if rate == 217 { Goal::AtMost(15.0) } else { Goal::None };
    let ground = Ground::new(folder.path(), database::file(folder.path()))?;
    ground.open_loop(report, &format!("{rate}/s"), rate, length, p99)
}

/// GitLab.com's highest rate onto a PostgreSQL server.
pub(crate) fn on_postgres(report: &mut Report, length: Duration) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let ground = Ground::new(folder.path(), database::on_server()?)?;
    ground.open_loop(report, "PostgreSQL, 217/s", 217, length, Goal::AtMost(30.0))
}

/// The same rate while strangers knock ten thousand times a second, or as often as they get answers.
#[expect(clippy::cast_precision_loss, reason = "far fewer requests than 2^52")]
pub(crate) fn among_strangers(report: &mut Report, length: Duration) -> anyhow::Result<()> {
    const RATE: u32 = 10_000;
    let folder = tempfile::tempdir()?;
    let ground = Ground::new(folder.path(), database::file(folder.path()))?;
    let (address, stop) = (ground.service.address, AtomicBool::new(false));
    let (refused, other, elapsed) = std::thread::scope(|scope| {
        let knocking = scope.spawn(|| {
            let started = std::time::Instant::now();
            let (refused, other) = strangers::knock(address, RATE, &stop);
            (refused, other, started.elapsed())
        });
        let outcome =
            ground.open_loop(report, "among strangers, 217/s", 217, length, Goal::AtMost(100.0));
        stop.store(true, Ordering::Relaxed);
        outcome?;
        knocking.join().map_err(|_| anyhow::anyhow!("the strangers ended badly"))
    })?;
    let rate = refused as f64 / elapsed.as_secs_f64();
    report.note("strangers: refused with 401", "1/s", rate, Goal::None);
    report.note("strangers: anything else", "", other as f64, Goal::AtMost(0.0));
    Ok(())
}

/// The same rate over a million deliveries that wait.
pub(crate) fn over_a_backlog(report: &mut Report, length: Duration) -> anyhow::Result<()> {
    const ROWS: u32 = 1_000_000;
    let folder = tempfile::tempdir()?;
    let url = database::file(folder.path());
    database::fill(&url, ROWS)?;
    let ground = Ground::new(folder.path(), url)?;
    report.note(
        "a million waiting: start to ready",
        "ms",
        millis(ground.service.ready_after),
        Goal::None,
    );
    ground.open_loop(report, "a million waiting, 217/s", 217, length, Goal::None)
}

/// A service on a database, and what lies in that already.
struct Ground {
    url: String,
    before: u64,
    service: Service,
}

impl Ground {
    fn new(folder: &Path, url: String) -> anyhow::Result<Self> {
        let before = database::stored(&url)?;
        let service = Service::start_on(folder, &url)?;
        Ok(Self { url, before, service })
    }

    /// A fixed rate, latency counted from when each delivery was due.
    fn open_loop(
        self,
        report: &mut Report,
        what: &str,
        rate: u32,
        length: Duration,
        p99: Goal,
    ) -> anyhow::Result<()> {
        let pace = Pace::Open { rate };
        let warm_up = flow::send(self.service.address, pace, WARM_UP, 1)?;
        let outcome = flow::send(self.service.address, pace, length, FIRST)?;
        report.note_latencies(&format!("{what}: due to acknowledged"), &outcome.answered, p99);
        report.note_latencies(&format!("{what}: due to sent"), &outcome.lag, Goal::None);
        report.note(&format!("{what}: acknowledged"), "1/s", rate_of(&outcome), Goal::None);
        let peak = self.service.memory_peak()?;
        report.note(&format!("{what}: memory peak"), "MiB", peak, Goal::AtMost(128.0));
        self.note_losses(report, what, &[&warm_up, &outcome])
    }
    /// Kills the service and counts what its database holds: each delivery is of an issue of its own,
    /// and none was worked on.
    #[expect(clippy::cast_precision_loss, reason = "far fewer deliveries than 2^52")]
    fn note_losses(
        self,
        report: &mut Report,
        what: &str,
        outcomes: &[&Outcome],
    ) -> anyhow::Result<()> {
        drop(self.service);
        let stored = database::stored(&self.url)?.saturating_sub(self.before);
        let acknowledged: usize = outcomes.iter().map(|outcome| outcome.answered.len()).sum();
        let failed: u64 = outcomes.iter().map(|outcome| outcome.failed).sum();
        let lost = (acknowledged as u64).saturating_sub(stored);
        report.note(&format!("{what}: failed"), "", failed as f64, Goal::AtMost(0.0));
        let lost_words = format!("{what}: acknowledged, then lost by kill -9");
        report.note(&lost_words, "", lost as f64, Goal::AtMost(0.0));
        Ok(())
    }
}

/// As fast as answers come, on all connections at once.
pub(crate) fn flood(report: &mut Report, length: Duration) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let ground = Ground::new(folder.path(), database::file(folder.path()))?;
    let service = &ground.service;
    std::thread::sleep(WARM_UP);
    report.note("memory peak, idle", "MiB", service.memory_peak()?, Goal::None);
    let warm_up = flow::send(service.address, Pace::Closed, WARM_UP, 1)?;
    let outcome = flow::send(service.address, Pace::Closed, length, FIRST)?;
    report.note("memory peak, flooded", "MiB", service.memory_peak()?, Goal::AtMost(64.0));
    report.note("flood: acknowledged", "1/s", rate_of(&outcome), Goal::AtLeast(5_000.0));
    report.note_latencies("flood: sent to acknowledged", &outcome.answered, Goal::None);
    ground.note_losses(report, "flood", &[&warm_up, &outcome])?;
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
