//! What can only be seen from inside: query plans, settings of a connection, a full disk.

mod settings;

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use sqlx::Row;

use super::open;
use super::sql::SqlStore;
use super::sql::deliveries::{Entrance, LATELY, SAME_KEY};
use super::sql::queue::{FIRST_DUE, NEXT_HEAD, TAKE_JOBS, WAKE_LANES};
use super::sql::reconciler::{HEARD_OF, KNOWN_CONTENT, KNOWN_GIVEN};
use crate::clock::{ManualClock, SystemClock};
use crate::model::{
    Accepted, DeliveryKey, Disposition, Event, Incoming, IssueIid, IssueRef, ProjectId,
};
use crate::store::{Inbox, Store, StoreError};

fn work(key: &str, iid: u64, body: Bytes) -> Incoming {
    let issue = IssueRef { project: ProjectId(7), iid: IssueIid(iid) };
    Incoming {
        key: DeliveryKey::Given(key.to_owned()),
        body_digest: Sha256::digest(&body).into(),
        event_name: "Issue Hook".to_owned(),
        body,
        disposition: Disposition::Work(Event::IssueChanged { issue }),
        received_at: Timestamp::UNIX_EPOCH,
    }
}

async fn in_file(dir: &tempfile::TempDir) -> SqlStore {
    let path = dir.path().join("landfall.db");
    open(path.to_str().unwrap(), Arc::new(SystemClock)).await.unwrap()
}

/// Many jobs and deliveries without going through `accept`: `lanes` lanes with `jobs` in all.
async fn fill(store: &SqlStore, jobs: i64, lanes: i64) {
    sqlx::query(
        "INSERT INTO jobs (lane, kind, state, created_at) \
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1) \
         SELECT 'lane/' || (i % $2), '{\"job\":\"sweep\"}', 'waiting', 0 FROM n",
    )
    .bind(jobs)
    .bind(lanes)
    .execute(&store.writer.pool)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO lanes (lane, head, parked, ready_at, fence, claimed) \
         SELECT lane, MIN(id), 0, 0, 0, 0 FROM jobs GROUP BY lane",
    )
    .execute(&store.writer.pool)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO deliveries (key_source, key_digest, body_digest, event_name, project, iid, \
                                 state, received_at, bytes) \
         SELECT CASE id % 2 WHEN 0 THEN 'given' ELSE 'content' END, 'key ' || id, '', '', 7, id, \
                'waiting', id, 0 FROM jobs",
    )
    .execute(&store.writer.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn f25_no_statement_on_the_way_of_a_delivery_scans_a_table() {
    let store = open(":memory:", Arc::new(SystemClock)).await.unwrap();
    fill(&store, 20_000, 2_000).await;
    for (statement, index) in [
        (SAME_KEY, "deliveries_given"),
        (LATELY, "deliveries_content"),
        (KNOWN_GIVEN, "deliveries_given"),
        (KNOWN_CONTENT, "deliveries_content"),
        (HEARD_OF, "deliveries_by_arrival"),
        (WAKE_LANES, "lanes_parked"),
        (FIRST_DUE, "lanes_due"),
        (TAKE_JOBS, "jobs_waiting"),
        (NEXT_HEAD, "jobs_waiting"),
    ] {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let mut query = sqlx::query(explain);
        for _ in 0..statement.matches('$').count() {
            query = query.bind(1_i64);
        }
        let rows = query.fetch_all(&store.writer.pool).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let plan = steps.join("; ");
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{statement}: {plan}");
        let walks = steps.iter().filter(|step| step.starts_with("SCAN"));
        assert!(walks.clone().all(|step| step.contains(index)), "{statement}: {plan}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_got_over_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let store = in_file(&dir).await;
    let limit = |pages: &'static str| sqlx::query(pages).execute(&store.writer.pool);
    limit("PRAGMA max_page_count = 100").await.unwrap();
    let body = Bytes::from(vec![b'x'; 30_000]);
    let mut stored = 0;
    let refused = loop {
        match store.accept(work(&format!("{stored}"), 1, body.clone())).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    for _ in 0..3 {
        let again = store.accept(work("more", 1, body.clone())).await;
        assert!(matches!(again, Err(StoreError::Unavailable(_))), "{again:?}");
    }
    limit("PRAGMA max_page_count = 100000").await.unwrap();
    for n in 0..20 {
        let accepted = store.accept(work(&format!("after {n}"), 1, body.clone())).await;
        assert!(matches!(accepted, Ok(Accepted::New(_))), "{accepted:?}");
    }
    assert_eq!(store.backlog().await.unwrap().waiting, stored + 20);
}

/// When the disk is full at COMMIT, SQLite rolls back by itself; here a conflict makes it do so.
#[tokio::test]
async fn a_transaction_that_sqlite_ended_by_itself_does_not_end_all_writing() {
    let dir = tempfile::tempdir().unwrap();
    let store = in_file(&dir).await;
    for n in 0..3 {
        let mut tx = store.writer.begin().await.unwrap();
        let conflict = "INSERT OR ROLLBACK INTO meta (name, value) VALUES ('fence', 1)";
        sqlx::query(conflict).execute(&mut *tx).await.unwrap_err();
        drop(tx);
        let accepted = store.accept(work(&format!("{n}"), 1, Bytes::new())).await;
        assert!(matches!(accepted, Ok(Accepted::New(_))), "{accepted:?}");
    }
}

#[tokio::test]
async fn a_writer_that_stopped_is_not_healthy() {
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let mut store = open(":memory:", clock).await.unwrap();
    store.ping().await.unwrap();
    store.entrance = Entrance::closed();
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    let accepted = store.accept(work("a", 1, Bytes::new())).await;
    assert!(matches!(accepted, Err(StoreError::Unavailable(_))));
}

/// All that accepting leaves behind, without ids.
async fn traces(store: &SqlStore) -> Vec<String> {
    let mut traces = Vec::new();
    for question in [
        "SELECT key_source || key_digest || body_digest || state || COALESCE(reason, '') || bytes \
             || COALESCE(LENGTH(body), '') FROM deliveries ORDER BY 1",
        "SELECT lane || kind || key_source || key_digest || body_digest \
         FROM jobs JOIN deliveries ON deliveries.id = delivery ORDER BY jobs.id",
        "SELECT lane || head || parked || fence || claimed FROM lanes ORDER BY lane",
    ] {
        let rows: Vec<(String,)> =
            sqlx::query_as(question).fetch_all(&store.writer.pool).await.unwrap();
        traces.extend(rows.into_iter().map(|(row,)| row));
    }
    traces
}

#[tokio::test]
async fn a_group_is_answered_as_its_deliveries_would_be_one_by_one() {
    let (one, other, large) = (Bytes::from("1"), Bytes::from("2"), Bytes::from(vec![b'x'; 99_999]));
    let content = |iid, after| Incoming {
        key: DeliveryKey::Content("a".to_owned()),
        received_at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(after),
        ..work("", iid, one.clone())
    };
    let ignored = Disposition::Ignored { reason: "own_event".into(), issue: None };
    let before = [work("old", 1, one.clone()), work("other old", 2, one.clone())];
    let group = [
        content(5, 0),
        work("a", 3, one.clone()),
        work("large", 2, large.clone()),
        work("old", 1, one.clone()),
        work("a", 3, one.clone()),
        work("a", 3, other.clone()),
        Incoming { disposition: ignored, ..work("ignored", 9, one.clone()) },
        work("b", 4, one.clone()),
        work("a", 3, other.clone()),
        work("large", 2, one.clone()),
        content(5, 600),
        content(5, 601),
        work("c", 3, one.clone()),
        work("other old", 2, other.clone()),
        Incoming {
            disposition: Disposition::Quarantined { reason: "bad_json".into() },
            ..work("d", 1, one)
        },
        work("e", 4, other),
    ];
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let alone = open(":memory:", clock.clone()).await.unwrap();
    let together = Arc::new(open(":memory:", clock).await.unwrap());
    for delivery in before {
        alone.accept(delivery.clone()).await.unwrap();
        together.accept(delivery).await.unwrap();
    }
    let mut expected = Vec::new();
    for delivery in group.clone() {
        expected.push(std::mem::discriminant(&alone.accept(delivery).await.unwrap()));
    }
    // There is one thread: all of them stand at the entrance before its task runs.
    let callers = group.map(|delivery| {
        let together = Arc::clone(&together);
        tokio::spawn(async move { together.accept(delivery).await.unwrap() })
    });
    for (caller, expected) in callers.into_iter().zip(expected) {
        assert_eq!(std::mem::discriminant(&caller.await.unwrap()), expected);
    }
    assert_eq!(traces(&together).await, traces(&alone).await);
}
