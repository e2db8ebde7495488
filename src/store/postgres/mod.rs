//! The store on a PostgreSQL server that any number of replicas share.

mod jobs;
mod news;
mod open;

use std::path::Path;
use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use self::jobs::insert_jobs;
use self::news::News;
pub(super) use self::open::open;
use super::StoreError;

/// Locks rows until the transaction's end.
macro_rules! and_lock {
    () => {
        " FOR UPDATE"
    };
}
/// The same, and passes by what others have locked.
macro_rules! or_pass_by {
    () => {
        " FOR UPDATE SKIP LOCKED"
    };
}

#[path = "../sql/mod.rs"]
mod sql;

type Db = Postgres;
type Connection = PgConnection;
type DbRow = PgRow;

/// A number for a claim, higher than all before.
const NEXT_FENCE: &str = "SELECT nextval('fences')";

/// The connections, and the bell that other replicas ring.
#[derive(Debug, Clone)]
struct Writer {
    pool: PgPool,
    news: Arc<News>,
}

impl Writer {
    async fn begin(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.pool.begin().await.map_err(failed)
    }

    /// What the server has committed is kept: `synchronous_commit` is on in each connection.
    fn check_kept(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Milliseconds since 1970 by the server's clock, the only one that all replicas share.
    async fn now(&self, connection: &mut PgConnection) -> Result<i64, StoreError> {
        let (now,): (i64,) =
            sqlx::query_as("SELECT landfall_now()").fetch_one(connection).await.map_err(failed)?;
        Ok(now)
    }

    async fn news(&self) -> Result<(), StoreError> {
        self.news.wait(&self.pool).await
    }

    async fn backup(&self, _: &PgPool, _: &Path) -> Result<(), StoreError> {
        Err(StoreError::Address {
            address: "postgres://…".to_owned(),
            reason:
                "PostgreSQL has its own tool; run `pg_dump --format=custom` (docs/operators.md)"
                    .to_owned(),
        })
    }
}

/// Holds others with this content back until the transaction's end: nothing in the schema keeps two
/// of them from being stored at once.
async fn lock_content(tx: &mut PgConnection, digest: &str) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(digest)
        .execute(tx)
        .await
        .map_err(failed)?;
    Ok(())
}

/// What an error of the driver means to a caller. PostgreSQL's messages can quote values, so only
/// its code and the name of the constraint are told.
fn failed(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(inner) => {
            let code = inner.code().unwrap_or_default();
            let what = format!("PostgreSQL says {code}{}", meaning(&code));
            match code.as_ref() {
                // Rolled back for another's sake, too many connections, cut by an administrator or
                // by a time limit.
                "40001" | "40P01" | "53300" | "55P03" | "57014" | "57P01" | "57P02" | "57P05"
                | "25P03" => StoreError::Contended(what),
                // Data corrupted.
                "XX001" | "XX002" => StoreError::Corrupt(format!("{what}; restore a backup")),
                _ => StoreError::Unavailable(what),
            }
        }
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => StoreError::Contended(error.to_string()),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound => {
            StoreError::Corrupt(error.to_string())
        }
        _ => StoreError::Unavailable(error.to_string()),
    }
}

/// The codes that an operator is likely to meet, in words.
fn meaning(code: &str) -> &'static str {
    match code {
        "28P01" | "28000" => " (user or password refused; check the address and pg_hba.conf)",
        "3D000" => " (there is no such database; create it with `createdb`)",
        "42501" => " (the user lacks a right; it must own the database or the schema)",
        "53100" => " (the server's disk is full)",
        "53300" => " (too many connections)",
        "57P03" => " (the server is starting or stopping)",
        "25006" => " (the server only reads: a standby?)",
        _ => "",
    }
}
