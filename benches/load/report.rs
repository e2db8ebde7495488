//! Collects figures over runs and prints them beside their goals.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

/// What a figure should reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
    /// Printed for understanding only.
    None,
}

impl Goal {
    fn is_met(self, value: f64) -> Option<bool> {
        match self {
            Self::AtMost(most) => Some(value <= most),
            Self::AtLeast(least) => Some(value >= least),
            Self::None => None,
        }
    }

    fn words(self) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {most}"),
            Self::AtLeast(least) => format!("≥ {least}"),
            Self::None => String::new(),
        }
    }
}

/// One measure and its value in each run.
#[derive(Debug)]
struct Figure {
    what: String,
    unit: &'static str,
    goal: Goal,
    values: Vec<f64>,
}

impl Figure {
    /// Smallest, middle and largest value.
    fn spread(&self) -> [f64; 3] {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        [0.0, 0.5, 1.0].map(|share| quantile(&sorted, share).unwrap_or(f64::NAN))
    }
}

/// All figures in the order of their first run.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Figure>);

impl Report {
    /// Notes the value of one run.
    pub(crate) fn note(&mut self, what: &str, unit: &'static str, value: f64, goal: Goal) {
        match self.0.iter_mut().find(|figure| figure.what == what) {
            Some(figure) => figure.values.push(value),
            None => self.0.push(Figure { what: what.to_owned(), unit, goal, values: vec![value] }),
        }
    }

    /// Notes p50, p99, p99.9 and the maximum of one run, in milliseconds.
    pub(crate) fn note_latencies(&mut self, what: &str, times: &[Duration], p99: Goal) {
        let mut sorted: Vec<f64> = times.iter().map(|time| millis(*time)).collect();
        sorted.sort_by(f64::total_cmp);
        let shares = [("p50", 0.5, Goal::None), ("p99", 0.99, p99), ("p99.9", 0.999, Goal::None)];
        for (name, share, goal) in shares.into_iter().chain([("max", 1.0, Goal::None)]) {
            if let Some(value) = quantile(&sorted, share) {
                self.note(&format!("{what}, {name}"), "ms", value, goal);
            }
        }
    }

    pub(crate) fn markdown(&self) -> String {
        let mut table = "| measure | unit | runs | min | median | max | goal | median meets it |\n\
                         |---|---|--:|--:|--:|--:|--:|---|\n"
            .to_owned();
        for figure in &self.0 {
            let [min, median, max] = figure.spread();
            let met = match figure.goal.is_met(median) {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "",
            };
            // Writing to a string can't fail.
            let _ = writeln!(
                table,
                "| {} | {} | {} | {} | {} | {} | {} | {met} |",
                figure.what,
                figure.unit,
                figure.values.len(),
                brief(min),
                brief(median),
                brief(max),
                figure.goal.words(),
            );
        }
        table
    }

    pub(crate) fn json(&self) -> anyhow::Result<String> {
        let figures = self.0.iter().map(|figure| {
            let [min, median, max] = figure.spread();
            json!({
                "measure": figure.what, "unit": figure.unit, "values": figure.values,
                "min": min, "median": median, "max": max,
                "meets_goal": figure.goal.is_met(median),
            })
        });
        let report = json!({
            "at": jiff::Timestamp::now().to_string(),
            "cores": std::thread::available_parallelism()?.get(),
            "load_average_at_end": load_average(),
            "figures": figures.collect::<Vec<Value>>(),
        });
        Ok(serde_json::to_string_pretty(&report)?)
    }
}

/// Nearest rank: a value that was measured, not one between two.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a rank in a list that fits in memory"
    )]
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// As many digits as mean something.
fn brief(value: f64) -> String {
    match value {
        _ if value == value.trunc() || value >= 1000.0 => format!("{value:.0}"),
        _ if value >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// How busy the machine was in the last minute, five and fifteen.
pub(crate) fn load_average() -> String {
    let line = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    line.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
