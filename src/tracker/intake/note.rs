//! What a request's line says beside its reference: how urgent, how far, and the rest.

use std::ops::Range;

use super::page::given::given;
use super::page::words::{DASHES, words};
use super::priority::{self, Priority};

/// A priority at the start or the end of a line, with its place: `[High] …`, `P1: …`, `… (critical)`,
/// `… — must have`.
pub(super) fn marked_priority(text: &str) -> Option<(Priority, Range<usize>)> {
    let start = text.len() - text.trim_start_matches(['*', '_', ' ', '~']).len();
    let end = text.trim_end_matches(['*', '_', ' ', '~', '.']).len();
    let body = text.get(start..end)?;
    let found = |range: Range<usize>| {
        let priority = priority::of_text(body.get(range.clone())?)?;
        Some((priority, start + range.start..start + range.end))
    };
    let first = match body.strip_prefix(['[', '(']) {
        Some(inside) => inside.find([']', ')']).map(|at| 0..at + 2),
        None => DASHES
            .iter()
            .chain(&[": ", ":** ", ":__ "])
            .filter_map(|sign| body.find(sign))
            .min()
            .map(|at| 0..at),
    };
    let last = match body.strip_suffix([']', ')']) {
        Some(inside) => inside.rfind(['[', '(']).map(|at| at..body.len()),
        None => DASHES
            .iter()
            .filter_map(|sign| body.rfind(sign).map(|at| at + sign.len()))
            .max()
            .map(|at| at..body.len()),
    };
    first.and_then(found).or_else(|| last.and_then(found))
}

/// The places of references, with what stands between two of them if that is only "and" or a comma.
pub(super) fn joined_places(
    text: &str,
    places: impl Iterator<Item = Range<usize>>,
) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for place in places {
        let last = joined.last_mut().filter(|last| {
            let between = text.get(last.end..place.start).unwrap_or_default();
            matches!(between.trim(), "" | "," | "and" | ", and" | "&" | "/" | "+" | ";")
        });
        match last {
            Some(last) => last.end = place.end,
            None => joined.push(place),
        }
    }
    joined
}

/// The line without these parts, if anything is left that says something.
pub(super) fn without(text: &str, mut cuts: Vec<Range<usize>>) -> Option<String> {
    let has_reference = !cuts.is_empty();
    cuts.sort_by_key(|cut| cut.start);
    let mut rest = String::new();
    let mut kept_to = 0;
    for cut in cuts {
        rest.push_str(text.get(kept_to..cut.start).unwrap_or_default());
        kept_to = kept_to.max(cut.end);
    }
    rest.push_str(text.get(kept_to..).unwrap_or_default());
    let rest = ["<>", "()"].iter().fold(rest, |rest, empty| match rest.contains("](") {
        // The brackets of a link go with it.
        true if *empty == "()" => rest,
        _ => rest.replace(empty, ""),
    });
    let note = given(&rest)?;
    let is_edge =
        |c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—' | ':' | ';' | ',' | '|' | '+');
    let note = note.trim_matches(is_edge);
    // `[#123](address)` says no more than the address did.
    let first = note.split_whitespace().next().unwrap_or_default();
    let is_number = first.strip_prefix(['#', '!', '&']).is_some_and(|number| {
        !number.is_empty() && number.trim_end_matches('+').bytes().all(|byte| byte.is_ascii_digit())
    });
    let note =
        if is_number && has_reference { note.get(first.len()..).unwrap_or_default() } else { note };
    let note = note.replace("()", "").replace("  ", " ");
    let note = note.trim_matches(is_edge);
    // `(merged)` is `merged`.
    let bare = note.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let note = given(bare.filter(|bare| !bare.contains(['(', ')'])).unwrap_or(note))?;
    let is_filler =
        matches!(words(&note).as_str(), "see" | "see also" | "and" | "or" | "issue" | "link");
    (!is_filler || !has_reference).then_some(note)
}

/// Whether all of a line is struck through.
pub(super) fn is_struck(text: &str) -> bool {
    let inside = text.trim().strip_prefix("~~").and_then(|rest| rest.split_once("~~"));
    inside.is_some_and(|(inside, _)| !inside.trim().is_empty())
}

const DONE: [&str; 13] = [
    "done",
    "fixed",
    "merged",
    "released",
    "shipped",
    "resolved",
    "implemented",
    "completed",
    "solved",
    "delivered",
    "landed",
    "finished",
    "available",
];

/// Whether what follows a reference says that it is done: `— merged, released in 13.1`, `(fixed)`, `✅`.
/// Without a dash or the like before it, a word may belong to a title.
pub(super) fn says_done(status: &str) -> bool {
    let text = status.trim_start_matches([')', '>', ']', '`', '*', ' ', '+']);
    let rest = text.trim_start_matches(['-', '–', '—', ':', '(', ',', ' ']);
    let is_parted = rest.len() < text.len();
    text.starts_with(['✅', '✔', '☑']) || (is_parted && starts_done(rest))
}

fn starts_done(text: &str) -> bool {
    let words = words(text.split([',', ';', '(', ')', '.']).next().unwrap_or_default());
    let mut words = words.split(' ');
    let first = words.next().unwrap_or_default();
    // `merged into #5` closed one for another.
    DONE.contains(&first) && words.next() != Some("into")
}

/// Whether a cell about the state says that it is done.
pub(super) fn is_done_cell(cell: &str) -> bool {
    let cell = cell.trim();
    let is_sign =
        cell.starts_with(['✅', '✔', '☑']) || cell.starts_with("[x]") || cell.starts_with("[X]");
    is_sign || starts_done(cell) || matches!(words(cell).as_str(), "yes" | "x" | "closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_priority_stands_at_either_end() {
        use Priority::{Blocker, Important, Urgent};
        for (text, expect) in [
            ("[High] x", Some((Urgent, "[High]"))),
            ("P1: x", Some((Blocker, "P1"))),
            ("**Blocker:** x", Some((Blocker, "Blocker"))),
            ("x (critical)", Some((Blocker, "(critical)"))),
            ("x — important.", Some((Important, "important"))),
            ("Must have - x", Some((Blocker, "Must have"))),
            ("x: high availability", None),
            ("[High availability](x) y", None),
            ("important things", None),
            ("", None),
        ] {
            let found = marked_priority(text).map(|(priority, place)| (priority, &text[place]));
            assert_eq!(found, expect, "{text:?}");
        }
    }

    #[test]
    fn a_status_is_read_behind_the_reference() {
        for text in [
            " — merged, released in 13.1",
            ") - done",
            " (fixed in 12.0)",
            ": Released",
            " ✅",
            "> – shipped",
        ] {
            assert!(says_done(text), "{text:?}");
        }
        for text in [
            "",
            " merged results pipelines",
            " — accepting merge requests",
            " — not merged",
            " - merged into x",
            " — workaround: bot",
            " — partially done",
        ] {
            assert!(!says_done(text), "{text:?}");
        }
        assert!(
            is_struck("~~all of it~~ (old)") && !is_struck("some ~~of it~~") && !is_struck("~~~~")
        );
    }
}
