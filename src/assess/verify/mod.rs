//! Is a destination really where the project lives now? Nine checks, each with its reason.
//!
//! A check that can't be made is *unknown*, and an unknown check never becomes a "no": what is not
//! verified for lack of knowledge is called unverified.

mod check;
mod facts;
mod home;
mod moves;
mod scope;
mod show;
mod standing;
#[cfg(test)]
mod tests;
mod work;

use jiff::Timestamp;
use serde::Serialize;

pub use check::{Check, CheckId, Outcome};
pub use facts::{Attestation, Cutover, CutoverBy, DestinationFacts, Reader, Scope, SourceFacts};
pub use moves::{MoveVerdict, verify_move};
pub use show::{markdown, plain};
pub use work::{first_request, has_enough_commits, has_enough_pushers, has_enough_requests};

use self::check::{Evidence, Found};
use super::Rules;
use super::import::accuracy_note;
use crate::model::ProjectFacts;
use crate::tracker::safe::inline;

/// What the checks amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Overall {
    /// V1 to V8 hold.
    Verified,
    /// One of them does not.
    NotYet,
    /// None fails for certain, but not all can be known.
    Unverified,
}

/// How much of the project has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Everything that was to move, and nothing stays elsewhere.
    Full,
    /// A part.
    Partial,
    /// Nobody can tell.
    Unknown,
}

/// The judgement on one destination.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The GitLab it is on.
    pub host: String,
    /// Its number there: the identity that counts. Absent when its GitLab did not tell it.
    pub project: Option<u64>,
    /// Its full path now, or as the tracker's issue has it.
    pub path: String,
    /// Whether the move stands and falls with it.
    pub is_primary: bool,
    /// What the checks amount to.
    pub overall: Overall,
    /// How much has moved.
    pub coverage: Coverage,
    /// All nine, in order.
    pub checks: Vec<Check>,
    /// What is worth knowing beside them, as sentences of Markdown.
    pub notes: Vec<String>,
    /// From when on work counted.
    pub cutover: Option<Cutover>,
    /// When it was judged.
    pub at: Timestamp,
}

impl Verdict {
    /// The result of one check.
    pub fn check(&self, id: CheckId) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == id)
    }
}

/// Judges one destination.
pub fn verify(facts: &DestinationFacts, rules: &Rules, now: Timestamp) -> Verdict {
    let checks: Vec<Check> = CheckId::ALL
        .into_iter()
        .map(|id| attested(facts, id, found(facts, rules, now, id)).check(facts, id))
        .collect();
    let told = facts.project.as_ref().ok();
    Verdict {
        host: facts.host.to_string(),
        project: told.map(|project| project.id.0),
        path: told.map_or_else(|| facts.path.clone(), |project| project.path.clone()),
        is_primary: facts.is_primary,
        overall: overall(facts, &checks),
        coverage: coverage(facts, &checks),
        checks,
        notes: notes(facts, rules),
        cutover: facts.cutover,
        at: now,
    }
}

fn found(facts: &DestinationFacts, rules: &Rules, now: Timestamp, id: CheckId) -> Found {
    match id {
        CheckId::V1 => standing::is_public(facts),
        CheckId::V2 => standing::is_alive(facts),
        CheckId::V3 => standing::is_open(facts, rules),
        CheckId::V4 => standing::is_no_fork(facts, rules),
        CheckId::V5 => standing::is_no_mirror(facts),
        CheckId::V6 => standing::is_no_rehearsal(facts, rules),
        CheckId::V7 => work::is_alive_with_people(facts, rules),
        CheckId::V8 => home::is_home(facts, rules),
        CheckId::V9 => scope::has_moved(facts, rules, now),
    }
}

fn overall(facts: &DestinationFacts, checks: &[Check]) -> Overall {
    let mut deciding = checks.iter().filter(|check| check.id != CheckId::V9);
    if deciding.clone().all(|check| check.outcome == Outcome::Pass) {
        return Overall::Verified;
    }
    // Half an answer may not show what would speak for the project.
    let is_partial = facts.project.as_ref().is_ok_and(ProjectFacts::is_partial);
    match deciding.any(|check| check.outcome == Outcome::Fail) && !is_partial {
        true => Overall::NotYet,
        false => Overall::Unverified,
    }
}

fn coverage(facts: &DestinationFacts, checks: &[Check]) -> Coverage {
    let scope = checks.iter().find(|check| check.id == CheckId::V9).map(|check| check.outcome);
    match scope {
        Some(Outcome::Pass) if facts.stays.is_empty() => Coverage::Full,
        Some(Outcome::Pass | Outcome::Fail) => Coverage::Partial,
        Some(Outcome::Unknown) | None => Coverage::Unknown,
    }
}

/// What the bot found out itself, or what staff say instead.
fn attested(facts: &DestinationFacts, id: CheckId, found: Found) -> Found {
    let may = match found.outcome {
        Outcome::Pass => false,
        Outcome::Fail => id.yields_to_staff(),
        Outcome::Unknown => true,
    };
    match facts.attested.get(&id).filter(|_| may) {
        None => found,
        Some(attestation) => Found {
            outcome: Outcome::Pass,
            reason: format!(
                "{} has seen it; the bot itself: {}",
                inline(attestation.by.as_str()),
                found.reason
            ),
            evidence: Evidence::Elsewhere(attestation.link.clone()),
            is_attested: true,
        },
    }
}

fn notes(facts: &DestinationFacts, rules: &Rules) -> Vec<String> {
    let mut notes = Vec::new();
    match (&facts.project, facts.reader) {
        (Ok(project), _) if !project.path.eq_ignore_ascii_case(&facts.path) => {
            notes.push(format!(
                "It has another path now, {}; correct it in the description.",
                inline(&project.path)
            ));
        }
        (Ok(project), Reader::Anonymous) if project.is_partial() => {
            notes.push(
                "Its GitLab was asked without a token and leaves out much of what is checked; \
                 staff can attest it with a link."
                    .to_owned(),
            );
        }
        _ => {}
    }
    if let Ok(import) = &facts.import {
        notes.extend(accuracy_note(import, &rules.imports));
    }
    notes
}

/// The project, or that a check can't be made without it.
fn read(facts: &DestinationFacts) -> Result<&ProjectFacts, Found> {
    facts.project.as_ref().map_err(|why| match facts.reader {
        Reader::NotListed => Found::unknown("its host is not listed, so nothing was asked"),
        Reader::SignedIn | Reader::Anonymous => Found::unknown(format!("the project: {why}")),
    })
}
