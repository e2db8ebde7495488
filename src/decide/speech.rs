//! What the bot says beside the configured texts, and what those texts are told.

use crate::model::{
    Actor, Decision, Effect, Issue, IssueIid, LabelName, Note, Purpose, StageName, Username,
};
use crate::tracker::block::Ticks;
use crate::tracker::intake::{Intake, propose_host, propose_size};
use crate::tracker::marker::effect_key;
use crate::tracker::safe;
use crate::workflow::{Item, Stage, TextContext, Workflow};

use super::explain::day;
use super::history::Why;
use super::labels::Undone;

/// Who and what a stage's text speaks of, beside the issue and the stage.
pub(super) struct Subject<'a> {
    pub(super) from: Option<&'a StageName>,
    pub(super) ticks: &'a Ticks,
    pub(super) bot: &'a Username,
    /// Who will be assigned, if nobody is.
    pub(super) dri: Option<&'a Actor>,
    pub(super) intake: &'a Intake,
    pub(super) twins: &'a [IssueIid],
}

/// What a stage's text is told; every value is neutralised here.
pub(super) fn context(
    issue: &Issue,
    stage: &Stage,
    workflow: &Workflow,
    subject: &Subject<'_>,
) -> TextContext {
    let Subject { from, ticks, bot, dri, intake, twins } = *subject;
    let dri = issue.assignees.first().or(dri);
    let mention = |name: &Username| safe::mention(name).map(|safe| safe.to_string());
    let is_done = |item: &Item| ticks.get(&item.id).copied().unwrap_or(false);
    TextContext {
        tracker_url: issue.web_url.clone(),
        confidential: issue.confidential,
        author: issue.author.as_ref().and_then(|a| mention(&a.username)).unwrap_or_default(),
        dri: dri.and_then(|a| mention(&a.username)).unwrap_or_default(),
        bot: bot.to_string(),
        from: from.map(ToString::to_string),
        missing: intake.missing.iter().map(|one| one.sentence().to_owned()).collect(),
        proposals: proposals(issue, workflow, intake),
        twins: twins.iter().map(|iid| format!("#{iid}")).collect(),
        ..TextContext::of_stage(stage, is_done)
    }
}

/// Labels of size and host that the text speaks for, where the issue has none of that kind.
fn proposals(issue: &Issue, workflow: &Workflow, intake: &Intake) -> Vec<String> {
    let label = |scope: &str, word: &str| {
        let scope = workflow.scopes.iter().find(|one| one.name == scope)?;
        if scope.labels.iter().any(|one| issue.has_label(&one.label)) {
            return None;
        }
        let ends = |one: &&LabelName| one.as_str().rsplit("::").next() == Some(word);
        scope.labels.iter().map(|one| &one.label).find(ends).map(ToString::to_string)
    };
    let size = propose_size(intake).and_then(|size| label("size", size.as_str()));
    let host = propose_host(intake).and_then(|host| label("host", host.as_str()));
    size.into_iter().chain(host).collect()
}

/// One comment for each person and day (for strangers), or for each change (for staff).
pub(super) fn push_refusals(
    decision: &mut Decision,
    issue: &Issue,
    undone: &[Undone],
    workflow: &Workflow,
) {
    let mut told = Vec::new();
    for one in undone {
        let who = one.event.actor.as_ref().map_or(0, |actor| actor.id.0);
        let (cause, body) = match &one.why {
            Why::NotStaff => (format!("{who}:{}", day(one.event.at)), not_staff(one)),
            Why::NoSuchTransition { from } => {
                (one.event.id.to_string(), no_such_transition(one, from, workflow))
            }
        };
        let key = effect_key(issue.at, Purpose::Refusal.as_str(), &cause);
        if told.contains(&key) {
            continue;
        }
        told.push(key.clone());
        decision.effects.push(Effect::Comment {
            key,
            purpose: Purpose::Refusal,
            body,
            cause_at: one.event.at,
            mirrors: false,
            internal: false,
        });
    }
}

fn address(undone: &Undone) -> String {
    match undone.who().and_then(safe::mention) {
        Some(mention) => format!("{mention}, "),
        None => String::new(),
    }
}

fn not_staff(undone: &Undone) -> String {
    let label = safe::inline(undone.label.as_str());
    format!(
        "{}I undid the change of the label {label}: on this tracker only program staff set it, \
         because it starts work for several people. If you think it is time for a change, say so \
         in a comment; the staff read every one.",
        address(undone)
    )
}

fn no_such_transition(undone: &Undone, from: &StageName, workflow: &Workflow) -> String {
    let label = safe::inline(undone.label.as_str());
    let next: Vec<String> = workflow
        .stage(from)
        .into_iter()
        .flat_map(|stage| stage.next.iter())
        .map(|name| format!("`{name}`"))
        .collect();
    let target = workflow
        .stage_of_label(&undone.label)
        .map_or_else(String::new, |stage| stage.name.to_string());
    format!(
        "{}the workflow has no way from `{from}` to {label}, so I took that label off and the move stays \
         in `{from}`. From here \
         you can set {}. To go against the usual order, comment \
         `/landfall force {target} because …` with the reason.",
        address(undone),
        next.join(", ")
    )
}

/// The answer to a comment's commands, addressed to who wrote it.
pub(super) fn reply(issue: &Issue, note: &Note, text: &str) -> Effect {
    let mention = note.author.as_ref().and_then(|author| safe::mention(&author.username));
    let body = match mention {
        Some(mention) => format!("{mention}: {text}"),
        None => text.to_owned(),
    };
    Effect::Comment {
        key: effect_key(issue.at, Purpose::Reply.as_str(), &note.id.to_string()),
        purpose: Purpose::Reply,
        body,
        cause_at: note.created_at,
        mirrors: false,
        internal: note.internal,
    }
}
