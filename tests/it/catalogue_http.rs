//! The catalogue of bad requests, against the real receiver on a real socket.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

mod bodies;
mod credentials;
mod door;
mod framing;
mod inbox;
mod logging;
mod pace;
mod storing;
