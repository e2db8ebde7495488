//! `landfall demo`.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context as _;

use super::{say, serve::Signals};
use crate::demo;
use crate::telemetry::{self, Format};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Exit when the story is told: 0, or 1 when a step did not happen
    #[arg(long)]
    once: bool,
    /// Where the sandbox GitLab listens [default: a free port on this machine]
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", hide_default_value = true)]
    listen: SocketAddr,
}

/// Tells the story, then stays up until Ctrl-C.
pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    // The service runs before the webhook is made, and says so.
    let filter = "error,landfall::jobs::hook=off";
    telemetry::start(Format::Pretty, filter).map_err(anyhow::Error::msg)?;
    let mut signals = Signals::listen()?;
    let number = std::cell::Cell::new(0);
    let told = demo::tell(args.listen, &|line| {
        number.set(number.get() + 1);
        say(format_args!("{:>2}. {line}", number.get()));
    })
    .await
    .context("the story ended early")?;
    if args.once {
        told.end().await;
        say("The whole story happened.");
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("\nLook at the issue in a browser: {}\nCtrl-C ends it.", told.issue_url()));
    signals.next().await;
    told.end().await;
    Ok(ExitCode::SUCCESS)
}
