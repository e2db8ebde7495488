//! The words of a heading, a key or a cell, for comparing them with those we know.

use super::inline::plain;

/// Dashes that part one thing from the next, with the blanks around them.
pub(crate) const DASHES: [&str; 4] = [" - ", " – ", " — ", " -- "];

/// Longer text is a sentence, and no name of anything.
const MAX_CHARS: usize = 80;

/// The words in small letters with one blank between them: no emphasis, emoji, punctuation, and no
/// number in front. Empty for a text too long to be a name.
///
/// `## 2. :dart: **Goals** (draft)` has the words `goals draft`.
pub(crate) fn words(text: &str) -> String {
    let words = every_word(text);
    if words.chars().count() > MAX_CHARS { String::new() } else { words }
}

/// The same of a text of any length.
pub(crate) fn every_word(text: &str) -> String {
    let plain = plain(text);
    let mut words = String::with_capacity(plain.len());
    for part in plain.split(' ').filter(|part| !is_emoji_code(part)) {
        words.push(' ');
        for (at, letter) in part.char_indices() {
            if letter.is_alphanumeric() {
                words.extend(letter.to_lowercase());
            } else if letter == '&' {
                words.push_str(" and ");
            } else if !matches!(letter, '\'' | '’') && !is_plural(part, at) {
                words.push(' ');
            }
        }
    }
    let mut kept = String::with_capacity(words.len());
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        let is_number = kept.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            kept.push_str(if kept.is_empty() { "" } else { " " });
            kept.push_str(word);
        }
    }
    kept
}

/// `:no_entry:`
fn is_emoji_code(part: &str) -> bool {
    let name = part.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
    name.is_some_and(|name| !name.is_empty() && !name.contains(':'))
}

/// Whether a bracket belongs to `License(s)`.
fn is_plural(text: &str, at: usize) -> bool {
    let opened = text.get(at..).is_some_and(|rest| rest.starts_with("(s)"));
    let closed = text.get(..at).is_some_and(|rest| rest.ends_with("(s"));
    opened || (closed && text.get(at..).is_some_and(|rest| rest.starts_with(')')))
}

/// Whether one of these words is among those of `words`; a phrase of several counts as a whole.
pub(crate) fn has(words: &str, phrases: &[&str]) -> bool {
    let is_at = |rest: &str, phrase: &str| {
        let after = rest.strip_prefix(phrase);
        after.is_some_and(|after| after.is_empty() || after.starts_with(' '))
    };
    let mut rest = Some(words);
    while let Some(here) = rest {
        if phrases.iter().any(|phrase| is_at(here, phrase)) {
            return true;
        }
        rest = here.split_once(' ').map(|(_, rest)| rest);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_their_dress() {
        for (text, expect) in [
            ("2. :dart: **Goals** (draft)", "goals draft"),
            (":no_entry: Blockers :fire:", "blockers"),
            ("🎯 Quick_facts & figures:", "quick facts and figures"),
            ("Project's License(s).", "projects licenses"),
            ("[Source locations](https://x.org)", "source locations"),
            ("P1", "p1"),
            ("1.2 Où? Für Ärger", "où für ärger"),
            ("12", ""),
        ] {
            assert_eq!(words(text), expect, "{text:?}");
        }
        assert_eq!(words(&"a ".repeat(100)), "");
    }

    #[test]
    fn a_word_counts_as_a_whole() {
        assert!(has("issue tracker", &["trac", "tracker"]));
        assert!(!has("issue tracker", &["trac", "track"]));
        assert!(has("nice to have", &["to have"]));
    }
}
