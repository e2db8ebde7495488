//! The table of all scenarios.

use std::pin::Pin;

use anyhow::Context as _;
use serde_json::Value;

use crate::database::Kind;
use crate::plan::Plan;
use crate::{
    away, clock, controls, crashes, deaf, disorder, full, locked, outage, paused, power, repeats,
    restarts, steps, storm,
};

type Run = fn(Plan) -> Pin<Box<dyn Future<Output = anyhow::Result<Value>> + Send>>;

/// One way to break things.
pub(crate) struct Scenario {
    /// As it is typed.
    pub(crate) name: &'static str,
    /// The only database that it is about, if it is about one.
    pub(crate) database: Option<Kind>,
    /// Whether a few seconds of it are part of every test run.
    is_quick: bool,
    pub(crate) run: Run,
}

macro_rules! scenarios {
    ($($name:literal: $run:path, $database:expr, $is_quick:expr;)*) => {
        const SCENARIOS: &[Scenario] = &[$(Scenario {
            name: $name,
            database: $database,
            is_quick: $is_quick,
            run: |plan| Box::pin($run(plan)),
        }),*];
    };
}

const ANY: Option<Kind> = None;
const SQLITE: Option<Kind> = Some(Kind::Sqlite);
const POSTGRES: Option<Kind> = Some(Kind::Postgres);
const QUICK: bool = true;
const LONG: bool = false;

scenarios! {
    "controls": controls::still_apply, ANY, QUICK;
    "steps": steps::steps, ANY, QUICK;
    "pairs": steps::pairs, ANY, LONG;
    "kill": crashes::kill, ANY, QUICK;
    "replicas": crashes::replicas, POSTGRES, QUICK;
    "takeover": crashes::takeover, POSTGRES, LONG;
    "paused": paused::paused, POSTGRES, QUICK;
    "restarts": restarts::restarts, ANY, QUICK;
    "lost-answers": outage::lost_answers, ANY, QUICK;
    "outage": outage::outage, ANY, QUICK;
    "deaf": deaf::deaf, ANY, QUICK;
    "disorder": disorder::disorder, ANY, QUICK;
    "storm": storm::storm, ANY, LONG;
    "repeats": repeats::repeats, POSTGRES, QUICK;
    "clock": clock::clock, ANY, QUICK;
    "power": power::power, ANY, QUICK;
    "full": full::full, ANY, QUICK;
    "locked": locked::locked, SQLITE, LONG;
    "away": away::away, POSTGRES, LONG;
    "mutants": controls::all_red, ANY, LONG;
}

pub(crate) fn named(name: &str) -> anyhow::Result<&'static Scenario> {
    let mut all = SCENARIOS.iter();
    all.find(|scenario| scenario.name == name)
        .with_context(|| format!("`{name}` is none of {}", names().join(", ")))
}

pub(crate) fn quick() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().filter(|scenario| scenario.is_quick)
}

pub(crate) fn names() -> Vec<&'static str> {
    SCENARIOS.iter().map(|scenario| scenario.name).collect()
}
