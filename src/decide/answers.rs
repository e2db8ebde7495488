//! Commands in comments → what they change and what is answered.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::model::{
    ItemId, LabelName, Note, NoteId, ReportKind, StageName, UserId, Username, WantedReport,
};
use crate::tracker::block::Ticks;
use crate::tracker::commands::{self, Command, Line};
use crate::tracker::intake::Intake;
use crate::tracker::safe;
use crate::workflow::{Stage, Workflow};

use super::explain::Explanation;
use super::people::{People, Role};
use super::reports::subject;

/// Everything a command may look at.
pub(super) struct Ground<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) people: &'a People,
    pub(super) author: Option<UserId>,
    /// Named in the section of collaborators.
    pub(super) collaborators: &'a BTreeSet<Username>,
    pub(super) stage: Option<&'a Stage>,
    /// Explains the issue with these ticks changed.
    pub(super) explain: &'a dyn Fn(&Ticks) -> Explanation,
    pub(super) is_closed: bool,
    /// What the text says.
    pub(super) intake: &'a Intake,
    /// Labels the issue will carry.
    pub(super) labels: &'a [LabelName],
}

/// What the commands of all new comments amount to.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) ticks: BTreeMap<ItemId, bool>,
    pub(super) add: Vec<LabelName>,
    pub(super) remove: Vec<LabelName>,
    pub(super) forced: Option<StageName>,
    pub(super) reports: Vec<WantedReport>,
    pub(super) replies: Vec<(Note, String)>,
    pub(super) reactions: Vec<(NoteId, &'static str)>,
    pub(super) answered: Vec<NoteId>,
    pub(super) because: Vec<String>,
}

/// How one command ended.
enum Outcome {
    /// Carried out; a reaction says so.
    Done,
    /// Carried out, and there is something to say.
    Said(String),
    /// Not carried out: who may, what is missing, what to type.
    Refused(String),
}

const YES: &str = "white_check_mark";
const NO: &str = "x";

/// Answers each comment's commands in order; comments without a command are left alone.
pub(super) fn answer(ground: &Ground<'_>, comments: &[Note]) -> Answers {
    let mut answers = Answers::default();
    for note in comments {
        let lines = commands::parse(&note.body, &ground.people.bot.username);
        if lines.is_empty() || ground.people.role(note.author.as_ref()) == Role::Bot {
            continue;
        }
        answers.answered.push(note.id);
        if note.is_edited() {
            // The API does not say who edited: running it could obey a stranger.
            let text = "A comment that was edited is never run, because GitLab does not say who \
                        edited it. Please write the command in a new comment.";
            answers.replies.push((note.clone(), text.to_owned()));
            answers.reactions.push((note.id, NO));
            continue;
        }
        answer_one(ground, note, &lines, &mut answers);
    }
    answers
}

fn answer_one(ground: &Ground<'_>, note: &Note, lines: &[Line], answers: &mut Answers) {
    let mut said = Vec::new();
    let mut all_well = true;
    for line in lines {
        let outcome = match &line.parsed {
            Ok(command) => run(ground, note, command, answers),
            Err(error) => Outcome::Refused(error.to_string()),
        };
        match outcome {
            Outcome::Done => {}
            Outcome::Said(text) => said.push(text),
            Outcome::Refused(text) => {
                all_well = false;
                said.push(text);
            }
        }
    }
    if !said.is_empty() {
        answers.replies.push((note.clone(), said.join("\n\n")));
    }
    answers.reactions.push((note.id, if all_well { YES } else { NO }));
    answers.because.push(format!("comment {} holds {} command(s)", note.id, lines.len()));
}

fn run(ground: &Ground<'_>, note: &Note, command: &Command, answers: &mut Answers) -> Outcome {
    let role = ground.people.role(note.author.as_ref());
    let is_author =
        note.author.as_ref().map(|actor| actor.id) == ground.author && ground.author.is_some();
    let is_listed = note.author.as_ref().is_some_and(|actor| {
        let same = |one: &&Username| one.as_str().eq_ignore_ascii_case(actor.username.as_str());
        ground.collaborators.iter().any(|one| same(&one))
    });
    let may_partner = role == Role::Staff || is_author || is_listed;
    let is_staff = role == Role::Staff;
    match command {
        Command::Help => Outcome::Said(help(&ground.people.bot.username)),
        Command::Status => Outcome::Said((ground.explain)(&answers.ticks).status()),
        Command::Explain => Outcome::Said((ground.explain)(&answers.ticks).markdown()),
        Command::Done(_)
        | Command::Undone(_)
        | Command::Pause { .. }
        | Command::Resume
        | Command::Assess
        | Command::Verify
            if !may_partner =>
        {
            Outcome::Refused(
                "Only the person who opened this issue, the collaborators listed in it and program \
                 staff may do that. Ask one of them in a plain comment."
                    .to_owned(),
            )
        }
        Command::Done(_) | Command::Undone(_) if ground.is_closed => Outcome::Refused(
            "This issue is closed, so its checklist rests. Reopen it first, then say it again."
                .to_owned(),
        ),
        Command::Done(numbers) => tick(ground, numbers, true, answers),
        Command::Undone(numbers) => tick(ground, numbers, false, answers),
        Command::Pause { until } => pause(ground, *until, note, is_staff, answers),
        Command::Resume => resume(ground, answers),
        Command::Force { stage, reason } if is_staff => force(ground, stage, reason, answers),
        Command::Force { .. } | Command::Import { .. } if !is_staff => Outcome::Refused(
            "Only program staff may do that. If you think it is time, say so in a plain comment and \
             they will see it."
                .to_owned(),
        ),
        Command::Assess => report(ground, ReportKind::Readiness, false, answers),
        Command::Verify => report(ground, ReportKind::Verification, false, answers),
        Command::Import { start } => report(ground, ReportKind::Import, *start, answers),
        // Everybody else was refused above.
        Command::Force { .. } => Outcome::Done,
    }
}

/// A report is a comment of its own, made by a job of its own.
fn report(ground: &Ground<'_>, kind: ReportKind, start: bool, answers: &mut Answers) -> Outcome {
    if ground.is_closed {
        let text = "This issue is closed. Reopen it first, then say it again.";
        return Outcome::Refused(text.to_owned());
    }
    if subject(kind, ground.intake).is_none() {
        let lacks = match kind {
            ReportKind::Readiness => {
                "The description names no source that moves. Write one under *Source locations*, for \
                 example `https://github.com/OWNER/REPOSITORY`, and say `/landfall assess` again."
            }
            _ => {
                "The description names no destination. Write the new project's full path into the \
                 table of *Source locations* or *Waves*, for example `group/project`, and say it again."
            }
        };
        return Outcome::Refused(lacks.to_owned());
    }
    answers.reports.retain(|wanted| wanted.kind != kind);
    answers.reports.push(WantedReport { kind, start });
    Outcome::Done
}

fn tick(ground: &Ground<'_>, numbers: &[u32], done: bool, answers: &mut Answers) -> Outcome {
    let Some(stage) = ground.stage.filter(|stage| !stage.checklist.is_empty()) else {
        return Outcome::Refused("There is no checklist on this issue now.".to_owned());
    };
    let word = if done { "done" } else { "undone" };
    let mut items = Vec::new();
    for number in numbers {
        let index = number.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        let Some(item) = index.and_then(|index| stage.checklist.get(index)) else {
            let count = stage.checklist.len();
            return Outcome::Refused(format!(
                "There is no item {number}: the checklist of `{}` has items 1 to {count}. \
                 Type for example `/landfall {word} 1`.",
                stage.name
            ));
        };
        items.push(item);
    }
    for item in items {
        answers.ticks.insert(item.id.clone(), done);
    }
    Outcome::Done
}

fn is_hold(workflow: &Workflow, label: &LabelName) -> bool {
    workflow.scope_of_label(label).is_some_and(|scope| scope.name == "hold" && scope.exclusive)
}

fn stops_clocks(workflow: &Workflow, label: &LabelName) -> bool {
    workflow
        .scope_of_label(label)
        .and_then(|scope| scope.labels.iter().find(|one| one.label == *label))
        .is_some_and(|one| one.stops_clocks)
}

fn hold_label<'a>(workflow: &'a Workflow, value: &str) -> Option<&'a LabelName> {
    let scope = workflow.scopes.iter().find(|scope| scope.name == "hold")?;
    scope
        .labels
        .iter()
        .map(|one| &one.label)
        .find(|label| label.as_str().rsplit("::").next() == Some(value))
}

fn pause(
    ground: &Ground<'_>,
    until: Date,
    note: &Note,
    is_staff: bool,
    answers: &mut Answers,
) -> Outcome {
    let today = note.created_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    if until <= today {
        return Outcome::Refused(format!(
            "{until} is not in the future. Type for example `/landfall pause until {}`.",
            today.saturating_add(jiff::Span::new().days(30))
        ));
    }
    let Some(label) = hold_label(ground.workflow, "paused") else {
        return Outcome::Refused("This tracker's workflow has no `paused` hold.".to_owned());
    };
    // A hold that waits for the community is theirs to replace; the others are the staff's.
    let stays = |one: &&LabelName| {
        is_hold(ground.workflow, one) && *one != label && !stops_clocks(ground.workflow, one)
    };
    if let Some(held) = ground.labels.iter().find(stays)
        && !is_staff
    {
        return Outcome::Refused(format!(
            "This move is held by `{held}`, which staff have set. Ask them in a plain comment."
        ));
    }
    if !ground.labels.contains(label) {
        answers.add.push(label.clone());
    }
    answers.remove.retain(|one| one != label);
    // Holds are exclusive, and the newest word counts.
    let others = ground.labels.iter().filter(|one| is_hold(ground.workflow, one) && *one != label);
    answers.remove.extend(others.cloned());
    Outcome::Said(format!(
        "Paused: you mean to go on by {until}. Comment `/landfall resume` when you are back, earlier or later."
    ))
}

fn resume(ground: &Ground<'_>, answers: &mut Answers) -> Outcome {
    let Some(label) = hold_label(ground.workflow, "paused") else {
        return Outcome::Refused("This tracker's workflow has no `paused` hold.".to_owned());
    };
    let is_paused = ground.labels.contains(label) || answers.add.contains(label);
    if !is_paused {
        return Outcome::Said("This move is not paused, so there is nothing to resume.".to_owned());
    }
    answers.add.retain(|one| one != label);
    answers.remove.push(label.clone());
    Outcome::Done
}

fn force(ground: &Ground<'_>, asked: &StageName, reason: &str, answers: &mut Answers) -> Outcome {
    let by_label = |one: &&Stage| one.name == *asked || one.label.as_str() == asked.as_str();
    let Some(stage) = ground.workflow.stages.iter().find(by_label) else {
        let names: Vec<_> =
            ground.workflow.stages.iter().map(|one| format!("`{}`", one.name)).collect();
        return Outcome::Refused(format!(
            "There is no stage {}. The stages are {}.",
            safe::inline(asked.as_str()),
            names.join(", ")
        ));
    };
    if ground.stage.is_some_and(|current| current.name == stage.name) {
        return Outcome::Said(format!("This move is in `{}` already.", stage.name));
    }
    answers.forced = Some(stage.name.clone());
    let reason = safe::inline(reason);
    Outcome::Said(format!("Moved to `{}` by staff. Reason given: {reason}", stage.name))
}

/// The list of commands, as `help` answers it.
fn help(bot: &Username) -> String {
    let rows = [
        ("help", "this list", "everybody"),
        ("status", "where this move stands, in one paragraph", "everybody"),
        ("explain", "why it stands there and what is needed to go on", "everybody"),
        ("done N", "tick item N of the checklist (several numbers are fine)", "you and staff"),
        ("undone N", "untick it", "you and staff"),
        ("pause until YYYY-MM-DD", "put the move on hold until then", "you and staff"),
        ("resume", "end the pause", "you and staff"),
        (
            "assess",
            "look at the sources again; the report is a comment of its own",
            "you and staff",
        ),
        ("verify", "check the destinations again; likewise", "you and staff"),
        ("import", "show what would be imported, and to where", "staff"),
        ("import start", "begin with what was shown", "staff"),
        ("force STAGE because …", "set a stage against the usual order", "staff"),
    ];
    let mut text = format!(
        "Start a line of a comment with `@{bot}` or `/landfall`, then one of these. \
         \"You\" is the person who opened the issue and the collaborators listed in it.\n\n| command | does | who may |\n|---|---|---|"
    );
    for (command, does, who) in rows {
        text.push_str(&format!("\n| `{command}` | {does} | {who} |"));
    }
    text
}
