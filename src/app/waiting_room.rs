//! The receiver alone, while PostgreSQL has not answered yet: what comes waits on this machine's disk.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use anyhow::Context as _;
use async_trait::async_trait;
use serde_json::json;
use tokio::task::JoinHandle;

use super::service::{log_end, secrets, spool_settings};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::{Accepted, Incoming};
use crate::payload::Rules;
use crate::receive::{self, Live, Receiver, ReceiverSettings, serve};
use crate::spool::Spool;
use crate::store::{Inbox, Store, StoreError};

/// Between two looks whether the database is there.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A server that acknowledges and does nothing else.
#[derive(Debug)]
pub struct WaitingRoom {
    server: actix_web::dev::ServerHandle,
    serving: JoinHandle<()>,
}

/// Takes nothing: the database is not there.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl Inbox for Nowhere {
    async fn accept(&self, _: Incoming) -> Result<Accepted, StoreError> {
        Err(StoreError::Unavailable("the database has not answered yet".to_owned()))
    }
}

impl WaitingRoom {
    /// Whether an error of [`super::start`] is worth waiting for.
    pub fn helps(config: &Config, error: &anyhow::Error) -> bool {
        let is_away = matches!(
            error.downcast_ref::<StoreError>(),
            Some(StoreError::Unavailable(_) | StoreError::Contended(_))
        );
        is_away && super::service::is_postgres(config)
    }

    /// Opens it on a socket that listens already.
    ///
    /// # Errors
    /// When a secret is missing or the server can't start.
    pub fn open(
        config: &Config,
        listener: TcpListener,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let settings = ReceiverSettings::default();
        let spool = Arc::new(Spool::start(
            Arc::new(Nowhere),
            spool_settings(config),
            Arc::clone(&clock),
            Arc::new(|| {}),
        ));
        let rules =
            Rules { ignored_users: config.service.ignored_users.clone(), ..Rules::default() };
        let receiver = web::Data::new(Receiver::new(
            settings.clone(),
            Arc::new(Live::new(secrets(config)?)),
            Arc::new(Live::new(rules)),
            Arc::clone(&spool) as Arc<dyn Inbox>,
            clock,
            Arc::new(|| {}),
        ));
        let spool = web::Data::from(spool);
        let server = serve(listener, 1, &settings, move |routes| {
            receive::configure(routes, receiver.clone());
            routes
                .app_data(spool.clone())
                .route("/livez", web::get().to(async || HttpResponse::Ok().finish()))
                .route("/readyz", web::get().to(ready));
        })
        .context("the HTTP server can't start")?;
        let handle = server.handle();
        Ok(Self { server: handle, serving: tokio::spawn(log_end(server)) })
    }

    /// Returns the database once it is there.
    ///
    /// # Errors
    /// When it is there and can't be used.
    pub async fn wait(
        &self,
        config: &Config,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Arc<dyn Store>> {
        loop {
            match super::open_store(config, Arc::clone(&clock)).await {
                Ok(store) => return Ok(store),
                Err(error) if Self::helps(config, &error) => {
                    tracing::warn!(event = "waiting", error = format!("{error:#}"));
                }
                Err(error) => return Err(error),
            }
            tokio::time::sleep(LOOK_EVERY.div_f64(config.service.time_scale)).await;
        }
    }

    /// Closes it without losing a request: new connections wait in the socket.
    pub async fn close(self) {
        self.server.pause().await;
        self.server.stop(true).await;
        drop(self.serving.await);
    }
}

async fn ready(spool: web::Data<Spool>) -> HttpResponse {
    let status = if spool.is_full() { "failing" } else { "degraded" };
    let body = json!({
        "status": status,
        "database": "not reached yet",
        "spool_waiting": spool.waiting(),
        "version": env!("CARGO_PKG_VERSION"),
    });
    match status {
        "failing" => HttpResponse::ServiceUnavailable().json(body),
        _ => HttpResponse::Ok().json(body),
    }
}
