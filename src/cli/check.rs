//! `landfall check`: one line each, ok, warn or fail with the remedy.

use std::process::ExitCode;
use std::sync::Arc;

use super::say;
use crate::check::{self, Level};
use crate::clock::SystemClock;
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Check the configuration only; ask neither GitLab nor the database
    #[arg(long)]
    offline: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Exit code 0 only without a fail.
pub(super) async fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let mut findings = check::configuration(config);
    if !args.offline {
        findings.extend(check::surroundings(config, Arc::new(SystemClock)).await);
    }
    if args.json {
        say(serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            say(finding);
        }
    }
    let has_failed = findings.iter().any(|finding| finding.level == Level::Fail);
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
