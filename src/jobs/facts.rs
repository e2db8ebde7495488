//! Reads everything a decision about one issue needs, as it is now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::decide::{self, Facts, People};
use crate::gitlab::GitlabError;
use crate::model::{
    Actor, EffectKey, EffectRecord, EffectState, Event, Issue, IssueIid, IssueMemory, IssueRef,
    Job, JobKind, LabelEvent, LabelEventId, Note, NoteId, Report,
};
use crate::tracker::block::{self, Ticks};
use crate::tracker::commands;
use crate::tracker::marker::{body_digest, key_of};

use super::context::{Engine, Identity};
use super::failure::Failure;
use super::sources::is_at_the_start;

#[cfg(test)]
mod tests;

/// The facts, owned.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) issue: Issue,
    pub(super) events: Vec<LabelEvent>,
    pub(super) people: People,
    pub(super) memory: Option<IssueMemory>,
    /// Label events up to here need no judge.
    pub(super) judged: Option<LabelEventId>,
    pub(super) records: BTreeMap<EffectKey, EffectRecord>,
    /// Effects found in GitLab that the database does not know as done.
    pub(super) adopted: Vec<EffectKey>,
    /// Later comments of ours that say what an earlier one says: a lost request landed after all.
    pub(super) duplicates: Vec<NoteId>,
    pub(super) comments: Vec<Note>,
    /// Causes older than this may have been answered before this database was born.
    pub(super) search_before: Timestamp,
    /// When the issue was read.
    pub(super) read_at: Timestamp,
    pub(super) reports: Vec<Report>,
    /// Other issues that name one of its sources and may be named.
    pub(super) twins: Vec<IssueIid>,
    /// Who would be responsible, if nobody is.
    pub(super) dri: Option<Actor>,
    /// When a person last did something here; known only when all comments were read.
    pub(super) touched: Option<Timestamp>,
}

impl Gathered {
    pub(super) fn facts<'a>(
        &'a self,
        spoken: &'a BTreeSet<EffectKey>,
        now: Timestamp,
    ) -> Facts<'a> {
        Facts {
            issue: &self.issue,
            events: &self.events,
            people: &self.people,
            memory: self.memory.as_ref(),
            judged: self.judged,
            spoken,
            comments: &self.comments,
            reports: &self.reports,
            twins: &self.twins,
            dri: self.dri.as_ref(),
            now,
        }
    }

    /// Ticks of the last visit.
    pub(super) fn remembered_ticks(&self) -> Ticks {
        self.memory.as_ref().map(|memory| memory.ticks.clone()).unwrap_or_default()
    }

    /// Ticks as they show now.
    pub(super) fn ticks(&self) -> Ticks {
        block::shown_ticks(&self.issue.description, &self.remembered_ticks())
    }

    /// Effects known to be visible.
    pub(super) fn spoken(&self) -> BTreeSet<EffectKey> {
        spoken(&self.records)
    }
}

fn spoken(records: &BTreeMap<EffectKey, EffectRecord>) -> BTreeSet<EffectKey> {
    let visible = records.values().filter(|record| record.state == EffectState::Done);
    visible.map(|record| record.key.clone()).collect()
}

/// What to look at beside the issue itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// These comments, named by webhooks and read just now.
    At(Vec<Note>),
    /// All comments, as if every webhook had been lost.
    Everywhere,
}

/// Causes this much younger than the database may still have been answered by the one before it.
const EPOCH_MARGIN: SignedDuration = SignedDuration::from_secs(5);

/// GitLab's clock is known by a header that tells whole seconds.
const CLOCK_GRAIN: SignedDuration = SignedDuration::from_secs(1);

/// More comments than this at once are cheaper to list than to fetch one by one.
const FETCH_AT_MOST: usize = 3;

/// A replica of GitLab's database shows everything after this long.
const REPLICA_LAG: SignedDuration = SignedDuration::from_secs(60);

/// Reads of issue and label events are repeated this often until they agree.
const TORN_READS_AT_MOST: usize = 3;

impl Engine {
    /// Reads the facts. `None` for an issue that is gone.
    ///
    /// The issue itself is read last: the time between this read and a write of its description is
    /// when somebody's edit could be lost.
    pub(super) async fn gather(
        &self,
        identity: &Identity,
        at: IssueRef,
        look: &Look,
    ) -> Result<Option<Gathered>, Failure> {
        let epoch = self.store.epoch().await?;
        let memory = self.store.memory(at).await?;
        let known = self.store.effects(at).await?.into_iter();
        let mut records: BTreeMap<_, _> =
            known.map(|record| (record.key.clone(), record)).collect();
        let Some(mut events) = self.label_events(at).await? else {
            return Ok(None);
        };
        let (mut adopted, mut duplicates) = (Vec::new(), Vec::new());
        let (mut notes, mut touched) = (Vec::new(), None);
        let born = self.search_before(epoch);
        let mut search_before = born;
        if memory.is_none() || *look == Look::Everywhere {
            notes = self.gitlab.list_notes(at).await?;
            adopted = adopt(&mut records, &notes, identity);
            duplicates = repeated(&notes, identity);
            touched = last_touch(&notes, &events, identity);
            // Every comment of ours was seen just now: no need to search again.
            search_before = Timestamp::MIN;
        }
        let candidates = match look {
            Look::Everywhere => notes,
            Look::At(named) => named.clone(),
        };
        let comments = self.unanswered(identity, at, candidates, born).await?;
        let workflow = self.rulebook().workflow;
        let spoken = spoken(&records);
        let mut reads = 1;
        let (people, issue, judged, read_at) = loop {
            let bot = identity.bot.id;
            let memory = memory.as_ref();
            let judged = decide::judged_up_to(&workflow, at, &events, bot, memory, &spoken, born);
            let ask = decide::people_to_look_up(&workflow, &events, judged, &comments, bot);
            let people = self.people(identity, ask).await?;
            let read_at = self.clock.now();
            let issue = match self.gitlab.fetch_issue(at).await {
                Ok(issue) => issue,
                Err(GitlabError::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            let is_torn = decide::is_torn(&workflow, &issue, &events);
            if is_torn && reads >= TORN_READS_AT_MOST && self.is_fresh(&issue) {
                // A replica lags behind: what it will show decides, not what it shows now.
                return Err(Failure::later("GitLab shows labels and their events of two times"));
            }
            if !is_torn || reads >= TORN_READS_AT_MOST {
                break (people, issue, judged, read_at);
            }
            reads += 1;
            let Some(newer) = self.label_events(at).await? else {
                return Ok(None);
            };
            events = newer;
        };
        let reports = self.store.reports(at).await?;
        let is_new = is_at_the_start(&workflow, &issue);
        let twins = if is_new { self.twins(&issue).await? } else { Vec::new() };
        let dri = if is_new { self.next_dri(&issue).await? } else { None };
        Ok(Some(Gathered {
            issue,
            events,
            people,
            memory,
            judged,
            records,
            adopted,
            duplicates,
            comments,
            search_before,
            read_at,
            reports,
            twins,
            dri,
            touched,
        }))
    }

    /// Causes carry GitLab's times, the epoch is ours: the difference of the clocks counts.
    fn search_before(&self, epoch: Timestamp) -> Timestamp {
        let ahead = self.gitlab.server_time_skew().unwrap_or_default();
        let margin = CLOCK_GRAIN + self.scaled(EPOCH_MARGIN);
        epoch.saturating_add(ahead).and_then(|at| at.saturating_add(margin)).unwrap_or(epoch)
    }

    /// The label events in order; `None` when the issue is gone.
    async fn label_events(&self, at: IssueRef) -> Result<Option<Vec<LabelEvent>>, Failure> {
        match self.gitlab.list_label_events(at).await {
            Ok(events) => return Ok(Some(events)),
            Err(GitlabError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        // GitLab answers 404 as well when it hides the whole tracker from us.
        match self.gitlab.project(&at.project.to_string()).await {
            Ok(_) => Ok(None),
            Err(GitlabError::NotFound { .. } | GitlabError::Forbidden { .. }) => {
                Err(Failure::wait("GitLab hides the tracker from the bot; check its role there"))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the issue changed so lately that a replica may not show all of it.
    fn is_fresh(&self, issue: &Issue) -> bool {
        let lag = self.scaled(REPLICA_LAG);
        issue.updated_at.saturating_add(lag).is_ok_and(|settled| settled > self.clock.now())
    }

    /// What a batch of jobs asks to look at.
    pub(super) async fn look(&self, at: IssueRef, jobs: &[Job]) -> Result<Look, Failure> {
        let mut ids = Vec::new();
        for job in jobs {
            match &job.kind {
                JobKind::Handle { event: Event::NoteAdded { note, .. } } => ids.push(*note),
                JobKind::Handle { event: Event::IssueChanged { .. } } => {}
                JobKind::Visit { .. }
                | JobKind::Report { .. }
                | JobKind::Sweep
                | JobKind::Reconcile => {
                    return Ok(Look::Everywhere);
                }
            }
        }
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > FETCH_AT_MOST {
            return Ok(Look::Everywhere);
        }
        let is_early = jobs.iter().all(|job| job.attempt < 3);
        let mut notes = Vec::new();
        for id in ids {
            match self.gitlab.fetch_note(at, id).await {
                Ok(note) => notes.push(note),
                // A replica may not show it yet; a comment that was deleted stays away.
                Err(GitlabError::NotFound { .. }) if is_early => {
                    return Err(Failure::later("GitLab does not show a comment it told us of"));
                }
                Err(GitlabError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Look::At(notes))
    }

    /// Comments with commands that nobody answered yet, by the database or, for comments older than
    /// it, by the reaction that every answer leaves.
    async fn unanswered(
        &self,
        identity: &Identity,
        at: IssueRef,
        candidates: Vec<Note>,
        born: Timestamp,
    ) -> Result<Vec<Note>, Failure> {
        let mut with_commands: Vec<Note> =
            candidates.into_iter().filter(|note| has_command(note, identity)).collect();
        let ids: Vec<NoteId> = with_commands.iter().map(|note| note.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let answered = self.store.answered(at, &ids).await?;
        with_commands.retain(|note| !answered.contains(&note.id));
        let mut unanswered = Vec::new();
        for note in with_commands {
            let may_be_answered = note.created_at < born;
            if may_be_answered
                && !self.gitlab.own_reactions(at, note.id, identity.bot.id).await?.is_empty()
            {
                continue;
            }
            unanswered.push(note);
        }
        unanswered.sort_by_key(|note| note.id);
        Ok(unanswered)
    }
}

/// Whether a person's comment holds a line for the bot.
pub(super) fn has_command(note: &Note, identity: &Identity) -> bool {
    let by_bot = note.author.as_ref().is_some_and(|author| author.id == identity.bot.id);
    let is_ignored =
        note.author.as_ref().is_some_and(|author| identity.ignored.contains(&author.username));
    !note.system
        && !by_bot
        && !is_ignored
        && !commands::parse(&note.body, &identity.bot.username).is_empty()
}

/// Takes comments of ours that the database does not know as done: it was lost or restored.
/// Returns their keys.
fn adopt(
    records: &mut BTreeMap<EffectKey, EffectRecord>,
    notes: &[Note],
    identity: &Identity,
) -> Vec<EffectKey> {
    let mut adopted = Vec::new();
    for (note, key) in own_marked(notes, identity) {
        let is_known = records.get(&key).is_some_and(|record| record.state == EffectState::Done);
        if !is_known {
            adopted.push(key.clone());
            records.insert(key.clone(), found(key, note));
        }
    }
    adopted
}

/// Comments of ours whose key an older one carries already.
fn repeated(notes: &[Note], identity: &Identity) -> Vec<NoteId> {
    let mut marked: Vec<_> = own_marked(notes, identity).collect();
    marked.sort_by_key(|(note, _)| note.id);
    let mut seen = BTreeSet::new();
    marked
        .into_iter()
        .filter(|(_, key)| !seen.insert(key.clone()))
        .map(|(note, _)| note.id)
        .collect()
}

/// Our comments with their keys; a marker in anybody else's comment, or not on the last line, is text.
pub(super) fn own_marked<'a>(
    notes: &'a [Note],
    identity: &Identity,
) -> impl Iterator<Item = (&'a Note, EffectKey)> {
    let bot = identity.bot.id;
    notes
        .iter()
        .filter(move |note| {
            !note.system && note.author.as_ref().is_some_and(|author| author.id == bot)
        })
        .filter_map(|note| Some((note, key_of(&note.body)?)))
}

/// The record of a comment found in GitLab.
pub(super) fn found(key: EffectKey, note: &Note) -> EffectRecord {
    EffectRecord {
        key,
        state: EffectState::Done,
        note: Some(note.id),
        body_digest: Some(body_digest(&note.body)),
        changed_at: note.created_at,
    }
}

/// The newest comment or label change by a person. `updated_at` would count the bot's own writes.
fn last_touch(notes: &[Note], events: &[LabelEvent], identity: &Identity) -> Option<Timestamp> {
    let by_person = |actor: Option<&Actor>| actor.is_some_and(|actor| actor.id != identity.bot.id);
    let comments = notes
        .iter()
        .filter(|note| !note.system && by_person(note.author.as_ref()))
        .map(|note| note.updated_at);
    let labels =
        events.iter().filter(|event| by_person(event.actor.as_ref())).map(|event| event.at);
    comments.chain(labels).max()
}
