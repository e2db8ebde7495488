//! Opening a SQLite file: address, permissions, settings, schema.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqlitePool};
use tokio::time::{Instant, sleep};

use super::sql::{SqlStore, begin_epoch};
use super::{Writer, failed, guard, result_code};
use crate::clock::Clock;
use crate::store::StoreError;
use crate::store::schema::{self, Step};
use crate::store::value::millis;

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two tries where SQLite doesn't wait by itself.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// How long a caller waits for a connection: longer than one busy writer ahead of it.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(8);
/// The log grows while somebody reads for long (a backup); afterwards it is cut to so many bytes.
const LOG_KEPT: &str = "67108864";
/// Connections that only read.
const READERS: u32 = 4;

/// The schema's steps, oldest first; a step once released is never edited.
pub(super) const STEPS: &[Step] = &[
    Step { sql: include_str!("migrations/0001_initial.sql"), needs: 1 },
    Step { sql: include_str!("migrations/0002_reconciler.sql"), needs: 1 },
    Step { sql: include_str!("migrations/0003_reports.sql"), needs: 1 },
];

/// Which file this is, whatever its path says later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    inode: u64,
    /// When the file was made, in milliseconds since 1970; 0 where the file system can't say.
    made: i64,
}

/// The database file as it was when it was opened.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    identity: Identity,
}

impl File {
    fn look(path: &Path) -> std::io::Result<Identity> {
        let found = std::fs::metadata(path)?;
        let made = found.created().ok().and_then(|at| Timestamp::try_from(at).ok());
        Ok(Identity { inode: found.ino(), made: made.map_or(0, millis) })
    }

    /// Fails when the path no longer leads to the open file: what is written now would be lost.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let path = self.path.display();
        match Self::look(&self.path) {
            Ok(found) if found == self.identity => Ok(()),
            Ok(_) => Err(StoreError::Unavailable(format!(
                "`{path}` was replaced by another file while it was open; restart to use that one"
            ))),
            Err(error) => Err(StoreError::Unavailable(format!(
                "`{path}` was removed while it was open ({error}); put it back and restart"
            ))),
        }
    }
}

/// Opens what follows `sqlite:` in the address, creating and migrating the file as needed.
pub(in crate::store) async fn open(
    location: &str,
    clock: Arc<dyn Clock>,
) -> Result<SqlStore, StoreError> {
    let (writer, reader, file) = if location == ":memory:" {
        let pool = memory().await?;
        (pool.clone(), pool, None)
    } else {
        let path = Path::new(location);
        if prepare(path)? {
            tracing::info!(event = "new_database", "there was none; one was made");
        }
        let writer = connect(path, false, 1).await?;
        (writer, connect(path, true, READERS).await?, Some(path))
    };
    check_version(&writer, location).await?;
    migrate(&writer, STEPS).await?;
    let file = match file {
        None => None,
        Some(path) => {
            let identity = File::look(path).map_err(|error| address(path, error.to_string()))?;
            Some(File { path: path.to_owned(), identity })
        }
    };
    // A copy is another file. (One written over the old file in place can't be told apart by this;
    // a backup made by us carries no identity.)
    let identity = file.as_ref().map_or(Identity { inode: 0, made: 0 }, |file| file.identity);
    let identity = [("file_inode", identity.inode.cast_signed()), ("file_made", identity.made)];
    begin_epoch(&writer, identity, millis(clock.now())).await?;
    Ok(SqlStore::start(Writer { pool: writer, file: file.map(Arc::new), clock }, reader))
}

fn address(path: &Path, reason: impl Into<String>) -> StoreError {
    StoreError::Address { address: format!("sqlite:{}", path.display()), reason: reason.into() }
}

/// Creates the file readable by its owner only unless it is there, or says why it can't be used.
/// Returns whether it was created.
fn prepare(path: &Path) -> Result<bool, StoreError> {
    if path.as_os_str().is_empty() {
        return Err(address(path, "it names no file; write `sqlite:PATH`"));
    }
    if path.is_dir() {
        return Err(address(path, "it is a directory; name a file in it"));
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent.filter(|parent| !parent.is_dir()) {
        let parent = parent.display();
        return Err(address(path, format!("there is no directory `{parent}`; create it first")));
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => return Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(address(path, format!("it can't be created: {error}"))),
    }
    if let Err(error) = OpenOptions::new().write(true).open(path) {
        return Err(address(path, format!("it can't be written: {error}")));
    }
    match guard::foreign_log(path) {
        Ok(None) => Ok(false),
        Ok(Some(log)) => {
            let (log, path_name) = (log.display(), path.display());
            Err(address(
                path,
                format!(
                    "`{log}` belongs to a file that was in its place before, most likely one that a \
                     backup has replaced; remove it and `{path_name}-shm`, then start again"
                ),
            ))
        }
        Err(error) => Err(address(path, format!("it can't be read: {error}"))),
    }
}

/// Refuses a SQLite that may lose what it has committed.
async fn check_version(writer: &SqlitePool, location: &str) -> Result<(), StoreError> {
    let (version,): (String,) =
        sqlx::query_as("SELECT sqlite_version()").fetch_one(writer).await.map_err(failed)?;
    if guard::is_sound(&version) {
        return Ok(());
    }
    let reason = format!(
        "this program was linked with SQLite {version}, which may lose commits (mended in 3.51.3); \
         build it without LIBSQLITE3_SYS_USE_PKG_CONFIG"
    );
    Err(address(Path::new(location), reason))
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT)
}

/// A pool that never hands a connection out again whose transaction could not be ended. On a full disk
/// SQLite rolls back by itself; the driver's own rollback fails then, and it would count that
/// transaction as open for ever.
fn clean_pool(connections: u32) -> SqlitePoolOptions {
    pool(connections).before_acquire(|connection, _| {
        let is_clean = !connection.is_in_transaction();
        Box::pin(async move { Ok(is_clean) })
    })
}

async fn connect(path: &Path, read_only: bool, connections: u32) -> Result<SqlitePool, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .read_only(read_only);
    // A 200 is a promise that survives a power cut: NORMAL would lose the last commits.
    let options = if read_only {
        options
    } else {
        options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("journal_size_limit", LOG_KEPT)
    };
    // SQLite's own waiting doesn't cover the change to WAL, which every process that opens a new
    // file at the same time wants to make.
    let started = Instant::now();
    loop {
        match clean_pool(connections).connect_with(options.clone()).await {
            Err(error) if is_busy(&error) && started.elapsed() < BUSY_TIMEOUT => {
                sleep(BUSY_PAUSE).await;
            }
            outcome => return outcome.map_err(failed),
        }
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    const BUSY: i32 = 5;
    result_code(error) == Some(BUSY)
}

/// One connection that never closes: with it the database would go.
async fn memory() -> Result<SqlitePool, StoreError> {
    pool(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(SqliteConnectOptions::new().in_memory(true))
        .await
        .map_err(failed)
}

/// Brings the schema up to date, all steps or none; a schema from the future is left alone.
pub(super) async fn migrate(writer: &SqlitePool, steps: &'static [Step]) -> Result<(), StoreError> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let (verdict,): (String,) =
        sqlx::query_as("PRAGMA quick_check(1)").fetch_one(&mut *tx).await.map_err(failed)?;
    if verdict != "ok" {
        return Err(StoreError::Corrupt(format!(
            "its check says `{verdict}`; restore the latest backup"
        )));
    }
    sqlx::raw_sql(schema::TABLE).execute(&mut *tx).await.map_err(failed)?;
    // The first version of this table had one column.
    let (has_needs,): (bool,) = sqlx::query_as(
        "SELECT COUNT(*) > 0 FROM pragma_table_info('schema_version') WHERE name = 'needs'",
    )
    .fetch_one(&mut *tx)
    .await
    .map_err(failed)?;
    if !has_needs {
        let add = "ALTER TABLE schema_version ADD COLUMN needs BIGINT";
        sqlx::raw_sql(add).execute(&mut *tx).await.map_err(failed)?;
    }
    let (found, needs): (i64, i64) =
        sqlx::query_as(schema::FOUND).fetch_one(&mut *tx).await.map_err(failed)?;
    for (version, step) in schema::missing(steps, found, needs)? {
        let refused = |error| schema::refused(version, error);
        sqlx::raw_sql(step.sql).execute(&mut *tx).await.map_err(refused)?;
        sqlx::query(schema::TAKEN)
            .bind(version)
            .bind(step.needs)
            .execute(&mut *tx)
            .await
            .map_err(refused)?;
        schema::stepped();
    }
    tx.commit().await.map_err(failed)
}
