//! How the jobs of a batch end.
//!
//! A lane's jobs are only added at its end and taken from its front, so "the batch" is every
//! waiting job of the lane up to the batch's last one.

use super::{Connection, cleaned, failed};
use crate::model::JobId;
use crate::store::StoreError;

pub(super) async fn finish(tx: &mut Connection, lane: &str, last: JobId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE deliveries \
         SET state = 'done', reason = NULL, attempts = jobs.attempts, last_error = jobs.last_error \
         FROM jobs WHERE jobs.delivery = deliveries.id \
           AND jobs.lane = $1 AND jobs.state = 'waiting' AND jobs.id <= $2",
    )
    .bind(lane)
    .bind(last.0)
    .execute(&mut *tx)
    .await
    .map_err(failed)?;
    forget_decisions(tx, lane, last).await?;
    sqlx::query("DELETE FROM jobs WHERE lane = $1 AND state = 'waiting' AND id <= $2")
        .bind(lane)
        .bind(last.0)
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
    // What a visit or a sweep gave up on, this one has made good.
    sqlx::query("DELETE FROM jobs WHERE lane = $1 AND state = 'dead' AND delivery IS NULL")
        .bind(lane)
        .execute(tx)
        .await
        .map_err(failed)?;
    Ok(())
}

pub(super) async fn bury(
    tx: &mut Connection,
    lane: &str,
    last: JobId,
    error: &str,
) -> Result<(), StoreError> {
    let error = cleaned(error);
    sqlx::query(
        "UPDATE deliveries SET state = 'dead', reason = $3 FROM jobs \
         WHERE jobs.delivery = deliveries.id \
           AND jobs.lane = $1 AND jobs.state = 'waiting' AND jobs.id <= $2",
    )
    .bind(lane)
    .bind(last.0)
    .bind(&error)
    .execute(&mut *tx)
    .await
    .map_err(failed)?;
    forget_decisions(tx, lane, last).await?;
    sqlx::query(
        "UPDATE jobs SET state = 'dead', last_error = $3 \
         WHERE lane = $1 AND state = 'waiting' AND id <= $2",
    )
    .bind(lane)
    .bind(last.0)
    .bind(&error)
    .execute(tx)
    .await
    .map_err(failed)?;
    Ok(())
}

pub(super) async fn put_back(
    tx: &mut Connection,
    lane: &str,
    last: JobId,
    error: &str,
    counts: bool,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE jobs SET last_error = $3, attempts = attempts - $4 \
         WHERE lane = $1 AND state = 'waiting' AND id <= $2",
    )
    .bind(lane)
    .bind(last.0)
    .bind(cleaned(error))
    .bind(i64::from(!counts))
    .execute(tx)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn forget_decisions(tx: &mut Connection, lane: &str, last: JobId) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM decisions WHERE job IN \
         (SELECT id FROM jobs WHERE lane = $1 AND state = 'waiting' AND id <= $2)",
    )
    .bind(lane)
    .bind(last.0)
    .execute(tx)
    .await
    .map_err(failed)?;
    Ok(())
}
