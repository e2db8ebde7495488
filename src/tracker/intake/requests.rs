//! What a community waits for: requests with their priority and state.

use std::collections::HashMap;

use serde::Serialize;

use super::note;
use super::page::block::{Block, Bullet, split_box};
use super::page::given::given;
use super::page::inline::plain;
use super::page::table::{Layout, Table, rows_below_header};
use super::page::words::words;
use super::priority::{self, Priority};
use super::reference::{self, Found};
use super::sections::Section;

/// Requests that are kept.
const MOST: usize = 500;

/// An upstream issue, merge request or epic that a community waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// `gitlab-org/gitlab#123`, `gitlab-org/gitlab!12`, `gitlab-org&5`; on another GitLab than
    /// gitlab.com the address of the issue.
    ///
    /// Projects that GitLab renamed stand under their new name where the numbers are the same: gitlab-ee
    /// is gitlab, and gitlab-ce is gitlab-foss. gitlab-foss is *not* gitlab: issues that moved from one to
    /// the other got new numbers, which only GitLab knows.
    pub reference: String,
    /// The same as it was written first, `gitlab-ce#40541` or an address, so that nothing is confused
    /// in silence.
    pub written: String,
    /// The highest that was given to it; nothing if none was.
    pub priority: Option<Priority>,
    /// Whether its box is ticked somewhere, or it stands below a heading for what is done. Without
    /// a box the first word decides: `merged`, `fixed`.
    pub done: bool,
    /// What else the line says: title, status.
    pub note: Option<String>,
}

/// Something that is asked for without a reference; somebody has to find or open the issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wish {
    /// As written.
    pub text: String,
    /// If one was given.
    pub priority: Option<Priority>,
    /// As for a [`Request`].
    pub done: bool,
}

/// The requests of a text, one for each reference.
#[derive(Debug, Default)]
pub(super) struct Requests {
    pub(super) linked: Vec<Request>,
    pub(super) wishes: Vec<Wish>,
    places: HashMap<String, usize>,
}

/// What the headings and items above a line say about it.
#[derive(Debug, Clone, Copy)]
struct Above {
    priority: Option<Priority>,
    is_done: bool,
}

impl Requests {
    /// Reads a section of requests.
    pub(super) fn read(&mut self, section: &Section<'_>) {
        let place = section.place;
        let above = Above { priority: place.priority, is_done: place.is_done };
        let mut list =
            List { requests: self, is_sure: place.is_sure, above, groups: Vec::new(), last: None };
        let mut layout = Layout::usual(&USUAL);
        for block in &section.blocks {
            match block {
                Block::Item(item) => list.item(item),
                Block::Text(lines) => {
                    list.groups.clear();
                    list.last = None;
                    lines.iter().for_each(|line| list.line(line));
                }
                Block::Table(table) => list.table(table, &mut layout),
            }
        }
    }

    /// Adds the references of a line; returns where the first stands.
    fn add(&mut self, line: &Line<'_>) -> Option<usize> {
        let mut first = None;
        for one in &line.found {
            let key = one.reference.to_ascii_lowercase();
            let at = match self.places.get(&key) {
                Some(at) => *at,
                None if self.linked.len() == MOST => continue,
                None => {
                    self.places.insert(key, self.linked.len());
                    let written = line.text.get(one.place.clone()).unwrap_or_default();
                    self.linked.push(Request {
                        reference: one.reference.clone(),
                        written: plain(written),
                        priority: None,
                        done: false,
                        note: None,
                    });
                    self.linked.len() - 1
                }
            };
            if let Some(request) = self.linked.get_mut(at) {
                request.priority = request.priority.max(line.priority);
                request.done |= line.is_done;
                request.note = request.note.take().or_else(|| line.note.clone());
            }
            first = first.or(Some(at));
        }
        first
    }
}

/// One line that asks for something.
#[derive(Debug)]
struct Line<'t> {
    text: &'t str,
    found: Vec<Found>,
    priority: Option<Priority>,
    is_done: bool,
    note: Option<String>,
}

impl<'t> Line<'t> {
    fn read(text: &'t str, above: Above) -> Self {
        let found = reference::find(text);
        let marked = note::marked_priority(text);
        let priority = marked.as_ref().map(|(priority, _)| *priority);
        let mut cuts = note::joined_places(text, found.iter().map(|one| one.place.clone()));
        cuts.extend(marked.map(|(_, place)| place));
        let note = note::without(text, cuts);
        let is_done = above.is_done || note::is_struck(text);
        Self { text, found, priority: priority.or(above.priority), is_done, note }
    }

    /// What stands behind the last reference.
    fn status(&self) -> &str {
        self.found.last().and_then(|one| self.text.get(one.place.end..)).unwrap_or_default()
    }
}

struct List<'r> {
    requests: &'r mut Requests,
    is_sure: bool,
    /// From the headings.
    above: Above,
    /// Items that only name a priority, for those below them: indent and what it says.
    groups: Vec<(usize, Above)>,
    /// The request of the last item, and the item's indent.
    last: Option<(usize, usize)>,
}

impl List<'_> {
    fn item(&mut self, item: &Bullet<'_>) {
        while self.groups.pop_if(|(indent, _)| *indent >= item.indent).is_some() {}
        let above = self.groups.last().map_or(self.above, |(_, above)| *above);
        let text = item.text();
        let mut line = Line::read(&text, above);
        if line.found.is_empty() {
            let names = priority::of_text(&text);
            if names.is_some() || is_done_label(&text) {
                let is_done = above.is_done || names.is_none();
                self.groups
                    .push((item.indent, Above { priority: names.or(above.priority), is_done }));
                self.last = None;
            } else if let Some((at, _)) = self.last.filter(|(_, indent)| item.indent > *indent) {
                self.go_on(at, &text);
            } else {
                line.is_done |= item.is_ticked.unwrap_or(false);
                self.wish(line);
            }
            return;
        }
        line.is_done |= item.is_ticked.unwrap_or_else(|| note::says_done(line.status()));
        let first = self.requests.add(&line);
        self.last = first.map(|at| (at, item.indent));
    }

    fn line(&mut self, text: &str) {
        let mut line = Line::read(text, self.above);
        line.is_done |= note::says_done(line.status());
        self.requests.add(&line);
    }

    /// A line below a request says more about it.
    fn go_on(&mut self, at: usize, text: &str) {
        let request = self.requests.linked.get_mut(at);
        if let (Some(request), Some(more)) = (request, given(text)) {
            request.note = Some(match &request.note {
                Some(note) => plain(&format!("{note}; {more}")),
                None => more,
            });
        }
    }

    fn wish(&mut self, line: Line<'_>) {
        let text = line.note.filter(|text| !is_nothing(text));
        if let Some(text) = text.filter(|_| self.is_sure && self.requests.wishes.len() < MOST) {
            let (priority, done) = (line.priority, line.is_done);
            self.requests.wishes.push(Wish { text, priority, done });
        }
    }

    fn table(&mut self, table: &Table, layout: &mut Layout<Column>) {
        let is_data = |cell: &str| !reference::find(cell).is_empty();
        for row in rows_below_header(table, layout, column, is_data) {
            let cell = |column| layout.cell(row, column);
            let status = cell(Column::Status);
            let named = priority::of_text(cell(Column::Priority))
                .or_else(|| row.iter().find_map(|cell| priority::of_text(cell)));
            let boxes = row.iter().filter_map(|cell| split_box(cell));
            let is_ticked = boxes.map(|(is_ticked, _)| is_ticked).reduce(|one, other| one || other);
            let cells =
                row.iter().map(|cell| split_box(cell).map_or(cell.as_str(), |(_, rest)| rest));
            let cells = cells.filter(|cell| !cell.is_empty() && priority::of_text(cell).is_none());
            let text = cells.collect::<Vec<_>>().join("; ");
            let mut line = Line::read(&text, self.above);
            line.priority = named.or(line.priority);
            line.is_done |= is_ticked.unwrap_or(false) || note::is_done_cell(status);
            if line.found.is_empty() {
                self.wish(line);
            } else {
                self.requests.add(&line);
            }
        }
    }
}

/// `none`, `nothing else`
fn is_nothing(text: &str) -> bool {
    let words = words(text);
    words == "no" || words.split(' ').next().is_some_and(|word| matches!(word, "none" | "nothing"))
}

fn is_done_label(text: &str) -> bool {
    const MOST_WORDS: usize = 2;
    let words = words(text);
    words.split(' ').count() <= MOST_WORDS
        && text.trim_end().ends_with(':')
        && priority::is_done_heading(&words)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Reference,
    Note,
    Status,
    Priority,
}

const USUAL: [Column; 4] = [Column::Reference, Column::Note, Column::Status, Column::Priority];

fn column(cell: &str) -> Option<Column> {
    match words(cell).as_str() {
        "issue" | "issues" | "link" | "reference" | "request" | "url" | "gitlab issue"
        | "ticket" | "upstream issue" | "upstream" | "feature request" | "ref" => {
            Some(Column::Reference)
        }
        "title" | "feature" | "description" | "what" | "summary" | "comment" | "comments"
        | "note" | "notes" | "why" | "name" | "details" => Some(Column::Note),
        "status" | "state" | "done" | "progress" | "solved" => Some(Column::Status),
        "priority" | "severity" | "importance" | "prio" | "level" => Some(Column::Priority),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
