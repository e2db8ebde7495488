//! What a sync costs here: the floor under every acknowledged delivery.

use std::os::unix::fs::FileExt as _;
use std::time::Instant;

use crate::report::{Goal, Report};

const TIMES: usize = 2_000;
/// One page of the database.
const PAGE: [u8; 4096] = [7; 4096];

/// Overwrites one page and syncs it, over and over, as a log that has reached its full size does.
pub(crate) fn sync(report: &mut Report) -> anyhow::Result<()> {
    let file = tempfile::tempfile()?;
    file.write_all_at(&PAGE, 0)?;
    file.sync_all()?;
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let started = Instant::now();
        file.write_all_at(&PAGE, 0)?;
        file.sync_data()?;
        times.push(started.elapsed());
    }
    report.note_latencies("one page written and synced", &times, Goal::None);
    Ok(())
}
