//! What CommonMark says about the lines of a text.

use std::ops::Range;

use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, Options, parse_document};

/// The lines of a text as CommonMark counts them: `\n`, `\r\n` and a lone `\r` end one. The range
/// covers the line without its end.
pub(super) fn lines(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let ends = match byte {
            b'\r' => true,
            // The second half of `\r\n` ends nothing; the next line starts after it.
            b'\n' if at > 0 && bytes.get(at - 1) == Some(&b'\r') => {
                start = at + 1;
                false
            }
            b'\n' => true,
            _ => false,
        };
        if ends {
            lines.push(start..at);
            start = at + 1;
        }
    }
    if start < text.len() {
        lines.push(start..text.len());
    }
    lines
}

/// Fenced code at the top level of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fences {
    /// Lines of closed ones, counted from 0.
    pub(super) closed: Vec<Range<usize>>,
    /// The line that would close the last one, if it is open to the end of the text.
    pub(super) closing: Option<String>,
}

impl Fences {
    /// Whether this line, counted from 0, belongs to a closed fence.
    pub(super) fn shield(&self, line: usize) -> bool {
        // They stand in order; a text may have thousands of them, and of lines to ask about.
        let after = self.closed.partition_point(|fence| fence.start <= line);
        let before = after.checked_sub(1).and_then(|at| self.closed.get(at));
        before.is_some_and(|fence| fence.contains(&line))
    }
}

/// Finds the fences that can enclose a line without indent. Those in lists and quotes can't: such
/// a line ends the list or quote, and the fence with it.
pub(super) fn top_level_fences(text: &str) -> Fences {
    let mut fences = Fences::default();
    if !text.contains("```") && !text.contains("~~~") {
        return fences;
    }
    let arena = Arena::new();
    for node in parse_document(&arena, text, &Options::default()).children() {
        let ast = node.data.borrow();
        let NodeValue::CodeBlock(code) = &ast.value else {
            continue;
        };
        if !code.fenced {
            continue;
        }
        if code.closed {
            fences.closed.push(ast.sourcepos.start.line - 1..ast.sourcepos.end.line);
        } else {
            fences.closing =
                Some(char::from(code.fence_char).to_string().repeat(code.fence_length));
        }
    }
    fences
}

/// Numbers (from 0) of the lines of running text: paragraphs and underlined headings at the top
/// level or in lists, without the lines that begin inside code or HTML.
pub(super) fn text_lines(text: &str) -> Vec<usize> {
    let text = without_definitions(text);
    let arena = Arena::new();
    let mut found = Vec::new();
    // Lists nest as deep as somebody likes to type, so no recursion.
    let mut waiting = vec![parse_document(&arena, &text, &Options::default())];
    while let Some(block) = waiting.pop() {
        let ast = block.data.borrow();
        match &ast.value {
            NodeValue::Document | NodeValue::List(_) | NodeValue::Item(_) => {
                waiting.extend(block.reverse_children());
            }
            NodeValue::Paragraph => collect(block, ast.sourcepos.start.line, &mut found),
            NodeValue::Heading(heading) if heading.setext => {
                collect(block, ast.sourcepos.start.line, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// Numbers (from 0) of every line of a paragraph or an underlined heading, wherever it stands and
/// whatever is in it: the lines that one reader of Markdown or another could take for text.
pub(super) fn paragraph_lines(text: &str) -> Vec<usize> {
    let text = without_definitions(text);
    let arena = Arena::new();
    let mut found = Vec::new();
    for block in parse_document(&arena, &text, &Options::default()).descendants() {
        let ast = block.data.borrow();
        let is_text = match &ast.value {
            NodeValue::Paragraph => true,
            NodeValue::Heading(heading) => heading.setext,
            _ => false,
        };
        if is_text {
            found.extend(ast.sourcepos.start.line - 1..ast.sourcepos.end.line);
        }
    }
    found
}

/// Link definitions would be cut off their paragraph, and the parser then counts its lines from the
/// wrong one. Without a colon they are text, and nothing else changes.
fn without_definitions(text: &str) -> String {
    text.replace("]:", "].")
}

/// A line end inside code or HTML is no break in the tree, so counting breaks skips those lines.
fn collect(paragraph: Node<'_>, first: usize, found: &mut Vec<usize>) {
    found.push(first - 1);
    for inline in paragraph.descendants() {
        let ast = inline.data.borrow();
        if matches!(ast.value, NodeValue::SoftBreak | NodeValue::LineBreak) {
            found.push(ast.sourcepos.start.line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_commonmark() {
        for (text, expect) in [
            ("", vec![]),
            ("a", vec!["a"]),
            ("a\nb\r\nc\rd", vec!["a", "b", "c", "d"]),
            ("\n\r\n\r", vec!["", "", ""]),
            ("a\r\n\nb\n", vec!["a", "", "b"]),
            ("a\u{2028}b", vec!["a\u{2028}b"]),
        ] {
            let found: Vec<&str> = lines(text).into_iter().map(|line| &text[line]).collect();
            assert_eq!(found, expect, "{text:?}");
        }
    }

    #[test]
    fn only_closed_fences_at_the_top_level_shield() {
        let fences =
            |closed, closing: Option<&str>| Fences { closed, closing: closing.map(str::to_owned) };
        for (text, expect) in [
            ("a", fences(vec![], None)),
            ("```\na\n```\nb\n~~~~ x\r\nc\r\n~~~~", fences(vec![0..3, 4..7], None)),
            ("a\n````\nb\n```", fences(vec![], Some("````"))),
            ("- ```\n  a\n  ```\nb", fences(vec![], None)),
            ("> ```\n> a\nb", fences(vec![], None)),
            ("    ```\n    a\n", fences(vec![], None)),
            ("<pre>\n```\n</pre>\n", fences(vec![], None)),
        ] {
            assert_eq!(top_level_fences(text), expect, "{text:?}");
        }
    }

    #[test]
    fn all_lines_of_paragraphs_are_found_in_quotes_and_code_too() {
        for (text, expect) in [
            ("a\nb\n\n```\nc\n```\n<div>\nd", vec![0, 1]),
            ("> a\nb\n\n- > c\nd", vec![0, 1, 3, 4]),
            ("a `b\nc` <d\ne>\n===\nf", vec![0, 1, 2, 3, 4]),
            ("[x]: y\nb\n\nc", vec![0, 1, 3]),
            ("    a\n# b", vec![]),
        ] {
            assert_eq!(paragraph_lines(text), expect, "{text:?}");
        }
    }

    #[test]
    fn running_text_leaves_out_code_quotes_and_html() {
        for (text, expect) in [
            ("a\nb\r\nc\rd", vec![0, 1, 2, 3]),
            ("a\n\nb  \nc\\\nd", vec![0, 2, 3, 4]),
            ("```\na\n```\nb", vec![3]),
            ("    a\n\nb", vec![2]),
            ("> a\nb\n\nc", vec![3]),
            ("a `b\nc` d\ne", vec![0, 2]),
            ("a <!-- b\nc --> d\ne", vec![0, 2]),
            ("<!-- a\n\nb -->\nc", vec![3]),
            ("<details>\na\n\nb", vec![3]),
            ("a\nb\n---\nc", vec![0, 1, 3]),
            ("# a\nb", vec![1]),
            ("- a\nb\n  c\n\nd", vec![0, 1, 2, 4]),
            ("a **b\nc** [d\ne](x)\nf", vec![0, 1, 2, 3]),
            ("[x]: y\nb", vec![0, 1]),
            ("[x]: y\nb\n`c\nd`\ne", vec![0, 1, 2, 4]),
            ("[x]:\ny\n\n`a]:\nb`\nc", vec![0, 1, 3, 5]),
        ] {
            assert_eq!(text_lines(text), expect, "{text:?}");
        }
    }
}
