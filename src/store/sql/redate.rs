//! What a clock wrote that was set back since.

use jiff::SignedDuration;

use super::{SqlStore, failed};
use crate::store::StoreError;

/// Each is right at the latest now.
const NOT_AHEAD: [&str; 4] = [
    "UPDATE effects SET changed_at = $1 WHERE changed_at > $1",
    "UPDATE effects SET done_at = $1 WHERE done_at > $1",
    "UPDATE deliveries SET received_at = $1 WHERE received_at > $1",
    "UPDATE meta SET value = $1 WHERE name = 'epoch' AND value > $1",
];

impl SqlStore {
    pub(super) async fn redate_future(&self) -> Result<SignedDuration, StoreError> {
        let mut tx = self.writer.begin().await?;
        let now = self.writer.now(&mut tx).await?;
        // A schedule fires every minute: its time is what the clock showed at the end.
        let (fired,): (Option<i64>,) = sqlx::query_as("SELECT MAX(fired_at) FROM schedules")
            .fetch_one(&mut *tx)
            .await
            .map_err(failed)?;
        let ahead = fired.map_or(0, |fired| fired.saturating_sub(now).max(0));
        if ahead > 0 {
            sqlx::query("UPDATE lanes SET ready_at = ready_at - $1 WHERE parked = 1")
                .bind(ahead)
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            sqlx::query("UPDATE schedules SET fired_at = $1 WHERE fired_at > $1")
                .bind(now)
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
        }
        for statement in NOT_AHEAD {
            sqlx::query(statement).bind(now).execute(&mut *tx).await.map_err(failed)?;
        }
        tx.commit().await.map_err(failed)?;
        Ok(SignedDuration::from_millis(ahead))
    }
}
