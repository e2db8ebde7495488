//! `/livez`, `/readyz`, `/metrics`: what a supervisor, a balancer and Prometheus ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use tokio::time::timeout;

use super::meter;
use crate::clock::Clock;
use crate::jobs::{Engine, HOOK_CURSOR, HOOK_IS_WELL};
use crate::spool::Spool;
use crate::store::{Backlog, CommentStop, Store, StoreError};

/// What the answers are made from.
#[derive(Debug)]
pub(super) struct Vitals {
    pub(super) engine: Arc<Engine>,
    /// Only beside PostgreSQL.
    pub(super) spool: Option<Arc<Spool>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) is_stopping: AtomicBool,
    pub(super) metrics_token: Option<SecretString>,
}

/// Adds the probes; `/metrics` too when a token guards it.
pub(super) fn configure(config: &mut web::ServiceConfig, vitals: web::Data<Vitals>) {
    let has_metrics = vitals.metrics_token.is_some();
    config
        .app_data(vitals)
        .route("/livez", web::get().to(async || HttpResponse::Ok().finish()))
        .route("/readyz", web::get().to(ready));
    if has_metrics {
        config.route("/metrics", web::get().to(guarded_metrics));
    }
}

/// The routes of the metrics' own port.
pub(super) fn configure_metrics(config: &mut web::ServiceConfig, vitals: web::Data<Vitals>) {
    config.app_data(vitals).route("/metrics", web::get().to(open_metrics));
}

async fn ready(vitals: web::Data<Vitals>) -> HttpResponse {
    let now = vitals.clock.now();
    let Known { database, backlog, stop, hook } = known(&**vitals.engine.store()).await;
    let hook_is_well = hook.as_deref().is_none_or(|words| words == HOOK_IS_WELL);
    let is_stopping = vitals.is_stopping.load(Ordering::Relaxed);
    let gitlab = vitals.engine.gitlab().health();
    let knows_tracker = vitals.engine.known_identity().is_some();
    let age = |at: jiff::Timestamp| now.duration_since(at).as_secs().max(0);
    let spool = vitals.spool.as_deref();
    let is_kept = database.is_ok() || spool.is_some_and(|spool| !spool.is_full());
    let is_well = database.is_ok()
        && spool.is_none_or(|spool| !spool.is_spooling())
        && knows_tracker
        && gitlab.is_well()
        && stop.is_none()
        && hook_is_well;
    let status = match (is_kept, is_stopping, is_well) {
        (false, ..) => "failing",
        (_, true, _) => "stopping",
        (_, _, true) => "ok",
        (_, _, false) => "degraded",
    };
    let body = json!({
        "status": status,
        "database": database.as_ref().map_or_else(ToString::to_string, |()| "ok".to_owned()),
        "spool_waiting": spool.map(Spool::waiting),
        "gitlab": if knows_tracker { gitlab.to_string() } else { "not reached yet".to_owned() },
        "tracker": if knows_tracker { "known" } else { "not reached yet" },
        "webhook": hook.unwrap_or_else(|| "not looked at yet".to_owned()),
        "comments": stop.map_or_else(|| "on".to_owned(), |stop| format!("stopped: {}", stop.reason)),
        "jobs_waiting": backlog.as_ref().map(|b| b.waiting),
        "jobs_dead": backlog.as_ref().map(|b| b.dead),
        "deliveries_quarantined": backlog.as_ref().map(|b| b.quarantined),
        "oldest_job_age_seconds": backlog.as_ref().and_then(|b| b.oldest).map(age),
        "newest_delivery_age_seconds": backlog.as_ref().and_then(|b| b.newest_delivery).map(age),
        "version": env!("CARGO_PKG_VERSION"),
    });
    match status {
        "failing" | "stopping" => HttpResponse::ServiceUnavailable().json(body),
        _ => HttpResponse::Ok().json(body),
    }
}

/// What the database says, if it says anything soon: a balancer does not wait.
struct Known {
    database: Result<(), StoreError>,
    backlog: Option<Backlog>,
    stop: Option<CommentStop>,
    hook: Option<String>,
}

const PATIENCE: Duration = Duration::from_secs(2);

async fn known(store: &dyn Store) -> Known {
    let away = || StoreError::Unavailable("no answer in time".to_owned());
    let database = timeout(PATIENCE, store.ping()).await.unwrap_or_else(|_| Err(away()));
    let rest = async {
        let backlog = store.backlog().await.ok();
        let stop = store.comment_stop().await.ok().flatten();
        (backlog, stop, store.cursor(HOOK_CURSOR).await.ok().flatten())
    };
    let (backlog, stop, hook) = match database {
        Ok(()) => timeout(PATIENCE, rest).await.unwrap_or_default(),
        Err(_) => Default::default(),
    };
    Known { database, backlog, stop, hook }
}

async fn guarded_metrics(request: HttpRequest, vitals: web::Data<Vitals>) -> HttpResponse {
    let presented = request
        .headers()
        .get("authorization")
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
        .unwrap_or_default();
    let is_right = vitals
        .metrics_token
        .as_ref()
        .is_some_and(|token| token.expose_secret().as_bytes().ct_eq(presented).into());
    if !is_right {
        return HttpResponse::Unauthorized().finish();
    }
    open_metrics(vitals).await
}

async fn open_metrics(vitals: web::Data<Vitals>) -> HttpResponse {
    let Some(recorder) = meter::recorder() else {
        return HttpResponse::ServiceUnavailable().finish();
    };
    if let Some(spool) = &vitals.spool {
        gauge("landfall_spool_waiting", spool.waiting());
    }
    let backlog = timeout(PATIENCE, vitals.engine.store().backlog()).await;
    if let Ok(Ok(backlog)) = backlog {
        gauge("landfall_jobs_waiting", backlog.waiting);
        gauge("landfall_jobs_dead", backlog.dead);
        gauge("landfall_deliveries_quarantined", backlog.quarantined);
        let oldest = backlog.oldest.map_or(0, |at| {
            u64::try_from(vitals.clock.now().duration_since(at).as_secs()).unwrap_or(0)
        });
        gauge("landfall_oldest_job_age_seconds", oldest);
    }
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(recorder.render())
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts stay far below 2^52")]
fn gauge(name: &'static str, value: u64) {
    metrics::gauge!(name).set(value as f64);
}
