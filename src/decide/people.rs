//! Who is who on one issue: the bot, staff, everybody else.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Actor, LabelEvent, LabelEventId, Note, UserId, Username};
use crate::workflow::Workflow;

/// What a person may do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// This bot.
    Bot,
    /// May set stages.
    Staff,
    /// Anybody else.
    Other,
}

/// The roles known for this decision. Somebody who was not looked up is `Other`.
#[derive(Debug, Clone)]
pub struct People {
    /// The bot's own account.
    pub bot: Actor,
    /// Accounts looked up as staff.
    pub staff: BTreeSet<UserId>,
}

impl People {
    /// The role of an account; an account that is gone is `Other`.
    pub fn role(&self, actor: Option<&Actor>) -> Role {
        match actor {
            Some(actor) if actor.id == self.bot.id => Role::Bot,
            Some(actor) if self.staff.contains(&actor.id) => Role::Staff,
            _ => Role::Other,
        }
    }
}

/// The accounts whose role matters: those who changed guarded labels since `judged`, or before the bot
/// did anything, and those who wrote the comments. Few, since each may cost a call.
pub fn people_to_look_up(
    workflow: &Workflow,
    events: &[LabelEvent],
    judged: Option<LabelEventId>,
    comments: &[Note],
    bot: UserId,
) -> BTreeMap<UserId, Username> {
    let guarded = |event: &&LabelEvent| {
        event.label.as_ref().is_some_and(|label| {
            workflow.stage_of_label(label).is_some()
                || workflow.scope_of_label(label).is_some_and(|scope| scope.staff_only)
        })
    };
    let by_bot = |event: &LabelEvent| event.actor.as_ref().is_some_and(|actor| actor.id == bot);
    let touched = events.iter().find(|event| by_bot(event)).map(|event| event.id);
    let matters = |event: &&LabelEvent| {
        judged.is_none_or(|judged| event.id > judged)
            || touched.is_some_and(|touched| event.id < touched)
    };
    let fresh = events.iter().filter(matters);
    fresh
        .filter(guarded)
        .filter_map(|event| event.actor.as_ref())
        .chain(comments.iter().filter_map(|note| note.author.as_ref()))
        .filter(|actor| actor.id != bot)
        .map(|actor| (actor.id, actor.username.clone()))
        .collect()
}
