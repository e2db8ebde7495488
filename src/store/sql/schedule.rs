//! Schedules: a job every so often, whoever asks.

use jiff::SignedDuration;

use super::queue::is_waiting;
use super::{SqlStore, failed, insert_jobs, milliseconds};
use crate::model::JobKind;
use crate::store::StoreError;

impl SqlStore {
    pub(super) async fn schedule_job(
        &self,
        kind: &JobKind,
        every: SignedDuration,
    ) -> Result<bool, StoreError> {
        let mut tx = self.writer.begin().await?;
        let now = self.writer.now(&mut tx).await?;
        // A time in the future was written before the clock was set back: it holds nothing up.
        let fired = sqlx::query(
            "INSERT INTO schedules (name, fired_at) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET fired_at = excluded.fired_at \
             WHERE schedules.fired_at <= $3 OR schedules.fired_at > $2",
        )
        .bind(kind.lane().0)
        .bind(now)
        .bind(now.saturating_sub(milliseconds(every)))
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
        if fired.rows_affected() == 0 {
            return Ok(false);
        }
        // While GitLab is away they would pile up.
        if is_waiting(&mut tx, kind).await? {
            return Ok(false);
        }
        insert_jobs(&mut tx, now, &[(kind.clone(), None)]).await?;
        tx.commit().await.map_err(failed)?;
        Ok(true)
    }
}
