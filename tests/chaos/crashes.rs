//! The process dies: at random, at each named place, at each pair of them, one replica after the other.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use landfall::crash::POINTS;
use landfall::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::Plan;
use crate::deliveries;
use crate::process::Process;
use crate::rig::{PAULA, Rig};

const NOTES: &str = "/projects/*/issues/*/notes";
/// Runs of `steps` and `pairs` at a time: they mostly wait for leases.
const AT_ONCE: usize = 6;

/// SIGKILL at random instants while deliveries come in and people work.
pub(crate) async fn kill(plan: Plan) -> anyhow::Result<Value> {
    kill_one_of(plan, 1, plan.count(1_000, 12), plan.count(200_000, 2_000)).await
}

/// Two replicas on one database, one killed after the other.
pub(crate) async fn replicas(plan: Plan) -> anyhow::Result<Value> {
    kill_one_of(plan, 2, plan.count(200, 8), plan.count(40_000, 1_000)).await
}

async fn kill_one_of(
    plan: Plan,
    replicas: usize,
    kills: u32,
    enough: u32,
) -> anyhow::Result<Value> {
    const ISSUES: u32 = 40;
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, replicas, ISSUES).await?;
    let addresses = rig.addresses();
    let mut running: Vec<Option<Process>> = Vec::new();
    for recipe in &rig.replicas {
        running.push(Some(recipe.start(None)?));
    }
    let senders = deliveries::start(8, plan.seed, u64::from(ISSUES), &addresses, &rig.sent);
    let started = Instant::now();
    for round in 1..=kills {
        let due = u64::from(enough) * u64::from(round) / u64::from(kills);
        while (rig.sent.count() as u64) < due {
            sleep(Duration::from_millis(5)).await;
        }
        if random.u8(..4) == 0 {
            rig.model.act(&rig.sandbox, &mut random)?;
        }
        sleep(Duration::from_millis(random.u64(..60))).await;
        let victim = random.usize(..running.len());
        if let Some(process) = running[victim].take() {
            process.kill()?;
        }
        let mut next = rig.replicas[victim].start(None)?;
        ensure!(next.is_up().await?, "it does not start again");
        running[victim] = Some(next);
    }
    let elapsed = started.elapsed();
    rig.sent.stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await?;
    }
    drop(running);
    let rest = rig.judge().await?;
    Ok(json!({
        "kills": kills, "acknowledged": rig.sent.count(),
        "failed_and_sent_again": rig.sent.failed.load(Ordering::Relaxed),
        "acknowledged_lost": 0, "said_twice": 0, "wrong_stages": 0,
        "issues": ISSUES, "seconds_of_kills": elapsed.as_secs(), "seconds_to_rest": rest.as_secs(),
    }))
}

/// How long the work of a replica that was killed lies there, at the true speed of time.
pub(crate) async fn takeover(plan: Plan) -> anyhow::Result<Value> {
    let rounds = plan.count(5, 1);
    let mut longest = Duration::ZERO;
    for round in 0..rounds {
        let plan = Plan { seed: plan.seed ^ u64::from(round), ..plan };
        let mut rig = Rig::at_speed(plan, 2, 1, "1").await?;
        let mut first = rig.replicas[0].start(None)?;
        ensure!(first.is_up().await?, "it does not start");
        rig.rest().await?;
        // The comment is announced and its answer is awaited: the worst moment.
        rig.sandbox.clear_journal();
        let slow = FaultKind::Delay(Duration::from_secs(20));
        rig.sandbox.faults().add(Fault::new("GET", "/projects/*/issues/*", slow).always());
        let iid = *rig.model.0.keys().next().context("an issue")?;
        rig.model.advance(&rig.sandbox, iid)?;
        let held = |one: &landfall::sandbox::Request| one.path.ends_with(&format!("/issues/{iid}"));
        while !rig.sandbox.journal().iter().any(held) {
            sleep(Duration::from_millis(5)).await;
        }
        let mut second = rig.replicas[1].start(None)?;
        ensure!(second.is_up().await?, "the second does not start");
        rig.sandbox.faults().clear();
        rig.sandbox.clear_journal();
        let killed = Instant::now();
        first.kill()?;
        while !rig.sandbox.journal().iter().any(held) {
            ensure!(killed.elapsed() < Duration::from_secs(60), "nobody takes over");
            sleep(Duration::from_millis(5)).await;
        }
        longest = longest.max(killed.elapsed());
        drop(second);
        rig.judge().await?;
    }
    ensure!(longest < Duration::from_secs(15), "taken over after {longest:?}");
    Ok(json!({ "rounds": rounds, "longest_seconds": longest.as_secs_f64() }))
}

/// Each place, at its first, second and third passing.
pub(crate) async fn steps(plan: Plan) -> anyhow::Result<Value> {
    let times = plan.count(3, 1);
    let deaths = points()
        .flat_map(|point| (1..=times).map(move |passing| vec![format!("{point}:{passing}")]));
    die_at(plan, deaths.collect()).await
}

/// Each place and then, in the process that comes next, each place.
pub(crate) async fn pairs(plan: Plan) -> anyhow::Result<Value> {
    let deaths = points().flat_map(|first| {
        points().map(move |second| vec![format!("{first}:1"), format!("{second}:1")])
    });
    die_at(plan, deaths.collect()).await
}

/// The places that this story passes: the spool's are passed only while PostgreSQL is away.
fn points() -> impl Iterator<Item = &'static str> {
    POINTS.into_iter().filter(|point| !point.starts_with("spool."))
}

async fn die_at(plan: Plan, deaths: Vec<Vec<String>>) -> anyhow::Result<Value> {
    let runs = deaths.len();
    let room = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    let mut tasks = tokio::task::JoinSet::new();
    for (number, deaths) in (0_u64..).zip(deaths) {
        let room = Arc::clone(&room);
        tasks.spawn(async move {
            let _place = room.acquire_owned().await?;
            let plan = Plan { seed: plan.seed ^ number, ..plan };
            let words = deaths.join(" then ");
            let died =
                one_life(plan, &deaths).await.map_err(|error| error.context(words.clone()))?;
            Ok::<_, anyhow::Error>((words, deaths.len(), died))
        });
    }
    let (mut died, mut survived) = (0, Vec::new());
    while let Some(life) = tasks.join_next().await {
        let (words, deaths, times) = life??;
        died += times;
        if times < u32::try_from(deaths)? {
            survived.push(words);
        }
    }
    survived.sort();
    Ok(json!({
        "places": points().count(), "runs": runs, "deaths": died,
        // Places that this run did not pass so often: the story goes as it goes.
        "survived": survived.len(), "such_as": survived.iter().take(12).collect::<Vec<_>>(),
        "acknowledged_lost": 0, "said_twice": 0, "wrong_stages": 0,
    }))
}

/// A short story that passes every place, dying where it is told. Returns how often it died.
async fn one_life(plan: Plan, deaths: &[String]) -> anyhow::Result<u32> {
    let mut rig = Rig::new(plan, 1, 2).await?;
    let recipe = rig.replicas[0].clone();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut died = 0;
    for (number, crash) in deaths.iter().enumerate() {
        // Doubt, and a late twin, for the places that only these lead to.
        let late = FaultKind::ExecuteLate(Duration::from_millis(900));
        rig.sandbox.faults().add(Fault::new("POST", NOTES, late));
        rig.sandbox.faults().add(Fault::new("POST", NOTES, FaultKind::ResetBefore));
        let mut process = recipe.start(Some(crash))?;
        if process.is_up().await? {
            let key = format!("life-{number}");
            let body = deliveries::issue_event(1, 2);
            // Fails when it dies of it.
            if deliveries::post(&client, recipe.address, &key, &body).await == Some(200)
                && let Ok(mut keys) = rig.sent.acknowledged.lock()
            {
                keys.push(key);
            }
            let iids: Vec<u64> = rig.model.0.keys().copied().collect();
            for iid in iids {
                rig.model.advance(&rig.sandbox, iid)?;
                let said = rig.sandbox.world().by(PAULA).comment(iid, "/landfall done 1");
                ensure!(said.is_ok(), "a comment can't be posted");
            }
            let started = Instant::now();
            while !process.has_died()? && started.elapsed() < Duration::from_secs(4) {
                sleep(Duration::from_millis(20)).await;
            }
        }
        died += u32::from(process.has_died()?);
        process.kill()?;
        rig.sandbox.faults().clear();
    }
    rig.judge().await?;
    Ok(died)
}
