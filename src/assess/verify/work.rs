//! V7: do people work there? Merge requests written on GitLab show it, or commits and pushes where a
//! project uses none.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::Rules;
use super::{DestinationFacts, Found, read};
use crate::model::{
    Account, Commit, Fingerprint, Listed, MergedRequest, Push, Silence, Told, UserId,
};

/// Pushes of one account bring commits of others when more than this share of a hundred is theirs.
const OTHERS_PERCENT: usize = 95;

/// V7.
pub(super) fn is_alive_with_people(facts: &DestinationFacts, rules: &Rules) -> Found {
    if let Err(unknown) = read(facts) {
        return unknown;
    }
    let since = facts.cutover.map(|cutover| cutover.at);
    let requests = Requests::of(&facts.merged.records, since, rules);
    let people = rules.work.people(facts.is_small);
    let needed = number(rules.work.merge_requests);
    let told = format!(
        "{} merged merge request(s) written here by {} person(s){}",
        requests.count,
        requests.authors.len(),
        since_words(since)
    );
    if requests.count >= needed && requests.authors.len() >= people {
        return Found::pass(told).at("/-/merge_requests?state=merged");
    }
    let told = format!("{told}; {needed} by {people} are needed");
    let direct = Direct::of(facts, rules);
    match direct {
        Direct::Enough { commits, pushers } => Found::pass(format!(
            "{commits} commits on the default branch, pushed by {pushers} person(s){}",
            since_words(since)
        ))
        .at("/-/commits"),
        Direct::LikeAScript => Found::unknown(format!(
            "{told}, and one account pushes what others wrote, as a mirroring script does; staff \
             look and attest with a link"
        ))
        .at("/activity"),
        Direct::TooFew { commits, pushers } => match requests.unclear(&facts.merged) {
            None => Found::fail(format!(
                "{told}, or {} commits with as many pushing ({commits} and {pushers} found)",
                rules.work.commits
            ))
            .at("/-/merge_requests?state=merged"),
            Some(why) => Found::unknown(format!("{told}, but {why}")),
        },
        Direct::Unknown(why) => {
            let why = requests.unclear(&facts.merged).unwrap_or(why);
            Found::unknown(format!("{told}, but {why}"))
        }
    }
}

/// When the first merge request that a person wrote on this GitLab was opened; for a list that is whole.
pub fn first_request(requests: &[MergedRequest], rules: &Rules) -> Option<Timestamp> {
    let native = requests.iter().filter(|request| {
        let is_native = request.imported == Told::Is(false) && request.merged_at.is_some();
        is_native && rules.accounts.person(request.author.as_ref()).is_some()
    });
    native.map(|request| request.created_at).min()
}

/// Whether these merge requests already show that people work there, so that no more need be read.
pub fn has_enough_requests(
    requests: &[MergedRequest],
    since: Option<Timestamp>,
    is_small: bool,
    rules: &Rules,
) -> bool {
    let native = Requests::of(requests, since, rules);
    let needed = number(rules.work.merge_requests);
    native.count >= needed && native.authors.len() >= rules.work.people(is_small)
}

/// The same for commits on the default branch since the cutover.
pub fn has_enough_commits(commits: &[Commit], is_small: bool, rules: &Rules) -> bool {
    let people = commits.iter().filter(|commit| !commit.by_machine);
    let writers: BTreeSet<&Fingerprint> = people.clone().map(|commit| &commit.author).collect();
    people.count() >= number(rules.work.commits) && writers.len() >= rules.work.people(is_small)
}

/// The same for pushes since the cutover.
pub fn has_enough_pushers(pushes: &[Push], is_small: bool, rules: &Rules) -> bool {
    pushers(pushes.iter(), rules).len() >= rules.work.people(is_small)
}

fn pushers<'a>(
    pushes: impl Iterator<Item = &'a Push>,
    rules: &'a Rules,
) -> BTreeMap<UserId, &'a Account> {
    pushes
        .filter(|push| push.imported != Told::Is(true))
        .filter_map(|push| rules.accounts.person(push.author.as_ref()))
        .map(|account| (account.id, account))
        .collect()
}

fn number(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn since_words(since: Option<Timestamp>) -> String {
    since.map_or_else(String::new, |at| format!(" since {}", at.strftime("%Y-%m-%d")))
}

/// Merge requests that people wrote on this GitLab.
#[derive(Debug, Default)]
struct Requests {
    count: usize,
    authors: BTreeSet<UserId>,
    /// Some that may have been imported; nobody can tell.
    maybe_imported: usize,
}

impl Requests {
    /// Counts each once. Who merged does not matter, only who wrote.
    fn of(requests: &[MergedRequest], since: Option<Timestamp>, rules: &Rules) -> Self {
        let mut found = Self::default();
        let mut seen = BTreeSet::new();
        for request in requests {
            let Some(merged_at) = request.merged_at else { continue };
            let Some(author) = rules.accounts.person(request.author.as_ref()) else { continue };
            if since.is_some_and(|since| merged_at < since) || !seen.insert(request.iid) {
                continue;
            }
            let is_native = match (&request.imported, since) {
                (Told::Is(imported), _) => !imported,
                // An import keeps the date, so what was opened since the cutover was opened here.
                (_, Some(since)) if request.created_at >= since => true,
                _ => {
                    found.maybe_imported += 1;
                    false
                }
            };
            if is_native {
                found.count += 1;
                found.authors.insert(author.id);
            }
        }
        found
    }

    /// Why there may be more than were counted; absent when there are none.
    fn unclear(&self, listed: &Listed<MergedRequest>) -> Option<String> {
        match listed.rest {
            Some(why) => Some(format!("not all merge requests were read: {why}")),
            None if self.maybe_imported > 0 => Some(format!(
                "for {} more its GitLab does not say whether they were imported",
                self.maybe_imported
            )),
            None => None,
        }
    }
}

/// What commits and pushes show.
#[derive(Debug)]
enum Direct {
    Enough { commits: usize, pushers: usize },
    TooFew { commits: usize, pushers: usize },
    LikeAScript,
    Unknown(String),
}

impl Direct {
    fn of(facts: &DestinationFacts, rules: &Rules) -> Self {
        let Some(since) = facts.cutover.map(|cutover| cutover.at) else {
            return Self::Unknown("nobody has said since when work counts".to_owned());
        };
        let commits: Vec<Commit> =
            facts.commits.records.iter().filter(|one| one.authored_at >= since).cloned().collect();
        let recent = facts.pushes.records.iter().filter(|push| push.at >= since);
        let accounts = pushers(recent, rules);
        let count = commits.iter().filter(|commit| !commit.by_machine).count();
        let has_commits = has_enough_commits(&commits, facts.is_small, rules);
        let has_pushers = accounts.len() >= rules.work.people(facts.is_small);
        if has_commits && has_pushers {
            let own: BTreeSet<Fingerprint> = accounts
                .values()
                .flat_map(|one| [one.name.as_str(), one.username.as_str()].map(Fingerprint::of))
                .collect();
            let is_of_others = |one: &&Commit| !one.by_machine && !own.contains(&one.author_name);
            let others = commits.iter().filter(is_of_others).count();
            return match accounts.len() == 1 && others * 100 > count * OTHERS_PERCENT {
                true => Self::LikeAScript,
                false => Self::Enough { commits: count, pushers: accounts.len() },
            };
        }
        let accounts = accounts.len();
        // One of the two known to its end and too short settles it.
        if (!has_commits && facts.commits.is_whole()) || (!has_pushers && facts.pushes.is_whole()) {
            return Self::TooFew { commits: count, pushers: accounts };
        }
        let why = facts.commits.rest.filter(|_| !has_commits).or(facts.pushes.rest);
        let why = why.unwrap_or(Silence::NotAsked);
        Self::Unknown(format!("not all commits and pushes were read: {why}"))
    }
}
