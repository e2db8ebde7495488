//! How an import goes, and when to look again.

mod progress;
mod remedies;
mod show;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use progress::{Accuracy, KindProgress, Progress, accuracy_note};
pub use remedies::FailureGroup;
pub use show::{markdown, plain};

use super::ImportRules;
use crate::model::{ImportState, ImportStatus, Silence, Visibility};

/// GitLab tells no more failures than this.
const MOST_FAILURES_TOLD: usize = 100;
/// The same import is asked about no more often than this.
const LEAST_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// What is known of one import at one moment.
#[derive(Debug, Clone)]
pub struct ImportFacts {
    /// What GitLab says now.
    pub status: Result<ImportStatus, Silence>,
    /// Who can see the project; absent when that is not known.
    pub visibility: Option<Visibility>,
    /// When it began, as far as anybody has recorded it.
    pub started_at: Option<Timestamp>,
    /// When state or numbers were last seen to change.
    pub changed_at: Option<Timestamp>,
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The project was not imported.
    NoImport,
    /// It waits for its turn.
    Waiting,
    /// It runs.
    Running,
    /// Nothing has changed for too long.
    Stuck,
    /// It takes longer than imports do.
    Overdue,
    /// It is over, and nothing is known to be missing.
    Finished,
    /// It is over, and something is missing.
    FinishedWithFailures,
    /// It ended badly.
    Failed,
    /// Somebody ended it.
    Canceled,
    /// GitLab ended it because it took too long.
    Timeout,
    /// The project is not there any more, or hidden from the bot.
    Gone,
    /// GitLab could not be asked, or said something unknown.
    Unknown,
}

impl Phase {
    /// Whether nothing will change by itself.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Self::NoImport
                | Self::Finished
                | Self::FinishedWithFailures
                | Self::Failed
                | Self::Canceled
                | Self::Timeout
                | Self::Gone
        )
    }
}

/// The judgement on an import.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportVerdict {
    /// The project's number; absent when GitLab did not tell.
    pub project: Option<u64>,
    /// Its full path; empty when GitLab did not tell.
    pub path: String,
    /// Where it stands.
    pub phase: Phase,
    /// What was found and brought over so far; absent when GitLab gives no numbers.
    pub progress: Option<Progress>,
    /// How much of what was found came over, once it is over; absent when it can't be told.
    pub accuracy: Option<Accuracy>,
    /// What could not be brought over, the most frequent first.
    pub failures: Vec<FailureGroup>,
    /// Whether there may be more failures than GitLab tells.
    pub has_more_failures: bool,
    /// Why it failed, in GitLab's words.
    pub error: Option<String>,
    /// Set when it is over and not everybody can see the project.
    pub hidden: Option<Visibility>,
    /// When it began, if anybody knows.
    pub started_at: Option<Timestamp>,
    /// When something last changed, if anybody knows.
    pub changed_at: Option<Timestamp>,
    /// Seconds until the next look; absent when there is nothing more to see.
    pub next_look_seconds: Option<i64>,
    /// When it was judged.
    pub at: Timestamp,
}

/// Judges an import.
pub fn judge_import(facts: &ImportFacts, now: Timestamp, rules: &ImportRules) -> ImportVerdict {
    let status = facts.status.as_ref().ok();
    let progress = status.and_then(|status| Progress::of(status.stats.as_ref()?));
    let failures = status.map_or_else(Vec::new, |status| remedies::grouped(&status.failures));
    let (phase, accuracy) = match &facts.status {
        Err(Silence::NotThere) => (Phase::Gone, None),
        Err(_) => (Phase::Unknown, None),
        Ok(status) => match status.state {
            ImportState::None => (Phase::NoImport, None),
            ImportState::Scheduled => (going_on(Phase::Waiting, facts, now, rules), None),
            ImportState::Started => (going_on(Phase::Running, facts, now, rules), None),
            ImportState::Finished => {
                let accuracy = progress
                    .as_ref()
                    .and_then(|progress| progress.accuracy(rules.accuracy_percent));
                let is_well = failures.is_empty() && accuracy.is_none_or(|one| one.is_enough);
                let phase = if is_well { Phase::Finished } else { Phase::FinishedWithFailures };
                (phase, accuracy)
            }
            ImportState::Failed => (Phase::Failed, None),
            ImportState::Canceled => (Phase::Canceled, None),
            ImportState::Timeout => (Phase::Timeout, None),
            ImportState::Unknown => (Phase::Unknown, None),
        },
    };
    let is_done = matches!(phase, Phase::Finished | Phase::FinishedWithFailures);
    let wait = next_look(phase, facts.changed_at.or(facts.started_at), now, rules);
    ImportVerdict {
        project: status.map(|status| status.project.0),
        path: status.map_or_else(String::new, |status| status.path.clone()),
        phase,
        progress,
        accuracy,
        has_more_failures: status.is_some_and(|one| one.failures.len() >= MOST_FAILURES_TOLD),
        failures,
        error: status.and_then(|status| status.error.clone()),
        hidden: facts.visibility.filter(|seen| is_done && *seen != Visibility::Public),
        started_at: facts.started_at,
        changed_at: facts.changed_at,
        next_look_seconds: wait.map(|wait| wait.as_secs()),
        at: now,
    }
}

/// Taking too long is worse than standing still, for which it may be too early.
fn going_on(phase: Phase, facts: &ImportFacts, now: Timestamp, rules: &ImportRules) -> Phase {
    let hours = |since: Option<Timestamp>| since.map(|since| now.duration_since(since).as_hours());
    let has_passed = |since, most: u32| hours(since).is_some_and(|hours| hours >= i64::from(most));
    if has_passed(facts.started_at, rules.overdue_hours) {
        Phase::Overdue
    } else if has_passed(facts.changed_at.or(facts.started_at), rules.stuck_hours) {
        Phase::Stuck
    } else {
        phase
    }
}

/// How long to wait until the next look: the longer nothing has changed, the longer, but never less
/// than a minute. Absent when it is over.
pub fn next_look(
    phase: Phase,
    changed_at: Option<Timestamp>,
    now: Timestamp,
    rules: &ImportRules,
) -> Option<SignedDuration> {
    if phase.is_over() {
        return None;
    }
    let least = SignedDuration::from_secs(i64::from(rules.poll_seconds)).max(LEAST_WAIT);
    let most = SignedDuration::from_mins(i64::from(rules.poll_minutes_at_most)).max(least);
    let quiet = changed_at.map_or(SignedDuration::ZERO, |changed| now.duration_since(changed));
    Some((quiet / 4).clamp(least, most))
}
