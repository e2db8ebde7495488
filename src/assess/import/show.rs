//! The state of an import for people.

use jiff::Timestamp;

use super::{ImportVerdict, Phase, Progress};
use crate::model::Visibility;
use crate::tracker::safe::{self, inline};

/// Cells of the bar.
const BAR: u64 = 20;
/// Rows shown of each table.
const MOST_ROWS: usize = 30;

/// For a comment.
pub fn markdown(verdict: &ImportVerdict) -> String {
    let mut text = format!("**Import of {}: {}**\n", inline(&verdict.path), headline(verdict));
    for line in lines(verdict) {
        text.push_str(&format!("\n{line}\n"));
    }
    if let Some(progress) = &verdict.progress {
        text.push_str("\n| kind | found | brought over |\n|---|--:|--:|\n");
        for kind in progress.kinds.iter().take(MOST_ROWS) {
            let imported =
                kind.imported.map_or_else(|| "?".to_owned(), |number| number.to_string());
            text.push_str(&format!("| {} | {} | {imported} |\n", inline(&kind.kind), kind.fetched));
        }
        text.push_str(&left_out(progress.kinds.len(), "kinds"));
    }
    if !verdict.failures.is_empty() {
        text.push_str("\n| what | cause | how many | what to do |\n|---|---|--:|---|\n");
        for group in verdict.failures.iter().take(MOST_ROWS) {
            text.push_str(&format!(
                "| {} | {} | {} | {} |\n",
                inline(&group.relation),
                inline(&group.exception),
                group.count,
                group.remedy,
            ));
        }
        text.push_str(&left_out(verdict.failures.len(), "causes"));
    }
    safe::fit(text.trim_end())
}

/// For a terminal.
pub fn plain(verdict: &ImportVerdict) -> String {
    let mut text = format!("Import of {}: {}\n", inline(&verdict.path), headline(verdict));
    for line in lines(verdict) {
        text.push_str(&format!("  {line}\n"));
    }
    for kind in verdict.progress.iter().flat_map(|progress| &progress.kinds) {
        let imported = kind.imported.map_or_else(|| "?".to_owned(), |number| number.to_string());
        text.push_str(&format!("  {}: {imported} of {}\n", inline(&kind.kind), kind.fetched));
    }
    for group in &verdict.failures {
        text.push_str(&format!(
            "  {} x {} ({}): {}\n",
            group.count,
            inline(&group.relation),
            inline(&group.exception),
            group.remedy,
        ));
    }
    text.trim_end().to_owned()
}

fn headline(verdict: &ImportVerdict) -> &'static str {
    match verdict.phase {
        Phase::NoImport => "there is none",
        Phase::Waiting => "waiting for its turn",
        Phase::Running => "running",
        Phase::Stuck => "stuck",
        Phase::Overdue => "taking too long",
        Phase::Finished => "finished",
        Phase::FinishedWithFailures => "finished, with something missing",
        Phase::Failed => "failed",
        Phase::Canceled => "ended by somebody",
        Phase::Timeout => "ended by GitLab because it took too long",
        Phase::Gone => "the project is gone, or hidden from the bot",
        Phase::Unknown => "not known at the moment",
    }
}

/// Everything but the tables.
fn lines(verdict: &ImportVerdict) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(progress) = &verdict.progress {
        lines.push(bar(progress));
    }
    if let Some(accuracy) = verdict.accuracy {
        let enough = if accuracy.is_enough { "that is enough" } else { "that is not enough" };
        lines.push(format!(
            "{} of {} things found came over, {}: {enough}.",
            accuracy.imported,
            accuracy.fetched,
            accuracy.words()
        ));
    } else if verdict.phase == Phase::Finished {
        lines.push("GitLab gives no numbers from which to tell how much came over.".to_owned());
    }
    if let Some(error) = &verdict.error {
        lines.push(format!("GitLab says: {}.", inline(error)));
    }
    if verdict.has_more_failures {
        lines.push("GitLab tells 100 failures at most; there may be more.".to_owned());
    }
    if let Some(hidden) = verdict.hidden {
        let seen = match hidden {
            Visibility::Internal => "only people with an account",
            _ => "only members",
        };
        lines.push(format!("It is not public: {seen} can see it. Set its visibility to public."));
    }
    lines.extend(advice(verdict.phase).map(str::to_owned));
    let day = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let known = [("Began", verdict.started_at), ("Last change", verdict.changed_at)];
    let moments: Vec<String> = known
        .into_iter()
        .filter_map(|(words, at)| at.map(|at| format!("{words}: {}", day(at))))
        .chain([format!("Looked at: {}", day(verdict.at))])
        .collect();
    lines.push(format!("{}.", moments.join(". ")));
    lines
}

/// `█████░░░░░░░░░░░░░░░ 25 % (50 of 200)`
fn bar(progress: &Progress) -> String {
    let percent = progress.percent();
    let full = percent.min(100) * BAR / 100;
    let cells: String = (0..BAR).map(|cell| if cell < full { '█' } else { '░' }).collect();
    let least = if progress.is_lower_bound { "at least " } else { "" };
    format!(
        "{cells} {least}{percent} % ({} of {} found so far)",
        progress.imported, progress.fetched
    )
}

fn advice(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Stuck => Some(
            "Nothing has changed for hours. Look at the project's import page; if it stands still \
             there too, cancel it and import again.",
        ),
        Phase::Overdue => Some(
            "It has run for a day. Staff look at it: cancel it and import again, or ask GitLab's \
             support. Nothing is started twice without staff.",
        ),
        Phase::FinishedWithFailures => {
            Some("Go through what is missing: repair it, import again, or accept it.")
        }
        Phase::Failed | Phase::Timeout => Some(
            "Delete the project and import again once the cause is gone; what is there is \
             incomplete.",
        ),
        Phase::Canceled => Some("What had come over by then is there; delete it or import again."),
        Phase::Gone => Some("Say in the tracker where it went, or import again."),
        _ => None,
    }
}

fn left_out(rows: usize, what: &str) -> String {
    match rows.checked_sub(MOST_ROWS) {
        Some(more) if more > 0 => format!("\nand {more} more {what}.\n"),
        _ => String::new(),
    }
}
