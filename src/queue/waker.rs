//! Tells a sleeping runner that there may be work.

use std::sync::Arc;

use tokio::sync::Notify;

/// A bell between those who store jobs and the runner. Clones ring the same bell.
#[derive(Debug, Clone, Default)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// Rings; a bell rung while nobody sleeps is heard by the next one who would.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Sleeps until somebody rings.
    pub(super) async fn woken(&self) {
        self.0.notified().await;
    }
}
