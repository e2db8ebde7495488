//! The door: verify a webhook, store it durably, answer, and only then let anybody work on it.
//!
//! GitLab never sends a delivery twice of its own accord, and four failures in a row switch the
//! hook off. So 200 means committed, and everything authentic is kept, readable or not.

mod answer;
mod body;
mod handler;
mod head;
mod journal;
mod live;
mod secrets;
mod server;
mod unread;
mod verify;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::{guard, web};
use tokio::sync::Semaphore;
use url::Url;

use crate::clock::Clock;
use crate::payload::Rules;
use crate::store::Inbox;
use journal::Journal;

pub use live::Live;
pub use secrets::{SecretError, Secrets, SigningKey, TokenDigest};
pub use server::{default_service, serve};
pub use verify::{Claim, HeadCheck, Header, Presented, Rejected, Verified, check_head, verify};

/// The only spelling of the path; GitLab is told this one.
pub const HOOK_PATH: &str = "/webhooks/gitlab";

/// The webhook's address below the address at which GitLab reaches the service. A path of its own is
/// kept (a proxy may take it off), and an address that names the webhook already is taken as it is.
pub fn hook_url(public: &Url) -> Url {
    let mut url = public.clone();
    let base = public.path().trim_end_matches('/');
    if !base.ends_with(HOOK_PATH) {
        url.set_path(&format!("{base}{HOOK_PATH}"));
    }
    url
}

/// Limits of the receiver. The defaults are for production; tests shorten the deadlines.
#[derive(Debug, Clone)]
pub struct ReceiverSettings {
    /// Largest body in bytes; GitLab's own limit is 25 MiB.
    pub max_body: usize,
    /// Largest head in bytes, request line included.
    pub max_head: usize,
    /// Bodies in memory at a time, in bytes, over all requests.
    pub bytes_in_flight: usize,
    /// Time for the head, from the connection's beginning.
    pub head_deadline: Duration,
    /// Time for the body, from the end of the head.
    pub body_deadline: Duration,
    /// Time for the store to commit.
    pub store_deadline: Duration,
    /// How long a connection may stay open between two requests.
    pub idle_deadline: Duration,
}

impl Default for ReceiverSettings {
    fn default() -> Self {
        Self {
            max_body: 25 << 20,
            max_head: 16 << 10,
            bytes_in_flight: 64 << 20,
            head_deadline: Duration::from_secs(5),
            body_deadline: Duration::from_secs(10),
            // GitLab hangs up after ten seconds in all; a commit that takes eight will not come.
            store_deadline: Duration::from_secs(8),
            idle_deadline: Duration::from_secs(5),
        }
    }
}

/// Everything one delivery needs; shared by all workers of the server.
pub struct Receiver {
    settings: ReceiverSettings,
    secrets: Arc<Live<Secrets>>,
    rules: Arc<Live<Rules>>,
    inbox: Arc<dyn Inbox>,
    clock: Arc<dyn Clock>,
    wake: Arc<dyn Fn() + Send + Sync>,
    budget: Semaphore,
    journal: Journal,
    draining: AtomicBool,
}

impl Receiver {
    /// Puts it together. `secrets` and `rules` may be replaced at any time from outside; `wake` is
    /// called after each commit that brought work.
    pub fn new(
        settings: ReceiverSettings,
        secrets: Arc<Live<Secrets>>,
        rules: Arc<Live<Rules>>,
        inbox: Arc<dyn Inbox>,
        clock: Arc<dyn Clock>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        let budget = Semaphore::new(settings.bytes_in_flight.min(Semaphore::MAX_PERMITS));
        Self {
            settings,
            secrets,
            rules,
            inbox,
            clock,
            wake,
            budget,
            journal: Journal::default(),
            draining: AtomicBool::new(false),
        }
    }

    /// Goes on answering, but asks every sender to hang up afterwards: the first step of a stop
    /// that loses no request.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether [`Self::drain`] was called.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Adds the webhook's route.
pub fn configure(config: &mut web::ServiceConfig, receiver: web::Data<Receiver>) {
    config.service(
        web::resource(HOOK_PATH)
            // The router decodes `%67` before it compares; one path shall have one spelling.
            .guard(guard::fn_guard(|context| context.head().uri.path() == HOOK_PATH))
            .app_data(receiver)
            .route(web::post().to(handler::deliver))
            .default_service(web::to(answer::method_not_allowed)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hook_lies_below_the_public_address() {
        for (public, hook) in [
            ("https://bot.example", "https://bot.example/webhooks/gitlab"),
            ("https://bot.example/", "https://bot.example/webhooks/gitlab"),
            ("https://example.org/landfall", "https://example.org/landfall/webhooks/gitlab"),
            ("https://bot.example/webhooks/gitlab", "https://bot.example/webhooks/gitlab"),
        ] {
            assert_eq!(hook_url(&public.parse().unwrap()).as_str(), hook);
        }
    }
}
