//! Goals, decision and support wanted: sections that are read in whole lines.

use serde::Serialize;

use super::page::address;
use super::page::block::{Block, joined};
use super::page::given::given;
use super::page::inline::plain;
use super::page::words::{every_word, has, words};
use super::sections::Section;

/// Goals and kinds of support that are kept, of each.
const MOST: usize = 100;

/// How the community decides on the move, or has decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HowDecided {
    /// Who, how and by when, as written.
    pub text: Option<String>,
    /// The first address: a vote, a thread, the result.
    pub link: Option<String>,
}

impl HowDecided {
    /// Whether anything was said.
    pub fn is_given(&self) -> bool {
        self.text.is_some() || self.link.is_some()
    }
}

/// The lines of a section that say something: an item, a paragraph or a table's row each. Items below
/// one that ends with a colon are part of it.
fn statements(section: &Section<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut above: Option<usize> = None;
    for block in &section.blocks {
        match block {
            Block::Item(item) => {
                let text = item.text();
                let is_below = above.is_some_and(|indent| item.indent > indent);
                match found.last_mut().filter(|_| is_below) {
                    Some(last) => {
                        let between = if last.ends_with(':') { " " } else { "; " };
                        last.push_str(between);
                        last.push_str(&text);
                    }
                    None => {
                        above = text.ends_with(':').then_some(item.indent);
                        found.push(text);
                    }
                }
            }
            Block::Text(lines) => found.push(joined(lines)),
            Block::Table(table) => {
                let below = if table.has_header { 1 } else { 0 };
                found.extend(table.rows.iter().skip(below).map(|row| row.join(": ")));
            }
        }
    }
    found.retain(|text| !is_unanswered(text));
    found
}

/// Nothing, or `Who decides:` with nothing behind it.
fn is_unanswered(text: &str) -> bool {
    const LONGEST_LABEL: usize = 60;
    let text = plain(text);
    let label = text.split_once(": ").or_else(|| text.strip_suffix(':').map(|label| (label, "")));
    let label = label.filter(|(label, _)| label.len() <= LONGEST_LABEL);
    given(&text).is_none() || label.is_some_and(|(_, answer)| given(answer).is_none())
}

/// Adds the goals of a section.
pub(super) fn goals(section: &Section<'_>, goals: &mut Vec<String>) {
    let found = statements(section).into_iter().filter_map(|text| given(&text));
    for goal in found {
        if goals.len() < MOST && !goals.contains(&goal) {
            goals.push(goal);
        }
    }
}

/// Adds what a section says about the decision.
pub(super) fn decision(section: &Section<'_>, decided: &mut HowDecided) {
    let mut text = decided.text.take().unwrap_or_default();
    for statement in statements(section) {
        let link = address::first(&statement).map(address::without_secrets);
        decided.link = decided.link.take().or(link);
        let words = given(&statement).filter(|words| address::first(words) != Some(words.as_str()));
        if let Some(words) = words {
            text = if text.is_empty() { words } else { plain(&format!("{text}; {words}")) };
        }
    }
    decided.text = Some(text).filter(|text| !text.is_empty());
}

/// Adds the support that a section asks for: of boxes the ticked ones, of other lines each.
pub(super) fn support(section: &Section<'_>, wanted: &mut Vec<String>) {
    let mut found = Vec::new();
    for block in &section.blocks {
        match block {
            Block::Item(item) if item.is_ticked != Some(false) => found.push(item.text()),
            Block::Item(_) => {}
            Block::Text(lines) => {
                let text = joined(lines);
                // "We don't want marketing" is not a wish for it.
                let is_denied = has(&every_word(&text), &["dont", "not", "no", "without"]);
                found.extend(Some(text).filter(|_| !is_denied));
            }
            Block::Table(table) => {
                let rows = table.rows.iter().filter_map(|row| row.split_first());
                let is_yes = |cell: &String| {
                    matches!(words(cell).as_str(), "yes" | "y" | "x")
                        || cell.starts_with(['✅', '✔'])
                };
                let ticked = rows.filter(|(_, cells)| cells.iter().any(is_yes));
                found.extend(ticked.map(|(what, _)| what.clone()));
            }
        }
    }
    for text in found.iter().filter(|text| !is_unanswered(text)).filter_map(|text| given(text)) {
        let is_none = matches!(words(&text).as_str(), "none" | "nothing" | "no");
        if !is_none && wanted.len() < MOST && !wanted.contains(&text) {
            wanted.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sections;
    use super::*;

    #[test]
    fn goals_are_items_or_paragraphs() {
        let text = "## Goals\n\nWhat we want:\n\n- **faster** CI\n  and more of it\n  - on ARM\n- one place for:\n  - code\n  - CI\n-\n- TBD\n- faster CI and more of it\n\
                    \nOne place\nfor everything.\n\n| Goal | Why |\n|--|--|\n| a | b |";
        let mut found = Vec::new();
        sections::each(text, |section| goals(section, &mut found));
        assert_eq!(
            found,
            [
                "faster CI and more of it",
                "on ARM",
                "one place for: code; CI",
                "One place for everything.",
                "a: b"
            ]
        );
    }

    #[test]
    fn a_decision_has_words_and_a_link() {
        for (text, expect, link) in [
            (
                "The board, by May: [thread](https://x.org/t).",
                Some("The board, by May: thread."),
                Some("https://x.org/t"),
            ),
            (
                "- Who decides: the board\n- How:\n- By when: TBD",
                Some("Who decides: the board"),
                None,
            ),
            ("- **Who decides:** the board\n- **By when:** ", Some("Who decides: the board"), None),
            ("https://u:s@x.org/t", None, Some("https://x.org/t")),
            ("none yet", None, None),
            ("| Who | the board |", Some("Who: the board"), None),
        ] {
            let mut found = HowDecided::default();
            sections::each(&format!("## Decision\n\n{text}"), |section| {
                decision(section, &mut found);
            });
            assert_eq!((found.text.as_deref(), found.link.as_deref()), (expect, link), "{text}");
        }
    }

    #[test]
    fn support_is_what_is_ticked_or_written_without_a_box() {
        for (text, expect) in [
            (
                "- [ ] Training\n- [x] CI and runners\n- [X] ~~An event~~\n- also LFS",
                vec!["CI and runners", "An event", "also LFS"],
            ),
            ("Help with accounts, please", vec!["Help with accounts, please"]),
            ("- none\n- [ ]\n- n/a", vec![]),
            ("We don't want marketing.", vec![]),
            ("| Training | yes |\n| Event | no |", vec!["Training"]),
        ] {
            let mut found = Vec::new();
            sections::each(&format!("## Support wanted\n\n{text}"), |section| {
                support(section, &mut found);
            });
            assert_eq!(found, expect, "{text}");
        }
    }
}
