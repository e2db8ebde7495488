//! Where an import stands, and what it says of itself.

use super::{ImportEnd, Origin};
use crate::sandbox::clock::iso;
use crate::sandbox::source::Source;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Steps during which it works; one more ends it.
const STEPS: u64 = 3;

/// Without the stage for them, comments beyond this number stay behind.
const NOTES: u64 = 30_000;

/// What `import_status` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportStatus {
    /// There was no import.
    None,
    /// It waits.
    Scheduled,
    /// It works.
    Started,
    /// It is over; things may be missing.
    Finished,
    /// It gave up.
    Failed,
    /// Somebody stopped it.
    Canceled,
}

impl ImportStatus {
    pub(in crate::sandbox) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Scheduled => "scheduled",
            Self::Started => "started",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    pub(in crate::sandbox) fn is_running(self) -> bool {
        matches!(self, Self::Scheduled | Self::Started)
    }
}

/// Optional stages of an import from GitHub.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::sandbox) struct Stages {
    /// Slower, but brings every comment.
    pub(in crate::sandbox) all_notes: bool,
    pub(in crate::sandbox) attachments: bool,
    pub(in crate::sandbox) collaborators: bool,
}

/// How many of a kind there are, and how many of them fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct Tally {
    pub(in crate::sandbox) all: u64,
    pub(in crate::sandbox) lost: u64,
}

/// What begins an import.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct NewImport {
    pub(in crate::sandbox) origin: Origin,
    pub(in crate::sandbox) source: Source,
    pub(in crate::sandbox) url: String,
    pub(in crate::sandbox) stages: Stages,
    pub(in crate::sandbox) user: u64,
    pub(in crate::sandbox) at: Timestamp,
    pub(in crate::sandbox) correlation_id: String,
}

/// One import; it belongs to the project it makes.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Import {
    pub(in crate::sandbox) origin: Origin,
    pub(in crate::sandbox) source: Source,
    /// `import_url`
    pub(in crate::sandbox) url: String,
    /// Who started it.
    pub(in crate::sandbox) user: u64,
    pub(in crate::sandbox) since: Timestamp,
    pub(in crate::sandbox) tallies: BTreeMap<&'static str, Tally>,
    pub(in crate::sandbox) placeholder_limit: Option<u64>,
    pub(in crate::sandbox) error: Option<String>,
    pub(in crate::sandbox) timed_out: bool,
    end: ImportEnd,
    correlation_id: String,
    step: u64,
    canceled: bool,
}

impl Import {
    pub(super) fn new(new: NewImport, settings: &super::ImportSettings) -> Self {
        let mut tallies = tallies(new.origin, &new.source, new.stages);
        for (kind, tally) in &mut tallies {
            let lost = settings.losses.get(*kind).copied().unwrap_or(0);
            tally.lost = lost.min(tally.all);
        }
        Self {
            origin: new.origin,
            source: new.source,
            url: new.url,
            user: new.user,
            since: new.at,
            tallies,
            placeholder_limit: settings.placeholder_limit,
            error: None,
            timed_out: false,
            end: settings.end.clone(),
            correlation_id: new.correlation_id,
            step: 0,
            canceled: false,
        }
    }

    pub(in crate::sandbox) fn status(&self) -> ImportStatus {
        match self.step {
            _ if self.canceled => ImportStatus::Canceled,
            0 => ImportStatus::Scheduled,
            1..=STEPS => ImportStatus::Started,
            _ if self.end == ImportEnd::Finished => ImportStatus::Finished,
            _ => ImportStatus::Failed,
        }
    }

    pub(super) fn step(&self) -> u64 {
        self.step
    }

    /// Takes one step, if it runs.
    pub(super) fn advance(&mut self) {
        if !self.status().is_running() {
            return;
        }
        self.step = self.step.saturating_add(1);
        if self.status() == ImportStatus::Failed {
            self.timed_out = self.end == ImportEnd::TimedOut;
            self.error = Some(match &self.end {
                ImportEnd::Failed(error) => error.clone(),
                _ => "Import timed out. Import took longer than 86400 seconds".to_owned(),
            });
        }
    }

    pub(super) fn cancel(&mut self) {
        self.canceled = self.status().is_running();
    }

    /// How much of a kind is missing at the end.
    pub(super) fn lost(&self, kind: &str) -> u64 {
        self.tallies.get(kind).map_or(0, |tally| tally.lost)
    }

    /// Fetched and imported so far: fetching is a step ahead.
    pub(in crate::sandbox) fn progress(&self, tally: Tally) -> (u64, u64) {
        let rest = tally.all.saturating_sub(tally.lost);
        if self.status() == ImportStatus::Finished {
            return (tally.all, rest);
        }
        let part = |of: u64, steps: u64| of.saturating_mul(steps.min(STEPS)) / STEPS;
        let done = self.step.min(STEPS);
        (part(tally.all, done), part(rest, done.saturating_sub(1)))
    }

    /// `stats`: empty until it works.
    pub(super) fn stats(&self) -> Value {
        let counts = |which: fn((u64, u64)) -> u64| {
            let running = self.tallies.iter().filter(|(_, tally)| self.step > 0 && tally.all > 0);
            let counts = running
                .map(|(kind, tally)| ((*kind).to_owned(), json!(which(self.progress(*tally)))));
            Value::Object(counts.collect::<Map<_, _>>())
        };
        json!({ "fetched": counts(|pair| pair.0), "imported": counts(|pair| pair.1) })
    }

    /// What failed, of what was tried so far.
    pub(in crate::sandbox) fn failures(&self) -> Vec<Failure> {
        let tried =
            if self.status() == ImportStatus::Finished { STEPS } else { self.step.min(STEPS) };
        let of_kind = |(kind, tally): (&&'static str, &Tally)| {
            let failed = tally.lost.saturating_mul(tried) / STEPS;
            let kind = *kind;
            (1..=failed).map(move |nth| Failure { kind, nth })
        };
        self.tallies.iter().flat_map(of_kind).collect()
    }

    /// `failed_relations`: a hundred at most.
    pub(super) fn failed_relations(&self) -> Vec<Value> {
        let failures = self.failures().into_iter().take(100).enumerate();
        let relations = failures.map(|(index, failure)| {
            json!({
                "id": index + 1,
                "created_at": iso(self.since),
                "exception_class": failure.exception_class(),
                "exception_message": failure.message(),
                "source": failure.importer(),
                "relation_name": failure.relation(),
                "line_number": 0,
            })
        });
        relations.collect()
    }

    pub(in crate::sandbox) fn correlation_id(&self) -> &str {
        &self.correlation_id
    }
}

/// One thing that did not come over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct Failure {
    kind: &'static str,
    /// Among the failed ones of its kind, from 1.
    pub(in crate::sandbox) nth: u64,
}

impl Failure {
    /// As a relation of a project: `issues`, `merge_requests`.
    pub(in crate::sandbox) fn relation(self) -> String {
        let kind = if self.kind == "pull_request" { "merge_request" } else { self.kind };
        format!("{kind}s")
    }

    pub(in crate::sandbox) fn exception_class(self) -> &'static str {
        "ActiveRecord::RecordInvalid"
    }

    pub(in crate::sandbox) fn message(self) -> String {
        format!("Validation failed: {} {} is not valid here", self.kind, self.nth)
    }

    fn importer(self) -> String {
        let words = self.kind.split('_').map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        });
        format!("Gitlab::GithubImport::Importer::{}Importer", words.collect::<String>())
    }
}

/// How many of each kind there are to bring over.
fn tallies(origin: Origin, source: &Source, stages: Stages) -> BTreeMap<&'static str, Tally> {
    let numbers = &source.numbers;
    let mut counts = vec![
        ("issue", numbers.issues),
        ("label", numbers.labels),
        ("milestone", numbers.milestones),
        ("release", numbers.releases),
    ];
    if origin == Origin::Github {
        let notes = if stages.all_notes { numbers.comments } else { numbers.comments.min(NOTES) };
        let collaborators = if stages.collaborators { numbers.contributors } else { 0 };
        let attached = |count: u64| if stages.attachments { count / 20 } else { 0 };
        counts.extend([
            ("pull_request", numbers.pulls),
            ("pull_request_merged_by", numbers.merged_pulls),
            ("pull_request_review", numbers.reviews),
            ("note", notes),
            ("diff_note", numbers.review_comments),
            ("collaborator", collaborators),
            ("issue_attachment", attached(numbers.issues)),
            ("merge_request_attachment", attached(numbers.pulls)),
            ("note_attachment", attached(notes)),
        ]);
    } else {
        counts.push(("merge_request", numbers.pulls));
    }
    counts.into_iter().map(|(kind, all)| (kind, Tally { all, lost: 0 })).collect()
}
