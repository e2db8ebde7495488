//! Reads everything a decision about one issue needs, as it is now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::decide::{self, Facts, People};
use crate::gitlab::GitlabError;
use crate::model::{
    EffectKey, EffectRecord, EffectState, Event, Issue, IssueMemory, IssueRef, Job, JobKind,
    LabelEvent, Note, NoteId,
};
use crate::plan::marker::{body_digest, key_of};
use crate::tracker::commands;

use super::context::{Engine, Identity};
use super::failure::Failure;

/// The facts, owned.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) issue: Issue,
    pub(super) events: Vec<LabelEvent>,
    pub(super) people: People,
    pub(super) memory: Option<IssueMemory>,
    pub(super) records: BTreeMap<EffectKey, EffectRecord>,
    /// Effects found in GitLab that the database does not know as done.
    pub(super) adopted: Vec<EffectKey>,
    pub(super) comments: Vec<Note>,
    /// Causes older than this may have been answered before this database was born.
    pub(super) search_before: Timestamp,
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
            spoken,
            comments: &self.comments,
            now,
        }
    }

    /// Effects known to be visible.
    pub(super) fn spoken(&self) -> BTreeSet<EffectKey> {
        self.records
            .values()
            .filter(|record| record.state == EffectState::Done)
            .map(|record| record.key.clone())
            .collect()
    }
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

/// More comments than this at once are cheaper to list than to fetch one by one.
const FETCH_AT_MOST: usize = 3;

/// Reads of issue and label events are repeated this often until they agree.
const TORN_READS_AT_MOST: usize = 3;

impl Engine {
    /// Reads the facts. `None` for an issue that is gone.
    pub(super) async fn gather(
        &self,
        identity: &Identity,
        at: IssueRef,
        look: &Look,
    ) -> Result<Option<Gathered>, Failure> {
        let epoch = self.store.epoch().await?;
        let Some((issue, events)) = self.read_issue(at).await? else {
            return Ok(None);
        };
        let search_before = self.search_before(epoch);
        let memory = self.store.memory(at).await?;
        let mut records: BTreeMap<_, _> = self
            .store
            .effects(at)
            .await?
            .into_iter()
            .map(|record| (record.key.clone(), record))
            .collect();
        let is_older_than_us = memory.is_none() && issue.created_at < search_before;
        let mut gathered = Gathered {
            issue,
            events,
            people: People {
                bot: identity.bot.clone(),
                staff: BTreeSet::new(),
            },
            memory,
            records: BTreeMap::new(),
            adopted: Vec::new(),
            comments: Vec::new(),
            search_before,
        };
        let mut notes = Vec::new();
        if is_older_than_us || *look == Look::Everywhere {
            notes = self.gitlab.list_notes(at).await?;
            gathered.adopted = adopt(&mut records, &notes, identity);
            // Every comment of ours was seen just now: no need to search again.
            gathered.search_before = Timestamp::MIN;
        }
        let candidates = match look {
            Look::Everywhere => notes,
            Look::At(named) => named.clone(),
        };
        gathered.records = records;
        gathered.comments = self.unanswered(identity, at, candidates, epoch).await?;
        let workflow = self.rulebook().workflow;
        let judged = gathered.memory.as_ref().and_then(|memory| memory.judged);
        let ask = decide::people_to_look_up(
            &workflow,
            &gathered.events,
            judged,
            &gathered.comments,
            identity.bot.id,
        );
        gathered.people = self.people(identity, ask).await?;
        Ok(Some(gathered))
    }

    /// Causes carry GitLab's times, the epoch is ours: the difference of the clocks counts.
    fn search_before(&self, epoch: Timestamp) -> Timestamp {
        let ahead = self.gitlab.server_time_skew().unwrap_or_default();
        let margin = self.scaled(EPOCH_MARGIN);
        epoch
            .saturating_add(ahead)
            .and_then(|at| at.saturating_add(margin))
            .unwrap_or(epoch)
    }

    /// The issue and its label events, read until they agree. The issue is read last: the time
    /// between this read and a write of its description is when somebody's edit could be lost.
    async fn read_issue(&self, at: IssueRef) -> Result<Option<(Issue, Vec<LabelEvent>)>, Failure> {
        let workflow = self.rulebook().workflow;
        let mut reads = 0;
        loop {
            let events = match self.gitlab.list_label_events(at).await {
                Ok(events) => events,
                Err(GitlabError::NotFound { .. }) => return self.confirm_gone(at).await,
                Err(error) => return Err(error.into()),
            };
            let issue = match self.gitlab.fetch_issue(at).await {
                Ok(issue) => issue,
                Err(GitlabError::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            reads += 1;
            if reads >= TORN_READS_AT_MOST || !decide::is_torn(&workflow, &issue, &events) {
                return Ok(Some((issue, events)));
            }
        }
    }

    async fn confirm_gone(
        &self,
        at: IssueRef,
    ) -> Result<Option<(Issue, Vec<LabelEvent>)>, Failure> {
        match self.gitlab.fetch_issue(at).await {
            Err(GitlabError::NotFound { .. }) => Ok(None),
            Ok(_) => Err(Failure::later(
                "GitLab lists no label events of an issue that is there",
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// What a batch of jobs asks to look at.
    pub(super) async fn look(&self, at: IssueRef, jobs: &[Job]) -> Result<Look, Failure> {
        let mut ids = Vec::new();
        for job in jobs {
            match &job.kind {
                JobKind::Handle {
                    event: Event::NoteAdded { note, .. },
                } => ids.push(*note),
                JobKind::Handle {
                    event: Event::IssueChanged { .. },
                } => {}
                JobKind::Visit { .. } | JobKind::Sweep => return Ok(Look::Everywhere),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > FETCH_AT_MOST {
            return Ok(Look::Everywhere);
        }
        let mut notes = Vec::new();
        for id in ids {
            match self.gitlab.fetch_note(at, id).await {
                Ok(note) => notes.push(note),
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
        epoch: Timestamp,
    ) -> Result<Vec<Note>, Failure> {
        let mut with_commands: Vec<Note> = candidates
            .into_iter()
            .filter(|note| has_command(note, identity))
            .collect();
        let ids: Vec<NoteId> = with_commands.iter().map(|note| note.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let answered = self.store.answered(at, &ids).await?;
        with_commands.retain(|note| !answered.contains(&note.id));
        let mut unanswered = Vec::new();
        for note in with_commands {
            let may_be_answered = note.created_at < epoch;
            if may_be_answered
                && !self
                    .gitlab
                    .own_reactions(at, note.id, identity.bot.id)
                    .await?
                    .is_empty()
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
    let by_bot = note
        .author
        .as_ref()
        .is_some_and(|author| author.id == identity.bot.id);
    !note.system && !by_bot && !commands::parse(&note.body, &identity.bot.username).is_empty()
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
        let is_known = records
            .get(&key)
            .is_some_and(|record| record.state == EffectState::Done);
        if !is_known {
            adopted.push(key.clone());
            records.insert(key.clone(), found(key, note));
        }
    }
    adopted
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
