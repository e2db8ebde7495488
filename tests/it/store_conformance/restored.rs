//! Files that lie where another one was: backups, logs cut short, logs left behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use landfall::clock::SystemClock;
use landfall::model::Accepted;
use landfall::store::{self, Store, StoreError};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use super::place::{SqliteFile, accept_new, work};
use super::sqlite_file::closed;

async fn open(place: &SqliteFile) -> Result<Arc<dyn Store>, StoreError> {
    store::open(&place.url(), Arc::new(SystemClock)).await
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

/// Copies the three files of a database as they lie there, as a crashed machine would leave them.
fn seized(from: &SqliteFile, to: &SqliteFile) {
    for ending in ["", "-wal", "-shm"] {
        fs::copy(beside(&from.path(), ending), beside(&to.path(), ending)).unwrap();
    }
}

/// A database that was open until now, with its log unwritten: `count` deliveries, of which the last
/// are only in the log.
async fn with_log(count: u64) -> SqliteFile {
    let (live, dead) = (SqliteFile::new(), SqliteFile::new());
    let store = open(&live).await.unwrap();
    for n in 0..count {
        accept_new(&store, work(&n.to_string(), n)).await;
    }
    seized(&live, &dead);
    assert!(fs::metadata(beside(&dead.path(), "-wal")).unwrap().len() > 0);
    dead
}

async fn is_sound(place: &SqliteFile) {
    let mut connection = SqliteConnection::connect(&place.url()).await.unwrap();
    let (verdict,): (String,) =
        sqlx::query_as("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(verdict, "ok");
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f10_without_its_shm_a_database_is_whole() {
    let place = with_log(20).await;
    fs::remove_file(beside(&place.path(), "-shm")).unwrap();
    let store = open(&place).await.unwrap();
    assert_eq!(store.backlog().await.unwrap().waiting, 20);
}

/// A log that was cut short is a database of an earlier moment, never half a commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f10_a_log_cut_anywhere_is_an_earlier_moment_and_nothing_in_between() {
    let whole = with_log(12).await;
    let log = fs::read(beside(&whole.path(), "-wal")).unwrap();
    let mut seen = BTreeSet::new();
    for part in 0..=16 {
        let cut = SqliteFile::new();
        seized(&whole, &cut);
        let length = log.len() * part / 16;
        fs::write(beside(&cut.path(), "-wal"), &log[..length]).unwrap();
        fs::remove_file(beside(&cut.path(), "-shm")).unwrap();
        let store = open(&cut).await.unwrap();
        let deliveries = store.deliveries(None, 99).await.unwrap();
        assert_eq!(store.backlog().await.unwrap().waiting, deliveries.len() as u64);
        // What came later is simply not there: it can be taken in again.
        for n in 0..12 {
            let again = store.accept(work(&n.to_string(), n)).await.unwrap();
            let is_there = n < deliveries.len() as u64;
            assert_eq!(matches!(again, Accepted::Duplicate), is_there, "{n} of {length} bytes");
        }
        drop(store);
        closed(&cut.path()).await;
        is_sound(&cut).await;
        seen.insert(deliveries.len());
    }
    assert!(seen.len() > 2 && seen.contains(&12), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f19_a_backup_made_under_load_is_whole_and_of_one_moment() {
    let (place, restored) = (SqliteFile::new(), SqliteFile::new());
    let store = open(&place).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..8)
        .map(|sender| {
            let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut sent = 0;
                while !stop.load(Ordering::Relaxed) {
                    accept_new(&store, work(&format!("{sender}.{sent}"), sent % 7)).await;
                    sent += 1;
                }
                sent
            })
        })
        .collect();
    while store.backlog().await.unwrap().waiting < 200 {
        tokio::task::yield_now().await;
    }
    let before = store.backlog().await.unwrap().waiting;
    store.backup(&restored.path()).await.unwrap();
    let after = store.backlog().await.unwrap().waiting;
    stop.store(true, Ordering::Relaxed);
    let mut sent = Vec::new();
    for sender in senders {
        sent.push(sender.await.unwrap());
    }
    let all: u64 = sent.iter().sum();
    assert!(after < all, "it held the senders up");

    let copy = open(&restored).await.unwrap();
    let kept = copy.backlog().await.unwrap().waiting;
    assert!((before..=after).contains(&kept), "{before} {kept} {after}");
    assert_eq!(copy.deliveries(None, u32::MAX).await.unwrap().len() as u64, kept);
    // GitLab's log of deliveries is read again: what the copy has is known, the rest is taken in.
    let mut new = 0;
    for (sender, sent) in sent.iter().enumerate() {
        for n in 0..*sent {
            match copy.accept(work(&format!("{sender}.{n}"), n % 7)).await.unwrap() {
                Accepted::New(_) => new += 1,
                other => assert_eq!(other, Accepted::Duplicate),
            }
        }
    }
    assert_eq!(kept + new, all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f20_a_log_left_beside_a_restored_backup_is_never_written_over_it() {
    let source = with_log(30).await;
    let (place, copy) = (SqliteFile::new(), SqliteFile::new());
    let store = open(&place).await.unwrap();
    accept_new(&store, work("of the backup", 1)).await;
    store.backup(&copy.path()).await.unwrap();
    drop(store);
    closed(&place.path()).await;
    // Only the file was replaced, in place or by another; log and -shm of the one before lie there.
    for in_place in [true, false] {
        seized(&source, &place);
        if !in_place {
            fs::remove_file(place.path()).unwrap();
        }
        fs::copy(copy.path(), place.path()).unwrap();
        let bytes = fs::read(place.path()).unwrap();
        let refused = open(&place).await.map(drop).unwrap_err().to_string();
        for words in ["landfall.db-wal", "landfall.db-shm", "remove", "backup"] {
            assert!(refused.contains(words), "{refused}");
        }
        assert!(fs::read(place.path()).unwrap() == bytes, "it was written to");
        for ending in ["-wal", "-shm"] {
            fs::remove_file(beside(&place.path(), ending)).unwrap();
        }
        let store = open(&place).await.unwrap();
        assert_eq!(store.backlog().await.unwrap().waiting, 1);
        drop(store);
        closed(&place.path()).await;
        is_sound(&place).await;
    }
    // A log without its file is another matter: the new file begins without it.
    seized(&source, &place);
    fs::remove_file(place.path()).unwrap();
    assert_eq!(open(&place).await.unwrap().backlog().await.unwrap().waiting, 0);
}
