//! `landfall verify IID`.

use std::process::ExitCode;

use anyhow::Context as _;

use super::say;
use crate::app::Desk;
use crate::assess::verify::{self, Overall};
use crate::config::Config;
use crate::model::{IssueIid, IssueRef};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Number of the issue in the tracker
    iid: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Exit code 0 only when the move is verified; whatever is not known is no yes.
pub(super) async fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let desk = Desk::reading(config).await?;
    let identity = desk.engine.identity().await.context("GitLab can't be asked")?;
    let at = IssueRef { project: identity.project, iid: IssueIid(args.iid) };
    let verdict = desk.engine.verify_now(at).await.map_err(anyhow::Error::msg)?;
    let verdict = verdict.with_context(|| {
        format!(
            "issue {} is not in the tracker, or its text names no destination; write one into the \
             table of source locations or waves",
            args.iid
        )
    })?;
    if args.json {
        say(serde_json::to_string_pretty(&verdict)?);
    } else {
        say(verify::plain(&verdict));
    }
    Ok(match verdict.overall {
        Overall::Verified => ExitCode::SUCCESS,
        Overall::NotYet | Overall::Unverified => ExitCode::FAILURE,
    })
}
