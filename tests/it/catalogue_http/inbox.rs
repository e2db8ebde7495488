//! A store that keeps what it is given in memory, and can be told to fail.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use landfall::model::{Accepted, DeliveryId, DeliveryKey, Disposition, Incoming};
use landfall::store::{self, StoreError};

#[derive(Debug, Default)]
pub(super) struct Inbox {
    rows: Mutex<Vec<Incoming>>,
    keys: Mutex<HashMap<String, [u8; 32]>>,
    pub(super) failing: AtomicBool,
    pub(super) hanging: AtomicBool,
    pub(super) panicking: AtomicBool,
}

impl Inbox {
    pub(super) fn len(&self) -> usize {
        self.rows.lock().unwrap().len()
    }

    pub(super) fn last(&self) -> Incoming {
        self.rows.lock().unwrap().last().expect("a row").clone()
    }

    /// The reason of the newest row, `work` if it is work.
    pub(super) fn last_reason(&self) -> String {
        match self.last().disposition {
            Disposition::Work(_) => "work".to_owned(),
            Disposition::Ignored { reason, .. } | Disposition::Quarantined { reason } => {
                reason.into_owned()
            }
        }
    }
}

#[async_trait]
impl store::Inbox for Inbox {
    async fn accept(&self, incoming: Incoming) -> Result<Accepted, StoreError> {
        if self.hanging.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        assert!(!self.panicking.load(Ordering::SeqCst), "as ordered");
        if self.failing.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("told to fail".to_owned()));
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
}
