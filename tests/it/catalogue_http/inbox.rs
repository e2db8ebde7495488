//! A store that keeps what it is given in memory, and can be told to fail.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use landfall::model::{
    Accepted, Batch, Decision, Delivery, DeliveryId, DeliveryKey, DeliveryState, Disposition,
    EffectKey, EffectRecord, Incoming, IssueMemory, IssueRef, JobKind, Lease, NoteId, Purpose,
    Settlement,
};
use landfall::store::{Backlog, CommentStop, Store, StoreError};

#[derive(Debug, Default)]
pub(super) struct Inbox {
    rows: Mutex<Vec<Incoming>>,
    keys: Mutex<HashMap<String, [u8; 32]>>,
    pub(super) failing: AtomicBool,
    pub(super) hanging: AtomicBool,
}

impl Inbox {
    pub(super) fn len(&self) -> usize {
        self.rows.lock().unwrap().len()
    }

    pub(super) fn last(&self) -> Incoming {
        self.rows.lock().unwrap().last().expect("a row").clone()
    }

    /// The reason of the newest row, `work` if it is work.
    pub(super) fn last_reason(&self) -> &'static str {
        match self.last().disposition {
            Disposition::Work(_) => "work",
            Disposition::Ignored { reason, .. } | Disposition::Quarantined { reason } => reason,
        }
    }
}

fn unavailable<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("not in this double".to_owned()))
}

#[async_trait]
impl Store for Inbox {
    async fn accept(&self, incoming: Incoming) -> Result<Accepted, StoreError> {
        if self.hanging.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.failing.load(Ordering::SeqCst) {
            return unavailable();
        }
        let key = match &incoming.key {
            DeliveryKey::Given(key) => format!("given {key}"),
            DeliveryKey::Content(key) => format!("content {key}"),
        };
        let mut keys = self.keys.lock().unwrap();
        let mut rows = self.rows.lock().unwrap();
        let id = DeliveryId(i64::try_from(rows.len()).unwrap() + 1);
        match keys.insert(key, incoming.body_digest) {
            None => {
                rows.push(incoming);
                Ok(Accepted::New(id))
            }
            Some(digest) if digest == incoming.body_digest => Ok(Accepted::Duplicate),
            Some(_) => Ok(Accepted::KeyConflict(id)),
        }
    }

    async fn enqueue(&self, _: JobKind) -> Result<bool, StoreError> {
        unavailable()
    }
    async fn claim(&self, _: SignedDuration, _: u32) -> Result<Option<Batch>, StoreError> {
        unavailable()
    }
    async fn renew(&self, _: &Lease, _: SignedDuration) -> Result<(), StoreError> {
        unavailable()
    }
    async fn settle(&self, _: &Batch, _: Settlement) -> Result<(), StoreError> {
        unavailable()
    }
    async fn next_ready(&self) -> Result<Option<Timestamp>, StoreError> {
        unavailable()
    }
    async fn epoch(&self) -> Result<Timestamp, StoreError> {
        unavailable()
    }
    async fn memory(&self, _: IssueRef) -> Result<Option<IssueMemory>, StoreError> {
        unavailable()
    }
    async fn saved_decision(&self, _: &Batch) -> Result<Option<Decision>, StoreError> {
        unavailable()
    }
    async fn save_decision(&self, _: &Batch, _: &Decision) -> Result<(), StoreError> {
        unavailable()
    }
    async fn remember(&self, _: &Lease, _: &IssueMemory, _: &[NoteId]) -> Result<(), StoreError> {
        unavailable()
    }
    async fn answered(&self, _: IssueRef, _: &[NoteId]) -> Result<Vec<NoteId>, StoreError> {
        unavailable()
    }
    async fn effects(&self, _: IssueRef) -> Result<Vec<EffectRecord>, StoreError> {
        unavailable()
    }
    async fn announce(
        &self,
        _: &Lease,
        _: IssueRef,
        _: &EffectKey,
        _: Purpose,
    ) -> Result<(), StoreError> {
        unavailable()
    }
    async fn record(
        &self,
        _: &Lease,
        _: IssueRef,
        _: Purpose,
        _: &EffectRecord,
    ) -> Result<(), StoreError> {
        unavailable()
    }
    async fn withdraw(&self, _: &Lease, _: &EffectKey) -> Result<(), StoreError> {
        unavailable()
    }
    async fn comments_since(
        &self,
        _: IssueRef,
        _: &[Purpose],
        _: Timestamp,
    ) -> Result<u64, StoreError> {
        unavailable()
    }
    async fn deliveries(
        &self,
        _: Option<DeliveryState>,
        _: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        unavailable()
    }
    async fn delivery(&self, _: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        unavailable()
    }
    async fn delivery_body(&self, _: DeliveryId) -> Result<Option<Vec<u8>>, StoreError> {
        unavailable()
    }
    async fn retry_delivery(&self, _: DeliveryId, _: JobKind) -> Result<bool, StoreError> {
        unavailable()
    }
    async fn resolve_delivery(&self, _: DeliveryId) -> Result<bool, StoreError> {
        unavailable()
    }
    async fn backlog(&self) -> Result<Backlog, StoreError> {
        unavailable()
    }
    async fn comment_stop(&self) -> Result<Option<CommentStop>, StoreError> {
        unavailable()
    }
    async fn stop_comments(&self, _: &str) -> Result<(), StoreError> {
        unavailable()
    }
    async fn resume_comments(&self) -> Result<bool, StoreError> {
        unavailable()
    }
    async fn prune(&self, _: Timestamp) -> Result<u64, StoreError> {
        unavailable()
    }
    async fn ping(&self) -> Result<(), StoreError> {
        unavailable()
    }
}
