//! An intake in lines for people.

use super::Proposed;
use crate::tracker::intake::{
    Collaborator, Commitment, Intake, Priority, QuickFacts, Request, Source, Wave, Wish,
};

/// Section by section, what is empty left out; at the end what is missing and what would be proposed.
pub(super) fn lines(intake: &Intake, proposed: &Proposed) -> Vec<String> {
    let mut report = Report::default();
    report.section("Sources", intake.sources.iter().map(source));
    report.section("Scope", intake.scope.iter().map(|part| part.as_str().to_owned()));
    report.section("Quick facts", facts(&intake.quick_facts));
    report.section("Goals", intake.goals.iter().cloned());
    let decision = [&intake.decision.text, &intake.decision.link];
    report.section("Decision", decision.into_iter().flatten().cloned());
    report.section("Collaborators", intake.collaborators.iter().map(collaborator));
    report.section("Support wanted", intake.support_wanted.iter().cloned());
    report.section("Requests", intake.requests.iter().map(request));
    report.section("Asked for without a link", intake.wishes.iter().map(wish));
    report.section("Commitments", intake.commitments.iter().map(commitment));
    report.section("Waves", intake.waves.iter().map(wave));
    let missing = intake.missing.iter().map(|one| format!("{}: {}", one.as_str(), one.sentence()));
    report.section("Missing", missing);
    let size = proposed.size.map(|size| format!("size {}", size.as_str()));
    let host = proposed.host.map(|host| format!("host {}", host.as_str()));
    report.section("Would be proposed", [size, host].into_iter().flatten());
    if intake.missing.is_empty() {
        report.lines.push("Nothing essential is missing.".to_owned());
    }
    report.lines
}

#[derive(Debug, Default)]
struct Report {
    lines: Vec<String>,
}

impl Report {
    fn section(&mut self, title: &str, entries: impl Iterator<Item = String>) {
        let mut entries = entries.peekable();
        if entries.peek().is_none() {
            return;
        }
        self.lines.push(title.to_owned());
        self.lines.extend(entries.map(|entry| format!("  {}", harmless(&entry))));
        self.lines.push(String::new());
    }
}

/// The parser lets no control character through; a terminal is not the place to rely on that.
fn harmless(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

/// The parts that are there, side by side.
fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn source(source: &Source) -> String {
    let what: Vec<&str> = source.what.iter().map(|part| part.as_str()).collect();
    let what = Some(what.join(" and ")).filter(|what| !what.is_empty());
    let moves = format!("moves: {}", source.moves.as_str());
    let destination = source.destination.as_ref().map(|to| format!("to {to}"));
    let details = joined([Some(source.kind.as_str().to_owned()), what, Some(moves), destination]);
    format!("{} ({details})", source.url)
}

fn facts(facts: &QuickFacts) -> impl Iterator<Item = String> {
    let named = [
        ("timeline", &facts.timeline),
        ("host", &facts.host),
        ("group", &facts.group),
        ("edition", &facts.edition),
        ("license", &facts.license),
        ("seeks profit", &facts.seeks_profit),
        ("foundation", &facts.foundation),
        ("contributors", &facts.contributors),
        ("repositories", &facts.repositories),
        ("open issues", &facts.open_issues),
        ("open merge requests", &facts.open_merge_requests),
        ("storage", &facts.storage),
        ("CI", &facts.ci),
        ("private repositories", &facts.private_repositories),
        ("sign-up constraints", &facts.sign_up_constraints),
        ("time zone", &facts.time_zone),
    ];
    named
        .into_iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}: {value}")))
}

fn collaborator(one: &Collaborator) -> String {
    let username = one.username.as_ref().map(|username| format!("@{username}"));
    joined([one.name.clone(), one.role.clone(), username])
}

fn request(one: &Request) -> String {
    let written = Some(format!("written {}", one.written)).filter(|_| is_renamed(one));
    let details = joined([one.note.clone(), written]);
    let details = if details.is_empty() { details } else { format!(": {details}") };
    format!("{} {}{details}", state(one.done, one.priority), one.reference)
}

/// Whether a reader of the text would not recognise the reference.
fn is_renamed(one: &Request) -> bool {
    let project = one.reference.split(['#', '!', '&']).next().unwrap_or_default();
    let name = project.rsplit('/').next().unwrap_or_default();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !one.written.split(|c: char| !is_word(c)).any(|word| word.eq_ignore_ascii_case(name))
}

fn wish(one: &Wish) -> String {
    format!("{} {}", state(one.done, one.priority), one.text)
}

fn state(done: bool, priority: Option<Priority>) -> String {
    let mark = if done { "[x]" } else { "[ ]" };
    format!("{mark} {}", priority.map_or("no priority", Priority::as_str))
}

fn commitment(one: &Commitment) -> String {
    let who = one.who.as_ref().map(|who| format!("{who}: ")).unwrap_or_default();
    let due = one.due.as_ref().map(|due| format!("due {due}"));
    let details = joined([due, one.state.clone()]);
    let details = if details.is_empty() { details } else { format!(" ({details})") };
    format!("{who}{}{details}", one.what)
}

fn wave(one: &Wave) -> String {
    let destination = one.destination.as_ref().map(|to| format!("to {to}"));
    joined([one.wave.clone(), one.date.clone(), one.source.clone(), destination])
}
