//! All integration tests, in one binary so that they link once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that can't go on has failed, and one that tests nothing says so"
)]

mod architecture;
mod canary;
mod catalogue_http;
mod catalogue_text;
mod child;
mod command_line;
mod config_errors;
mod contract_payloads;
mod documentation;
mod fuzz_targets;
mod github_client;
mod github_survey;
mod gitlab_client;
mod harness;
mod intake;
mod sandbox_behaviour;
mod store_conformance;
mod stories;
