//! Tables: rows, cells, and which column means what.

use super::given::given;

/// Cells of a row that are looked at.
const MOST_CELLS: usize = 32;

/// Rows that follow each other without anything between them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// Cells as they were written, without the lines of dashes.
    pub(crate) rows: Vec<Vec<String>>,
    /// Whether a line of dashes stood under the first row.
    pub(crate) has_header: bool,
}

impl Table {
    /// Takes one more row.
    pub(crate) fn push(&mut self, line: &str) {
        let cells = cells(line);
        if !is_rule(&cells) {
            self.rows.push(cells);
        } else if self.rows.len() == 1 {
            self.has_header = true;
        }
    }
}

/// The cells of a row, with or without pipes at its ends; `\|` is a pipe within a cell.
pub(crate) fn cells(line: &str) -> Vec<String> {
    let row = line.trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut is_escaped = false;
    for letter in row.chars() {
        match letter {
            '|' if is_escaped => {
                cell.pop();
                cell.push('|');
            }
            '|' => {
                cells.push(std::mem::take(&mut cell).trim().to_owned());
                if cells.len() == MOST_CELLS {
                    return cells;
                }
            }
            _ => cell.push(letter),
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    if !cell.trim().is_empty() {
        cells.push(cell.trim().to_owned());
    }
    cells
}

fn is_rule(cells: &[String]) -> bool {
    let is_dashes = |cell: &String| {
        let dashes = cell.trim_matches(':').trim();
        !dashes.is_empty() && dashes.chars().all(|c| matches!(c, '-' | '–' | '—' | '='))
    };
    cells.iter().any(is_dashes) && cells.iter().all(|cell| cell.is_empty() || is_dashes(cell))
}

/// Which cell of a row is in which column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout<C> {
    columns: Vec<Option<C>>,
    /// Whether a header said so.
    pub(crate) is_named: bool,
}

impl<C: Copy + PartialEq> Layout<C> {
    /// The order of a template.
    pub(crate) fn usual(columns: &[C]) -> Self {
        Self::of_columns(columns.iter().copied().map(Some).collect())
    }

    /// Of columns in their order.
    pub(crate) fn of_columns(columns: Vec<Option<C>>) -> Self {
        Self { columns, is_named: false }
    }

    /// The column at this place.
    pub(crate) fn column(&self, at: usize) -> Option<C> {
        self.columns.get(at).copied().flatten()
    }

    /// Of a header; a column named twice counts where it stands first.
    fn of_header(row: &[String], name: impl Fn(&str) -> Option<C>) -> Self {
        let mut columns: Vec<Option<C>> = Vec::new();
        for cell in row {
            let column = name(cell).filter(|found| !columns.contains(&Some(*found)));
            columns.push(column);
        }
        Self { columns, is_named: true }
    }

    fn known(&self) -> usize {
        self.columns.iter().flatten().count()
    }

    /// A cell of this column as it was written; empty when the row has none.
    pub(crate) fn cell<'r>(&self, row: &'r [String], column: C) -> &'r str {
        let at = self.columns.iter().position(|one| *one == Some(column));
        at.and_then(|at| row.get(at)).map_or("", String::as_str)
    }

    /// What stands in this column, if anything was given.
    pub(crate) fn value(&self, row: &[String], column: C) -> Option<String> {
        given(self.cell(row, column))
    }
}

/// Reads a table's header and returns the layout with the rows below it.
///
/// A row is a header when it names two columns, or stands over a line of dashes and holds nothing
/// that `is_data` knows for content. A table without one goes on with `layout`: that of the table
/// before it in the section, or the template's.
pub(crate) fn rows_below_header<'t, C: Copy + PartialEq>(
    table: &'t Table,
    layout: &mut Layout<C>,
    name: impl Fn(&str) -> Option<C>,
    is_data: impl Fn(&str) -> bool,
) -> &'t [Vec<String>] {
    let Some((first, below)) = table.rows.split_first() else {
        return &[];
    };
    let named = Layout::of_header(first, name);
    let is_content = first.iter().any(|cell| is_data(cell));
    if named.known() >= 2 || (named.known() == 1 && table.has_header && !is_content) {
        *layout = named;
        return below;
    }
    if table.has_header && !is_content { below } else { &table.rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_at_their_pipes() {
        for (line, expect) in [
            ("| a | b |", vec!["a", "b"]),
            ("a|b", vec!["a", "b"]),
            ("| a |  | b", vec!["a", "", "b"]),
            ("|a\\|b|`c|d`|", vec!["a|b", "`c", "d`"]),
            ("|a\\\\|b|", vec!["a\\\\", "b"]),
            ("||", vec![""]),
            ("\t|\ta\t|", vec!["a"]),
        ] {
            assert_eq!(cells(line), expect, "{line:?}");
        }
        assert_eq!(cells(&"|".repeat(1_000_000)).len(), MOST_CELLS);
    }

    #[test]
    fn a_header_is_found_with_and_without_its_line() {
        let name = |cell: &str| match cell {
            "A" => Some('a'),
            "B" => Some('b'),
            _ => None,
        };
        for (lines, expect) in [
            (&["| B | A |", "|---|---|", "| 1 | 2 |"][..], vec![["2", "1"]]),
            (&["B | x | A", "1 | 2 | 3"], vec![["3", "1"]]),
            (&["|---|---|", "| 1 | 2 |"], vec![["1", "2"]]),
            (&["| 1 | 2 |", "|---|:-:|", "| 3 |"], vec![["1", "2"], ["3", ""]]),
            (&["| x | y |", "|---|---|", "| 3 | 4 |"], vec![["3", "4"]]),
            (&["| A |", "|---|", "| 3 | 4 |"], vec![["3", ""]]),
        ] {
            let mut table = Table::default();
            lines.iter().for_each(|line| table.push(line));
            let mut layout = Layout::usual(&['a', 'b']);
            let is_data = |cell: &str| cell.contains(|c: char| c.is_ascii_digit());
            let rows = rows_below_header(&table, &mut layout, name, is_data);
            let found: Vec<_> =
                rows.iter().map(|row| [layout.cell(row, 'a'), layout.cell(row, 'b')]).collect();
            assert_eq!(found, expect, "{lines:?}");
        }
    }
}
