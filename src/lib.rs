//! Landfall carries open source communities to GitLab.
//!
//! The rooms stand in the order of the data's path: a webhook is received, stored, claimed from
//! the queue; the issue is read as it is now; the decision is pure; its effects are compared with
//! GitLab and only what is missing is written.

pub mod app;
pub mod assess;
pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crash;
pub mod decide;
pub mod demo;
pub mod github;
pub mod gitlab;
pub mod jobs;
pub mod model;
pub mod payload;
pub mod plan;
pub mod queue;
pub mod receive;
pub mod sandbox;
pub mod setup;
pub mod spool;
pub mod store;
pub mod telemetry;
pub mod tracker;
pub mod workflow;
