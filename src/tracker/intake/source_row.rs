//! A source in a row of a table, whichever columns it has.

use super::kind::{self, SourceKind};
use super::moves::Moves;
use super::page::address;
use super::page::given::given;
use super::page::table::{Layout, Table, rows_below_header};
use super::page::words::words;
use super::part;
use super::source_line::destination;
use super::sources::{MOST, Source, add};
use crate::model::GithubRepo;

/// A column of the template's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Url,
    Kind,
    What,
    Move,
    Destination,
}

pub(super) const USUAL: [Column; 5] =
    [Column::Url, Column::Kind, Column::What, Column::Move, Column::Destination];

/// The column that a header's cell names.
pub(super) fn column(cell: &str) -> Option<Column> {
    let names: [(Column, &[&str]); 5] = [
        (
            Column::Move,
            &[
                "move",
                "moves",
                "moving",
                "to move",
                "migrate",
                "migrating",
                "move it",
                "will move",
                "should move",
                "to be moved",
                "move yes no",
                "migrate yes no",
                "move yes later no",
            ],
        ),
        (
            Column::Destination,
            &[
                "destination",
                "destination path",
                "target",
                "to",
                "target path",
                "new home",
                "new location",
                "goes to",
                "moves to",
                "gitlab path",
                "gitlab",
                "new url",
                "gitlab project",
                "destination project",
                "target group",
                "new place",
            ],
        ),
        (
            Column::Kind,
            &[
                "kind",
                "type",
                "platform",
                "forge",
                "system",
                "tool",
                "software",
                "hosted on",
                "service",
                "host",
                "hosting",
            ],
        ),
        (
            Column::What,
            &[
                "what",
                "content",
                "contents",
                "contains",
                "includes",
                "used for",
                "parts",
                "scope",
                "what is there",
                "purpose",
                "holds",
            ],
        ),
        (
            Column::Url,
            &[
                "url",
                "urls",
                "address",
                "link",
                "where",
                "location",
                "source",
                "source url",
                "repository",
                "repo",
                "project",
                "from",
                "current",
                "current url",
                "current location",
                "source location",
                "site",
                "place",
                "repository url",
                "repositories",
            ],
        ),
    ];
    let words = words(cell);
    names.iter().find(|(_, names)| names.contains(&words.as_str())).map(|(column, _)| *column)
}

/// Reads a table, with the layout of the one before it.
pub(super) fn read(table: &Table, layout: &mut Layout<Column>, sources: &mut Vec<Source>) {
    let is_data = |cell: &str| address::first(cell).is_some();
    let rows = rows_below_header(table, layout, column, is_data);
    for row in rows {
        if sources.len() == MOST {
            return;
        }
        let found = from_row(layout, row);
        let found = if found.is_empty() { from_row(&guess(row, layout), row) } else { found };
        found.into_iter().for_each(|source| add(source, sources));
    }
}

/// One source for each address in the row's first column.
fn from_row(layout: &Layout<Column>, row: &[String]) -> Vec<Source> {
    let cell = |column| layout.cell(row, column);
    let named = kind::named(cell(Column::Kind));
    let moves = Moves::of_cell(cell(Column::Move));
    let places = places(cell(Column::Url), named).into_iter();
    let sources = places.filter_map(|place| Source::at(&place)).map(|source| Source {
        kind: named.unwrap_or(source.kind),
        what: part::parts(cell(Column::What)),
        moves,
        destination: destination(cell(Column::Destination)),
        ..source
    });
    sources.collect()
}

/// What the cells of a row look like, when they are not where they should be. What stands where the
/// destination should be is not taken for the source.
fn guess(row: &[String], layout: &Layout<Column>) -> Layout<Column> {
    let mut columns: Vec<Option<Column>> = Vec::new();
    for (at, cell) in row.iter().enumerate() {
        let looks = [
            (Column::Destination, layout.column(at) == Some(Column::Destination)),
            (Column::Url, !places(cell, None).is_empty()),
            (Column::Move, Moves::of_cell(cell) != Moves::Unknown),
            (Column::Kind, kind::named(cell).is_some()),
            (Column::What, !part::parts(cell).is_empty()),
        ];
        let found =
            looks.into_iter().find(|(column, is_so)| *is_so && !columns.contains(&Some(*column)));
        columns.push(found.map(|(column, _)| column));
    }
    Layout::of_columns(columns)
}

/// The addresses of a cell: with a scheme, or without one if the cell holds nothing else, or a
/// repository by its two names where the kind is GitHub.
fn places(cell: &str, kind: Option<SourceKind>) -> Vec<String> {
    const MOST_OF_A_CELL: usize = 50;
    let mut found: Vec<String> = Vec::new();
    for (_, address) in address::find(cell).take(MOST_OF_A_CELL) {
        if !found.iter().any(|known| known == address) {
            found.push(address.to_owned());
        }
    }
    if !found.is_empty() {
        return found;
    }
    let answer = given(cell).unwrap_or_default();
    let words = answer.split([',', ';', ' ']).filter(|word| !word.is_empty());
    let bare: Vec<String> =
        words.clone().filter(|word| address::is_bare(word)).map(str::to_owned).collect();
    if !bare.is_empty() || kind != Some(SourceKind::Github) {
        return bare;
    }
    let repos = words
        .filter_map(|word| word.split_once('/'))
        .filter_map(|(owner, name)| GithubRepo::new(owner, name));
    repos.map(|repo| repo.url()).take(MOST_OF_A_CELL).collect()
}
