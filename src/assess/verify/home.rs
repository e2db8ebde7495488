//! V8: is it the home, or a copy of one?

use jiff::Timestamp;

use super::super::Rules;
use super::{DestinationFacts, Found, SourceFacts, read};
use crate::tracker::safe::inline;

/// V8.
pub(super) fn is_home(facts: &DestinationFacts, rules: &Rules) -> Found {
    if let Err(unknown) = read(facts) {
        return unknown;
    }
    let Some(source) = &facts.source else {
        return Found::unknown(
            "the tracker names no source that the bot can ask; staff attest with a link",
        );
    };
    let name = inline(&source.name);
    match (source.archived, source.points_here) {
        (Ok(true), _) => Found::pass(format!("{name} is archived")),
        (_, Ok(true)) => leads_here(source, newest_work(facts), rules),
        (Ok(false), Ok(false)) => Found::fail(format!(
            "{name} takes changes and does not lead here: archive it, or link this project in its \
             description, homepage or README"
        )),
        (Err(why), _) | (_, Err(why)) => Found::unknown(format!("{name}: {why}")),
    }
}

/// A source that leads here may still be pushed to, by a mirror of what is done here.
fn leads_here(source: &SourceFacts, newest: Option<Timestamp>, rules: &Rules) -> Found {
    let name = inline(&source.name);
    let pushed = match source.pushed_at {
        Ok(pushed) => pushed,
        Err(why) => {
            return Found::unknown(format!("{name} leads here; when it was pushed to: {why}"));
        }
    };
    let Some(newest) = newest else {
        return Found::unknown(format!("{name} leads here, but nobody knows what is newest here"));
    };
    let lead = pushed.duration_since(newest);
    if lead <= rules.work.source_lead() {
        return Found::pass(format!("{name} leads here, and nothing newer is there"));
    }
    Found::fail(format!(
        "{name} leads here, but was pushed to on {}, {} days after the newest work here",
        pushed.strftime("%Y-%m-%d"),
        lead.as_hours() / 24
    ))
}

/// The newest sign of work in the destination.
fn newest_work(facts: &DestinationFacts) -> Option<Timestamp> {
    let merged = facts.merged.records.iter().filter_map(|request| request.merged_at);
    let commits = facts.commits.records.iter().map(|commit| commit.authored_at);
    let pushes = facts.pushes.records.iter().map(|push| push.at);
    let active = facts.project.as_ref().ok().and_then(|project| project.last_activity_at);
    merged.chain(commits).chain(pushes).chain(active).max()
}
