//! Jobs as SQLite takes them in: one writer, so nothing can come between two statements.

use sqlx::{QueryBuilder, SqliteConnection};

use super::failed;
use crate::model::{DeliveryId, JobKind};
use crate::store::StoreError;
use crate::store::value::to_json;

/// Puts each job at the end of its lane, in this order.
pub(in crate::store) async fn insert_jobs(
    tx: &mut SqliteConnection,
    now: i64,
    jobs: &[(JobKind, Option<DeliveryId>)],
) -> Result<(), StoreError> {
    if jobs.is_empty() {
        return Ok(());
    }
    // Only the text for one job comes back often enough to be kept prepared.
    let often = jobs.len() == 1;
    let mut rows = Vec::with_capacity(jobs.len());
    for (kind, delivery) in jobs {
        rows.push((kind.lane().0, to_json(kind)?, delivery.map(|id| id.0)));
    }
    let mut statement =
        QueryBuilder::new("INSERT INTO jobs (lane, kind, delivery, state, created_at) ");
    statement.push_values(rows, |mut values, (lane, kind, delivery)| {
        values.push_bind(lane).push_bind(kind).push_bind(delivery);
        values.push("'waiting'").push_bind(now);
    });
    statement.push(" RETURNING id, lane");
    let query = statement.build_query_as().persistent(often);
    let mut stored: Vec<(i64, String)> = query.fetch_all(&mut *tx).await.map_err(failed)?;
    // The head of a new lane is the oldest of its jobs; the others come too late.
    stored.sort_unstable();
    let mut statement =
        QueryBuilder::new("INSERT INTO lanes (lane, head, parked, ready_at, fence, claimed) ");
    statement.push_values(stored, |mut values, (id, lane)| {
        values.push_bind(lane).push_bind(id).push("0").push_bind(now).push("0").push("0");
    });
    statement.push(" ON CONFLICT (lane) DO NOTHING");
    statement.build().persistent(often).execute(tx).await.map_err(failed)?;
    Ok(())
}
