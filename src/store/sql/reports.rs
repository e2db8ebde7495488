//! Reports on issues, and which issues name the same source.

use jiff::Timestamp;
use sqlx::{QueryBuilder, Row as _};

use super::queue::hold;
use super::{Db, DbRow, SqlStore, cleaned, failed, instant, millis};
use crate::model::{IssueIid, IssueRef, Lease, ProjectId, Report, ReportKind, UserId};
use crate::store::StoreError;

const COLUMNS: &str = "SELECT project, iid, kind, subject, body, state, made_at, \
                              due_at, author FROM reports WHERE project = $1 AND iid = $2 ORDER BY kind";

impl SqlStore {
    pub(super) async fn reports_of(&self, issue: IssueRef) -> Result<Vec<Report>, StoreError> {
        let rows: Vec<DbRow> = sqlx::query(COLUMNS)
            .bind(issue.project.0.cast_signed())
            .bind(issue.iid.0.cast_signed())
            .fetch_all(&self.reader)
            .await
            .map_err(failed)?;
        // A kind that a newer Landfall knows is its business.
        rows.iter().filter_map(|row| report(row).transpose()).collect()
    }

    pub(super) async fn reports_save(
        &self,
        lease: &Lease,
        report: &Report,
    ) -> Result<(), StoreError> {
        let mut tx = self.writer.begin().await?;
        hold(&mut tx, lease).await?;
        sqlx::query(
            "INSERT INTO reports (project, iid, kind, subject, body, state, made_at, author, due_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (project, iid, kind) DO UPDATE SET subject = excluded.subject, \
                 body = excluded.body, state = excluded.state, made_at = excluded.made_at, \
                 author = excluded.author, due_at = excluded.due_at",
        )
        .bind(report.issue.project.0.cast_signed())
        .bind(report.issue.iid.0.cast_signed())
        .bind(report.kind.as_str())
        .bind(cleaned(&report.subject))
        .bind(cleaned(&report.body))
        .bind(cleaned(&report.state))
        .bind(millis(report.made_at))
        .bind(report.author.map(|author| author.0.cast_signed()))
        .bind(report.due_at.map(millis))
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn reports_take_due(
        &self,
        now: Timestamp,
        again_at: Timestamp,
    ) -> Result<Vec<(IssueRef, ReportKind)>, StoreError> {
        let mut tx = self.writer.begin().await?;
        let rows: Vec<(i64, i64, String)> = sqlx::query_as(
            "UPDATE reports SET due_at = $2 WHERE due_at <= $1 RETURNING project, iid, kind",
        )
        .bind(millis(now))
        .bind(millis(again_at))
        .fetch_all(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let due = rows.into_iter().filter_map(|(project, iid, kind)| {
            let issue = IssueRef {
                project: ProjectId(project.cast_unsigned()),
                iid: IssueIid(iid.cast_unsigned()),
            };
            Some((issue, ReportKind::parse(&kind)?))
        });
        Ok(due.collect())
    }

    pub(super) async fn reports_since(
        &self,
        project: ProjectId,
        kind: ReportKind,
        since: Timestamp,
        author: Option<UserId>,
    ) -> Result<u64, StoreError> {
        let (count,): (i64,) = sqlx::query_as(
            "SELECT COUNT(*) FROM reports WHERE project = $1 AND kind = $2 AND made_at >= $3 \
             AND ($4 IS NULL OR author = $4)",
        )
        .bind(project.0.cast_signed())
        .bind(kind.as_str())
        .bind(millis(since))
        .bind(author.map(|author| author.0.cast_signed()))
        .fetch_one(&self.reader)
        .await
        .map_err(failed)?;
        Ok(count.unsigned_abs())
    }

    pub(super) async fn sources_note(
        &self,
        lease: &Lease,
        issue: IssueRef,
        sources: &[String],
    ) -> Result<(), StoreError> {
        let (project, iid) = (issue.project.0.cast_signed(), issue.iid.0.cast_signed());
        let mut tx = self.writer.begin().await?;
        hold(&mut tx, lease).await?;
        sqlx::query("DELETE FROM sources WHERE project = $1 AND iid = $2")
            .bind(project)
            .bind(iid)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        if !sources.is_empty() {
            let mut insert = QueryBuilder::<Db>::new("INSERT INTO sources (project, source, iid) ");
            insert.push_values(sources, |mut values, source| {
                values.push_bind(project).push_bind(cleaned(source)).push_bind(iid);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().persistent(false).execute(&mut *tx).await.map_err(failed)?;
        }
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn sources_shared(
        &self,
        issue: IssueRef,
        sources: &[String],
    ) -> Result<Vec<IssueRef>, StoreError> {
        let mut found: Vec<IssueRef> = Vec::new();
        let mut reader = self.reader.acquire().await.map_err(failed)?;
        for source in sources {
            let rows: Vec<(i64,)> = sqlx::query_as(
                "SELECT iid FROM sources WHERE project = $1 AND source = $2 AND iid <> $3 \
                 ORDER BY iid LIMIT 5",
            )
            .bind(issue.project.0.cast_signed())
            .bind(cleaned(source))
            .bind(issue.iid.0.cast_signed())
            .fetch_all(&mut *reader)
            .await
            .map_err(failed)?;
            found.extend(rows.into_iter().map(|(iid,)| IssueRef {
                project: issue.project,
                iid: IssueIid(iid.cast_unsigned()),
            }));
        }
        found.sort_unstable_by_key(|issue| issue.iid);
        found.dedup();
        Ok(found)
    }
}

fn report(row: &DbRow) -> Result<Option<Report>, StoreError> {
    let read = || -> Result<(i64, i64, String, i64, Option<i64>), sqlx::Error> {
        Ok((
            row.try_get("project")?,
            row.try_get("iid")?,
            row.try_get("kind")?,
            row.try_get("made_at")?,
            row.try_get("author")?,
        ))
    };
    let (project, iid, kind, made_at, author) = read().map_err(failed)?;
    let due_at: Option<i64> = row.try_get("due_at").map_err(failed)?;
    let Some(kind) = ReportKind::parse(&kind) else { return Ok(None) };
    Ok(Some(Report {
        issue: IssueRef {
            project: ProjectId(project.cast_unsigned()),
            iid: IssueIid(iid.cast_unsigned()),
        },
        kind,
        subject: row.try_get("subject").map_err(failed)?,
        body: row.try_get("body").map_err(failed)?,
        state: row.try_get("state").map_err(failed)?,
        made_at: instant(made_at)?,
        due_at: due_at.map(instant).transpose()?,
        author: author.map(|author| UserId(author.cast_unsigned())),
    }))
}
