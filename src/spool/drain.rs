//! Hands a portion of what waits on to the database.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::model::Incoming;
use crate::store::Inbox;

/// Deliveries read from a file.
pub(super) struct Drainage {
    pub(super) deliveries: Vec<Incoming>,
    /// Where the next ones begin.
    pub(super) next: u64,
}

/// What became of them.
pub(super) enum Drained {
    /// The database has them all.
    Done {
        /// How many.
        count: u64,
        /// Where the next ones begin.
        next: u64,
    },
    /// Some are not known to be there: all are tried again, and those that are there are duplicates.
    Refused,
}

/// The first goes alone, to see whether the database is there; the others go together, in order.
pub(super) async fn hand_on(
    inbox: Arc<dyn Inbox>,
    portion: Drainage,
    patience: Duration,
) -> Drained {
    let Drainage { deliveries, next } = portion;
    let count = deliveries.len() as u64;
    let mut deliveries = deliveries.into_iter();
    let accept = |incoming| {
        let inbox = Arc::clone(&inbox);
        async move { matches!(timeout(patience, inbox.accept(incoming)).await, Ok(Ok(_))) }
    };
    if let Some(first) = deliveries.next()
        && !accept(first).await
    {
        return Drained::Refused;
    }
    let accepted = join_all(deliveries.map(accept)).await;
    if accepted.iter().all(|is_there| *is_there) {
        Drained::Done { count, next }
    } else {
        Drained::Refused
    }
}
