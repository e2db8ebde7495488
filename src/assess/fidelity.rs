//! Both sides of a move, counted and compared.

mod show;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use show::{markdown, plain};

use crate::model::{Countable, Counts, Silence};

/// What the source has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceCounts {
    /// As the source counts.
    pub counts: Counts,
    /// Whether pull requests are among the issues, as in GitHub's own numbers.
    pub issues_hold_requests: bool,
}

/// Why two different numbers may both be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Explanation {
    /// The source counts pull requests among its issues.
    RequestsAmongIssues,
    /// GitHub's importer makes a branch for each open pull request from a fork.
    BranchesOfRequests,
    /// Some were closed, merged or opened again since; together none is missing.
    StateChanged,
    /// What was made since the import counts too.
    MadeSince,
}

impl Explanation {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::RequestsAmongIssues => "the source counts pull requests as issues",
            Self::BranchesOfRequests => "the import made branches for open pull requests",
            Self::StateChanged => "some were closed, merged or reopened since; none is missing",
            Self::MadeSince => "more was made here since",
        }
    }
}

/// What two numbers say about each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// They are equal.
    Same,
    /// They differ, and nothing need be missing.
    Explained(Explanation),
    /// So many are missing in the destination.
    Missing(u64),
    /// One of them is not known.
    Unknown,
    /// Nobody asked for one of them.
    NotCompared,
}

/// One kind of thing on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Which.
    pub kind: Countable,
    /// In the source, as it counts.
    #[serde(serialize_with = "number_or_why")]
    pub source: Result<u64, Silence>,
    /// In the destination.
    #[serde(serialize_with = "number_or_why")]
    pub destination: Result<u64, Silence>,
    /// Destination less source; absent when one of them is not known.
    pub difference: Option<i64>,
    /// What that says.
    pub comparison: Comparison,
}

/// What all rows say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// Nothing is missing.
    Complete,
    /// Something is.
    Missing,
    /// Nothing is known to be missing, but not all is known.
    Unknown,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fidelity {
    /// One for each kind that either side was asked for.
    pub rows: Vec<Row>,
    /// What they say.
    pub agreement: Agreement,
}

/// Compares both sides.
pub fn fidelity(source: &SourceCounts, destination: &Counts) -> Fidelity {
    let sides = Sides { source, destination };
    let asked = Countable::ALL
        .into_iter()
        .filter(|kind| source.counts.contains_key(kind) || destination.contains_key(kind));
    let rows: Vec<Row> = asked.map(|kind| sides.row(kind)).collect();
    let has = |wanted: fn(&Comparison) -> bool| rows.iter().any(|row| wanted(&row.comparison));
    let is_known = has(|one| !matches!(one, Comparison::Unknown | Comparison::NotCompared));
    let agreement = if has(|one| matches!(one, Comparison::Missing(_))) {
        Agreement::Missing
    } else if !is_known || has(|one| matches!(one, Comparison::Unknown)) {
        Agreement::Unknown
    } else {
        Agreement::Complete
    };
    Fidelity { rows, agreement }
}

struct Sides<'a> {
    source: &'a SourceCounts,
    destination: &'a Counts,
}

/// Kinds that turn into each other while people work.
const STATES: [&[Countable]; 2] = [
    &[Countable::OpenIssues, Countable::ClosedIssues],
    &[Countable::OpenRequests, Countable::ClosedRequests, Countable::MergedRequests],
];

impl Sides<'_> {
    fn row(&self, kind: Countable) -> Row {
        let (source, destination) = (of(&self.source.counts, kind), of(self.destination, kind));
        let difference = match (source, destination) {
            (Ok(source), Ok(destination)) => Some(difference(destination, source)),
            _ => None,
        };
        Row { kind, source, destination, difference, comparison: self.compare(kind) }
    }

    fn compare(&self, kind: Countable) -> Comparison {
        let told = of(&self.source.counts, kind);
        let (source, destination) = match (self.comparable(kind), of(self.destination, kind)) {
            (Ok(source), Ok(destination)) => (source, destination),
            (Err(Silence::NotAsked), _) | (_, Err(Silence::NotAsked)) => {
                return Comparison::NotCompared;
            }
            _ => return Comparison::Unknown,
        };
        if source == destination {
            return match told == Ok(source) {
                true => Comparison::Same,
                false => Comparison::Explained(Explanation::RequestsAmongIssues),
            };
        }
        if destination > source {
            let open = of(&self.source.counts, Countable::OpenRequests).unwrap_or(0);
            let is_branches = kind == Countable::Branches && destination - source <= open;
            return Comparison::Explained(match is_branches {
                true => Explanation::BranchesOfRequests,
                false => Explanation::MadeSince,
            });
        }
        match self.has_all_states(kind) {
            true => Comparison::Explained(Explanation::StateChanged),
            false => Comparison::Missing(source - destination),
        }
    }

    /// The source's number in the destination's terms.
    fn comparable(&self, kind: Countable) -> Result<u64, Silence> {
        let told = of(&self.source.counts, kind)?;
        let others: &[Countable] = match kind {
            _ if !self.source.issues_hold_requests => &[],
            Countable::OpenIssues => &[Countable::OpenRequests],
            Countable::ClosedIssues => &[Countable::ClosedRequests, Countable::MergedRequests],
            _ => &[],
        };
        let mut number = told;
        for other in others {
            // Asked for after all: without it this number says nothing.
            let requests = of(&self.source.counts, *other).map_err(|why| match why {
                Silence::NotAsked => Silence::Later,
                why => why,
            })?;
            number = number.saturating_sub(requests);
        }
        Ok(number)
    }

    /// Whether, over all states, the destination has at least as many as the source.
    fn has_all_states(&self, kind: Countable) -> bool {
        let Some(states) = STATES.iter().find(|states| states.contains(&kind)) else {
            return false;
        };
        let total = |number: &dyn Fn(Countable) -> Result<u64, Silence>| -> Result<u64, Silence> {
            states.iter().try_fold(0_u64, |sum, state| Ok(sum.saturating_add(number(*state)?)))
        };
        let source = total(&|state| self.comparable(state));
        let destination = total(&|state| of(self.destination, state));
        matches!((source, destination), (Ok(source), Ok(destination)) if destination >= source)
    }
}

fn of(counts: &Counts, kind: Countable) -> Result<u64, Silence> {
    counts.get(&kind).copied().unwrap_or(Err(Silence::NotAsked))
}

fn difference(destination: u64, source: u64) -> i64 {
    i64::try_from(i128::from(destination) - i128::from(source)).unwrap_or(i64::MAX)
}

/// A number, or the word for why there is none.
fn number_or_why<S: serde::Serializer>(
    number: &Result<u64, Silence>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match number {
        Ok(number) => serializer.serialize_u64(*number),
        Err(why) => why.serialize(serializer),
    }
}
