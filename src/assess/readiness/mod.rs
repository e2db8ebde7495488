//! What a move of one source to GitLab takes: the survey against what GitLab's importer does.
//!
//! Pure. What is not known is said to be unknown; nothing here promises anything.

mod decisions;
mod estimate;
mod figures;
mod licence;
mod luggage;
mod placeholders;
mod report;
mod sources;
mod warnings;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::model::{GithubRepo, Survey};
use crate::tracker::safe;

pub use estimate::Estimate;
pub use licence::LicenceVerdict;
pub use placeholders::{Placeholders, Room};
pub use sources::{CommentLimit, ImportPath, ImportTime, Page, Quota, Sources, Topic, Way};

/// The report on one source, in parts. Every stranger's value in its texts stands in code, as
/// [`crate::tracker::safe::inline`] makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// The source by its name today.
    pub source: GithubRepo,
    /// The name it was asked for by, when that is an old one.
    pub renamed_from: Option<GithubRepo>,
    /// The day of the survey, in UTC.
    pub assessed_on: Date,
    /// What was found.
    pub facts: Vec<Fact>,
    /// Whether the program's rule on licences is met.
    pub licence: LicenceVerdict,
    /// Whether everybody finds room on GitLab.com.
    pub placeholders: Placeholders,
    /// How long the import may take; absent when nothing is known to estimate it from.
    pub estimate: Option<Estimate>,
    /// The import that the estimate is measured by, for people.
    pub measured_by: String,
    /// What to know and to do, in the order of the groups.
    pub lines: Vec<Line>,
}

/// One figure, or what the source says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Of what.
    pub name: &'static str,
    /// Markdown.
    pub value: String,
}

/// One sentence or two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Where it stands in the report.
    pub group: Group,
    /// What it is about.
    pub topic: Topic,
    /// Markdown.
    pub text: String,
    /// Where GitLab explains it.
    pub page: Page,
}

/// The parts of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// GitLab's importer brings it.
    ComesAlong,
    /// It does not.
    StaysBehind,
    /// The community has to decide.
    Decide,
    /// It goes wrong when nobody looks.
    LookOut,
}

impl Group {
    /// Every group, in the order of the report.
    pub const ALL: [Self; 4] = [Self::ComesAlong, Self::StaysBehind, Self::Decide, Self::LookOut];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::ComesAlong => "Comes along",
            Self::StaysBehind => "Does not come along",
            Self::Decide => "Needs a decision",
            Self::LookOut => "Look out",
        }
    }
}

/// Judges a survey, as of a moment.
pub fn readiness(survey: &Survey, sources: &Sources, now: Timestamp) -> Readiness {
    let licence = LicenceVerdict::of(&survey.licence);
    let placeholders = Placeholders::of(survey.contributors, &sources.placeholders);
    let mut lines = Lines { sources, lines: Vec::new() };
    luggage::comes_along(survey, &mut lines);
    luggage::stays_behind(survey, &mut lines);
    decisions::add(survey, licence, &placeholders, &mut lines);
    warnings::add(survey, now, &mut lines);
    Readiness {
        source: survey.repo.clone(),
        renamed_from: survey.renamed_from.clone(),
        assessed_on: day(now),
        facts: facts(survey, licence),
        licence,
        placeholders,
        estimate: estimate::estimate(survey.items(), &sources.import_time),
        measured_by: measured_by(&sources.import_time),
        lines: lines.lines,
    }
}

/// The lines as they are found.
struct Lines<'a> {
    sources: &'a Sources,
    lines: Vec<Line>,
}

impl Lines<'_> {
    fn add(&mut self, group: Group, topic: Topic, text: impl Into<String>) {
        let page = self.sources.page(topic).clone();
        self.lines.push(Line { group, topic, text: text.into(), page });
    }
}

fn measured_by(time: &ImportTime) -> String {
    let ImportTime { project, items, hours, .. } = time;
    let items = figures::counted(*items, "issue or pull request", "issues and pull requests");
    format!("{project} with {items} took {}", figures::counted(*hours, "hour", "hours"))
}

fn facts(survey: &Survey, licence: LicenceVerdict) -> Vec<Fact> {
    let open_closed = |open: Option<u64>, closed: String| {
        format!("{} open, {closed} closed", figures::known(open))
    };
    let closed_issues = match (survey.closed_issues, at_most_closed_issues(survey)) {
        (None, Some(most)) => format!("at most {}", figures::number(most)),
        (closed, _) => figures::known(closed),
    };
    let issues = match survey.has_issues {
        Some(false) => "switched off".to_owned(),
        _ => open_closed(survey.open_issues, closed_issues),
    };
    let value = |text: &Option<String>| text.as_deref().map(|text| safe::inline(text).to_string());
    let topics = (!survey.topics.is_empty()).then(|| {
        let topics = survey.topics.iter().map(|topic| safe::inline(topic).to_string());
        topics.collect::<Vec<_>>().join(", ")
    });
    // What it says of itself may be left out; a figure that is left out is unknown.
    let own = [
        ("It says of itself", value(&survey.description)),
        ("Site", value(&survey.homepage)),
        ("Topics", topics),
    ];
    let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let figures = [
        ("Licence", licence.describe(&survey.licence)),
        ("Size of the Git repository", survey.size_kb.map_or_else(unknown, figures::size)),
        ("Default branch", value(&survey.default_branch).unwrap_or_else(unknown)),
        ("Branches", figures::known(survey.branches)),
        ("Tags", figures::known(survey.tags)),
        ("Releases", figures::known(survey.releases)),
        ("Issues", issues),
        ("Pull requests", open_closed(survey.open_pulls, figures::known(survey.closed_pulls))),
        ("Authors of commits", figures::known(survey.contributors)),
        ("Workflows of GitHub Actions", figures::known(survey.workflows)),
        ("Last push", survey.pushed_at.map_or_else(unknown, |at| day(at).to_string())),
    ];
    own.chain(figures).map(|(name, value)| Fact { name, value }).collect()
}

/// What remains of the numbers given out.
fn at_most_closed_issues(survey: &Survey) -> Option<u64> {
    let pulls = survey.open_pulls?.saturating_add(survey.closed_pulls?);
    let others = pulls.saturating_add(survey.open_issues?);
    Some(survey.highest_number?.saturating_sub(others))
}

fn unknown() -> String {
    figures::known(None)
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
