//! A report for a comment in the tracker, and the same for the terminal.

use super::figures::{number, span};
use super::sources::{ImportPath, Way};
use super::{Group, Page, Readiness, Room};
use crate::model::{Items, SourceKind};
use crate::tracker::safe;

const ESTIMATE: &str = "An estimate from what GitHub tells everybody, no promise.";

impl Readiness {
    /// Markdown for a comment: within a comment's length, no line that GitLab could run.
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "### Assessment of [{}]({})\n\nAs of {}. {ESTIMATE}\n\n| What | Found |\n| --- | --- |\n",
            safe::inline(&self.source.to_string()),
            self.source.url(),
            self.assessed_on,
        );
        for fact in &self.facts {
            text.push_str(&format!("| {} | {} |\n", fact.name, fact.value));
        }
        text.push_str(&format!("\n**How long the import takes.** {}\n", self.time()));
        for group in Group::ALL {
            text.push_str(&format!("\n**{}**\n\n", group.title()));
            for line in self.lines.iter().filter(|line| line.group == group) {
                text.push_str(&format!("- {} {}\n", line.text, link(&line.page)));
            }
        }
        if !self.placeholders.rooms.is_empty() {
            text.push_str(
                "\n**Room for authors without an account, on GitLab.com**\n\n\
                 | Plan | Seats | Placeholder users | Enough |\n| --- | --- | --- | --- |\n",
            );
            for Room { quota, fits } in &self.placeholders.rooms {
                let limit = number(quota.limit);
                let enough = enough(*fits);
                let row = format!("| {} | {} | {limit} | {enough} |\n", quota.plan, quota.seats);
                text.push_str(&row);
            }
        }
        safe::fit(text.trim_end())
    }

    /// The same for a terminal.
    pub fn plain(&self) -> String {
        let mut text = format!("{}, as of {}\n{ESTIMATE}\n\n", self.source.url(), self.assessed_on);
        let width = self.facts.iter().map(|fact| fact.name.len()).max().unwrap_or_default();
        for fact in &self.facts {
            text.push_str(&format!("  {:width$}  {}\n", fact.name, fact.value));
        }
        text.push_str(&format!("\nHow long the import takes: {}\n", self.time()));
        for group in Group::ALL {
            text.push_str(&format!("\n{}\n", group.title()));
            for line in self.lines.iter().filter(|line| line.group == group) {
                text.push_str(&format!("  - {}\n    {}\n", line.text, line.page.url));
            }
        }
        if !self.placeholders.rooms.is_empty() {
            text.push_str("\nRoom for authors without an account, on GitLab.com\n");
            for Room { quota, fits } in &self.placeholders.rooms {
                let (limit, enough) = (number(quota.limit), enough(*fits));
                let plan = format!("{}, seats: {}", quota.plan, quota.seats);
                text.push_str(&format!("  {limit:>7}  enough: {enough:7}  {plan}\n"));
            }
        }
        text.trim_end().to_owned()
    }

    fn time(&self) -> String {
        let Some(estimate) = &self.estimate else {
            return "Unknown: GitHub tells no number of issues and pull requests.".to_owned();
        };
        let items = match estimate.items {
            Items::Exactly(items) => number(items),
            Items::AtMost(items) => format!("at most {}", number(items)),
        };
        format!(
            "From {} to {} for {items} issues and pull requests, in proportion to a measured import: \
             {}. Comments and attachments weigh most and are not counted.",
            span(estimate.least_minutes),
            span(estimate.most_minutes),
            self.measured_by,
        )
    }
}

impl ImportPath {
    /// A paragraph of Markdown for a source of this kind.
    pub fn markdown(&self, kind: SourceKind) -> String {
        format!("**{}** {} {}", self.heading(kind), self.text, link(&self.page))
    }

    /// The same for a terminal.
    pub fn plain(&self, kind: SourceKind) -> String {
        format!("{}\n{}\n{}", self.heading(kind), self.text, self.page.url)
    }

    fn heading(&self, kind: SourceKind) -> String {
        let kind = kind.title();
        match self.way {
            Way::Importer => format!("From {kind}: GitLab has an importer."),
            Way::Script => format!("From {kind}: there is no importer for all of it."),
            Way::None => format!("From {kind}: nothing is imported."),
        }
    }
}

fn link(page: &Page) -> String {
    format!("([{}]({}))", page.title, page.url)
}

fn enough(fits: Option<bool>) -> &'static str {
    match fits {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}
