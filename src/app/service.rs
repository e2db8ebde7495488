//! The service: receiver, workers, sweep, and an end that loses nothing.

use std::net::TcpListener;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web;
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::health::{self, Vitals};
use super::schedules::Schedules;
use super::{meter, reload};
use crate::clock::Clock;
use crate::config::{Config, ConfigErrors};
use crate::jobs::Engine;
use crate::payload::Rules;
use crate::queue::{self, Pace, Waker};
use crate::receive::{
    self, Live, Receiver, ReceiverSettings, Secrets, SigningKey, TokenDigest, serve,
};
use crate::spool::{Spool, SpoolSettings};
use crate::store::{Inbox, Store};

/// Connections that are kept open close during this time, with the answer to their next request.
const DRAIN: Duration = Duration::from_secs(1);

/// What becomes of the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is ours and closes: while connections drain, new ones are still served.
    Close,
    /// Somebody else holds it too and gives it to the next process: new connections are left to it.
    HandOver,
}

/// A service that runs; [`Running::stop`] ends it.
#[derive(Debug)]
pub struct Running {
    /// Carries out the jobs; also answers questions about issues.
    pub engine: Arc<Engine>,
    /// As it was at the start.
    pub(super) config: Config,
    pub(super) secrets: Arc<Live<Secrets>>,
    /// Digest of the secrets in force.
    pub(super) secrets_print: Mutex<[u8; 32]>,
    vitals: web::Data<Vitals>,
    receiver: web::Data<Receiver>,
    server: actix_web::dev::ServerHandle,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    workers: JoinHandle<()>,
}

/// Starts the service on a socket that listens already. GitLab may be away: deliveries are stored.
///
/// # Errors
/// When a secret is missing, the database can't be opened or a port can't be used.
pub async fn start(
    config: &Config,
    listener: TcpListener,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Running> {
    // Before the database: what is wrong with it shall be counted.
    meter::recorder();
    let store = super::open_store(config, Arc::clone(&clock)).await?;
    start_over(config, listener, clock, store).await
}

/// The same over a database that is open already.
///
/// # Errors
/// As [`start`].
pub async fn start_over(
    config: &Config,
    listener: TcpListener,
    clock: Arc<dyn Clock>,
    store: Arc<dyn Store>,
) -> anyhow::Result<Running> {
    redate(&*store).await;
    let access = super::access(config)?;
    let live_secrets = Arc::new(Live::new(secrets(config)?));
    let rules = Arc::new(Live::new(Rules {
        ignored_users: config.service.ignored_users.clone(),
        ..Rules::default()
    }));
    let recorder = meter::recorder();
    let gitlab = super::connect(config, &access, Arc::clone(&clock))?;
    let engine =
        Arc::new(super::engine(config, &access, Arc::clone(&store), gitlab, Arc::clone(&clock))?);
    let waker = Waker::default();
    let ring = {
        let waker = waker.clone();
        Arc::new(move || waker.wake())
    };
    let behind = Arc::clone(&store) as Arc<dyn Inbox>;
    let spool = is_postgres(config).then(|| {
        Arc::new(Spool::start(
            Arc::clone(&behind),
            spool_settings(config),
            Arc::clone(&clock),
            ring,
        ))
    });
    let inbox = spool.as_ref().map_or(behind, |spool| Arc::clone(spool) as Arc<dyn Inbox>);
    let receiver = {
        let waker = waker.clone();
        web::Data::new(Receiver::new(
            ReceiverSettings::default(),
            Arc::clone(&live_secrets),
            Arc::clone(&rules),
            inbox,
            Arc::clone(&clock),
            Arc::new(move || waker.wake()),
        ))
    };
    let vitals = web::Data::new(Vitals {
        engine: Arc::clone(&engine),
        spool,
        clock,
        is_stopping: AtomicBool::new(false),
        metrics_token: config.service.metrics_token.clone(),
    });
    let server = {
        let (receiver, vitals) = (receiver.clone(), vitals.clone());
        serve(listener, SERVER_WORKERS, &ReceiverSettings::default(), move |routes| {
            receive::configure(routes, receiver.clone());
            health::configure(routes, vitals.clone());
        })
        .context("the HTTP server can't start")?
    };
    let handle = server.handle();
    let stop = CancellationToken::new();
    let mut tasks = vec![tokio::spawn(log_end(server))];
    if let Some(address) = config.service.metrics_listen
        && recorder.is_some()
    {
        let listener = TcpListener::bind(address)
            .with_context(|| format!("metrics can't listen on {address}"))?;
        let vitals = vitals.clone();
        let metrics = serve(listener, 1, &ReceiverSettings::default(), move |routes| {
            health::configure_metrics(routes, vitals.clone());
        })?;
        let (stop, handle) = (stop.clone(), metrics.handle());
        tasks.push(tokio::spawn(log_end(metrics)));
        tasks.push(tokio::spawn(async move {
            stop.cancelled().await;
            handle.stop(false).await;
        }));
    }
    let scale = config.service.time_scale;
    let schedules = Schedules {
        engine: Arc::clone(&engine),
        rules,
        waker: waker.clone(),
        sweep_every: SignedDuration::from_mins(i64::from(config.service.sweep_minutes)),
        keep: SignedDuration::from_hours(24 * i64::from(config.service.retention_days)),
        time_scale: scale,
    };
    tasks.push(tokio::spawn(until(stop.clone(), schedules.run())));
    let workers = tokio::spawn(queue::run(
        store,
        handler(Arc::clone(&engine)),
        Pace { time_scale: scale, ..Pace::default() },
        waker,
        stop.clone(),
    ));
    Ok(Running {
        engine,
        config: config.clone(),
        secrets: live_secrets,
        secrets_print: Mutex::new(reload::print(config)),
        vitals,
        receiver,
        server: handle,
        stop,
        tasks,
        workers,
    })
}

/// A clock that was set back while nothing ran must not hold up what waits.
async fn redate(store: &dyn Store) {
    match store.redate().await {
        Ok(ahead) if ahead.is_zero() => {}
        Ok(ahead) => tracing::warn!(event = "clock_was_ahead", seconds = ahead.as_secs()),
        Err(error) => tracing::warn!(event = "clock_was_ahead", %error, "dates are not looked at"),
    }
}

/// Two cores are enough for any GitLab: the disk's sync is the limit.
const SERVER_WORKERS: usize = 2;

/// How a batch is carried out.
pub(crate) fn handler(
    engine: Arc<Engine>,
) -> impl Fn(crate::model::Batch) -> futures_util::future::BoxFuture<'static, crate::model::Settlement>
+ Send
+ Sync
+ 'static {
    move |batch| {
        let engine = Arc::clone(&engine);
        Box::pin(async move { engine.run(&batch).await })
    }
}

/// How often the parts are looked at that must not end.
const LOOK_AFTER: Duration = Duration::from_millis(500);

impl Running {
    /// Returns when a part has ended without which the service only seems to work: the workers, or
    /// the task that commits deliveries.
    pub async fn broken(&self) {
        while !self.workers.is_finished() && self.engine.store().is_taking_in() {
            tokio::time::sleep(LOOK_AFTER).await;
        }
        tracing::error!(event = "alarm", alarm = "part_ended", "a part of the service has ended");
    }

    /// Ends it: answers what arrives with `Connection: close`, stops listening, lets running jobs
    /// end. What is stored and not done waits for the next start.
    pub async fn stop(self, ending: Ending) {
        self.vitals.is_stopping.store(true, std::sync::atomic::Ordering::Relaxed);
        if ending == Ending::HandOver {
            // New connections wait in the socket for whoever serves it next.
            self.server.pause().await;
        }
        self.receiver.drain();
        tokio::time::sleep(DRAIN).await;
        self.server.stop(true).await;
        self.stop.cancel();
        drop(self.workers.await);
        for task in self.tasks {
            drop(task.await);
        }
        tracing::info!(event = "stopped");
    }
}

pub(super) async fn log_end(server: actix_web::dev::Server) {
    if let Err(error) = server.await {
        tracing::error!(event = "server", %error, "the HTTP server ended");
    }
}

async fn until(stop: CancellationToken, work: impl Future<Output = ()>) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

/// SQLite's file lies on the same disk as a spool would: what the one can't keep the other can't.
pub(super) fn is_postgres(config: &Config) -> bool {
    config.service.database_url.expose_secret().starts_with("postgres")
}

pub(super) fn spool_settings(config: &Config) -> SpoolSettings {
    let service = &config.service;
    let bytes = u64::from(service.spool_megabytes) << 20;
    SpoolSettings::new(service.spool_folder.clone(), bytes, service.time_scale)
}

/// The webhook secrets of the configuration.
pub(super) fn secrets(config: &Config) -> anyhow::Result<Secrets> {
    let service = &config.service;
    service.require_webhook_secret().map_err(|mistake| ConfigErrors(vec![mistake]))?;
    let signing = service
        .webhook_signing_keys
        .iter()
        .map(|key| SigningKey::parse(&format!("whsec_{}", STANDARD.encode(key.expose_secret()))))
        .collect::<Result<Vec<_>, _>>()?;
    let tokens = service
        .webhook_secret_tokens
        .iter()
        .map(|token| TokenDigest::of(token.expose_secret()))
        .collect::<Result<Vec<_>, _>>()?;
    let secrets = Secrets::new(signing, tokens, service.accept_token_fallback)?;
    Ok(secrets.with_previous_until(service.webhook_previous_until))
}
