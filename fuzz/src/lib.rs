//! What is fuzzed, and what must hold whatever comes in.
//!
//! `scripts/fuzz` runs it under libFuzzer. The program's own tests run the same functions over the
//! seeds and over mutations of them that are the same every time (`tests/it/fuzz_targets.rs`).
//!
//! A target is a file here with a `run`, a line in [`TARGETS`], a program of its name in `src/bin`
//! and a few seeds in `seeds/`; the tests say what is missing. Words of its format in
//! `dictionaries/` help to find more.

#![forbid(unsafe_code)]

pub mod commands;
pub mod configuration;
pub mod door;
pub mod head_and_signature;
pub mod input;
pub mod intake;
pub mod limits;
#[path = "../../tests/it/catalogue_text/oracle.rs"]
mod oracle;
pub mod payload;
pub mod request;
pub mod safe_text;
pub mod tracker_text;

/// One entrance for strangers' bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Of its file, its program, its seeds and its dictionary.
    pub name: &'static str,
    /// Takes any bytes; panics when something does not hold that must.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "commands", run: commands::run },
    Target { name: "configuration", run: configuration::run },
    Target { name: "door", run: door::run },
    Target { name: "head_and_signature", run: head_and_signature::run },
    Target { name: "intake", run: intake::run },
    Target { name: "payload", run: payload::run },
    Target { name: "safe_text", run: safe_text::run },
    Target { name: "tracker_text", run: tracker_text::run },
];
