//! The sandbox: a stateful GitLab over real HTTP, for the demo and the tests.
//!
//! It knows nothing of the rest of the crate: what Landfall gets wrong about GitLab must not be
//! wrong here in the same way. It behaves like GitLab where it hurts. A webhook is sent once,
//! never again, and a hook that fails four times in a row goes deaf. Pages of notes can be short
//! while more follow. A comment runs its quick actions. Labels nobody knows come into being.
//!
//! ```no_run
//! # async fn story() -> Result<(), Box<dyn std::error::Error>> {
//! use landfall::sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options::default()).await?;
//! let iid = sandbox.world().by("paula-partner").open_issue("Example moves", "Hello")?;
//! sandbox.world().by("sam-staff").set_labels(iid, &["migration::prospect"], &[])?;
//! sandbox.settle_hooks().await;
//! # Ok(()) }
//! ```

mod activity;
mod administration;
mod bulk_imports;
mod clock;
mod code_hand;
mod commands;
mod default_seed;
mod events;
mod faults;
mod files;
mod github;
mod group_routes;
mod hand;
mod hook_bodies;
mod hook_routes;
mod hooks;
mod imports;
mod issue_json;
mod issue_list;
mod issue_routes;
mod issues;
mod journal;
mod labels;
mod licences;
mod merge_request_list;
mod merge_requests;
mod milestones;
mod namespaces;
mod notes;
mod outbox;
mod page;
mod paging;
mod pipelines;
mod plant;
mod project_json;
mod project_routes;
mod projects;
mod read;
mod releases;
mod repository;
mod repository_routes;
mod routes;
mod seed;
mod sender;
mod server;
mod source;
mod users;
mod visibility;
mod wire;
mod world;

pub use activity::Push;
pub use bulk_imports::{GitlabSource, SourceProject};
pub use clock::Clock;
pub use commands::Command;
pub use faults::{Fault, FaultKind, Faults};
pub use github::{GithubOwner, GithubRepo, GithubSeed, GithubSettings, GithubToken};
pub use hand::Hand;
pub use imports::{ImportEnd, ImportPace, ImportRefusals, ImportSettings, ImportStatus};
pub use journal::Request;
pub use outbox::Delivery;
pub use pipelines::PipelineStatus;
pub use read::Comment;
pub use seed::{GroupSeed, IssueSeed, LabelSeed, MergeRequestSeed, ProjectSeed, PushSeed, Seed};
pub use source::Numbers;
pub use users::{Token, User, UserState};
pub use visibility::Visibility;
pub use wire::Refusal;
pub use world::{Settings, World};

use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};
use server::Shared;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, MutexGuard};
use tokio::task::JoinHandle;

/// Bodies up to this size are read: more than GitLab's limit of a description.
const BODY_MAX_BYTES: usize = 32 << 20;

/// How a sandbox starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What is there at the start.
    pub seed: Seed,
    /// What kind of GitLab it plays.
    pub settings: Settings,
    /// How time passes.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: Seed::default(),
            settings: Settings::default(),
            clock: Clock::default(),
        }
    }
}

/// A running sandbox; it ends when this is dropped.
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: actix_web::dev::ServerHandle,
    serving: JoinHandle<io::Result<()>>,
    sending: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox. It answers when this returns.
    ///
    /// # Errors
    /// When the address can't be listened on, or the seed contradicts itself.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(options.listen)?;
        let address = listener.local_addr()?;
        let mut world = World::new(format!("http://{address}"), options.settings, options.clock);
        world.plant(options.seed).map_err(io::Error::other)?;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(io::Error::other)?;
        let shared = Arc::new(Shared::new(world, client));
        let data = Data::from(Arc::clone(&shared));
        let app = move || {
            App::new()
                .app_data(Data::clone(&data))
                .app_data(web::PayloadConfig::new(BODY_MAX_BYTES))
                .default_service(web::to(server::serve))
        };
        let server = HttpServer::new(app)
            .workers(1)
            .disable_signals()
            .shutdown_timeout(0)
            .listen(listener)?
            .run();
        let handle = server.handle();
        let serving = tokio::spawn(server);
        let sending = tokio::spawn(sender::run(Arc::clone(&shared)));
        Ok(Self { address, shared, server: handle, serving, sending })
    }

    /// Its address, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The state, to read or to change. Requests wait while this is held: don't keep it across
    /// an await.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world()
    }

    /// The faults of its answers.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Every request since the start, or since [`Sandbox::clear_journal`].
    pub fn journal(&self) -> Vec<Request> {
        self.shared.journal.entries()
    }

    /// Forgets the requests so far.
    pub fn clear_journal(&self) {
        self.shared.journal.clear();
    }

    /// Requests that asked for a change.
    pub fn writes(&self) -> Vec<Request> {
        self.journal().into_iter().filter(Request::is_write).collect()
    }

    /// Requests the sandbox has no endpoint for (501): a test that makes any must fail.
    pub fn unknown_endpoints(&self) -> Vec<Request> {
        self.journal().into_iter().filter(|request| request.status == Some(501)).collect()
    }

    /// Waits until every queued webhook was sent and answered; those on hold don't count.
    pub async fn settle_hooks(&self) {
        let idle = Arc::clone(&self.shared.world().outbox.idle);
        loop {
            let notified = idle.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if self.shared.world().outbox.is_idle() {
                return;
            }
            notified.await;
        }
    }

    /// Sends a past delivery once more with the same headers and bytes: a replay. Gives the
    /// status of the answer.
    pub async fn replay(&self, delivery: &Delivery) -> Option<u16> {
        sender::replay(&self.shared, delivery).await
    }

    /// Ends it, and waits until the port is free.
    pub async fn stop(mut self) {
        self.sending.abort();
        self.server.stop(false).await;
        // It was told to stop: how it ended is no news.
        let _ended = (&mut self.serving).await;
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.sending.abort();
        drop(self.server.stop(false));
    }
}
