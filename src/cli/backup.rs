//! `landfall backup FILE`: the whole database as of one moment, beside a running service.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use super::say;
use crate::app;
use crate::clock::SystemClock;
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file to make; it must not be there yet
    file: PathBuf,
}

pub(super) async fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let store = app::existing_store(config, Arc::new(SystemClock)).await?;
    store.backup(&args.file).await.context("no backup was made")?;
    let bytes = std::fs::metadata(&args.file)?.len();
    say(format_args!(
        "{}: {bytes} bytes. To restore it, stop the service, put it in the database's place and \
         remove the files ending in -wal and -shm there.",
        args.file.display()
    ));
    Ok(ExitCode::SUCCESS)
}
