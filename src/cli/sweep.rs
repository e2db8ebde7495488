//! `landfall sweep`: visits every open issue and does all the work that causes.

use std::process::ExitCode;

use jiff::SignedDuration;

use super::{remark, say};
use crate::app::{self, Desk};
use crate::config::Config;
use crate::model::JobKind;
use crate::queue::{self, Pace};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Give up waiting after this many minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 10)]
    patience: u32,
}

/// Sweeps; with a running service beside it, lanes are shared by their leases.
pub(super) async fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let desk = Desk::working(config).await?;
    // A wrong token or address shall be told now, not after the patience is over.
    desk.engine.identity().await?;
    let store = desk.engine.store().clone();
    store.enqueue(JobKind::Sweep).await?;
    let pace = Pace { time_scale: config.service.time_scale, ..Pace::default() };
    let patience = SignedDuration::from_mins(i64::from(args.patience));
    let drained =
        queue::drain(store.clone(), app::handler(desk.engine.clone()), pace, patience).await?;
    let dead = store.backlog().await?.dead;
    if drained.waiting == 0 && dead == 0 {
        say(format_args!("Sweep done: nothing waits, {dead} job(s) gave up."));
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("Sweep not done: {} job(s) still wait, {dead} gave up.", drained.waiting));
    remark("The log above says why; `landfall check` names the remedy.");
    Ok(ExitCode::FAILURE)
}
