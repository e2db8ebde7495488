//! The one task that owns the files: it writes what comes, and has what waits handed on.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;
use tokio::task::{JoinHandle, block_in_place};
use tokio::time::{Instant, interval_at};

use super::drain::{self, Drainage, Drained};
use super::file::{SpoolFile, orphans};
use super::{SpoolSettings, State, Ticket, record};
use crate::clock::Clock;
use crate::crash;
use crate::store::{Inbox, StoreError};

/// Deliveries that share one sync of the disk.
const GROUP: usize = 256;
/// A file that has reached this is closed, so that it can go once it was handed on.
const FILE_BYTES: u64 = 64 << 20;
/// Files that other processes left are looked for once in so many tries.
const LOOK_AROUND: u32 = 30;

pub(super) struct Keeper {
    inbox: Arc<dyn Inbox>,
    settings: SpoolSettings,
    clock: Arc<dyn Clock>,
    wake: Arc<dyn Fn() + Send + Sync>,
    state: Arc<State>,
    /// Closed files, oldest first, and the one that is written.
    files: VecDeque<SpoolFile>,
    is_open: bool,
    /// How far the oldest file was handed on.
    start: u64,
    draining: Option<JoinHandle<Drained>>,
}

impl Keeper {
    pub(super) fn new(
        inbox: Arc<dyn Inbox>,
        settings: SpoolSettings,
        clock: Arc<dyn Clock>,
        wake: Arc<dyn Fn() + Send + Sync>,
        state: Arc<State>,
    ) -> Self {
        Self {
            inbox,
            settings,
            clock,
            wake,
            state,
            files: VecDeque::new(),
            is_open: false,
            start: 0,
            draining: None,
        }
    }

    /// Runs until nobody can send a ticket any more.
    pub(super) async fn run(mut self, mut tickets: mpsc::Receiver<Ticket>) {
        let mut group = Vec::with_capacity(GROUP);
        let mut timer = interval_at(Instant::now(), self.settings.retry);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut ticks = 0_u32;
        loop {
            tokio::select! {
                count = tickets.recv_many(&mut group, GROUP) => {
                    if count == 0 {
                        return;
                    }
                    self.write(&mut group);
                }
                drained = finished(&mut self.draining) => {
                    self.draining = None;
                    // While it goes well there is no reason to wait for the timer.
                    if self.take_note(drained) {
                        self.drain();
                    }
                }
                _ = timer.tick() => {
                    if ticks.is_multiple_of(LOOK_AROUND) {
                        self.look_around();
                    }
                    ticks = ticks.wrapping_add(1);
                    self.drain();
                }
            }
        }
    }

    /// Writes a group with one sync, and answers who waits.
    fn write(&mut self, group: &mut Vec<Ticket>) {
        let mut bytes = Vec::new();
        let mut waiting = Vec::with_capacity(group.len());
        for ticket in group.drain(..) {
            match record::encode(&ticket.incoming, &mut bytes) {
                Ok(()) => waiting.push(ticket.answer),
                Err(record::TooLarge) => {
                    let _ = ticket.answer.send(Err(unavailable("it is too large for the spool")));
                }
            }
        }
        let written = self.append(&bytes);
        crash::point("spool.written");
        let count = waiting.len() as u64;
        self.state.is_full.store(written.is_err(), Ordering::Relaxed);
        match &written {
            Ok(()) => {
                metrics::counter!("landfall_spooled_total").increment(count);
                self.state.waiting.fetch_add(count, Ordering::Relaxed);
                self.state.is_spooling.store(true, Ordering::Release);
            }
            Err(error) => {
                metrics::counter!("landfall_alarms_total", "alarm" => "spool_full").increment(1);
                tracing::error!(event = "alarm", alarm = "spool_full", %error);
            }
        }
        for answer in waiting {
            let told = written.as_ref().map_err(|error| unavailable(&error.to_string()));
            let _ = answer.send(told.copied());
        }
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let held: u64 = self.files.iter().map(SpoolFile::length).sum();
        if held + bytes.len() as u64 > self.settings.max_bytes {
            return Err(io::Error::new(
                io::ErrorKind::QuotaExceeded,
                "the spool is full; bring the database back, or raise LANDFALL_SPOOL_MEGABYTES",
            ));
        }
        block_in_place(|| {
            let file = self.open_file()?;
            let written = file.append(bytes);
            let is_over = written.is_err() || file.length() > FILE_BYTES;
            self.is_open = !is_over;
            written
        })
    }

    fn open_file(&mut self) -> io::Result<&mut SpoolFile> {
        if !self.is_open {
            fs::create_dir_all(&self.settings.folder)?;
            // Names sort by time; two processes may begin in the same instant.
            let now = self.clock.now().as_microsecond().max(0);
            let name = format!("{now:020}-{:08x}", fastrand::u32(..));
            self.files.push_back(SpoolFile::create(&self.settings.folder, &name)?);
            self.is_open = true;
        }
        self.files.back_mut().ok_or_else(|| io::Error::other("no file of the spool is open"))
    }

    /// Takes over what processes left that are no more.
    fn look_around(&mut self) {
        match block_in_place(|| orphans(&self.settings.folder)) {
            Ok(found) => {
                for file in found.into_iter().rev() {
                    tracing::info!(
                        event = "spool",
                        bytes = file.length(),
                        "left by another process"
                    );
                    self.state.is_spooling.store(true, Ordering::Release);
                    // Older than what this process wrote, but for the file being handed on.
                    let place = usize::from(self.start > 0 || self.draining.is_some());
                    self.files.insert(place.min(self.files.len()), file);
                }
            }
            Err(error) => tracing::warn!(event = "spool", %error, "the spool can't be looked at"),
        }
    }

    /// Hands on the next portion, unless one is under way.
    fn drain(&mut self) {
        if self.draining.is_some() {
            return;
        }
        let Some(oldest) = self.files.front() else { return };
        let portion = match block_in_place(|| oldest.read(self.start, GROUP)) {
            Ok((deliveries, next)) => Drainage { deliveries, next },
            Err(error) => {
                tracing::error!(event = "spool", %error, "a file of the spool can't be read");
                return;
            }
        };
        let (inbox, patience) = (Arc::clone(&self.inbox), self.settings.patience);
        self.draining = Some(tokio::spawn(drain::hand_on(inbox, portion, patience)));
    }

    /// Returns whether to go on at once.
    fn take_note(&mut self, drained: Drained) -> bool {
        let Drained::Done { count, next } = drained else { return false };
        crash::point("spool.drained");
        if count > 0 {
            (self.wake)();
        }
        let before = self.state.waiting.load(Ordering::Relaxed);
        self.state.waiting.store(before.saturating_sub(count), Ordering::Relaxed);
        self.start = next;
        let is_done = self.files.front().is_some_and(|file| next >= file.length());
        if is_done && let Some(file) = self.files.pop_front() {
            self.start = 0;
            self.is_open &= !self.files.is_empty();
            if let Err(error) = file.remove() {
                // It will be read again, and every delivery in it be a duplicate.
                tracing::warn!(event = "spool", %error, "a file of the spool can't be removed");
            }
        }
        if self.files.is_empty() {
            self.state.waiting.store(0, Ordering::Relaxed);
            self.state.is_spooling.store(false, Ordering::Release);
            tracing::info!(event = "spool", "all that waited was handed on");
        }
        !self.files.is_empty()
    }
}

/// The end of a task, if there is one.
async fn finished(task: &mut Option<JoinHandle<Drained>>) -> Drained {
    match task {
        Some(task) => task.await.unwrap_or(Drained::Refused),
        None => std::future::pending().await,
    }
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}
