//! Which labels the bot wants on and off: the stage by right, undone changes, exclusive scopes.

use std::collections::BTreeMap;

use crate::model::{Issue, LabelAction, LabelEvent, LabelEventId, LabelName, StageName, Username};
use crate::workflow::{Scope, Workflow};

use super::history::{History, Why};
use super::people::{People, Role};

/// A change somebody made that is undone, told to that person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undone {
    /// The event undone.
    pub event: LabelEvent,
    /// The label.
    pub label: LabelName,
    /// Why it does not count.
    pub why: Why,
}

/// The labels the bot wants changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Wanted {
    /// To put on.
    pub add: Vec<LabelName>,
    /// To take off.
    pub remove: Vec<LabelName>,
    /// The changes this undoes.
    pub undone: Vec<Undone>,
}

/// What the stage labels should be, given the stage by right.
pub(super) fn stage_labels(
    workflow: &Workflow,
    issue: &Issue,
    history: &History,
    current: Option<&StageName>,
) -> Wanted {
    let mut wanted = Wanted::default();
    let target = current.and_then(|name| workflow.stage(name)).map(|stage| &stage.label);
    for label in &issue.labels {
        if workflow.stage_of_label(label).is_some() && Some(label) != target {
            wanted.remove.push(label.clone());
        }
    }
    if let Some(target) = target
        && !issue.has_label(target)
    {
        wanted.add.push(target.clone());
    }
    for refused in &history.refused {
        let Some(label) = refused.event.label.clone() else {
            continue;
        };
        let changes = match refused.event.action {
            LabelAction::Add => wanted.remove.contains(&label),
            LabelAction::Remove => wanted.add.contains(&label),
        };
        if changes {
            let why = refused.why.clone();
            wanted.undone.push(Undone { event: refused.event.clone(), label, why });
        }
    }
    wanted
}

/// What the labels of the other scopes should be: staff-only ones set by strangers come off, and of an
/// exclusive scope the newest stays (GitLab's own exclusivity is a paid feature).
pub(super) fn scope_labels(
    workflow: &Workflow,
    issue: &Issue,
    events: &[LabelEvent],
    people: &People,
    judged: Option<LabelEventId>,
) -> Wanted {
    let mut wanted = Wanted::default();
    for scope in &workflow.scopes {
        one_scope(scope, issue, events, people, judged, &mut wanted);
    }
    wanted
}

fn one_scope(
    scope: &Scope,
    issue: &Issue,
    events: &[LabelEvent],
    people: &People,
    judged: Option<LabelEventId>,
    wanted: &mut Wanted,
) {
    let newest: BTreeMap<&LabelName, &LabelEvent> = events
        .iter()
        .filter_map(|event| event.label.as_ref().map(|label| (label, event)))
        .collect();
    let mut present = Vec::new();
    for one in scope.labels.iter().filter(|one| issue.has_label(&one.label)) {
        let event = newest.get(&one.label).copied();
        match event {
            Some(event) if scope.staff_only && is_strangers(event, people, judged) => {
                wanted.remove.push(one.label.clone());
                wanted.undone.push(Undone {
                    event: event.clone(),
                    label: one.label.clone(),
                    why: Why::NotStaff,
                });
            }
            _ => present.push((event.map(|event| event.id), &one.label)),
        }
    }
    if scope.exclusive {
        present.sort();
        present.pop();
        wanted.remove.extend(present.into_iter().map(|(_, label)| label.clone()));
    }
}

fn is_strangers(event: &LabelEvent, people: &People, judged: Option<LabelEventId>) -> bool {
    let is_fresh = judged.is_none_or(|judged| event.id > judged);
    event.action == LabelAction::Add && is_fresh && people.role(event.actor.as_ref()) == Role::Other
}

impl Undone {
    /// Who did it, when the account still exists.
    pub(super) fn who(&self) -> Option<&Username> {
        self.event.actor.as_ref().map(|actor| &actor.username)
    }
}
