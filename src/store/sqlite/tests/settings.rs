//! What a connection is set to, what the log may grow to, and which schema goes with which version.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, SqlitePool};

use super::*;
use crate::model::JobKind;
use crate::store::sqlite::guard::is_sound;
use crate::store::sqlite::open::{STEPS, migrate};

async fn beside(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn number(store: &SqlStore, question: &'static str) -> i64 {
    let (number,): (i64,) = sqlx::query_as(question).fetch_one(&store.writer.pool).await.unwrap();
    number
}

/// No setting of the file or of an operator's tool reaches the connection that commits deliveries.
#[tokio::test]
async fn f27_what_is_committed_is_synced_whatever_others_have_set() {
    let dir = tempfile::tempdir().unwrap();
    let first = in_file(&dir).await;
    // A pool that is only dropped closes its connections later, and the journal's mode wants the file alone.
    first.reader.close().await;
    first.writer.pool.close().await;
    drop(first);
    let mut other = beside(&dir.path().join("landfall.db")).await;
    sqlx::raw_sql("PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE")
        .execute(&mut other)
        .await
        .unwrap();
    other.close().await.unwrap();
    let store = in_file(&dir).await;
    assert_eq!(number(&store, "PRAGMA synchronous").await, 2, "FULL");
    let (mode,): (String,) =
        sqlx::query_as("PRAGMA journal_mode").fetch_one(&store.writer.pool).await.unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn f28_the_sqlite_that_is_linked_is_one_that_keeps_its_commits() {
    let store = open(":memory:", Arc::new(SystemClock)).await.unwrap();
    let (version,): (String,) =
        sqlx::query_as("SELECT sqlite_version()").fetch_one(&store.writer.pool).await.unwrap();
    assert!(is_sound(&version), "{version}");
}

#[tokio::test]
async fn f08_a_file_that_can_only_be_read_is_said_and_got_over_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let store = in_file(&dir).await;
    store.accept(work("before", 1, Bytes::new())).await.unwrap();
    // The error that a file system mounted read-only gives.
    let only_read = |yes: &'static str| sqlx::query(yes).execute(&store.writer.pool);
    only_read("PRAGMA query_only = 1").await.unwrap();
    for outcome in [
        store.accept(work("a", 1, Bytes::new())).await.map(drop),
        store.ping().await,
        store.claim(SignedDuration::from_secs(1), 1).await.map(drop),
    ] {
        let Err(StoreError::Unavailable(why)) = outcome else { panic!("{outcome:?}") };
        assert!(why.contains("readonly"), "{why}");
    }
    only_read("PRAGMA query_only = 0").await.unwrap();
    store.accept(work("a", 1, Bytes::new())).await.unwrap();
    store.ping().await.unwrap();
    assert_eq!(store.backlog().await.unwrap().waiting, 2);
}

/// Bytes of the log beside the file.
fn log_length(dir: &tempfile::TempDir) -> u64 {
    std::fs::metadata(dir.path().join("landfall.db-wal")).unwrap().len()
}

const MIB: u64 = 1 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f26_the_log_stays_short_beside_our_own_reads_and_is_cut_after_a_long_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = in_file(&dir).await;
    let body = Bytes::from(vec![b'x'; 3 << 20]);
    for n in 0..25 {
        store.accept(work(&format!("{n}"), n, body.clone())).await.unwrap();
        let (listed, counted) = tokio::join!(store.deliveries(None, 100), store.backlog());
        assert_eq!(listed.unwrap().len() as u64, counted.unwrap().waiting);
    }
    assert!(log_length(&dir) <= 16 * MIB, "{} bytes", log_length(&dir));

    // Somebody's tool reads within one transaction and does not come to an end.
    let mut reader = beside(&dir.path().join("landfall.db")).await;
    sqlx::raw_sql("BEGIN; SELECT COUNT(*) FROM deliveries").execute(&mut reader).await.unwrap();
    for n in 25..50 {
        store.accept(work(&format!("{n}"), n, body.clone())).await.unwrap();
    }
    assert!(log_length(&dir) > 64 * MIB, "the reader holds nothing up: {}", log_length(&dir));
    sqlx::raw_sql("COMMIT").execute(&mut reader).await.unwrap();
    for n in 50..53 {
        store.accept(work(&format!("{n}"), n, Bytes::new())).await.unwrap();
    }
    assert!(log_length(&dir) <= 64 * MIB, "{} bytes are left", log_length(&dir));
}

/// Every step so far only adds: the versions before it may still run, or be gone back to, and what
/// they do not know is kept. Of their code there is only the schema they knew.
#[tokio::test]
async fn f16_a_version_before_this_one_works_beside_it_and_after_it() {
    for known in 1..STEPS.len() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("landfall.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let before = SqlitePool::connect_with(options).await.unwrap();
        migrate(&before, &STEPS[..known]).await.unwrap();
        sqlx::raw_sql(
            "INSERT INTO deliveries (key_source, key_digest, body_digest, event_name, state, \
                                     received_at, bytes) \
                 VALUES ('given', 'k', 'b', 'Issue Hook', 'waiting', 5, 0); \
             INSERT INTO jobs (lane, kind, delivery, state, created_at) \
                 VALUES ('sweep', '{\"job\":\"sweep\"}', 1, 'waiting', 5); \
             INSERT INTO lanes (lane, head, parked, ready_at, fence, claimed) \
                 VALUES ('sweep', 1, 0, 0, 0, 0)",
        )
        .execute(&before)
        .await
        .unwrap();

        let now = in_file(&dir).await;
        let batch = now.claim(SignedDuration::from_secs(60), 9).await.unwrap().unwrap();
        assert_eq!(batch.jobs[0].kind, JobKind::Sweep, "what that version stored is work");
        now.move_cursor(&batch.lease, "reconciler/issues", "here").await.unwrap();

        // It starts again on what this version has made of the file, and stores beside it.
        migrate(&before, &STEPS[..known]).await.unwrap();
        sqlx::raw_sql(
            "INSERT INTO deliveries (key_source, key_digest, body_digest, event_name, state, \
                                     received_at, bytes) \
                 VALUES ('given', 'k2', 'b', 'Issue Hook', 'ignored', 6, 0)",
        )
        .execute(&before)
        .await
        .unwrap();
        assert_eq!(now.deliveries(None, 9).await.unwrap().len(), 2);
        drop(now);
        let again = in_file(&dir).await;
        assert_eq!(again.cursor("reconciler/issues").await.unwrap().as_deref(), Some("here"));
        let steps = number(&again, "SELECT MAX(version) FROM schema_version").await;
        assert_eq!(steps, i64::try_from(STEPS.len()).unwrap());
    }
}
