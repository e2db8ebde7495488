//! The store in one SQLite file: one connection writes, a few read.

mod backup;
mod guard;
mod jobs;
mod open;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use self::jobs::insert_jobs;
pub(super) use self::open::open;
use super::StoreError;
use super::value::millis;
use crate::clock::Clock;

/// Locks rows until the transaction's end. There is one writer: nothing to lock.
macro_rules! and_lock {
    () => {
        ""
    };
}
/// The same, and passes by what others have locked.
macro_rules! or_pass_by {
    () => {
        ""
    };
}

#[path = "../sql/mod.rs"]
mod sql;

type Db = Sqlite;
type Connection = SqliteConnection;
type DbRow = SqliteRow;

/// A number for a claim, higher than all before.
const NEXT_FENCE: &str = "UPDATE meta SET value = value + 1 WHERE name = 'fence' RETURNING value";

/// The one connection that writes, and the clock that dates what it writes.
#[derive(Debug, Clone)]
struct Writer {
    pool: SqlitePool,
    /// Absent for a database in memory.
    file: Option<Arc<open::File>>,
    clock: Arc<dyn Clock>,
}

impl Writer {
    /// Begins a transaction that may write. Immediate: one that only reads first and then wants
    /// to write would fail at once beside another writer, without the busy timeout.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.check_kept()?;
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)
    }

    /// Fails when what was committed into the open file is not kept.
    fn check_kept(&self) -> Result<(), StoreError> {
        self.file.as_ref().map_or(Ok(()), |file| file.check())
    }

    async fn now(&self, _: &mut SqliteConnection) -> Result<i64, StoreError> {
        Ok(millis(self.clock.now()))
    }

    /// Another process on the same file (a command at the terminal) is found by looking again.
    async fn news(&self) -> Result<(), StoreError> {
        std::future::pending().await
    }
}

/// Holds others with this content back until the transaction's end. There is one writer.
async fn lock_content(_: &mut SqliteConnection, _: &str) -> Result<(), StoreError> {
    Ok(())
}

/// SQLite's primary result code, when the error is its own.
fn result_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

/// What an error of the driver means to a caller. SQLite's messages name tables, never values.
fn failed(error: sqlx::Error) -> StoreError {
    const CORRUPT: i32 = 11;
    const NOT_A_DATABASE: i32 = 26;
    match (&error, result_code(&error)) {
        (sqlx::Error::Database(inner), Some(CORRUPT | NOT_A_DATABASE)) => {
            StoreError::Corrupt(format!("{}; restore the latest backup", inner.message()))
        }
        (sqlx::Error::Database(inner), _) => StoreError::Unavailable(inner.message().to_owned()),
        (
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound,
            _,
        ) => StoreError::Corrupt(error.to_string()),
        _ => StoreError::Unavailable(error.to_string()),
    }
}
