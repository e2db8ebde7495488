//! Whether a source moves, in the words of those who know.

use serde::Serialize;

use super::page::given::given;
use super::page::inline::plain;
use super::page::words::{DASHES, every_word, has};

/// Whether a source moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Moves {
    /// With this move.
    Yes,
    /// At another time.
    Later,
    /// It stays where it is.
    No,
    /// Nobody said.
    Unknown,
}

impl Moves {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Later => "later",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }

    /// What a cell says. "Not now" and "yes, later" are later; "no plans to move" is no.
    pub(super) fn of_cell(text: &str) -> Self {
        let words = every_word(text);
        let starts = |signs: &[char]| text.trim().starts_with(signs);
        if starts(&['❌', '✗', '✘']) {
            return Self::No;
        }
        if starts(&['✓', '✔', '✅', '☑']) {
            return Self::Yes;
        }
        if given(text).is_none() {
            return Self::Unknown;
        }
        if has(&words, LATER) {
            Self::Later
        } else if words == "n" || has(&words, NO) || has(&words, STAYS) {
            Self::No
        } else if YES.contains(&words.as_str()) || has(&words, GOES) {
            Self::Yes
        } else {
            Self::Unknown
        }
    }

    /// What a sentence about a source says, where "no" and "now" may be about something else.
    pub(super) fn of_sentence(text: &str) -> Self {
        const MOST_PHRASES: usize = 20;
        let text = plain(text);
        let words = every_word(&text);
        let phrases = DASHES.iter().fold(text, |text, dash| text.replace(dash, ","));
        let said = phrases
            .split([',', ';', '(', ')', ':', '—', '–'])
            .take(MOST_PHRASES)
            .map(Self::of_short);
        let told = if has(&words, LATER) {
            Self::Later
        } else if has(&words, STAYS) {
            Self::No
        } else if has(&words, GOES) {
            Self::Yes
        } else {
            Self::Unknown
        };
        said.into_iter().find(|moves| *moves != Self::Unknown).unwrap_or(told)
    }

    /// What a phrase says that says nothing else.
    fn of_short(text: &str) -> Self {
        const MOST_WORDS: usize = 2;
        if text.split_whitespace().count() > MOST_WORDS {
            Self::Unknown
        } else {
            Self::of_cell(text)
        }
    }
}

const LATER: &[&str] = &[
    "later",
    "eventually",
    "not now",
    "not yet",
    "someday",
    "afterwards",
    "phase 2",
    "phase 3",
    "second phase",
    "second wave",
    "in the future",
    "next year",
];

const NO: &[&str] = &["no", "not", "never", "won t", "wont", "nope"];

const STAYS: &[&str] = &[
    "stay",
    "stays",
    "staying",
    "keep",
    "keeps",
    "kept",
    "remain",
    "remains",
    "archive",
    "archived",
    "not move",
    "not moving",
    "never move",
    "not migrate",
    "not migrating",
    "wont move",
    "no plans to move",
    "not be moved",
    "not be migrated",
    "dont move",
    "doesnt move",
];

const GOES: &[&str] = &[
    "yes",
    "yep",
    "yeah",
    "move",
    "moves",
    "moving",
    "migrate",
    "migrates",
    "migrating",
    "be moved",
    "be migrated",
];

/// Whole answers.
const YES: [&str; 9] = ["y", "x", "1", "true", "sure", "now", "first", "done", "ok"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_yes_later_or_no() {
        use Moves::*;
        for (text, expect) in [
            ("yes", Yes),
            ("Y", Yes),
            ("✅", Yes),
            ("x", Yes),
            ("wave 1", Unknown),
            ("Yes, in May", Yes),
            ("yes, later", Later),
            ("not now", Later),
            ("Later", Later),
            ("no", No),
            ("No (read-only)", No),
            ("stays", No),
            ("won't move", No),
            ("no plans to move", No),
            ("❌", No),
            ("maybe", Unknown),
            ("", Unknown),
            ("?", Unknown),
            ("notable", Unknown),
        ] {
            assert_eq!(Moves::of_cell(text), expect, "{text}");
        }
        for (text, expect) in [
            ("main repository, moves in May", Yes),
            ("bugs, later", Later),
            ("no CI there", Unknown),
            ("stays (read-only)", No),
            ("wiki: no", No),
            ("we won't move this one", No),
            ("code", Unknown),
        ] {
            assert_eq!(Moves::of_sentence(text), expect, "{text}");
        }
    }
}
