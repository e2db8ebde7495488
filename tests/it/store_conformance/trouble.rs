//! Databases that are held by others, roll back, or do not sync, and a commit task that dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use landfall::clock::{Clock, SystemClock};
use landfall::model::Accepted;
use landfall::store::{self, StoreError};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::place::{SqliteFile, accept_new, work};
use super::postgres::Server;

/// Longer than SQLite waits: refused, and taken once the other is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f09_a_file_that_another_process_holds_for_long_is_a_refusal_and_no_deadlock() {
    let place = SqliteFile::new();
    let store = store::open(&place.url(), Arc::new(SystemClock)).await.unwrap();
    let mut other = SqliteConnection::connect(&place.url()).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    let (accepted, pinged) = tokio::join!(store.accept(work("a", 1)), store.ping());
    for outcome in [accepted.map(drop), pinged] {
        let Err(StoreError::Unavailable(_)) = outcome else { panic!("{outcome:?}") };
    }
    // In WAL mode who only reads is not held up.
    assert_eq!(store.backlog().await.unwrap().waiting, 0);
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    accept_new(&store, work("a", 1)).await;
    store.ping().await.unwrap();
}

/// Makes the first so many deliveries fail with this code; counts all of them, rolled back or not.
async fn make_trouble(server: &Server, code: &str, times: i64) {
    let setup = format!(
        "DROP TRIGGER IF EXISTS trouble ON deliveries; DROP SEQUENCE IF EXISTS tries; \
         CREATE SEQUENCE tries; \
         CREATE OR REPLACE FUNCTION trouble() RETURNS TRIGGER LANGUAGE PLPGSQL AS $$ BEGIN \
             IF nextval('tries') <= {times} THEN RAISE EXCEPTION USING ERRCODE = '{code}'; END IF; \
             RETURN NULL; \
         END $$; \
         CREATE TRIGGER trouble BEFORE INSERT ON deliveries FOR EACH STATEMENT \
             EXECUTE FUNCTION trouble();"
    );
    sqlx::raw_sql(AssertSqlSafe(setup)).execute(&mut server.beside().await).await.unwrap();
}

async fn tries(server: &Server) -> i64 {
    let (tries,): (i64,) = sqlx::query_as("SELECT last_value FROM tries")
        .fetch_one(&mut server.beside().await)
        .await
        .unwrap();
    tries
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f13_what_postgresql_rolls_back_for_others_is_tried_five_times() {
    let server = Server::database().await;
    let store = store::open(server.url(), Arc::new(SystemClock)).await.unwrap();
    for code in [
        "40001", // serialization_failure
        "40P01", // deadlock_detected
        "53300", // too_many_connections
        "57014", // query_canceled: statement_timeout
        "55P03", // lock_not_available
    ] {
        make_trouble(&server, code, 4).await;
        let accepted = store.accept(work(&format!("{code} four times"), 1)).await;
        assert!(matches!(accepted, Ok(Accepted::New(_))), "{code}: {accepted:?}");
        assert_eq!(tries(&server).await, 5, "{code}");

        make_trouble(&server, code, 99).await;
        let refused = store.accept(work(&format!("{code} always"), 1)).await;
        let Err(StoreError::Unavailable(why)) = refused else { panic!("{code}: {refused:?}") };
        assert!(why.contains(code), "{why}");
        assert_eq!(tries(&server).await, 5, "{code}");
    }
    // What is wrong with the delivery itself, or the disk, is not tried again.
    make_trouble(&server, "53100", 99).await;
    let refused = store.accept(work("disk full", 1)).await;
    let Err(StoreError::Unavailable(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("disk is full"), "{why}");
    assert_eq!(tries(&server).await, 1);
}

/// An operator who switched syncing off for the database or the user does not reach our commits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f27_synchronous_commit_is_on_whatever_the_database_is_set_to() {
    let server = Server::database().await;
    drop(store::open(server.url(), Arc::new(SystemClock)).await.unwrap());
    let (name,): (String,) = sqlx::query_as("SELECT current_database()::TEXT")
        .fetch_one(&mut server.beside().await)
        .await
        .unwrap();
    let setup = format!(
        "ALTER DATABASE {name} SET synchronous_commit = off; \
         CREATE FUNCTION durable() RETURNS TRIGGER LANGUAGE PLPGSQL AS $$ BEGIN \
             IF current_setting('synchronous_commit') <> 'on' THEN RAISE EXCEPTION 'off'; END IF; \
             RETURN NULL; \
         END $$; \
         CREATE TRIGGER durable BEFORE INSERT ON deliveries FOR EACH STATEMENT \
             EXECUTE FUNCTION durable();"
    );
    sqlx::raw_sql(AssertSqlSafe(setup)).execute(&mut server.beside().await).await.unwrap();
    let mut other = server.beside().await;
    let (set,): (String,) =
        sqlx::query_as("SHOW synchronous_commit").fetch_one(&mut other).await.unwrap();
    assert_eq!(set, "off", "the database's own setting is in force for others");
    let store = store::open(server.url(), Arc::new(SystemClock)).await.unwrap();
    accept_new(&store, work("a", 1)).await;
}

/// The machine's clock, until it is torn.
#[derive(Debug, Default)]
struct Torn(AtomicBool);

impl Clock for Torn {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::SeqCst), "as ordered");
        SystemClock.now()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f23_when_the_task_that_commits_has_died_nothing_is_acknowledged_and_it_shows() {
    let place = SqliteFile::new();
    let clock = Arc::new(Torn::default());
    let store = store::open(&place.url(), clock.clone()).await.unwrap();
    accept_new(&store, work("a", 1)).await;
    clock.0.store(true, Ordering::SeqCst);
    let died = store.accept(work("b", 1)).await;
    assert!(matches!(died, Err(StoreError::Unavailable(_))), "{died:?}");
    clock.0.store(false, Ordering::SeqCst);
    for outcome in [store.accept(work("c", 1)).await.map(drop), store.ping().await] {
        let Err(StoreError::Unavailable(why)) = outcome else { panic!("{outcome:?}") };
        assert!(why.contains("restart"), "{why}");
    }
    assert!(!store.is_taking_in());
    // What was acknowledged is there for the next process, and nothing else.
    let next = store::open(&place.url(), Arc::new(SystemClock)).await.unwrap();
    assert_eq!(next.backlog().await.unwrap().waiting, 1);
}
