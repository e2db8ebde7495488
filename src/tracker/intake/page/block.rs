//! What the lines of a section are: running text, list items, tables.

use std::borrow::Cow;

use super::lines::{columns, split_marker};
use super::scan::OutsideCode;
use super::table::Table;

/// A part of a section.
#[derive(Debug)]
pub(crate) enum Block<'a> {
    /// Lines of running text that follow each other.
    Text(Vec<Cow<'a, str>>),
    Item(Bullet<'a>),
    Table(Table),
}

/// An item of a list.
#[derive(Debug)]
pub(crate) struct Bullet<'a> {
    /// How far its bullet is indented, in columns.
    pub(crate) indent: usize,
    /// Whether its box is ticked, if it has one.
    pub(crate) is_ticked: Option<bool>,
    /// Its text without bullet and box, line by line.
    pub(crate) lines: Vec<Cow<'a, str>>,
}

impl Bullet<'_> {
    /// Its text on one line.
    pub(crate) fn text(&self) -> String {
        joined(&self.lines)
    }
}

/// Lines as one, cut off far beyond what anybody reads.
pub(crate) fn joined(lines: &[Cow<'_, str>]) -> String {
    const ENOUGH: usize = 16_384;
    let mut text = String::new();
    for line in lines {
        if !text.is_empty() {
            text.push(' ');
        }
        let line = line.trim();
        let room = line.floor_char_boundary(ENOUGH.saturating_sub(text.len()));
        text.push_str(line.get(..room).unwrap_or_default());
    }
    text
}

/// Collects the blocks of one section.
#[derive(Debug, Default)]
pub(crate) struct Blocks<'a> {
    done: Vec<Block<'a>>,
    open: Option<Block<'a>>,
    is_after_blank: bool,
}

impl<'a> Blocks<'a> {
    /// An empty line, or one that parts what is around it.
    pub(crate) fn blank(&mut self) {
        self.is_after_blank = true;
        if !matches!(self.open, Some(Block::Item(_))) {
            self.close();
        }
    }

    /// The only line of the paragraph that is open, if a line of dashes makes it a heading. Under a
    /// sentence people mean a rule, whatever Markdown makes of it.
    pub(crate) fn underlined(&mut self) -> Option<Cow<'a, str>> {
        const LONGEST: usize = 100;
        let Some(Block::Text(lines)) = &self.open else {
            return None;
        };
        let [line] = lines.as_slice() else {
            return None;
        };
        let is_sentence =
            line.trim_end().ends_with(['.', '!', '?', ',', ';']) || line.contains("://");
        let title = Some(line.clone()).filter(|_| line.len() <= LONGEST && !is_sentence)?;
        self.open = None;
        Some(title)
    }

    /// Whether a line of text here would begin a paragraph.
    pub(crate) fn is_between_paragraphs(&self) -> bool {
        self.is_after_blank || self.open.is_none() || matches!(self.open, Some(Block::Table(_)))
    }

    /// Any other line.
    pub(crate) fn push(&mut self, line: Cow<'a, str>) {
        let is_after_blank = std::mem::take(&mut self.is_after_blank);
        if let Some(bullet) = bullet(&line) {
            self.close();
            self.open = Some(Block::Item(bullet));
        } else if is_row(&line) {
            self.row(&line);
        } else {
            let is_indented = line.starts_with(['\t']) || line.starts_with("  ");
            match &mut self.open {
                Some(Block::Text(lines)) => lines.push(line),
                Some(Block::Item(item)) if !is_after_blank || is_indented => item.lines.push(line),
                _ => {
                    self.close();
                    self.open = Some(Block::Text(vec![line]));
                }
            }
        }
    }

    fn row(&mut self, line: &str) {
        if let Some(Block::Table(table)) = &mut self.open {
            table.push(line);
            return;
        }
        self.close();
        let mut table = Table::default();
        table.push(line);
        self.open = Some(Block::Table(table));
    }

    fn close(&mut self) {
        self.done.extend(self.open.take());
    }

    /// The blocks so far; what follows belongs to the next section.
    pub(crate) fn take(&mut self) -> Vec<Block<'a>> {
        self.close();
        self.is_after_blank = false;
        std::mem::take(&mut self.done)
    }
}

fn bullet<'a>(line: &Cow<'a, str>) -> Option<Bullet<'a>> {
    const MOST_MARKERS: usize = 3;
    let (marker, mut text) = match split_marker(line) {
        Some(found) => found,
        // A box alone; somebody deleted its bullet.
        None => {
            split_box(line.trim_start())?;
            line.split_at(line.len() - line.trim_start().len())
        }
    };
    let indent = marker.len() - marker.trim_start().len();
    let indent = columns(marker.get(..indent).unwrap_or_default());
    // `1. - [ ] this` is a list in a list, and one thing to do.
    for _ in 1..MOST_MARKERS {
        text = split_marker(text).map_or(text, |(_, inner)| inner);
    }
    let (is_ticked, text) = match split_box(text) {
        Some((is_ticked, text)) => (Some(is_ticked), text),
        None => (None, text),
    };
    Some(Bullet { indent, is_ticked, lines: vec![behind(line, text)] })
}

/// The end of a line that begins with `text`.
fn behind<'a>(line: &Cow<'a, str>, text: &str) -> Cow<'a, str> {
    match line {
        Cow::Borrowed(line) => {
            Cow::Borrowed(line.get(line.len() - text.len()..).unwrap_or_default())
        }
        Cow::Owned(_) => Cow::Owned(text.to_owned()),
    }
}

/// Reads `[x]` in front of a text, also with the other marks that people put into boxes.
pub(crate) fn split_box(text: &str) -> Option<(bool, &str)> {
    const SIGNS: [(&str, bool); 8] = [
        ("☐", false),
        ("☑", true),
        ("☒", false),
        ("✅", true),
        ("✔", true),
        (":white_check_mark:", true),
        (":heavy_check_mark:", true),
        (":ballot_box_with_check:", true),
    ];
    let signed = SIGNS.iter().find_map(|(sign, done)| Some((*done, text.strip_prefix(sign)?)));
    if let Some((is_ticked, rest)) = signed {
        return Some((is_ticked, rest.trim_start_matches('\u{fe0f}')));
    }
    let (mark, rest) = text.strip_prefix('[')?.split_once(']')?;
    let is_ticked = match mark.trim() {
        "" | "~" | "-" => false,
        "x" | "X" | "✓" | "✔" | "✅" | "*" => true,
        _ => return None,
    };
    // `[x](address)` is a link, and `[x][1]` too.
    (!rest.starts_with(['(', '['])).then_some((is_ticked, rest))
}

/// Whether a line that is no list item is a row: it starts with a pipe or has one outside code.
fn is_row(line: &str) -> bool {
    if line.trim_start().starts_with('|') {
        return true;
    }
    let mut is_escaped = false;
    line.contains('|')
        && OutsideCode::of(line).any(|(_, byte)| {
            let is_pipe = byte == b'|' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_pipe
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Vec<String> {
        let mut blocks = Blocks::default();
        for line in text.lines() {
            if line.trim().is_empty() {
                blocks.blank();
            } else {
                blocks.push(Cow::Borrowed(line));
            }
        }
        let show = |block: &Block<'_>| match block {
            Block::Text(lines) => format!("text {}", joined(lines)),
            Block::Item(item) => {
                format!("item {} {:?} {}", item.indent, item.is_ticked, item.text())
            }
            Block::Table(table) => format!("table {:?}", table.rows),
        };
        blocks.take().iter().map(show).collect()
    }

    #[test]
    fn lines_become_paragraphs_items_and_tables() {
        for (text, expect) in [
            ("a\nb\n\nc", &["text a b", "text c"][..]),
            ("- a\n  b\nc\n\nd", &["item 0 None a b c", "text d"]),
            ("- a\n\n  b\n- c", &["item 0 None a b", "item 0 None c"]),
            (
                "* [x] a\n\t* [ ] b\n[X] c",
                &["item 0 Some(true) a", "item 4 Some(false) b", "item 0 Some(true) c"],
            ),
            (
                "☑ a\n- ✅ b\n- [x](https://x.org)",
                &["item 0 Some(true) a", "item 0 Some(true) b", "item 0 None [x](https://x.org)"],
            ),
            ("a | b\n--|--\nc | d\ne", &["table [[\"a\", \"b\"], [\"c\", \"d\"]]", "text e"]),
            ("1. - [ ] a", &["item 0 Some(false) a"]),
            ("use `a | b` here", &["text use `a | b` here"]),
            ("a \\| b", &["text a \\| b"]),
        ] {
            assert_eq!(shape(text), expect, "{text:?}");
        }
    }

    #[test]
    fn a_long_item_is_cut() {
        let lines = [Cow::Borrowed("é"), Cow::Owned("é".repeat(1_000_000))];
        assert!((16_000..=16_400).contains(&joined(&lines).len()));
    }
}
