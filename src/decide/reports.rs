//! Which reports are due on an issue, and the comments that show those there are.

use sha2::{Digest as _, Sha256};

use crate::model::{Effect, Issue, Purpose, Report, ReportKind, WantedReport};
use crate::tracker::intake::{Intake, Moves, Source};
use crate::tracker::marker::effect_key;
use crate::workflow::Stage;

/// Digest of what a report of this kind is about, by the issue's text; `None` when the text names
/// nothing to report on.
pub fn subject(kind: ReportKind, intake: &Intake) -> Option<String> {
    let lines: Vec<String> = match kind {
        ReportKind::Readiness => {
            moving(intake).map(|one| format!("{} {}", one.url, one.kind.as_str())).collect()
        }
        ReportKind::Preflight => destination_group(intake).into_iter().collect(),
        ReportKind::Import | ReportKind::Fidelity | ReportKind::Verification => {
            journeys(intake).into_iter().map(|(from, to)| format!("{from} {to}")).collect()
        }
    };
    if lines.is_empty() {
        return None;
    }
    let digest = Sha256::digest(lines.join("\n").as_bytes());
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The sources that move, now or later, or of which nobody has said.
pub fn moving(intake: &Intake) -> impl Iterator<Item = &Source> {
    intake.sources.iter().filter(|source| source.moves != Moves::No)
}

/// Each source and where it goes: as the table of waves says, else as the table of sources does.
pub fn journeys(intake: &Intake) -> Vec<(String, String)> {
    let waves = intake.waves.iter().filter_map(|wave| {
        Some((wave.source.clone().unwrap_or_default(), wave.destination.clone()?))
    });
    let sources =
        moving(intake).filter_map(|one| Some((one.url.clone(), one.destination.clone()?)));
    let mut journeys: Vec<(String, String)> = Vec::new();
    for (from, to) in waves.chain(sources) {
        if !journeys.iter().any(|(_, known)| *known == to) {
            journeys.push((from, to));
        }
    }
    journeys
}

/// The group that the community moves into, as its text has it: a path or an address.
pub fn destination_group(intake: &Intake) -> Option<String> {
    let named = intake.quick_facts.group.clone();
    named.or_else(|| {
        let (_, to) = journeys(intake).into_iter().next()?;
        to.rsplit_once('/').map(|(group, _)| group.to_owned())
    })
}

/// The reports of a stage that are not there yet, or are about something else by now.
pub(super) fn due(stage: &Stage, intake: &Intake, known: &[Report]) -> Vec<WantedReport> {
    let is_due = |kind: ReportKind| {
        let Some(subject) = subject(kind, intake) else { return false };
        let known = known.iter().find(|report| report.kind == kind);
        known.is_none_or(|report| report.subject != subject)
    };
    let kinds = stage.reports.iter().copied().filter(|kind| is_due(*kind));
    kinds.map(|kind| WantedReport { kind, start: false }).collect()
}

/// One comment for each report, kept as the report is.
pub(super) fn comments(issue: &Issue, known: &[Report]) -> Vec<Effect> {
    let comment = |report: &Report| Effect::Comment {
        key: effect_key(issue.at, Purpose::Report.as_str(), report.kind.as_str()),
        purpose: Purpose::Report,
        body: report.body.clone(),
        // A report that an earlier database knew of may be there already.
        cause_at: issue.created_at,
        mirrors: true,
        internal: false,
    };
    known.iter().filter(|report| !report.body.is_empty()).map(comment).collect()
}
