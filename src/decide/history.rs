//! Label events → the stages an issue entered by right, and the labels that must be undone.
//!
//! Stage history lives in GitLab's label events, so it can be told again after the database is lost.
//! Events up to `judged` were judged at their time and are taken as they stand; a label that the bot
//! took off again right after a person put it on was refused then. Later events are judged now.

use crate::model::{Actor, LabelAction, LabelEvent, LabelEventId, StageEntry, StageName};
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

/// What was judged before, from memory or from the comments found in GitLab.
#[derive(Clone, Copy)]
pub(super) struct Judged<'a> {
    /// Events up to here are history.
    pub up_to: Option<LabelEventId>,
    /// Whether an entry by this event was honoured with its comment.
    pub is_spoken: &'a dyn Fn(&StageName, LabelEventId) -> bool,
}

/// Reads the events, which must be in order of id.
pub(super) fn read_history(
    workflow: &Workflow,
    events: &[LabelEvent],
    people: &People,
    judged: Judged<'_>,
) -> History {
    let staged: Vec<(&LabelEvent, &Stage)> = events
        .iter()
        .filter_map(|event| Some((event, workflow.stage_of_label(event.label.as_ref()?)?)))
        .collect();
    let last_human_add = staged
        .iter()
        .rev()
        .find(|(event, _)| event.action == LabelAction::Add && !is_bot(people, event))
        .map(|(event, _)| event.id);
    let mut history = History::default();
    let mut rest = staged.as_slice();
    while let Some(((event, stage), tail)) = rest.split_first() {
        if is_bot(people, event) {
            let length = rest.iter().take_while(|(event, _)| is_bot(people, event)).count();
            let (act, after) = rest.split_at(length);
            own_act(&mut history, workflow, act);
            rest = after;
            continue;
        }
        rest = tail;
        // Without memory, only what decides where the issue stands now needs a judge.
        let is_history = match judged.up_to {
            Some(up_to) => event.id <= up_to,
            None => Some(event.id) < last_human_add,
        } || (event.action == LabelAction::Add
            && (judged.is_spoken)(&stage.name, event.id));
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

/// What the bot wrote in one go: a stage of its own accord (a new issue, `force`), the former stage
/// put back, or the older of two labels taken off.
fn own_act(history: &mut History, workflow: &Workflow, act: &[(&LabelEvent, &Stage)]) {
    let did = |action: LabelAction, name: &StageName| {
        act.iter().any(|(event, stage)| event.action == action && stage.name == *name)
    };
    history.refused.retain(|refused| match refused.event.action {
        LabelAction::Add => !did(LabelAction::Remove, &refused.stage),
        LabelAction::Remove => !did(LabelAction::Add, &refused.stage),
    });
    let top_removed =
        history.entries.last().is_some_and(|top| did(LabelAction::Remove, &top.stage));
    let before = history.entries.iter().rev().nth(1).map(|entry| &entry.stage);
    let first = workflow.first_stage().map(|stage| &stage.name);
    let put_back = top_removed
        && act
            .iter()
            .filter(|(event, _)| event.action == LabelAction::Add)
            .all(|(_, stage)| Some(&stage.name) == before.or(first));
    if put_back {
        history.entries.pop();
        history.is_cleared = history.entries.is_empty();
    }
    for (event, stage) in act {
        if event.action == LabelAction::Add {
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
