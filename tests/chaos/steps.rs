//! The process dies at each named place, and at each pair of places.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use landfall::crash::POINTS;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::plan::Plan;
use crate::rig::{Rig, Shape};
use crate::story;

/// Runs at a time, in a quick run beside other scenarios and alone: they mostly wait for leases and for
/// doubts to be over.
const AT_ONCE: [usize; 2] = [6, 16];
/// Many at a time on a busy machine: GitLab's answers need more than half a second then.
const TIME_SCALE: u32 = 30;
/// The only place that a process can pass only while there is no schema yet.
const MIGRATION: &str = "migration.stepped";

/// Each place, at its first, second and third passing.
pub(crate) async fn steps(plan: Plan) -> anyhow::Result<Value> {
    let times = plan.count(3, 1);
    let deaths = points()
        .flat_map(|point| (1..=times).map(move |passing| vec![format!("{point}:{passing}")]))
        .collect();
    let ended = die_at(plan, deaths).await?;
    let missed: Vec<_> = ended.survived.iter().filter(|words| words.ends_with(":1")).collect();
    ensure!(missed.is_empty(), "the story does not pass {missed:?}");
    Ok(ended.figures())
}

/// Each place and then, in the process that comes next, each place.
pub(crate) async fn pairs(plan: Plan) -> anyhow::Result<Value> {
    let mut deaths: Vec<Vec<String>> = points()
        .flat_map(|first| points().map(move |second| (first, second)))
        .filter(|(first, second)| *second != MIGRATION || *first == MIGRATION)
        .map(|(first, second)| vec![format!("{first}:1"), format!("{second}:1")])
        .collect();
    let all = deaths.len();
    fastrand::Rng::with_seed(plan.seed).shuffle(&mut deaths);
    deaths.truncate(usize::try_from(plan.count(u32::try_from(all)?, 24))?);
    let ended = die_at(plan, deaths).await?;
    ensure!(ended.survived.is_empty(), "not passed: {:?}", ended.survived);
    Ok(ended.figures())
}

/// The places that this story passes: the spool's are passed only while PostgreSQL is away, and imports
/// have a story of their own (`stories::reports`).
fn points() -> impl Iterator<Item = &'static str> {
    POINTS.into_iter().filter(|point| !point.starts_with("spool.") && !point.starts_with("import."))
}

struct Ended {
    runs: usize,
    deaths: usize,
    /// Where the process did not die.
    survived: Vec<String>,
}

impl Ended {
    fn figures(&self) -> Value {
        json!({
            "places": points().count(), "runs": self.runs, "deaths": self.deaths,
            "not_passed_so_often": self.survived,
            "acknowledged_lost": 0, "said_twice": 0, "wrong_stages": 0,
        })
    }
}

async fn die_at(plan: Plan, deaths: Vec<Vec<String>>) -> anyhow::Result<Ended> {
    let [beside, alone] = AT_ONCE;
    let room = Arc::new(Semaphore::new(if plan.scale < 1.0 { beside } else { alone }));
    let mut ended = Ended { runs: deaths.len(), deaths: 0, survived: Vec::new() };
    let mut lives = JoinSet::new();
    for (number, deaths) in (0_u64..).zip(deaths) {
        let room = Arc::clone(&room);
        lives.spawn(async move {
            let _place = room.acquire_owned().await?;
            let plan = Plan { seed: plan.seed ^ number, ..plan };
            let died = die(plan, &deaths).await.with_context(|| deaths.join(" then "))?;
            Ok::<_, anyhow::Error>((deaths, died))
        });
    }
    let mut broken = Vec::new();
    while let Some(life) = lives.join_next().await {
        match life? {
            Ok((deaths, died)) => {
                ended.deaths += died.iter().filter(|died| **died).count();
                if died.contains(&false) {
                    ended.survived.push(deaths.join(" then "));
                }
            }
            Err(error) => broken.push(format!("{error:#}")),
        }
    }
    ensure!(broken.is_empty(), "{} of {}: {}", broken.len(), ended.runs, broken.join("; "));
    ended.survived.sort();
    Ok(ended)
}

/// Lives once for each death that is asked for, and looks at everything. Says which it died.
async fn die(plan: Plan, deaths: &[String]) -> anyhow::Result<Vec<bool>> {
    let mut rig = Rig::new(plan, Shape { time_scale: TIME_SCALE, ..Shape::default() }).await?;
    let mut died = Vec::new();
    for crash in deaths {
        died.push(story::ends_in_death(&mut rig, crash).await?);
    }
    rig.judge().await?;
    Ok(died)
}
