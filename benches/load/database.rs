//! The database under a service: a file in its folder, or one on a throw-away PostgreSQL server.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use landfall::clock::SystemClock;
use landfall::store;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use url::Url;

/// Of `scripts/with-postgres`.
const SERVER: &str = "LANDFALL_TEST_POSTGRES_URL";

/// The address of the file that belongs to this folder.
pub(crate) fn file(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("landfall.db").display())
}

/// The address of a new database on the server.
pub(crate) fn on_server() -> anyhow::Result<String> {
    let server = std::env::var(SERVER)
        .context("no PostgreSQL: run scripts/with-postgres cargo bench --bench load …")?;
    let name = format!("load_{:016x}", fastrand::u64(..));
    let mut url = Url::parse(&server)?;
    url.set_path(&name);
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    tokio::runtime::Runtime::new()?.block_on(async {
        let mut admin = PgConnection::connect(&server).await?;
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut admin).await?;
        admin.close().await
    })?;
    Ok(url.into())
}

/// Deliveries that wait or gave up.
pub(crate) fn stored(url: &str) -> anyhow::Result<u64> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let store = store::open(url, Arc::new(SystemClock)).await?;
        let backlog = store.backlog().await?;
        Ok(backlog.waiting + backlog.dead)
    })
}

/// Puts so many deliveries with a job each into a SQLite file, as if nobody had worked for long.
pub(crate) fn fill(url: &str, rows: u32) -> anyhow::Result<()> {
    const FIRST: u32 = 500_000_000;
    let numbers = format!(
        "WITH RECURSIVE n(i) AS (SELECT {FIRST} UNION ALL SELECT i + 1 FROM n WHERE i < {})",
        FIRST + rows - 1
    );
    let deliveries = format!(
        "{numbers} INSERT INTO deliveries (id, key_source, key_digest, body_digest, event_name, \
             project, iid, state, received_at, bytes, body) \
         SELECT i, 'given', printf('%064x', i), printf('%064x', i), 'Issue Hook', 42, i, 'waiting', \
             1790000000000 + i, 700, randomblob(700) FROM n"
    );
    let jobs = format!(
        "{numbers} INSERT INTO jobs (id, lane, kind, delivery, state, created_at) \
         SELECT i, 'issue/42/' || i, json_object('job', 'visit', 'issue', \
             json_object('project', 42, 'iid', i)), i, 'waiting', 1790000000000 + i FROM n"
    );
    let lanes = format!(
        "{numbers} INSERT INTO lanes (lane, head, parked, ready_at, fence, claimed) \
         SELECT 'issue/42/' || i, i, 0, 0, 0, 0 FROM n"
    );
    tokio::runtime::Runtime::new()?.block_on(async {
        drop(store::open(url, Arc::new(SystemClock)).await?);
        let mut writer = SqliteConnection::connect(url).await?;
        for statement in [deliveries, jobs, lanes] {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut writer).await?;
        }
        writer.close().await?;
        Ok(())
    })
}
