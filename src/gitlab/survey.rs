//! Reads of a destination: the project, the work done in it, its size, its import.
//!
//! None writes, so that they may go to another GitLab than the tracker's. Lists end early, and say so:
//! a part of one is never handed out as the whole.

use gitlab::api::common::NameOrId;
use gitlab::api::projects;
use jiff::{SignedDuration, Timestamp};

use super::reading::Reading;
use super::{GitLab, Result, built, shape};
use crate::model::{
    Commit, Countable, Counts, GroupFacts, ImportStatus, Listed, MergedRequest, NamespaceKind,
    OpenedIssue, ProjectFacts, ProjectId, Push, Told,
};

/// Pages (100 records each) read of a list of merge requests, commits or pushes.
const WORK_PAGES: usize = 10;
/// Pages of a group's projects.
const PROJECT_PAGES: usize = 10;
/// Pages of a list that has to be counted because GitLab doesn't.
const COUNT_PAGES: usize = 50;

impl GitLab {
    /// A project with its licence, by its full path or its number.
    ///
    /// # Errors
    /// Any [`GitlabError`](super::GitlabError) of a read; [`UnexpectedRedirect`](super::GitlabError::UnexpectedRedirect) when the path is an old
    /// one.
    pub async fn project_facts(&self, path_or_id: &str) -> Result<ProjectFacts> {
        let project = projects::Project::builder().project(path_or_id).license(true).build();
        self.ask::<shape::ProjectFacts>(built(project)?, "a project").await.map(Into::into)
    }

    /// A group by its full path.
    ///
    /// # Errors
    /// Any [`GitlabError`](super::GitlabError) of a read.
    pub async fn group_facts(&self, path: &str) -> Result<GroupFacts> {
        let group =
            Reading::of(format!("groups/{}", NameOrId::from(path))).with("with_projects", "false");
        self.ask::<shape::GroupFacts>(group, "a group").await.map(Into::into)
    }

    /// What a namespace is: a group, or somebody's own.
    ///
    /// # Errors
    /// Any [`GitlabError`](super::GitlabError) of a read.
    pub async fn namespace_kind(&self, path: &str) -> Result<Told<NamespaceKind>> {
        let namespace = Reading::of(format!("namespaces/{}", NameOrId::from(path)));
        self.ask::<shape::Namespace>(namespace, "a namespace").await.map(shape::Namespace::kind)
    }

    /// The projects of a group and of the groups below it, archived ones included and those shared
    /// with it left out. Their licence is not among what a list tells.
    pub async fn group_projects(&self, group: u64) -> Listed<ProjectFacts> {
        let projects = Reading::of(format!("groups/{group}/projects"))
            .with("include_subgroups", "true")
            .with("with_shared", "false")
            .with("order_by", "id")
            .with("sort", "asc");
        let listed = self
            .list_enough::<shape::ProjectFacts>(projects, PROJECT_PAGES, "projects", |_| false)
            .await;
        distinct(listed.map(ProjectFacts::from), |project| project.id)
    }

    /// Merge requests merged at this time or later, or ever, newest first; no more than needed to
    /// be `enough`.
    pub async fn merged_requests(
        &self,
        project: ProjectId,
        since: Option<Timestamp>,
        enough: impl Fn(&[MergedRequest]) -> bool,
    ) -> Listed<MergedRequest> {
        let mut requests = Reading::in_project(project, "merge_requests")
            .with("state", "merged")
            .with("scope", "all")
            .with("order_by", "created_at")
            .with("sort", "desc");
        if let Some(since) = since.map(just_before) {
            // Old GitLab ignores the first; a merge is an update, so the second loses nothing.
            requests = requests.at("merged_after", since).at("updated_after", since);
        }
        let counts = |request: &MergedRequest| match since {
            None => true,
            Some(since) => request.merged_at.is_some_and(|at| at >= since),
        };
        let relevant = |requests: &[shape::MergedRequest]| -> Vec<MergedRequest> {
            requests.iter().cloned().map(MergedRequest::from).filter(counts).collect()
        };
        let listed = self
            .list_enough(requests, WORK_PAGES, "merge requests", |read| enough(&relevant(read)))
            .await;
        let kept = Listed { records: relevant(&listed.records), rest: listed.rest };
        distinct(kept, |request| request.iid)
    }

    /// Pushes at this time or later, newest first; no more than needed to be `enough`.
    pub async fn pushes_since(
        &self,
        project: ProjectId,
        since: Timestamp,
        enough: impl Fn(&[Push]) -> bool,
    ) -> Listed<Push> {
        // GitLab takes days here, and leaves the day itself out.
        let day = since.saturating_sub(SignedDuration::from_hours(48)).unwrap_or(since);
        let events = Reading::in_project(project, "events")
            .with("action", "pushed")
            .with("after", day.strftime("%Y-%m-%d").to_string());
        let relevant = |pushes: &[shape::Push]| -> Vec<Push> {
            pushes.iter().cloned().map(Push::from).filter(|push| push.at >= since).collect()
        };
        let listed = self
            .list_enough(events, WORK_PAGES, "push events", |read| enough(&relevant(read)))
            .await;
        Listed { records: relevant(&listed.records), rest: listed.rest }
    }

    /// Commits on the default branch at this time or later, newest first, no more than needed to be
    /// `enough`. Names and e-mail addresses of authors end here; `is_machine` judges a name before.
    pub async fn commits_since(
        &self,
        project: ProjectId,
        since: Timestamp,
        is_machine: impl Fn(&str) -> bool,
        enough: impl Fn(&[Commit]) -> bool,
    ) -> Listed<Commit> {
        let commits =
            Reading::in_project(project, "repository/commits").at("since", just_before(since));
        let relevant = |commits: &[shape::Commit]| -> Listed<Commit> {
            let all = Listed::whole(commits.to_vec());
            let sealed =
                distinct(all, |commit| commit.id.clone()).map(|commit| commit.sealed(&is_machine));
            let records = sealed.records.into_iter();
            Listed::whole(records.filter(|commit| commit.authored_at >= since).collect())
        };
        let listed = self
            .list_enough(commits, WORK_PAGES, "commits", |read| enough(&relevant(read).records))
            .await;
        Listed { rest: listed.rest, ..relevant(&listed.records) }
    }

    /// When the first pipeline since then succeeded; absent when none has.
    ///
    /// # Errors
    /// Any [`GitlabError`](super::GitlabError) of a read.
    pub async fn first_success_since(
        &self,
        project: ProjectId,
        since: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let pipelines = Reading::in_project(project, "pipelines")
            .with("status", "success")
            .at("updated_after", just_before(since))
            .with("order_by", "updated_at")
            .with("sort", "asc")
            .with("per_page", "1");
        let found: Vec<shape::Pipeline> = self.ask(pipelines, "pipelines").await?;
        Ok(found.iter().filter_map(shape::Pipeline::at).find(|at| *at >= since))
    }

    /// Issues opened at this time or later, newest first, no more than needed to be `enough`; at
    /// most one page.
    pub async fn issues_opened_since(
        &self,
        project: ProjectId,
        since: Timestamp,
        enough: impl Fn(&[OpenedIssue]) -> bool,
    ) -> Listed<OpenedIssue> {
        let issues = opened_issues(project, "desc").at("created_after", just_before(since));
        let relevant = |issues: &[shape::OpenedIssue]| -> Vec<OpenedIssue> {
            let issues = issues.iter().cloned().map(OpenedIssue::from);
            issues.filter(|issue| issue.created_at >= since).collect()
        };
        let listed = self.list_enough(issues, 1, "issues", |read| enough(&relevant(read))).await;
        Listed { records: relevant(&listed.records), rest: listed.rest }
    }

    /// The oldest issues, one page: where imported ones stand if there are any.
    pub async fn oldest_issues(&self, project: ProjectId) -> Listed<OpenedIssue> {
        let issues = opened_issues(project, "asc");
        self.list_enough::<shape::OpenedIssue>(issues, 1, "issues", |_| false)
            .await
            .map(OpenedIssue::from)
    }

    /// How many pages the project's wiki has, with two reads at most.
    ///
    /// # Errors
    /// Any [`GitlabError`](super::GitlabError) of a read;
    /// [`TooLarge`](super::GitlabError::TooLarge) when that does not suffice to count them.
    pub async fn wiki_pages(&self, project: ProjectId) -> Result<u64> {
        self.count(countable(project, Countable::WikiPages), 1, "a wiki").await
    }

    /// How the project's import stands.
    ///
    /// # Errors
    /// Any [`GitlabError`](super::GitlabError) of a read; [`NotFound`](super::GitlabError::NotFound) when the project is gone or hidden.
    pub async fn import_status(&self, project: ProjectId) -> Result<ImportStatus> {
        let status = Reading::in_project(project, "import");
        self.ask::<shape::ImportStatus>(status, "an import").await.map(Into::into)
    }

    /// How many there are of each; what can't be counted to its end has no number.
    pub async fn counts(&self, project: ProjectId) -> Counts {
        let mut counts = Counts::new();
        for kind in Countable::ALL {
            let counted = self.count(countable(project, kind), COUNT_PAGES, "a list").await;
            counts.insert(kind, counted.map_err(|error| error.silence()));
        }
        counts
    }
}

fn opened_issues(project: ProjectId, sort: &str) -> Reading {
    Reading::in_project(project, "issues")
        .with("scope", "all")
        .with("issue_type", "issue")
        .with("order_by", "created_at")
        .with("sort", sort)
}

fn countable(project: ProjectId, kind: Countable) -> Reading {
    let issues = |state| opened_issues(project, "asc").with("state", state);
    let requests = |state| {
        let all = Reading::in_project(project, "merge_requests").with("scope", "all");
        all.with("state", state)
    };
    match kind {
        Countable::Branches => Reading::in_project(project, "repository/branches"),
        Countable::Tags => Reading::in_project(project, "repository/tags"),
        Countable::Releases => Reading::in_project(project, "releases"),
        Countable::Labels => {
            Reading::in_project(project, "labels").with("include_ancestor_groups", "false")
        }
        Countable::Milestones => Reading::in_project(project, "milestones"),
        Countable::OpenIssues => issues("opened"),
        Countable::ClosedIssues => issues("closed"),
        Countable::OpenRequests => requests("opened"),
        Countable::ClosedRequests => requests("closed"),
        Countable::MergedRequests => requests("merged"),
        Countable::WikiPages => Reading::in_project(project, "wikis"),
    }
}

/// Some filters leave the moment itself out.
fn just_before(moment: Timestamp) -> Timestamp {
    moment.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(moment)
}

/// Offset pages shift while they are read: the same record may come twice.
fn distinct<T, K: Ord>(listed: Listed<T>, key: impl Fn(&T) -> K) -> Listed<T> {
    let mut seen = std::collections::BTreeSet::new();
    let records = listed.records.into_iter().filter(|record| seen.insert(key(record))).collect();
    Listed { records, rest: listed.rest }
}
