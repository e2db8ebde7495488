//! The comparison for people.

use super::{Agreement, Comparison, Fidelity, Row};
use crate::model::{Countable, Silence};
use crate::tracker::safe;

/// For a comment.
pub fn markdown(report: &Fidelity) -> String {
    let mut text = format!("**Both sides counted: {}**\n", headline(report));
    if !report.rows.is_empty() {
        text.push_str("\n| | source | here | difference | |\n|---|--:|--:|--:|---|\n");
    }
    for row in &report.rows {
        let Row { kind, source, destination, difference, .. } = row;
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            name(*kind),
            number(source),
            number(destination),
            difference.map_or_else(|| "?".to_owned(), |difference| format!("{difference:+}")),
            words(row),
        ));
    }
    safe::fit(text.trim_end())
}

/// For a terminal.
pub fn plain(report: &Fidelity) -> String {
    let mut text = format!("Both sides counted: {}\n", headline(report));
    for row in &report.rows {
        text.push_str(&format!(
            "  {:<24} {:>8} -> {:<8} {}\n",
            name(row.kind),
            number(&row.source),
            number(&row.destination),
            words(row),
        ));
    }
    text.trim_end().to_owned()
}

fn headline(report: &Fidelity) -> String {
    let of = |wanted: fn(&Comparison) -> bool| {
        report.rows.iter().filter(|row| wanted(&row.comparison)).count()
    };
    let unknown = of(|one| matches!(one, Comparison::Unknown));
    match report.agreement {
        Agreement::Complete => "nothing is missing".to_owned(),
        Agreement::Missing => {
            let missing = of(|one| matches!(one, Comparison::Missing(_)));
            format!("something is missing in {missing} of {} kinds", report.rows.len())
        }
        Agreement::Unknown if unknown == 0 => "there was nothing to compare".to_owned(),
        Agreement::Unknown => {
            format!("nothing is known to be missing, but {unknown} kind(s) could not be compared")
        }
    }
}

fn name(kind: Countable) -> &'static str {
    match kind {
        Countable::Branches => "branches",
        Countable::Tags => "tags",
        Countable::Releases => "releases",
        Countable::Labels => "labels",
        Countable::Milestones => "milestones",
        Countable::OpenIssues => "open issues",
        Countable::ClosedIssues => "closed issues",
        Countable::OpenRequests => "open merge requests",
        Countable::ClosedRequests => "closed merge requests",
        Countable::MergedRequests => "merged merge requests",
        Countable::WikiPages => "wiki pages",
    }
}

fn number(number: &Result<u64, Silence>) -> String {
    number.map_or_else(|_| "?".to_owned(), |number| number.to_string())
}

fn words(row: &Row) -> String {
    match row.comparison {
        Comparison::Same => "✅".to_owned(),
        Comparison::Explained(why) => format!("✅ {}", why.words()),
        Comparison::Missing(count) => format!("❌ {count} missing"),
        Comparison::NotCompared => "not compared".to_owned(),
        Comparison::Unknown => {
            let why = row.source.err().map(|why| ("source", why));
            match why.or_else(|| row.destination.err().map(|why| ("here", why))) {
                Some((side, why)) => format!("❔ {side}: {why}"),
                None => "❔ it is not known how many of the source's are pull requests".to_owned(),
            }
        }
    }
}
