//! The queue: lanes are leased, jobs wait in them.

use super::settle::{bury, finish, put_back};
use super::{
    Connection, NEXT_FENCE, SqlStore, failed, insert_jobs, instant, milliseconds, to_json,
};
use crate::crash;
use crate::model::{Batch, DeliveryId, Job, JobId, JobKind, LaneName, Lease, Settlement};
use crate::store::StoreError;
use jiff::SignedDuration;

/// After so many attempts a job is tried alone.
const ALONE_AFTER: i64 = 3;

pub(in super::super) const WAKE_LANES: &str = concat!(
    "UPDATE lanes SET parked = 0 WHERE lane IN \
         (SELECT lane FROM lanes WHERE parked = 1 AND ready_at <= $1",
    or_pass_by!(),
    ")"
);
pub(in super::super) const FIRST_DUE: &str =
    concat!("SELECT lane, head FROM lanes WHERE parked = 0 ORDER BY head LIMIT 1", or_pass_by!());
pub(in super::super) const TAKE_JOBS: &str = "UPDATE jobs SET attempts = attempts + 1 WHERE id IN \
     (SELECT id FROM jobs WHERE lane = $1 AND state = 'waiting' ORDER BY id LIMIT $2) \
     RETURNING id, kind, delivery, attempts, created_at";
pub(in super::super) const NEXT_HEAD: &str =
    "SELECT MIN(id) FROM jobs WHERE lane = $1 AND state = 'waiting'";

type JobRow = (i64, String, Option<i64>, i64, i64);

/// Fails unless the lease still holds; every write of a lane's holder begins here.
pub(super) async fn hold(tx: &mut Connection, lease: &Lease) -> Result<(), StoreError> {
    let held: Option<(i64,)> = sqlx::query_as(concat!(
        "SELECT fence FROM lanes WHERE lane = $1 AND fence = $2",
        and_lock!()
    ))
    .bind(&lease.lane.0)
    .bind(lease.fence)
    .fetch_optional(tx)
    .await
    .map_err(failed)?;
    held.map(drop).ok_or_else(|| StoreError::LeaseLost(lease.lane.clone()))
}

/// Whether such a job waits already. One that runs now may have read what it is about before it
/// changed: only those behind it count.
pub(super) async fn is_waiting(tx: &mut Connection, kind: &JobKind) -> Result<bool, StoreError> {
    let waiting: Option<(i64,)> = sqlx::query_as(
        "SELECT jobs.id FROM jobs JOIN lanes ON lanes.lane = jobs.lane \
         WHERE jobs.lane = $1 AND jobs.state = 'waiting' AND jobs.id > lanes.claimed \
           AND jobs.kind = $2 LIMIT 1",
    )
    .bind(kind.lane().0)
    .bind(to_json(kind)?)
    .fetch_optional(tx)
    .await
    .map_err(failed)?;
    Ok(waiting.is_some())
}

impl SqlStore {
    pub(super) async fn queue_enqueue(&self, kind: &JobKind) -> Result<bool, StoreError> {
        let mut tx = self.writer.begin().await?;
        if is_waiting(&mut tx, kind).await? {
            return Ok(false);
        }
        let now = self.writer.now(&mut tx).await?;
        insert_jobs(&mut tx, now, &[(kind.clone(), None)]).await?;
        tx.commit().await.map_err(failed)?;
        Ok(true)
    }

    pub(super) async fn queue_claim(
        &self,
        lease: SignedDuration,
        limit: u32,
    ) -> Result<Option<Batch>, StoreError> {
        let mut tx = self.writer.begin().await?;
        let now = self.writer.now(&mut tx).await?;
        sqlx::query(WAKE_LANES).bind(now).execute(&mut *tx).await.map_err(failed)?;
        let batch = loop {
            let due: Option<(String, i64)> =
                sqlx::query_as(FIRST_DUE).fetch_optional(&mut *tx).await.map_err(failed)?;
            let Some((lane, head)) = due else { break None };
            let jobs = take_jobs(&mut tx, &lane, head, limit).await?;
            if let Some(last) = jobs.last() {
                let until = now.saturating_add(milliseconds(lease));
                let fence = lease_lane(&mut tx, &lane, last.id, until).await?;
                break Some(Batch { lease: Lease { lane: LaneName(lane), fence }, jobs });
            }
            free_lane(&mut tx, &lane, None).await?;
        };
        if batch.is_some() {
            crash::point("claim.taken");
        }
        tx.commit().await.map_err(failed)?;
        Ok(batch)
    }

    pub(super) async fn queue_renew(
        &self,
        lease: &Lease,
        by: SignedDuration,
    ) -> Result<(), StoreError> {
        let mut tx = self.writer.begin().await?;
        hold(&mut tx, lease).await?;
        sqlx::query("UPDATE lanes SET parked = 1, ready_at = $2 WHERE lane = $1")
            .bind(&lease.lane.0)
            .bind(self.writer.now(&mut tx).await?.saturating_add(milliseconds(by)))
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn queue_settle(
        &self,
        batch: &Batch,
        settlement: &Settlement,
    ) -> Result<(), StoreError> {
        let lane = &batch.lease.lane.0;
        let Some(last) = batch.jobs.last() else {
            return Ok(());
        };
        let mut tx = self.writer.begin().await?;
        hold(&mut tx, &batch.lease).await?;
        match settlement {
            Settlement::Done => {
                finish(&mut tx, lane, last.id).await?;
                free_lane(&mut tx, lane, None).await?;
            }
            Settlement::Dead { error } => {
                bury(&mut tx, lane, last.id, error).await?;
                free_lane(&mut tx, lane, None).await?;
            }
            Settlement::Retry { after, error, counts } => {
                put_back(&mut tx, lane, last.id, error, *counts).await?;
                let at = self.writer.now(&mut tx).await?.saturating_add(milliseconds(*after));
                free_lane(&mut tx, lane, Some(at)).await?;
            }
        }
        crash::point("settle.written");
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn queue_next_ready(&self) -> Result<Option<SignedDuration>, StoreError> {
        let mut reader = self.reader.acquire().await.map_err(failed)?;
        let due: Option<(i64,)> = sqlx::query_as("SELECT head FROM lanes WHERE parked = 0 LIMIT 1")
            .fetch_optional(&mut *reader)
            .await
            .map_err(failed)?;
        if due.is_some() {
            return Ok(Some(SignedDuration::ZERO));
        }
        let (first,): (Option<i64>,) =
            sqlx::query_as("SELECT MIN(ready_at) FROM lanes WHERE parked = 1")
                .fetch_one(&mut *reader)
                .await
                .map_err(failed)?;
        let now = self.writer.now(&mut reader).await?;
        Ok(first.map(|at| SignedDuration::from_millis(at.saturating_sub(now).max(0))))
    }
}

/// Takes the oldest jobs of a lane, counting the attempt. Empty when none of them can be read.
async fn take_jobs(
    tx: &mut Connection,
    lane: &str,
    head: i64,
    limit: u32,
) -> Result<Vec<Job>, StoreError> {
    let attempts: Option<(i64,)> = sqlx::query_as("SELECT attempts FROM jobs WHERE id = $1")
        .bind(head)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed)?;
    let alone = attempts.is_some_and(|(attempts,)| attempts >= ALONE_AFTER);
    let limit = if alone { 1 } else { limit.max(1) };
    let mut rows: Vec<JobRow> = sqlx::query_as(TAKE_JOBS)
        .bind(lane)
        .bind(i64::from(limit))
        .fetch_all(&mut *tx)
        .await
        .map_err(failed)?;
    rows.sort_unstable_by_key(|row| row.0);
    let end = rows.last().map_or(head, |row| row.0);
    let mut jobs = Vec::with_capacity(rows.len());
    for (id, kind, delivery, attempts, created_at) in rows {
        match serde_json::from_str(&kind) {
            Ok(kind) => jobs.push(Job {
                id: JobId(id),
                kind,
                delivery: delivery.map(DeliveryId),
                attempt: u32::try_from(attempts).unwrap_or(u32::MAX),
                created_at: instant(created_at)?,
            }),
            // One job written by another version must not stop the queue: those before it
            // go first, then it is buried alone.
            Err(_) if !jobs.is_empty() => {
                give_back(tx, lane, id, end).await?;
                break;
            }
            Err(_) => bury(tx, lane, JobId(id), "this version can't read the job").await?,
        }
    }
    Ok(jobs)
}

async fn give_back(
    tx: &mut Connection,
    lane: &str,
    first: i64,
    last: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE jobs SET attempts = attempts - 1 \
         WHERE lane = $1 AND state = 'waiting' AND id BETWEEN $2 AND $3",
    )
    .bind(lane)
    .bind(first)
    .bind(last)
    .execute(tx)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn lease_lane(
    tx: &mut Connection,
    lane: &str,
    last: JobId,
    until: i64,
) -> Result<i64, StoreError> {
    let (fence,): (i64,) = sqlx::query_as(NEXT_FENCE).fetch_one(&mut *tx).await.map_err(failed)?;
    sqlx::query(
        "UPDATE lanes SET parked = 1, ready_at = $2, fence = $3, claimed = $4 WHERE lane = $1",
    )
    .bind(lane)
    .bind(until)
    .bind(fence)
    .bind(last.0)
    .execute(tx)
    .await
    .map_err(failed)?;
    Ok(fence)
}

/// Ends the lease: an empty lane goes, another one is due at once or held until `held`.
async fn free_lane(tx: &mut Connection, lane: &str, held: Option<i64>) -> Result<(), StoreError> {
    let (head,): (Option<i64>,) =
        sqlx::query_as(NEXT_HEAD).bind(lane).fetch_one(&mut *tx).await.map_err(failed)?;
    let freed = match head {
        None => sqlx::query("DELETE FROM lanes WHERE lane = $1").bind(lane),
        Some(head) => sqlx::query(
            "UPDATE lanes SET head = $2, parked = $3, ready_at = $4, fence = 0, claimed = 0 \
             WHERE lane = $1",
        )
        .bind(lane)
        .bind(head)
        .bind(i64::from(held.is_some()))
        .bind(held.unwrap_or_default()),
    };
    freed.execute(tx).await.map_err(failed)?;
    Ok(())
}
