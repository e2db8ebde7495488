//! `landfall serve`.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app;
use crate::clock::SystemClock;
use crate::config::Config;

/// Runs until SIGTERM or SIGINT; a second one ends it at once.
pub(super) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    config.service.require_for_serving()?;
    let address = config.service.listen;
    let mut signals = Signals::listen()?;
    let listener = TcpListener::bind(address)
        .with_context(|| format!("can't listen on {address}; set LANDFALL_LISTEN to a free one"))?;
    let local = listener.local_addr()?;
    let running = app::start(config, listener, Arc::new(SystemClock)).await?;
    tracing::info!(event = "listening", address = %local, config = %config.origin);
    signals.next().await;
    tracing::info!(event = "stopping");
    tokio::select! {
        () = running.stop() => Ok(ExitCode::SUCCESS),
        // Everything stored is stored: an abrupt end loses nothing, it only repeats some work.
        () = signals.next() => Ok(ExitCode::SUCCESS),
    }
}

/// The signals that end a service.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes them over from now on.
    pub(super) fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
