//! The store in one SQLite file: one connection writes, a few read.

mod backup;
mod deliveries;
mod engine;
mod open;
mod operators;
mod queue;
mod reconciler;
mod schedule;
mod settle;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use sqlx::{Sqlite, SqlitePool, Transaction};

use self::deliveries::Entrance;
pub(super) use self::open::open;
use super::{Backlog, CommentStop, Inbox, Store, StoreError};
use crate::clock::Clock;
use crate::model::{
    Accepted, Batch, Decision, Delivery, DeliveryId, DeliveryState, EffectKey, EffectRecord,
    Incoming, IssueMemory, IssueRef, JobKind, Lease, LostHooks, LostSource, NoteId, Purpose,
    Settlement,
};

/// An open SQLite database.
#[derive(Debug)]
pub(super) struct SqliteStore {
    writer: Writer,
    reader: SqlitePool,
    entrance: Entrance,
}

/// The one connection that writes, and the clock that dates what it writes.
#[derive(Debug, Clone)]
struct Writer {
    pool: SqlitePool,
    /// Absent for a database in memory.
    file: Option<Arc<open::File>>,
    clock: Arc<dyn Clock>,
}

impl Writer {
    /// Begins a transaction that may write. Immediate: one that only reads first and then wants
    /// to write would fail at once beside another writer, without the busy timeout.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.check_file()?;
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)
    }

    fn check_file(&self) -> Result<(), StoreError> {
        self.file.as_ref().map_or(Ok(()), |file| file.check())
    }

    fn now(&self) -> i64 {
        millis(self.clock.now())
    }
}

impl SqliteStore {
    fn start(
        pool: SqlitePool,
        reader: SqlitePool,
        file: Option<open::File>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let writer = Writer { pool, file: file.map(Arc::new), clock };
        let entrance = Entrance::open(writer.clone());
        Self { writer, reader, entrance }
    }
}

/// SQLite's primary result code, when the error is its own.
fn result_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

/// What an error of the driver means to a caller. SQLite's messages name tables, never values.
fn failed(error: sqlx::Error) -> StoreError {
    const CORRUPT: i32 = 11;
    const NOT_A_DATABASE: i32 = 26;
    match (&error, result_code(&error)) {
        (sqlx::Error::Database(inner), Some(CORRUPT | NOT_A_DATABASE)) => {
            StoreError::Corrupt(format!("{}; restore the latest backup", inner.message()))
        }
        (sqlx::Error::Database(inner), _) => StoreError::Unavailable(inner.message().to_owned()),
        (
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound,
            _,
        ) => StoreError::Corrupt(error.to_string()),
        _ => StoreError::Unavailable(error.to_string()),
    }
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn milliseconds(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn instant(millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis)
        .map_err(|_| StoreError::Corrupt(format!("{millis} ms as a time")))
}

fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn from_json<T: DeserializeOwned>(json: &str, what: &str) -> Result<T, StoreError> {
    // serde's message can quote the text; its place says enough.
    serde_json::from_str(json).map_err(|error| {
        StoreError::Corrupt(format!("{what}, at {}:{}", error.line(), error.column()))
    })
}

/// Without U+0000, which PostgreSQL's text refuses and SQLite's tools cut at.
fn cleaned(text: &str) -> String {
    text.replace('\0', "")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[async_trait]
impl Inbox for SqliteStore {
    async fn accept(&self, incoming: Incoming) -> Result<Accepted, StoreError> {
        self.entrance.accept(incoming).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn enqueue(&self, kind: JobKind) -> Result<bool, StoreError> {
        self.queue_enqueue(&kind).await
    }

    async fn claim(&self, lease: SignedDuration, limit: u32) -> Result<Option<Batch>, StoreError> {
        self.queue_claim(lease, limit).await
    }

    async fn renew(&self, lease: &Lease, by: SignedDuration) -> Result<(), StoreError> {
        self.queue_renew(lease, by).await
    }

    async fn settle(&self, batch: &Batch, settlement: Settlement) -> Result<(), StoreError> {
        self.queue_settle(batch, &settlement).await
    }

    async fn schedule(&self, kind: JobKind, every: SignedDuration) -> Result<bool, StoreError> {
        self.schedule_job(&kind, every).await
    }

    /// Another process on the same file (a command at the terminal) is found by looking again.
    async fn news(&self) -> Result<(), StoreError> {
        std::future::pending().await
    }

    async fn next_ready(&self) -> Result<Option<SignedDuration>, StoreError> {
        self.queue_next_ready().await
    }

    async fn epoch(&self) -> Result<Timestamp, StoreError> {
        self.engine_epoch().await
    }

    async fn memory(&self, issue: IssueRef) -> Result<Option<IssueMemory>, StoreError> {
        self.engine_memory(issue).await
    }

    async fn saved_decision(&self, batch: &Batch) -> Result<Option<Decision>, StoreError> {
        self.engine_saved_decision(batch).await
    }

    async fn save_decision(&self, batch: &Batch, decision: &Decision) -> Result<(), StoreError> {
        self.engine_save_decision(batch, decision).await
    }

    async fn remember(
        &self,
        lease: &Lease,
        memory: &IssueMemory,
        answered: &[NoteId],
    ) -> Result<(), StoreError> {
        self.engine_remember(lease, memory, answered).await
    }

    async fn answered(&self, issue: IssueRef, notes: &[NoteId]) -> Result<Vec<NoteId>, StoreError> {
        self.engine_answered(issue, notes).await
    }

    async fn effects(&self, issue: IssueRef) -> Result<Vec<EffectRecord>, StoreError> {
        self.engine_effects(issue).await
    }

    async fn announce(
        &self,
        lease: &Lease,
        issue: IssueRef,
        key: &EffectKey,
        purpose: Purpose,
    ) -> Result<(), StoreError> {
        self.engine_announce(lease, issue, key, purpose).await
    }

    async fn record(
        &self,
        lease: &Lease,
        issue: IssueRef,
        purpose: Purpose,
        record: &EffectRecord,
    ) -> Result<(), StoreError> {
        self.engine_record(lease, issue, purpose, record).await
    }

    async fn withdraw(&self, lease: &Lease, key: &EffectKey) -> Result<(), StoreError> {
        self.engine_withdraw(lease, key).await
    }

    async fn comments_since(
        &self,
        issue: IssueRef,
        purposes: &[Purpose],
        since: Timestamp,
    ) -> Result<u64, StoreError> {
        self.engine_comments_since(issue, purposes, since).await
    }

    async fn cursor(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.reconciler_cursor(name).await
    }

    async fn move_cursor(&self, lease: &Lease, name: &str, to: &str) -> Result<(), StoreError> {
        self.reconciler_move_cursor(lease, name, to).await
    }

    async fn heard_of(&self, issue: IssueRef, since: Timestamp) -> Result<bool, StoreError> {
        self.reconciler_heard_of(issue, since).await
    }

    async fn record_lost(
        &self,
        source: LostSource,
        issue: Option<IssueRef>,
    ) -> Result<(), StoreError> {
        self.reconciler_record_lost(source, issue).await
    }

    async fn lost_since(&self, since: Timestamp) -> Result<LostHooks, StoreError> {
        self.reconciler_lost_since(since).await
    }

    async fn deliveries(
        &self,
        state: Option<DeliveryState>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.operators_deliveries(state, limit).await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.operators_delivery(id).await
    }

    async fn delivery_body(&self, id: DeliveryId) -> Result<Option<Vec<u8>>, StoreError> {
        self.operators_delivery_body(id).await
    }

    async fn retry_delivery(&self, id: DeliveryId, kind: JobKind) -> Result<bool, StoreError> {
        self.operators_retry(id, &kind).await
    }

    async fn resolve_delivery(&self, id: DeliveryId) -> Result<bool, StoreError> {
        self.operators_resolve(id).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.operators_backlog().await
    }

    async fn comment_stop(&self) -> Result<Option<CommentStop>, StoreError> {
        self.operators_comment_stop().await
    }

    async fn stop_comments(&self, reason: &str) -> Result<(), StoreError> {
        self.operators_stop_comments(reason).await
    }

    async fn resume_comments(&self) -> Result<bool, StoreError> {
        self.operators_resume_comments().await
    }

    async fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.operators_prune(before).await
    }

    async fn backup(&self, file: &Path) -> Result<(), StoreError> {
        self.backup_to(file).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.operators_ping().await
    }
}
