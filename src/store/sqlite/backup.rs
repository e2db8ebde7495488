//! A copy of the whole database as of one moment.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection as _, SqlitePool};

use super::{Writer, failed};
use crate::store::StoreError;

impl Writer {
    /// `VACUUM INTO` reads within one snapshot and doesn't hold up the writer.
    pub(in crate::store) async fn backup(
        &self,
        reader: &SqlitePool,
        file: &Path,
    ) -> Result<(), StoreError> {
        let refused = |reason: String| StoreError::Address {
            address: format!("sqlite:{}", file.display()),
            reason,
        };
        let path =
            file.to_str().ok_or_else(|| refused("its name must be UTF-8".to_owned()))?.to_owned();
        // Made here, so that it is its owner's alone from the first byte on. SQLite takes an empty
        // file for one that is not there.
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(refused("it exists already; name a new file".to_owned()));
            }
            Err(error) => return Err(refused(format!("it can't be created: {error}"))),
        }
        let copied = copy(reader, &path).await;
        if copied.is_err() {
            // Half a copy must not be taken for a whole one.
            drop(std::fs::remove_file(file));
        }
        copied
    }
}

async fn copy(reader: &SqlitePool, path: &str) -> Result<(), StoreError> {
    sqlx::query("VACUUM INTO $1").bind(path).execute(reader).await.map_err(failed)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Delete)
        .synchronous(SqliteSynchronous::Extra);
    let mut copy = SqliteConnection::connect_with(&options).await.map_err(failed)?;
    // Without these the one who opens it begins an epoch, even in the place of the old file.
    sqlx::query("DELETE FROM meta WHERE name IN ('file_inode', 'file_made')")
        .execute(&mut copy)
        .await
        .map_err(failed)?;
    copy.close().await.map_err(failed)?;
    let synced = std::fs::File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|error| StoreError::Unavailable(error.to_string()))
}
