//! The numbers and lists by which facts are judged; people change them in `verify.yaml`.

use jiff::SignedDuration;

use super::{AccountRules, LicenceRules};

/// Everything that is judged by.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    /// How much work shows that people are there.
    pub work: WorkRules,
    /// Which places are no destinations.
    pub places: PlaceRules,
    /// Which accounts are people.
    pub accounts: AccountRules,
    /// Which licences are open.
    pub licences: LicenceRules,
    /// What is expected of an import.
    pub imports: ImportRules,
    /// What the program for open source asks.
    pub program: ProgramRules,
}

/// How much work since the cutover shows that people are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkRules {
    /// Merged merge requests that were written on GitLab.
    pub merge_requests: u32,
    /// People who wrote them, or who commit and push.
    pub developers: u32,
    /// The same for a small project.
    pub developers_small: u32,
    /// Commits on the default branch, for projects without merge requests.
    pub commits: u32,
    /// Days for which an issue shows that issues are kept here.
    pub issue_days: u32,
    /// Days by which the source's newest push may be younger than the newest work here.
    pub source_lead_days: u32,
}

/// Full paths of projects and groups; a group stands for everything in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceRules {
    /// Where imports are tried out.
    pub test_groups: Vec<String>,
    /// Projects that were made from a template.
    pub templates: Vec<String>,
    /// Mirrors of a community's old home: what was forked from them is no fork of strangers.
    pub old_mirrors: Vec<String>,
}

/// What is expected of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportRules {
    /// Hours without any change after which it is stuck.
    pub stuck_hours: u32,
    /// Hours after which it takes too long.
    pub overdue_hours: u32,
    /// How many percent of what was found must have been brought over.
    pub accuracy_percent: u32,
    /// Seconds between two looks while something changes, 60 or more.
    pub poll_seconds: u32,
    /// Minutes between two looks at most.
    pub poll_minutes_at_most: u32,
}

/// What the program for open source asks of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramRules {
    /// Projects that need not be public.
    pub private_projects: u32,
}

impl Default for WorkRules {
    fn default() -> Self {
        Self {
            merge_requests: 3,
            developers: 2,
            developers_small: 1,
            commits: 10,
            issue_days: 60,
            source_lead_days: 7,
        }
    }
}

impl WorkRules {
    /// How many people are needed.
    pub fn people(&self, is_small: bool) -> usize {
        let needed = if is_small { self.developers_small } else { self.developers };
        usize::try_from(needed).unwrap_or(usize::MAX)
    }

    pub(super) fn source_lead(&self) -> SignedDuration {
        days(self.source_lead_days)
    }

    /// For how long an issue shows that issues are kept here.
    pub fn issue_age(&self) -> SignedDuration {
        days(self.issue_days)
    }
}

fn days(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

impl Default for ImportRules {
    fn default() -> Self {
        Self {
            stuck_hours: 6,
            overdue_hours: 24,
            accuracy_percent: 90,
            poll_seconds: 60,
            poll_minutes_at_most: 15,
        }
    }
}

impl Default for ProgramRules {
    fn default() -> Self {
        Self { private_projects: 1 }
    }
}

impl PlaceRules {
    pub(super) fn is_listed(list: &[String], path: &str) -> bool {
        let path = path.to_lowercase();
        list.iter().any(|place| {
            let place = place.trim_matches('/').to_lowercase();
            let rest = path.strip_prefix(&place);
            !place.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_stands_for_what_is_in_it_and_not_for_what_begins_alike() {
        let list = ["kiwi/rehearsal".to_owned(), "/Sandbox/".to_owned(), String::new()];
        for (path, expect) in [
            ("kiwi/rehearsal", true),
            ("kiwi/rehearsal/paint", true),
            ("KIWI/Rehearsal/paint", true),
            ("sandbox/x", true),
            ("kiwi/rehearsals/paint", false),
            ("kiwi/paint", false),
            ("x/kiwi/rehearsal", false),
        ] {
            assert_eq!(PlaceRules::is_listed(&list, path), expect, "{path}");
        }
    }
}
