//! Sources that stand outside the section for them: in the table of tools, or in prose.

use super::kind::SourceKind;
use super::page::address::{self, Address};
use super::page::block::{Block, joined};
use super::page::table::{Layout, rows_below_header};
use super::page::words::words;
use super::part;
use super::same_source::normalised_source;
use super::sections::Section;
use super::sources::{MOST, Source};
use super::topics::Topic;

/// What was found outside; it counts only where the section for sources says nothing.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    tools: Vec<Source>,
    prose: Vec<Source>,
    /// Addresses of the prose that were looked at.
    seen: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Tool,
    Use,
}

fn column(cell: &str) -> Option<Column> {
    match words(cell).as_str() {
        "tool" | "tools" | "current tool" | "platform" | "service" | "what" => Some(Column::Tool),
        "used for" | "feature" | "features" | "use" | "purpose" | "for" => Some(Column::Use),
        _ => None,
    }
}

impl Elsewhere {
    /// Reads a section that is not about sources.
    pub(super) fn read(&mut self, section: &Section<'_>) {
        match section.place.topic {
            Topic::Tooling => self.tools(section),
            Topic::Background | Topic::QuickFacts => self.prose(section),
            _ => {}
        }
    }

    /// GitLab's first template asked for tools only, so people link the place there.
    fn tools(&mut self, section: &Section<'_>) {
        let mut layout = Layout::usual(&[Column::Tool, Column::Use]);
        for block in &section.blocks {
            let Block::Table(table) = block else {
                continue;
            };
            let is_data = |cell: &str| address::first(cell).is_some();
            for row in rows_below_header(table, &mut layout, column, is_data) {
                let place = address::first(layout.cell(row, Column::Tool)).and_then(Source::at);
                let known = place.filter(|source| source.kind != SourceKind::Other);
                if let Some(source) = known.filter(|_| self.tools.len() < MOST) {
                    let what = part::parts(layout.cell(row, Column::Use));
                    self.tools.push(Source { what, ..source });
                }
            }
        }
    }

    fn prose(&mut self, section: &Section<'_>) {
        for block in &section.blocks {
            let text = match block {
                Block::Text(lines) => joined(lines),
                Block::Item(item) => item.text(),
                Block::Table(_) => continue,
            };
            for (_, address) in address::find(&text) {
                self.seen += 1;
                if self.seen > MOST {
                    return;
                }
                let source = Source::at(address).filter(is_repository);
                if let Some(source) = source.filter(|one| !self.prose.contains(one)) {
                    self.prose.push(source);
                }
            }
        }
    }

    /// The tools' places, else the repositories of the prose if all of them have one owner. Those of
    /// several may be examples of others who moved.
    pub(super) fn sources(self) -> Vec<Source> {
        if !self.tools.is_empty() {
            return self.tools;
        }
        let mut owners = self.prose.iter().map(|source| owner(&source.url));
        let first = owners.next();
        if owners.all(|owner| Some(owner) == first) { self.prose } else { Vec::new() }
    }
}

/// Whether an address is that of one repository, and not a page about it. One on a GitLab may as well
/// be where they want to go.
fn is_repository(source: &Source) -> bool {
    let Some(address) = Address::of(&source.url) else {
        return false;
    };
    let path = address.path.trim_end_matches('/');
    let is_forge = matches!(
        source.kind,
        SourceKind::Github | SourceKind::Gitea | SourceKind::Forgejo | SourceKind::Bitbucket
    );
    let is_pair = path.split('/').count() == 2 && !path.contains(['?', '#']);
    let is_git = address.scheme != "https" && address.scheme != "http";
    source.kind != SourceKind::Gitlab && ((is_forge && is_pair) || is_git || path.ends_with(".git"))
}

/// Host and first part of the path.
fn owner(url: &str) -> String {
    let key = normalised_source(url).map(|key| key.to_string()).unwrap_or_default();
    key.split('/').take(2).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::super::sections;
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut elsewhere = Elsewhere::default();
        sections::each(text, |section| elsewhere.read(section));
        elsewhere.sources().into_iter().map(|source| source.url).collect()
    }

    #[test]
    fn places_are_found_in_the_table_of_tools() {
        let text = "## Current tooling\n| Tool | Feature |\n|--|--|\n| [Phab](https://phabricator.acme.org) | review |\n\
                    | [Jenkins](https://jenkins.io) | CI |\n| Bugzilla | https://bugzilla.acme.org |\n";
        assert_eq!(found(text), ["https://phabricator.acme.org"]);
    }

    #[test]
    fn repositories_in_prose_are_taken_if_they_have_one_owner() {
        for (text, expect) in [
            ("We live at https://github.com/acme/rocket.", vec!["https://github.com/acme/rocket"]),
            (
                "https://github.com/acme/a and https://github.com/Acme/b",
                vec!["https://github.com/acme/a", "https://github.com/Acme/b"],
            ),
            ("https://github.com/acme/a, as https://github.com/other/b did", vec![]),
            ("see https://github.com/acme/a/issues/1 and https://gitlab.com/acme/a", vec![]),
            ("`git clone git://git.acme.org/a.git`", vec!["git://git.acme.org/a.git"]),
            ("## Related issues\nhttps://github.com/acme/a", vec![]),
        ] {
            assert_eq!(found(text), expect, "{text}");
        }
    }
}
