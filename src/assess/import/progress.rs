//! Numbers of an import. A number that is not there is not zero.

use serde::Serialize;

use super::super::ImportRules;
use crate::model::{ImportState, ImportStats, ImportStatus};
use crate::tracker::safe::inline;

/// One kind of object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KindProgress {
    /// GitLab's word for it: `pull_request`.
    pub kind: String,
    /// Found in the source so far.
    pub fetched: u64,
    /// Brought over so far; absent when GitLab gives no number.
    pub imported: Option<u64>,
}

/// All kinds of objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// In the order of their words.
    pub kinds: Vec<KindProgress>,
    /// Found in the source so far, of any kind.
    pub fetched: u64,
    /// Brought over so far, of any kind with a number; never more than was found.
    pub imported: u64,
    /// Whether a kind has no number, so that more may have been brought over.
    pub is_lower_bound: bool,
}

/// How much of what was found came over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Accuracy {
    /// Found in the source.
    pub fetched: u64,
    /// Brought over.
    pub imported: u64,
    /// In tenths of a hundredth, rounded down: 1000 is all.
    pub permille: u64,
    /// Whether that is as much as is expected.
    pub is_enough: bool,
}

impl Progress {
    /// Of GitLab's numbers; absent when nothing was found, or nothing is known.
    pub(super) fn of(stats: &ImportStats) -> Option<Self> {
        let kinds: Vec<KindProgress> = stats
            .fetched
            .iter()
            .map(|(kind, fetched)| KindProgress {
                kind: kind.clone(),
                fetched: *fetched,
                imported: stats.imported.get(kind).copied(),
            })
            .collect();
        let fetched = sum(kinds.iter().map(|one| one.fetched));
        // GitLab may count a repeated try twice: surplus of one kind does not make up for another.
        let imported = sum(kinds.iter().map(|one| one.imported.unwrap_or(0).min(one.fetched)));
        let is_lower_bound = kinds.iter().any(|one| one.imported.is_none() && one.fetched > 0);
        (fetched > 0).then_some(Self { kinds, fetched, imported, is_lower_bound })
    }

    /// Hundredths brought over, rounded down.
    pub fn percent(&self) -> u64 {
        permille(self.imported, self.fetched) / 10
    }

    /// Absent when numbers are missing that could make the difference.
    pub(super) fn accuracy(&self, percent_expected: u32) -> Option<Accuracy> {
        let (imported, fetched) = (self.imported, self.fetched);
        let is_enough =
            u128::from(imported) * 100 >= u128::from(fetched) * u128::from(percent_expected);
        let permille = permille(imported, fetched);
        let accuracy = Accuracy { fetched, imported, permille, is_enough };
        (is_enough || !self.is_lower_bound).then_some(accuracy)
    }
}

impl Accuracy {
    /// `97.4 %`
    pub fn words(&self) -> String {
        format!("{}.{} %", self.permille / 10, self.permille % 10)
    }
}

fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

fn permille(part: u64, whole: u64) -> u64 {
    let permille = u128::from(part) * 1000 / u128::from(whole.max(1));
    u64::try_from(permille).unwrap_or(u64::MAX)
}

/// One sentence about an import that is over; absent when there is nothing to say.
pub fn accuracy_note(status: &ImportStatus, rules: &ImportRules) -> Option<String> {
    if status.state != ImportState::Finished {
        return None;
    }
    let from = inline(status.import_type.value()?);
    let progress = status.stats.as_ref().and_then(Progress::of);
    let accuracy = progress.and_then(|progress| progress.accuracy(rules.accuracy_percent));
    Some(match accuracy {
        Some(accuracy) if accuracy.is_enough => {
            format!("Its import ({from}) brought over {} of what was found.", accuracy.words())
        }
        Some(accuracy) => format!(
            "Its import ({from}) brought over only {} of what was found; {} % are expected.",
            accuracy.words(),
            rules.accuracy_percent
        ),
        None => format!("It was imported ({from}); GitLab gives no numbers."),
    })
}
