//! Which lines are headings, also those that people make by hand.

use super::lines::split_marker;

/// What a line is, seen alone.
pub(crate) enum Line {
    /// Also a rule that underlines nothing.
    Blank,
    /// `---`, which underlines a heading or parts the text.
    Rule,
    /// `===`
    DoubleRule,
    Heading(usize),
    Other,
}

impl Line {
    pub(crate) fn of(line: &str) -> Self {
        let text = line.trim();
        let is_only = |sign: char| text.chars().all(|c| c == sign || c.is_whitespace());
        if text.is_empty() {
            Self::Blank
        } else if text.len() >= 2 && text.bytes().all(|byte| byte == b'=') {
            Self::DoubleRule
        } else if text.len() >= 2 && text.bytes().all(|byte| byte == b'-') {
            Self::Rule
        } else if text.len() >= 3 && ['-', '*', '_'].into_iter().any(is_only) {
            Self::Blank
        } else {
            heading_level(line).map_or(Self::Other, Self::Heading)
        }
    }
}

/// `#` to `######` with a blank behind it. With two or more signs the blank may be missing; one sign
/// would be a hashtag or a reference.
fn heading_level(line: &str) -> Option<usize> {
    let text = line.trim_start();
    let is_code = line.len() - text.len() > 3 || line.starts_with('\t');
    let rest = text.trim_start_matches('#');
    let level = text.len() - rest.len();
    let is_parted = rest.starts_with(char::is_whitespace)
        || (level >= 2 && rest.starts_with(|c: char| c.is_alphabetic() || c == '*'));
    (!is_code && (1..=6).contains(&level) && is_parted).then_some(level)
}

/// The words of a heading.
pub(crate) fn title_of(line: &str) -> &str {
    line.trim().trim_matches('#').trim()
}

/// Whether a line is wholly in bold, or ends with a colon: the way to write a heading by hand.
pub(crate) fn is_like_a_title(line: &str) -> bool {
    const LONGEST: usize = 80;
    let text = line.trim();
    let bare = text.trim_end_matches(':');
    let is_bold = ["**", "__"].iter().any(|mark| {
        let inside = bare.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
        inside.is_some_and(|inside| !inside.contains(mark))
    });
    let is_short = text.len() <= LONGEST && split_marker(line).is_none() && !text.contains('|');
    is_short && (is_bold || text.ends_with(':'))
}

/// `/label ~x`, as GitLab's own templates have it at their end.
pub(crate) fn is_quick_action(line: &str) -> bool {
    let word = line.trim().strip_prefix('/').and_then(|rest| rest.split_whitespace().next());
    word.is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}
