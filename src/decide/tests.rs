//! Label events told in one line each, against the stage, the undone labels and the effects.
//!
//! `s+engaged` staff puts `migration::engaged` on, `x-engaged` a stranger takes it off, `b+` the bot.

use std::collections::BTreeSet;
use std::sync::LazyLock;

mod commands;
mod looks;

use super::*;
use crate::config::{self, Config, MapEnv};
use crate::model::{
    Actor, IssueIid, IssueRef, LabelName, Note, NoteId, ProjectId, UserId, Username,
};

const BOT: u64 = 1;
const STAFF: u64 = 2;
const STRANGER: u64 = 3;
const PARTNER: u64 = 4;

fn config() -> &'static Config {
    static CONFIG: LazyLock<Config> =
        LazyLock::new(|| config::load(&MapEnv::default(), None).unwrap());
    &CONFIG
}

fn actor(id: u64) -> Actor {
    let name = match id {
        BOT => "landfall-bot",
        STAFF => "sam",
        STRANGER => "mallory",
        _ => "paula",
    };
    Actor { id: UserId(id), username: Username::from(name) }
}

fn people() -> People {
    People { bot: actor(BOT), staff: BTreeSet::from([UserId(STAFF)]) }
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + i64::try_from(second).unwrap()).unwrap()
}

fn label(value: &str) -> LabelName {
    match value {
        "paused" | "blocked" => LabelName::new(format!("hold::{value}")),
        _ => LabelName::new(format!("migration::{value}")),
    }
}

fn events(script: &str) -> Vec<LabelEvent> {
    script
        .split_whitespace()
        .zip(1_u64..)
        .map(|(word, id)| {
            let who = match &word[..1] {
                "b" => BOT,
                "s" => STAFF,
                "x" => STRANGER,
                other => panic!("{other}"),
            };
            let action = if &word[1..2] == "+" { LabelAction::Add } else { LabelAction::Remove };
            LabelEvent {
                id: LabelEventId(id),
                actor: Some(actor(who)),
                action,
                label: Some(label(&word[2..])),
                at: at(id),
            }
        })
        .collect()
}

/// The labels an issue carries after these events.
fn carried(events: &[LabelEvent]) -> Vec<LabelName> {
    let mut labels = Vec::new();
    for event in events {
        let label = event.label.clone().unwrap();
        labels.retain(|one| *one != label);
        if event.action == LabelAction::Add {
            labels.push(label);
        }
    }
    labels
}

fn issue(labels: Vec<LabelName>) -> Issue {
    Issue {
        at: IssueRef { project: ProjectId(42), iid: IssueIid(7) },
        title: "Inkscape | Migration tracker".to_owned(),
        description: "We want to move.".to_owned(),
        state: IssueState::Opened,
        labels,
        author: Some(actor(PARTNER)),
        assignees: Vec::new(),
        confidential: false,
        discussion_locked: false,
        issue_type: "issue".to_owned(),
        created_at: at(0),
        updated_at: at(0),
        moved: false,
        web_url: "https://gitlab.example/t/-/issues/7".to_owned(),
    }
}

/// What the bot remembers after it looked at these events one by one, as they came.
fn remembered(events: &[LabelEvent]) -> IssueMemory {
    let config = config();
    let mut memory = IssueMemory {
        issue: issue(Vec::new()).at,
        judged: None,
        entries: Vec::new(),
        is_cleared: false,
        seen_updated_at: None,
        ticks: Ticks::new(),
    };
    for (index, event) in events.iter().enumerate() {
        let past = Past { memory: Some(&memory), judged: memory.judged, is_spoken: &|_, _| false };
        let history = read_history(&config.workflow, &events[..=index], &people(), &past);
        memory.entries = history.entries;
        memory.is_cleared = history.is_cleared;
        memory.judged = Some(event.id);
    }
    memory
}

struct Case {
    issue: Issue,
    events: Vec<LabelEvent>,
    memory: Option<IssueMemory>,
    comments: Vec<Note>,
    spoken: BTreeSet<EffectKey>,
}

impl Case {
    fn new(script: &str, judged: u64) -> Self {
        let events = events(script);
        let issue = issue(carried(&events));
        let judged = usize::try_from(judged).unwrap();
        let memory = if judged == 0 { None } else { Some(remembered(&events[..judged])) };
        Self { issue, events, memory, comments: Vec::new(), spoken: BTreeSet::new() }
    }

    fn decide(&self) -> Decision {
        let config = config();
        let rules = Rules { workflow: &config.workflow, texts: &config.texts };
        let judged = judged_up_to(
            &config.workflow,
            self.issue.at,
            &self.events,
            UserId(BOT),
            self.memory.as_ref(),
            &self.spoken,
            at(0),
        );
        // Only who was looked up is known.
        let (events, comments) = (&self.events, &self.comments);
        let asked = people_to_look_up(&config.workflow, events, judged, comments, UserId(BOT));
        let mut people = people();
        people.staff.retain(|id| asked.contains_key(id));
        let facts = Facts {
            judged,
            issue: &self.issue,
            events: &self.events,
            people: &people,
            memory: self.memory.as_ref(),
            spoken: &self.spoken,
            comments: &self.comments,
            reports: &[],
            twins: &[],
            dri: None,
            now: at(1000),
        };
        decide(rules, &facts).unwrap()
    }

    fn say(mut self, who: u64, body: &str) -> Self {
        self.comments.push(Note {
            id: NoteId(900 + self.comments.len() as u64),
            author: Some(actor(who)),
            body: body.to_owned(),
            system: false,
            internal: false,
            created_at: at(500),
            updated_at: at(500),
        });
        self
    }
}

/// `stage +added -removed !purposes`, in one line.
fn told(decision: &Decision) -> String {
    let mut words = vec![
        decision.stage.as_ref().map_or_else(|| "none".to_owned(), |entry| entry.stage.to_string()),
    ];
    for effect in &decision.effects {
        match effect {
            Effect::Labels { add, remove, .. } => {
                words.extend(add.iter().map(|label| format!("+{label}")));
                words.extend(remove.iter().map(|label| format!("-{label}")));
            }
            Effect::Comment { purpose, .. } => words.push(format!("!{}", purpose.as_str())),
            Effect::Reaction { emoji, .. } => words.push(format!(":{emoji}:")),
            Effect::Assign { user, .. } => words.push(format!("@{user}")),
            Effect::Block { .. } => {}
        }
    }
    words.join(" ")
}

#[test]
fn label_events_lead_to_stages_and_undone_labels() {
    let table: &[(&str, u64, &str)] = &[
        // A new issue.
        ("", 0, "prospect +migration::prospect !welcome"),
        ("b+prospect", 0, "prospect !welcome"),
        ("b+prospect", 1, "prospect !welcome"),
        // Staff go forward, one label or two.
        ("b+prospect s+engaged s-prospect", 1, "engaged !stage"),
        ("b+prospect s-prospect s+engaged", 1, "engaged !stage"),
        ("b+prospect s+engaged", 1, "engaged -migration::prospect !stage"),
        ("b+prospect s+engaged b-prospect", 2, "engaged !stage"),
        // Back and again.
        ("b+prospect s+engaged b-prospect s+prospect b-engaged", 3, "prospect !stage"),
        // Staff skip a stage: put back and told.
        (
            "b+prospect s+moved s-prospect",
            1,
            "prospect +migration::prospect -migration::moved !welcome !refusal",
        ),
        (
            "b+prospect s-prospect s+moved",
            1,
            "prospect +migration::prospect -migration::moved !welcome !refusal",
        ),
        ("b+prospect s+moved b-moved", 2, "prospect !welcome"),
        // A stranger sets a stage: put back and told; afterwards it is history.
        ("b+prospect x+engaged", 1, "prospect -migration::engaged !welcome !refusal"),
        (
            "b+prospect x+engaged x-prospect",
            1,
            "prospect +migration::prospect -migration::engaged !welcome !refusal",
        ),
        ("b+prospect x+engaged x-prospect b+prospect b-engaged", 3, "prospect !welcome"),
        ("b+prospect x+engaged x-prospect b+prospect b-engaged", 5, "prospect !welcome"),
        ("b+prospect x+engaged x-prospect b+prospect b-engaged", 0, "prospect !welcome"),
        // Again, a new event: undone again.
        (
            "b+prospect x+engaged b-engaged x+engaged",
            3,
            "prospect -migration::engaged !welcome !refusal",
        ),
        // A stranger takes the stage off.
        (
            "b+prospect s+engaged b-prospect x-engaged",
            3,
            "engaged +migration::engaged !stage !refusal",
        ),
        // A stranger opens an issue with a stage.
        ("x+moved", 0, "prospect +migration::prospect -migration::moved !welcome !refusal"),
        // Staff take the stage off: nothing is put back.
        ("b+prospect s-prospect", 1, "none"),
        ("b+prospect s-prospect", 2, "none"),
        ("b+prospect s-prospect", 0, "none"),
        // Staff settle what a stranger tried, in both orders.
        (
            "b+prospect x+moved s+engaged",
            1,
            "engaged -migration::prospect -migration::moved !stage",
        ),
        // Two people race: the newest event counts.
        (
            "b+prospect s+engaged s+declined",
            1,
            "declined -migration::prospect -migration::engaged !stage",
        ),
        // Without memory, what came after the bot's last act is judged.
        (
            "b+prospect x+engaged s+assessing",
            0,
            "prospect -migration::engaged -migration::assessing !welcome !refusal !refusal",
        ),
        // What was judged stays judged: a stranger's label that staff took off, or that was undone.
        ("b+prospect x+engaged s-engaged", 2, "prospect !welcome"),
        ("b+prospect x+engaged x-prospect s-engaged s+prospect", 2, "prospect !welcome"),
        ("b+prospect x+engaged x-prospect s-engaged s+prospect", 4, "prospect !welcome"),
        ("b+prospect s-prospect x+engaged b-engaged", 3, "none"),
        // A stranger is not obeyed for want of memory.
        (
            "x+engaged x+moved",
            0,
            "prospect +migration::prospect -migration::engaged -migration::moved !welcome !refusal",
        ),
        (
            "b+prospect x-prospect x+moved",
            0,
            "prospect +migration::prospect -migration::moved !welcome !refusal",
        ),
        // A force back to the stage before is an entry of its own.
        (
            "b+prospect s+engaged b-prospect s+declined b-engaged b+engaged b-declined",
            5,
            "engaged !stage",
        ),
        // Staff begin a new issue while the bot does: their word counts, though its label is newer.
        ("s+engaged b+prospect", 0, "engaged -migration::prospect !stage"),
        ("s+engaged b+prospect b-prospect", 0, "engaged !stage"),
        (
            "s+engaged b-engaged b+prospect",
            0,
            "engaged +migration::engaged -migration::prospect !stage",
        ),
        ("s+engaged b-engaged b+prospect b+engaged b-prospect", 0, "engaged !stage"),
        ("x+engaged b-engaged b+prospect", 0, "prospect !welcome"),
        // Holds.
        ("b+prospect s+paused", 1, "prospect !welcome"),
        ("b+prospect x+paused", 1, "prospect -hold::paused !welcome !refusal"),
        ("b+prospect s+paused s+blocked", 1, "prospect -hold::paused !welcome"),
        ("b+prospect s+blocked s+paused", 1, "prospect -hold::blocked !welcome"),
    ];
    for (script, judged, expected) in table {
        let decision = Case::new(script, *judged).decide();
        assert_eq!(told(&decision), *expected, "{script:?} judged up to {judged}");
    }
}

#[test]
fn a_label_that_came_between_a_look_and_its_welcome_counts_after_that_look_was_remembered() {
    let mut case = Case::new("s+engaged b+prospect", 0);
    case.memory = Some(remembered(&[]));
    assert_eq!(told(&case.decide()), "engaged -migration::prospect !stage");
    // Later, with that entry remembered, the bot's own label is one it meant: `force`.
    let case = Case::new("s+engaged b-engaged b+prospect", 1);
    assert_eq!(told(&case.decide()), "prospect !stage");
}

#[test]
fn the_same_events_name_the_same_comments_with_and_without_memory() {
    let script = "b+prospect s+engaged b-prospect s+assessing b-engaged";
    let keys = |judged| {
        let decision = Case::new(script, judged).decide();
        let key = |effect: &Effect| match effect {
            Effect::Comment { key, .. } => Some(key.clone()),
            _ => None,
        };
        decision.effects.iter().filter_map(key).collect::<Vec<_>>()
    };
    assert_eq!(keys(0), keys(3));
    assert_eq!(keys(0), keys(5));
}

#[test]
fn an_undone_label_is_undone_once() {
    let mut case = Case::new("b+prospect x+engaged", 1);
    case.spoken.insert(effect_key(case.issue.at, "undo", "2"));
    let decision = case.decide();
    assert!(!decision.effects.iter().any(|effect| matches!(effect, Effect::Labels { .. })));
}

#[test]
fn a_closed_issue_hears_of_a_new_stage_and_of_nothing_else() {
    let mut case = Case::new("b+prospect s+declined b-prospect", 1);
    case.issue.state = IssueState::Closed;
    let decision = case.decide();
    assert_eq!(told(&decision), "declined !stage");
    for effect in &decision.effects {
        if let Effect::Comment { key, .. } = effect {
            case.spoken.insert(key.clone());
        }
    }
    assert_eq!(told(&case.decide()), "declined");
    assert!(case.decide().effects.is_empty());
}

#[test]
fn moved_issues_and_other_work_items_are_left_alone() {
    let mut moved = Case::new("", 0);
    moved.issue.moved = true;
    assert!(moved.decide().effects.is_empty());
    let mut task = Case::new("", 0);
    task.issue.issue_type = "task".to_owned();
    assert!(task.decide().effects.is_empty());
}

#[test]
fn a_torn_read_is_seen() {
    let config = config();
    let events = events("b+prospect s+engaged");
    let torn = |labels: &[&str]| {
        let issue = issue(labels.iter().map(|one| label(one)).collect());
        is_torn(&config.workflow, &issue, &events)
    };
    assert!(!torn(&["prospect", "engaged"]));
    assert!(torn(&["prospect"]));
    assert!(torn(&["prospect", "engaged", "moved"]));
}
