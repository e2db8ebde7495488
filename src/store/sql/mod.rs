//! The store in SQL, written once for both databases.
//!
//! This folder is compiled twice: as a child of `sqlite` and as a child of `postgres`. What differs
//! between them (types, locks, the clock, what an error means) is what `super` offers.

pub(super) mod deliveries;
mod engine;
mod epoch;
mod operators;
pub(super) mod queue;
pub(super) mod reconciler;
mod redate;
mod reports;
mod retry;
mod schedule;
mod settle;

use std::path::Path;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sqlx::Pool;

use self::deliveries::Entrance;
use self::retry::again;
use super::{Connection, Db, DbRow, NEXT_FENCE, Writer, failed, insert_jobs, lock_content};
use crate::model::{
    Accepted, Batch, Decision, Delivery, DeliveryId, DeliveryKey, DeliveryState, EffectKey,
    EffectRecord, Incoming, IssueMemory, IssueRef, JobKind, Lease, LostHooks, LostSource, NoteId,
    ProjectId, Purpose, Report, ReportKind, Settlement, UserId,
};
use crate::store::value::{
    cleaned, from_json, hex, instant, millis, milliseconds, sha256, to_json,
};
use crate::store::{Backlog, CommentStop, Inbox, Store, StoreError};

pub(super) use self::epoch::begin_epoch;

/// An open database.
#[derive(Debug)]
pub(in crate::store) struct SqlStore {
    pub(super) writer: Writer,
    pub(super) reader: Pool<Db>,
    pub(super) entrance: Entrance,
}

impl SqlStore {
    /// Starts the task that commits what arrives. Must run inside a Tokio runtime.
    pub(super) fn start(writer: Writer, reader: Pool<Db>) -> Self {
        let entrance = Entrance::open(writer.clone());
        Self { writer, reader, entrance }
    }
}

#[async_trait]
impl Inbox for SqlStore {
    async fn accept(&self, incoming: Incoming) -> Result<Accepted, StoreError> {
        self.entrance.accept(incoming).await
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn enqueue(&self, kind: JobKind) -> Result<bool, StoreError> {
        again(|| self.queue_enqueue(&kind)).await
    }

    async fn claim(&self, lease: SignedDuration, limit: u32) -> Result<Option<Batch>, StoreError> {
        again(|| self.queue_claim(lease, limit)).await
    }

    async fn renew(&self, lease: &Lease, by: SignedDuration) -> Result<(), StoreError> {
        again(|| self.queue_renew(lease, by)).await
    }

    async fn settle(&self, batch: &Batch, settlement: Settlement) -> Result<(), StoreError> {
        again(|| self.queue_settle(batch, &settlement)).await
    }

    async fn schedule(&self, kind: JobKind, every: SignedDuration) -> Result<bool, StoreError> {
        again(|| self.schedule_job(&kind, every)).await
    }

    async fn redate(&self) -> Result<SignedDuration, StoreError> {
        again(|| self.redate_future()).await
    }

    async fn news(&self) -> Result<(), StoreError> {
        self.writer.news().await
    }

    async fn next_ready(&self) -> Result<Option<SignedDuration>, StoreError> {
        again(|| self.queue_next_ready()).await
    }

    async fn epoch(&self) -> Result<Timestamp, StoreError> {
        again(|| self.engine_epoch()).await
    }

    async fn memory(&self, issue: IssueRef) -> Result<Option<IssueMemory>, StoreError> {
        again(|| self.engine_memory(issue)).await
    }

    async fn saved_decision(&self, batch: &Batch) -> Result<Option<Decision>, StoreError> {
        again(|| self.engine_saved_decision(batch)).await
    }

    async fn save_decision(&self, batch: &Batch, decision: &Decision) -> Result<(), StoreError> {
        again(|| self.engine_save_decision(batch, decision)).await
    }

    async fn remember(
        &self,
        lease: &Lease,
        memory: &IssueMemory,
        answered: &[NoteId],
    ) -> Result<(), StoreError> {
        again(|| self.engine_remember(lease, memory, answered)).await
    }

    async fn answered(&self, issue: IssueRef, notes: &[NoteId]) -> Result<Vec<NoteId>, StoreError> {
        again(|| self.engine_answered(issue, notes)).await
    }

    async fn effects(&self, issue: IssueRef) -> Result<Vec<EffectRecord>, StoreError> {
        again(|| self.engine_effects(issue)).await
    }

    async fn announce(
        &self,
        lease: &Lease,
        issue: IssueRef,
        key: &EffectKey,
        purpose: Purpose,
    ) -> Result<(), StoreError> {
        again(|| self.engine_announce(lease, issue, key, purpose)).await
    }

    async fn record(
        &self,
        lease: &Lease,
        issue: IssueRef,
        purpose: Purpose,
        record: &EffectRecord,
    ) -> Result<(), StoreError> {
        again(|| self.engine_record(lease, issue, purpose, record)).await
    }

    async fn withdraw(&self, lease: &Lease, key: &EffectKey) -> Result<(), StoreError> {
        again(|| self.engine_withdraw(lease, key)).await
    }

    async fn comments_since(
        &self,
        issue: IssueRef,
        purposes: &[Purpose],
        since: Timestamp,
    ) -> Result<u64, StoreError> {
        again(|| self.engine_comments_since(issue, purposes, since)).await
    }

    async fn cursor(&self, name: &str) -> Result<Option<String>, StoreError> {
        again(|| self.reconciler_cursor(name)).await
    }

    async fn move_cursor(&self, lease: &Lease, name: &str, to: &str) -> Result<(), StoreError> {
        again(|| self.reconciler_move_cursor(lease, name, to)).await
    }

    async fn knows(&self, key: &DeliveryKey) -> Result<bool, StoreError> {
        again(|| self.reconciler_knows(key)).await
    }

    async fn heard_of(&self, issue: IssueRef, since: Timestamp) -> Result<bool, StoreError> {
        again(|| self.reconciler_heard_of(issue, since)).await
    }

    async fn record_lost(
        &self,
        source: LostSource,
        issue: Option<IssueRef>,
    ) -> Result<(), StoreError> {
        again(|| self.reconciler_record_lost(source, issue)).await
    }

    async fn lost_since(&self, since: Timestamp) -> Result<LostHooks, StoreError> {
        again(|| self.reconciler_lost_since(since)).await
    }

    async fn reports(&self, issue: IssueRef) -> Result<Vec<Report>, StoreError> {
        again(|| self.reports_of(issue)).await
    }

    async fn save_report(&self, lease: &Lease, report: &Report) -> Result<(), StoreError> {
        again(|| self.reports_save(lease, report)).await
    }

    async fn take_due_reports(
        &self,
        now: Timestamp,
        again_at: Timestamp,
    ) -> Result<Vec<(IssueRef, ReportKind)>, StoreError> {
        again(|| self.reports_take_due(now, again_at)).await
    }

    async fn count_reports(
        &self,
        project: ProjectId,
        kind: ReportKind,
        since: Timestamp,
        author: Option<UserId>,
    ) -> Result<u64, StoreError> {
        again(|| self.reports_since(project, kind, since, author)).await
    }

    async fn note_sources(
        &self,
        lease: &Lease,
        issue: IssueRef,
        sources: &[String],
    ) -> Result<(), StoreError> {
        again(|| self.sources_note(lease, issue, sources)).await
    }

    async fn issues_with_sources(
        &self,
        issue: IssueRef,
        sources: &[String],
    ) -> Result<Vec<IssueRef>, StoreError> {
        again(|| self.sources_shared(issue, sources)).await
    }

    async fn deliveries(
        &self,
        state: Option<DeliveryState>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        again(|| self.operators_deliveries(state, limit)).await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        again(|| self.operators_delivery(id)).await
    }

    async fn delivery_body(&self, id: DeliveryId) -> Result<Option<Vec<u8>>, StoreError> {
        again(|| self.operators_delivery_body(id)).await
    }

    async fn retry_delivery(&self, id: DeliveryId, kind: JobKind) -> Result<bool, StoreError> {
        again(|| self.operators_retry(id, &kind)).await
    }

    async fn resolve_delivery(&self, id: DeliveryId) -> Result<bool, StoreError> {
        again(|| self.operators_resolve(id)).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        again(|| self.operators_backlog()).await
    }

    async fn comment_stop(&self) -> Result<Option<CommentStop>, StoreError> {
        again(|| self.operators_comment_stop()).await
    }

    async fn stop_comments(&self, reason: &str) -> Result<(), StoreError> {
        again(|| self.operators_stop_comments(reason)).await
    }

    async fn resume_comments(&self) -> Result<bool, StoreError> {
        again(|| self.operators_resume_comments()).await
    }

    async fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        again(|| self.operators_prune(before)).await
    }

    fn is_taking_in(&self) -> bool {
        self.entrance.is_open()
    }

    async fn backup(&self, file: &Path) -> Result<(), StoreError> {
        self.writer.backup(&self.reader, file).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        again(|| self.operators_ping()).await
    }
}
