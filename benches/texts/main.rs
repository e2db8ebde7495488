//! Measures reading of texts: `cargo bench --bench texts [-- runs=N]`.
//!
//! For each shape of a text of 1 MB it prints the least, the middle and the greatest time in
//! milliseconds that a function took, as a Markdown table. Nothing here fails for being slow.

#![expect(clippy::print_stdout, reason = "a report is what a benchmark is for")]

mod shapes;

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use landfall::model::Username;
use landfall::tracker::{block, commands, intake};

/// Bytes of each text: what GitLab takes as a description, roundly.
const SIZE: usize = 1_000_000;

fn main() -> anyhow::Result<()> {
    let mut runs = 9_usize;
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("runs", number)) => runs = number.parse().context("runs=N")?,
            // Cargo adds it to every benchmark's arguments.
            None if argument == "--bench" => {}
            _ => bail!("`{argument}` is not runs=N"),
        }
    }
    println!("| text of 1 MB | function | min ms | median ms | max ms |");
    println!("|---|---|--:|--:|--:|");
    let bot = Username::from("landfall-bot");
    for (shape, unit) in shapes::all() {
        let text = shapes::of_size(&unit, SIZE);
        row(shape, "intake::parse", runs, || drop(black_box(intake::parse(&text))));
        row(shape, "block::replace", runs, || drop(black_box(block::replace(&text, "inner"))));
        row(shape, "commands::parse", runs, || drop(black_box(commands::parse(&text, &bot))));
    }
    Ok(())
}

fn row(shape: &str, function: &str, runs: usize, run: impl Fn()) {
    let mut times: Vec<f64> = (0..runs.max(1)).map(|_| milliseconds(time(&run))).collect();
    times.sort_by(f64::total_cmp);
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    let (least, middle, most) = (at(0), at(times.len() / 2), at(times.len() - 1));
    println!("| {shape} | `{function}` | {least:.2} | {middle:.2} | {most:.2} |");
}

fn time(run: impl Fn()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
