//! `landfall preflight GROUP`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use super::say;
use crate::app;
use crate::assess::preflight::{self, Expectation};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::jobs::gather_namespace;
use crate::model::is_full_path;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Full path of the group, `group/subgroup`
    #[arg(value_parser = path)]
    group: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A group's path as people write it.
fn path(text: &str) -> Result<String, String> {
    let path = text.trim_matches('/');
    match is_full_path(path) {
        true => Ok(path.to_owned()),
        false => {
            Err("write the full path of a group without the host, like `group/subgroup`".into())
        }
    }
}

/// Exit code 0 only when nothing speaks against the group and everything is known.
pub(super) async fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let gitlab = app::reader(config, Arc::new(SystemClock))?;
    let namespace = gather_namespace(&gitlab, &args.group)
        .await
        .with_context(|| format!("`{}` can't be looked at", args.group))?;
    let report = preflight::preflight(&namespace, &config.rules);
    if args.json {
        say(serde_json::to_string_pretty(&report)?);
    } else {
        say(preflight::plain(&report));
    }
    Ok(match report.expectation {
        Expectation::LikelyPass => ExitCode::SUCCESS,
        Expectation::WillFail | Expectation::CantTell => ExitCode::FAILURE,
    })
}
