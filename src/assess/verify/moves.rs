//! A move with several destinations: the primary decides, the others are counted.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::super::Rules;
use super::{DestinationFacts, Overall, Verdict, verify};

/// The judgement on a move.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoveVerdict {
    /// That of the primary destination.
    pub overall: Overall,
    /// How many destinations are verified.
    pub verified: usize,
    /// Each destination once, the primary first.
    pub destinations: Vec<Verdict>,
    /// When it was judged.
    pub at: Timestamp,
}

/// Judges a move. The first destination marked so is the primary, else the first. One that is named
/// twice, under two paths perhaps, counts once.
pub fn verify_move(
    destinations: &[DestinationFacts],
    rules: &Rules,
    now: Timestamp,
) -> MoveVerdict {
    let primary = destinations.iter().position(|one| one.is_primary).unwrap_or(0);
    let mut verdicts: Vec<(bool, Verdict)> = destinations
        .iter()
        .enumerate()
        .map(|(index, facts)| (index == primary, verify(facts, rules, now)))
        .collect();
    verdicts.sort_by_key(|(is_primary, _)| !is_primary);
    let mut seen = BTreeSet::new();
    let destinations: Vec<Verdict> = verdicts
        .into_iter()
        .map(|(is_primary, verdict)| Verdict { is_primary, ..verdict })
        .filter(|verdict| {
            let name = verdict
                .project
                .map_or_else(|| verdict.path.to_lowercase(), |number| format!("#{number}"));
            seen.insert((verdict.host.clone(), name))
        })
        .collect();
    MoveVerdict {
        overall: destinations.first().map_or(Overall::Unverified, |verdict| verdict.overall),
        verified: destinations.iter().filter(|one| one.overall == Overall::Verified).count(),
        destinations,
        at: now,
    }
}
