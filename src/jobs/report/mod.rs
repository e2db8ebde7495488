//! Finds out what a report says, keeps it, and has the issue visited: the comment is the visit's work.

mod fidelity;
mod import;
mod preflight;
mod readiness;
mod verification;

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::context::{Engine, Rulebook};
use super::failure::Failure;
use crate::decide;
use crate::gitlab::GitlabError;
use crate::model::{
    Batch, Issue, IssueMemory, IssueRef, IssueState, JobKind, LabelName, Report, ReportKind,
};
use crate::store::StoreError;
use crate::tracker::intake::{self, Intake};

/// Assessments of sources that one person's issues get in an hour, and all issues together: each
/// costs calls of GitHub's limit.
const PER_AUTHOR: u64 = 10;
const PER_TRACKER: u64 = 100;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Before a report beyond the quota is looked at again.
const DEFERRED: SignedDuration = SignedDuration::from_mins(10);
/// A report that was due and was not made is due again after this.
const IF_LOST: SignedDuration = SignedDuration::from_mins(5);

/// What a report is made from.
pub(super) struct Ground<'a> {
    pub(super) batch: &'a Batch,
    pub(super) issue: &'a Issue,
    pub(super) intake: &'a Intake,
    pub(super) memory: Option<&'a IssueMemory>,
    /// The former report of this kind.
    pub(super) former: Option<&'a Report>,
    /// Digest of what it is about.
    pub(super) subject: &'a str,
    pub(super) rulebook: &'a Rulebook,
    /// Staff told an import to begin.
    pub(super) start: bool,
}

/// A report as it was made.
pub(super) struct Made {
    /// Markdown, neutralised.
    pub(super) body: String,
    /// For the next time, as JSON.
    pub(super) state: String,
    /// When it is to be made again by itself.
    pub(super) again: Option<SignedDuration>,
}

impl Engine {
    /// Makes one report.
    pub(super) async fn report(
        &self,
        batch: &Batch,
        at: IssueRef,
        kind: ReportKind,
    ) -> Result<(), Failure> {
        let identity = self.identity().await.map_err(|error| Failure::wait(error.to_string()))?;
        if at.project != identity.project {
            return Ok(());
        }
        let issue = match self.gitlab.fetch_issue(at).await {
            Ok(issue) => issue,
            Err(GitlabError::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let intake = intake::parse(&issue.description);
        let Some(subject) = decide::subject(kind, &intake) else { return Ok(()) };
        if issue.state != IssueState::Opened || issue.moved || self.settings.is_dry_run {
            return Ok(());
        }
        let memory = self.store.memory(at).await?;
        let known = self.store.reports(at).await?;
        let former = known.iter().find(|report| report.kind == kind);
        let is_news = former.is_none_or(|former| former.subject != subject);
        if kind == ReportKind::Readiness && is_news {
            self.keep_quota(&issue).await?;
        }
        let rulebook = self.rulebook();
        let ground = Ground {
            batch,
            issue: &issue,
            intake: &intake,
            memory: memory.as_ref(),
            former,
            subject: &subject,
            rulebook: &rulebook,
            start: batch
                .jobs
                .iter()
                .any(|job| matches!(job.kind, JobKind::Report { start: true, .. })),
        };
        let made = match kind {
            ReportKind::Readiness => self.readiness(&ground).await?,
            ReportKind::Preflight => self.preflight(&ground).await?,
            ReportKind::Import => self.import(&ground).await?,
            ReportKind::Fidelity => self.fidelity(&ground).await?,
            ReportKind::Verification => self.verification(&ground).await?,
        };
        self.keep_report(&ground, kind, &made).await?;
        Ok(())
    }

    /// Has the reports made anew whose time has come; says how many.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn renew_reports(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        // Looked at once more if the job is lost on its way.
        let again_at = now.saturating_add(self.scaled(IF_LOST)).unwrap_or(now);
        let mut renewed = 0;
        for (issue, kind) in self.store.take_due_reports(now, again_at).await? {
            self.store.enqueue(JobKind::Report { issue, kind, start: false }).await?;
            renewed += 1;
        }
        Ok(renewed)
    }

    /// Saves a report and has the issue visited, when there is something new to show.
    pub(super) async fn keep_report(
        &self,
        ground: &Ground<'_>,
        kind: ReportKind,
        made: &Made,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let report = Report {
            issue: ground.issue.at,
            kind,
            subject: ground.subject.to_owned(),
            body: made.body.clone(),
            state: made.state.clone(),
            made_at: now,
            due_at: made
                .again
                .filter(|_| ground.is_wanted(kind))
                .and_then(|after| now.saturating_add(self.scaled(after)).ok()),
            author: ground.issue.author.as_ref().map(|author| author.id),
        };
        self.store.save_report(&ground.batch.lease, &report).await?;
        self.store.enqueue(JobKind::Visit { issue: ground.issue.at }).await?;
        metrics::counter!("landfall_reports_total", "kind" => kind.as_str()).increment(1);
        Ok(())
    }

    /// One person can't use up GitHub's limit for all.
    async fn keep_quota(&self, issue: &Issue) -> Result<(), Failure> {
        let since = self.clock.now().saturating_sub(HOUR).unwrap_or_default();
        let (project, kind) = (issue.at.project, ReportKind::Readiness);
        let author = issue.author.as_ref().map(|author| author.id);
        let all = self.store.count_reports(project, kind, since, None).await?;
        let own = match author {
            Some(_) => self.store.count_reports(project, kind, since, author).await?,
            None => 0,
        };
        if all < PER_TRACKER && own < PER_AUTHOR {
            return Ok(());
        }
        metrics::counter!("landfall_reports_deferred_total").increment(1);
        let after = Some(self.scaled(DEFERRED));
        Err(Failure::Wait { after, why: "too many assessments in this hour".to_owned() })
    }
}

impl Ground<'_> {
    /// What the former report left for this one.
    fn state<T: serde::de::DeserializeOwned + Default>(&self) -> T {
        let former = self.former.map(|former| former.state.as_str()).unwrap_or_default();
        serde_json::from_str(former).unwrap_or_default()
    }

    /// Whether the stage that the issue is in has such a report.
    fn is_wanted(&self, kind: ReportKind) -> bool {
        let workflow = &self.rulebook.workflow;
        let mut stages = self.issue.labels.iter().filter_map(|one| workflow.stage_of_label(one));
        stages.any(|stage| stage.reports.contains(&kind))
    }

    /// Whether the issue has a label that ends in this word, such as `size::S`.
    fn has_label(&self, scope: &str, word: &str) -> bool {
        let workflow = &self.rulebook.workflow;
        let scope = workflow.scopes.iter().find(|one| one.name == scope);
        let is_it = |label: &LabelName| label.as_str().ends_with(word);
        scope.is_some_and(|scope| {
            scope.labels.iter().any(|one| is_it(&one.label) && self.issue.has_label(&one.label))
        })
    }

    /// The parts that have moved or are to, as the issue's `scope-…` labels say.
    fn scoped(&self) -> BTreeSet<crate::assess::verify::Scope> {
        let words =
            self.issue.labels.iter().filter_map(|label| label.as_str().strip_prefix("scope-"));
        words.filter_map(crate::assess::verify::Scope::parse).collect()
    }
}

/// JSON for the next time.
fn kept(state: &impl serde::Serialize) -> String {
    serde_json::to_string(state).unwrap_or_default()
}
