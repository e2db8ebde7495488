//! Landfall is down until GitLab has switched its webhook off, and everything that happens is lost.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use landfall::sandbox::{Request, Seed};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::people::WAY;
use crate::plan::Plan;
use crate::rig::{BOT, PROJECT, Rig, Shape};

/// Minutes become quarters of a minute: five thousand calls have to fit into five of them.
const TIME_SCALE: u32 = 4;
const ALARM_WITHIN: Duration = Duration::from_secs(2 * 60 / TIME_SCALE as u64);
const RIGHT_WITHIN: Duration = Duration::from_secs(5 * 60 / TIME_SCALE as u64);
/// For each issue that changed: its events, its comments, itself. And all of that once more when the
/// reconciler comes by later: of the bot's own writes no webhook tells either while it is off.
const READS_EACH: usize = 2 * 3;
/// And once: who we are, the hook, its log, the lists of issues, the labels.
const READS_ONCE: usize = 60;

/// What is waited for after the start.
#[derive(Default)]
struct Times {
    alarm: Option<Duration>,
    hook_on: Option<Duration>,
    right: Option<Duration>,
}

/// The changes of an hour, one an issue; four deliveries fail, the others are never sent.
pub(crate) async fn deaf(plan: Plan) -> anyhow::Result<Value> {
    let changes = plan.count(2_000, 60);
    let shape = Shape { time_scale: TIME_SCALE, disables_hooks: true, ..Shape::default() };
    let mut rig = Rig::new(plan, shape).await?;
    let recipe = rig.replicas[0].clone();
    rig.sandbox.world().hold_hooks();
    for _ in 0..changes {
        rig.model.open(&rig.sandbox)?;
    }
    rig.sandbox.world().release_hooks(&[]);
    let process = recipe.started().await?;
    rig.rest().await?;
    process.end().await?;
    let told = rig.sandbox.world().deliveries().len();

    let iids: Vec<u64> = rig.model.stages.keys().copied().collect();
    for iid in &iids {
        rig.model.advance(&rig.sandbox, *iid)?;
    }
    rig.sandbox.settle_hooks().await;
    let failed = rig.sandbox.world().deliveries().len() - told;
    ensure!(failed == 4 && !hook_is_on(&rig).await?, "GitLab has tried {failed} times");
    ensure!(!recipe.run(&["check"])?.success(), "`landfall check` finds nothing wrong");
    let words = std::fs::read_to_string(recipe.folder.join("commands.log"))?;
    ensure!(words.contains("has switched webhook"), "`landfall check` says: {words}");

    rig.sandbox.clear_journal();
    let started = Instant::now();
    let process = recipe.started().await?;
    let mut times = Times::default();
    while times.alarm.is_none() || times.hook_on.is_none() || times.right.is_none() {
        let now = started.elapsed();
        if times.alarm.is_none() && alarm(&rig).await? {
            times.alarm = Some(now);
        }
        if times.hook_on.is_none() && hook_is_on(&rig).await? {
            times.hook_on = Some(now);
        }
        if times.right.is_none() && iids.iter().all(|iid| is_right(&rig, *iid)) {
            times.right = Some(now);
        }
        ensure!(now < 4 * RIGHT_WITHIN, "it does not find what happened");
        sleep(Duration::from_millis(50)).await;
    }
    rig.rest().await?;
    let (alarm, right) = (times.alarm.unwrap_or_default(), times.right.unwrap_or_default());
    ensure!(alarm <= ALARM_WITHIN, "the alarm came after {alarm:?}");
    ensure!(right <= RIGHT_WITHIN, "all issues were right after {right:?}");
    // Ours are the root's.
    let is_bots = |call: &Request| call.user.as_deref() == Some(BOT);
    let calls: Vec<Request> = rig.sandbox.journal().into_iter().filter(is_bots).collect();
    let writes = calls.iter().filter(|call| call.is_write()).count();
    let reads = calls.len() - writes;
    rig.at_rest(&process).await?;
    process.end().await?;
    rig.judge().await?;
    let most = READS_ONCE + READS_EACH * iids.len();
    ensure!(
        reads <= most,
        "{reads} reads for {changes} changes, {most} at most: {:?}",
        by_route(&calls)
    );
    let minutes = |real: Option<Duration>| {
        real.unwrap_or_default().as_secs_f64() * f64::from(TIME_SCALE) / 60.0
    };
    let each = |calls: usize| calls as f64 / f64::from(changes);
    Ok(json!({
        "changes": changes, "delivered": 0, "refused_by_a_dead_port": failed,
        "minutes_to_alarm": minutes(times.alarm), "minutes_to_hook_on": minutes(times.hook_on),
        "minutes_to_all_right": minutes(times.right),
        "reads": reads, "writes": writes,
        "reads_per_issue": each(reads), "writes_per_issue": each(writes),
        "minutes_are": format!("{} s", 60 / TIME_SCALE),
    }))
}

/// Whether `readyz` says that something is wrong with the webhook.
async fn alarm(rig: &Rig) -> anyhow::Result<bool> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("http://{}/readyz", rig.replicas[0].address);
    let answer: Value = client.get(url).send().await?.json().await?;
    let words = answer["webhook"].as_str().context("no word of the webhook")?;
    Ok(words.contains("switched the webhook off"))
}

/// What GitLab says of the hook.
async fn hook_is_on(rig: &Rig) -> anyhow::Result<bool> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("{}/api/v4/projects/{PROJECT}/hooks", rig.sandbox.url());
    let asked = client.get(url).header("PRIVATE-TOKEN", Seed::token_of("root"));
    let hooks: Value = asked.send().await?.json().await?;
    let status = hooks[0]["alert_status"].as_str().context("no hook")?;
    Ok(status == "executable")
}

fn is_right(rig: &Rig, iid: u64) -> bool {
    let stage = rig.model.stages.get(&iid).and_then(|stage| WAY.get(*stage));
    let entered = format!("has entered `{}`", stage.unwrap_or(&""));
    let said = rig.sandbox.world().comments_by(iid, BOT);
    said.is_ok_and(|said| said.iter().any(|comment| comment.body.contains(&entered)))
}

/// How often each endpoint was asked.
fn by_route(calls: &[Request]) -> BTreeMap<String, usize> {
    let mut routes = BTreeMap::new();
    for call in calls {
        let part = |part| if str::parse::<u64>(part).is_ok() { "*" } else { part };
        let path: Vec<_> = call.path.split('/').map(part).collect();
        *routes.entry(format!("{} {}", call.method, path.join("/"))).or_default() += 1;
    }
    routes
}
