//! What GitLab can't remember for us: deliveries, jobs, saved decisions, effects in flight.
//!
//! Each method is one whole transaction. Times of leases and waits are the store's own (its clock,
//! or the database's where several processes share it), never the caller's.

mod postgres;
mod schema;
mod sqlite;
mod value;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::model::{
    Accepted, Batch, Decision, Delivery, DeliveryId, DeliveryKey, DeliveryState, EffectKey,
    EffectRecord, Incoming, IssueMemory, IssueRef, JobKind, LaneName, Lease, LostHooks, LostSource,
    NoteId, ProjectId, Purpose, Report, ReportKind, Settlement, UserId,
};

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The lane belongs to somebody else by now: stop, write nothing.
    #[error("the lease on lane `{0}` is lost")]
    LeaseLost(LaneName),
    /// The disk is full, the file locked, the server away: try again later.
    #[error("the database can't be reached or written: {0}")]
    Unavailable(String),
    /// Others were in the way, or the connection was cut: the same call may succeed at once. The
    /// store has tried a few times itself before anybody else sees this.
    #[error("the database was busy with others: {0}")]
    Contended(String),
    /// What is stored can't be read as what it should be.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
    /// The schema was written by a newer Landfall, or a migration failed.
    #[error("the database's schema: {0}")]
    Schema(String),
    /// The address of the database can't be used.
    #[error("the database address `{address}`: {reason}")]
    Address {
        /// Without user-info.
        address: String,
        /// What is wrong and what would be right.
        reason: String,
    },
}

/// How many rows wait, for `readyz`, `/metrics` and `check`.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Backlog {
    /// Jobs that wait or run.
    pub waiting: u64,
    /// Jobs that gave up.
    pub dead: u64,
    /// Deliveries in quarantine.
    pub quarantined: u64,
    /// Arrival of the oldest waiting job.
    pub oldest: Option<Timestamp>,
    /// Arrival of the newest delivery of any kind.
    pub newest_delivery: Option<Timestamp>,
}

/// The switch that stops every comment until a person lifts it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CommentStop {
    /// Why, a stable sentence without text of strangers.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// What an address can look like.
const KINDS: &str = "write `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`";

/// Opens the database at `sqlite:PATH`, `sqlite::memory:` or `postgres://…`, migrating it as needed
/// (and creating a SQLite file).
///
/// `clock` dates rows and leases. Must run inside a Tokio runtime.
///
/// # Errors
/// `Address` when the file can't be used, `Schema` when a newer Landfall wrote it, `Corrupt` when
/// it is damaged, `Unavailable` when another process holds it too long.
pub async fn open(url: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, StoreError> {
    let refused = |address: &str, reason: &str| StoreError::Address {
        address: address.to_owned(),
        reason: reason.to_owned(),
    };
    match url.split_once(':') {
        Some(("sqlite", location)) => {
            let location = location.strip_prefix("//").unwrap_or(location);
            if location.contains('?') {
                return Err(refused(url, "it takes no options; write `sqlite:PATH`"));
            }
            Ok(Arc::new(sqlite::open(location, clock).await?))
        }
        Some(("postgres" | "postgresql", _)) => Ok(Arc::new(postgres::open(url, clock).await?)),
        // The rest may hold a password.
        Some((scheme, _)) => {
            Err(refused(&format!("{scheme}:…"), &format!("an unknown kind; {KINDS}")))
        }
        None => Err(refused("…", &format!("it names no kind; {KINDS}"))),
    }
}

/// Where the receiver puts what arrives.
#[async_trait]
pub trait Inbox: Send + Sync + std::fmt::Debug + 'static {
    /// Keeps a delivery and, if it is work, its job; returns after COMMIT.
    /// Concurrent calls share one transaction (group commit).
    async fn accept(&self, incoming: Incoming) -> Result<Accepted, StoreError>;
}

/// The database, SQLite today and PostgreSQL beside it.
#[async_trait]
pub trait Store: Inbox {
    // ---- queue

    /// Stores a job unless one of the same kind already waits in its lane.
    /// Returns whether it was stored.
    async fn enqueue(&self, kind: JobKind) -> Result<bool, StoreError>;

    /// Leases the lane whose oldest ready job arrived first, with up to `limit` of its jobs
    /// (only the oldest one once its attempts reach 3: a poisonous job must not take others along).
    async fn claim(&self, lease: SignedDuration, limit: u32) -> Result<Option<Batch>, StoreError>;

    /// Extends a lease; `LeaseLost` when it has run out and somebody else holds the lane.
    async fn renew(&self, lease: &Lease, by: SignedDuration) -> Result<(), StoreError>;

    /// Ends a batch. `LeaseLost` when the lane is somebody else's: nothing is written.
    async fn settle(&self, batch: &Batch, settlement: Settlement) -> Result<(), StoreError>;

    /// Stores a job unless one of its kind was scheduled less than `every` ago; returns whether it
    /// was stored. With many processes on one database each schedule fires once.
    async fn schedule(&self, kind: JobKind, every: SignedDuration) -> Result<bool, StoreError>;

    /// Returns when another process has stored work; never where only one can.
    async fn news(&self) -> Result<(), StoreError>;

    /// Dates anew what is dated in the future, because the clock was set back since it was written:
    /// leases and waits last as long as they were meant to. Returns by how much it was set back at
    /// least. For a service that starts.
    async fn redate(&self) -> Result<SignedDuration, StoreError>;

    /// How long until the first of the jobs that wait becomes ready, zero when one is; `None` when
    /// nothing waits. A length and not a time, for the store's clock need not be the caller's.
    async fn next_ready(&self) -> Result<Option<SignedDuration>, StoreError>;

    // ---- engine

    /// When this database was born (or restored): causes older than this are searched for in
    /// GitLab before anything is said about them.
    async fn epoch(&self) -> Result<Timestamp, StoreError>;

    /// What is remembered of an issue.
    async fn memory(&self, issue: IssueRef) -> Result<Option<IssueMemory>, StoreError>;

    /// The decision saved for the oldest job of this batch, if a former attempt saved one.
    async fn saved_decision(&self, batch: &Batch) -> Result<Option<Decision>, StoreError>;

    /// Saves a decision for the batch, before the first write, and the comments it answers as
    /// answered. Replaces a stale one.
    async fn save_decision(&self, batch: &Batch, decision: &Decision) -> Result<(), StoreError>;

    /// Saves what is remembered of the issue and which comments were answered, after the last
    /// write.
    async fn remember(
        &self,
        lease: &Lease,
        memory: &IssueMemory,
        answered: &[NoteId],
    ) -> Result<(), StoreError>;

    /// Which of these comments were answered before.
    async fn answered(&self, issue: IssueRef, notes: &[NoteId]) -> Result<Vec<NoteId>, StoreError>;

    /// All effects remembered for an issue.
    async fn effects(&self, issue: IssueRef) -> Result<Vec<EffectRecord>, StoreError>;

    /// Commits `in_flight` for an effect, before its write leaves.
    async fn announce(
        &self,
        lease: &Lease,
        issue: IssueRef,
        key: &EffectKey,
        purpose: Purpose,
    ) -> Result<(), StoreError>;

    /// Records how the write went.
    async fn record(
        &self,
        lease: &Lease,
        issue: IssueRef,
        purpose: Purpose,
        record: &EffectRecord,
    ) -> Result<(), StoreError>;

    /// Forgets an announced effect whose write surely never left.
    async fn withdraw(&self, lease: &Lease, key: &EffectKey) -> Result<(), StoreError>;

    /// How many comments of these purposes became visible on the issue since then.
    async fn comments_since(
        &self,
        issue: IssueRef,
        purposes: &[Purpose],
        since: Timestamp,
    ) -> Result<u64, StoreError>;

    // ---- reconciler

    /// How far a reader of GitLab has come, by its name.
    async fn cursor(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Moves a cursor, once all that lies before it is stored.
    async fn move_cursor(&self, lease: &Lease, name: &str, to: &str) -> Result<(), StoreError>;

    /// Whether a delivery with this key is here.
    async fn knows(&self, key: &DeliveryKey) -> Result<bool, StoreError>;

    /// Whether any delivery received since then names this issue.
    async fn heard_of(&self, issue: IssueRef, since: Timestamp) -> Result<bool, StoreError>;

    /// Remembers that a webhook was lost, until it is pruned.
    async fn record_lost(
        &self,
        source: LostSource,
        issue: Option<IssueRef>,
    ) -> Result<(), StoreError>;

    /// How many lost webhooks were found since then.
    async fn lost_since(&self, since: Timestamp) -> Result<LostHooks, StoreError>;

    // ---- reports

    /// The newest report of each kind on this issue.
    async fn reports(&self, issue: IssueRef) -> Result<Vec<Report>, StoreError>;

    /// Puts a report in the place of the former one of its kind.
    async fn save_report(&self, lease: &Lease, report: &Report) -> Result<(), StoreError>;

    /// Reports whose time has come; each is due again at the later moment, unless it is made anew
    /// before.
    async fn take_due_reports(
        &self,
        now: Timestamp,
        again_at: Timestamp,
    ) -> Result<Vec<(IssueRef, ReportKind)>, StoreError>;

    /// How many issues of the project got a report of this kind since then; of one author or of all.
    async fn count_reports(
        &self,
        project: ProjectId,
        kind: ReportKind,
        since: Timestamp,
        author: Option<UserId>,
    ) -> Result<u64, StoreError>;

    /// Notes which sources an issue names, normalised, in the place of what was noted before.
    async fn note_sources(
        &self,
        lease: &Lease,
        issue: IssueRef,
        sources: &[String],
    ) -> Result<(), StoreError>;

    /// Other issues of the project that name any of these sources, by number.
    async fn issues_with_sources(
        &self,
        issue: IssueRef,
        sources: &[String],
    ) -> Result<Vec<IssueRef>, StoreError>;

    // ---- operators

    /// Deliveries, newest first, of this state or of all.
    async fn deliveries(
        &self,
        state: Option<DeliveryState>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// One delivery.
    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError>;

    /// The raw body of a delivery, while it is kept.
    async fn delivery_body(&self, id: DeliveryId) -> Result<Option<Vec<u8>>, StoreError>;

    /// Puts a dead or quarantined delivery back to work with this job.
    /// Returns false when it is in neither state.
    async fn retry_delivery(&self, id: DeliveryId, kind: JobKind) -> Result<bool, StoreError>;

    /// Closes the case of a dead or quarantined delivery. Returns false when it is in neither
    /// state.
    async fn resolve_delivery(&self, id: DeliveryId) -> Result<bool, StoreError>;

    /// Counts for health and metrics.
    async fn backlog(&self) -> Result<Backlog, StoreError>;

    /// The comment stop, when it is on.
    async fn comment_stop(&self) -> Result<Option<CommentStop>, StoreError>;

    /// Stops all comments; keeps the first reason when it is on already.
    async fn stop_comments(&self, reason: &str) -> Result<(), StoreError>;

    /// Lifts the comment stop; the caller logs who and why. Returns whether it was on.
    async fn resume_comments(&self) -> Result<bool, StoreError>;

    /// Drops bodies and rows of finished deliveries received before this time, in small steps.
    /// Returns how many rows went.
    async fn prune(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Copies the whole database, as of one moment, into a file that is not there yet. Whoever opens
    /// the copy begins a new epoch. Only for SQLite: PostgreSQL has its own tools.
    async fn backup(&self, file: &Path) -> Result<(), StoreError>;

    /// Whether what commits deliveries still runs.
    fn is_taking_in(&self) -> bool;

    /// Asks the database something cheap, to know that it is there and writable.
    async fn ping(&self) -> Result<(), StoreError>;
}
