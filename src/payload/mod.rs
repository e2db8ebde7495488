//! GitLab's webhook JSON, read strictly and reduced to what happened to which issue.
//!
//! Nobody else knows that JSON. A body is read in one pass that looks at every key (so that two
//! parsers can't disagree about a repeated one) and keeps a dozen scalars.

mod facts;
mod kinds;
mod triage;

#[cfg(test)]
mod tests;

pub use kinds::known_event;
pub use triage::{Rules, triage};
