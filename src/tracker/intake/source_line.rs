//! A source in a sentence.

use super::kind::{self, SourceKind};
use super::moves::Moves;
use super::page::address::{self, Address};
use super::page::given::given;
use super::page::inline::{MAX_CHARS, plain};
use super::part;
use super::source_row::{Column, column};
use super::sources::{MOST, Source, add};
use crate::model::GithubRepo;

/// Reads a line or an item: `https://… (code, issues), moves in May → group/project`.
/// What it does not say may be said by the item above it, `above`.
pub(super) fn read(text: &str, above: &str, sources: &mut Vec<Source>) {
    const ENOUGH: usize = 8_192;
    if sources.len() == MOST {
        return;
    }
    let (before, after) = split_arrow(text);
    let (aim, after) = match after.map(str::trim_start) {
        Some(after) => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        None => ("", ""),
    };
    let mut rest = String::new();
    let mut kept_to = 0;
    let mut found: Vec<&str> = Vec::new();
    for (place, address) in address::find(before).take(MOST) {
        rest.push_str(before.get(kept_to..place.start).unwrap_or_default());
        kept_to = place.end;
        if !found.contains(&address) {
            found.push(address);
        }
    }
    rest.push_str(before.get(kept_to..).unwrap_or_default());
    rest.push_str(" ; ");
    rest.push_str(after);
    rest.truncate(rest.floor_char_boundary(ENOUGH));
    let rest = plain(&rest);
    let named = kind::named(&rest);
    let second = new_home(&found).map(address::without_secrets);
    if second.is_some() {
        found.truncate(1);
    }
    let mut places: Vec<String> = found.into_iter().map(str::to_owned).collect();
    if places.is_empty() {
        let words = rest.split([' ', ',', ';', '(', ')']);
        places = words.flat_map(|word| bare_place(word, named)).collect();
    }
    let label = labelled_destination(&rest);
    let aim = aim.trim_end_matches([',', ';', '.', ')']);
    let destination = destination(aim).or(label).or(second);
    let mut found = places.iter().filter_map(|place| Source::at(place)).peekable();
    if found.peek().is_none() {
        return;
    }
    let mut what = part::parts(&rest);
    if what.is_empty() {
        what = part::parts(above);
    }
    let mut moves = Moves::of_sentence(&rest);
    if moves == Moves::Unknown {
        moves = Moves::of_sentence(above);
    }
    for source in found {
        let is_seen = source.kind != SourceKind::Other;
        let source = Source {
            kind: if is_seen { source.kind } else { named.unwrap_or(source.kind) },
            what: what.clone(),
            moves,
            destination: destination.clone(),
            ..source
        };
        add(source, sources);
    }
}

/// The second of two addresses, if it is on a GitLab and the first is not.
fn new_home<'a>(found: &[&'a str]) -> Option<&'a str> {
    let is_gitlab = |text: &str| {
        Address::of(text).is_some_and(|address| kind::of_address(&address) == SourceKind::Gitlab)
    };
    match found {
        [first, second] if is_gitlab(second) && !is_gitlab(first) => Some(second),
        _ => None,
    }
}

/// A word of a sentence that is a place: `github.com/o/r`, but not `README.md`.
fn bare_place(word: &str, named: Option<SourceKind>) -> Option<String> {
    let word = word.trim_end_matches(['.', ':', '!', '?']);
    let is_path = word.contains('/') && address::is_bare(word);
    let names =
        word.split_once('/').filter(|_| named == Some(SourceKind::Github) && !word.contains('.'));
    let repo = names.and_then(|(owner, name)| GithubRepo::new(owner, name)).map(|repo| repo.url());
    if is_path { Some(word.to_owned()) } else { repo }
}

/// What stands before an arrow, and behind it.
pub(super) fn split_arrow(text: &str) -> (&str, Option<&str>) {
    const ARROWS: [&str; 6] = ["→", "->", "=>", "⟶", "➜", "➡"];
    let places = ARROWS.iter().filter_map(|arrow| text.find(arrow).map(|at| (at, arrow.len())));
    match places.min() {
        Some((at, length)) => (text.get(..at).unwrap_or_default(), text.get(at + length..)),
        None => (text, None),
    }
}

/// `destination: group/project` somewhere in a description.
fn labelled_destination(text: &str) -> Option<String> {
    let parts = text.split([';', ',', '(', ')']);
    parts.filter_map(|part| part.split_once(':')).find_map(|(label, value)| {
        let is_label = column(label) == Some(Column::Destination);
        given(value).filter(|_| is_label)
    })
}

/// Where something goes: an address, or a path as written.
pub(super) fn destination(text: &str) -> Option<String> {
    match address::first(text) {
        Some(address) => {
            Some(address::without_secrets(address)).filter(|url| url.chars().count() <= MAX_CHARS)
        }
        None => given(text),
    }
}
