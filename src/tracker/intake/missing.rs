//! What an intake does not tell yet, of what the first stages need.

use serde::Serialize;

use super::{Intake, propose_host};

/// An essential that is not given.
///
/// The first stage ends with an address and a person to talk to; the second with goals, the quick facts
/// on which size, host and program hang, and a word on who decides. The rest may come later, and nobody
/// is asked for it here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// No place where the project lives today.
    Source,
    /// Nobody with a username.
    Contact,
    /// No goals.
    Goals,
    /// Not where to; "undecided" is an answer.
    Host,
    /// No licence.
    License,
    /// No number of contributors.
    Contributors,
    /// Nothing on who decides.
    Decision,
}

impl Missing {
    /// All of them, in the order in which they are asked for.
    pub const ALL: [Self; 7] = [
        Self::Source,
        Self::Contact,
        Self::Goals,
        Self::Host,
        Self::License,
        Self::Contributors,
        Self::Decision,
    ];

    /// The stable word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Contact => "contact",
            Self::Goals => "goals",
            Self::Host => "host",
            Self::License => "license",
            Self::Contributors => "contributors",
            Self::Decision => "decision",
        }
    }

    /// What is asked for and where to write it, for a list that begins with "We did not find:".
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Source => {
                "where your project lives today: one address under *Source locations* will do."
            }
            Self::Contact => {
                "one person we may talk to: a name and a GitLab username under *Collaborators*. \
                 Your own is fine."
            }
            Self::Goals => "what should be better afterwards: a line or two under *Goals*.",
            Self::Host => {
                "where you would like to go: `gitlab.com`, an instance of your own, or \"undecided\", \
                 behind *Host* in the *Quick facts*."
            }
            Self::License => {
                "your licence, behind *License* in the *Quick facts*; the open source program asks for it."
            }
            Self::Contributors => {
                "how many people contributed in the last 12 months; an estimate behind *Contributors* \
                 in the *Quick facts* is enough."
            }
            Self::Decision => {
                "who decides about the move and by when, under *Decision*. \"Not yet clear\" helps, too."
            }
        }
    }

    fn is_missing(self, intake: &Intake) -> bool {
        match self {
            Self::Source => intake.sources.is_empty(),
            Self::Contact => intake.collaborators.iter().all(|one| one.username.is_none()),
            Self::Goals => intake.goals.is_empty(),
            // An edition may say it, or the address of the group.
            Self::Host => intake.quick_facts.host.is_none() && propose_host(intake).is_none(),
            Self::License => intake.quick_facts.license.is_none(),
            Self::Contributors => intake.quick_facts.contributor_count().is_none(),
            Self::Decision => !intake.decision.is_given(),
        }
    }
}

/// What this intake lacks.
pub(super) fn of(intake: &Intake) -> Vec<Missing> {
    Missing::ALL.into_iter().filter(|one| one.is_missing(intake)).collect()
}
