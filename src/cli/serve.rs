//! `landfall serve`.

use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use listenfd::ListenFd;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::{self, Ending, Running, WaitingRoom};
use crate::clock::SteadyClock;
use crate::config::{self, Config, ProcessEnv};

/// How often files that hold secrets are looked at.
const LOOK_AT_SECRETS: Duration = Duration::from_secs(2);

/// Runs until SIGTERM or SIGINT; a second one ends it at once. SIGHUP reads the configuration again.
pub(super) async fn run(config: &Config, folder: Option<&Path>) -> anyhow::Result<ExitCode> {
    config.service.require_for_serving()?;
    let mut signals = Signals::listen()?;
    let mut hangup = signal(SignalKind::hangup())?;
    let (listener, ending) = socket(config)?;
    let local = listener.local_addr()?;
    let Some(running) = start(config, listener, &mut signals).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    tracing::info!(event = "listening", address = %local, config = %config.origin);
    let mut secrets = tokio::time::interval(LOOK_AT_SECRETS);
    secrets.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = signals.next() => break,
            _ = hangup.recv() => reload(&running, folder),
            _ = secrets.tick() => look_at_secrets(&running, folder),
            // Whatever is wrong, a supervisor starts anew; nobody may go on answering.
            () = running.broken() => anyhow::bail!("a part of the service has ended; restart it"),
        }
    }
    tracing::info!(event = "stopping");
    tokio::select! {
        () = running.stop(ending) => Ok(ExitCode::SUCCESS),
        // Everything stored is stored: an abrupt end loses nothing, it only repeats some work.
        () = signals.next() => Ok(ExitCode::SUCCESS),
    }
}

/// Starts the service; while PostgreSQL is away, the receiver alone. `None` when it was asked to end
/// before that.
async fn start(
    config: &Config,
    listener: TcpListener,
    signals: &mut Signals,
) -> anyhow::Result<Option<Running>> {
    let clock = Arc::new(SteadyClock::start());
    let error = match app::start(config, listener.try_clone()?, clock.clone()).await {
        Ok(running) => return Ok(Some(running)),
        Err(error) => error,
    };
    if !WaitingRoom::helps(config, &error) {
        return Err(error);
    }
    tracing::error!(
        event = "waiting",
        error = format!("{error:#}"),
        "deliveries are kept in files"
    );
    let room = WaitingRoom::open(config, listener.try_clone()?, clock.clone())?;
    let store = tokio::select! {
        store = room.wait(config, clock.clone()) => store,
        () = signals.next() => {
            room.close().await;
            return Ok(None);
        }
    };
    room.close().await;
    Ok(Some(app::start_over(config, listener, clock, store?).await?))
}

/// The socket that a supervisor holds for us (`LISTEN_FDS`), or one of our own.
fn socket(config: &Config) -> anyhow::Result<(TcpListener, Ending)> {
    let given = ListenFd::from_env().take_tcp_listener(0);
    if let Some(given) = given.context("the socket given by LISTEN_FDS can't be used")? {
        return Ok((given, Ending::HandOver));
    }
    let address = config.service.listen;
    let own = TcpListener::bind(address)
        .with_context(|| format!("can't listen on {address}; set LANDFALL_LISTEN to a free one"))?;
    Ok((own, Ending::Close))
}

/// A configuration with a mistake changes nothing and says where the mistake is.
fn reload(running: &Running, folder: Option<&Path>) {
    let loaded = config::load(&ProcessEnv, folder).map_err(anyhow::Error::new);
    if let Err(error) = loaded.and_then(|config| running.reload(&config)) {
        metrics::counter!("landfall_reloads_total", "outcome" => "refused").increment(1);
        tracing::error!(
            event = "reload",
            outcome = "refused",
            error = format!("{error:#}"),
            "the former configuration stays in force"
        );
    }
}

/// Secrets are rotated by whoever writes their files; nobody sends a signal then.
fn look_at_secrets(running: &Running, folder: Option<&Path>) {
    // Half written files and mistakes elsewhere are told when somebody asks for a reload.
    if let Ok(config) = config::load(&ProcessEnv, folder)
        && let Err(error) = running.reload_secrets(&config)
    {
        tracing::warn!(event = "reload", outcome = "refused", error = format!("{error:#}"));
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
