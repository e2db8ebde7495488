//! From an event to its visible comment, and the API calls in between.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jiff::{SignedDuration, Timestamp};
use landfall::app::{self, Running};
use landfall::clock::{ManualClock, SystemClock};
use landfall::config::{self, MapEnv};
use landfall::sandbox::{Fault, FaultKind, Options, Refusal, Sandbox, Seed};
use landfall::setup::{self, Applied, Wanted};
use landfall::store;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use url::Url;

use crate::delivery::SIGNING_TOKEN;
use crate::report::{Goal, Report};

const BOT: &str = "landfall-bot";
const TRACKER: &str = "landfall/tracker";
const ISSUES: u32 = 200;
/// How often the world is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(120);

/// With a GitLab that answers at once, and with one that takes its time.
pub(crate) fn all(report: &mut Report) -> anyhow::Result<()> {
    for (latency, rate) in [(0, 20), (100, 5), (100, 20)] {
        let scene = Scene::build()?;
        scene.slow_down(Duration::from_millis(latency));
        let what = format!("GitLab at {latency} ms, {rate} events/s");
        let times = scene.stage_labels(rate)?;
        report.note_latencies(&format!("{what}: event to comment"), &times, Goal::None);
        scene.drained()?;
        scene.note_calls(report, &what);
        scene.ignored_events(report, &what)?;
    }
    Ok(())
}

/// A bot and a sandbox GitLab in this process, wired over loopback.
struct Scene {
    sandbox: Sandbox,
    running: Running,
    iids: Vec<u64>,
    runtime: Runtime,
    /// Removed at the end.
    _folder: TempDir,
}

impl Scene {
    /// Everything is set up, the issues are open and welcomed, nobody has asked for anything since.
    fn build() -> anyhow::Result<Self> {
        let runtime = Runtime::new()?;
        let folder = tempfile::tempdir()?;
        let (sandbox, running) = runtime.block_on(wire(&folder))?;
        let mut scene = Self { sandbox, running, iids: Vec::new(), runtime, _folder: folder };
        scene.runtime.block_on(scene.ready())?;
        for number in 0..ISSUES {
            let title = format!("Community {number} | migration tracker");
            let mut world = scene.sandbox.world();
            let iid = world.by("paula-partner").open_issue(&title, "We want to move.");
            drop(world);
            scene.iids.push(iid.map_err(refused)?);
        }
        scene.drained()?;
        scene.sandbox.clear_journal();
        Ok(scene)
    }

    /// Until then the bot's own events can't be told from others.
    async fn ready(&self) -> anyhow::Result<()> {
        self.running.engine.identity().await?;
        let started = Instant::now();
        while self.sandbox.journal().iter().all(|request| !request.path.ends_with("/issues")) {
            ensure!(started.elapsed() < PATIENCE, "the first sweep does not begin");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    fn slow_down(&self, latency: Duration) {
        if !latency.is_zero() {
            self.sandbox.faults().add(Fault::new("*", "/**", FaultKind::Delay(latency)).always());
        }
    }

    /// Staff moves one issue after the other on, at this rate; how long each comment took, from when
    /// the label was due.
    fn stage_labels(&self, rate: u32) -> anyhow::Result<Vec<Duration>> {
        let mut times = Vec::new();
        let mut waiting: Vec<(u64, Instant)> = Vec::new();
        let start = Instant::now();
        let gap = Duration::from_secs(1) / rate;
        let mut due = (0..ISSUES).map(|turn| start + gap * turn).zip(&self.iids).peekable();
        while due.peek().is_some() || !waiting.is_empty() {
            ensure!(start.elapsed() < PATIENCE, "{} comments are missing", waiting.len());
            while let Some((at, iid)) = due.next_if(|(at, _)| *at <= Instant::now()) {
                let mut world = self.sandbox.world();
                let (add, remove) = (["migration::engaged"], ["migration::prospect"]);
                world.by("sam-staff").set_labels(*iid, &add, &remove).map_err(refused)?;
                waiting.push((*iid, at));
            }
            let world = self.sandbox.world();
            waiting.retain(|(iid, at)| {
                // The welcome is there already.
                let said = world.comments_by(*iid, BOT).map_or(0, |comments| comments.len());
                if said > 1 {
                    times.push(at.elapsed());
                }
                said <= 1
            });
            drop(world);
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(times)
    }

    fn note_calls(&self, report: &mut Report, what: &str) {
        let mut routes: BTreeMap<String, u32> = BTreeMap::new();
        let journal = self.sandbox.journal();
        for request in &journal {
            *routes.entry(format!("{} {}", request.method, route(&request.path))).or_default() += 1;
        }
        let all: u32 = routes.values().sum();
        let each = |calls: u32| f64::from(calls) / f64::from(ISSUES);
        report.note(&format!("{what}: API calls per event"), "", each(all), Goal::AtMost(5.0));
        for (route, calls) in routes {
            report.note(&format!("{what}: of them `{route}`"), "", each(calls), Goal::None);
        }
    }

    /// Comments by the bot's own account come back as webhooks, and cost nothing.
    fn ignored_events(&self, report: &mut Report, what: &str) -> anyhow::Result<()> {
        self.sandbox.clear_journal();
        for iid in &self.iids {
            let mut world = self.sandbox.world();
            world.by(BOT).comment(*iid, "What the bot says is no event.").map_err(refused)?;
        }
        self.drained()?;
        let calls = u32::try_from(self.sandbox.journal().len())?;
        let each = f64::from(calls) / f64::from(ISSUES);
        report.note(&format!("{what}: API calls per own event"), "", each, Goal::AtMost(0.0));
        Ok(())
    }

    /// Waits until every webhook was answered and nothing waits.
    fn drained(&self) -> anyhow::Result<()> {
        let store = self.running.engine.store();
        let started = Instant::now();
        self.runtime.block_on(async {
            loop {
                self.sandbox.settle_hooks().await;
                let backlog = store.backlog().await?;
                ensure!(backlog.dead == 0, "{} jobs gave up", backlog.dead);
                if backlog.waiting == 0 {
                    return Ok(());
                }
                ensure!(started.elapsed() < PATIENCE, "{} jobs still wait", backlog.waiting);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    }
}

/// What `landfall demo` does, too.
async fn wire(folder: &TempDir) -> anyhow::Result<(Sandbox, Running)> {
    let sandbox = Sandbox::start(Options::default()).await?;
    let database = crate::database::file(folder.path());
    age(&database).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let hook = Url::parse(&format!("http://{}/webhooks/gitlab", listener.local_addr()?))?;
    let env = MapEnv::from([
        ("LANDFALL_GITLAB_URL", sandbox.url().as_str()),
        ("LANDFALL_GITLAB_TOKEN", Seed::token_of(BOT).as_str()),
        ("LANDFALL_TRACKER", TRACKER),
        ("LANDFALL_WEBHOOK_SIGNING_TOKENS", SIGNING_TOKEN),
        ("LANDFALL_DATABASE_URL", database.as_str()),
    ]);
    let config = config::load(&env, None)?;
    let running = app::start(&config, listener, Arc::new(SystemClock)).await?;
    let gitlab = running.engine.gitlab();
    let wanted = Wanted {
        labels: setup::wanted_labels(&config.workflow),
        hook_url: Some(hook),
        has_signing_token: true,
        has_secret_token: false,
    };
    let found = setup::find(gitlab, TRACKER).await?;
    let ground = Applied {
        gitlab,
        found: &found,
        template: &config.issue_template,
        signing_token: Some(SecretString::from(SIGNING_TOKEN)),
        secret_token: None,
    };
    for step in setup::plan(&found, &wanted) {
        setup::apply(&ground, &step).await.with_context(|| step.to_string())?;
    }
    Ok((sandbox, running))
}

/// Lets the database be an hour old: in its first two minutes the bot looks for comments of its own
/// that an earlier database may have known of, which costs two calls more.
async fn age(database: &str) -> anyhow::Result<()> {
    let an_hour_ago = Timestamp::now() - SignedDuration::from_hours(1);
    store::open(database, Arc::new(ManualClock::at(an_hour_ago))).await?;
    Ok(())
}

fn refused(refusal: Refusal) -> anyhow::Error {
    anyhow::anyhow!("the sandbox refuses: {refusal:?}")
}

/// A path with every number replaced.
fn route(path: &str) -> String {
    let parts = path.trim_start_matches("/api/v4").split('/');
    let starred = parts.map(|part| if part.parse::<u64>().is_ok() { "*" } else { part });
    starred.collect::<Vec<_>>().join("/")
}
