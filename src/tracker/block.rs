//! The managed block of an issue's description: ours between its two lines, a person's outside.
//!
//! GitLab lets partners tick boxes in the issue they opened but not in a bot's comment, so the
//! live checklist stands here. Everything in the block but the ticks is rewritten.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

use super::markdown;
use crate::model::{ItemId, StageName};
use crate::workflow::{Owner, Stage, Workflow};

/// The line before the block.
pub const BEGIN: &str = "<!-- landfall:begin -->";

/// The line after the block.
pub const END: &str = "<!-- landfall:end -->";

/// The ticks an issue shows; those remembered when its managed block was deleted or torn.
pub fn shown_ticks(description: &str, remembered: &Ticks) -> Ticks {
    match find(description) {
        Some(inner) => ticks(inner),
        None => {
            let mut found = remembered.clone();
            found.extend(ticks(description));
            found
        }
    }
}

/// Which items are ticked, by id; an item left out has no box in the block.
pub type Ticks = BTreeMap<ItemId, bool>;

/// The inner text of the block, if there is one; line ends as they are.
///
/// The block is the last begin line followed by an end line without another of either between.
/// Both stand at the very start of their lines, outside closed code fences: quoted or fenced
/// copies are text. Without such a pair there is no block, whatever stray lines there are.
pub fn find(description: &str) -> Option<&str> {
    description.get(locate(description)?.inner).map(str::trim)
}

/// The description without any managed block: a person's own text alone.
///
/// Every pair of lines that [`find`] would take for a block goes, not only the last.
pub fn without(description: &str) -> Cow<'_, str> {
    let places = places(description);
    if places.is_empty() {
        return Cow::Borrowed(description);
    }
    let mut own = String::with_capacity(description.len());
    let mut kept_to = 0;
    for place in places {
        own.push_str(description.get(kept_to..place.outer.start).unwrap_or_default());
        kept_to = place.outer.end;
    }
    own.push_str(description.get(kept_to..).unwrap_or_default());
    Cow::Owned(own)
}

/// The description with `inner` in the block and every byte outside as it was.
///
/// A missing block is appended after a blank line. A description whose block reads so already,
/// line ends aside, comes back unchanged, so a second call changes nothing. `inner` has passed
/// [`super::safe::assert_block`] and leaves no code fence open.
pub fn replace(description: &str, inner: &str) -> String {
    let inner = inner.trim();
    let block = format!("{BEGIN}\n\n{inner}\n\n{END}");
    let Some(place) = locate(description) else {
        return append(description, &block);
    };
    let before = description.get(..place.outer.start).unwrap_or("");
    let present = description.get(place.inner).unwrap_or("").trim();
    let after = description.get(place.outer.end..).unwrap_or("");
    if is_same_but_for_line_ends(present, inner) {
        return description.to_owned();
    }
    format!("{before}{block}{after}")
}

/// The ticks of a block by item, also of lines that people reordered or reworded. Of two lines
/// with the same item the last one counts.
///
/// Given the whole description instead, because somebody broke the block's own lines, it finds
/// the ticks there.
pub fn ticks(inner: &str) -> Ticks {
    inner.lines().filter_map(parse_item).map(|item| (item.id, item.is_ticked)).collect()
}

/// The inner text with one item ticked or not; unchanged when it has no such item.
pub fn set_tick(inner: &str, item: &ItemId, is_ticked: bool) -> String {
    let mut changed = String::with_capacity(inner.len());
    for line in inner.split_inclusive('\n') {
        let found = parse_item(line).filter(|found| found.id == *item);
        let around = found
            .and_then(|found| Some((line.get(..found.tick.start)?, line.get(found.tick.end..)?)));
        match around {
            Some((before, after)) => {
                changed.push_str(before);
                changed.push(tick(is_ticked));
                changed.push_str(after);
            }
            None => changed.push_str(line),
        }
    }
    changed
}

/// The inner text for an issue in stage `current`: its checklist first, then, folded, those of
/// the other stages it has been in. Items without a tick on record are open.
pub fn render(
    workflow: &Workflow,
    current: &StageName,
    visited: &[StageName],
    ticks: &Ticks,
) -> String {
    let mut text = format!("### Stage: {current}");
    if let Some(stage) = workflow.stage(current) {
        push_paragraph(&mut text, &stage.summary);
        if !stage.checklist.is_empty() {
            let progress = progress(stage, ticks);
            push_paragraph(
                &mut text,
                &format!("{progress}. Tick a box here or write `/landfall done N` in a comment."),
            );
            push_paragraph(&mut text, &checklist(stage, ticks));
        }
    }
    let mut shown = BTreeSet::from([current]);
    for name in visited {
        let stage = workflow.stage(name).filter(|stage| !stage.checklist.is_empty());
        let Some(stage) = stage.filter(|_| shown.insert(name)) else {
            continue;
        };
        // GitLab renders Markdown inside HTML only between blank lines.
        let progress = progress(stage, ticks);
        push_paragraph(
            &mut text,
            &format!("<details>\n<summary>Stage {name}: {progress}</summary>"),
        );
        push_paragraph(&mut text, &checklist(stage, ticks));
        push_paragraph(&mut text, "</details>");
    }
    text
}

/// A stage's checklist as GitLab task items, numbered as `done N` counts them, each with its
/// owner and its hidden id. Lines end without a line feed after the last.
pub fn checklist(stage: &Stage, ticks: &Ticks) -> String {
    let mut text = String::new();
    for (number, item) in (1..).zip(&stage.checklist) {
        let tick = tick(ticks.get(&item.id).copied().unwrap_or(false));
        let owner = match item.owner {
            Owner::Partner => "partner",
            Owner::Staff => "staff",
        };
        let gap = if number == 1 { "" } else { "\n" };
        // Writing to a String can't fail.
        let _ = write!(
            text,
            "{gap}- [{tick}] {number}. {} _({owner})_ <!-- item:{} -->",
            item.text, item.id
        );
    }
    text
}

fn progress(stage: &Stage, ticks: &Ticks) -> String {
    let is_done = |id| ticks.get(id).copied().unwrap_or(false);
    let done = stage.checklist.iter().filter(|item| is_done(&item.id)).count();
    format!("{done} of {} done", stage.checklist.len())
}

fn push_paragraph(text: &mut String, paragraph: &str) {
    text.push_str("\n\n");
    text.push_str(paragraph);
}

fn tick(is_ticked: bool) -> char {
    if is_ticked { 'x' } else { ' ' }
}

/// Where a block stands, in bytes.
struct Place {
    /// From the begin line to the end line, without the latter's line end.
    outer: Range<usize>,
    /// What is between them.
    inner: Range<usize>,
}

/// The last block; an earlier one is what somebody copied.
fn locate(description: &str) -> Option<Place> {
    places(description).pop()
}

fn places(description: &str) -> Vec<Place> {
    let mut places = Vec::new();
    if !description.contains(BEGIN) {
        return places;
    }
    let fences = markdown::top_level_fences(description);
    let mut begin: Option<Range<usize>> = None;
    for (number, line) in markdown::lines(description).into_iter().enumerate() {
        let text = description.get(line.clone()).unwrap_or("").trim_end();
        if (text != BEGIN && text != END) || fences.shield(number) {
            continue;
        }
        if text == BEGIN {
            begin = Some(line);
        } else if let Some(begin) = begin.take() {
            // Blanks after the end line's text stay where they are.
            let end = line.start + text.len();
            places.push(Place { outer: begin.start..end, inner: begin.end..line.start });
        }
    }
    places
}

fn append(description: &str, block: &str) -> String {
    let mut text = description.to_owned();
    if let Some(closing) = markdown::top_level_fences(description).closing {
        // Somebody left code open; inside it the block would be shown as code.
        end_line(&mut text);
        text.push_str(&closing);
    }
    if !text.is_empty() {
        end_line(&mut text);
        text.push('\n');
    }
    text.push_str(block);
    text
}

fn end_line(text: &mut String) {
    if !text.ends_with('\n') {
        text.push('\n');
    }
}

fn is_same_but_for_line_ends(one: &str, other: &str) -> bool {
    one.chars().filter(|&c| c != '\r').eq(other.chars().filter(|&c| c != '\r'))
}

/// One line of a checklist.
struct ItemLine {
    id: ItemId,
    is_ticked: bool,
    /// The bytes between the brackets.
    tick: Range<usize>,
}

/// Reads `- [x] any text <!-- item:ID -->`, with any bullet or number in front.
fn parse_item(line: &str) -> Option<ItemLine> {
    let bullet = line.trim_start();
    let after_number = bullet.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_number = after_number.len() < bullet.len();
    let rest = if is_number {
        after_number.strip_prefix(['.', ')'])?
    } else {
        bullet.strip_prefix(['-', '*', '+'])?
    };
    let boxed = rest.trim_start();
    if boxed.len() == rest.len() {
        return None;
    }
    let (mark, text) = boxed.strip_prefix('[')?.split_once(']')?;
    let is_ticked = match mark {
        " " | "" | "~" | "\u{a0}" => false,
        "x" | "X" => true,
        _ => return None,
    };
    let (_, comment) = text.rsplit_once("<!--")?;
    let id = comment.split_once("-->")?.0.trim().strip_prefix("item:")?.trim();
    let start = line.len() - boxed.len() + 1;
    (!id.is_empty()).then(|| ItemLine {
        id: ItemId::new(id),
        is_ticked,
        tick: start..start + mark.len(),
    })
}

#[cfg(test)]
mod tests;
