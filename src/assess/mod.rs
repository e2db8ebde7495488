//! What the facts about a move amount to: what it takes, would the program take a group, is an import
//! well, is a destination verified. Pure: no I/O, no clock.
//!
//! What is not known stays unknown: no judgement here takes silence for no, or for zero.

pub mod fidelity;
pub mod import;
mod licence;
mod pattern;
mod people;
pub mod preflight;
pub mod readiness;
mod rules;
pub mod verify;

pub use licence::{Licence, LicenceRules};
pub use pattern::Pattern;
pub use people::{AccountRules, Exclusion};
pub use readiness::{Readiness, Sources, readiness};
pub use rules::{ImportRules, PlaceRules, ProgramRules, Rules, WorkRules};
