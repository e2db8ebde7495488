//! Databases on a throw-away PostgreSQL server, and what only PostgreSQL can do wrong.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::SignedDuration;
use landfall::clock::{Clock, ManualClock, SystemClock};
use landfall::model::{Accepted, DeliveryState, Settlement};
use landfall::store::{self, Store, StoreError};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use url::Url;

use super::place::{LEASE, Place, accept_new, claim, start, work};

const SERVER: &str = "LANDFALL_TEST_POSTGRES_URL";

/// A new database on the server that `scripts/with-postgres` has started.
pub(crate) struct Server {
    url: String,
}

impl Server {
    pub(crate) async fn database() -> Self {
        let server = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!("{SERVER} is not set; run scripts/test, or scripts/with-postgres cargo test …")
        });
        let name = format!("test_{:016x}", fastrand::u64(..));
        let mut admin = PgConnection::connect(&server).await.unwrap();
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut admin).await.unwrap();
        admin.close().await.unwrap();
        let mut url = Url::parse(&server).unwrap();
        url.set_path(&name);
        Self { url: url.into() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A connection beside the store's own.
    pub(crate) async fn beside(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// Makes the database's clock one that a test moves.
    async fn take_the_clock(&self) {
        let setup = format!(
            "CREATE TABLE test_clock AS SELECT {}::BIGINT AS now; \
             CREATE OR REPLACE FUNCTION landfall_now() RETURNS BIGINT LANGUAGE SQL VOLATILE AS \
             'SELECT now FROM test_clock';",
            start().as_millisecond()
        );
        let mut beside = self.beside().await;
        let is_taken: Option<(String,)> =
            sqlx::query_as("SELECT tablename::TEXT FROM pg_tables WHERE tablename = 'test_clock'")
                .fetch_optional(&mut beside)
                .await
                .unwrap();
        if is_taken.is_none() {
            sqlx::raw_sql(AssertSqlSafe(setup)).execute(&mut beside).await.unwrap();
        }
        beside.close().await.unwrap();
    }
}

#[async_trait]
impl Place for Server {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn Store> {
        let store = store::open(&self.url, clock).await.unwrap();
        self.take_the_clock().await;
        store
    }

    async fn advance(&self, by: SignedDuration) {
        let mut beside = self.beside().await;
        sqlx::query("UPDATE test_clock SET now = now + $1")
            .bind(i64::try_from(by.as_millis()).unwrap())
            .execute(&mut beside)
            .await
            .unwrap();
        beside.close().await.unwrap();
    }
}

async fn told(url: &str) -> String {
    store::open(url, Arc::new(SystemClock)).await.map(drop).unwrap_err().to_string()
}

#[tokio::test]
async fn what_is_wrong_with_an_address_is_told_without_the_password() {
    let server = Server::database().await;
    let good = Url::parse(server.url()).unwrap();
    let changed = |change: &dyn Fn(&mut Url)| {
        let mut url = good.clone();
        url.set_password(Some("pa55word")).unwrap();
        change(&mut url);
        url.to_string()
    };
    for (url, said) in [
        (changed(&|url| url.set_path("/nowhere")), "createdb"),
        (changed(&|url| url.set_username("nobody").unwrap()), "user or password refused"),
        (changed(&|url| url.set_port(Some(1)).unwrap()), "is the server there"),
    ] {
        let message = told(&url).await;
        assert!(message.contains(said), "{message}");
        assert!(!message.contains("pa55word"), "{message}");
    }
}

#[tokio::test]
async fn a_schema_from_the_future_is_left_alone_unless_it_only_adds() {
    let server = Server::database().await;
    drop(store::open(server.url(), Arc::new(SystemClock)).await.unwrap());
    let mut beside = server.beside().await;
    for (needs, is_refused) in [(1, false), (99, true)] {
        sqlx::query(
            "INSERT INTO schema_version (version, needs) VALUES (99, $1) \
             ON CONFLICT (version) DO UPDATE SET needs = excluded.needs",
        )
        .bind(needs)
        .execute(&mut beside)
        .await
        .unwrap();
        let opened = store::open(server.url(), Arc::new(SystemClock)).await.map(drop);
        match (opened, is_refused) {
            (Ok(()), false) => {}
            (Err(StoreError::Schema(why)), true) => assert!(why.contains("version 99"), "{why}"),
            (other, _) => panic!("needs {needs}: {other:?}"),
        }
    }
}

/// F15: one migrates, the others wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_open_an_empty_database_at_once() {
    let server = Server::database().await;
    let open = |n: u64| {
        let url = server.url().to_owned();
        async move {
            let store = store::open(&url, Arc::new(SystemClock)).await.unwrap();
            accept_new(&store, work(&format!("{n}"), n)).await;
        }
    };
    join_all((0..6).map(open)).await;
    let store = store::open(server.url(), Arc::new(SystemClock)).await.unwrap();
    assert_eq!(store.backlog().await.unwrap().waiting, 6);
}

/// F17: the connection that migrates is cut again and again, wherever it happens to be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_was_cut_is_completed_by_the_next_start() {
    let mut cut = 0;
    for _ in 0..20 {
        let server = Server::database().await;
        let url = server.url().to_owned();
        let opening =
            tokio::spawn(async move { store::open(&url, Arc::new(SystemClock)).await.map(drop) });
        let mut beside = server.beside().await;
        while !opening.is_finished() {
            let killed = sqlx::query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid() \
                   AND query LIKE '%CREATE TABLE%'",
            );
            if killed.execute(&mut beside).await.unwrap().rows_affected() > 0 {
                break;
            }
        }
        cut += u32::from(opening.await.unwrap().is_err());
        let store = store::open(server.url(), Arc::new(SystemClock)).await.unwrap();
        accept_new(&store, work("a", 1)).await;
        assert_eq!(claim(&store).await.jobs.len(), 1);
    }
    assert!(cut > 0, "no migration was ever cut");
}

/// F11, F12: callers hear of success or of trouble, and what they heard holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_lose_nothing_and_are_made_again() {
    let server = Server::database().await;
    let store = store::open(server.url(), Arc::new(SystemClock)).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
            tokio::spawn(async move {
                let (mut kept, mut n) = (Vec::new(), 0_u64);
                while !stop.load(Ordering::Relaxed) {
                    let key = format!("{caller}.{n}");
                    if store.accept(work(&key, n % 5)).await.is_ok() {
                        kept.push((key, n % 5));
                    }
                    n += 1;
                }
                kept
            })
        })
        .collect();
    let mut beside = server.beside().await;
    let mut cut = 0;
    while cut < 60 {
        let killed = sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        cut += killed.execute(&mut beside).await.unwrap().rows_affected();
    }
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        for (key, iid) in caller.await.unwrap() {
            let again = store.accept(work(&key, iid)).await.unwrap();
            assert_eq!(again, Accepted::Duplicate, "{key} was kept and is lost");
        }
    }
    let waiting = store.deliveries(Some(DeliveryState::Waiting), u32::MAX).await.unwrap();
    assert_eq!(store.backlog().await.unwrap().waiting, waiting.len() as u64);
}

/// Jobs are stored by two replicas and taken by two, all at once: none is stranded, none is settled
/// that nobody has seen, each lane keeps its order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_that_store_and_two_that_work_strand_nothing() {
    const EACH: u64 = 150;
    let server = Server::database().await;
    let mut replicas = Vec::new();
    for _ in 0..2 {
        replicas.push(store::open(server.url(), Arc::new(SystemClock)).await.unwrap());
    }
    let stored = |replica: usize, writer: u64| {
        let store = Arc::clone(&replicas[replica]);
        tokio::spawn(async move {
            for n in 0..EACH {
                accept_new(&store, work(&format!("{writer}.{n}"), n % 3)).await;
            }
        })
    };
    let writers = [stored(0, 0), stored(0, 1), stored(1, 2), stored(1, 3)];
    let seen = Arc::new(Mutex::new(BTreeMap::<String, Vec<i64>>::new()));
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let (store, seen) = (Arc::clone(&replicas[worker % 2]), Arc::clone(&seen));
            tokio::spawn(async move {
                loop {
                    let count = |seen: &BTreeMap<String, Vec<i64>>| -> usize {
                        seen.values().map(Vec::len).sum()
                    };
                    if count(&seen.lock().unwrap()) >= 4 * usize::try_from(EACH).unwrap() {
                        return;
                    }
                    let Some(batch) = store.claim(LEASE, 7).await.unwrap() else {
                        tokio::task::yield_now().await;
                        continue;
                    };
                    let ids = batch.jobs.iter().map(|job| job.id.0);
                    let lane = batch.lease.lane.0.clone();
                    seen.lock().unwrap().entry(lane).or_default().extend(ids);
                    store.settle(&batch, Settlement::Done).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let all = async {
        for worker in workers {
            worker.await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("a job is stranded");
    assert_eq!(replicas[0].backlog().await.unwrap().waiting, 0);
    for (lane, ids) in &*seen.lock().unwrap() {
        assert!(ids.is_sorted(), "{lane} out of order: {ids:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_hears_that_another_has_stored_work() {
    let server = Server::database().await;
    let (one, other) = (
        store::open(server.url(), Arc::new(SystemClock)).await.unwrap(),
        store::open(server.url(), Arc::new(SystemClock)).await.unwrap(),
    );
    // The first call listens from now on.
    other.news().await.unwrap();
    let hears = tokio::spawn(async move { other.news().await });
    accept_new(&one, work("a", 1)).await;
    let heard = tokio::time::timeout(Duration::from_secs(20), hears).await;
    heard.expect("nothing was heard").unwrap().unwrap();
}

/// G04: two replicas ten minutes apart; the lease goes by the database's clock.
#[tokio::test]
async fn replicas_whose_clocks_differ_agree_on_a_lease() {
    let server = Server::database().await;
    let early = Arc::new(ManualClock::at(start()));
    let late = Arc::new(ManualClock::at(start() + SignedDuration::from_mins(10)));
    let one = server.open(early).await;
    let other = server.open(late).await;
    accept_new(&one, work("a", 1)).await;
    let batch = claim(&one).await;
    assert!(other.claim(LEASE, 1).await.unwrap().is_none());
    server.advance(LEASE).await;
    let taken = claim(&other).await;
    assert!(taken.lease.fence > batch.lease.fence);
    let refused = one.settle(&batch, Settlement::Done).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost(_))), "{refused:?}");
}

/// A dump that is restored has the same rows and other tables.
#[tokio::test]
async fn a_restored_dump_begins_a_new_epoch() {
    let server = Server::database().await;
    let store = server.open(Arc::new(ManualClock::at(start()))).await;
    let later = start() + SignedDuration::from_hours(1);
    drop(store);
    let again = server.open(Arc::new(ManualClock::at(later))).await;
    assert_eq!(again.epoch().await.unwrap(), start(), "opened again, nothing restored");
    drop(again);
    let mut beside = server.beside().await;
    sqlx::raw_sql(
        "CREATE TABLE copy (LIKE meta INCLUDING ALL); INSERT INTO copy SELECT * FROM meta; \
         DROP TABLE meta; ALTER TABLE copy RENAME TO meta;",
    )
    .execute(&mut beside)
    .await
    .unwrap();
    let restored = server.open(Arc::new(ManualClock::at(later))).await;
    assert_eq!(restored.epoch().await.unwrap(), later);
}
