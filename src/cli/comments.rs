//! `landfall comments resume`: lifts the switch that stops all comments.

use std::process::ExitCode;
use std::sync::Arc;

use super::say;
use crate::app;
use crate::clock::SystemClock;
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Say whether comments are stopped, and why
    Status,
    /// Let the bot comment again, after a person has looked at what happened
    Resume {
        /// Why it is safe; it is logged
        #[arg(long)]
        reason: String,
    },
}

pub(super) async fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    let store = app::existing_store(config, Arc::new(SystemClock)).await?;
    match command {
        Command::Status => match store.comment_stop().await? {
            None => say("Comments are on."),
            Some(stop) => say(format_args!(
                "Comments are stopped since {}: {}. Look at the tracker, then run \
                 `landfall comments resume --reason …`.",
                stop.since, stop.reason
            )),
        },
        Command::Resume { reason } => {
            let was_on = store.resume_comments().await?;
            tracing::warn!(event = "comments_resumed", reason = %reason, was_on);
            say(if was_on { "Comments are on again." } else { "Comments were not stopped." });
        }
    }
    Ok(ExitCode::SUCCESS)
}
