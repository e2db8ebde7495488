//! The PostgreSQL server, taken away and brought back.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// The server of `scripts/with-postgres`.
pub(crate) struct Server(PathBuf);

impl Server {
    pub(crate) fn find() -> anyhow::Result<Self> {
        let control = std::env::var("LANDFALL_TEST_POSTGRES_CONTROL");
        Ok(Self(control.context("no PostgreSQL: run scripts/chaos")?.into()))
    }

    /// At once, as in a power cut.
    pub(crate) fn stop(&self) -> anyhow::Result<()> {
        ensure!(Command::new(&self.0).arg("stop").status()?.success(), "the server does not stop");
        Ok(())
    }

    pub(crate) fn start(&self) -> anyhow::Result<()> {
        ensure!(
            Command::new(&self.0).arg("start").status()?.success(),
            "the server does not start"
        );
        Ok(())
    }
}
