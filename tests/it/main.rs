//! All integration tests, in one binary so that they link once.

mod catalogue_http;
mod catalogue_text;
mod child;
mod command_line;
mod config_errors;
mod contract_payloads;
mod gitlab_client;
mod sandbox_behaviour;
mod store_conformance;
