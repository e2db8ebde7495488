//! A sandbox GitLab, one or more replicas of Landfall beside it, and people.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use landfall::app;
use landfall::clock::SystemClock;
use landfall::config::{self, MapEnv};
use landfall::sandbox::{Options, Sandbox, Seed, Settings};
use landfall::setup::{self, Applied, Wanted};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::time::sleep;
use url::Url;

use crate::database::Database;
use crate::deliveries::Sent;
use crate::invariants;
use crate::people::Model;
use crate::plan::Plan;
use crate::process::{Process, Recipe};
use crate::watch::{Watch, open_files};

pub(crate) const BOT: &str = "landfall-bot";
pub(crate) const SAM: &str = "sam-staff";
pub(crate) const PAULA: &str = "paula-partner";
pub(crate) const SIGNING: &str = "whsec_Y2hhb3NjaGFvc2NoYW9zY2hhb3NjaGFvc2NoYW9zY2g=";
/// Guards the metrics; a secret like the others.
pub(crate) const METRICS_TOKEN: &str = "metrics-canary-7d1f0c52";
pub(crate) const PROJECT: u64 = 42;
/// The bot's account in the sandbox's seed.
pub(crate) const BOT_ID: u64 = 5;
pub(crate) const NOTES: &str = "/projects/*/issues/*/notes";
/// Files that a process at rest may have open: pools, the sandbox, itself.
const FILES_AT_REST: usize = 80;

/// What a run has.
pub(crate) struct Shape {
    pub(crate) replicas: usize,
    /// Issues that are open at the start.
    pub(crate) issues: u32,
    /// Divides waits: 60 makes 90 s 1.5 s, and GitLab's 30 s half a second.
    pub(crate) time_scale: u32,
    /// Whether GitLab switches a webhook off that fails.
    pub(crate) disables_hooks: bool,
    /// The folder of SQLite's file and of the spool, below the run's folder.
    pub(crate) disk: &'static str,
    /// Further settings.
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            replicas: 1,
            issues: 0,
            time_scale: 60,
            disables_hooks: false,
            disk: ".",
            variables: Vec::new(),
        }
    }
}

/// Everything of one run.
pub(crate) struct Rig {
    pub(crate) sandbox: Sandbox,
    pub(crate) database: Database,
    pub(crate) replicas: Vec<Recipe>,
    pub(crate) model: Model,
    pub(crate) sent: Arc<Sent>,
    pub(crate) watch: Watch,
    pub(crate) folder: TempDir,
    /// Everything was looked at and is as it must be.
    pub(crate) is_well: bool,
}

impl Drop for Rig {
    fn drop(&mut self) {
        if !self.is_well {
            // Kept for whoever looks into it.
            self.folder.disable_cleanup(true);
            eprintln!("logs and database are kept in {}", self.folder.path().display());
        }
    }
}

impl Rig {
    /// A tracker that is set up, with replicas that are not started yet.
    pub(crate) async fn new(plan: Plan, shape: Shape) -> anyhow::Result<Self> {
        let settings =
            Settings { disables_failing_hooks: shape.disables_hooks, ..Settings::default() };
        let sandbox = Sandbox::start(Options { settings, ..Options::default() }).await?;
        let folder = tempfile::tempdir()?;
        let disk = folder.path().join(shape.disk);
        std::fs::create_dir_all(&disk)?;
        let database = Database::new(plan.database, &disk).await?;
        let addresses: Vec<SocketAddr> = (0..shape.replicas).map(|_| free_address()).collect();
        let first = addresses.first().context("a replica")?;
        let mut variables = vec![
            ("LANDFALL_GITLAB_URL", sandbox.url()),
            ("LANDFALL_GITLAB_TOKEN", Seed::token_of(BOT)),
            ("LANDFALL_TRACKER", "landfall/tracker".to_owned()),
            ("LANDFALL_WEBHOOK_SIGNING_TOKENS", SIGNING.to_owned()),
            ("LANDFALL_PUBLIC_URL", format!("http://{first}")),
            ("LANDFALL_DATABASE_URL", database.url.clone()),
            ("LANDFALL_SPOOL_FOLDER", disk.join("spool").display().to_string()),
            ("LANDFALL_METRICS_TOKEN", METRICS_TOKEN.to_owned()),
            ("LANDFALL_TIME_SCALE", shape.time_scale.to_string()),
            ("LANDFALL_COMMENTS_PER_HOUR", "1000".to_owned()),
            ("LANDFALL_REPLIES_PER_HOUR", "1000".to_owned()),
        ];
        for (name, value) in shape.variables {
            variables.retain(|(other, _)| *other != name);
            variables.push((name, value));
        }
        let variables: Vec<(String, String)> =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let watch = Watch::start();
        let recipe = |address: SocketAddr| Recipe {
            address,
            variables: variables.clone(),
            folder: folder.path().to_owned(),
            wrapper: Vec::new(),
            socket: None,
            watch: watch.clone(),
        };
        let replicas: Vec<Recipe> = addresses.into_iter().map(recipe).collect();
        let mut rig = Self {
            sandbox,
            database,
            replicas,
            model: Model::default(),
            sent: Arc::default(),
            watch,
            folder,
            is_well: false,
        };
        rig.set_up(&variables).await?;
        for _ in 0..shape.issues {
            rig.model.open(&rig.sandbox)?;
        }
        Ok(rig)
    }

    /// What `landfall setup --apply` does, and a hook for each replica: each event comes twice then,
    /// as with a project's and a group's hook.
    async fn set_up(&mut self, variables: &[(String, String)]) -> anyhow::Result<()> {
        let mut env = MapEnv::default();
        // Nothing is hurried here: a busy machine must not fail before the run begins.
        let ours = |(name, _): &&(String, String)| {
            name.starts_with("LANDFALL_") && name != "LANDFALL_TIME_SCALE"
        };
        env.0.extend(variables.iter().filter(ours).cloned());
        let config = config::load(&env, None)?;
        let access = app::access(&config)?;
        let gitlab = app::connect(&config, &access, Arc::new(SystemClock))?;
        let found = setup::find(&gitlab, "landfall/tracker").await?;
        let wanted = Wanted {
            labels: setup::wanted_labels(&config.workflow),
            hook_url: None::<Url>,
            has_signing_token: true,
            has_secret_token: false,
        };
        let ground = Applied {
            gitlab: &gitlab,
            found: &found,
            template: &config.issue_template,
            signing_token: Some(SecretString::from(SIGNING)),
            secret_token: None,
        };
        for step in setup::plan(&found, &wanted) {
            setup::apply(&ground, &step).await?;
        }
        for replica in &self.replicas {
            let url = format!("http://{}/webhooks/gitlab", replica.address);
            let added = self.sandbox.world().add_hook(&url, None, Some(SIGNING));
            added.ok().context("a hook can't be added")?;
        }
        Ok(())
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.replicas.iter().map(|replica| replica.address).collect()
    }

    /// Lets everything come to rest under one healthy replica, sweeps, and looks at everything.
    /// Returns how long the rest took.
    pub(crate) async fn judge(&mut self) -> anyhow::Result<Duration> {
        let judged = self.look_at_everything().await;
        self.is_well = judged.is_ok();
        if judged.is_err() {
            self.keep_events().await?;
        }
        judged
    }

    async fn look_at_everything(&mut self) -> anyhow::Result<Duration> {
        self.sent.stop.store(true, Ordering::Relaxed);
        self.sandbox.faults().clear();
        let recipe = self.replicas.first().context("no replica")?.clone();
        let started = Instant::now();
        let healthy = recipe.started().await?;
        self.rest().await?;
        let took = started.elapsed();
        self.at_rest(&healthy).await?;
        invariants::metrics(recipe.address).await?;
        healthy.end().await?;
        // What was never delivered is found by a sweep. Nobody else is at work then.
        self.sweep(&recipe).context("the sweep failed; see commands.log")?;
        self.sandbox.clear_journal();
        self.sweep(&recipe).context("the second sweep failed; see commands.log")?;
        let writes = self.sandbox.writes();
        ensure!(writes.is_empty(), "a second sweep still found something to write: {writes:?}");
        invariants::check(self).await?;
        Ok(took)
    }

    /// `landfall sweep` to its end, less hurried than the service: it runs alone.
    fn sweep(&self, recipe: &Recipe) -> anyhow::Result<()> {
        let mut calm = recipe.clone();
        calm.variables.retain(|(name, _)| name != "LANDFALL_TIME_SCALE");
        calm.variables.push(("LANDFALL_TIME_SCALE".to_owned(), "10".to_owned()));
        ensure!(calm.run(&["sweep", "--patience", "60"])?.success(), "it ended with a failure");
        Ok(())
    }

    /// Writes the label events of all issues beside the logs.
    async fn keep_events(&self) -> anyhow::Result<()> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let mut all = String::new();
        for iid in self.model.stages.keys() {
            let url = format!(
                "{}/api/v4/projects/{PROJECT}/issues/{iid}/resource_label_events?per_page=100",
                self.sandbox.url()
            );
            let token = Seed::token_of("root");
            let answer = client.get(url).header("PRIVATE-TOKEN", token).send().await?;
            all.push_str(&format!("{iid} {}\n", answer.text().await?));
        }
        Ok(std::fs::write(self.folder.path().join("label-events.jsonl"), all)?)
    }

    /// Waits until all hooks were sent and no job waits.
    pub(crate) async fn rest(&self) -> anyhow::Result<()> {
        let started = Instant::now();
        let mut quiet = 0;
        while quiet < 3 {
            self.sandbox.settle_hooks().await;
            let waiting = self.waiting().await;
            quiet = if waiting == 0 { quiet + 1 } else { 0 };
            if started.elapsed() > Duration::from_secs(600) {
                bail!("{waiting} jobs still wait after ten minutes");
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Jobs that wait; at least one while nobody can say.
    pub(crate) async fn waiting(&self) -> i64 {
        // Killed before its first migration, a database has no tables; somebody else may hold it.
        self.database.jobs().await.map_or(1, |(waiting, _)| waiting)
    }

    /// Waits until a process holds no more open files than one needs that has nothing to do.
    pub(crate) async fn at_rest(&self, process: &Process) -> anyhow::Result<()> {
        let started = Instant::now();
        loop {
            let files = open_files(process.id());
            if files <= FILES_AT_REST {
                return Ok(());
            }
            // Connections that are kept open close by themselves after a few seconds.
            ensure!(started.elapsed() < Duration::from_secs(60), "{files} files stay open");
            sleep(Duration::from_millis(100)).await;
        }
    }
}

/// An address that nobody listens on, again and again while a replica is dead. Not one of those that
/// the system gives to connections: it would be taken meanwhile.
fn free_address() -> SocketAddr {
    const PORTS: std::ops::Range<u16> = 10_000..32_000;
    static NEXT: OnceLock<AtomicU16> = OnceLock::new();
    let next = NEXT.get_or_init(|| AtomicU16::new(fastrand::u16(PORTS)));
    loop {
        let port = PORTS.start + next.fetch_add(1, Ordering::Relaxed) % (PORTS.end - PORTS.start);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        }
    }
}
