//! The gate between text of strangers and everything the bot writes into GitLab.
//!
//! GitLab runs quick actions, notifies people and links issues from whatever the bot posts, with
//! the bot's rights. So a value from outside reaches a comment only as a [`Safe`], and a finished
//! body leaves only after [`assert_body`]. Either of the two would do; we want both to fail first.

mod description;
pub use description::{MAX_DESCRIPTION_CHARS, assert_description};

use std::fmt;

use serde::Serialize;

use crate::model::Username;
use crate::tracker::marker;

mod link;

pub use link::link;

/// Most characters of a stranger's value that are shown, the `…` of a cut one included.
pub const MAX_INLINE_CHARS: usize = 200;

/// Most characters of a comment, marker included; far below GitLab's million.
pub const MAX_COMMENT_CHARS: usize = 10_000;

/// Room that [`fit`] leaves for the marker, which is added last.
const MARKER_ROOM: usize = 100;

const CUT_NOTICE: &str = "_This comment was longer than a comment may be; the rest was left out._";

/// Markdown that can stand in a sentence of a comment: it starts nothing, names nobody, ends
/// nothing around it. Only this module can make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Safe(String);

impl Safe {
    /// The Markdown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Safe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Any text as one inline code span of at most [`MAX_INLINE_CHARS`] characters.
///
/// Inside code GitLab looks for no command, mention, reference, link or tag. What could end the
/// code early or smuggle text past a reader is replaced: every kind of line end and blank becomes
/// one space, invisible characters go, a backtick becomes `'`, and `|` becomes `¦` because a table
/// is split into cells before code is found. `<!--`, `-->` and `>>>` get a blank inside. Not for
/// use inside a raw HTML block, where Markdown has no code spans.
pub fn inline(text: &str) -> Safe {
    let visible = one_line(text);
    if visible.is_empty() {
        return Safe("`(empty)`".to_owned());
    }
    Safe(format!("`{}`", cut(&visible, MAX_INLINE_CHARS)))
}

/// `@name`, which notifies this person; absent when GitLab would read it as anything else
/// (then [`inline`] shows the name without calling anybody).
pub fn mention(username: &Username) -> Option<Safe> {
    let name = username.as_str();
    let lower = name.to_ascii_lowercase();
    let is_one_person = !name.is_empty()
        && name.len() <= 255
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
        && !name.starts_with(['-', '.'])
        && !name.ends_with('.')
        && lower != "all"
        && !lower.ends_with(".git")
        && !lower.ends_with(".atom");
    is_one_person.then(|| Safe(format!("@{name}")))
}

/// Why a text must not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsafeBody {
    /// Nothing to say; GitLab refuses empty comments.
    #[error("checked a text before sending: it is empty; do not send it")]
    Empty,
    /// A line that GitLab could run.
    #[error("checked a text before sending: line {line} starts like a quick action; reword it")]
    QuickAction {
        /// Counted from 1 after GitLab's own removal of `\r`.
        line: usize,
    },
    /// GitLab's block quote, which lets commands through the fences around it.
    #[error("checked a text before sending: line {line} holds `>>>`; quote with `> ` instead")]
    BlockQuote {
        /// Counted from 1.
        line: usize,
    },
    /// A comment in the form of our markers that is not the text's own marker.
    #[error("checked a text before sending: line {line} holds a stray landfall marker; remove it")]
    Marker {
        /// Counted from 1.
        line: usize,
    },
    /// Longer than a comment may be.
    #[error("checked a text before sending: {chars} characters, the most is {max}; use fit")]
    TooLong {
        /// Characters found.
        chars: usize,
        /// Characters allowed.
        max: usize,
    },
}

/// The last gate before a comment leaves, marker included.
///
/// # Errors
/// When GitLab could execute part of it, mistake it for another comment of ours, or refuse it.
pub fn assert_body(body: &str) -> Result<(), UnsafeBody> {
    let chars = body.chars().count();
    if chars > MAX_COMMENT_CHARS {
        return Err(UnsafeBody::TooLong { chars, max: MAX_COMMENT_CHARS });
    }
    assert_lines(marker::without_marker(body))
}

/// The last gate before the inner text of the managed block leaves. A block may be longer than a
/// comment, but holds no marker at all.
///
/// # Errors
/// As [`assert_body`], except for the length.
pub fn assert_block(inner: &str) -> Result<(), UnsafeBody> {
    assert_lines(inner)
}

/// Cuts a body without marker so that it passes the gate's length with one, at the end of a line
/// (a value never spans two, so no code span is opened by the cut), and says so.
pub fn fit(body: &str) -> String {
    let room = MAX_COMMENT_CHARS - MARKER_ROOM;
    if body.chars().count() <= room {
        return body.to_owned();
    }
    let mut left = room - CUT_NOTICE.chars().count() - 2;
    let mut kept = String::new();
    for line in body.split_inclusive('\n') {
        let chars = line.chars().count();
        if chars > left {
            break;
        }
        left -= chars;
        kept.push_str(line);
    }
    let kept = kept.trim_end();
    let gap = if kept.is_empty() { "" } else { "\n\n" };
    format!("{kept}{gap}{CUT_NOTICE}")
}

fn assert_lines(body: &str) -> Result<(), UnsafeBody> {
    // GitLab deletes `\r` before it looks for commands, which can join a line or start one.
    let body = body.replace('\r', "");
    if body.trim().is_empty() {
        return Err(UnsafeBody::Empty);
    }
    for (index, text) in body.split(ends_a_line).enumerate() {
        let line = index + 1;
        if starts_like_a_command(text) {
            return Err(UnsafeBody::QuickAction { line });
        }
        if text.contains(">>>") {
            return Err(UnsafeBody::BlockQuote { line });
        }
        if holds_a_marker(text) {
            return Err(UnsafeBody::Marker { line });
        }
    }
    Ok(())
}

/// More than GitLab takes for line ends, in case another of its parsers does.
fn ends_a_line(c: char) -> bool {
    matches!(c, '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn starts_like_a_command(line: &str) -> bool {
    let is_blank = |c: char| c.is_whitespace() || is_unseen(c);
    line.trim_start_matches(is_blank)
        .strip_prefix('/')
        .is_some_and(|rest| rest.starts_with(char::is_alphabetic))
}

fn holds_a_marker(line: &str) -> bool {
    line.split("<!--").skip(1).any(|comment| {
        let word = comment.trim_start().get(.."landfall".len());
        word.is_some_and(|word| word.eq_ignore_ascii_case("landfall"))
    })
}

/// The first characters of a text as one line without anything invisible; one more than may be
/// shown, so that the caller knows whether there were more.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut blank_before = true;
    let mut left = MAX_INLINE_CHARS + 1;
    for c in text.chars() {
        let shown = match c {
            _ if c.is_whitespace() => ' ',
            _ if is_unseen(c) => continue,
            '`' => '\'',
            '|' => '¦',
            _ => c,
        };
        if shown == ' ' && blank_before {
            continue;
        }
        if left == 0 {
            break;
        }
        if completes_a_sign(&line, shown) {
            line.push(' ');
        }
        blank_before = shown == ' ';
        line.push(shown);
        left -= 1;
    }
    line.truncate(line.trim_end().len());
    line
}

/// Signs that mean something even to readers who don't know code spans: our own search for markers
/// and the line patterns of GitLab's old parser.
fn completes_a_sign(line: &str, next: char) -> bool {
    match next {
        '-' => line.ends_with("<!-"),
        '>' => line.ends_with("--") || line.ends_with(">>"),
        _ => false,
    }
}

/// Whether a character is nothing that a person could have meant to be read: control characters, and
/// what turns, hides or joins text.
pub(super) fn is_unseen(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

/// Characters that turn, hide or join text without being seen.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn cut(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_becomes_one_code_span_on_one_line() {
        for (text, expect) in [
            ("acme/rocket", "`acme/rocket`"),
            ("  two\t words \n", "`two words`"),
            ("", "`(empty)`"),
            (" \u{200b}\r\n", "`(empty)`"),
            ("x\n\r/close", "`x /close`"),
            ("x\u{2028}/close\u{2029}y\u{85}z\u{b}a\u{c}b\0c", "`x /close y z a bc`"),
            ("a`b``c```d", "`a'b''c'''d`"),
            ("a|b", "`a¦b`"),
            ("\u{202e}evil\u{2066}", "`evil`"),
            ("@\u{200b}all", "`@all`"),
            ("<!-- landfall:v1:0 -->", "`<!- - landfall:v1:0 -- >`"),
            ("<!<!---->", "`<!<!- --- >`"),
            ("\n>>>>>\n/close", "`>> >> > /close`"),
            ("e\u{301}\\", "`e\u{301}\\`"),
        ] {
            assert_eq!(inline(text).as_str(), expect, "{text:?}");
        }
    }

    #[test]
    fn a_long_value_is_cut_at_a_character_border_and_says_so() {
        let exact = "é".repeat(MAX_INLINE_CHARS);
        assert_eq!(inline(&exact).as_str(), format!("`{exact}`"));
        let long = inline(&"é".repeat(1_000_000));
        assert_eq!(long.as_str(), format!("`{}…`", "é".repeat(MAX_INLINE_CHARS - 1)));
        let grown = inline(&"<!--x".repeat(40));
        assert_eq!(grown.as_str().chars().count(), MAX_INLINE_CHARS + 2);
    }

    #[test]
    fn only_one_person_can_be_mentioned() {
        for name in ["mira", "a.b-c_d", "x", "_x", "all-hands", "a-"] {
            let mentioned = mention(&Username::from(name)).map(|safe| safe.to_string());
            assert_eq!(mentioned, Some(format!("@{name}")));
        }
        let long = "x".repeat(256);
        for name in [
            "",
            "all",
            "ALL",
            "a b",
            "a/b",
            "group/sub",
            "x.git",
            "x.ATOM",
            "x.",
            "-x",
            ".x",
            "a\n/close",
            "ä",
            "a@b",
            "a`",
            &long,
        ] {
            assert_eq!(mention(&Username::from(name)), None, "{name:?}");
        }
    }

    #[test]
    fn the_gate_refuses_what_gitlab_could_run_or_mistake() {
        use UnsafeBody::{BlockQuote, Empty, Marker, QuickAction};
        for (body, expect) in [
            ("", Empty),
            (" \r\n\t", Empty),
            ("/close", QuickAction { line: 1 }),
            ("a\n  /Close", QuickAction { line: 2 }),
            ("a\n\r/close", QuickAction { line: 2 }),
            ("a\n\u{200b}/close", QuickAction { line: 2 }),
            ("a\u{2028}/close", QuickAction { line: 2 }),
            ("a\n/clo\u{17f}e", QuickAction { line: 2 }),
            ("```\n/close\n```", QuickAction { line: 2 }),
            ("a\n>>>\nb", BlockQuote { line: 2 }),
            ("a\n>\r>>", BlockQuote { line: 2 }),
            ("a <!-- landfall:begin --> b", Marker { line: 1 }),
            ("a\n\n<!--LANDFALL:v1:x-->", Marker { line: 3 }),
        ] {
            assert_eq!(assert_body(body), Err(expect), "{body:?}");
        }
        for body in ["a /close b", "1/2", "a\n/ b", "\\/close", "> > a", "<!-- item:x -->"] {
            assert_eq!(assert_body(body), Ok(()), "{body:?}");
        }
    }

    #[test]
    fn the_gate_lets_only_the_last_marker_through() {
        let line = format!("<!-- landfall:v1:{} -->", "a".repeat(64));
        assert_eq!(assert_body(&format!("hello\n\n{line}\n")), Ok(()));
        let twice = format!("hello\n\n{line}\n\n{line}");
        assert_eq!(assert_body(&twice), Err(UnsafeBody::Marker { line: 3 }));
        assert_eq!(assert_body(&line), Err(UnsafeBody::Empty));
        let block = format!("hello\n\n{line}");
        assert_eq!(assert_block(&block), Err(UnsafeBody::Marker { line: 3 }));
    }

    #[test]
    fn a_body_is_cut_at_a_line_and_fits_with_its_marker() {
        let short = "hello";
        assert_eq!(fit(short), short);
        let long = format!("one\n{}two {}", "line\n".repeat(1_000), inline("x")).repeat(4);
        assert!(assert_body(&long).is_err());
        let cut = fit(&long);
        assert!(cut.ends_with(CUT_NOTICE) && cut.starts_with("one\nline\n"));
        let key = crate::model::EffectKey("a".repeat(64));
        assert_eq!(assert_body(&marker::with_marker(&cut, &key)), Ok(()));
        assert_eq!(fit(&"é".repeat(1_000_000)), CUT_NOTICE);
    }
}
