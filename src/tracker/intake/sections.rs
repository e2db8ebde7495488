//! A text in sections: what each is about, and its blocks.

use std::borrow::Cow;

use super::page::block::{Block, Blocks};
use super::page::definitions::Definitions;
use super::page::lines::{split_marker, visible};
use super::topics::{PSEUDO_LEVEL, Place, Topic};

/// The text below one heading.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) place: Place,
    pub(super) blocks: Vec<Block<'a>>,
}

/// What is read of a text: lines below headings that we know, lines of prose, headings. Issues have a
/// tenth of it.
const MOST_LINES: usize = 3_000;
const MOST_PROSE: usize = 8_000;
const MOST_HEADINGS: usize = 500;

/// Reads a text section by section; only one is kept at a time, so a long text needs little memory.
/// Behind the first line too many nothing is read.
pub(super) fn each(text: &str, mut read: impl FnMut(&Section<'_>)) {
    let mut definitions = match text.contains("]:") {
        true => Definitions::of(visible(text)),
        false => Definitions::default(),
    };
    let mut place = Place::start();
    let mut blocks = Blocks::default();
    let (mut lines, mut prose, mut headings) = (0, 0, 0);
    for line in visible(text) {
        let Some(line) = definitions.resolve(line) else {
            continue;
        };
        let heading = match Line::of(&line) {
            Line::Blank => {
                blocks.blank();
                continue;
            }
            Line::Rule => match blocks.underlined() {
                Some(title) => Some((2, title)),
                None => {
                    blocks.blank();
                    continue;
                }
            },
            Line::DoubleRule => blocks.underlined().map(|title| (1, title)),
            Line::Heading(level) => Some((level, Cow::Owned(title_of(&line).to_owned()))),
            Line::Other => {
                let is_title = match outer_bullet(&line) {
                    Some(text) => is_like_a_title(text) && place.is_outer_heading(text),
                    None => is_like_a_title(&line) && place.is_heading(&line),
                };
                let is_free =
                    blocks.is_between_paragraphs() || line.trim_start().starts_with(['*', '-']);
                (is_title && is_free)
                    .then(|| (PSEUDO_LEVEL, Cow::Owned(title_by_hand(&line).to_owned())))
            }
        };
        match heading {
            Some(_) => headings += 1,
            None if place.topic == Topic::Background => prose += 1,
            None => lines += 1,
        }
        if lines > MOST_LINES || prose > MOST_PROSE || headings > MOST_HEADINGS {
            break;
        }
        let Some((level, title)) = heading else {
            if !is_quick_action(&line) {
                blocks.push(line);
            }
            continue;
        };
        read(&Section { place, blocks: blocks.take() });
        place = place.below(level, &title);
    }
    read(&Section { place, blocks: blocks.take() });
}

enum Line {
    Blank,
    /// `---`, which underlines a heading or parts the text.
    Rule,
    /// `===`
    DoubleRule,
    Heading(usize),
    Other,
}

impl Line {
    fn of(line: &str) -> Self {
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

fn title_of(line: &str) -> &str {
    line.trim().trim_matches('#').trim()
}

/// The text of an item that no other item is above.
fn outer_bullet(line: &str) -> Option<&str> {
    split_marker(line).filter(|(marker, _)| !marker.starts_with([' ', '\t'])).map(|(_, text)| text)
}

fn title_by_hand(line: &str) -> &str {
    outer_bullet(line).unwrap_or(line)
}

/// Whether a line is wholly in bold, or ends with a colon: the way to write a heading by hand.
fn is_like_a_title(line: &str) -> bool {
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
fn is_quick_action(line: &str) -> bool {
    let word = line.trim().strip_prefix('/').and_then(|rest| rest.split_whitespace().next());
    word.is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}

#[cfg(test)]
mod tests {
    use super::super::priority::Priority;
    use super::*;

    fn topics(text: &str) -> Vec<(Topic, Option<Priority>)> {
        let mut found = Vec::new();
        each(text, |section| {
            if !section.blocks.is_empty() {
                found.push((section.place.topic, section.place.priority));
            }
        });
        found
    }

    #[test]
    fn headings_are_known_in_every_dress() {
        for heading in [
            "## Goals",
            "# 2. Goals #",
            "###### 🎯 **Our goals**",
            "Goals\n-----",
            "Goals\n===",
            "##Goals",
            "## [Goals](https://x.org)",
            "**Goals**",
            "**Goals:**",
            "Goals:",
            "__Objectives__",
            "### What should be better",
            "   ## goals",
            "## GOALS :dart:",
        ] {
            let text = format!("{heading}\n\n- faster");
            assert_eq!(topics(&text), [(Topic::Goals, None)], "{heading}");
        }
    }

    #[test]
    fn what_is_no_heading_starts_nothing() {
        for line in [
            "#Goals",
            "    ## Goals",
            "`## Goals`",
            "> ## Goals\n",
            "```\n## Goals\n```",
            "- ## Goals",
            "Our goals are these",
            "Goals: faster",
            "\\## Goals",
            "####### Goals",
        ] {
            let text = format!("{line}\n\n- faster");
            assert!(topics(&text).iter().all(|(topic, _)| *topic == Topic::Background), "{line}");
        }
    }

    #[test]
    fn sections_nest_by_level_and_return() {
        use Priority::{Blocker, NiceToHave, Urgent};
        let text = "intro\n\n## Background\nx\n### Goals\n- y\n### Details\n- z\n## Related issues\n- a\n\
                    ### Blockers\n- b\n#### CI\n- c\n### Other\n- d\n### High\n- e\n## Nice to have\n- f\n\
                    ## Something\ng\n## Team\n- h";
        let expect = [
            (Topic::Background, None),
            (Topic::Background, None),
            (Topic::Goals, None),
            (Topic::Background, None),
            (Topic::Requests, None),
            (Topic::Requests, Some(Blocker)),
            (Topic::Requests, Some(Blocker)),
            (Topic::Requests, None),
            (Topic::Requests, Some(Urgent)),
            (Topic::Requests, Some(NiceToHave)),
            (Topic::Background, None),
            (Topic::People, None),
        ];
        assert_eq!(topics(text), expect);
    }

    #[test]
    fn a_name_that_means_little_alone_does_not_end_a_topic() {
        let text = "## Related issues\n### Infrastructure\n- a\n### Source\n- b\n## Source\n- c";
        let expect = [(Topic::Requests, None), (Topic::Requests, None), (Topic::Sources, None)];
        assert_eq!(topics(text), expect);
    }

    #[test]
    fn quick_actions_are_no_text() {
        assert_eq!(topics("/label ~x\n/cc @somebody\n"), []);
        assert_eq!(topics("/srv/git is where it is"), [(Topic::Background, None)]);
    }
}
