//! V9: has everything moved that is said to have?

use jiff::Timestamp;

use super::super::Rules;
use super::{CheckId, DestinationFacts, Found, Outcome, Scope, attested, read, work};
use crate::model::{OpenedIssue, Told};

/// V9.
pub(super) fn has_moved(facts: &DestinationFacts, rules: &Rules, now: Timestamp) -> Found {
    if let Err(unknown) = read(facts) {
        return unknown;
    }
    let moved = if facts.moved.is_empty() {
        vec![Scope::Code]
    } else {
        facts.moved.iter().copied().collect()
    };
    let evidence: Vec<(Scope, Outcome)> =
        moved.iter().map(|scope| (*scope, evidence(*scope, facts, rules, now))).collect();
    let of = |wanted: Outcome| -> Vec<&str> {
        let found = evidence.iter().filter(|(_, outcome)| *outcome == wanted);
        found.map(|(scope, _)| scope.word()).collect()
    };
    let (seen, missing, unclear) = (of(Outcome::Pass), of(Outcome::Fail), of(Outcome::Unknown));
    let mut parts = Vec::new();
    for (words, scopes) in [("seen", &seen), ("not seen", &missing), ("can't be seen", &unclear)] {
        if !scopes.is_empty() {
            parts.push(format!("{words}: {}", scopes.join(", ")));
        }
    }
    if !facts.stays.is_empty() {
        let stays: Vec<&str> = facts.stays.iter().map(|scope| scope.word()).collect();
        parts.push(format!("stays elsewhere: {}", stays.join(", ")));
    }
    let outcome = match (missing.is_empty(), unclear.is_empty()) {
        (false, _) => Outcome::Fail,
        (true, false) => Outcome::Unknown,
        (true, true) => Outcome::Pass,
    };
    Found::new(outcome, parts.join("; "))
}

fn evidence(scope: Scope, facts: &DestinationFacts, rules: &Rules, now: Timestamp) -> Outcome {
    match scope {
        Scope::Code => {
            attested(facts, CheckId::V7, work::is_alive_with_people(facts, rules)).outcome
        }
        Scope::Ci => match facts.pipeline {
            Ok(Some(_)) => Outcome::Pass,
            Ok(None) => Outcome::Fail,
            Err(_) => Outcome::Unknown,
        },
        Scope::Issues => issues(facts, rules, now),
        Scope::Wiki => match facts.wiki_pages {
            Ok(0) => Outcome::Fail,
            Ok(_) => Outcome::Pass,
            Err(_) => Outcome::Unknown,
        },
        // GitLab can be asked for packages and pages, but not whether they are the ones people use.
        Scope::Packages | Scope::Site => Outcome::Unknown,
    }
}

/// A person's issue of late, or imported ones, show that issues are kept here.
fn issues(facts: &DestinationFacts, rules: &Rules, now: Timestamp) -> Outcome {
    let since = now.saturating_sub(rules.work.issue_age()).unwrap_or(now);
    let is_native = |issue: &OpenedIssue| {
        issue.created_at >= since
            && issue.imported != Told::Is(true)
            && rules.accounts.person(issue.author.as_ref()).is_some()
    };
    let is_imported = |issue: &OpenedIssue| issue.imported == Told::Is(true);
    let (recent, oldest) = (&facts.recent_issues, &facts.oldest_issues);
    if recent.records.iter().any(is_native) || oldest.records.iter().any(is_imported) {
        return Outcome::Pass;
    }
    // Half a list without one says nothing about the other half.
    match recent.is_whole() && oldest.is_whole() {
        true => Outcome::Fail,
        false => Outcome::Unknown,
    }
}
