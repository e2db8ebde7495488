//! The places where a project lives: a table, or a list in anybody's words.

use std::collections::BTreeSet;

use serde::Serialize;

use super::kind::{self, SourceKind};
use super::moves::Moves;
use super::page::address::{self, Address};
use super::page::block::{Block, Bullet};
use super::page::table::Layout;
use super::page::words::words;
use super::part::Part;
use super::same_source::{SourceKey, normalised_source};
use super::sections::Section;
use super::source_line::split_arrow;
use super::{source_line, source_row};
use crate::model::GithubRepo;

/// Sources that are kept.
pub(super) const MOST: usize = 200;

/// The row that our template shows as an example.
const EXAMPLE: &str = "github.com/example/tool";

/// One place where a project lives today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// As written, without names and secrets before the host; `https://` is added where no scheme
    /// was written. Never fetched as it is: see [`Source::github_repo`].
    pub url: String,
    /// From the row if it says, else from the address.
    pub kind: SourceKind,
    /// What is kept there, as far as it was said.
    pub what: BTreeSet<Part>,
    /// Whether it moves; `move` in JSON.
    #[serde(rename = "move")]
    pub moves: Moves,
    /// Path or address of the new home.
    pub destination: Option<String>,
    #[serde(skip)]
    pub(super) key: SourceKey,
}

impl Source {
    /// What all spellings of its address have in common.
    pub fn key(&self) -> &SourceKey {
        &self.key
    }

    /// Whether this says all that another row about the same source says.
    fn covers(&self, other: &Self) -> bool {
        self.key == other.key
            && self.what.is_superset(&other.what)
            && (other.kind == self.kind || other.kind == SourceKind::Other)
            && (other.moves == self.moves || other.moves == Moves::Unknown)
            && (other.destination == self.destination || other.destination.is_none())
    }

    /// The repository on github.com that this is, if it is one; `git@github.com:o/r` is, too.
    pub fn github_repo(&self) -> Option<GithubRepo> {
        let path =
            self.url.strip_prefix("git@github.com:").map(|path| path.trim_start_matches('/'));
        match path.or_else(|| self.url.strip_prefix("ssh://git@github.com/")) {
            Some(path) => GithubRepo::parse(&format!("https://github.com/{path}")).ok(),
            None => GithubRepo::parse(&self.url).ok(),
        }
    }

    /// A source of which only the address is known.
    pub(super) fn at(url: &str) -> Option<Self> {
        let url = address::without_secrets(url);
        let key = normalised_source(&url).filter(|key| key.as_str() != EXAMPLE)?;
        let kind = kind::of_address(&Address::of(&url)?);
        let is_whole = url.contains("://") || url.starts_with("git@");
        let url = if is_whole { url } else { format!("https://{url}") };
        if url.len() > address::MAX_BYTES {
            return None;
        }
        let (what, moves) = (BTreeSet::new(), Moves::Unknown);
        Some(Self { url, kind, what, moves, destination: None, key })
    }
}

/// Reads the sources of a section.
pub(super) fn read(section: &Section<'_>, sources: &mut Vec<Source>) {
    let mut layout = Layout::usual(&source_row::USUAL);
    let mut list = List { sources, open: None, group: None };
    for block in &section.blocks {
        match block {
            Block::Item(item) => list.item(item),
            Block::Text(lines) => {
                list.finish();
                lines.iter().for_each(|line| source_line::read(line, "", list.sources));
            }
            Block::Table(table) => {
                list.finish();
                source_row::read(table, &mut layout, list.sources);
            }
        }
    }
    list.finish();
}

struct List<'s> {
    sources: &'s mut Vec<Source>,
    /// An item with an address, with what the items below it say, and its indent.
    open: Option<(String, usize)>,
    /// An item without one, `- Code`, which says something about those below it.
    group: Option<(String, usize)>,
}

impl List<'_> {
    fn item(&mut self, item: &Bullet<'_>) {
        const ENOUGH: usize = 8_192;
        let text = item.text();
        let names_a_place = names_a_place(&text);
        let above = self.open.as_mut().filter(|(_, indent)| item.indent > *indent);
        if let Some((above, _)) = above.filter(|(above, _)| !names_a_place && above.len() < ENOUGH)
        {
            above.push_str(" ; ");
            above.push_str(&text);
            return;
        }
        self.tell();
        if self.group.as_ref().is_some_and(|(_, indent)| item.indent <= *indent) {
            self.group = None;
        }
        if names_a_place || self.group.is_some() {
            self.open = Some((text, item.indent));
        } else {
            // It may name a place in another way: `GitHub: acme/rocket`.
            source_line::read(&text, "", self.sources);
            self.group = Some((text, item.indent));
        }
    }

    fn tell(&mut self) {
        if let Some((text, _)) = self.open.take() {
            let group = self.group.as_ref().map_or("", |(group, _)| group);
            source_line::read(&text, group, self.sources);
        }
    }

    fn finish(&mut self) {
        self.tell();
        self.group = None;
    }
}

fn names_a_place(text: &str) -> bool {
    let before_arrow = split_arrow(text).0;
    let words = words(text);
    let is_destination = words.starts_with("destination") || words.starts_with("target");
    !is_destination && address::first(before_arrow).is_some()
}

/// Adds a source that says something new, as long as there is room.
pub(super) fn add(source: Source, sources: &mut Vec<Source>) {
    if sources.iter().any(|known| known.covers(&source)) {
        return;
    }
    if let Some(known) = sources.iter_mut().find(|known| source.covers(known)) {
        *known = source;
    } else if sources.len() < MOST {
        sources.push(source);
    }
}

#[cfg(test)]
mod tests;
