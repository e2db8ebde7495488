//! Label events → the stages an issue entered by right, and the labels that must be undone.
//!
//! What was judged once is remembered and never judged again: later events are put on top of it.
//! Stage history lives in GitLab's label events too, so it can be told again after the database is
//! lost: what the bot acted upon then stands, except a label that it took off again right after a
//! person had put it on; only what came after the bot's last act is judged.

use jiff::{SignedDuration, Timestamp};

use crate::model::{
    Actor, IssueMemory, LabelAction, LabelEvent, LabelEventId, StageEntry, StageName, UserId,
};
use crate::workflow::{Stage, Workflow};

use super::people::{People, Role};

/// Why a label change does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Set or taken off by somebody who is not staff.
    NotStaff,
    /// The workflow has no way from this stage to that one.
    NoSuchTransition {
        /// The stage the issue is in.
        from: StageName,
    },
}

/// A change of a stage label that does not count and is to be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which event.
    pub event: LabelEvent,
    /// The stage whose label was changed.
    pub stage: StageName,
    /// Why.
    pub why: Why,
}

/// What the label events tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// Entries by right, oldest first; consecutive entries are of different stages.
    pub entries: Vec<StageEntry>,
    /// Staff took the last entry's label off and put no other on: no stage until one is set.
    pub is_cleared: bool,
    /// Changes to undo.
    pub refused: Vec<Refused>,
}

impl History {
    /// The stage the issue is in by right.
    pub fn current(&self) -> Option<&StageEntry> {
        if self.is_cleared { None } else { self.entries.last() }
    }
}

/// Where the reading starts.
pub(super) struct Past<'a> {
    /// Entries and clearance as remembered; absent when only the events can tell.
    pub(super) memory: Option<&'a IssueMemory>,
    /// Events up to here were judged before.
    pub(super) judged: Option<LabelEventId>,
    /// Whether an entry by this event was honoured with its comment.
    pub(super) is_spoken: &'a dyn Fn(&StageName, LabelEventId) -> bool,
}

/// The newest event that needs no judge: the one remembered; or, without memory, the bot's last act
/// or the last entry it commented; or, on an issue the bot never touched, the last event before `born`.
pub(super) fn judged_without_memory(
    workflow: &Workflow,
    events: &[LabelEvent],
    bot: UserId,
    has_spoken: bool,
    is_spoken: &dyn Fn(&StageName, LabelEventId) -> bool,
    born: Timestamp,
) -> Option<LabelEventId> {
    let by_bot = |event: &LabelEvent| event.actor.as_ref().is_some_and(|actor| actor.id == bot);
    let spoken = |event: &LabelEvent| {
        let stage = event.label.as_ref().and_then(|label| workflow.stage_of_label(label));
        stage.is_some_and(|stage| is_spoken(&stage.name, event.id))
    };
    let is_known = has_spoken || events.iter().any(by_bot);
    let counts = |event: &&LabelEvent| {
        if is_known { by_bot(event) || spoken(event) } else { event.at < born }
    };
    events.iter().rev().find(counts).map(|event| event.id)
}

/// Reads the events, which must be in order of id.
pub(super) fn read_history(
    workflow: &Workflow,
    events: &[LabelEvent],
    people: &People,
    past: &Past<'_>,
) -> History {
    let is_new = |event: &LabelEvent| past.memory.is_none() || Some(event.id) > past.judged;
    let staged: Vec<(&LabelEvent, &Stage)> = events
        .iter()
        .filter(|event| is_new(event))
        .filter_map(|event| Some((event, workflow.stage_of_label(event.label.as_ref()?)?)))
        .collect();
    let mut history = History::default();
    if let Some(memory) = past.memory {
        history.entries.clone_from(&memory.entries);
        history.is_cleared = memory.is_cleared;
    }
    let mut rest = staged.as_slice();
    while let Some(((event, stage), tail)) = rest.split_first() {
        if is_bot(people, event) {
            let length = rest.iter().take_while(|(event, _)| is_bot(people, event)).count();
            let (act, after) = rest.split_at(length);
            let is_late = is_late_intake(&history, workflow, people, &staged, act);
            own_act(&mut history, workflow, past, act, is_late);
            rest = after;
            continue;
        }
        rest = tail;
        let was_judged = past.judged.is_some_and(|judged| event.id <= judged);
        let is_history = was_judged
            || (event.action == LabelAction::Add && (past.is_spoken)(&stage.name, event.id));
        match event.action {
            LabelAction::Add => add(&mut history, workflow, people, event, stage, is_history),
            LabelAction::Remove => remove(&mut history, people, event, stage, is_history),
        }
    }
    history
}

fn is_bot(people: &People, event: &LabelEvent) -> bool {
    people.role(event.actor.as_ref()) == Role::Bot
}

/// Between the reading of a new issue and the label that the bot puts on it lies at most this.
const INTAKE_TAKES: SignedDuration = SignedDuration::from_secs(120);

/// Whether the bot meant to begin a new issue while staff did so themselves: it read the issue before
/// their label, and wrote its own after it. Theirs counts.
fn is_late_intake(
    history: &History,
    workflow: &Workflow,
    people: &People,
    staged: &[(&LabelEvent, &Stage)],
    act: &[(&LabelEvent, &Stage)],
) -> bool {
    let first = workflow.first_stage().map(|stage| &stage.name);
    let begun = act
        .iter()
        .find(|(event, stage)| event.action == LabelAction::Add && Some(&stage.name) == first);
    let (Some((begun, _)), Some(top)) = (begun, history.current()) else { return false };
    let by_bot = |entry: &StageEntry| entry.by.as_ref() == Some(&people.bot.username);
    // Read just now, not remembered: whatever the bot did knowing of it was meant.
    let is_news = staged.iter().any(|(event, _)| {
        Some(event.id) == top.event && people.role(event.actor.as_ref()) == Role::Staff
    });
    is_news
        && !history.entries.iter().any(by_bot)
        && begun.at.duration_since(top.at) <= INTAKE_TAKES
}

/// What the bot wrote in one go: a stage of its own accord (a new issue, `force`), the former stage
/// put back, or the older of two labels taken off.
fn own_act(
    history: &mut History,
    workflow: &Workflow,
    past: &Past<'_>,
    act: &[(&LabelEvent, &Stage)],
    is_late_intake: bool,
) {
    let did = |action: LabelAction, name: &StageName| {
        act.iter().any(|(event, stage)| event.action == action && stage.name == *name)
    };
    history.refused.retain(|refused| match refused.event.action {
        LabelAction::Add => !did(LabelAction::Remove, &refused.stage),
        LabelAction::Remove => !did(LabelAction::Add, &refused.stage),
    });
    // What is remembered was entered by right; only events alone can hold an entry undone later.
    let is_doubtful = |top: &StageEntry| {
        past.memory.is_none() && !top.event.is_some_and(|event| (past.is_spoken)(&top.stage, event))
    };
    let top_removed = history
        .entries
        .last()
        .is_some_and(|top| did(LabelAction::Remove, &top.stage) && is_doubtful(top));
    let before = history.entries.iter().rev().nth(1).map(|entry| &entry.stage);
    let first = workflow.first_stage().map(|stage| &stage.name);
    let put_back = top_removed
        && !is_late_intake
        && act
            .iter()
            .filter(|(event, _)| event.action == LabelAction::Add)
            .all(|(_, stage)| Some(&stage.name) == before.or(first));
    if put_back {
        history.entries.pop();
        history.is_cleared = history.entries.is_empty();
    }
    for (event, stage) in act {
        let is_late = is_late_intake && Some(&stage.name) == first;
        if event.action == LabelAction::Add && !is_late {
            enter(history, event, stage);
        }
    }
}

fn add(
    history: &mut History,
    workflow: &Workflow,
    people: &People,
    event: &LabelEvent,
    stage: &Stage,
    is_history: bool,
) {
    if is_history {
        history.refused.clear();
        enter(history, event, stage);
        return;
    }
    let refuse = |why| Refused { event: event.clone(), stage: stage.name.clone(), why };
    if people.role(event.actor.as_ref()) != Role::Staff {
        let is_present = history.current().is_some_and(|entry| entry.stage == stage.name);
        if !is_present {
            history.refused.push(refuse(Why::NotStaff));
        }
        return;
    }
    match history.entries.last() {
        Some(entry) if entry.stage != stage.name && !workflow.allows(&entry.stage, &stage.name) => {
            let from = entry.stage.clone();
            history.is_cleared = false;
            history.refused.push(refuse(Why::NoSuchTransition { from }));
        }
        _ => {
            // A staff member's word settles what strangers tried before it.
            history.refused.clear();
            enter(history, event, stage);
        }
    }
}

fn remove(
    history: &mut History,
    people: &People,
    event: &LabelEvent,
    stage: &Stage,
    is_history: bool,
) {
    history.refused.retain(|refused| {
        refused.stage != stage.name || refused.event.action == LabelAction::Remove
    });
    let is_current = history.current().is_some_and(|entry| entry.stage == stage.name);
    if !is_current {
        return;
    }
    let by_staff = people.role(event.actor.as_ref()) == Role::Staff;
    // GitLab takes the old label of an exclusive scope off in the name of whoever put the new one on:
    // after a refused change the former stage stays.
    let beside_refused = history.refused.iter().any(|refused| {
        refused.event.action == LabelAction::Add && same_actor(&refused.event, event)
    });
    if beside_refused {
        return;
    }
    if is_history || by_staff {
        history.is_cleared = true;
    } else {
        history.refused.push(Refused {
            event: event.clone(),
            stage: stage.name.clone(),
            why: Why::NotStaff,
        });
    }
}

fn same_actor(one: &LabelEvent, other: &LabelEvent) -> bool {
    let id = |event: &LabelEvent| event.actor.as_ref().map(|actor: &Actor| actor.id);
    id(one) == id(other)
}

fn enter(history: &mut History, event: &LabelEvent, stage: &Stage) {
    history.is_cleared = false;
    if history.entries.last().is_some_and(|entry| entry.stage == stage.name) {
        return;
    }
    history.entries.push(StageEntry {
        stage: stage.name.clone(),
        event: Some(event.id),
        by: event.actor.as_ref().map(|actor| actor.username.clone()),
        at: event.at,
    });
}
