//! (workflow, issue as it is now, new comments, now) → Decision. Pure: no I/O, no clock.

mod answers;
mod explain;
mod facts;
mod history;
mod labels;
mod people;
mod reports;
mod speech;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use explain::{Explanation, Position};
pub use facts::{Facts, Rules};
pub use history::{History, Refused, Why};
pub use people::{People, Role, people_to_look_up};
pub use reports::{destination_group, journeys, moving, subject};

use crate::model::{
    Decision, Effect, EffectKey, Issue, IssueMemory, IssueRef, IssueState, ItemId, LabelAction,
    LabelEvent, LabelEventId, LabelName, Purpose, StageEntry, StageName, UserId, WantedReport,
};
use crate::tracker::block::{self, Ticks};
use crate::tracker::collaborators::collaborators;
use crate::tracker::intake::{self, Intake};
use crate::tracker::marker::effect_key;
use crate::workflow::{TextError, Workflow};

use answers::{Answers, Ground};
use history::{Past, judged_without_memory, read_history};
use labels::{Wanted, scope_labels, stage_labels};

/// Whether the label events and the issue were read at the same instant, as far as the labels of the
/// workflow tell. If not, read both again: deciding on a torn read could undo a fresh label.
pub fn is_torn(workflow: &Workflow, issue: &Issue, events: &[LabelEvent]) -> bool {
    let newest = |label| events.iter().rev().find(|event| event.label.as_ref() == Some(label));
    let scoped = workflow.scopes.iter().flat_map(|scope| &scope.labels).map(|one| &one.label);
    let mut labels = workflow.stages.iter().map(|stage| &stage.label).chain(scoped);
    labels.any(|label| match newest(label) {
        Some(event) => (event.action == LabelAction::Add) != issue.has_label(label),
        None => issue.has_label(label),
    })
}

/// The newest label event that needs no judge any more.
///
/// `born` is when the database began, by GitLab's clock: on an issue that the bot never touched, what
/// happened before it stands as it is.
pub fn judged_up_to(
    workflow: &Workflow,
    at: IssueRef,
    events: &[LabelEvent],
    bot: UserId,
    memory: Option<&IssueMemory>,
    spoken: &BTreeSet<EffectKey>,
    born: Timestamp,
) -> Option<LabelEventId> {
    if let Some(memory) = memory {
        return memory.judged.or(Some(LabelEventId(0)));
    }
    let is_spoken = |stage: &StageName, event| spoken.contains(&stage_key(at, stage, Some(event)));
    judged_without_memory(workflow, events, bot, !spoken.is_empty(), &is_spoken, born)
}

/// The newest label event that is not the bot's own: a saved decision holds while it is the same.
pub fn newest_foreign_event(events: &[LabelEvent], people: &People) -> Option<LabelEventId> {
    let is_foreign = |event: &&LabelEvent| people.role(event.actor.as_ref()) != Role::Bot;
    events.iter().rev().find(is_foreign).map(|event| event.id)
}

/// Decides what shall be true of one issue.
///
/// # Errors
/// When a text template fails; templates are checked at load, so this is a bug in a template that only
/// some issue shows.
pub fn decide(rules: Rules<'_>, facts: &Facts<'_>) -> Result<Decision, TextError> {
    let issue = facts.issue;
    let mut decision = Decision {
        issue: issue.at,
        seen: newest_foreign_event(facts.events, facts.people),
        stage: None,
        history: Vec::new(),
        is_cleared: false,
        effects: Vec::new(),
        answered: Vec::new(),
        because: Vec::new(),
        reports: Vec::new(),
        again: false,
    };
    if issue.moved {
        decision.because.push("the issue was moved to another project".to_owned());
        return Ok(decision);
    }
    if issue.issue_type != "issue" {
        decision.because.push("not an issue but another kind of work item".to_owned());
        return Ok(decision);
    }
    Deciding::new(rules, facts).finish(decision)
}

/// Explains one issue; the same reading as [`decide`].
pub fn explain(rules: Rules<'_>, facts: &Facts<'_>) -> Explanation {
    let deciding = Deciding::new(rules, facts);
    // What the bot has not written yet is not so yet.
    let current = deciding.current.as_ref().filter(|_| !deciding.is_intake);
    explain::explain(
        rules.workflow,
        facts.issue,
        &deciding.history,
        current,
        &deciding.ticks,
        facts.now,
    )
}

/// Ticks that commands changed.
type Told = BTreeMap<ItemId, bool>;

struct Deciding<'a> {
    rules: Rules<'a>,
    facts: &'a Facts<'a>,
    history: History,
    current: Option<StageEntry>,
    /// A new issue: the bot sets the first stage.
    is_intake: bool,
    ticks: Ticks,
    intake: Intake,
}

impl<'a> Deciding<'a> {
    fn new(rules: Rules<'a>, facts: &'a Facts<'a>) -> Self {
        let issue = facts.issue;
        let is_spoken = |stage: &StageName, event: LabelEventId| {
            facts.spoken.contains(&stage_key(issue.at, stage, Some(event)))
        };
        let history = read_history(
            rules.workflow,
            facts.events,
            facts.people,
            &Past { memory: facts.memory, judged: facts.judged, is_spoken: &is_spoken },
        );
        let unrecorded = || unrecorded_entry(rules.workflow, issue, facts.events);
        let is_blank = history.entries.is_empty() && !history.is_cleared;
        let current =
            history.current().cloned().or_else(|| if is_blank { unrecorded() } else { None });
        let is_intake = current.is_none() && is_blank && issue.state == IssueState::Opened;
        let remembered = facts.memory.map(|memory| memory.ticks.clone()).unwrap_or_default();
        let ticks = block::shown_ticks(&issue.description, &remembered);
        let intake = intake::parse(&issue.description);
        let mut deciding = Self { rules, facts, history, current, is_intake, ticks, intake };
        if is_intake && let Some(first) = rules.workflow.first_stage() {
            deciding.current = Some(StageEntry {
                stage: first.name.clone(),
                event: None,
                by: Some(facts.people.bot.username.clone()),
                at: issue.created_at,
            });
        }
        deciding
    }

    fn finish(mut self, mut decision: Decision) -> Result<Decision, TextError> {
        let issue = self.facts.issue;
        let mut wanted = self.wanted_labels();
        let answers = self.answer(&wanted);
        if let Some(forced) = &answers.forced {
            let undone = std::mem::take(&mut wanted.undone);
            wanted = stage_labels(self.rules.workflow, issue, &self.history, Some(forced));
            wanted.undone = undone;
            decision.again = true;
            self.push_block(&mut decision, &answers.ticks);
            // The entry is named by the label event to come: say nothing about the old stage now.
            self.current = None;
        }
        self.ticks.extend(answers.ticks.clone());
        self.push_labels(&mut decision, &wanted, &answers);
        if !decision.again {
            self.push_stage(&mut decision, answers.ticks.clone())?;
        }
        self.push_reports(&mut decision, answers.reports);
        speech::push_refusals(&mut decision, issue, &wanted.undone, self.rules.workflow);
        for (note, text) in answers.replies {
            decision.effects.push(speech::reply(issue, &note, &text));
        }
        decision.effects.extend(
            answers
                .reactions
                .into_iter()
                .map(|(note, emoji)| Effect::Reaction { note, emoji: emoji.to_owned() }),
        );
        decision.answered = answers.answered;
        decision.because.extend(answers.because);
        decision.is_cleared = self.history.is_cleared;
        decision.history = self.history.entries;
        decision.stage = self.current;
        Ok(decision)
    }

    /// What is found out about the move, and what shall be.
    fn push_reports(&self, decision: &mut Decision, asked: Vec<WantedReport>) {
        let Facts { issue, reports: known, .. } = *self.facts;
        decision.effects.extend(reports::comments(issue, known));
        decision.reports = asked;
        let stage = self.current.as_ref().and_then(|entry| self.rules.workflow.stage(&entry.stage));
        let Some(stage) = stage.filter(|_| issue.state == IssueState::Opened) else { return };
        for due in reports::due(stage, &self.intake, known) {
            if decision.reports.iter().all(|asked| asked.kind != due.kind) {
                decision.reports.push(due);
            }
        }
    }

    fn wanted_labels(&self) -> Wanted {
        let Facts { issue, events, people, .. } = *self.facts;
        let workflow = self.rules.workflow;
        let current = self.current.as_ref().map(|entry| &entry.stage);
        let mut wanted = stage_labels(workflow, issue, &self.history, current);
        let beside = scope_labels(workflow, issue, events, people, self.facts.judged);
        wanted.add.extend(beside.add);
        wanted.remove.extend(beside.remove);
        wanted.undone.extend(beside.undone);
        wanted
    }

    fn answer(&self, wanted: &Wanted) -> Answers {
        if self.facts.comments.is_empty() {
            return Answers::default();
        }
        let Facts { issue, people, now, .. } = *self.facts;
        let workflow = self.rules.workflow;
        let current = self.current.as_ref();
        let explain = |changed: &Ticks| {
            let mut ticks = self.ticks.clone();
            ticks.extend(changed.clone());
            explain::explain(workflow, issue, &self.history, current, &ticks, now)
        };
        let mut labels = issue.labels.clone();
        labels.retain(|label| !wanted.remove.contains(label));
        labels.extend(wanted.add.iter().cloned());
        let ground = Ground {
            workflow,
            people,
            author: issue.author.as_ref().map(|actor| actor.id),
            collaborators: &collaborators(&issue.description),
            stage: current.and_then(|entry| workflow.stage(&entry.stage)),
            explain: &explain,
            is_closed: issue.state == IssueState::Closed,
            intake: &self.intake,
            labels: &labels,
        };
        answers::answer(&ground, self.facts.comments)
    }

    fn push_labels(&self, decision: &mut Decision, wanted: &Wanted, answers: &Answers) {
        let issue = self.facts.issue;
        let newest = wanted.undone.iter().map(|undone| undone.event.id).max();
        let once = newest.map(|event| effect_key(issue.at, "undo", &event.to_string()));
        let (mut add, mut remove) = (wanted.add.clone(), wanted.remove.clone());
        if once.as_ref().is_some_and(|key| self.facts.spoken.contains(key)) {
            // Undone once already and still there: a person or GitLab insists, so leave it.
            decision.because.push("a label was undone once before; left alone now".to_owned());
            add.clear();
            remove.clear();
        }
        add.extend(answers.add.iter().cloned());
        remove.extend(answers.remove.iter().cloned());
        add.retain(|label| !remove.contains(label));
        if !add.is_empty() || !remove.is_empty() {
            let names = |verb, labels: &[LabelName]| {
                labels.iter().map(|label| format!("{verb} `{label}`")).collect::<Vec<_>>()
            };
            let words = [names("put on", &add), names("take off", &remove)].concat();
            decision.because.push(format!("labels: {}", words.join(", ")));
            decision.effects.push(Effect::Labels { add, remove, once });
        }
    }

    /// The managed block, and the comment for the entry into the present stage.
    fn push_stage(&self, decision: &mut Decision, told: Told) -> Result<(), TextError> {
        let Facts { issue, people, spoken, .. } = *self.facts;
        let workflow = self.rules.workflow;
        let Some(entry) = &self.current else {
            decision.because.push("no stage is set".to_owned());
            return Ok(());
        };
        let Some(stage) = workflow.stage(&entry.stage) else {
            return Ok(());
        };
        let is_first = self.is_first_entry(entry);
        let purpose = if is_first { Purpose::Welcome } else { Purpose::Stage };
        let key = match purpose {
            Purpose::Welcome => effect_key(issue.at, Purpose::Welcome.as_str(), ""),
            _ => stage_key(issue.at, &entry.stage, entry.event),
        };
        if issue.state == IssueState::Closed && spoken.contains(&key) {
            decision.because.push("the issue is closed and its stage was announced".to_owned());
            return Ok(());
        }
        self.push_block(decision, &told);
        let from = self.former_stage(entry);
        self.push_dri(decision, is_first);
        let subject = speech::Subject {
            from,
            ticks: &self.ticks,
            bot: &people.bot.username,
            dri: self.facts.dri,
            intake: &self.intake,
            twins: self.facts.twins,
        };
        let ctx = speech::context(issue, stage, workflow, &subject);
        let body = match purpose {
            Purpose::Welcome => self.rules.texts.render_welcome(&ctx)?,
            _ => self.rules.texts.render_stage(&entry.stage, &ctx)?,
        };
        decision.because.push(format!("in stage `{}`", entry.stage));
        decision.effects.push(Effect::Comment {
            key,
            purpose,
            body,
            cause_at: entry.at,
            mirrors: true,
            internal: false,
        });
        Ok(())
    }

    /// A new issue gets somebody who is responsible, once: whoever takes them off again means it.
    fn push_dri(&self, decision: &mut Decision, is_first: bool) {
        let Facts { issue, spoken, dri, .. } = *self.facts;
        let once = effect_key(issue.at, "assign", "");
        if let Some(dri) = dri
            && is_first
            && issue.assignees.is_empty()
            && !spoken.contains(&once)
        {
            decision.effects.push(Effect::Assign { user: dri.id, once });
        }
    }

    /// The checklists of the present stage and of those before it.
    fn push_block(&self, decision: &mut Decision, told: &Told) {
        let Some(entry) = &self.current else { return };
        let entries = self.history.entries.iter();
        decision.effects.push(Effect::Block {
            stage: entry.stage.clone(),
            visited: entries.map(|entry| entry.stage.clone()).collect(),
            ticks: told.clone(),
        });
    }

    /// A new issue's first stage, set by the bot: its entry is the welcome.
    fn is_first_entry(&self, entry: &StageEntry) -> bool {
        let by_bot = entry.by.as_ref() == Some(&self.facts.people.bot.username);
        let is_only = self.history.entries.len() <= 1;
        let first = self.rules.workflow.first_stage().map(|stage| &stage.name);
        self.is_intake || (by_bot && is_only && Some(&entry.stage) == first)
    }

    fn former_stage(&self, entry: &StageEntry) -> Option<&StageName> {
        self.history.entries.iter().rev().find(|one| one.event != entry.event).map(|one| &one.stage)
    }
}

/// A stage label that no event tells of (an import, an event GitLab dropped): taken as it stands.
fn unrecorded_entry(
    workflow: &Workflow,
    issue: &Issue,
    events: &[LabelEvent],
) -> Option<StageEntry> {
    let is_recorded = |label| events.iter().any(|event| event.label.as_ref() == Some(label));
    let label = issue
        .labels
        .iter()
        .filter(|label| !is_recorded(*label))
        .find(|label| workflow.stage_of_label(label).is_some())?;
    let stage = workflow.stage_of_label(label)?;
    Some(StageEntry { stage: stage.name.clone(), event: None, by: None, at: issue.created_at })
}

/// The key of a stage comment: one per issue, stage and entry.
fn stage_key(at: IssueRef, stage: &StageName, event: Option<LabelEventId>) -> EffectKey {
    let cause = match event {
        Some(event) => format!("{stage}:{event}"),
        None => format!("{stage}:none"),
    };
    effect_key(at, Purpose::Stage.as_str(), &cause)
}
