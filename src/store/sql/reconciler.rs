//! What the reconciler remembers: cursors, and the webhooks that were lost.

use jiff::Timestamp;

use super::queue::hold;
use super::{SqlStore, failed, millis, sha256};
use crate::model::{DeliveryKey, IssueRef, Lease, LostHooks, LostSource};
use crate::store::StoreError;

// Two texts and no parameter for the source: an index of some rows is used only where the text
// itself says that it holds those that are asked for.
pub(in super::super) const KNOWN_GIVEN: &str =
    "SELECT id FROM deliveries WHERE key_source = 'given' AND key_digest = $1 LIMIT 1";
pub(in super::super) const KNOWN_CONTENT: &str =
    "SELECT id FROM deliveries WHERE key_source = 'content' AND key_digest = $1 LIMIT 1";
pub(in super::super) const HEARD_OF: &str =
    "SELECT id FROM deliveries WHERE received_at >= $1 AND project = $2 AND iid = $3 LIMIT 1";

impl SqlStore {
    pub(super) async fn reconciler_cursor(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = sqlx::query_as("SELECT value FROM cursors WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        Ok(row.map(|(value,)| value))
    }

    pub(super) async fn reconciler_move_cursor(
        &self,
        lease: &Lease,
        name: &str,
        to: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.writer.begin().await?;
        hold(&mut tx, lease).await?;
        sqlx::query(
            "INSERT INTO cursors (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(to)
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn reconciler_knows(&self, key: &DeliveryKey) -> Result<bool, StoreError> {
        let (known, key) = match key {
            DeliveryKey::Given(key) => (KNOWN_GIVEN, key),
            DeliveryKey::Content(key) => (KNOWN_CONTENT, key),
        };
        let row: Option<(i64,)> = sqlx::query_as(known)
            .bind(sha256(key.as_bytes()))
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        Ok(row.is_some())
    }

    pub(super) async fn reconciler_heard_of(
        &self,
        issue: IssueRef,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let row: Option<(i64,)> = sqlx::query_as(HEARD_OF)
            .bind(millis(since))
            .bind(issue.project.0.cast_signed())
            .bind(issue.iid.0.cast_signed())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        Ok(row.is_some())
    }

    pub(super) async fn reconciler_record_lost(
        &self,
        source: LostSource,
        issue: Option<IssueRef>,
    ) -> Result<(), StoreError> {
        let mut tx = self.writer.begin().await?;
        sqlx::query(
            "INSERT INTO lost_hooks (source, project, iid, found_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(source.as_str())
        .bind(issue.map(|issue| issue.project.0.cast_signed()))
        .bind(issue.map(|issue| issue.iid.0.cast_signed()))
        .bind(self.writer.now(&mut tx).await?)
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn reconciler_lost_since(
        &self,
        since: Timestamp,
    ) -> Result<LostHooks, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT source, COUNT(*) FROM lost_hooks WHERE found_at >= $1 GROUP BY source",
        )
        .bind(millis(since))
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        let count = |source: LostSource| {
            let row = rows.iter().find(|(word, _)| word == source.as_str());
            row.map_or(0, |(_, count)| count.unsigned_abs())
        };
        Ok(LostHooks { event_log: count(LostSource::EventLog), poll: count(LostSource::Poll) })
    }
}
