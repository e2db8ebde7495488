//! Who works when: claims lanes, runs what it is given, settles. Knows no job by name.

mod retry;
mod runner;
mod waker;

pub use retry::{MAX_ATTEMPTS, backoff, failed};
pub use runner::{Drained, Pace, drain, run};
pub use waker::Waker;
