//! Jobs as PostgreSQL takes them in, in an order that holds across replicas.
//!
//! A batch is "every waiting job of its lane up to the last one", so no job may appear in a lane
//! with a lower number than one that was claimed already. Numbers are drawn before COMMIT, and
//! commits overtake each other; therefore whoever adds to a lane first locks its row, draws numbers
//! after, and keeps the lock until COMMIT. A claim takes the same lock.

use std::collections::BTreeSet;

use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::failed;
use super::news::CHANNEL;
use crate::model::{DeliveryId, JobKind};
use crate::store::StoreError;
use crate::store::value::to_json;

/// Puts each job at the end of its lane, in this order.
pub(in crate::store) async fn insert_jobs(
    tx: &mut PgConnection,
    now: i64,
    jobs: &[(JobKind, Option<DeliveryId>)],
) -> Result<(), StoreError> {
    if jobs.is_empty() {
        return Ok(());
    }
    lock_lanes(tx, now, jobs).await?;
    let mut rows = Vec::with_capacity(jobs.len());
    for (kind, delivery) in jobs {
        rows.push((kind.lane().0, to_json(kind)?, delivery.map(|id| id.0)));
    }
    let mut statement = QueryBuilder::<Postgres>::new(
        "INSERT INTO jobs (lane, kind, delivery, state, created_at) ",
    );
    statement.push_values(rows, |mut values, (lane, kind, delivery)| {
        values.push_bind(lane).push_bind(kind).push_bind(delivery);
        values.push("'waiting'").push_bind(now);
    });
    statement.push(" RETURNING id");
    let query = statement.build_query_as().persistent(jobs.len() == 1);
    let stored: Vec<(i64,)> = query.fetch_all(&mut *tx).await.map_err(failed)?;
    let stored: Vec<i64> = stored.into_iter().map(|(id,)| id).collect();
    sqlx::query(
        "UPDATE lanes SET head = new.head \
         FROM (SELECT lane, MIN(id) AS head FROM jobs WHERE id = ANY($1) GROUP BY lane) new \
         WHERE lanes.lane = new.lane AND lanes.head > new.head",
    )
    .bind(stored)
    .execute(&mut *tx)
    .await
    .map_err(failed)?;
    // Sent at COMMIT, or not at all.
    sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(tx).await.map_err(failed)?;
    Ok(())
}

/// Makes the lanes that are not there, with a head after all jobs, and locks all of them; in order
/// of their names, so that two who lock the same lanes can't wait for each other.
async fn lock_lanes(
    tx: &mut PgConnection,
    now: i64,
    jobs: &[(JobKind, Option<DeliveryId>)],
) -> Result<(), StoreError> {
    let lanes: BTreeSet<_> = jobs.iter().map(|(kind, _)| kind.lane()).collect();
    let often = lanes.len() == 1;
    let mut statement = QueryBuilder::<Postgres>::new(
        "INSERT INTO lanes (lane, head, parked, ready_at, fence, claimed) ",
    );
    statement.push_values(lanes, |mut values, lane| {
        values.push_bind(lane.0).push_bind(i64::MAX).push("0").push_bind(now).push("0").push("0");
    });
    // "Nothing" would lock nothing.
    statement.push(" ON CONFLICT (lane) DO UPDATE SET lane = excluded.lane");
    statement.build().persistent(often).execute(tx).await.map_err(failed)?;
    Ok(())
}
