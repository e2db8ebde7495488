//! The people to talk to: a table, or a list in anybody's words.
//!
//! What is read here helps people find each other and gives nobody a right: who may tick and pause is
//! for [`crate::tracker::collaborators`] to say.

use serde::Serialize;

use super::page::block::{Block, Bullet};
use super::page::given::given;
use super::page::inline::plain;
use super::page::table::{Layout, Table, rows_below_header};
use super::page::words::{has, words};
use super::person::{self, name, username_of_cell, usernames_in};
use super::sections::Section;
use crate::model::Username;

/// People that are kept.
const MOST: usize = 200;

/// Somebody whom we may talk to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Collaborator {
    /// As written, mail addresses left out.
    pub name: Option<String>,
    /// Primary, technical, legal; as written.
    pub role: Option<String>,
    /// On this GitLab, without `@`.
    pub username: Option<Username>,
}

impl Collaborator {
    pub(super) fn is_somebody(&self) -> bool {
        self.name.is_some() || self.username.is_some()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Role,
    Username,
}

const USUAL: [Column; 3] = [Column::Name, Column::Role, Column::Username];

pub(super) fn column(cell: &str) -> Option<Column> {
    let words = words(cell);
    // The same cell that the list of those who may act goes by.
    if has(&words, &["username", "user name", "handle"]) && words != "name or handle" {
        return Some(Column::Username);
    }
    match words.as_str() {
        "gitlab" | "gitlab account" | "account" | "gitlab user" | "user" | "gitlab id"
        | "gitlab name" | "gitlab profile" | "nick" | "nickname" => Some(Column::Username),
        "name" | "who" | "person" | "contact" | "contacts" | "collaborator" | "full name"
        | "people" | "name or handle" | "collaborators" | "names" => Some(Column::Name),
        "role"
        | "roles"
        | "title"
        | "function"
        | "position"
        | "responsibility"
        | "task"
        | "what"
        | "role in the project"
        | "responsible for" => Some(Column::Role),
        _ => None,
    }
}

/// Reads the people of a section.
pub(super) fn read(section: &Section<'_>, people: &mut Vec<Collaborator>) {
    let mut reader = Reader { people, group: None, above: None };
    let mut layout = Layout::usual(&USUAL);
    for block in &section.blocks {
        match block {
            Block::Table(table) => reader.table(table, &mut layout),
            Block::Item(item) => reader.item(item),
            Block::Text(lines) => lines.iter().for_each(|line| reader.line(line)),
        }
    }
}

struct Reader<'p> {
    people: &'p mut Vec<Collaborator>,
    /// What an item says that the people below it are, and its indent.
    group: Option<(String, usize)>,
    /// Where the person stands that an item told of, and its indent.
    above: Option<(usize, usize)>,
}

impl Reader<'_> {
    /// Adds a person, or completes the one who is there already; returns where they stand.
    fn add(&mut self, person: Collaborator) -> Option<usize> {
        let is_same = |one: &Collaborator| match &person.username {
            Some(username) => one.username.as_ref() == Some(username),
            None => one.name == person.name,
        };
        let at = self.people.iter().position(is_same);
        if let Some(known) = at.and_then(|at| self.people.get_mut(at)) {
            known.name = known.name.take().or(person.name);
            known.role = known.role.take().or(person.role);
            return at;
        }
        if !person.is_somebody() || self.people.len() == MOST {
            return None;
        }
        self.people.push(person);
        Some(self.people.len() - 1)
    }

    fn table(&mut self, table: &Table, layout: &mut Layout<Column>) {
        let is_data = |cell: &str| !usernames_in(cell).is_empty();
        for row in rows_below_header(table, layout, column, is_data) {
            if self.people.len() == MOST {
                return;
            }
            let cell = |column| layout.cell(row, column);
            let named = username_of_cell(cell(Column::Username));
            let mut usernames: Vec<Username> = named.into_iter().collect();
            // Whoever is mentioned here may act, so they are shown, too.
            for mentioned in usernames_in(cell(Column::Username)) {
                if !usernames.contains(&mentioned) {
                    usernames.push(mentioned);
                }
            }
            if usernames.is_empty() {
                usernames = row.iter().flat_map(|cell| usernames_in(cell)).collect();
            }
            let mut usernames = usernames.into_iter().peekable();
            let role = cell(Column::Role);
            // Without a header, two cells may be anything: a signature, say.
            if !layout.is_named && usernames.peek().is_none() && !person::is_role(role) {
                continue;
            }
            let person = Collaborator {
                name: name(cell(Column::Name)),
                role: given(role).filter(|role| !role.starts_with('@')),
                username: usernames.next(),
            };
            self.add(person);
            for username in usernames {
                self.add(Collaborator { username: Some(username), ..Collaborator::default() });
            }
        }
    }

    fn item(&mut self, item: &Bullet<'_>) {
        let indent = item.indent;
        self.above = self.above.filter(|(_, above)| indent > *above);
        self.group = self.group.take().filter(|(_, above)| indent > *above);
        let found = person::read(&item.text());
        let above = self.above.and_then(|(at, _)| self.people.get_mut(at));
        if let (Some(above), Some(detail)) = (above, found.first()) {
            // `- Kim` and below it `- Role: primary`. Another person has another username.
            if above.username.is_none() || detail.username.is_none() {
                above.role = above.role.take().or_else(|| detail.role.clone());
                above.username = above.username.take().or_else(|| detail.username.clone());
                return;
            }
        }
        match found.as_slice() {
            [only] if !only.is_somebody() => {
                self.group = only.role.clone().map(|role| (role, indent)).or(self.group.take());
            }
            _ => {
                let first = self.people(found);
                self.above = first.map(|at| (at, indent));
            }
        }
    }

    /// Prose names people by their handles, or says what they are.
    fn line(&mut self, line: &str) {
        (self.group, self.above) = (None, None);
        let found = person::read(line).into_iter();
        let found = found.filter(|one| {
            one.username.is_some() || one.role.as_deref().is_some_and(person::is_role)
        });
        self.people(found.collect());
    }

    /// Adds people; returns where the first stands.
    fn people(&mut self, found: Vec<Collaborator>) -> Option<usize> {
        let mut first = None;
        for person in found {
            let group = self.group.as_ref().map(|(role, _)| role.as_str());
            let role = match (group, person.role) {
                (Some(group), None) => Some(group.to_owned()),
                (Some(group), Some(role)) if !person::is_role(&role) => {
                    Some(plain(&format!("{group}, {role}")))
                }
                (_, role) => role,
            };
            let at = self.add(Collaborator { role, ..person });
            first = first.or(at);
        }
        first
    }
}

#[cfg(test)]
mod tests;
