//! The catalogue of bad requests, against the real receiver on a real socket.

mod bodies;
mod credentials;
mod door;
mod framing;
mod inbox;
mod logging;
mod pace;
mod storing;
