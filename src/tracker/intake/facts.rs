//! The quick facts: `- **Key:** value`, in whatever way keys and values are written.

use serde::Serialize;

use super::fact::{self, Fact, of_key};
use super::page::block::{Block, Bullet, joined};
use super::page::given::given;
use super::page::inline::{MAX_CHARS, plain};
use super::page::label::split;
use super::page::table::Table;
use super::page::words::{has, words};
use super::quantity::Quantity;
use super::sections::Section;
use super::topics::{self, Topic};

/// What a community says about itself, as written; nothing where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QuickFacts {
    /// Dates that the move depends on.
    pub timeline: Option<String>,
    /// Where the new home is to be.
    pub host: Option<String>,
    /// Path of the destination group.
    pub group: Option<String>,
    /// Ultimate, Community Edition; "product" in GitLab's own template.
    pub edition: Option<String>,
    /// Licences, as SPDX identifiers at best.
    pub license: Option<String>,
    /// Yes or no; see [`QuickFacts::is_for_profit`].
    pub seeks_profit: Option<String>,
    /// Foundation or fiscal host.
    pub foundation: Option<String>,
    /// People who contributed in the last twelve months; see [`QuickFacts::contributor_count`].
    pub contributors: Option<String>,
    /// How many repositories.
    pub repositories: Option<String>,
    /// How many open issues.
    pub open_issues: Option<String>,
    /// How many open merge or pull requests.
    pub open_merge_requests: Option<String>,
    /// Size of large files and packages.
    pub storage: Option<String>,
    /// Minutes a month, platforms, runners.
    pub ci: Option<String>,
    /// Whether private repositories are needed.
    pub private_repositories: Option<String>,
    /// What could keep contributors from creating an account.
    pub sign_up_constraints: Option<String>,
    /// Time zone and language.
    pub time_zone: Option<String>,
}

impl QuickFacts {
    /// How many people contributed in the last twelve months, if a number was given.
    pub fn contributor_count(&self) -> Option<Quantity> {
        self.contributors.as_deref().and_then(Quantity::of)
    }

    /// Whether the community seeks profit, if the answer is a plain one.
    pub fn is_for_profit(&self) -> Option<bool> {
        let words = words(self.seeks_profit.as_deref()?);
        let (is_negated, words) = match words.strip_prefix("non profit") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, words.as_str()),
        };
        let says_no = has(words, &["no", "not", "non", "never", "nonprofit", "n", "false", "none"]);
        let says_yes = has(words, &["yes", "y", "true", "for profit", "commercial"]);
        match (says_no, says_yes) {
            (true, _) => Some(is_negated),
            (false, true) => Some(!is_negated),
            _ => None,
        }
    }

    fn value(&mut self, fact: Fact) -> &mut Option<String> {
        match fact {
            Fact::Timeline => &mut self.timeline,
            Fact::Host => &mut self.host,
            Fact::Group => &mut self.group,
            Fact::Edition => &mut self.edition,
            Fact::License => &mut self.license,
            Fact::SeeksProfit | Fact::NonProfit => &mut self.seeks_profit,
            Fact::Foundation => &mut self.foundation,
            Fact::Contributors => &mut self.contributors,
            Fact::Repositories => &mut self.repositories,
            Fact::OpenIssues => &mut self.open_issues,
            Fact::OpenMergeRequests => &mut self.open_merge_requests,
            Fact::Storage => &mut self.storage,
            Fact::Ci => &mut self.ci,
            Fact::PrivateRepositories => &mut self.private_repositories,
            Fact::SignUpConstraints => &mut self.sign_up_constraints,
            Fact::TimeZone => &mut self.time_zone,
        }
    }

    /// Notes a value; the first one that says something stays.
    fn set(&mut self, fact: Fact, text: &str) {
        let Some(answer) = given(&without_struck(text)) else {
            return;
        };
        let answer = match fact {
            Fact::NonProfit => plain(&format!("non-profit: {answer}")),
            _ => answer,
        };
        self.value(fact).get_or_insert(answer);
    }
}

/// Reads the facts of a section: everything below their own heading, and elsewhere lines whose key is
/// one of the well-known ones. Where lists and tables mean other things, only running text is looked at.
pub(super) fn read(section: &Section<'_>, facts: &mut QuickFacts) {
    let mut reader = Reader { facts, is_among_facts: false, open: None };
    match section.place.topic {
        Topic::OneFact(fact) => one_fact(fact, &section.blocks, facts),
        Topic::QuickFacts => reader.all(&section.blocks, true),
        Topic::Background => reader.all(&section.blocks, false),
        Topic::People | Topic::Requests | Topic::Commitments | Topic::Support => {
            section
                .blocks
                .iter()
                .filter(|block| matches!(block, Block::Text(_)))
                .for_each(|block| reader.block(block));
            reader.close();
        }
        _ => {}
    }
}

fn one_fact(fact: Fact, blocks: &[Block<'_>], facts: &mut QuickFacts) {
    let mut answer = String::new();
    for block in blocks {
        let text = match block {
            Block::Text(lines) => joined(lines),
            Block::Item(item) => item.text(),
            Block::Table(_) => continue,
        };
        append(&mut answer, "; ", &text);
    }
    facts.set(fact, &answer);
}

fn append(answer: &mut String, between: &str, text: &str) {
    if given(text).is_none() || answer.len() > 4 * MAX_CHARS {
        return;
    }
    if !answer.is_empty() {
        answer.push_str(between);
    }
    answer.push_str(text.trim());
}

/// A fact whose value may go on in the next line.
struct Open {
    fact: Fact,
    value: String,
    /// Of its item; nothing for running text.
    indent: Option<usize>,
    /// Whether a list that follows is its value: `CI:` on a line by itself.
    takes_list: bool,
}

struct Reader<'f> {
    facts: &'f mut QuickFacts,
    is_among_facts: bool,
    open: Option<Open>,
}

impl Reader<'_> {
    fn all(&mut self, blocks: &[Block<'_>], is_among_facts: bool) {
        self.is_among_facts = is_among_facts;
        blocks.iter().for_each(|block| self.block(block));
        self.close();
    }

    fn block(&mut self, block: &Block<'_>) {
        match block {
            Block::Text(lines) => {
                self.close();
                for line in lines {
                    // What follows in a paragraph of prose is no part of an answer.
                    if !self.is_among_facts {
                        self.close();
                    }
                    self.line(line, None);
                }
            }
            Block::Item(item) => self.item(item),
            Block::Table(table) => {
                self.close();
                self.table(table);
            }
        }
    }

    fn item(&mut self, item: &Bullet<'_>) {
        let is_below = self.open.as_ref().is_some_and(|open| match open.indent {
            Some(indent) => item.indent > indent,
            None => open.takes_list,
        });
        let mut lines = item.lines.iter();
        if let Some(first) = lines.next() {
            if is_below && self.key_of(first).is_none() {
                self.go_on("; ", first);
            } else {
                self.close();
                self.line(first, Some(item.indent));
            }
        }
        lines.for_each(|line| self.line(line, Some(item.indent)));
    }

    /// Reads a line; several facts may stand in one: `Host: gitlab.com. License: MIT`.
    fn line(&mut self, line: &str, indent: Option<usize>) {
        const MOST: usize = 8;
        let mut rest = line;
        for _ in 1..MOST {
            let Some((before, after)) = next_key(rest) else {
                break;
            };
            self.one(before, indent);
            rest = after;
        }
        self.one(rest, indent);
    }

    fn one(&mut self, line: &str, indent: Option<usize>) {
        match self.key_of(line) {
            Some((fact, value)) => {
                self.close();
                let takes_list = given(&value).is_none();
                self.open = Some(Open { fact, value, indent, takes_list });
            }
            None if split(line).is_some() => self.close(),
            None => self.go_on(" ", line),
        }
    }

    fn key_of(&self, line: &str) -> Option<(Fact, String)> {
        let Some((key, value)) = split(line) else {
            // A key alone, with its value below it.
            let fact = fact::of_heading(&words(line)).filter(|_| self.is_among_facts)?;
            return Some((fact, String::new()));
        };
        let fact = of_key(&words(key), self.is_among_facts)?;
        Some((fact, value.to_owned()))
    }

    fn go_on(&mut self, between: &str, line: &str) {
        if let Some(open) = &mut self.open {
            append(&mut open.value, between, line);
        }
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.facts.set(open.fact, &open.value);
        }
    }

    fn table(&mut self, table: &Table) {
        let [keys, below @ ..] = table.rows.as_slice() else {
            return;
        };
        let is_exact = |row: &&Vec<String>| {
            row.first().is_some_and(|key| fact::of_heading(&words(key)).is_some())
        };
        let is_among_facts = self.is_among_facts || table.rows.iter().filter(is_exact).count() >= 2;
        let fact = |cell: &str| of_key(&words(cell), is_among_facts);
        let named = keys.iter().filter_map(|cell| fact(cell)).count();
        let is_across = named >= 2 && keys.len() > 2;
        if is_across && let Some(values) = below.first() {
            for (key, value) in keys.iter().zip(values) {
                if let Some(fact) = fact(key) {
                    self.facts.set(fact, value);
                }
            }
            return;
        }
        for row in &table.rows {
            let [key, values @ ..] = row.as_slice() else {
                continue;
            };
            if let Some(fact) = fact(key) {
                let mut answer = String::new();
                values.iter().for_each(|value| append(&mut answer, "; ", value));
                self.facts.set(fact, &answer);
            }
        }
    }
}

/// The text without what was struck through: `~~2026~~ 2027`.
fn without_struck(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("~~") {
        kept.push_str(before);
        match after.split_once("~~") {
            Some((_, after)) => rest = after,
            None => {
                rest = after;
                break;
            }
        }
    }
    kept.push_str(rest);
    kept
}

/// Cuts a line before the sentence that has a well-known key.
fn next_key(line: &str) -> Option<(&str, &str)> {
    const ENOUGH: usize = 2_048;
    const LONGEST_KEY: usize = 60;
    const MOST: usize = 8;
    let looked_at = line.get(..line.floor_char_boundary(ENOUGH))?;
    let mut ends = looked_at.match_indices([';', '.']).take(MOST).filter_map(|(at, _)| {
        let after = line.get(at + 1..)?.strip_prefix(' ')?;
        let length = after.bytes().take(LONGEST_KEY).position(|byte| byte == b':')?;
        let words = words(after.get(..length)?);
        let is_key = fact::of_heading(&words).is_some() || topics::named(&words).is_some();
        is_key.then_some((line.get(..at)?, after))
    });
    ends.next()
}

#[cfg(test)]
mod tests;
