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
mod controls;
mod crashes;
mod damage;
mod database;
mod deliveries;
mod invariants;
mod people;
mod process;
mod rig;
mod storms;

use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use database::Kind;

/// What is asked of a scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Repeats a run.
    pub(crate) seed: u64,
    /// 1 is the whole size, less is quicker.
    pub(crate) scale: f64,
    pub(crate) database: Kind,
}

impl Plan {
    /// A count at this scale, at least `least`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of a test, far below 2^32"
    )]
    pub(crate) fn count(&self, whole: u32, least: u32) -> u32 {
        ((f64::from(whole) * self.scale) as u32).max(least)
    }
}

const SCENARIOS: [&str; 10] = [
    "kill",
    "steps",
    "pairs",
    "lost-answers",
    "outage",
    "disorder",
    "replicas",
    "takeover",
    "locked",
    "away",
];

fn main() -> anyhow::Result<()> {
    let mut plan = Plan { seed: fastrand::u64(..), scale: 1.0, database: Kind::Sqlite };
    let mut scenarios = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().context("a value is missing");
        match argument.as_str() {
            "--seed" => plan.seed = value()?.parse()?,
            "--scale" => plan.scale = value()?.parse()?,
            "--database" => plan.database = value()?.parse()?,
            "quick" => {
                plan.scale = 0.02;
                let quick =
                    ["controls", "kill", "steps", "lost-answers", "outage", "disorder", "replicas"];
                scenarios.extend(quick.map(str::to_owned));
            }
            name if SCENARIOS.contains(&name) || name == "controls" || name == "mutants" => {
                scenarios.push(argument.clone());
            }
            other => bail!("`{other}` is none of {SCENARIOS:?}, controls, quick"),
        }
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let mut broken = 0;
    for name in &scenarios {
        let started = Instant::now();
        eprintln!("{name}, seed {}, scale {}, {:?}", plan.seed, plan.scale, plan.database);
        let outcome = runtime.block_on(run(name, plan));
        let mut line = json!({
            "scenario": name, "seed": plan.seed, "database": plan.database.to_string(),
            "seconds": started.elapsed().as_secs_f64().round(),
        });
        match outcome {
            Ok(figures) => line["figures"] = figures,
            Err(error) => {
                broken += 1;
                line["broken"] = json!(format!("{error:#}"));
            }
        }
        println!("{line}");
    }
    // What an aborted run has started ends with its tasks, not after them.
    drop(runtime);
    if broken > 0 {
        eprintln!("{broken} found something; repeat with --seed {}", plan.seed);
        std::process::exit(1);
    }
    Ok(())
}

async fn run(name: &str, plan: Plan) -> anyhow::Result<Value> {
    match name {
        "kill" => crashes::kill(plan).await,
        "steps" => crashes::steps(plan).await,
        "pairs" => crashes::pairs(plan).await,
        "replicas" => crashes::replicas(Plan { database: Kind::Postgres, ..plan }).await,
        "takeover" => crashes::takeover(Plan { database: Kind::Postgres, ..plan }).await,
        "lost-answers" => storms::lost_answers(plan).await,
        "outage" => storms::outage(plan).await,
        "disorder" => storms::disorder(plan).await,
        "away" => away::away(Plan { database: Kind::Postgres, ..plan }).await,
        "locked" => damage::locked(plan).await,
        "controls" => controls::still_apply(),
        "mutants" => controls::all_red(),
        other => bail!("`{other}` is listed but not written"),
    }
}
