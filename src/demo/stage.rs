//! What the story is played on: a sandbox GitLab and a real bot, wired to each other on loopback.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Client;
use secrecy::SecretString;
use tempfile::TempDir;
use url::Url;

use super::person::Person;
use crate::app::{self, Running};
use crate::clock::SystemClock;
use crate::config::{self, Config, MapEnv};
use crate::receive::hook_url;
use crate::sandbox::{Options, Sandbox, Seed};
use crate::setup::{self, Applied, Wanted};

/// The bot's account in the sandbox.
pub(super) const BOT: &str = "landfall-bot";
const TRACKER: &str = "landfall/tracker";
const PATIENCE: Duration = Duration::from_secs(15);

/// The scene.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) sandbox: Sandbox,
    pub(super) running: Running,
    hook: Url,
    http: Client,
    config: Config,
    signing_token: String,
    /// Removed at the end.
    _folder: TempDir,
}

impl Stage {
    /// Starts both; the tracker has nothing yet.
    pub(super) async fn build(listen: SocketAddr) -> anyhow::Result<Self> {
        let sandbox = Sandbox::start(Options { listen, ..Options::default() })
            .await
            .with_context(|| format!("the sandbox can't listen on {listen}"))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let public = format!("http://{}", listener.local_addr()?);
        let github = format!("{}/github-api", sandbox.url());
        let folder = tempfile::tempdir()?;
        let database = format!("sqlite:{}", folder.path().join("landfall.db").display());
        let mut key = [0_u8; 32];
        getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
        let signing_token = format!("whsec_{}", STANDARD.encode(key));
        let env = MapEnv::from([
            ("LANDFALL_GITLAB_URL", sandbox.url().as_str()),
            ("LANDFALL_GITLAB_TOKEN", Seed::token_of(BOT).as_str()),
            ("LANDFALL_TRACKER", TRACKER),
            ("LANDFALL_WEBHOOK_SIGNING_TOKENS", signing_token.as_str()),
            ("LANDFALL_DATABASE_URL", database.as_str()),
            ("LANDFALL_PUBLIC_URL", public.as_str()),
            ("LANDFALL_GITHUB_URL", github.as_str()),
            ("LANDFALL_GITHUB_TOKEN", Seed::GITHUB_TOKEN),
            ("LANDFALL_GITHUB_IMPORT_TOKEN", Seed::GITHUB_IMPORT_TOKEN),
            ("LANDFALL_DRI", "sam-staff"),
        ]);
        let config = config::load(&env, None)?;
        let hook = hook_url(&Url::parse(&public)?);
        let running = app::start(&config, listener, Arc::new(SystemClock)).await?;
        let http = Client::builder().no_proxy().timeout(PATIENCE).build()?;
        Ok(Self { sandbox, running, hook, http, config, signing_token, _folder: folder })
    }

    /// Gives the tracker labels, template and hook, as `landfall setup --apply` does. Returns how
    /// many steps that took.
    pub(super) async fn set_up(&self) -> anyhow::Result<usize> {
        let gitlab = self.running.engine.gitlab();
        let wanted = Wanted {
            labels: setup::wanted_labels(&self.config.workflow),
            hook_url: Some(self.hook.clone()),
            has_signing_token: true,
            has_secret_token: false,
        };
        let found = setup::find(gitlab, TRACKER).await?;
        let steps = setup::plan(&found, &wanted);
        let ground = Applied {
            gitlab,
            found: &found,
            template: &self.config.issue_template,
            signing_token: Some(SecretString::from(self.signing_token.clone())),
            secret_token: None,
        };
        for step in &steps {
            setup::apply(&ground, step).await.with_context(|| step.to_string())?;
        }
        let rest = setup::plan(&setup::find(gitlab, TRACKER).await?, &wanted);
        ensure!(rest.is_empty(), "a second run of setup still plans {} steps", rest.len());
        Ok(steps.len())
    }

    /// Paula, of the community, and Sam, of the staff.
    pub(super) fn people(&self) -> [Person; 2] {
        let url = self.sandbox.url();
        ["paula-partner", "sam-staff"]
            .map(|name| Person::new(name, Seed::token_of(name), &url, &self.http))
    }

    pub(super) fn issue_url(&self, iid: u64) -> String {
        format!("{}/{TRACKER}/-/issues/{iid}", self.sandbox.url())
    }

    /// What a past membership or a bug can leave behind: a label set by somebody who may not.
    pub(super) fn stranger_sets(&self, iid: u64, add: &str, remove: &str) -> anyhow::Result<()> {
        let mut world = self.sandbox.world();
        world
            .by("mallory")
            .force_labels(iid, &[add], &[remove])
            .map_err(|refusal| anyhow::anyhow!("the sandbox refuses a label: {refusal:?}"))
    }

    pub(super) fn lose_next_hook(&self) {
        self.sandbox.world().drop_next_hooks(1);
    }

    pub(super) async fn hooks_sent(&self) {
        self.sandbox.settle_hooks().await;
    }

    /// Waits until every webhook was sent and every job is done.
    pub(super) async fn drained(&self) -> anyhow::Result<()> {
        let store = self.running.engine.store();
        let start = std::time::Instant::now();
        loop {
            self.hooks_sent().await;
            if store.backlog().await?.waiting == 0 {
                return Ok(());
            }
            ensure!(start.elapsed() < PATIENCE, "jobs still wait after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Sends the newest delivery once more, byte for byte. Returns the status.
    pub(super) async fn deliver_again(&self) -> anyhow::Result<u16> {
        let newest =
            self.sandbox.world().deliveries().pop().context("nothing was delivered yet")?;
        self.sandbox.replay(&newest).await.context("the bot does not answer")
    }

    /// Sends a delivery whose signature is wrong. Returns the status.
    pub(super) async fn deliver_forged(&self) -> anyhow::Result<u16> {
        let answer = self
            .http
            .post(self.hook.clone())
            .header("Content-Type", "application/json")
            .header("X-Gitlab-Event", "Issue Hook")
            .header("webhook-id", "forged")
            .header("webhook-timestamp", jiff::Timestamp::now().as_second().to_string())
            .header("webhook-signature", format!("v1,{}", STANDARD.encode([0_u8; 32])))
            .body(r#"{"object_kind":"issue"}"#)
            .send()
            .await?;
        Ok(answer.status().as_u16())
    }

    pub(super) fn unknown_endpoints(&self) -> Vec<String> {
        let unknown = self.sandbox.unknown_endpoints();
        unknown.into_iter().map(|request| format!("{} {}", request.method, request.path)).collect()
    }
}
