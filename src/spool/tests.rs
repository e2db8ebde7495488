//! A database that goes away, and what its inbox keeps meanwhile.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tempfile::TempDir;
use tokio::sync::Notify;

use super::*;
use crate::clock::ManualClock;
use crate::model::{DeliveryId, DeliveryKey, Disposition};

/// A database that is there or not.
#[derive(Debug, Default)]
struct Database {
    is_away: AtomicBool,
    hangs: AtomicBool,
    taken: Mutex<Vec<String>>,
    took: Notify,
}

impl Database {
    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn holds(&self, count: usize) -> Vec<String> {
        let all = async {
            loop {
                let took = self.took.notified();
                let taken = self.taken();
                if taken.len() >= count {
                    return taken;
                }
                took.await;
            }
        };
        timeout(Duration::from_secs(20), all).await.expect("not everything was handed on")
    }
}

#[async_trait]
impl Inbox for Database {
    async fn accept(&self, incoming: Incoming) -> Result<Accepted, StoreError> {
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.is_away.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("away".to_owned()));
        }
        let DeliveryKey::Given(key) = incoming.key else { panic!("a key of another kind") };
        let mut taken = self.taken.lock().unwrap();
        let is_new = !taken.contains(&key);
        if is_new {
            taken.push(key);
        }
        drop(taken);
        self.took.notify_waiters();
        Ok(if is_new { Accepted::New(DeliveryId(1)) } else { Accepted::Duplicate })
    }
}

fn delivery(number: usize) -> Incoming {
    Incoming {
        key: DeliveryKey::Given(format!("{number:04}")),
        body_digest: [7; 32],
        event_name: "Issue Hook".to_owned(),
        body: Bytes::from(vec![b'x'; 700]),
        disposition: Disposition::Quarantined { reason: "bad_json".into() },
        received_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn keys(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("{number:04}")).collect()
}

fn settings(folder: &Path) -> SpoolSettings {
    SpoolSettings {
        folder: folder.to_owned(),
        max_bytes: 1 << 20,
        patience: Duration::from_millis(200),
        retry: Duration::from_millis(5),
    }
}

fn spool(database: &Arc<Database>, settings: SpoolSettings) -> Spool {
    let clock = Arc::new(ManualClock::at(jiff::Timestamp::UNIX_EPOCH));
    Spool::start(Arc::clone(database) as Arc<dyn Inbox>, settings, clock, Arc::new(|| {}))
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), wait).await.unwrap_or_else(|_| panic!("never: {what}"));
}

fn place() -> (TempDir, Arc<Database>) {
    (tempfile::tempdir().unwrap(), Arc::default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f11_what_comes_while_the_database_is_away_is_handed_on_in_order() {
    let (folder, database) = place();
    let spool = spool(&database, settings(folder.path()));
    assert!(matches!(spool.accept(delivery(0)).await, Ok(Accepted::New(_))));
    assert_eq!(files(folder.path()), 0, "no file while all is well");

    database.is_away.store(true, Ordering::SeqCst);
    for number in 1..300 {
        assert_eq!(spool.accept(delivery(number)).await.unwrap(), Accepted::Spooled);
    }
    assert_eq!(spool.waiting(), 299);
    assert_eq!(database.taken(), keys(0..1));

    database.is_away.store(false, Ordering::SeqCst);
    assert_eq!(database.holds(300).await, keys(0..300));
    until("the file goes", || files(folder.path()) == 0 && !spool.is_spooling()).await;
    assert_eq!(spool.waiting(), 0);
    assert!(matches!(spool.accept(delivery(300)).await, Ok(Accepted::New(_))), "direct again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_left_is_handed_on_by_the_next_and_a_torn_end_does_no_harm() {
    let (folder, database) = place();
    let mut bytes = Vec::new();
    for number in 0..5 {
        record::encode(&delivery(number), &mut bytes).unwrap();
    }
    // Killed while it wrote the last one, which nobody was told is kept.
    bytes.truncate(bytes.len() - 10);
    file::SpoolFile::create(folder.path(), "left").unwrap().append(&bytes).unwrap();

    let second = spool(&database, settings(folder.path()));
    assert_eq!(database.holds(4).await, keys(0..4));
    until("the file goes", || files(folder.path()) == 0 && !second.is_spooling()).await;
    assert!(matches!(second.accept(delivery(9)).await, Ok(Accepted::New(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_a_process_that_lives_is_its_own() {
    let (folder, database) = place();
    database.is_away.store(true, Ordering::SeqCst);
    let one = spool(&database, settings(folder.path()));
    let other = spool(&database, settings(folder.path()));
    one.accept(delivery(1)).await.unwrap();
    other.accept(delivery(2)).await.unwrap();
    assert_eq!(files(folder.path()), 2);
    database.is_away.store(false, Ordering::SeqCst);
    let mut taken = database.holds(2).await;
    taken.sort();
    assert_eq!(taken, keys(1..3));
    until("both files go", || files(folder.path()) == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_spool_refuses_says_so_and_takes_again_when_there_is_room() {
    let (folder, database) = place();
    database.is_away.store(true, Ordering::SeqCst);
    let spool = spool(&database, SpoolSettings { max_bytes: 4_000, ..settings(folder.path()) });
    let mut kept = 0;
    let refusal = loop {
        match spool.accept(delivery(kept)).await {
            Ok(_) => kept += 1,
            Err(error) => break error.to_string(),
        }
        assert!(kept < 10, "there is no bound");
    };
    assert!(refusal.contains("LANDFALL_SPOOL_MEGABYTES"), "{refusal}");
    assert!(spool.is_full());
    database.is_away.store(false, Ordering::SeqCst);
    assert_eq!(database.holds(kept).await, keys(0..kept));
    until("there is room", || !spool.is_spooling()).await;
    assert!(spool.accept(delivery(kept)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_written_is_a_refusal_and_no_end() {
    let (folder, database) = place();
    database.is_away.store(true, Ordering::SeqCst);
    let blocked = folder.path().join("taken");
    std::fs::write(&blocked, "a file where the folder should be").unwrap();
    let spool = spool(&database, settings(&blocked));
    assert!(spool.accept(delivery(0)).await.is_err());
    std::fs::remove_file(&blocked).unwrap();
    assert_eq!(spool.accept(delivery(0)).await.unwrap(), Accepted::Spooled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_is_not_waited_for_twice() {
    let (folder, database) = place();
    database.hangs.store(true, Ordering::SeqCst);
    let spool = spool(&database, settings(folder.path()));
    assert_eq!(spool.accept(delivery(0)).await.unwrap(), Accepted::Spooled);
    // Would the database be asked, this would take for ever.
    assert_eq!(spool.accept(delivery(1)).await.unwrap(), Accepted::Spooled);
    assert!(database.taken().is_empty());
    database.hangs.store(false, Ordering::SeqCst);
    assert_eq!(database.holds(2).await, keys(0..2));
}
