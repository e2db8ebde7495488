//! A disk that recorded writes are played to, and that loses its power.

use std::collections::BTreeMap;
use std::path::Path;

use crate::trace::{Event, What};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// What a disk surely holds of each file, and what it was given since.
#[derive(Default)]
pub(crate) struct Disk {
    files: BTreeMap<String, File>,
    pub(crate) syncs: u64,
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Event>,
}

impl Disk {
    /// Takes the next event; what ended before `settled` is durable in any case.
    pub(crate) fn take(&mut self, event: Event, settled: i64) {
        let file = self.files.entry(event.file.clone()).or_default();
        if event.what == What::Sync {
            self.syncs += 1;
            // Written while the sync was under way: it may have come too late for it.
            let (covered, late): (Vec<_>, Vec<_>) =
                file.pending.drain(..).partition(|write| write.end <= event.start);
            file.pending = late;
            for write in covered {
                apply(&mut file.durable, &write.what);
            }
        } else if event.end <= settled {
            apply(&mut file.durable, &event.what);
        } else {
            file.pending.push(event);
        }
    }

    /// Writes the files as they are after a cut: without what is pending, or with some sectors of it.
    /// Returns how many writes were dropped and how many arrived.
    pub(crate) fn cut(
        &self,
        folder: &Path,
        mut random: Option<&mut fastrand::Rng>,
    ) -> anyhow::Result<(u64, u64)> {
        let (mut dropped, mut arrived) = (0, 0);
        for (name, file) in &self.files {
            let mut bytes = file.durable.clone();
            for write in &file.pending {
                if let Some(random) = &mut random
                    && random.bool()
                {
                    arrived += 1;
                    apply(&mut bytes, &torn(&write.what, random));
                } else {
                    dropped += 1;
                }
            }
            std::fs::write(folder.join(name), bytes)?;
        }
        Ok((dropped, arrived))
    }
}

fn apply(bytes: &mut Vec<u8>, what: &What) {
    match what {
        What::Write { at, bytes: new } => {
            let at = at.unwrap_or(bytes.len());
            let end = at + new.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[at..end].copy_from_slice(new);
        }
        What::Cut { length } => bytes.resize(*length, 0),
        What::Sync => {}
    }
}

/// Half of the time only the beginning of a write, up to the end of a sector.
fn torn(what: &What, random: &mut fastrand::Rng) -> What {
    let mut what = what.clone();
    if let What::Write { at, bytes } = &mut what
        && random.bool()
    {
        let at = at.unwrap_or_default();
        let sectors = (at + bytes.len()).div_ceil(SECTOR) - at / SECTOR;
        let end = (at / SECTOR + random.usize(0..=sectors)) * SECTOR;
        bytes.truncate(end.saturating_sub(at));
    }
    what
}
