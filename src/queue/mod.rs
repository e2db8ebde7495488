//! Who works when: claims lanes, runs what it is given, settles. Knows no job by name.

pub mod retry;
mod runner;
mod waker;

pub use retry::MAX_ATTEMPTS;
pub use runner::{Drained, Pace, drain, lease, run};
pub use waker::Waker;
