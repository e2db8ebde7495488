//! The database under test, and what it holds, read past the store.

use std::collections::BTreeSet;
use std::fmt::{Display, Formatter};
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, bail, ensure};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use url::Url;

use crate::invariants::digest;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl FromStr for Kind {
    type Err = anyhow::Error;

    fn from_str(word: &str) -> anyhow::Result<Self> {
        match word {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            other => bail!("`{other}` is neither sqlite nor postgres"),
        }
    }
}

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Self::Sqlite { "sqlite" } else { "postgres" })
    }
}

/// One database of a run.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pub(crate) url: String,
}

impl Database {
    /// A new one; PostgreSQL's on the server of `scripts/with-postgres`.
    pub(crate) async fn new(kind: Kind, folder: &Path) -> anyhow::Result<Self> {
        if kind == Kind::Sqlite {
            return Ok(Self { url: format!("sqlite:{}", folder.join("landfall.db").display()) });
        }
        let server = std::env::var("LANDFALL_TEST_POSTGRES_URL")
            .context("no PostgreSQL: run scripts/chaos, or scripts/with-postgres cargo test …")?;
        let name = format!("chaos_{:016x}", fastrand::u64(..));
        let mut admin = PgConnection::connect(&server).await?;
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut admin).await?;
        let mut url = Url::parse(&server)?;
        url.set_path(&name);
        Ok(Self { url: url.into() })
    }

    /// Digests of the keys of all deliveries that are stored.
    pub(crate) async fn keys(&self) -> anyhow::Result<BTreeSet<String>> {
        const KEYS: &str = "SELECT key_digest FROM deliveries";
        let rows: Vec<(String,)> = if self.url.starts_with("sqlite:") {
            let mut reader = SqliteConnection::connect(&self.url).await?;
            sqlx::query_as(KEYS).fetch_all(&mut reader).await?
        } else {
            let mut reader = PgConnection::connect(&self.url).await?;
            sqlx::query_as(KEYS).fetch_all(&mut reader).await?
        };
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// How many deliveries with this key are stored.
    pub(crate) async fn rows_of(&self, key: &str) -> anyhow::Result<i64> {
        const ROWS: &str = "SELECT COUNT(*) FROM deliveries WHERE key_digest = $1";
        let digest = digest(key);
        let (rows,) = if self.url.starts_with("sqlite:") {
            let mut reader = SqliteConnection::connect(&self.url).await?;
            sqlx::query_as(ROWS).bind(digest).fetch_one(&mut reader).await?
        } else {
            let mut reader = PgConnection::connect(&self.url).await?;
            sqlx::query_as(ROWS).bind(digest).fetch_one(&mut reader).await?
        };
        Ok(rows)
    }

    /// Jobs that wait and jobs that gave up, but for the look at lost webhooks: it comes all the time.
    pub(crate) async fn jobs(&self) -> anyhow::Result<(i64, i64)> {
        const JOBS: &str = "SELECT (SELECT COUNT(*) FROM jobs WHERE state = 'waiting' \
                                           AND lane <> 'reconcile'), \
                                   (SELECT COUNT(*) FROM jobs WHERE state = 'dead')";
        Ok(if self.url.starts_with("sqlite:") {
            let mut reader = SqliteConnection::connect(&self.url).await?;
            sqlx::query_as(JOBS).fetch_one(&mut reader).await?
        } else {
            let mut reader = PgConnection::connect(&self.url).await?;
            sqlx::query_as(JOBS).fetch_one(&mut reader).await?
        })
    }

    /// Fails unless every page of SQLite's file is sound; a server looks after its own.
    pub(crate) async fn check_integrity(&self) -> anyhow::Result<()> {
        if self.url.starts_with("sqlite:") {
            let mut reader = SqliteConnection::connect(&self.url).await?;
            let verdicts: Vec<(String,)> =
                sqlx::query_as("PRAGMA integrity_check").fetch_all(&mut reader).await?;
            ensure!(verdicts == [("ok".to_owned(),)], "the file is damaged: {verdicts:?}");
        }
        Ok(())
    }
}
