//! What can be wrong with a SQLite file, before and after it is opened.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use landfall::clock::SystemClock;
use landfall::store::{self, Store, StoreError};
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::place::{Place, SqliteFile, accept_new, opened, start, work};

async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    store::open(url, Arc::new(SystemClock)).await
}

async fn refusal(url: &str) -> String {
    open(url).await.map(drop).unwrap_err().to_string()
}

/// Waits until this process has let go of a file: the pool closes it in the background.
pub(super) async fn closed(path: &std::path::Path) {
    let is_open = || {
        let mut open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        open.any(|fd| std::fs::read_link(fd.path()).is_ok_and(|leads_to| leads_to == path))
    };
    while is_open() {
        tokio::task::yield_now().await;
    }
}

async fn beside(place: &SqliteFile) -> SqliteConnection {
    SqliteConnection::connect(&place.url()).await.unwrap()
}

#[tokio::test]
async fn a_new_file_is_its_owners_alone() {
    let place = SqliteFile::new();
    let _store = open(&place.url()).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let path = format!("{}{suffix}", place.path().display());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path}");
    }
}

#[tokio::test]
async fn an_address_that_can_t_be_used_says_what_would_be_right() {
    let place = SqliteFile::new();
    let dir = place.path().parent().unwrap().display().to_string();
    for (url, said) in [
        (format!("sqlite:{dir}"), "is a directory"),
        (format!("sqlite:{dir}/none/landfall.db"), "create it first"),
        ("sqlite:".to_owned(), "names no file"),
        // Where nobody can make a file, not even root.
        ("sqlite:/proc/landfall.db".to_owned(), "can't be created"),
        (format!("{}?mode=ro", place.url()), "takes no options"),
        ("postgres://u:pa55word@db.invalid/x".to_owned(), "is the server there"),
        ("postgres://u:pa55word@db:port/x".to_owned(), "percent-encoded"),
        ("mysql://u:pa55word@db/x".to_owned(), "unknown kind"),
        ("pa55word".to_owned(), "write `sqlite:PATH`"),
    ] {
        let message = refusal(&url).await;
        assert!(message.contains(said), "{url}: {message}");
        assert!(!message.contains("pa55word"), "{message}");
    }
}

#[tokio::test]
async fn a_schema_from_the_future_is_left_alone() {
    let place = SqliteFile::new();
    drop(open(&place.url()).await.unwrap());
    let mut other = beside(&place).await;
    sqlx::query("INSERT INTO schema_version (version) VALUES (99)")
        .execute(&mut other)
        .await
        .unwrap();
    let message = refusal(&place.url()).await;
    assert!(message.contains("version 99") && message.contains("newer Landfall"), "{message}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_kept() {
    let place = SqliteFile::new();
    let letter = "Dear Sir or Madam, ".repeat(100);
    std::fs::write(place.path(), &letter).unwrap();
    assert!(matches!(open(&place.url()).await, Err(StoreError::Corrupt(_))));
    assert_eq!(std::fs::read_to_string(place.path()).unwrap(), letter);
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let place = SqliteFile::new();
    let store = open(&place.url()).await.unwrap();
    for n in 0..200 {
        accept_new(&store, work(&n.to_string(), n)).await;
    }
    drop(store);
    let mut other = beside(&place).await;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let mut bytes = std::fs::read(place.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0x5a);
    std::fs::write(place.path(), bytes).unwrap();
    assert!(matches!(open(&place.url()).await, Err(StoreError::Corrupt(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_open_a_new_file_at_once() {
    for _ in 0..10 {
        let place = SqliteFile::new();
        let openings: Vec<_> = (0..8)
            .map(|n| {
                let url = place.url();
                tokio::spawn(async move {
                    let store = open(&url).await.unwrap();
                    accept_new(&store, work(&format!("{n}"), n)).await;
                })
            })
            .collect();
        for opening in openings {
            opening.await.unwrap();
        }
        assert_eq!(open(&place.url()).await.unwrap().backlog().await.unwrap().waiting, 8);
    }
}

#[tokio::test]
async fn a_restored_backup_begins_a_new_epoch() {
    let place = SqliteFile::new();
    let (first, clock) = opened(&place).await;
    let delivery = accept_new(&first, work("a", 1)).await;
    let backup = place.path().with_extension("backup");
    let mut other = beside(&place).await;
    sqlx::query("VACUUM INTO $1").bind(backup.to_str()).execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    drop(first);

    clock.advance(jiff::SignedDuration::from_hours(1)).await;
    let again = place.open(clock.process()).await;
    assert_eq!(again.epoch().await.unwrap(), start(), "opened again, nothing restored");
    drop(again);

    let url = format!("sqlite:{}", backup.display());
    for _ in 0..2 {
        let restored = store::open(&url, clock.process()).await.unwrap();
        let begun = restored.epoch().await.unwrap();
        assert_eq!(begun, start() + jiff::SignedDuration::from_hours(1));
        assert!(restored.delivery(delivery).await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_whole_private_and_begins_a_new_epoch_even_in_the_old_place() {
    let place = SqliteFile::new();
    let (store, clock) = opened(&place).await;
    let delivery = accept_new(&store, work("a", 1)).await;
    let backup = place.path().with_extension("backup");
    store.backup(&backup).await.unwrap();
    let later = accept_new(&store, work("b", 1)).await;
    assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    let again = store.backup(&backup).await.unwrap_err().to_string();
    assert!(again.contains("exists already"), "{again}");
    drop(store);
    closed(&place.path()).await;

    clock.advance(jiff::SignedDuration::from_hours(1)).await;
    // Written over the old file: the same inode.
    std::fs::write(place.path(), std::fs::read(&backup).unwrap()).unwrap();
    for suffix in ["-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{suffix}", place.path().display())));
    }
    let restored = place.open(clock.process()).await;
    let begun = restored.epoch().await.unwrap();
    assert_eq!(begun, start() + jiff::SignedDuration::from_hours(1));
    assert!(restored.delivery(delivery).await.unwrap().is_some());
    assert!(restored.delivery(later).await.unwrap().is_none());
}

#[tokio::test]
async fn a_newer_schema_that_only_adds_is_worked_with() {
    let place = SqliteFile::new();
    drop(open(&place.url()).await.unwrap());
    let mut other = beside(&place).await;
    sqlx::query("INSERT INTO schema_version (version, needs) VALUES (99, 1)")
        .execute(&mut other)
        .await
        .unwrap();
    open(&place.url()).await.unwrap();
}

#[tokio::test]
async fn a_file_removed_or_replaced_while_open_takes_nothing_more() {
    for replace in [false, true] {
        let place = SqliteFile::new();
        let store = open(&place.url()).await.unwrap();
        accept_new(&store, work("a", 1)).await;
        let aside = place.path().with_extension("aside");
        std::fs::rename(place.path(), &aside).unwrap();
        if replace {
            std::fs::copy(&aside, place.path()).unwrap();
        }
        let said = if replace { "replaced" } else { "removed" };
        for outcome in [
            store.ping().await,
            store.accept(work("b", 1)).await.map(drop),
            store.claim(super::place::LEASE, 1).await.map(drop),
        ] {
            let Err(StoreError::Unavailable(why)) = outcome else { panic!("{outcome:?}") };
            assert!(why.contains(said), "{why}");
        }
        std::fs::rename(&aside, place.path()).unwrap();
        accept_new(&store, work("b", 1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_writer_is_waited_for() {
    let place = SqliteFile::new();
    let store = open(&place.url()).await.unwrap();
    let mut other = beside(&place).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.accept(work("a", 1)).await }
    });
    let early = tokio::time::timeout(Duration::from_millis(300), async {
        while !waiting.is_finished() {
            tokio::task::yield_now().await;
        }
    });
    assert!(early.await.is_err(), "it can't be stored beside another writer");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_job_this_version_can_t_read_is_buried_and_the_lane_goes_on() {
    let place = SqliteFile::new();
    let store = open(&place.url()).await.unwrap();
    let mut ids = Vec::new();
    for key in ["a", "b", "c"] {
        ids.push(accept_new(&store, work(key, 1)).await);
    }
    let mut other = beside(&place).await;
    sqlx::query("UPDATE jobs SET kind = '{\"job\":\"dance\"}' WHERE delivery = $1")
        .bind(ids[1].0)
        .execute(&mut other)
        .await
        .unwrap();
    let mut seen = Vec::new();
    while let Some(batch) = store.claim(super::place::LEASE, 9).await.unwrap() {
        seen.extend(batch.jobs.iter().map(|job| (job.delivery.unwrap(), job.attempt)));
        store.settle(&batch, landfall::model::Settlement::Done).await.unwrap();
    }
    assert_eq!(seen, [(ids[0], 1), (ids[2], 1)]);
    let row = store.delivery(ids[1]).await.unwrap().unwrap();
    assert_eq!(row.state.as_str(), "dead");
}
