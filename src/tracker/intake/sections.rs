//! A text in sections: what each is about, and its blocks.

use std::borrow::Cow;

use super::fact;
use super::page::block::{Block, Blocks};
use super::page::definitions::Definitions;
use super::page::given::given;
use super::page::headings::{Line, is_like_a_title, is_quick_action, title_of};
use super::page::label;
use super::page::lines::{split_marker, visible};
use super::page::table::cells;
use super::page::words::words;
use super::topics::{PSEUDO_LEVEL, Place, Topic};

/// The text below one heading.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) place: Place,
    pub(super) blocks: Vec<Block<'a>>,
}

/// Reads a text section by section; only one is kept at a time, so a long text needs little memory.
/// Behind the first line too many nothing is read.
pub(super) fn each(text: &str, read: impl FnMut(&Section<'_>)) {
    let mut definitions = match text.contains("]:") {
        true => Definitions::of(visible(text)),
        false => Definitions::default(),
    };
    let mut walk = Walk {
        read,
        place: Place::start(),
        outer: None,
        blocks: Blocks::default(),
        count: Count::default(),
    };
    for line in visible(text) {
        let Some(line) = definitions.resolve(line) else {
            continue;
        };
        walk.line(line);
        if walk.count.is_enough() {
            break;
        }
    }
    walk.flush();
}

/// What was read of a text so far.
#[derive(Debug, Default)]
struct Count {
    headings: usize,
    /// Below headings that we know.
    known: Amount,
    /// Elsewhere, where there is less to find out about a line.
    prose: Amount,
}

#[derive(Debug, Default)]
struct Amount {
    lines: usize,
    bytes: usize,
}

impl Count {
    /// Issues have a tenth of it.
    fn is_enough(&self) -> bool {
        self.headings > 500
            || self.known.exceeds(2_000, 200_000)
            || self.prose.exceeds(8_000, 600_000)
    }
}

impl Amount {
    fn add(&mut self, line: &str) {
        self.lines += 1;
        self.bytes += line.len();
    }

    fn exceeds(&self, lines: usize, bytes: usize) -> bool {
        self.lines > lines || self.bytes > bytes
    }
}

struct Walk<'a, F> {
    read: F,
    place: Place,
    /// Where we are again behind the paragraph that a label in its own line began, and whether that
    /// was an item of a list.
    outer: Option<(Place, bool)>,
    blocks: Blocks<'a>,
    count: Count,
}

impl<'a, F: FnMut(&Section<'_>)> Walk<'a, F> {
    fn line(&mut self, line: Cow<'a, str>) {
        match Line::of(&line) {
            Line::Blank => self.blank(),
            Line::Rule => match self.blocks.underlined() {
                Some(title) => self.heading(2, &title),
                None => self.blank(),
            },
            Line::DoubleRule => match self.blocks.underlined() {
                Some(title) => self.heading(1, &title),
                None => self.blank(),
            },
            Line::Heading(level) => self.heading(level, title_of(&line)),
            Line::Other => self.text(line),
        }
    }

    fn blank(&mut self) {
        self.leave_label();
        self.blocks.blank();
    }

    fn flush(&mut self) {
        let blocks = self.blocks.take();
        (self.read)(&Section { place: self.place, blocks });
    }

    fn leave_label(&mut self) {
        if let Some((outer, _)) = self.outer.take() {
            self.flush();
            self.place = outer;
        }
    }

    fn heading(&mut self, level: usize, title: &str) {
        self.leave_label();
        self.flush();
        self.count.headings += 1;
        self.place = self.place.below(level, title);
    }

    fn text(&mut self, line: Cow<'a, str>) {
        let (is_item, text) = match split_marker(&line) {
            // Items below others start nothing.
            Some((marker, _)) if marker.starts_with([' ', '\t']) => return self.push(line),
            Some((_, text)) => (true, text),
            None => (false, line.as_ref()),
        };
        let base = self.outer.map_or(self.place, |(outer, _)| outer);
        let cells = base.takes_labels().then(|| row_label(text)).flatten();
        let label = match &cells {
            Some((key, value)) => Some((key.as_str(), value.as_str())),
            None => base.takes_labels().then(|| label::split(text)).flatten(),
        };
        if let Some((_, from_item)) = self.outer {
            let is_fact = label.is_some_and(|(key, _)| fact::of_heading(&words(key)).is_some());
            if is_fact || text.starts_with(['*', '|']) || (is_item && from_item) {
                self.leave_label();
            }
        }
        let is_start =
            self.blocks.is_between_paragraphs() || is_item || text.starts_with(['*', '|']);
        if is_start && is_like_a_title(text) && self.place.is_heading(text, is_item) {
            let title = text.to_owned();
            return self.heading(PSEUDO_LEVEL, &title);
        }
        let label = label.filter(|(label, value)| {
            is_start && self.place.is_label(label) && given(value).is_some()
        });
        let Some((label, value)) = label else {
            return self.push(line);
        };
        let place = self.place.behind_label(label);
        let value = Cow::Owned(value.trim().to_owned());
        self.flush();
        self.count.headings += 1;
        self.outer = Some((self.place, is_item));
        self.place = place;
        self.push(value);
    }

    fn push(&mut self, line: Cow<'a, str>) {
        match self.place.topic {
            Topic::Background => self.count.prose.add(&line),
            _ => self.count.known.add(&line),
        }
        if !is_quick_action(&line) {
            self.blocks.push(line);
        }
    }
}

/// A row of two cells, which is a label and what it labels: `| Contact | @kim |`.
fn row_label(text: &str) -> Option<(String, String)> {
    let cells = text.starts_with('|').then(|| cells(text))?;
    match <[String; 2]>::try_from(cells) {
        Ok([key, value]) => Some((key, value)),
        Err(_) => None,
    }
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
    fn a_label_says_what_its_paragraph_is_about() {
        let text = "Goals: faster\nand better\nHost: gitlab.com\n\nmore\n\n**Contact:** @kim\n\n## Quick facts\n\
                    - **Goals:** x\n- **License:** MIT\n\n## Related issues\n- Goals: y";
        let expect = [
            (Topic::Goals, None),
            (Topic::Background, None),
            (Topic::People, None),
            (Topic::Goals, None),
            (Topic::QuickFacts, None),
            (Topic::Requests, None),
        ];
        assert_eq!(topics(text), expect);
    }

    #[test]
    fn quick_actions_are_no_text() {
        assert_eq!(topics("/label ~x\n/cc @somebody\n"), []);
        assert_eq!(topics("/srv/git is where it is"), [(Topic::Background, None)]);
    }
}
