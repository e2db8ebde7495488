//! The text: the managed block, commands, and the gate for text of strangers. No I/O.

pub mod block;
pub mod collaborators;
pub mod commands;
pub mod intake;
mod markdown;
pub mod marker;
pub mod safe;
