//! Kills the process in the middle of its work, again and again: what was answered is kept.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use landfall::clock::SystemClock;
use landfall::model::{Accepted, DeliveryState, Settlement};
use landfall::store;

use super::place::{SqliteFile, work};
use super::postgres::Server;

const KILLS: u32 = 24;
const SEED: u64 = 7;
const URL: &str = "LANDFALL_TEST_CRASH_URL";
const ROUND: &str = "LANDFALL_TEST_CRASH_ROUND";
const CHILD: &str = "store_conformance::crash::the_child_that_is_killed";

/// Not a test of its own: the parent below starts it in a process of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_that_is_killed() {
    let (Ok(url), Ok(round)) = (std::env::var(URL), std::env::var(ROUND)) else {
        return;
    };
    let store = store::open(&url, Arc::new(SystemClock)).await.unwrap();
    for caller in 0..8 {
        let (store, round) = (Arc::clone(&store), round.clone());
        tokio::spawn(async move {
            for n in 0_u64.. {
                let key = format!("{round}.{caller}.{n}");
                assert!(matches!(store.accept(work(&key, n % 5)).await, Ok(Accepted::New(_))));
                // To the pipe itself: the harness must not hold it back.
                writeln!(std::io::stdout(), "acked {key}").unwrap();
            }
        });
    }
    let lease = SignedDuration::from_millis(20);
    loop {
        if let Some(batch) = store.claim(lease, 3).await.unwrap() {
            // A lease that ran out meanwhile is part of the game.
            let _ = store.settle(&batch, Settlement::Done).await;
        }
        tokio::task::yield_now().await;
    }
}

/// Lets a child work until it has answered `enough` deliveries, kills it, returns what it answered.
fn killed_after(url: &str, round: u32, enough: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([CHILD, "--exact", "--nocapture", "--test-threads=1"])
        .env(URL, url)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acked = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        // The harness's own words stand before the first one, on the same line.
        let Some((_, key)) = line.split_once("acked ") else {
            continue;
        };
        acked.push(key.to_owned());
        if acked.len() == enough {
            // SIGKILL; what it still printed is read to the end.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    // The last line may be cut in the middle of its key.
    acked.pop();
    acked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_answered_is_lost_by_kill_9() {
    let place = SqliteFile::new();
    nothing_is_lost(&place.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_answered_is_lost_by_kill_9_on_postgresql() {
    let server = Server::database().await;
    nothing_is_lost(server.url()).await;
}

async fn nothing_is_lost(url: &str) {
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut acked = BTreeSet::new();
    for round in 0..KILLS {
        let (url, enough) = (url.to_owned(), random.usize(2..60));
        let keys = tokio::task::spawn_blocking(move || killed_after(&url, round, enough));
        let keys = tokio::time::timeout(Duration::from_secs(60), keys).await.unwrap().unwrap();
        assert!(keys.len() + 1 >= enough, "round {round} died early (seed {SEED})");
        acked.extend(keys);
    }
    let store = store::open(url, Arc::new(SystemClock)).await.unwrap();
    for key in &acked {
        let n = key.rsplit('.').next().unwrap().parse::<u64>().unwrap();
        let again = store.accept(work(key, n % 5)).await.unwrap();
        assert_eq!(again, Accepted::Duplicate, "{key} was answered and lost (seed {SEED})");
    }
    // Each delivery has its job until it is done: none lost between two tables.
    let waiting = store.deliveries(Some(DeliveryState::Waiting), u32::MAX).await.unwrap();
    let done = store.deliveries(Some(DeliveryState::Done), u32::MAX).await.unwrap();
    assert_eq!(store.backlog().await.unwrap().waiting, waiting.len() as u64);
    assert!(waiting.len() + done.len() >= acked.len());
    assert!(!done.is_empty(), "the children never came to work");
}
