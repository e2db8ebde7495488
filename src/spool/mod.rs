//! Keeps deliveries on this machine's disk while the database is away, and hands them on in order.
//!
//! GitLab sends once. A database server that restarts for a minute would cost a minute of deliveries,
//! and four refusals in a row switch the webhook off. So what the database can't take is written to a
//! file, synced, and acknowledged; from then on everything goes that way until the database has taken
//! all of it.

mod drain;
mod file;
mod keeper;
mod record;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::model::{Accepted, Incoming};
use crate::store::{Inbox, StoreError};

use keeper::Keeper;

/// How many deliveries may wait to be written before callers are held back.
const WAITING: usize = 1024;

/// Where and how much.
#[derive(Debug, Clone)]
pub struct SpoolSettings {
    /// Made when it is first needed; processes may share it.
    pub folder: PathBuf,
    /// Most bytes that wait in it.
    pub max_bytes: u64,
    /// How long the database may take before a delivery goes to the file: well below the ten seconds
    /// after which GitLab hangs up.
    pub patience: Duration,
    /// Between two tries to hand on what waits.
    pub retry: Duration,
}

impl SpoolSettings {
    /// The usual waits. The time scale divides the one between tries; the other is a deadline of the
    /// receiver.
    pub fn new(folder: PathBuf, max_bytes: u64, time_scale: f64) -> Self {
        Self {
            folder,
            max_bytes,
            patience: Duration::from_secs(5),
            retry: Duration::from_secs(1).div_f64(time_scale),
        }
    }
}

/// What others may know of it.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Deliveries go to the file first.
    is_spooling: AtomicBool,
    /// Deliveries that wait in files of this process.
    waiting: AtomicU64,
    /// The last delivery could be kept nowhere.
    is_full: AtomicBool,
}

/// One delivery and who waits for the disk.
struct Ticket {
    incoming: Incoming,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

/// An inbox that keeps what the one behind it can't.
#[derive(Debug)]
pub struct Spool {
    inbox: Arc<dyn Inbox>,
    patience: Duration,
    state: Arc<State>,
    tickets: mpsc::Sender<Ticket>,
}

impl Spool {
    /// Starts the task that writes files and hands on what they hold, beginning with what an earlier
    /// process left. `wake` is called when work was handed on. Must run inside a Tokio
    /// runtime of several threads.
    pub fn start(
        inbox: Arc<dyn Inbox>,
        settings: SpoolSettings,
        clock: Arc<dyn Clock>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        let (tickets, receiver) = mpsc::channel(WAITING);
        let state = Arc::new(State::default());
        let patience = settings.patience;
        let keeper = Keeper::new(Arc::clone(&inbox), settings, clock, wake, Arc::clone(&state));
        tokio::spawn(keeper.run(receiver));
        Self { inbox, patience, state, tickets }
    }

    /// Deliveries that wait for the database.
    pub fn waiting(&self) -> u64 {
        self.state.waiting.load(Ordering::Relaxed)
    }

    /// Whether deliveries go to the file first, since older ones wait there.
    pub fn is_spooling(&self) -> bool {
        self.state.is_spooling.load(Ordering::Relaxed)
    }

    /// Whether the last delivery could be kept nowhere.
    pub fn is_full(&self) -> bool {
        self.state.is_full.load(Ordering::Relaxed)
    }

    async fn keep(&self, incoming: Incoming) -> Result<Accepted, StoreError> {
        let gone = || StoreError::Unavailable("the spool's writer has stopped; restart".to_owned());
        let (answer, outcome) = oneshot::channel();
        self.tickets.send(Ticket { incoming, answer }).await.map_err(|_| gone())?;
        outcome.await.map_err(|_| gone())??;
        Ok(Accepted::Spooled)
    }
}

#[async_trait]
impl Inbox for Spool {
    async fn accept(&self, incoming: Incoming) -> Result<Accepted, StoreError> {
        if !self.state.is_spooling.load(Ordering::Acquire) {
            match timeout(self.patience, self.inbox.accept(incoming.clone())).await {
                Ok(Ok(accepted)) => return Ok(accepted),
                Ok(Err(error)) => tracing::warn!(event = "spool", %error, "kept in a file instead"),
                Err(_) => tracing::warn!(event = "spool", "the database takes too long"),
            }
        }
        self.keep(incoming).await
    }
}
