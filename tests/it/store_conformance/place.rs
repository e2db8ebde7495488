//! Where a store stands, and the things that are put into it.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use landfall::clock::{Clock, ManualClock};
use landfall::model::{
    Accepted, Batch, DeliveryId, DeliveryKey, Disposition, Event, Incoming, IssueIid, IssueRef,
    JobKind, ProjectId,
};
use landfall::store::{self, Store};
use sha2::{Digest, Sha256};

/// A database that can be opened more than once.
#[async_trait]
pub(crate) trait Place: Send + Sync {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn Store>;

    /// Moves the clock that is the database's own, where it has one.
    async fn advance(&self, _: SignedDuration) {}
}

/// The clock of a test: of the process, and of the database where that has its own.
#[derive(Debug)]
pub(crate) struct Time<'a> {
    process: Arc<ManualClock>,
    place: Named<'a>,
}

/// A place in a struct that wants `Debug`.
struct Named<'a>(&'a dyn Place);

impl std::fmt::Debug for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a place")
    }
}

impl Time<'_> {
    /// For another opening, by the same clock.
    pub(crate) fn process(&self) -> Arc<ManualClock> {
        Arc::clone(&self.process)
    }

    pub(crate) async fn advance(&self, by: SignedDuration) {
        self.process.advance(by);
        self.place.0.advance(by).await;
    }
}

/// A SQLite file in a directory that goes with it.
pub(crate) struct SqliteFile(tempfile::TempDir);

impl SqliteFile {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.0.path().join("landfall.db")
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }
}

#[async_trait]
impl Place for SqliteFile {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn Store> {
        store::open(&self.url(), clock).await.unwrap()
    }
}

/// The whole database in memory; each opening is another one.
pub(crate) struct SqliteMemory;

#[async_trait]
impl Place for SqliteMemory {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn Store> {
        store::open("sqlite::memory:", clock).await.unwrap()
    }
}

/// Runs each rule against each kind of database.
macro_rules! rules {
    ($($rule:ident),+ $(,)?) => {
        mod sqlite_file {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                super::$rule(&crate::store_conformance::place::SqliteFile::new()).await;
            })+
        }
        mod sqlite_memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                super::$rule(&crate::store_conformance::place::SqliteMemory).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                super::$rule(&crate::store_conformance::postgres::Server::database().await).await;
            })+
        }
    };
}
pub(crate) use rules;

pub(crate) const LEASE: SignedDuration = SignedDuration::from_secs(60);

pub(crate) fn start() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(start()))
}

/// A store and the clock that it reads.
pub(crate) async fn opened(place: &dyn Place) -> (Arc<dyn Store>, Time<'_>) {
    let process = clock();
    (place.open(process.clone()).await, Time { process, place: Named(place) })
}

pub(crate) fn issue(iid: u64) -> IssueRef {
    IssueRef { project: ProjectId(7), iid: IssueIid(iid) }
}

pub(crate) fn visit(iid: u64) -> JobKind {
    JobKind::Visit { issue: issue(iid) }
}

pub(crate) fn given(key: &str) -> DeliveryKey {
    DeliveryKey::Given(key.to_owned())
}

pub(crate) fn incoming(key: DeliveryKey, body: &str, disposition: Disposition) -> Incoming {
    Incoming {
        key,
        body_digest: Sha256::digest(body.as_bytes()).into(),
        event_name: "Issue Hook".to_owned(),
        body: body.to_owned().into(),
        disposition,
        received_at: start(),
    }
}

/// A delivery that is work on issue `iid`.
pub(crate) fn work(key: &str, iid: u64) -> Incoming {
    let event = Event::IssueChanged { issue: issue(iid) };
    incoming(given(key), "{}", Disposition::Work(event))
}

pub(crate) async fn accept_new(store: &Arc<dyn Store>, incoming: Incoming) -> DeliveryId {
    match store.accept(incoming).await.unwrap() {
        Accepted::New(id) => id,
        other => panic!("not new: {other:?}"),
    }
}

pub(crate) async fn claim(store: &Arc<dyn Store>) -> Batch {
    store.claim(LEASE, 50).await.unwrap().expect("a lane is ready")
}
