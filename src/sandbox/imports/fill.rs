//! What a finished import leaves in the project: all that the source holds, but for the losses.

use super::{Import, Origin};
use crate::sandbox::files::File;
use crate::sandbox::issues::Issue;
use crate::sandbox::labels::Label;
use crate::sandbox::merge_requests::{MergeRequest, MergeState};
use crate::sandbox::milestones::Milestone;
use crate::sandbox::releases::Release;
use crate::sandbox::repository::{Commit, Repository, Tag};
use crate::sandbox::source::{Item, Source};
use crate::sandbox::wire::Outcome;
use crate::sandbox::world::World;
use std::collections::BTreeMap;

impl World {
    /// Fills a project from its source. No webhook tells of it, and its activity stays empty.
    pub(super) fn fill(&mut self, project: u64) -> Outcome<()> {
        let Some(import) = self.project(project)?.import.clone() else {
            return Ok(());
        };
        let people = self.people(project, &import)?;
        self.fill_texts(project, &import)?;
        self.fill_issues(project, &import, &people)?;
        let kept = |count: u64, kind: &str| {
            usize::try_from(count.saturating_sub(import.lost(kind))).unwrap_or(0)
        };
        let numbers = &import.source.numbers;
        let mut repository = history(&import.source);
        let releases = import.source.releases().into_iter().take(kept(numbers.releases, "release"));
        repository.releases = releases
            .map(|(tag, commit)| Release {
                name: tag.clone(),
                tag,
                description: String::new(),
                author: import.user,
                created_at: import.source.commit_time(commit),
                released_at: import.source.commit_time(commit),
            })
            .collect();
        let (now, milestones) = (self.clock.now(), import.source.milestones());
        let milestones: Vec<Milestone> = milestones
            .into_iter()
            .take(kept(numbers.milestones, "milestone"))
            .zip(1..)
            .map(|(title, iid)| Milestone {
                id: self.next_id(),
                iid,
                title,
                active: true,
                created_at: now,
            })
            .collect();
        let here = self.project_mut(project)?;
        here.milestones = milestones;
        here.repository = repository;
        here.licence.clone_from(&import.source.licence);
        here.wiki_pages = (1..=numbers.wiki_pages).map(|nth| format!("Page {nth}")).collect();
        Ok(())
    }

    /// Accounts of the contributors, in their order.
    fn people(&mut self, project: u64, import: &Import) -> Outcome<Vec<u64>> {
        let namespace = self.project(project)?.namespace;
        let limit = import.placeholder_limit;
        let all = 1..=import.source.numbers.contributors.max(1);
        all.map(|contributor| {
            let login = import.source.login(contributor);
            self.stand_in(namespace, import.origin, &login, limit)
        })
        .collect()
    }

    fn fill_texts(&mut self, project: u64, import: &Import) -> Outcome<()> {
        let now = self.clock.now();
        let lost = usize::try_from(import.lost("label")).unwrap_or(usize::MAX);
        let titles = import.source.labels();
        let kept = titles.len().saturating_sub(lost);
        for title in titles.into_iter().take(kept) {
            let label = Label {
                id: self.next_id(),
                title,
                color: "#6699cc".to_owned(),
                description: String::new(),
                created_at: now,
                updated_at: now,
            };
            self.project_mut(project)?.labels.push(label);
        }
        let files = import.source.files.iter();
        self.project_mut(project)?.files = files
            .map(|(path, text)| (path.clone(), File { content: text.clone().into_bytes() }))
            .collect();
        Ok(())
    }

    fn fill_issues(&mut self, project: u64, import: &Import, people: &[u64]) -> Outcome<()> {
        let source = &import.source;
        let requests =
            if import.origin == Origin::Github { "pull_request" } else { "merge_request" };
        let last_issue = source.numbers.issues.saturating_sub(import.lost("issue"));
        let last_pull = source.numbers.pulls.saturating_sub(import.lost(requests));
        let known_merges =
            source.numbers.merged_pulls.saturating_sub(import.lost("pull_request_merged_by"));
        let labels: Vec<u64> = self.project(project)?.labels.iter().map(|label| label.id).collect();
        let author = |contributor: u64| {
            let place = usize::try_from(contributor).unwrap_or(0).saturating_sub(1);
            people.get(place).copied().unwrap_or(import.user)
        };
        for item in source.items() {
            let id = self.next_id();
            let by = author(item.author);
            let here = self.project_mut(project)?;
            // Both kinds keep the numbers they had.
            if item.is_pull && item.place <= last_pull {
                let merger = (item.place <= known_merges).then(|| author(1));
                let request = request(import, &item, id, by, merger);
                here.merge_requests.insert(item.number, request);
            } else if !item.is_pull && item.place <= last_issue {
                let mut issue = issue(import.origin, &item, id, by);
                let nth = usize::try_from(item.place).unwrap_or(0) % labels.len().max(1);
                issue.labels.extend(labels.get(nth));
                here.issues.insert(item.number, issue);
            }
        }
        Ok(())
    }
}

fn issue(origin: Origin, item: &Item, id: u64, author: u64) -> Issue {
    Issue {
        id,
        iid: item.number,
        title: item.title(),
        description: String::new(),
        open: item.open,
        author,
        assignees: Vec::new(),
        labels: Vec::new(),
        confidential: false,
        discussion_locked: None,
        issue_type: "issue".to_owned(),
        created_at: item.created_at,
        updated_at: item.closed_at.unwrap_or(item.created_at),
        updated_by: None,
        closed_at: item.closed_at,
        closed_by: item.closed_at.map(|_| author),
        moved_to: None,
        origin,
        label_events: Vec::new(),
        notes: Vec::new(),
    }
}

/// A merge whose merger was lost has no time either.
fn request(
    import: &Import,
    item: &Item,
    id: u64,
    author: u64,
    merger: Option<u64>,
) -> MergeRequest {
    let (state, merged_by, closed_at) = match (item.open, item.merged) {
        (true, _) => (MergeState::Opened, None, None),
        (false, true) => (MergeState::Merged, merger, None),
        (false, false) => (MergeState::Closed, None, item.closed_at),
    };
    MergeRequest {
        id,
        iid: item.number,
        title: item.title(),
        state,
        author,
        source_branch: format!("github/fork/topic-{}", item.number),
        target_branch: import.source.default_branch.clone(),
        created_at: item.created_at,
        updated_at: item.closed_at.unwrap_or(item.created_at),
        merged_at: merged_by.and(item.closed_at),
        merged_by,
        closed_at,
        closed_by: closed_at.map(|_| author),
        origin: import.origin,
        sha: import.source.sha(item.number),
    }
}

/// Commits, branches and tags; commits keep their authors and days.
fn history(source: &Source) -> Repository {
    let commits: Vec<Commit> = (1..=source.numbers.commits)
        .map(|nth| {
            let author = source.identity(source.committer(nth));
            Commit {
                sha: source.sha(nth),
                parent: (nth > 1).then(|| source.sha(nth - 1)),
                title: format!("Commit {nth}"),
                committer: author.clone(),
                author,
                at: source.commit_time(nth),
                merge: nth % 7 == 0,
                branch: source.default_branch.clone(),
            }
        })
        .collect();
    let head = commits.last().map(|commit| commit.sha.clone());
    let branches: BTreeMap<String, String> = head
        .iter()
        .flat_map(|head| source.branches().into_iter().map(|b| (b, head.clone())))
        .collect();
    let tags = source.tags().into_iter().map(|(name, commit)| Tag {
        message: Some(name.clone()),
        name,
        sha: source.sha(commit),
        at: source.commit_time(commit),
    });
    Repository {
        default_branch: source.default_branch.clone(),
        tags: if commits.is_empty() { Vec::new() } else { tags.collect() },
        commits,
        branches,
        releases: Vec::new(),
    }
}
