//! Opening a PostgreSQL database: address, settings of a connection, schema.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool};

use super::sql::{SqlStore, begin_epoch};
use super::{News, Writer, failed};
use crate::clock::Clock;
use crate::store::StoreError;
use crate::store::schema::{self, Step};
use crate::store::value::millis;

/// Connections of one process: eight workers, the receiver and a few that read.
const CONNECTIONS: u32 = 12;
/// How long a caller waits for a connection: the receiver has to spool before GitLab hangs up.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(4);
/// For each connection. A replica that was paused inside a transaction must not hold its locks.
const SETTINGS: &str = "SET synchronous_commit = on; SET statement_timeout = '8s'; \
                        SET lock_timeout = '4s'; SET idle_in_transaction_session_timeout = '3s'";
/// Of two that start on an empty database one migrates and the other waits so long.
const MIGRATION: &str = "SET statement_timeout = 0; SET lock_timeout = '60s'";
/// Any number, as long as nobody else locks it: the letters "landfall".
const MIGRATION_LOCK: i64 = 0x6c61_6e64_6661_6c6c;

/// The schema's steps, oldest first; a step once released is never edited.
const STEPS: &[Step] = &[
    Step { sql: include_str!("migrations/0001_initial.sql"), needs: 1 },
    Step { sql: include_str!("migrations/0002_reconciler.sql"), needs: 1 },
    Step { sql: include_str!("migrations/0003_reports.sql"), needs: 1 },
];

/// Opens the database at this address and migrates it as needed.
pub(in crate::store) async fn open(
    url: &str,
    clock: Arc<dyn Clock>,
) -> Result<SqlStore, StoreError> {
    // The driver's own message can quote the address and the password in it.
    let options: PgConnectOptions = url.parse().map_err(|_| StoreError::Address {
        address: "postgres://…".to_owned(),
        reason: "it can't be read; write `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with \
                 special characters in the password percent-encoded"
            .to_owned(),
    })?;
    let options = options.application_name("landfall");
    migrate(&options).await?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(SETTINGS).execute(connection).await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await
        .map_err(away)?;
    warn_of_settings(&pool).await?;
    begin_epoch(&pool, identity(&pool).await?, millis(clock.now())).await?;
    let writer = Writer { pool: pool.clone(), news: Arc::new(News::default()) };
    Ok(SqlStore::start(writer, pool))
}

/// A server that can't be reached is no wrong address: it may come back.
fn away(error: sqlx::Error) -> StoreError {
    match failed(error) {
        StoreError::Contended(why) => {
            StoreError::Unavailable(format!("{why}; is the server there?"))
        }
        other => other,
    }
}

/// Two numbers that a restored dump doesn't share: of the database and of one table in it.
async fn identity(pool: &PgPool) -> Result<[(&'static str, i64); 2], StoreError> {
    let (database, table): (i64, i64) = sqlx::query_as(
        "SELECT oid::BIGINT, 'meta'::REGCLASS::OID::BIGINT FROM pg_database \
         WHERE datname = current_database()",
    )
    .fetch_one(pool)
    .await
    .map_err(failed)?;
    Ok([("database_oid", database), ("meta_oid", table)])
}

/// A server that doesn't sync makes 200 a promise it can't keep.
async fn warn_of_settings(pool: &PgPool) -> Result<(), StoreError> {
    for setting in ["fsync", "full_page_writes"] {
        let (value,): (String,) = sqlx::query_as("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(pool)
            .await
            .map_err(failed)?;
        if value != "on" {
            metrics::counter!("landfall_alarms_total", "alarm" => "database_not_durable")
                .increment(1);
            tracing::error!(
                event = "alarm",
                alarm = "database_not_durable",
                setting,
                value,
                "the server may lose what it has committed; set it to on"
            );
        }
    }
    Ok(())
}

/// Brings the schema up to date, all steps or none, one process at a time.
async fn migrate(options: &PgConnectOptions) -> Result<(), StoreError> {
    let mut connection = PgConnection::connect_with(options).await.map_err(away)?;
    let mut tx = connection.begin().await.map_err(away)?;
    sqlx::raw_sql(MIGRATION).execute(&mut *tx).await.map_err(away)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut *tx)
        .await
        .map_err(away)?;
    sqlx::raw_sql(schema::TABLE).execute(&mut *tx).await.map_err(away)?;
    let (found, needs): (i64, i64) =
        sqlx::query_as(schema::FOUND).fetch_one(&mut *tx).await.map_err(away)?;
    for (version, step) in schema::missing(STEPS, found, needs)? {
        let refused = |error| schema::refused(version, failed(error));
        sqlx::raw_sql(step.sql).execute(&mut *tx).await.map_err(refused)?;
        sqlx::query(schema::TAKEN)
            .bind(version)
            .bind(step.needs)
            .execute(&mut *tx)
            .await
            .map_err(refused)?;
        schema::stepped();
    }
    tx.commit().await.map_err(away)?;
    connection.close().await.map_err(away)
}
