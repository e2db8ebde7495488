//! What a source holds, told by numbers. Each single thing is made up from its place in the row,
//! so that the source shows the same in every run, and an import brings the same over.

use super::repository::Identity;
use super::visibility::Visibility;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How much a source holds of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Numbers {
    /// People who wrote commits, issues and requests.
    pub contributors: u64,
    /// Commits of the default branch; an empty repository has none.
    pub commits: u64,
    /// Branches, the default one among them.
    pub branches: u64,
    /// Tags.
    pub tags: u64,
    /// Releases; the newest tags have one.
    pub releases: u64,
    /// Issues, open and closed.
    pub issues: u64,
    /// Open issues: the newest.
    pub open_issues: u64,
    /// Pull or merge requests in any state.
    pub pulls: u64,
    /// Open ones: the newest.
    pub open_pulls: u64,
    /// Merged ones: the oldest.
    pub merged_pulls: u64,
    /// Comments on issues and requests.
    pub comments: u64,
    /// Comments on lines of code.
    pub review_comments: u64,
    /// Reviews.
    pub reviews: u64,
    /// Labels.
    pub labels: u64,
    /// Milestones, all open.
    pub milestones: u64,
    /// Pages of the wiki.
    pub wiki_pages: u64,
}

/// A source as an importer reads it.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Full path over there.
    pub(super) path: String,
    pub(super) description: Option<String>,
    pub(super) visibility: Visibility,
    pub(super) default_branch: String,
    pub(super) licence: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) pushed_at: Timestamp,
    pub(super) files: BTreeMap<String, String>,
    pub(super) numbers: Numbers,
}

/// An issue or a request of a source; both share one row of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) number: u64,
    pub(super) is_pull: bool,
    /// Its place among its kind, from 1.
    pub(super) place: u64,
    pub(super) open: bool,
    pub(super) merged: bool,
    /// Number of the contributor, from 1.
    pub(super) author: u64,
    pub(super) created_at: Timestamp,
    /// When it was closed or merged.
    pub(super) closed_at: Option<Timestamp>,
}

impl Item {
    pub(super) fn title(&self) -> String {
        let kind = if self.is_pull { "Change" } else { "Problem" };
        format!("{kind} {} of old", self.number)
    }
}

impl Source {
    pub(super) fn is_empty(&self) -> bool {
        self.numbers.commits == 0
    }

    /// Time of the nth of so many, spread evenly over the source's life.
    fn time(&self, nth: u64, of: u64) -> Timestamp {
        let life = self.pushed_at.as_second().saturating_sub(self.created_at.as_second());
        let part = i128::from(life.max(0)) * i128::from(nth) / i128::from(of.max(1));
        let seconds = i64::try_from(part).unwrap_or(i64::MAX);
        self.created_at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(self.pushed_at)
    }

    /// All issues and requests, oldest first.
    pub(super) fn items(&self) -> impl DoubleEndedIterator<Item = Item> {
        (1..=self.last_number()).map(|number| self.item(number))
    }

    /// The highest number of an issue or request.
    pub(super) fn last_number(&self) -> u64 {
        self.numbers.issues.saturating_add(self.numbers.pulls)
    }

    fn item(&self, number: u64) -> Item {
        let Numbers { issues, pulls, open_issues, open_pulls, merged_pulls, .. } = self.numbers;
        let all = self.last_number();
        // Requests are spread evenly among the issues.
        let pulls_up_to = |number: u64| {
            let part = u128::from(number) * u128::from(pulls) / u128::from(all.max(1));
            u64::try_from(part).unwrap_or(pulls)
        };
        let so_far = pulls_up_to(number);
        let is_pull = so_far > pulls_up_to(number.saturating_sub(1));
        let place = if is_pull { so_far } else { number.saturating_sub(so_far) };
        let (of, open) = if is_pull { (pulls, open_pulls) } else { (issues, open_issues) };
        let open = place > of.saturating_sub(open);
        Item {
            number,
            is_pull,
            place,
            open,
            merged: is_pull && !open && place <= merged_pulls,
            author: place % self.numbers.contributors.max(1) + 1,
            created_at: self.time(number, all + 1),
            closed_at: (!open).then(|| self.time(number + 1, all + 1)),
        }
    }

    /// Login of a contributor, counted from 1.
    pub(super) fn login(&self, contributor: u64) -> String {
        let owner = self.path.split('/').next().unwrap_or_default();
        format!("{owner}-volunteer-{contributor}")
    }

    /// What stands in a contributor's commits.
    pub(super) fn identity(&self, contributor: u64) -> Identity {
        let login = self.login(contributor);
        Identity { name: format!("Volunteer {contributor}"), email: format!("{login}@example.org") }
    }

    /// The contributor that wrote the nth commit.
    pub(super) fn committer(&self, nth: u64) -> u64 {
        nth % self.numbers.contributors.max(1) + 1
    }

    /// How many commits a contributor wrote.
    pub(super) fn commits_of(&self, contributor: u64) -> u64 {
        let (commits, people) = (self.numbers.commits, self.numbers.contributors.max(1));
        let more = u64::from((contributor.saturating_sub(1)) < (commits + 1) % people);
        // Commits are numbered from 1: the first person misses number 0.
        let first = u64::from(contributor == 1);
        ((commits + 1) / people + more).saturating_sub(first)
    }

    /// Name of the nth commit, counted from 1.
    pub(super) fn sha(&self, nth: u64) -> String {
        let digest = Sha256::digest(format!("{}:{nth}", self.path).as_bytes());
        digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn commit_time(&self, nth: u64) -> Timestamp {
        self.time(nth, self.numbers.commits)
    }

    /// Names of the branches.
    pub(super) fn branches(&self) -> Vec<String> {
        let others = (2..=self.numbers.branches).map(|nth| format!("topic-{nth}"));
        let default = (!self.is_empty()).then(|| self.default_branch.clone());
        default.into_iter().chain(others).collect()
    }

    /// Names of the tags, oldest first, each with the number of its commit.
    pub(super) fn tags(&self) -> Vec<(String, u64)> {
        let Numbers { tags, commits, .. } = self.numbers;
        let commit = |nth: u64| (commits.saturating_mul(nth) / tags.max(1)).max(1);
        (1..=tags).map(|nth| (format!("v{nth}.0"), commit(nth))).collect()
    }

    /// The tags that have a release, oldest first.
    pub(super) fn releases(&self) -> Vec<(String, u64)> {
        let tags = self.tags();
        let skip = tags.len().saturating_sub(usize::try_from(self.numbers.releases).unwrap_or(0));
        tags.into_iter().skip(skip).collect()
    }

    /// Titles of labels.
    pub(super) fn labels(&self) -> Vec<String> {
        (1..=self.numbers.labels).map(|nth| format!("area-{nth}")).collect()
    }

    /// Titles of milestones.
    pub(super) fn milestones(&self) -> Vec<String> {
        (1..=self.numbers.milestones).map(|nth| format!("Release {nth}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(numbers: Numbers) -> Source {
        Source {
            path: "kiwi/paint".to_owned(),
            description: None,
            visibility: Visibility::Public,
            default_branch: "main".to_owned(),
            licence: None,
            created_at: "2015-01-01T00:00:00Z".parse().unwrap(),
            pushed_at: "2026-10-01T00:00:00Z".parse().unwrap(),
            files: BTreeMap::new(),
            numbers,
        }
    }

    #[test]
    fn a_source_holds_as_much_as_it_says() {
        for (issues, pulls, open_issues, open_pulls, merged_pulls) in
            [(0, 0, 0, 0, 0), (3, 0, 1, 0, 0), (0, 4, 0, 4, 0), (12, 8, 5, 2, 4), (5, 90, 9, 1, 99)]
        {
            let numbers = Numbers {
                issues,
                pulls,
                open_issues,
                open_pulls,
                merged_pulls,
                contributors: 3,
                ..Numbers::default()
            };
            let source = source(numbers);
            let items: Vec<Item> = source.items().collect();
            let count =
                |wanted: &dyn Fn(&&Item) -> bool| items.iter().filter(wanted).count() as u64;
            assert_eq!(count(&|item| item.is_pull), pulls);
            assert_eq!(count(&|item| !item.is_pull), issues);
            assert_eq!(count(&|item| !item.is_pull && item.open), open_issues.min(issues));
            assert_eq!(count(&|item| item.is_pull && item.open), open_pulls);
            assert_eq!(count(&|item| item.merged), merged_pulls.min(pulls - open_pulls));
            assert!(items.is_sorted_by_key(|item| item.created_at));
            assert!(items.iter().all(|item| item.closed_at.is_none() == item.open));
            assert!(items.iter().all(|item| (1..=3).contains(&item.author)));
        }
    }

    #[test]
    fn every_commit_has_one_contributor() {
        for (commits, contributors) in [(1, 1), (7, 3), (9, 3), (2, 5), (40, 40)] {
            let source = source(Numbers { commits, contributors, ..Numbers::default() });
            for contributor in 1..=contributors {
                let wrote = (1..=commits).filter(|nth| source.committer(*nth) == contributor);
                assert_eq!(wrote.count() as u64, source.commits_of(contributor), "{contributor}");
            }
        }
    }
}
