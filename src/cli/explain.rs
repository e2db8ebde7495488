//! `landfall explain IID`.

use std::process::ExitCode;

use anyhow::anyhow;

use super::say;
use crate::app::Desk;
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

/// Explains one issue; an unknown one is an error.
pub(super) async fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let desk = Desk::reading(config).await?;
    let identity = desk.engine.identity().await?;
    let at = IssueRef { project: identity.project, iid: IssueIid(args.iid) };
    let found = desk.engine.examine(at).await.map_err(|why| anyhow!(why))?;
    let found = found.ok_or_else(|| anyhow!("there is no issue #{} in the tracker", args.iid))?;
    if args.json {
        let value = serde_json::json!({
            "iid": args.iid,
            "explanation": found.explanation,
            "last_human_touch": found.touched,
            "because": found.decision.because,
            "writes_planned": found.calls.len(),
        });
        say(serde_json::to_string_pretty(&value)?);
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("#{}", args.iid));
    say(found.explanation.markdown());
    if let Some(touched) = found.touched {
        say(format_args!("\nA person last did something here at {touched:.0}."));
    }
    say("");
    for why in &found.decision.because {
        say(format_args!("because: {why}"));
    }
    say(match found.calls.len() {
        0 => "The bot has nothing to write here; it looks again when something changes.".to_owned(),
        count => format!("The bot would write {count} thing(s) now: `landfall plan {}`.", args.iid),
    });
    Ok(ExitCode::SUCCESS)
}
