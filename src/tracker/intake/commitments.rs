//! What each side has promised: a table, or an ordered list of promises with dates.

use serde::Serialize;

use super::page::block::{Block, Bullet};
use super::page::given::given;
use super::page::inline::plain;
use super::page::table::{Layout, rows_below_header};
use super::page::words::{DASHES, has, words};
use super::sections::Section;

/// Commitments that are kept.
const MOST: usize = 200;

/// Something that one side has promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Commitment {
    /// The side or the person.
    pub who: Option<String>,
    /// What was promised.
    pub what: String,
    /// By when, as written.
    pub due: Option<String>,
    /// As written; `done` or `open` from a box.
    pub state: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Who,
    What,
    Due,
    State,
}

const USUAL: [Column; 4] = [Column::Who, Column::What, Column::Due, Column::State];

fn column(cell: &str) -> Option<Column> {
    match words(cell).as_str() {
        "who" | "owner" | "party" | "side" | "responsible" | "assignee" | "by whom" | "person" => {
            Some(Column::Who)
        }
        "what" | "commitment" | "task" | "action" | "item" | "promise" | "description"
        | "action item" => Some(Column::What),
        "due" | "date" | "when" | "deadline" | "by" | "by when" | "eta" | "due date" | "target" => {
            Some(Column::Due)
        }
        "state" | "status" | "done" | "progress" => Some(Column::State),
        _ => None,
    }
}

/// Adds the commitments of a section.
pub(super) fn read(section: &Section<'_>, commitments: &mut Vec<Commitment>) {
    let mut layout = Layout::usual(&USUAL);
    for block in &section.blocks {
        match block {
            Block::Table(table) => {
                let is_data = |cell: &str| cell.contains("://");
                for row in rows_below_header(table, &mut layout, column, is_data) {
                    let state = layout.cell(row, Column::State);
                    let what = layout.value(row, Column::What).map(|what| Commitment {
                        who: layout.value(row, Column::Who),
                        what,
                        due: layout.value(row, Column::Due),
                        state: box_state(state).or_else(|| given(state)),
                    });
                    add(what, commitments);
                }
            }
            Block::Item(item) => add(of_item(item), commitments),
            // Prose around the list promises nothing.
            Block::Text(_) => {}
        }
    }
}

fn add(commitment: Option<Commitment>, commitments: &mut Vec<Commitment>) {
    commitments.extend(commitment.filter(|_| commitments.len() < MOST));
}

fn box_state(cell: &str) -> Option<String> {
    match cell.trim() {
        "[ ]" | "☐" => Some("open".to_owned()),
        "[x]" | "[X]" | "☑" | "✅" | "✔" => Some("done".to_owned()),
        _ => None,
    }
}

/// Reads `GitLab: assign it to a release — by 10.2 — done`.
fn of_item(item: &Bullet<'_>) -> Option<Commitment> {
    let text = plain(&item.text());
    let (who, rest) = match text.split_once(": ").filter(|(who, _)| is_who(who)) {
        Some((who, rest)) => (given(who), rest),
        None => (None, text.as_str()),
    };
    let rest = rest.replace(')', "").replace(" (", " - ");
    let rest = DASHES.iter().fold(rest, |rest, dash| rest.replace(dash, " - "));
    let mut parts = rest.split(" - ");
    let (mut what, mut due) = split_due(parts.next().unwrap_or_default());
    let mut state = item.is_ticked.map(|done| if done { "done" } else { "open" }.to_owned());
    for part in parts {
        if is_state(part) {
            // Words say more than a box.
            state = given(part);
        } else if due.is_none() && is_due(part) {
            due = given(part.trim().trim_start_matches("by ").trim_start_matches("due "));
        } else {
            what = format!("{what} - {part}");
        }
    }
    let what = given(&what)?;
    Some(Commitment { who, what, due, state })
}

fn is_who(label: &str) -> bool {
    const MOST_WORDS: usize = 4;
    label.split_whitespace().count() <= MOST_WORDS && !label.contains("//")
}

/// `six projects by end of November` is due at the end of November; `by hand` is not.
fn split_due(text: &str) -> (String, Option<String>) {
    let found = text.rsplit_once(" by ").filter(|(_, due)| is_date(due));
    match found {
        Some((what, due)) => (what.to_owned(), given(due)),
        None => (text.to_owned(), None),
    }
}

fn is_due(text: &str) -> bool {
    let text = text.trim();
    is_date(text) || ["by ", "due ", "until ", "before "].iter().any(|sign| text.starts_with(sign))
}

fn is_date(text: &str) -> bool {
    const SIGNS: &[&str] = &[
        "end of",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        "spring",
        "summer",
        "autumn",
        "fall",
        "winter",
        "week",
        "month",
        "tomorrow",
        "tbd",
    ];
    text.bytes().any(|byte| byte.is_ascii_digit()) || has(&words(text), SIGNS)
}

fn is_state(text: &str) -> bool {
    const STATES: &[&str] = &[
        "done",
        "open",
        "in progress",
        "started",
        "not started",
        "waiting",
        "late",
        "overdue",
        "delivered",
        "blocked",
        "cancelled",
        "canceled",
        "pending",
        "doing",
        "to do",
        "todo",
        "ongoing",
        "finished",
    ];
    const MOST_WORDS: usize = 3;
    let words = words(text);
    words.split(' ').count() <= MOST_WORDS && has(&words, STATES)
}

#[cfg(test)]
mod tests {
    use super::super::sections;
    use super::*;

    /// Each commitment on one line: who, what, due, state.
    fn found(text: &str) -> Vec<String> {
        let mut commitments = Vec::new();
        sections::each(&format!("## Commitments\n\n{text}"), |section| {
            read(section, &mut commitments);
        });
        let or_dash = |text: &Option<String>| text.clone().unwrap_or("-".to_owned());
        let show = |one: &Commitment| {
            [or_dash(&one.who), one.what.clone(), or_dash(&one.due), or_dash(&one.state)]
                .join(" / ")
        };
        commitments.iter().map(show).collect()
    }

    #[test]
    fn promises_stand_in_tables_and_in_lists() {
        for (text, expect) in [
            (
                "| Who | What | Due | State |\n|--|--|--|--|\n| GitLab | answer | 2027-01-31 | open |\n| | | | |",
                vec!["GitLab / answer / 2027-01-31 / open"],
            ),
            (
                "What | Owner | Done\n--|--|--\nanswer | GitLab | [x]",
                vec!["GitLab / answer / - / done"],
            ),
            ("| GitLab | answer | TBD |", vec!["GitLab / answer / - / -"]),
            (
                "1. GitLab: assign rebase to a release — by 10.2 — done\n2. GNOME: move six projects by end of November 2017",
                vec![
                    "GitLab / assign rebase to a release / 10.2 / done",
                    "GNOME / move six projects / end of November 2017 / -",
                ],
            ),
            (
                "- [x] fourteen more (one release before)\n- [ ] fix it by hand - in progress",
                vec![
                    "- / fourteen more - one release before / - / done",
                    "- / fix it by hand / - / in progress",
                ],
            ),
            ("We promise nothing.\n-\n- TBD", vec![]),
        ] {
            assert_eq!(found(text), expect, "{text}");
        }
    }
}
