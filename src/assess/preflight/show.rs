//! The report for people.

use super::{Expectation, Preflight, ProjectPreflight};
use crate::model::Visibility;
use crate::tracker::safe::{self, inline};

/// Rows shown in a comment.
const MOST_ROWS: usize = 60;

const NO_APPROVAL: &str = "This looks at what the program checks by machine. Whether a community \
     seeks profit, and everything else, people decide: it is no approval.";

/// For a comment.
pub fn markdown(report: &Preflight) -> String {
    let mut text =
        format!("**Program preflight of {}: {}**\n", inline(&report.path), headline(report));
    for (title, lines) in sections(report) {
        if !lines.is_empty() {
            text.push_str(&format!("\n**{title}**\n\n"));
        }
        for line in lines {
            text.push_str(&format!("- {line}\n"));
        }
    }
    text.push_str(&format!("\n{NO_APPROVAL}\n"));
    if !report.projects.is_empty() {
        text.push_str("\n| project | visible to | licence | open | |\n|---|---|---|---|---|\n");
    }
    // What needs looking at comes first.
    let mut projects: Vec<&ProjectPreflight> = report.projects.iter().collect();
    projects.sort_by_key(|project| is_fine(project));
    for project in projects.iter().take(MOST_ROWS) {
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            inline(&project.path),
            seen_by(project),
            licence(project),
            open(project),
            state(project),
        ));
    }
    if projects.len() > MOST_ROWS {
        text.push_str(&format!("\nand {} more projects.\n", projects.len() - MOST_ROWS));
    }
    safe::fit(text.trim_end())
}

/// For a terminal.
pub fn plain(report: &Preflight) -> String {
    let mut text = String::new();
    for project in &report.projects {
        text.push_str(&format!(
            "  {:<40} {:<9} {:<18} {:<4} {}\n",
            inline(&project.path).to_string(),
            seen_by(project),
            licence(project),
            open(project),
            state(project),
        ));
    }
    text.push_str(&format!("{}: {}\n", inline(&report.path), headline(report)));
    for (title, lines) in sections(report) {
        for line in lines {
            text.push_str(&format!("  {}: {line}\n", title.to_lowercase()));
        }
    }
    text.push_str(NO_APPROVAL);
    text
}

fn headline(report: &Preflight) -> String {
    let count = report.projects.len();
    match report.expectation {
        Expectation::LikelyPass => format!("likely to pass ({count} projects)"),
        Expectation::WillFail => format!("will fail ({count} projects)"),
        Expectation::CantTell => format!("can't tell ({count} projects)"),
    }
}

fn sections(report: &Preflight) -> [(&'static str, &[String]); 3] {
    [
        ("Will fail because", &report.reasons),
        ("Can't tell because", &report.doubts),
        ("Note", &report.notes),
    ]
}

fn is_fine(project: &ProjectPreflight) -> bool {
    project.visibility == Some(Visibility::Public) && project.is_open == Some(true)
}

fn seen_by(project: &ProjectPreflight) -> &'static str {
    match project.visibility {
        Some(Visibility::Public) => "everybody",
        Some(Visibility::Internal) => "accounts",
        Some(Visibility::Private) => "members",
        None => "?",
    }
}

fn licence(project: &ProjectPreflight) -> String {
    project.licence.as_deref().map_or_else(|| "-".to_owned(), |key| inline(key).to_string())
}

fn open(project: &ProjectPreflight) -> &'static str {
    match project.is_open {
        Some(true) => "yes",
        Some(false) => "no",
        None => "?",
    }
}

fn state(project: &ProjectPreflight) -> &'static str {
    match (project.is_archived, project.is_empty) {
        (true, true) => "archived, empty",
        (true, false) => "archived",
        (false, true) => "empty",
        (false, false) => "",
    }
}
