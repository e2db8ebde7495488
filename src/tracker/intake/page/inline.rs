//! Markdown within a line, as the plain words that a reader sees.

use super::address;
use crate::tracker::safe;

/// Most characters of a value.
pub(crate) const MAX_CHARS: usize = 500;

/// Bytes of a text that are looked at for one value; the rest is cut off anyhow.
const MAX_BYTES: usize = 8_192;

/// Tags that GitLab renders; anything else in angle brackets is a person's placeholder.
const TAGS: [&str; 36] = [
    "a",
    "abbr",
    "b",
    "big",
    "blockquote",
    "br",
    "center",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "tt",
    "u",
    "ul",
];

/// The words of a text without emphasis, code marks, tags and link targets; on one line, without
/// invisible characters, secrets in addresses left out, at most [`MAX_CHARS`] characters with a `…`
/// at the end of what was longer.
pub(crate) fn plain(text: &str) -> String {
    let cut = text.floor_char_boundary(MAX_BYTES);
    let is_marked = |byte: u8| b"\\&<!]*_~`".contains(&byte);
    if !text.bytes().take(cut).any(is_marked) && !text.contains("://") {
        return one_line(text.get(..cut).unwrap_or_default(), cut < text.len());
    }
    let mut reader = Reader { text: text.get(..cut).unwrap_or_default(), ..Reader::default() };
    reader.read();
    let words: String = reader.out.into_iter().filter(|letter| *letter != TAKEN).collect();
    one_line(&address::without_secrets(&words), cut < text.len())
}

/// In place of a bracket that turned out to belong to a link. No text has it: unseen letters go.
const TAKEN: char = '\0';

#[derive(Debug, Default)]
struct Reader<'a> {
    text: &'a str,
    at: usize,
    out: Vec<char>,
    /// Where brackets were opened: in the text and in what was written.
    open: Vec<(usize, usize)>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn read(&mut self) {
        let mut addresses = address::find(self.text).peekable();
        while let Some(letter) = self.rest().chars().next() {
            while addresses.next_if(|(place, _)| place.start < self.at).is_some() {}
            if let Some((place, found)) = addresses.next_if(|(place, _)| place.start == self.at) {
                self.out.extend(found.chars());
                self.at = place.end;
                continue;
            }
            let next_address = addresses.peek().map(|(place, _)| place.start);
            let taken = match letter {
                '\\' => self.escape(),
                '&' => self.entity(),
                '<' if next_address == Some(self.at + 1) => self.auto_link(),
                '<' => self.tag(),
                '!' if self.rest().starts_with("![") => 1,
                ']' => self.link_end(),
                '*' | '_' | '~' | '`' => self.emphasis(letter),
                _ => 0,
            };
            if taken > 0 {
                self.at += taken;
                continue;
            }
            if letter == '[' {
                self.open.push((self.at, self.out.len()));
            }
            self.out.push(letter);
            self.at += letter.len_utf8();
        }
    }

    fn escape(&mut self) -> usize {
        match self.rest().chars().nth(1) {
            Some(letter) if letter.is_ascii_punctuation() => {
                self.out.push(letter);
                2
            }
            _ => 0,
        }
    }

    fn entity(&mut self) -> usize {
        const ENTITIES: [(&str, char); 8] = [
            ("&amp;", '&'),
            ("&lt;", '<'),
            ("&gt;", '>'),
            ("&quot;", '"'),
            ("&nbsp;", ' '),
            ("&#39;", '\''),
            ("&#124;", '|'),
            ("&vert;", '|'),
        ];
        let found = ENTITIES.iter().find(|(name, _)| self.rest().starts_with(name));
        found.map_or(0, |(name, letter)| {
            self.out.push(*letter);
            name.len()
        })
    }

    /// `<https://…>`, of which only the address is kept.
    fn auto_link(&mut self) -> usize {
        let address = address::first(self.rest()).unwrap_or_default();
        let after = self.rest().get(1 + address.len()..).unwrap_or_default();
        if !after.starts_with('>') {
            return 0;
        }
        self.out.extend(address.chars());
        address.len() + 2
    }

    fn tag(&mut self) -> usize {
        const MAX_TAG: usize = 200;
        let body = self.rest().get(1..).unwrap_or_default();
        let body = body.get(..body.floor_char_boundary(MAX_TAG)).unwrap_or_default();
        let name = body.strip_prefix('/').unwrap_or(body);
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let is_known = TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name));
        let Some((inside, _)) = body.split_once('>').filter(|_| is_known) else {
            return 0;
        };
        let is_block =
            ["br", "p", "li", "hr", "div"].iter().any(|tag| tag.eq_ignore_ascii_case(name));
        if is_block {
            self.out.push(' ');
        }
        inside.len() + 2
    }

    /// `](target)`, when a bracket was opened before.
    fn link_end(&mut self) -> usize {
        let Some((opened, written)) = self.open.pop() else {
            return 0;
        };
        let Some(target) = self.rest().get(1..).and_then(in_parentheses) else {
            return 0;
        };
        if let Some(bracket) = self.out.get_mut(written) {
            *bracket = TAKEN;
        }
        let is_empty =
            self.text.get(opened + 1..self.at).is_some_and(|label| label.trim().is_empty());
        if is_empty {
            let address = target.split_whitespace().next().unwrap_or_default();
            self.out.extend(address.trim_matches(['<', '>']).chars());
        }
        // Both parentheses and the bracket.
        target.len() + 3
    }

    /// Marks that stand at the edge of a word; others are text, as in `2 * 3` and `a_b`.
    fn emphasis(&mut self, mark: char) -> usize {
        let length = self.rest().len() - self.rest().trim_start_matches(mark).len();
        let before = self.text.get(..self.at).and_then(|text| text.chars().next_back());
        let after = self.rest().get(length..).and_then(|rest| rest.chars().next());
        let is_blank = |side: Option<char>| side.is_none_or(char::is_whitespace);
        let is_word = |side: Option<char>| side.is_some_and(char::is_alphanumeric);
        let is_text = match mark {
            '`' => false,
            '~' => length < 2,
            _ if is_blank(before) && is_blank(after) => true,
            '_' => is_word(before) && is_word(after),
            _ => length == 1 && is_word(before) && is_word(after),
        };
        if is_text {
            self.out.extend(std::iter::repeat_n(mark, length));
        }
        length
    }
}

/// `target` of `(target)`, with as many parentheses inside as are closed there.
fn in_parentheses(text: &str) -> Option<&str> {
    // CommonMark's own limit.
    const DEEPEST: usize = 32;
    let inside = text.strip_prefix('(')?;
    let mut open = 0_usize;
    for (at, byte) in inside.bytes().enumerate().take(address::MAX_BYTES) {
        match byte {
            b'(' if open == DEEPEST => return None,
            b'(' => open += 1,
            b')' if open == 0 => return inside.get(..at),
            b')' => open -= 1,
            _ => {}
        }
    }
    None
}

fn one_line(text: &str, is_cut: bool) -> String {
    let mut line = String::new();
    let mut left = MAX_CHARS;
    let mut is_cut = is_cut;
    let mut is_blank_before = true;
    for letter in text.chars() {
        let is_blank = letter.is_whitespace();
        if (is_blank && is_blank_before) || (!is_blank && safe::is_unseen(letter)) {
            continue;
        }
        if left == 0 {
            is_cut = true;
            break;
        }
        line.push(if is_blank { ' ' } else { letter });
        left -= 1;
        is_blank_before = is_blank;
    }
    line.truncate(line.trim_end().len());
    if is_cut {
        if left == 0 {
            line.pop();
        }
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_a_reader_sees() {
        for (text, expect) in [
            ("**Ultimate** _or_ ~~Gold~~ `CE`", "Ultimate or Gold CE"),
            ("[the vote](https://x.org/a_(b)) today", "the vote today"),
            ("[![badge](https://x.org/b)](https://x.org) [](https://y.org)", "badge https://y.org"),
            ("<https://x.org/a_b> <br>2 * 3 a_b 2*3", "https://x.org/a_b 2 * 3 a_b 2*3"),
            ("a\\_b \\| &lt;c&gt; &amp;c &copy;", "a_b | <c> &c &copy;"),
            ("<date> <b>x</b> <span title='a>b'>", "<date> x b'>"),
            ("see https://u:s@x.org/__a__.", "see https://x.org/__a."),
            ("a\tb\u{7}\u{202e}c \u{200b} d\r\n", "a bc d"),
            ("[link] [x](y z) [a](b", "[link] x [a](b"),
            ("\u{1b}[31mred", "[31mred"),
            ("", ""),
        ] {
            assert_eq!(plain(text), expect, "{text:?}");
        }
    }

    #[test]
    fn a_long_value_is_cut_and_says_so() {
        let exact = "é".repeat(MAX_CHARS);
        assert_eq!(plain(&exact), exact);
        let long = plain(&"é".repeat(1_000_000));
        assert_eq!(long, format!("{}…", "é".repeat(MAX_CHARS - 1)));
        assert_eq!(plain(&format!("a{}", "*".repeat(10_000))), "a…");
    }
}
