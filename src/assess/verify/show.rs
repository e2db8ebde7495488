//! The verdict for people.

use super::{Check, Coverage, CutoverBy, MoveVerdict, Outcome, Overall, Verdict};
use crate::tracker::safe::{self, inline};

/// Destinations beside the primary that are shown in a comment.
const MOST_OTHERS: usize = 30;

/// For a comment.
pub fn markdown(verdict: &MoveVerdict) -> String {
    let mut text =
        format!("**Move verifier: {}**\n\n{}\n", headline(verdict.overall), summary(verdict));
    let Some((primary, others)) = verdict.destinations.split_first() else {
        return text.trim_end().to_owned();
    };
    text.push_str(&format!("\n{}\n\n| | check | | why |\n|---|---|---|---|\n", about(primary)));
    for check in &primary.checks {
        text.push_str(&format!(
            "| {:?} | {} | {} | {}{}{} |\n",
            check.id,
            check.id.title(),
            sign(check.outcome),
            check.reason,
            if check.is_attested { " (attested)" } else { "" },
            look(check),
        ));
    }
    for note in &primary.notes {
        text.push_str(&format!("\n{note}\n"));
    }
    if !others.is_empty() {
        text.push_str("\n| other destination | | what stands in its way |\n|---|---|---|\n");
    }
    for other in others.iter().take(MOST_OTHERS) {
        text.push_str(&format!(
            "| {} | {} | {} |\n",
            inline(&other.path),
            headline(other.overall),
            obstacle(other),
        ));
    }
    if others.len() > MOST_OTHERS {
        text.push_str(&format!("\nand {} more destinations.\n", others.len() - MOST_OTHERS));
    }
    safe::fit(text.trim_end())
}

/// For a terminal.
pub fn plain(verdict: &MoveVerdict) -> String {
    let mut text = format!("Move verifier: {}\n{}\n", headline(verdict.overall), summary(verdict));
    for destination in &verdict.destinations {
        text.push_str(&format!("\n{}\n", about(destination)));
        for check in &destination.checks {
            let word = match (check.outcome, check.is_attested) {
                (Outcome::Pass, false) => "pass",
                (Outcome::Pass, true) => "attested",
                (Outcome::Fail, _) => "FAIL",
                (Outcome::Unknown, _) => "unknown",
            };
            let title = check.id.title();
            text.push_str(&format!("  {:?}  {title:<15} {word:<8}  {}\n", check.id, check.reason));
        }
        for note in &destination.notes {
            text.push_str(&format!("  note: {note}\n"));
        }
    }
    text.trim_end().to_owned()
}

fn headline(overall: Overall) -> &'static str {
    match overall {
        Overall::Verified => "verified",
        Overall::NotYet => "not yet",
        Overall::Unverified => "unverified",
    }
}

fn summary(verdict: &MoveVerdict) -> String {
    let count = verdict.destinations.len();
    let at = verdict.at.strftime("%Y-%m-%d %H:%M UTC");
    if count == 0 {
        return format!("Looked at on {at}. No destination is named in the description.");
    }
    let mut text =
        format!("Looked at on {at}. {} of {count} destination(s) hold", verdict.verified);
    text.push_str(if count > 1 { "; the first decides." } else { "." });
    if verdict.overall == Overall::Unverified {
        text.push_str(" What can't be known is no \"no\": staff can attest it.");
    }
    text
}

fn about(verdict: &Verdict) -> String {
    let coverage = match verdict.coverage {
        Coverage::Full => "everything has moved",
        Coverage::Partial => "a part has moved",
        Coverage::Unknown => "how much has moved is not known",
    };
    let since = verdict.cutover.map_or_else(String::new, |cutover| {
        let by = match cutover.by {
            CutoverBy::Label => "the stage's label",
            CutoverBy::Wave => "the table of waves",
            CutoverBy::FirstRequest => "the first merge request here",
        };
        format!("; work counts from {} on, by {by}", cutover.at.strftime("%Y-%m-%d"))
    });
    format!("{} on {}: {coverage}{since}.", inline(&verdict.path), inline(&verdict.host))
}

fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✅",
        Outcome::Fail => "❌",
        Outcome::Unknown => "❔",
    }
}

/// Where to look, as a link if it can be one.
fn look(check: &Check) -> String {
    let Some(address) = &check.evidence else {
        return String::new();
    };
    let shown = safe::link("look", address).unwrap_or_else(|| inline(address));
    format!(" {shown}")
}

/// The first check that does not hold.
fn obstacle(verdict: &Verdict) -> String {
    let of = |wanted| verdict.checks.iter().find(|check| check.outcome == wanted);
    match of(Outcome::Fail).or_else(|| of(Outcome::Unknown)) {
        Some(check) if verdict.overall != Overall::Verified => {
            format!("{:?}: {}", check.id, check.reason)
        }
        _ => String::new(),
    }
}
