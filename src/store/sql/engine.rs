//! What the engine remembers: decisions, issues, answered comments, effects.

use jiff::Timestamp;

use super::queue::hold;
use super::{Connection, SqlStore, failed, from_json, instant, millis, to_json};
use crate::model::{
    Batch, Decision, EffectKey, EffectRecord, EffectState, IssueMemory, IssueRef, Lease, NoteId,
    Purpose,
};
use crate::store::StoreError;

type EffectRow = (String, String, Option<i64>, Option<String>, i64);

impl SqlStore {
    pub(super) async fn engine_epoch(&self) -> Result<Timestamp, StoreError> {
        let (at,): (i64,) = sqlx::query_as("SELECT value FROM meta WHERE name = 'epoch'")
            .fetch_one(&self.reader)
            .await
            .map_err(failed)?;
        instant(at)
    }

    pub(super) async fn engine_memory(
        &self,
        issue: IssueRef,
    ) -> Result<Option<IssueMemory>, StoreError> {
        let memory: Option<(String,)> =
            sqlx::query_as("SELECT memory FROM issue_memory WHERE project = $1 AND iid = $2")
                .bind(issue.project.0.cast_signed())
                .bind(issue.iid.0.cast_signed())
                .fetch_optional(&self.reader)
                .await
                .map_err(failed)?;
        memory.map(|(json,)| from_json(&json, "what is remembered of an issue")).transpose()
    }

    pub(super) async fn engine_saved_decision(
        &self,
        batch: &Batch,
    ) -> Result<Option<Decision>, StoreError> {
        let Some(oldest) = batch.jobs.first() else {
            return Ok(None);
        };
        let decision: Option<(String,)> =
            sqlx::query_as("SELECT decision FROM decisions WHERE job = $1")
                .bind(oldest.id.0)
                .fetch_optional(&self.reader)
                .await
                .map_err(failed)?;
        decision.map(|(json,)| from_json(&json, "a saved decision")).transpose()
    }

    pub(super) async fn engine_save_decision(
        &self,
        batch: &Batch,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        let Some(oldest) = batch.jobs.first() else {
            return Ok(());
        };
        let mut tx = self.writer.begin().await?;
        hold(&mut tx, &batch.lease).await?;
        sqlx::query(
            "INSERT INTO decisions (job, decision) VALUES ($1, $2) \
             ON CONFLICT (job) DO UPDATE SET decision = excluded.decision",
        )
        .bind(oldest.id.0)
        .bind(to_json(decision)?)
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
        // A command is carried out once: from now on its comment counts as answered.
        for note in &decision.answered {
            answer_note(&mut tx, decision.issue, *note).await?;
        }
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn engine_remember(
        &self,
        lease: &Lease,
        memory: &IssueMemory,
        answered: &[NoteId],
    ) -> Result<(), StoreError> {
        let (project, iid) = (memory.issue.project.0.cast_signed(), memory.issue.iid.0);
        let mut tx = self.writer.begin().await?;
        hold(&mut tx, lease).await?;
        sqlx::query(
            "INSERT INTO issue_memory (project, iid, memory) VALUES ($1, $2, $3) \
             ON CONFLICT (project, iid) DO UPDATE SET memory = excluded.memory",
        )
        .bind(project)
        .bind(iid.cast_signed())
        .bind(to_json(memory)?)
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
        for note in answered {
            answer_note(&mut tx, memory.issue, *note).await?;
        }
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn engine_answered(
        &self,
        issue: IssueRef,
        notes: &[NoteId],
    ) -> Result<Vec<NoteId>, StoreError> {
        let mut found = Vec::new();
        let mut reader = self.reader.acquire().await.map_err(failed)?;
        for note in notes {
            let row: Option<(i64,)> = sqlx::query_as(
                "SELECT note FROM answered_notes WHERE project = $1 AND iid = $2 AND note = $3",
            )
            .bind(issue.project.0.cast_signed())
            .bind(issue.iid.0.cast_signed())
            .bind(note.0.cast_signed())
            .fetch_optional(&mut *reader)
            .await
            .map_err(failed)?;
            found.extend(row.map(|_| *note));
        }
        Ok(found)
    }

    pub(super) async fn engine_effects(
        &self,
        issue: IssueRef,
    ) -> Result<Vec<EffectRecord>, StoreError> {
        let rows: Vec<EffectRow> = sqlx::query_as(
            "SELECT key, state, note, body_digest, changed_at FROM effects \
             WHERE project = $1 AND iid = $2 ORDER BY changed_at, key",
        )
        .bind(issue.project.0.cast_signed())
        .bind(issue.iid.0.cast_signed())
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        rows.into_iter().map(effect).collect()
    }

    pub(super) async fn engine_announce(
        &self,
        lease: &Lease,
        issue: IssueRef,
        key: &EffectKey,
        purpose: Purpose,
    ) -> Result<(), StoreError> {
        let mut tx = self.writer.begin().await?;
        hold(&mut tx, lease).await?;
        sqlx::query(
            "INSERT INTO effects (key, project, iid, purpose, state, changed_at) \
             VALUES ($1, $2, $3, $4, 'in_flight', $5) \
             ON CONFLICT (key) DO UPDATE SET state = 'in_flight', changed_at = excluded.changed_at",
        )
        .bind(&key.0)
        .bind(issue.project.0.cast_signed())
        .bind(issue.iid.0.cast_signed())
        .bind(purpose.as_str())
        .bind(self.writer.now(&mut tx).await?)
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn engine_record(
        &self,
        lease: &Lease,
        issue: IssueRef,
        purpose: Purpose,
        record: &EffectRecord,
    ) -> Result<(), StoreError> {
        let changed_at = millis(record.changed_at);
        let mut tx = self.writer.begin().await?;
        hold(&mut tx, lease).await?;
        sqlx::query(
            "INSERT INTO effects (key, project, iid, purpose, state, note, body_digest, \
                                  changed_at, done_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (key) DO UPDATE SET state = excluded.state, note = excluded.note, \
                 body_digest = excluded.body_digest, changed_at = excluded.changed_at, \
                 done_at = COALESCE(effects.done_at, excluded.done_at)",
        )
        .bind(&record.key.0)
        .bind(issue.project.0.cast_signed())
        .bind(issue.iid.0.cast_signed())
        .bind(purpose.as_str())
        .bind(record.state.as_str())
        .bind(record.note.map(|note| note.0.cast_signed()))
        .bind(&record.body_digest)
        .bind(changed_at)
        .bind((record.state == EffectState::Done).then_some(changed_at))
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn engine_withdraw(
        &self,
        lease: &Lease,
        key: &EffectKey,
    ) -> Result<(), StoreError> {
        let mut tx = self.writer.begin().await?;
        hold(&mut tx, lease).await?;
        // What was visible before stays known: only its edit never left.
        for withdrawal in [
            "DELETE FROM effects WHERE key = $1 AND state = 'in_flight' AND done_at IS NULL",
            "UPDATE effects SET state = 'done' WHERE key = $1 AND state = 'in_flight'",
        ] {
            sqlx::query(withdrawal).bind(&key.0).execute(&mut *tx).await.map_err(failed)?;
        }
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn engine_comments_since(
        &self,
        issue: IssueRef,
        purposes: &[Purpose],
        since: Timestamp,
    ) -> Result<u64, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT purpose, COUNT(*) FROM effects \
             WHERE project = $1 AND iid = $2 AND note IS NOT NULL AND done_at >= $3 \
             GROUP BY purpose",
        )
        .bind(issue.project.0.cast_signed())
        .bind(issue.iid.0.cast_signed())
        .bind(millis(since))
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        let asked = |word: &str| purposes.iter().any(|purpose| purpose.as_str() == word);
        let counted = rows.iter().filter(|(purpose, _)| asked(purpose)).map(|(_, count)| count);
        Ok(counted.sum::<i64>().unsigned_abs())
    }
}

fn effect(
    (key, state, note, body_digest, changed_at): EffectRow,
) -> Result<EffectRecord, StoreError> {
    let state = EffectState::parse(&state)
        .ok_or_else(|| StoreError::Corrupt(format!("an effect in state `{state}`")))?;
    Ok(EffectRecord {
        key: EffectKey(key),
        state,
        note: note.map(|note| NoteId(note.cast_unsigned())),
        body_digest,
        changed_at: instant(changed_at)?,
    })
}

async fn answer_note(tx: &mut Connection, issue: IssueRef, note: NoteId) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO answered_notes (project, iid, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(issue.project.0.cast_signed())
    .bind(issue.iid.0.cast_signed())
    .bind(note.0.cast_signed())
    .execute(tx)
    .await
    .map_err(failed)?;
    Ok(())
}
