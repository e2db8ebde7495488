//! When this database was born, or restored.

use sqlx::Pool;

use super::{Db, failed};
use crate::store::StoreError;

/// Begins an epoch when the database is new, or is another one than last time: then it is most
/// likely a backup and does not know what was done after it was made. `identity` is two named
/// numbers that a copy does not share.
pub(in super::super) async fn begin_epoch(
    writer: &Pool<Db>,
    identity: [(&str, i64); 2],
    now: i64,
) -> Result<(), StoreError> {
    let mut tx = writer.begin().await.map_err(failed)?;
    // Of two that start at once the second waits here and sees what the first has written.
    sqlx::query("UPDATE meta SET value = value WHERE name = 'fence'")
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
    let [(first, one), (second, other)] = identity;
    let same: Option<(i64,)> = sqlx::query_as(
        "SELECT epoch.value FROM meta epoch, meta one, meta other \
         WHERE epoch.name = 'epoch' AND one.name = $1 AND other.name = $3 \
           AND one.value = $2 AND other.value = $4",
    )
    .bind(first)
    .bind(one)
    .bind(second)
    .bind(other)
    .fetch_optional(&mut *tx)
    .await
    .map_err(failed)?;
    if same.is_none() {
        for (name, value) in [("epoch", now), (first, one), (second, other)] {
            sqlx::query(
                "INSERT INTO meta (name, value) VALUES ($1, $2) \
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )
            .bind(name)
            .bind(value)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        }
    }
    tx.commit().await.map_err(failed)
}
