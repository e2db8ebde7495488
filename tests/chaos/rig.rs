//! A sandbox GitLab, one or two replicas of Landfall beside it, and people.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use landfall::app;
use landfall::clock::SystemClock;
use landfall::config::{self, MapEnv};
use landfall::sandbox::{Options, Sandbox, Seed, Settings};
use landfall::setup::{self, Applied, Wanted};
use secrecy::SecretString;
use tempfile::TempDir;
use url::Url;

use crate::Plan;
use crate::database::Database;
use crate::deliveries::Sent;
use crate::invariants;
use crate::people::Model;
use crate::process::Recipe;

pub(crate) const BOT: &str = "landfall-bot";
pub(crate) const SAM: &str = "sam-staff";
pub(crate) const PAULA: &str = "paula-partner";
pub(crate) const SIGNING: &str = "whsec_Y2hhb3NjaGFvc2NoYW9zY2hhb3NjaGFvc2NoYW9zY2g=";
pub(crate) const PROJECT: u64 = 42;
/// The bot's account in the sandbox's seed.
pub(crate) const BOT_ID: u64 = 5;
/// Divides waits: 90 s become 1.5 s, GitLab's 30 s half a second.
const TIME_SCALE: &str = "60";

/// Everything of one run.
pub(crate) struct Rig {
    pub(crate) sandbox: Sandbox,
    pub(crate) database: Database,
    pub(crate) replicas: Vec<Recipe>,
    pub(crate) model: Model,
    pub(crate) sent: Arc<Sent>,
    pub(crate) folder: TempDir,
}

impl Rig {
    /// A tracker that is set up, with so many open issues and replicas that are not started yet.
    pub(crate) async fn new(plan: Plan, replicas: usize, issues: u32) -> anyhow::Result<Self> {
        Self::at_speed(plan, replicas, issues, TIME_SCALE).await
    }

    /// The same, with waits divided by another number.
    pub(crate) async fn at_speed(
        plan: Plan,
        replicas: usize,
        issues: u32,
        time_scale: &str,
    ) -> anyhow::Result<Self> {
        // A killed receiver is not what switches the hook off here: that is another scenario.
        let settings = Settings { disables_failing_hooks: false, ..Settings::default() };
        let sandbox = Sandbox::start(Options { settings, ..Options::default() }).await?;
        let folder = tempfile::tempdir()?;
        let database = Database::new(plan.database, folder.path()).await?;
        let variables = [
            ("LANDFALL_GITLAB_URL", sandbox.url()),
            ("LANDFALL_GITLAB_TOKEN", Seed::token_of(BOT)),
            ("LANDFALL_TRACKER", "landfall/tracker".to_owned()),
            ("LANDFALL_WEBHOOK_SIGNING_TOKENS", SIGNING.to_owned()),
            ("LANDFALL_DATABASE_URL", database.url.clone()),
            ("LANDFALL_TIME_SCALE", time_scale.to_owned()),
            ("LANDFALL_COMMENTS_PER_HOUR", "1000".to_owned()),
            ("LANDFALL_REPLIES_PER_HOUR", "1000".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        let mut recipes = Vec::new();
        for _ in 0..replicas {
            let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
            let folder = folder.path().to_owned();
            recipes.push(Recipe { address, variables: variables.to_vec(), folder });
        }
        let mut rig = Self {
            sandbox,
            database,
            replicas: recipes,
            model: Model::default(),
            sent: Arc::default(),
            folder,
        };
        rig.set_up(&variables).await?;
        for _ in 0..issues {
            rig.model.open(&rig.sandbox)?;
        }
        Ok(rig)
    }

    /// What `landfall setup --apply` does, and a hook for each replica: each event comes twice then,
    /// as with a project's and a group's hook.
    async fn set_up(&mut self, variables: &[(String, String)]) -> anyhow::Result<()> {
        let mut env = MapEnv::default();
        // Nothing is hurried here: a busy machine must not fail before the run begins.
        let unhurried = |(name, _): &&(String, String)| name != "LANDFALL_TIME_SCALE";
        env.0.extend(variables.iter().filter(unhurried).cloned());
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
        self.sent.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        self.sandbox.faults().clear();
        let recipe = self.replicas.first().context("no replica")?.clone();
        let started = Instant::now();
        let mut healthy = recipe.start(None)?;
        if !healthy.is_up().await? {
            bail!("it does not start any more; see {}", recipe.log().display());
        }
        self.rest().await?;
        let took = started.elapsed();
        // What was never delivered is found by a sweep.
        if !recipe.run(&["sweep"])?.success() {
            bail!("the sweep failed; see commands.log in {}", recipe.folder.display());
        }
        self.rest().await?;
        self.sandbox.clear_journal();
        if !recipe.run(&["sweep"])?.success() {
            bail!("the second sweep failed");
        }
        let writes = self.sandbox.writes();
        if !writes.is_empty() {
            bail!("a second sweep still found something to write: {writes:?}");
        }
        drop(healthy);
        let checked = invariants::check(self).await;
        if checked.is_err() {
            // Kept for whoever looks into it.
            self.folder.disable_cleanup(true);
            self.keep_events().await?;
            eprintln!("logs and database are kept in {}", self.folder.path().display());
        }
        checked?;
        Ok(took)
    }

    /// Writes the label events of all issues beside the logs.
    async fn keep_events(&self) -> anyhow::Result<()> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let mut all = String::new();
        for iid in self.model.0.keys() {
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
            // Killed before its first migration, a database has no tables; somebody else may hold it.
            let waiting = self.database.jobs().await.map_or(1, |(waiting, _)| waiting);
            quiet = if waiting == 0 { quiet + 1 } else { 0 };
            if started.elapsed() > Duration::from_secs(600) {
                bail!("{waiting} jobs still wait after ten minutes");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}
