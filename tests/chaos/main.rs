//! The fault rig: breaks a running Landfall in every way we know and looks whether anything was lost
//! or said twice. `scripts/chaos --quick | --full`, or
//! `cargo test --features crash-points --test chaos -- SCENARIO… [--seed N] [--scale X]
//! [--database sqlite|postgres]`.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers: what goes wrong here ends it"
)]

mod away;
mod clock;
mod controls;
mod crashes;
mod database;
mod deaf;
mod deliveries;
mod disk;
mod disorder;
mod full;
mod invariants;
mod locked;
mod outage;
mod paused;
mod people;
mod plan;
mod postgres;
mod power;

mod process;
mod repeats;
mod restarts;
mod rig;
mod scenarios;
mod steps;
mod storm;
mod story;
mod summary;
mod trace;
mod watch;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use database::Kind;
use plan::Plan;
use scenarios::Scenario;

/// Scenarios at a time in a quick run: they mostly wait.
const QUICK_AT_ONCE: usize = 3;
/// Some scenarios run other programs and wait for them on the spot.
const THREADS: usize = 16;

/// What is asked for at the command line.
struct Asked {
    plan: Plan,
    database: Option<Kind>,
    scenarios: Vec<&'static Scenario>,
    at_once: usize,
    /// A file of former results to make a table of.
    summary: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let asked = read(std::env::args().skip(1))?;
    if let Some(results) = &asked.summary {
        print!("{}", summary::table(&std::fs::read_to_string(results)?)?);
        return Ok(());
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(THREADS).enable_all().build()?;
    let broken = runtime.block_on(run_all(&asked))?;
    // What an aborted run has started ends with its tasks, not after them.
    drop(runtime);
    if broken > 0 {
        eprintln!("{broken} found something; repeat with --seed {}", asked.plan.seed);
        std::process::exit(1);
    }
    Ok(())
}

/// Runs everything and prints a line for each; returns how many broke.
async fn run_all(asked: &Asked) -> anyhow::Result<u32> {
    let room = Arc::new(Semaphore::new(asked.at_once));
    let (mut running, mut broken) = (JoinSet::new(), 0);
    for scenario in asked.scenarios.iter().copied() {
        let database = scenario.database.or(asked.database).unwrap_or(Kind::Sqlite);
        let plan = Plan { database, ..asked.plan };
        let place = Arc::clone(&room).acquire_owned().await?;
        running.spawn(async move {
            let line = run(scenario, plan).await;
            drop(place);
            line
        });
        while let Some(line) = running.try_join_next() {
            broken += tell(&line?);
        }
    }
    while let Some(line) = running.join_next().await {
        broken += tell(&line?);
    }
    Ok(broken)
}

/// 1 for a line that tells of something broken.
fn tell(line: &Value) -> u32 {
    println!("{line}");
    u32::from(line.get("broken").is_some())
}

async fn run(scenario: &Scenario, plan: Plan) -> Value {
    let started = Instant::now();
    eprintln!("{}, seed {}, scale {}, {}", scenario.name, plan.seed, plan.scale, plan.database);
    let outcome = (scenario.run)(plan).await;
    let mut line = json!({
        "scenario": scenario.name, "seed": plan.seed, "scale": plan.scale,
        "database": plan.database.to_string(),
        "seconds": started.elapsed().as_secs_f64().round(),
    });
    match outcome {
        Ok(figures) => line["figures"] = figures,
        Err(error) => line["broken"] = json!(format!("{error:#}")),
    }
    line
}

fn read(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Asked> {
    let plan = Plan { seed: fastrand::u64(..), scale: 1.0, database: Kind::Sqlite, only: None };
    let mut asked =
        Asked { plan, database: None, scenarios: Vec::new(), at_once: 1, summary: None };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().context("a value is missing");
        match argument.as_str() {
            "--seed" => asked.plan.seed = value()?.parse()?,
            "--scale" => asked.plan.scale = value()?.parse()?,
            "--database" => asked.database = Some(value()?.parse()?),
            "--only" => asked.plan.only = Some(value()?.leak()),
            "--summary" => asked.summary = Some(value()?.into()),
            "quick" => {
                asked.plan.scale = 0.01;
                asked.at_once = QUICK_AT_ONCE;
                asked.scenarios.extend(scenarios::quick());
            }
            name => asked.scenarios.push(scenarios::named(name)?),
        }
    }
    if asked.scenarios.is_empty() && asked.summary.is_none() {
        bail!("name a scenario: {}", scenarios::names().join(", "));
    }
    Ok(asked)
}
