//! Asks a GitLab everything that judging a destination needs, and no more.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use url::Url;

use crate::assess::Rules;
use crate::assess::import::ImportFacts;
use crate::assess::verify::{
    Attestation, CheckId, Cutover, DestinationFacts, Reader, Scope, SourceFacts, first_request,
    has_enough_commits, has_enough_pushers, has_enough_requests,
};
use crate::gitlab::GitLab;
use crate::model::{ImportState, Listed, ProjectId, Silence, Visibility};

/// A destination and what is known of it without asking its GitLab.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The GitLab it is on.
    pub host: Url,
    /// Its full path, as the tracker's issue has it.
    pub path: String,
    /// Its number, if it was learnt earlier.
    pub known_id: Option<ProjectId>,
    /// Whether the move stands and falls with it.
    pub is_primary: bool,
    /// Whether the move is a small one.
    pub is_small: bool,
    /// Whether staff left the move out of the count.
    pub is_excluded: bool,
    /// Other projects of the same tracker issue.
    pub own_projects: BTreeSet<ProjectId>,
    /// What was learnt of the place it comes from.
    pub source: Option<SourceFacts>,
    /// What has moved, by the tracker's issue.
    pub moved: BTreeSet<Scope>,
    /// What stays elsewhere.
    pub stays: BTreeSet<Scope>,
    /// What staff have seen themselves.
    pub attested: BTreeMap<CheckId, Attestation>,
}

/// Reads a destination; at most 37 reads, mostly three. Without a client for its host nothing
/// is asked. What can't be read is in the facts as such: this never fails.
pub async fn gather_destination(
    gitlab: Option<&GitLab>,
    destination: &Destination,
    cutover: Option<Cutover>,
    rules: &Rules,
    now: Timestamp,
) -> DestinationFacts {
    let mut facts = unasked(destination, cutover);
    let Some(gitlab) = gitlab else {
        return facts;
    };
    facts.reader = if gitlab.is_anonymous() { Reader::Anonymous } else { Reader::SignedIn };
    // The number survives a new name; without it a redirect would have to be followed.
    let name = destination.known_id.map_or_else(|| destination.path.clone(), |id| id.to_string());
    facts.project = gitlab.project_facts(&name).await.map_err(|error| error.silence());
    let Ok(project) = &facts.project else {
        return facts;
    };
    let asked = Asked { gitlab, project: project.id, rules };
    asked.work(&mut facts).await;
    asked.scopes(&mut facts, now).await;
    facts.import = gitlab.import_status(asked.project).await.map_err(|error| error.silence());
    facts
}

/// One project under the eyes of one client.
struct Asked<'a> {
    gitlab: &'a GitLab,
    project: ProjectId,
    rules: &'a Rules,
}

impl Asked<'_> {
    /// Merge requests; commits and pushes only where those don't suffice.
    async fn work(&self, facts: &mut DestinationFacts) {
        let Self { gitlab, project, rules } = *self;
        let (since, is_small) = (facts.cutover.map(|cutover| cutover.at), facts.is_small);
        facts.merged = gitlab
            .merged_requests(project, since, |read| {
                has_enough_requests(read, since, is_small, rules)
            })
            .await;
        if facts.cutover.is_none() && facts.merged.is_whole() {
            let first = first_request(&facts.merged.records, rules);
            facts.cutover = Cutover::of(None, None, first);
        }
        let Some(since) = facts.cutover.map(|cutover| cutover.at) else { return };
        if has_enough_requests(&facts.merged.records, Some(since), is_small, rules) {
            return;
        }
        let is_machine = |name: &str| rules.accounts.is_machine_name(name);
        facts.commits = gitlab
            .commits_since(project, since, is_machine, |read| {
                has_enough_commits(read, is_small, rules)
            })
            .await;
        facts.pushes = gitlab
            .pushes_since(project, since, |read| has_enough_pushers(read, is_small, rules))
            .await;
    }

    /// Only what is said to have moved.
    async fn scopes(&self, facts: &mut DestinationFacts, now: Timestamp) {
        let Self { gitlab, project, rules } = *self;
        let since = facts.cutover.map_or(Timestamp::UNIX_EPOCH, |cutover| cutover.at);
        if facts.moved.contains(&Scope::Ci) {
            let success = gitlab.first_success_since(project, since).await;
            facts.pipeline = success.map_err(|error| error.silence());
        }
        if facts.moved.contains(&Scope::Issues) {
            let lately = now.saturating_sub(rules.work.issue_age()).unwrap_or(now);
            facts.recent_issues = gitlab
                .issues_opened_since(project, lately, |read| {
                    read.iter().any(|issue| rules.accounts.person(issue.author.as_ref()).is_some())
                })
                .await;
            facts.oldest_issues = gitlab.oldest_issues(project).await;
        }
        if facts.moved.contains(&Scope::Wiki) {
            let pages = gitlab.wiki_pages(project).await;
            facts.wiki_pages = pages.map_err(|error| error.silence());
        }
    }
}

/// What is known without asking anybody.
fn unasked(destination: &Destination, cutover: Option<Cutover>) -> DestinationFacts {
    let Destination {
        host,
        path,
        known_id,
        is_primary,
        is_small,
        is_excluded,
        own_projects,
        source,
        moved,
        stays,
        attested,
    } = destination.clone();
    DestinationFacts {
        host,
        path,
        known_id,
        is_primary,
        reader: Reader::NotListed,
        project: Err(Silence::NotAsked),
        cutover,
        is_small,
        is_excluded,
        own_projects,
        merged: Listed::unread(Silence::NotAsked),
        commits: Listed::unread(Silence::NotAsked),
        pushes: Listed::unread(Silence::NotAsked),
        pipeline: Err(Silence::NotAsked),
        recent_issues: Listed::unread(Silence::NotAsked),
        oldest_issues: Listed::unread(Silence::NotAsked),
        wiki_pages: Err(Silence::NotAsked),
        import: Err(Silence::NotAsked),
        source,
        moved,
        stays,
        attested,
    }
}

/// Reads an import: one read, and a second one when it is over. The two moments are what the caller
/// has recorded at earlier looks.
pub async fn gather_import(
    gitlab: &GitLab,
    project: ProjectId,
    started_at: Option<Timestamp>,
    changed_at: Option<Timestamp>,
) -> ImportFacts {
    let status = gitlab.import_status(project).await.map_err(|error| error.silence());
    let is_over = status.as_ref().is_ok_and(|status| status.state == ImportState::Finished);
    let visibility: Option<Visibility> = match is_over {
        false => None,
        true => {
            let told = gitlab.project_facts(&project.to_string()).await;
            told.ok().and_then(|project| project.visibility.value().copied())
        }
    };
    ImportFacts { status, visibility, started_at, changed_at }
}
