//! The one path: fetch the issue as it is now → decide → save → diff → apply → record.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::crash;
use crate::decide::{self, Explanation};
use crate::model::{
    Batch, Call, Decision, Effect, EffectKey, Event, Issue, IssueMemory, IssueRef, Job, JobKind,
    NoteId, Purpose,
};
use crate::plan;

use super::comment;
use super::context::{Engine, Identity};
use super::facts::{Gathered, Look, has_command};
use super::failure::Failure;
use super::sources::sources;

/// After `force` the issue is looked at once more, for the new stage's comment.
const LOOKS_AT_MOST: usize = 3;

/// What a look without writes found.
#[derive(Debug)]
pub struct Examination {
    /// The issue now.
    pub issue: Issue,
    /// What the bot would decide.
    pub decision: Decision,
    /// What it would write.
    pub calls: Vec<Call>,
    /// Why the issue is where it is.
    pub explanation: Explanation,
    /// When a person last commented or changed a label.
    pub touched: Option<Timestamp>,
}

impl Engine {
    /// Handles the jobs of one issue together.
    pub(super) async fn reconcile(&self, batch: &Batch, at: IssueRef) -> Result<(), Failure> {
        // Without the tracker nothing can be decided, however long it takes.
        let identity = match self.identity().await {
            Ok(identity) => identity,
            Err(error) => return Err(Failure::wait(error.to_string())),
        };
        if at.project != identity.project {
            // A delivery taken in before we knew which project is the tracker.
            tracing::info!(event = "unknown_project", project_id = at.project.0, iid = at.iid.0);
            return Ok(());
        }
        let look = self.look(at, &batch.jobs).await?;
        if is_mere_talk(&identity, &batch.jobs, &look) {
            return Ok(());
        }
        let mut answered: BTreeSet<NoteId> = BTreeSet::new();
        for turn in 0..LOOKS_AT_MOST {
            let Some(mut gathered) = self.gather(&identity, at, &look).await? else {
                tracing::info!(event = "issue_gone", project_id = at.project.0, iid = at.iid.0);
                return Ok(());
            };
            gathered.comments.retain(|note| !answered.contains(&note.id));
            let decision = self.decide_once(batch, &gathered, turn == 0).await?;
            let calls = self.plan(&decision, &gathered);
            if self.settings.is_dry_run {
                log_dry_run(at, &calls);
                return Ok(());
            }
            self.persist_adopted(batch, at, &gathered).await?;
            let ground = comment::Ground {
                identity: &identity,
                at,
                lease: &batch.lease,
                records: &gathered.records,
            };
            self.heal_duplicates(ground, &gathered.duplicates).await?;
            self.apply_all(ground, &gathered, &calls).await?;
            crash::point("issue.applied");
            answered.extend(decision.answered.iter().copied());
            self.remember(batch, &look, &gathered, &decision, &answered).await?;
            for wanted in &decision.reports {
                let (kind, start) = (wanted.kind, wanted.start);
                self.store.enqueue(JobKind::Report { issue: at, kind, start }).await?;
            }
            crash::point("issue.remembered");
            log_decision(at, &decision, calls.len());
            if !decision.again {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Looks at an issue as a sweep would and writes nothing, neither to GitLab nor to the database.
    ///
    /// # Errors
    /// In words, when GitLab or the database can't be read. `Ok(None)` when there is no such issue.
    pub async fn examine(&self, at: IssueRef) -> Result<Option<Examination>, String> {
        let look = async {
            let identity = self.identity().await.map_err(Failure::from)?;
            let Some(gathered) = self.gather(&identity, at, &Look::Everywhere).await? else {
                return Ok(None);
            };
            let decision = self.decide(&gathered)?;
            let calls = self.plan(&decision, &gathered);
            let spoken = gathered.spoken();
            let facts = gathered.facts(&spoken, self.clock.now());
            let explanation = decide::explain(self.rulebook().rules(), &facts);
            Ok(Some(Examination {
                issue: gathered.issue.clone(),
                decision,
                calls,
                explanation,
                touched: gathered.touched,
            }))
        };
        look.await.map_err(|failure: Failure| failure.words())
    }

    /// A former attempt's decision while it still holds, else a new one, saved before any write.
    async fn decide_once(
        &self,
        batch: &Batch,
        gathered: &Gathered,
        may_reuse: bool,
    ) -> Result<Decision, Failure> {
        let seen = decide::newest_foreign_event(&gathered.events, &gathered.people);
        let saved = self.store.saved_decision(batch).await?;
        if may_reuse
            && let Some(saved) = &saved
            && saved.seen == seen
            // A comment that came later must not be settled unread.
            && gathered.comments.iter().all(|note| saved.answered.contains(&note.id))
        {
            return Ok(saved.clone());
        }
        let mut decision = self.decide(gathered)?;
        if may_reuse && let Some(saved) = saved {
            carry_over(saved, &mut decision);
        }
        if !self.settings.is_dry_run {
            crash::point("decision.made");
            self.store.save_decision(batch, &decision).await?;
            crash::point("decision.saved");
        }
        Ok(decision)
    }

    fn decide(&self, gathered: &Gathered) -> Result<Decision, Failure> {
        let rulebook = self.rulebook();
        let spoken: BTreeSet<EffectKey> = gathered.spoken();
        let facts = gathered.facts(&spoken, self.clock.now());
        decide::decide(rulebook.rules(), &facts)
            .map_err(|error| Failure::GiveUp { why: error.to_string() })
    }

    fn plan(&self, decision: &Decision, gathered: &Gathered) -> Vec<Call> {
        let rulebook = self.rulebook();
        let ground = plan::Ground {
            workflow: &rulebook.workflow,
            remembered: &gathered.remembered_ticks(),
            records: &gathered.records,
            search_before: gathered.search_before,
            confidential: self.settings.confidential,
        };
        plan::diff(&decision.effects, &gathered.issue, ground)
    }

    async fn persist_adopted(
        &self,
        batch: &Batch,
        at: IssueRef,
        gathered: &Gathered,
    ) -> Result<(), Failure> {
        for key in &gathered.adopted {
            if let Some(record) = gathered.records.get(key) {
                self.store.record(&batch.lease, at, Purpose::Stage, record).await?;
            }
        }
        Ok(())
    }

    async fn remember(
        &self,
        batch: &Batch,
        look: &Look,
        gathered: &Gathered,
        decision: &Decision,
        answered: &BTreeSet<NoteId>,
    ) -> Result<(), Failure> {
        let mut ticks = gathered.ticks();
        for effect in &decision.effects {
            if let Effect::Block { ticks: told, .. } = effect {
                ticks.extend(told.clone());
            }
        }
        let memory = IssueMemory {
            issue: gathered.issue.at,
            judged: gathered.events.last().map(|event| event.id).or(gathered.judged),
            entries: decision.history.clone(),
            is_cleared: decision.is_cleared,
            seen_updated_at: match look {
                Look::Everywhere => Some(gathered.issue.updated_at),
                // Comments whose webhooks were lost are still to be found by a sweep.
                Look::At(_) => gathered.memory.as_ref().and_then(|memory| memory.seen_updated_at),
            },
            ticks,
        };
        let answered: Vec<NoteId> = answered.iter().copied().collect();
        self.store.remember(&batch.lease, &memory, &answered).await?;
        Ok(self.store.note_sources(&batch.lease, memory.issue, &sources(&gathered.issue)).await?)
    }
}

/// Comments without a command change nothing: no need to read the issue.
fn is_mere_talk(identity: &Identity, jobs: &[Job], look: &Look) -> bool {
    let Look::At(notes) = look else { return false };
    let only_notes = jobs
        .iter()
        .all(|job| matches!(job.kind, JobKind::Handle { event: Event::NoteAdded { .. } }));
    only_notes && !notes.iter().any(|note| has_command(note, identity))
}

/// Commands that a former attempt carried out are not run again; what was still to be said and ticked
/// for them is.
fn carry_over(saved: Decision, decision: &mut Decision) {
    for effect in saved.effects {
        match effect {
            Effect::Comment { purpose: Purpose::Reply, .. } | Effect::Reaction { .. } => {
                decision.effects.push(effect);
            }
            Effect::Block { ticks: told, .. } => {
                for effect in &mut decision.effects {
                    if let Effect::Block { ticks, .. } = effect {
                        let newer = std::mem::take(ticks);
                        *ticks = told.clone();
                        ticks.extend(newer);
                    }
                }
            }
            Effect::Labels { .. } | Effect::Assign { .. } | Effect::Comment { .. } => {}
        }
    }
    decision.answered.extend(saved.answered);
}

fn log_dry_run(at: IssueRef, calls: &[Call]) {
    for call in calls {
        tracing::info!(
            event = "would_write",
            project_id = at.project.0,
            iid = at.iid.0,
            call = call.name(),
            "dry run: nothing is written"
        );
    }
}

fn log_decision(at: IssueRef, decision: &Decision, calls: usize) {
    let stage = decision.stage.as_ref().map_or("none", |entry| entry.stage.as_str());
    tracing::info!(
        event = "decision",
        project_id = at.project.0,
        iid = at.iid.0,
        stage,
        effects = decision.effects.len(),
        calls,
    );
}
