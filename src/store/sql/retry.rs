//! Tries again what only failed because somebody else was in the way.

use std::time::Duration;

use crate::store::StoreError;

/// How often in all.
const TRIES: u32 = 5;
/// The first wait; doubled each time, and cut at random so that two don't meet again.
const FIRST_WAIT: Duration = Duration::from_millis(20);

/// Repeats a transaction that was rolled back, or whose end is not known: each one leaves the same
/// behind when it is carried out twice.
pub(super) async fn again<T, F>(transaction: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut wait = FIRST_WAIT;
    for _ in 1..TRIES {
        match transaction().await {
            Err(StoreError::Contended(_)) => {}
            outcome => return outcome,
        }
        tokio::time::sleep(wait.mul_f64(fastrand::f64())).await;
        wait *= 2;
    }
    transaction().await.map_err(|error| match error {
        StoreError::Contended(why) => StoreError::Unavailable(why),
        other => other,
    })
}
