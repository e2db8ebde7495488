//! What people ask and do: the inbox, counts, the comment stop, pruning.

use jiff::Timestamp;
use sqlx::{FromRow, Row as _};

use super::{Connection, DbRow, SqlStore, cleaned, failed, insert_jobs, instant, millis};
use crate::model::{Delivery, DeliveryId, DeliveryState, IssueIid, IssueRef, JobKind, ProjectId};
use crate::store::{Backlog, CommentStop, StoreError};

/// Rows dropped in one transaction: small enough that nobody waits for it.
const PRUNED_AT_ONCE: i64 = 500;

/// A delivery with what its job says, while it has one.
macro_rules! select_deliveries {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.key_digest, d.event_name, d.project, d.iid, d.state, d.reason, \
                    d.received_at, d.bytes, COALESCE(j.attempts, d.attempts) AS attempts, \
                    COALESCE(j.last_error, d.last_error) AS last_error \
             FROM deliveries d LEFT JOIN jobs j ON j.delivery = d.id ",
            $rest
        )
    };
}

impl SqlStore {
    pub(super) async fn operators_deliveries(
        &self,
        state: Option<DeliveryState>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let all = select_deliveries!("ORDER BY d.id DESC LIMIT $1");
        let of_state = select_deliveries!("WHERE d.state = $2 ORDER BY d.id DESC LIMIT $1");
        let query = match state {
            None => sqlx::query_as(all).bind(i64::from(limit)),
            Some(state) => sqlx::query_as(of_state).bind(i64::from(limit)).bind(state.as_str()),
        };
        let rows: Vec<DeliveryRow> = query.fetch_all(&self.reader).await.map_err(failed)?;
        rows.into_iter().map(|row| row.0).collect()
    }

    pub(super) async fn operators_delivery(
        &self,
        id: DeliveryId,
    ) -> Result<Option<Delivery>, StoreError> {
        let row: Option<DeliveryRow> = sqlx::query_as(select_deliveries!("WHERE d.id = $1"))
            .bind(id.0)
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        row.map(|row| row.0).transpose()
    }

    pub(super) async fn operators_delivery_body(
        &self,
        id: DeliveryId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row: Option<(Option<Vec<u8>>,)> =
            sqlx::query_as("SELECT body FROM deliveries WHERE id = $1")
                .bind(id.0)
                .fetch_optional(&self.reader)
                .await
                .map_err(failed)?;
        Ok(row.and_then(|(body,)| body))
    }

    pub(super) async fn operators_retry(
        &self,
        id: DeliveryId,
        kind: &JobKind,
    ) -> Result<bool, StoreError> {
        let mut tx = self.writer.begin().await?;
        if !leave_the_ward(&mut tx, id, DeliveryState::Waiting).await? {
            return Ok(false);
        }
        let issue = kind.issue();
        sqlx::query("UPDATE deliveries SET reason = NULL, project = $2, iid = $3 WHERE id = $1")
            .bind(id.0)
            .bind(issue.map(|issue| issue.project.0.cast_signed()))
            .bind(issue.map(|issue| issue.iid.0.cast_signed()))
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        let now = self.writer.now(&mut tx).await?;
        insert_jobs(&mut tx, now, &[(kind.clone(), Some(id))]).await?;
        tx.commit().await.map_err(failed)?;
        Ok(true)
    }

    pub(super) async fn operators_resolve(&self, id: DeliveryId) -> Result<bool, StoreError> {
        let mut tx = self.writer.begin().await?;
        let left = leave_the_ward(&mut tx, id, DeliveryState::Resolved).await?;
        tx.commit().await.map_err(failed)?;
        Ok(left)
    }

    pub(super) async fn operators_backlog(&self) -> Result<Backlog, StoreError> {
        let (waiting, dead, quarantined, oldest, newest): (
            i64,
            i64,
            i64,
            Option<i64>,
            Option<i64>,
        ) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM jobs WHERE state = 'waiting'), \
                        (SELECT COUNT(*) FROM jobs WHERE state = 'dead'), \
                        (SELECT COUNT(*) FROM deliveries WHERE state = 'quarantined'), \
                        (SELECT created_at FROM jobs WHERE id = (SELECT MIN(head) FROM lanes)), \
                        (SELECT MAX(received_at) FROM deliveries)",
        )
        .fetch_one(&self.reader)
        .await
        .map_err(failed)?;
        Ok(Backlog {
            waiting: waiting.unsigned_abs(),
            dead: dead.unsigned_abs(),
            quarantined: quarantined.unsigned_abs(),
            oldest: oldest.map(instant).transpose()?,
            newest_delivery: newest.map(instant).transpose()?,
        })
    }

    pub(super) async fn operators_comment_stop(&self) -> Result<Option<CommentStop>, StoreError> {
        let row: Option<(String, i64)> = sqlx::query_as("SELECT reason, since FROM comment_stop")
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        row.map(|(reason, since)| Ok(CommentStop { reason, since: instant(since)? })).transpose()
    }

    pub(super) async fn operators_stop_comments(&self, reason: &str) -> Result<(), StoreError> {
        let mut tx = self.writer.begin().await?;
        sqlx::query(
            "INSERT INTO comment_stop (one, reason, since) VALUES (1, $1, $2) \
             ON CONFLICT DO NOTHING",
        )
        .bind(cleaned(reason))
        .bind(self.writer.now(&mut tx).await?)
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn operators_resume_comments(&self) -> Result<bool, StoreError> {
        let mut tx = self.writer.begin().await?;
        let lifted =
            sqlx::query("DELETE FROM comment_stop").execute(&mut *tx).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(lifted.rows_affected() > 0)
    }

    pub(super) async fn operators_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        loop {
            let mut tx = self.writer.begin().await?;
            let step = sqlx::query(
                "DELETE FROM deliveries WHERE id IN \
                 (SELECT id FROM deliveries \
                  WHERE received_at < $1 AND state IN ('done', 'ignored', 'resolved') LIMIT $2)",
            )
            .bind(millis(before))
            .bind(PRUNED_AT_ONCE)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
            let lost = sqlx::query("DELETE FROM lost_hooks WHERE found_at < $1");
            lost.bind(millis(before)).execute(&mut *tx).await.map_err(failed)?;
            tx.commit().await.map_err(failed)?;
            if step.rows_affected() == 0 {
                return Ok(gone);
            }
            gone += step.rows_affected();
        }
    }

    pub(super) async fn operators_ping(&self) -> Result<(), StoreError> {
        if !self.entrance.is_open() {
            return Err(StoreError::Unavailable("its writer has stopped; restart".to_owned()));
        }
        let mut tx = self.writer.begin().await?;
        // Takes the way of every write, to the point where a full or read-only disk says so.
        sqlx::query("UPDATE meta SET value = value WHERE name = 'epoch'")
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        sqlx::query("SELECT value FROM meta WHERE name = 'epoch'")
            .fetch_one(&self.reader)
            .await
            .map_err(failed)?;
        Ok(())
    }
}

/// Moves a delivery out of quarantine or from the dead; false when it is in neither state.
async fn leave_the_ward(
    tx: &mut Connection,
    id: DeliveryId,
    state: DeliveryState,
) -> Result<bool, StoreError> {
    let left = sqlx::query(
        "UPDATE deliveries SET state = $2 WHERE id = $1 AND state IN ('dead', 'quarantined')",
    )
    .bind(id.0)
    .bind(state.as_str())
    .execute(&mut *tx)
    .await
    .map_err(failed)?;
    if left.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE deliveries SET attempts = jobs.attempts, last_error = jobs.last_error FROM jobs \
         WHERE jobs.delivery = deliveries.id AND deliveries.id = $1",
    )
    .bind(id.0)
    .execute(&mut *tx)
    .await
    .map_err(failed)?;
    sqlx::query("DELETE FROM jobs WHERE delivery = $1 AND state = 'dead'")
        .bind(id.0)
        .execute(tx)
        .await
        .map_err(failed)?;
    Ok(true)
}

/// A delivery, or why its row can't be one.
struct DeliveryRow(Result<Delivery, StoreError>);

impl<'r> FromRow<'r, DbRow> for DeliveryRow {
    fn from_row(row: &'r DbRow) -> sqlx::Result<Self> {
        let project: Option<i64> = row.try_get("project")?;
        let iid: Option<i64> = row.try_get("iid")?;
        let key_digest: String = row.try_get("key_digest")?;
        let word: String = row.try_get("state")?;
        let received_at: i64 = row.try_get("received_at")?;
        let (Some(state), Ok(received_at)) = (DeliveryState::parse(&word), instant(received_at))
        else {
            let what = format!("a delivery in state `{word}` of time {received_at}");
            return Ok(Self(Err(StoreError::Corrupt(what))));
        };
        Ok(Self(Ok(Delivery {
            id: DeliveryId(row.try_get("id")?),
            key8: key_digest.chars().take(8).collect(),
            event_name: row.try_get("event_name")?,
            issue: project.zip(iid).map(|(project, iid)| IssueRef {
                project: ProjectId(project.cast_unsigned()),
                iid: IssueIid(iid.cast_unsigned()),
            }),
            state,
            reason: row.try_get("reason")?,
            received_at,
            bytes: row.try_get::<i64, _>("bytes")?.unsigned_abs(),
            attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
            last_error: row.try_get("last_error")?,
        })))
    }
}
