//! What people configure: workflow, settings, texts.

use std::collections::{BTreeMap, BTreeSet};

use landfall::config::{self, Config, ConfigErrors, MapEnv};
use landfall::workflow::TextContext;

use super::input;
use super::limits::timed;

/// The files an input holds, in this order.
const FILES: [&str; 5] =
    ["workflow.yaml", "landfall.yaml", "texts/prospect.md", "texts/welcome.md", "texts/links.md"];
/// Never shown when it stands in the settings' file.
const CANARY: &str = "S3CR3T";

/// A configuration is right as a whole, or every mistake says where it is.
pub fn run(data: &[u8]) {
    let texts: [&[u8]; 5] = input::fields(data);
    let given = FILES.into_iter().zip(texts).filter(|(_, text)| !text.is_empty());
    let files: BTreeMap<String, String> =
        given.map(|(name, text)| (name.to_owned(), input::text(text))).collect();
    match timed(|| config::read(&MapEnv::default(), &files)) {
        Ok(config) => right(&config),
        Err(mistakes) => placed(&mistakes, &files),
    }
}

fn right(config: &Config) {
    let stages = &config.workflow.stages;
    assert!(config.workflow.first_stage().is_some());
    let names: BTreeSet<_> = stages.iter().map(|stage| &stage.name).collect();
    let labels: BTreeSet<_> = stages.iter().map(|stage| &stage.label).collect();
    assert!(names.len() == stages.len() && labels.len() == stages.len(), "each its own");
    for stage in stages {
        assert!(stage.next.iter().all(|next| names.contains(next)), "an exit leads nowhere");
        let context = TextContext {
            tracker_url: "https://gitlab.example/a/b/-/issues/1".to_owned(),
            author: "@author".to_owned(),
            bot: "bot".to_owned(),
            ..TextContext::of_stage(stage, |_| true)
        };
        if let Ok(text) = timed(|| config.texts.render_stage(&stage.name, &context)) {
            assert!(!text.trim().is_empty() && text.len() <= 100_001);
            assert!(!text.lines().any(|line| line.trim_start().starts_with('/')), "{text:?}");
        }
    }
    let _ = config.service.require_for_serving();
    assert!(!format!("{:?}", config.service).contains("whsec_"), "a secret is shown");
}

fn placed(mistakes: &ConfigErrors, files: &BTreeMap<String, String>) {
    assert!(!mistakes.0.is_empty(), "refused for nothing");
    for mistake in &mistakes.0 {
        let told = mistake.to_string();
        assert!(!mistake.what().is_empty(), "{told:?}");
        let hostile = |c: char| c.is_control() && c != '\n';
        assert!(!told.contains(hostile), "a message moves the terminal: {told:?}");
        let (place, _) = told.split_once(": ").expect("a place");
        let mut place = place.split(':');
        let name = place.next().unwrap_or_default();
        match files.get(name) {
            Some(text) => in_a_file(&told, text, place),
            // A part of the program, a variable, a secret's file.
            None => assert!(!name.is_empty(), "{told:?}"),
        }
        if name == "landfall.yaml" {
            assert!(!told.contains(CANARY), "a value is shown: {told:?}");
        }
    }
    let everything = mistakes.to_string();
    assert!(everything.len() < 1 << 20, "{} bytes of mistakes", everything.len());
}

/// `LINE:COLUMN` within the text, or nothing for the file as a whole.
fn in_a_file<'t>(told: &str, text: &str, mut place: impl Iterator<Item = &'t str>) {
    let Some(line) = place.next() else { return };
    let line: usize = line.parse().unwrap_or_else(|_| panic!("no line: {told:?}"));
    let column = place.next().and_then(|column| column.parse::<usize>().ok());
    assert!((1..=text.lines().count().max(1) + 1).contains(&line), "{told:?}");
    assert!(column.is_some_and(|column| column >= 1), "{told:?}");
}
