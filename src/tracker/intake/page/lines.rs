//! The lines of a text that say something: no comments, no fenced code, no quotes of others.

use std::borrow::Cow;

use super::scan::{Ahead, OutsideCode};

/// The lines that a reader of the issue sees as the writer's own words.
///
/// HTML comments are cut out as GitLab hides them: one at the start of a line hides everything up to
/// its end, or the whole rest; one within a line ends before the paragraph does, or with the line. In the
/// place of fenced code and of quotes stands one empty line. Line ends are `\n`, `\r\n` or `\r`.
pub(crate) fn visible(text: &str) -> Visible<'_> {
    Visible {
        text,
        at: 0,
        mode: Mode::Text,
        has_comments: text.contains("<!--"),
        list_indent: None,
        quote_marks: quote_marks(text),
        comment_ends: Ahead::new("-->"),
        next_break: 0,
    }
}

#[derive(Debug)]
pub(crate) struct Visible<'a> {
    text: &'a str,
    at: usize,
    mode: Mode,
    has_comments: bool,
    /// Where the text of the last list item starts, while its list lasts.
    list_indent: Option<usize>,
    /// Lines of only `>>>` still to come; GitLab quotes what stands between two of them.
    quote_marks: usize,
    comment_ends: Ahead,
    /// The next line that ends a paragraph, as far as is known.
    next_break: usize,
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    Text,
    Comment,
    Quote,
    Code(Fence),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fence {
    mark: char,
    length: usize,
    /// Columns before a fence that ends with its list item.
    item: Option<usize>,
}

impl<'a> Iterator for Visible<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        loop {
            let line = self.physical_line()?;
            if let Some(line) = self.seen(line) {
                return Some(line);
            }
        }
    }
}

/// One line with its place in the text.
#[derive(Debug, Clone, Copy)]
struct Physical<'a> {
    start: usize,
    text: &'a str,
}

impl<'a> Visible<'a> {
    fn physical_line(&mut self) -> Option<Physical<'a>> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let end = rest.bytes().position(|byte| byte == b'\n' || byte == b'\r');
        let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
        let ending = if after.starts_with("\r\n") { 2 } else { after.len().min(1) };
        self.at = start + text.len() + ending;
        Some(Physical { start, text })
    }

    /// What is to be seen of a line; nothing at all when it belongs to a comment.
    fn seen(&mut self, line: Physical<'a>) -> Option<Cow<'a, str>> {
        match self.mode {
            Mode::Comment => {
                let (_, rest) = line.text.split_once("-->")?;
                self.mode = Mode::Text;
                let start = line.start + line.text.len() - rest.len();
                self.text_line(Physical { start, text: rest }, false)
            }
            Mode::Quote => {
                if is_quote_mark(line.text) {
                    self.mode = Mode::Text;
                }
                None
            }
            Mode::Code(fence) => {
                if fence.is_closed_by(line.text) {
                    self.mode = Mode::Text;
                    return None;
                }
                if fence.ends_before(line.text) {
                    self.mode = Mode::Text;
                    return self.text_line(line, true);
                }
                None
            }
            Mode::Text => self.text_line(line, true),
        }
    }

    fn text_line(&mut self, line: Physical<'a>, is_whole: bool) -> Option<Cow<'a, str>> {
        if line.text.trim().is_empty() {
            return is_whole.then_some(Cow::Borrowed(""));
        }
        let shown = self.without_comments(line, is_whole);
        if shown.trim().is_empty() {
            // A line of nothing but a comment does not part what is around it.
            return None;
        }
        if is_quote_mark(&shown) && self.quote_marks > 0 {
            self.quote_marks -= 1;
            // The last of an odd number opens nothing.
            if self.quote_marks > 0 {
                self.quote_marks -= 1;
                self.mode = Mode::Quote;
            }
            return Some(Cow::Borrowed(""));
        }
        if shown.trim_start().starts_with('>') {
            return Some(Cow::Borrowed(""));
        }
        if let Some(fence) = Fence::opened_by(&shown, self.list_indent) {
            self.mode = Mode::Code(fence);
            return Some(Cow::Borrowed(""));
        }
        self.follow_list(&shown);
        Some(shown)
    }

    fn follow_list(&mut self, line: &str) {
        if let Some((marker, _)) = split_marker(line) {
            self.list_indent = Some(columns(marker));
        } else if !line.starts_with([' ', '\t']) {
            self.list_indent = None;
        }
    }

    fn without_comments(&mut self, line: Physical<'a>, is_whole: bool) -> Cow<'a, str> {
        if !self.has_comments || !line.text.contains("<!--") {
            return Cow::Borrowed(line.text);
        }
        let mut shown = String::new();
        let mut kept_to = 0;
        let mut bytes = OutsideCode::of(line.text);
        while let Some((at, byte)) = bytes.next() {
            if byte != b'<' || !line.text.get(at..).is_some_and(|rest| rest.starts_with("<!--")) {
                continue;
            }
            let before = line.text.get(kept_to..at).unwrap_or_default();
            let is_first = is_whole && kept_to == 0 && before.trim().is_empty() && before.len() < 4;
            match self.end_of_comment(line, at, is_first) {
                End::Here(end) => {
                    shown.push_str(before);
                    kept_to = end;
                    bytes.skip_to(end);
                }
                End::Later => {
                    shown.push_str(before);
                    self.mode = Mode::Comment;
                    return Cow::Owned(shown);
                }
                End::Nowhere => {
                    shown.push_str(before);
                    return Cow::Owned(shown);
                }
            }
        }
        shown.push_str(line.text.get(kept_to..).unwrap_or_default());
        Cow::Owned(shown)
    }

    /// Where the comment that starts at this byte of the line ends.
    fn end_of_comment(&mut self, line: Physical<'a>, at: usize, is_first: bool) -> End {
        let opening = line.text.get(at..).unwrap_or_default();
        for whole in ["<!-->", "<!--->"] {
            if opening.starts_with(whole) {
                return End::Here(at + whole.len());
            }
        }
        let line_end = line.start + line.text.len();
        let end = self.comment_ends.next(self.text, line.start + at + "<!--".len());
        match end.map(|end| end + "-->".len()) {
            Some(end) if end <= line_end => End::Here(end - line.start),
            // GitLab hides the rest of the text, too.
            _ if is_first => End::Later,
            Some(end) if end <= self.end_of_paragraph() => End::Later,
            _ => End::Nowhere,
        }
    }

    /// The start of the first line from here on that can't belong to the paragraph before it.
    fn end_of_paragraph(&mut self) -> usize {
        if self.next_break >= self.at && self.next_break > 0 {
            return self.next_break;
        }
        let mut start = self.at;
        for line in self.text.get(self.at..).unwrap_or_default().split_inclusive('\n') {
            let line_text = line.trim();
            if line_text.is_empty()
                || split_marker(line).is_some()
                || line_text.starts_with(['#', '|', '>'])
            {
                break;
            }
            start += line.len();
        }
        self.next_break = start;
        start
    }
}

enum End {
    /// In the same line, before this byte of it.
    Here(usize),
    /// In a line that follows, or never.
    Later,
    /// Somebody tore it: GitLab shows it as text, and it is still a hint of the template.
    Nowhere,
}

fn is_quote_mark(line: &str) -> bool {
    line.trim_end() == ">>>"
}

fn quote_marks(text: &str) -> usize {
    if !text.contains(">>>") {
        return 0;
    }
    text.split(['\n', '\r']).filter(|line| is_quote_mark(line)).count()
}

impl Fence {
    fn opened_by(line: &str, list_indent: Option<usize>) -> Option<Self> {
        let (marker, rest) = split_marker(line).unwrap_or(("", line));
        let run = rest.trim_start();
        let mark = run.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let info = run.trim_start_matches(mark);
        let length = run.len() - info.len();
        if length < 3 || (mark == '`' && info.contains('`')) {
            return None;
        }
        let indent = columns(line.get(..line.len() - run.len()).unwrap_or_default());
        let is_in_item = !marker.is_empty() || list_indent.is_some_and(|item| indent >= item);
        Some(Self { mark, length, item: is_in_item.then_some(indent) })
    }

    fn is_closed_by(self, line: &str) -> bool {
        let run = line.trim();
        let is_run = run.len() >= self.length && run.chars().all(|letter| letter == self.mark);
        // At the margin it closes nothing inside an item: it opens a fence of its own.
        is_run && !self.ends_before(line)
    }

    /// Whether the list item around it has ended.
    fn ends_before(self, line: &str) -> bool {
        let indent = columns(line.get(..line.len() - line.trim_start().len()).unwrap_or_default());
        !line.trim().is_empty() && self.item.is_some_and(|item| indent < item)
    }
}

/// Splits a list item's line behind its bullet or number and the blanks that follow.
pub(crate) fn split_marker(line: &str) -> Option<(&str, &str)> {
    const BULLETS: [char; 10] = ['-', '*', '+', '•', '◦', '‣', '·', '▪', '–', '—'];
    let body = line.trim_start();
    let digits = body.len() - body.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = match digits {
        0 => body.strip_prefix(BULLETS)?,
        1..=9 => body.get(digits..)?.strip_prefix(['.', ')'])?,
        _ => return None,
    };
    let text = rest.trim_start();
    // `-[ ] this` is a slip of the finger; `-this` is not.
    let is_marker = text.len() < rest.len()
        || rest.is_empty()
        || (digits == 0 && rest.starts_with("[ ]"))
        || (digits == 0 && (rest.starts_with("[x]") || rest.starts_with("[X]")));
    is_marker.then(|| line.split_at(line.len() - text.len()))
}

/// How far blanks, a bullet or a number reach, with tabs to every fourth column.
pub(crate) fn columns(start: &str) -> usize {
    start.chars().fold(0, |column, letter| match letter {
        '\t' => column / 4 * 4 + 4,
        _ => column + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let found: Vec<_> = visible(text).collect();
        assert_eq!(found, expect, "{text:?}");
    }

    #[test]
    fn comments_are_hidden_as_gitlab_hides_them() {
        check("a <!-- b --> c", &["a  c"]);
        check("<!-- a\n\nb -->\nc", &["c"]);
        check("<!-- a\n\nb --> c\nd", &[" c", "d"]);
        check("- x: <!-- a\nb --> c", &["- x: ", " c"]);
        check("a\n<!-- never closed\n\n# b", &["a"]);
        check("- x: <!-- lost its end\n- y: <!-- hint --> 2", &["- x: ", "- y:  2"]);
        check("x <!-- lost\n\nits end --> y", &["x ", "", "its end --> y"]);
        check("`<!--` is code\nb", &["`<!--` is code", "b"]);
        check("| a |\n<!-- hint -->\n| b |", &["| a |", "| b |"]);
        check("a <!--> b <!---> c", &["a  b  c"]);
        check("```\n<!--\n```\nb", &["", "b"]);
    }

    #[test]
    fn fenced_code_and_quotes_leave_an_empty_line() {
        check("a\n```sh\n# b\n```\nc", &["a", "", "c"]);
        check("~~~\n```\n~~~~\nc", &["", "c"]);
        check("- ```\n  a\nb", &["", "b"]);
        check("- a\n\n  ```\n  b\n  ```\n  c", &["- a", "", "", "  c"]);
        check("> a\n> b\nc", &["", "", "c"]);
        check(">>>\na\n>>>\nb\n>>>\nc", &["", "b", "", "c"]);
        check("```\na", &[""]);
        check("``` a ` b\nc", &["``` a ` b", "c"]);
    }

    #[test]
    fn a_line_ends_in_three_ways() {
        check("a\r\nb\rc\n\nd", &["a", "b", "c", "", "d"]);
    }

    #[test]
    fn an_items_marker_is_its_bullet_or_number() {
        for (line, expect) in [
            ("- a", Some(("- ", "a"))),
            ("\t*\ta", Some(("\t*\t", "a"))),
            ("12) a", Some(("12) ", "a"))),
            ("• a", Some(("• ", "a"))),
            ("-[ ] a", Some(("-", "[ ] a"))),
            ("-", Some(("-", ""))),
            ("**a**", None),
            ("-a", None),
            ("2027-01-31", None),
            ("1.5 million", None),
            ("a", None),
        ] {
            assert_eq!(split_marker(line), expect, "{line:?}");
        }
    }
}
