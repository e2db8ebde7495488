//! What shall be true against what is true → the writes still missing. Pure.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::{Call, Effect, EffectKey, EffectRecord, EffectState, Issue, LabelName, Purpose};
use crate::tracker::block::{self, Ticks};
use crate::tracker::marker::{body_digest, with_marker};
use crate::tracker::safe;
use crate::workflow::Workflow;

/// How the bot speaks on confidential issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConfidentialComments {
    /// As notes that only members can read.
    #[default]
    Internal,
    /// Not at all.
    None,
    /// As ordinary comments, which the issue's author and members can read.
    Normal,
}

/// What the plan must know beside effects and issue.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Stages and checklists.
    pub workflow: &'a Workflow,
    /// Ticks as they were last seen, in case the managed block is gone.
    pub remembered: &'a Ticks,
    /// What is known of each effect.
    pub records: &'a BTreeMap<EffectKey, EffectRecord>,
    /// Causes older than this may have been answered before this database was born.
    pub search_before: Timestamp,
    /// How to speak on confidential issues.
    pub confidential: ConfidentialComments,
}

/// The writes that make the effects true, in the order they are to be made; empty when nothing is
/// missing. Applying them and planning again gives an empty plan.
pub fn diff(effects: &[Effect], issue: &Issue, ground: Ground<'_>) -> Vec<Call> {
    let mut add_labels: Vec<LabelName> = Vec::new();
    let mut remove_labels: Vec<LabelName> = Vec::new();
    let mut once_keys = Vec::new();
    let mut description = None;
    let mut assign = None;
    let mut comments = Vec::new();
    let mut reactions = Vec::new();
    for effect in effects {
        match effect {
            Effect::Labels { add, remove, once } => {
                let missing = add.iter().filter(|label| !issue.has_label(label));
                let before = add_labels.len() + remove_labels.len();
                add_labels.extend(missing.cloned());
                let surplus = remove.iter().filter(|label| issue.has_label(label));
                remove_labels.extend(surplus.cloned());
                if add_labels.len() + remove_labels.len() > before {
                    once_keys.extend(once.clone());
                }
            }
            Effect::Assign { user, once } if issue.assignees.is_empty() => {
                assign = Some(Call::Assign { user: *user, once: once.clone() });
            }
            Effect::Assign { .. } => {}
            Effect::Block { stage, visited, ticks: told } => {
                let mut ticks = block::shown_ticks(&issue.description, ground.remembered);
                ticks.extend(told.clone());
                let text = block::render(ground.workflow, stage, visited, &ticks);
                let wanted = block::replace(&issue.description, &text);
                if wanted != issue.description {
                    description = Some(wanted);
                }
            }
            Effect::Comment { key, purpose, body, cause_at, mirrors, internal } => {
                let wanted =
                    Wanted { key, purpose: *purpose, body, mirrors: *mirrors, internal: *internal };
                comments.extend(comment(&wanted, *cause_at, issue, ground));
            }
            Effect::Reaction { note, emoji } => {
                reactions.push(Call::AwardEmoji { note: *note, emoji: emoji.clone() });
            }
        }
    }
    let mut calls = Vec::new();
    if !add_labels.is_empty() || !remove_labels.is_empty() || description.is_some() {
        calls.push(Call::UpdateIssue { add_labels, remove_labels, description, once: once_keys });
    }
    calls.extend(assign);
    calls.extend(comments);
    // A reaction is the sign in GitLab that a command was answered: it comes last.
    calls.extend(reactions);
    calls
}

struct Wanted<'a> {
    key: &'a EffectKey,
    purpose: Purpose,
    body: &'a str,
    mirrors: bool,
    internal: bool,
}

fn comment(
    wanted: &Wanted<'_>,
    cause_at: Timestamp,
    issue: &Issue,
    ground: Ground<'_>,
) -> Option<Call> {
    if issue.confidential && ground.confidential == ConfidentialComments::None {
        return None;
    }
    let post = |search_first| Call::PostNote {
        key: wanted.key.clone(),
        purpose: wanted.purpose,
        body: with_marker(&safe::fit(wanted.body), wanted.key),
        internal: wanted.internal
            || (issue.confidential && ground.confidential == ConfidentialComments::Internal),
        search_first,
    };
    let Some(record) = ground.records.get(wanted.key) else {
        return Some(post(cause_at < ground.search_before));
    };
    match record.state {
        EffectState::InFlight | EffectState::Uncertain => Some(post(true)),
        EffectState::Failed => None,
        EffectState::Done => {
            let note = record.note?;
            let body = with_marker(&safe::fit(wanted.body), wanted.key);
            let is_current = record.body_digest.as_deref() == Some(body_digest(&body).as_str());
            (wanted.mirrors && !is_current).then(|| Call::EditNote {
                key: wanted.key.clone(),
                note,
                body,
            })
        }
    }
}
