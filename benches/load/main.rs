//! Measures what the service promises: `cargo bench --bench load [-- SCENARIO… runs=N seconds=N]`.
//!
//! Nothing here fails for being slow: it prints a Markdown table with goals beside it, and the same
//! as JSON. `docs/performance.md` says what the figures mean.

#![expect(clippy::print_stdout, reason = "a report is what a benchmark is for")]
#![expect(clippy::print_stderr, reason = "progress, apart from the report")]

mod child;
mod comments;
mod database;
mod delivery;
mod disk;
mod flow;
mod receiving;
mod report;
mod start;
mod strangers;

use std::time::Duration;

use anyhow::{Context as _, bail};

use report::Report;

/// What can be asked for, in the order in which all of it runs.
const SCENARIOS: [&str; 10] = [
    "size",
    "disk",
    "start",
    "steady",
    "busy",
    "flood",
    "postgres",
    "strangers",
    "backlog",
    "comments",
];

/// What was asked for.
struct Plan {
    scenarios: Vec<String>,
    runs: u32,
    length: Duration,
}

impl Plan {
    fn read(arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut plan = Self { scenarios: Vec::new(), runs: 1, length: Duration::from_secs(20) };
        for argument in arguments {
            match argument.split_once('=') {
                Some(("runs", number)) => plan.runs = number.parse().context("runs=N")?,
                Some(("seconds", number)) => {
                    plan.length = Duration::from_secs(number.parse().context("seconds=N")?);
                }
                None if SCENARIOS.contains(&argument.as_str()) => plan.scenarios.push(argument),
                // Cargo adds it to every benchmark's arguments.
                None if argument == "--bench" => {}
                _ => bail!("`{argument}` is none of {SCENARIOS:?}, runs=N, seconds=N"),
            }
        }
        if plan.scenarios.is_empty() {
            plan.scenarios = SCENARIOS.map(str::to_owned).into();
        }
        Ok(plan)
    }
}

fn main() -> anyhow::Result<()> {
    let plan = Plan::read(std::env::args().skip(1))?;
    let mut report = Report::default();
    let outcome = measure(&plan, &mut report);
    // What was measured before something went wrong is worth printing.
    println!("{}", report.markdown());
    println!("{}", report.json()?);
    outcome
}

fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    for scenario in &plan.scenarios {
        for run in 1..=plan.runs {
            let load = report::load_average();
            eprintln!("{scenario}, run {run} of {}, load average {load}", plan.runs);
            match scenario.as_str() {
                "size" => start::size(report)?,
                "disk" => disk::sync(report)?,
                "start" => start::ready(report)?,
                "steady" => receiving::on_sqlite(report, 217, plan.length)?,
                "busy" => receiving::on_sqlite(report, 2_000, plan.length)?,
                "postgres" => receiving::on_postgres(report, plan.length)?,
                "strangers" => receiving::among_strangers(report, plan.length)?,
                "backlog" => receiving::over_a_backlog(report, plan.length)?,
                "flood" => receiving::flood(report, plan.length)?,
                "comments" => comments::all(report)?,
                other => bail!("`{other}` is listed but not written"),
            }
        }
    }
    Ok(())
}
