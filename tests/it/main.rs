//! All integration tests, in one binary so that they link once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod catalogue_http;
mod catalogue_text;
mod config_errors;
mod contract_payloads;
mod gitlab_client;
mod harness;
mod sandbox_behaviour;
mod store_conformance;
mod stories;
