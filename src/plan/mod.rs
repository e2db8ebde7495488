//! To be written.

pub mod marker;
