//! Hears from other replicas that they have stored work.

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Mutex;

use super::failed;
use crate::store::StoreError;

/// Where replicas tell each other.
pub(super) const CHANNEL: &str = "landfall";

/// One connection that listens, made when it is first needed.
#[derive(Debug, Default)]
pub(super) struct News(Mutex<Option<PgListener>>);

impl News {
    /// Returns when work was stored by anybody, or may have been while nobody listened.
    pub(super) async fn wait(&self, pool: &PgPool) -> Result<(), StoreError> {
        let mut held = self.0.lock().await;
        let Some(listener) = held.as_mut() else {
            let mut listener = PgListener::connect_with(pool).await.map_err(failed)?;
            listener.listen(CHANNEL).await.map_err(failed)?;
            *held = Some(listener);
            // What was stored before we listened is found by looking.
            return Ok(());
        };
        match listener.try_recv().await {
            // No notification: the connection was lost and made anew, and something may be missed.
            Ok(_) => Ok(()),
            Err(error) => {
                *held = None;
                Err(failed(error))
            }
        }
    }
}
