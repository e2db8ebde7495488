//! Why an issue is where it is: the same facts for the `explain` command and for the terminal.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{Issue, IssueState, LabelName, StageEntry, Username};
use crate::tracker::block::Ticks;
use crate::workflow::{Stage, Workflow};

use super::history::History;

/// Everything known about an issue's position, in the order a person asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The stage by right and since when; absent when none is set.
    pub stage: Option<Position>,
    /// Whether the issue is closed.
    pub is_closed: bool,
    /// Labels that stop clocks or ask for patience.
    pub holds: Vec<LabelName>,
    /// What the exit needs, in words.
    pub exit: Vec<String>,
    /// Checklist items still open, numbered as `done N` counts them.
    pub open_items: Vec<(usize, String)>,
    /// How many items the checklist has.
    pub items: usize,
    /// Stages that staff may set next.
    pub next: Vec<LabelName>,
    /// All entries, oldest first.
    pub history: Vec<StageEntry>,
}

/// A stage and how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Its label.
    pub label: LabelName,
    /// One sentence.
    pub summary: String,
    /// Since when.
    pub since: Timestamp,
    /// Who put it there.
    pub by: Option<Username>,
    /// Full days in it.
    pub days: i64,
    /// Expected longest stay.
    pub expected_days: Option<u32>,
}

/// Collects the explanation; pure.
pub(super) fn explain(
    workflow: &Workflow,
    issue: &Issue,
    history: &History,
    current: Option<&StageEntry>,
    ticks: &Ticks,
    now: Timestamp,
) -> Explanation {
    let stage = current.and_then(|entry| workflow.stage(&entry.stage));
    let open_items = stage.map_or_else(Vec::new, |stage| open_items(stage, ticks));
    let holds = workflow
        .scopes
        .iter()
        .filter(|scope| scope.name == "hold")
        .flat_map(|scope| scope.labels.iter())
        .filter(|one| issue.has_label(&one.label))
        .map(|one| one.label.clone())
        .collect();
    let next = stage.map_or_else(Vec::new, |stage| {
        stage.next.iter().filter_map(|name| workflow.stage(name)).map(|s| s.label.clone()).collect()
    });
    Explanation {
        stage: stage.zip(current).map(|(stage, entry)| Position {
            label: stage.label.clone(),
            summary: stage.summary.clone(),
            since: entry.at,
            by: entry.by.clone(),
            // An event may be dated later than now, by a clock that was wrong.
            days: (now.duration_since(entry.at).as_hours() / 24).max(0),
            expected_days: stage.days,
        }),
        is_closed: issue.state == IssueState::Closed,
        holds,
        exit: stage.map_or_else(Vec::new, |stage| stage.exit.clone()),
        open_items,
        items: stage.map_or(0, |stage| stage.checklist.len()),
        next,
        history: history.entries.clone(),
    }
}

fn open_items(stage: &Stage, ticks: &Ticks) -> Vec<(usize, String)> {
    stage
        .checklist
        .iter()
        .enumerate()
        .filter(|(_, item)| !ticks.get(&item.id).copied().unwrap_or(false))
        .map(|(index, item)| (index + 1, item.text.clone()))
        .collect()
}

impl Explanation {
    /// The short form, one paragraph: what `status` answers.
    pub fn status(&self) -> String {
        let Some(stage) = &self.stage else {
            return "No stage is set on this issue. Staff set one with a `migration::` label."
                .into();
        };
        let done = self.items.saturating_sub(self.open_items.len());
        let mut text = format!(
            "This move has been in `{}` since {} ({}). {} of {} checklist items done.",
            stage.label,
            day(stage.since),
            days(stage.days),
            done,
            self.items,
        );
        if self.is_closed {
            text.push_str(" The issue is closed.");
        }
        if !self.holds.is_empty() {
            text.push_str(&format!(" On hold: {}.", code_list(&self.holds)));
        }
        text
    }

    /// The long form in Markdown: what `explain` answers.
    pub fn markdown(&self) -> String {
        let mut text = self.status();
        if let Some(stage) = &self.stage {
            text.push_str(&format!("\n\n{}", stage.summary));
            if let Some(expected) = stage.expected_days {
                text.push_str(&format!(" It usually takes up to {expected} days."));
            }
        }
        section(&mut text, "To go on, this is needed", self.exit.iter().cloned());
        let open = self.open_items.iter().map(|(n, item)| format!("({n}) {item}"));
        section(&mut text, "Still open on the checklist", open);
        if !self.next.is_empty() {
            text.push_str(&format!("\n\nStaff may set next: {}.", code_list(&self.next)));
        }
        let history = self.history.iter().map(|entry| match &entry.by {
            Some(by) => format!("{}: `{}`, set by `{}`", day(entry.at), entry.stage, by),
            None => format!("{}: `{}`", day(entry.at), entry.stage),
        });
        section(&mut text, "Stages so far", history);
        text
    }
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<_> = lines.map(|line| format!("- {line}")).collect();
    if !lines.is_empty() {
        text.push_str(&format!("\n\n**{title}**\n\n{}", lines.join("\n")));
    }
}

fn code_list(labels: &[LabelName]) -> String {
    labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ")
}

/// The calendar date in UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn days(days: i64) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "1 day".to_owned(),
        more => format!("{more} days"),
    }
}
