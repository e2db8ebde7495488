//! A bot and a sandbox GitLab, wired on loopback, for stories over real HTTP.

use std::net::{Ipv4Addr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use jiff::SignedDuration;
use landfall::app::{self, Running};
use landfall::clock::{Clock, ManualClock, SystemClock};
use landfall::config::{self, Config, MapEnv};
use landfall::gitlab::GitLab;
use landfall::jobs::Engine;
use landfall::model::{Event, IssueIid, IssueRef, JobKind, ProjectId, Settlement};
use landfall::queue::{self, Drained, Pace};
use landfall::sandbox::{Options, Sandbox, Seed};
use landfall::setup::{self, Applied, Wanted};
use secrecy::SecretString;
use tempfile::TempDir;
use url::Url;

pub(crate) const BOT: &str = "landfall-bot";
pub(crate) const SAM: &str = "sam-staff";
pub(crate) const PAULA: &str = "paula-partner";
pub(crate) const MALLORY: &str = "mallory";
pub(crate) const SIGNING: &str = "whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=";

/// Divides the waits of 90 s and more; GitLab's time limit of 30 s stays long enough for a busy
/// machine.
const TIME_SCALE: &str = "60";

/// A bot without its receiver: jobs are put in by hand and drained, so nothing depends on time.
pub(crate) struct Bot {
    pub(crate) sandbox: Sandbox,
    pub(crate) engine: Arc<Engine>,
    pub(crate) config: Config,
    pub(crate) folder: TempDir,
    clock: Arc<dyn Clock>,
}

fn config(sandbox: &Sandbox, folder: &TempDir, more: &[(&str, &str)]) -> Config {
    let database = format!("sqlite:{}", folder.path().join("landfall.db").display());
    let mut env = MapEnv::default();
    let base = [
        ("LANDFALL_GITLAB_URL", sandbox.url()),
        ("LANDFALL_GITHUB_URL", format!("{}/github-api", sandbox.url())),
        ("LANDFALL_GITLAB_TOKEN", Seed::token_of(BOT)),
        ("LANDFALL_TRACKER", "landfall/tracker".to_owned()),
        ("LANDFALL_WEBHOOK_SIGNING_TOKENS", SIGNING.to_owned()),
        ("LANDFALL_DATABASE_URL", database),
        ("LANDFALL_TIME_SCALE", TIME_SCALE.to_owned()),
    ];
    for (name, value) in base {
        env.0.insert(name.to_owned(), value);
    }
    for (name, value) in more {
        env.0.insert((*name).to_owned(), (*value).to_owned());
    }
    config::load(&env, None).unwrap()
}

/// Gives the tracker what `landfall setup --apply` gives it.
async fn set_up(gitlab: &GitLab, config: &Config, hook_url: Option<Url>) {
    let wanted = Wanted {
        labels: setup::wanted_labels(&config.workflow),
        hook_url,
        has_signing_token: true,
        has_secret_token: false,
    };
    let found = setup::find(gitlab, "landfall/tracker").await.unwrap();
    let ground = Applied {
        gitlab,
        found: &found,
        template: &config.issue_template,
        signing_token: Some(SecretString::from(SIGNING)),
        secret_token: None,
    };
    for step in setup::plan(&found, &wanted) {
        setup::apply(&ground, &step).await.unwrap();
    }
}

impl Bot {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default(), &[]).await
    }

    pub(crate) async fn with(options: Options, more: &[(&str, &str)]) -> Self {
        Self::by(Arc::new(SystemClock), options, more).await
    }

    /// One whose clock moves only when it is told to, and whose waits are as long as in earnest: to be
    /// led by [`Bot::attempt`].
    pub(crate) async fn led() -> (Self, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        (Self::by(clock.clone(), Options::default(), &[("LANDFALL_TIME_SCALE", "1")]).await, clock)
    }

    pub(crate) async fn by(clock: Arc<dyn Clock>, options: Options, more: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = config(&sandbox, &folder, more);
        let engine = engine(&config, &clock).await;
        set_up(engine.gitlab(), &config, None).await;
        sandbox.clear_journal();
        Self { sandbox, engine, config, folder, clock }
    }

    /// The bot dies and starts again with the same database.
    pub(crate) async fn restart(&mut self) {
        self.engine = engine(&self.config, &self.clock).await;
    }

    /// The database is lost; the bot starts with a new one.
    pub(crate) async fn lose_database(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        self.config.service.database_url =
            format!("sqlite:{}", folder.path().join("landfall.db").display()).into();
        self.folder = folder;
        self.restart().await;
    }

    pub(crate) fn issue(&self, iid: u64) -> IssueRef {
        IssueRef { project: ProjectId(42), iid: IssueIid(iid) }
    }

    /// A webhook says that the issue changed, and all work it causes is done.
    pub(crate) async fn hear(&self, iid: u64) -> Drained {
        self.tell(iid).await;
        self.drain().await
    }

    /// A webhook says that the issue changed; nothing is done yet.
    pub(crate) async fn tell(&self, iid: u64) {
        let event = Event::IssueChanged { issue: self.issue(iid) };
        self.engine.store().enqueue(JobKind::Handle { event }).await.unwrap();
    }

    /// A webhook says that a comment was added.
    pub(crate) async fn hear_note(&self, iid: u64, note: u64) -> Drained {
        let note = landfall::model::NoteId(note);
        let event = Event::NoteAdded { issue: self.issue(iid), note };
        self.work(JobKind::Handle { event }).await
    }

    pub(crate) async fn sweep(&self) -> Drained {
        self.work(JobKind::Sweep).await
    }

    pub(crate) async fn work(&self, job: JobKind) -> Drained {
        self.engine.store().enqueue(job).await.unwrap();
        self.drain().await
    }

    pub(crate) async fn drain(&self) -> Drained {
        let engine = Arc::clone(&self.engine);
        let handler = move |batch| {
            let engine = Arc::clone(&engine);
            async move { engine.run(&batch).await }
        };
        let store = Arc::clone(self.engine.store());
        let scale = self.config.service.time_scale;
        let pace = Pace { time_scale: scale, ..Pace::default() };
        // Real time: a story that needs longer has hung.
        let patience = SignedDuration::from_secs(20 * 60);
        queue::drain(store, handler, pace, patience).await.unwrap()
    }

    /// One attempt at the oldest waiting lane, settled, without waiting for retries.
    pub(crate) async fn attempt(&self) -> Option<Settlement> {
        let store = self.engine.store();
        let batch = store.claim(SignedDuration::from_secs(60), 50).await.unwrap()?;
        let settlement = self.engine.run(&batch).await;
        store.settle(&batch, self.shortened(settlement.clone())).await.unwrap();
        Some(settlement)
    }

    /// The runner's part: waits are divided by the time scale.
    fn shortened(&self, settlement: Settlement) -> Settlement {
        match settlement {
            Settlement::Retry { after, error, counts } => {
                let scale = self.config.service.time_scale;
                let after = SignedDuration::from_secs_f64(after.as_secs_f64() / scale);
                Settlement::Retry { after, error, counts }
            }
            other => other,
        }
    }

    /// Works on the oldest lane until this many calls were made, and dies in the middle of the next:
    /// nothing is settled, and the lease is left to run out.
    pub(crate) async fn die_after(&self, calls: usize) {
        drop(self.pause_after(calls).await);
    }

    /// Works on the oldest lane until this many calls were made, and stops in the middle of the
    /// next, as a paused machine does; what comes back goes on when it is awaited.
    pub(crate) async fn pause_after(&self, calls: usize) -> Pin<Box<impl Future<Output = ()>>> {
        let before = self.sandbox.journal().len();
        self.pause_when(move |journal| journal.len() > before + calls).await
    }

    /// Works on the oldest lane until the sandbox's journal looks so, and stops there.
    pub(crate) async fn pause_when(
        &self,
        is_time: impl Fn(&[landfall::sandbox::Request]) -> bool,
    ) -> Pin<Box<impl Future<Output = ()>>> {
        let store = self.engine.store();
        let batch = store.claim(SignedDuration::from_millis(1), 50).await.unwrap().unwrap();
        let engine = Arc::clone(&self.engine);
        let mut over = false;
        let mut work = Box::pin(async move {
            engine.run(&batch).await;
        });
        std::future::poll_fn(|context| {
            // Before it hears the answer and goes on to the database, which it would hold up.
            over = !is_time(&self.sandbox.journal()) && work.as_mut().poll(context).is_ready();
            let is_paused = over || is_time(&self.sandbox.journal());
            if is_paused { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        Box::pin(async move {
            if !over {
                work.await;
            }
        })
    }

    /// Bodies of the bot's comments on an issue, oldest first.
    pub(crate) fn said(&self, iid: u64) -> Vec<String> {
        let world = self.sandbox.world();
        world.comments_by(iid, BOT).unwrap().into_iter().map(|one| one.body).collect()
    }

    pub(crate) fn labels(&self, iid: u64) -> Vec<String> {
        self.sandbox.world().labels_of(iid).unwrap()
    }

    pub(crate) fn description(&self, iid: u64) -> String {
        self.sandbox.world().description(iid).unwrap()
    }

    /// How each story ends: nothing unknown was asked, no quick action ran, nothing waits, and one
    /// more sweep writes nothing.
    pub(crate) async fn finish(self) {
        assert_eq!(self.sweep().await.waiting, 0, "something still waits");
        // The first sweep may have seen the bot's own last writes; the second must be quiet.
        self.sandbox.clear_journal();
        self.sweep().await;
        assert_eq!(self.sandbox.writes(), [], "a sweep over a settled world writes nothing");
        assert_eq!(self.sandbox.unknown_endpoints(), [], "the sandbox lacks an endpoint");
        assert_eq!(self.engine.store().backlog().await.unwrap().dead, 0, "a job gave up");
        self.assert_unspoiled();
    }

    /// No quick action came out of a text of the bot's, and nothing was said twice.
    pub(crate) fn assert_unspoiled(&self) {
        let world = self.sandbox.world();
        let ours = world.executed_commands().iter().filter(|one| one.user == BOT);
        assert_eq!(ours.count(), 0, "quick actions ran");
    }
}

async fn engine(config: &Config, clock: &Arc<dyn Clock>) -> Arc<Engine> {
    let access = app::access(config).unwrap();
    let store = app::open_store(config, Arc::clone(clock)).await.unwrap();
    let gitlab = app::connect(config, &access, Arc::clone(clock)).unwrap();
    Arc::new(app::engine(config, &access, store, gitlab, Arc::clone(clock)).unwrap())
}

/// A whole service behind a signed hook.
pub(crate) struct Service {
    pub(crate) sandbox: Sandbox,
    pub(crate) running: Running,
    pub(crate) hook: Url,
    /// Kept until the end.
    _folder: TempDir,
}

impl Service {
    pub(crate) async fn new() -> Self {
        Self::by(Arc::new(SystemClock)).await
    }

    pub(crate) async fn by(clock: Arc<dyn Clock>) -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = config(&sandbox, &folder, &[]);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let hook = format!("http://{}/webhooks/gitlab", listener.local_addr().unwrap());
        let hook = Url::parse(&hook).unwrap();
        let running = app::start(&config, listener, clock).await.unwrap();
        set_up(running.engine.gitlab(), &config, Some(hook.clone())).await;
        Self { sandbox, running, hook, _folder: folder }
    }

    /// Waits until all hooks were sent and all jobs are done; fails after 20 s.
    pub(crate) async fn settled(&self) {
        let store = self.running.engine.store();
        let done = async {
            loop {
                self.sandbox.settle_hooks().await;
                if store.backlog().await.unwrap().waiting == 0 {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        let limit = std::time::Duration::from_secs(20);
        tokio::time::timeout(limit, done).await.expect("the bot settles within 20 s");
    }
}
