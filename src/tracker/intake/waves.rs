//! What moves when: a table of waves, or a list.

use serde::Serialize;

use super::page::address;
use super::page::block::{Block, Bullet};
use super::page::given::given;
use super::page::inline::plain;
use super::page::table::{Layout, Table, rows_below_header};
use super::page::words::{DASHES, has, words};
use super::sections::Section;
use super::source_line::{destination, split_arrow};

/// Rows that are kept.
const MOST: usize = 500;

/// One source in one wave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Wave {
    /// Number or name.
    pub wave: Option<String>,
    /// When, as written.
    pub date: Option<String>,
    /// What moves: an address, or what else was written.
    pub source: Option<String>,
    /// Where to: a path or an address.
    pub destination: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Wave,
    Date,
    Source,
    Destination,
}

const USUAL: [Column; 4] = [Column::Wave, Column::Date, Column::Source, Column::Destination];

fn column(cell: &str) -> Option<Column> {
    match words(cell).as_str() {
        "wave" | "waves" | "batch" | "phase" | "step" | "stage" | "no" | "name" | "group" => {
            Some(Column::Wave)
        }
        "date" | "when" | "day" | "start" | "dates" | "planned" | "cutover" | "planned date" => {
            Some(Column::Date)
        }
        "source" | "sources" | "from" | "repository" | "repositories" | "project" | "projects"
        | "what" | "source url" | "url" => Some(Column::Source),
        "destination" | "to" | "target" | "target path" | "destination path" | "new home"
        | "where to" => Some(Column::Destination),
        _ => None,
    }
}

/// Adds the waves of a section.
pub(super) fn read(section: &Section<'_>, waves: &mut Vec<Wave>) {
    let mut layout = Layout::usual(&USUAL);
    let mut above: Option<Above> = None;
    for block in &section.blocks {
        match block {
            Block::Table(table) => from_table(table, &mut layout, waves),
            Block::Item(item) => from_item(item, &mut above, waves),
            Block::Text(lines) => {
                finish(above.take(), waves);
                above = lines.last().and_then(|line| headline(line)).map(|wave| (None, wave));
            }
        }
    }
    finish(above, waves);
}

fn add(wave: Wave, waves: &mut Vec<Wave>) {
    if wave != Wave::default() && waves.len() < MOST {
        waves.push(wave);
    }
}

fn from_table(table: &Table, layout: &mut Layout<Column>, waves: &mut Vec<Wave>) {
    let is_data = |cell: &str| cell.contains("://");
    let mut last: Option<Wave> = None;
    for row in rows_below_header(table, layout, column, is_data) {
        let wave = Wave {
            wave: layout.value(row, Column::Wave),
            date: layout.value(row, Column::Date),
            source: None,
            destination: destination(layout.cell(row, Column::Destination)),
        };
        let sources = sources(layout.cell(row, Column::Source));
        // The name of a wave often stands in its first row only.
        let (name, date) = match &last {
            Some(last) if wave.wave.is_none() && !sources.is_empty() => {
                (last.wave.clone(), last.date.clone())
            }
            _ => (None, None),
        };
        let wave = Wave { wave: wave.wave.or(name), date: wave.date.or(date), ..wave };
        each(&wave, sources, waves);
        last = Some(wave);
    }
}

/// A wave whose sources stand below it, and the indent of its item; a line of text has none.
type Above = (Option<usize>, Wave);

/// `**Wave 1** (2027-01-15)` on a line by itself.
fn headline(line: &str) -> Option<Wave> {
    const LONGEST: usize = 80;
    let is_wave = has(&words(line), &["wave", "batch", "phase", "pilot", "week", "step"]);
    let (name, date) = split_date(line);
    let wave =
        Wave { wave: given(&name), date: date.and_then(|date| given(&date)), ..Wave::default() };
    (is_wave && line.len() <= LONGEST && address::first(line).is_none()).then_some(wave)
}

/// One row for each source; one without if there is none.
fn each(wave: &Wave, sources: Vec<String>, waves: &mut Vec<Wave>) {
    if sources.is_empty() {
        add(wave.clone(), waves);
    }
    for source in sources {
        add(Wave { source: Some(source), ..wave.clone() }, waves);
    }
}

fn sources(text: &str) -> Vec<String> {
    const MOST_OF_A_CELL: usize = 50;
    let found = address::find(text).map(|(_, address)| address::without_secrets(address));
    let mut found: Vec<String> = found.take(MOST_OF_A_CELL).collect();
    found.dedup();
    if found.is_empty() { given(text).into_iter().collect() } else { found }
}

/// Reads `Wave 1 (2027-01-10): https://… → group/project`, also with the sources in items below it.
fn from_item(item: &Bullet<'_>, above: &mut Option<Above>, waves: &mut Vec<Wave>) {
    let text = item.text();
    let (before, after) = split_arrow(&text);
    let destination = after.and_then(destination);
    if let Some((indent, wave)) =
        above.as_mut().filter(|(indent, _)| indent.is_none_or(|indent| item.indent > indent))
    {
        // The wave is not told without its sources any more.
        let wave = Wave { destination, ..wave.clone() };
        each(&wave, sources(before), waves);
        *above = Some((*indent, Wave { source: Some(String::new()), ..wave }));
        return;
    }
    finish(above.take(), waves);
    let (label, rest) = split_label(before);
    let (name, date) = split_date(label);
    let wave = Wave {
        wave: given(&name),
        date: date.and_then(|date| given(&date)),
        source: None,
        destination,
    };
    let sources = sources(rest);
    if sources.is_empty() && wave.destination.is_none() {
        *above = Some((Some(item.indent), wave));
    } else {
        each(&wave, sources, waves);
    }
}

/// A wave without any source below it is told alone.
fn finish(above: Option<Above>, waves: &mut Vec<Wave>) {
    if let Some((_, wave)) = above.filter(|(_, wave)| wave.source.is_none()) {
        add(wave, waves);
    }
}

/// `Wave 1 (May)` of `Wave 1 (May): https://…`; of a line without an address all of it is the label.
fn split_label(text: &str) -> (&str, &str) {
    let first = address::find(text).next().map(|(place, _)| place.start);
    match (text.find(": "), first) {
        (Some(at), first) if first.is_none_or(|first| at < first) => {
            (text.get(..at).unwrap_or_default(), text.get(at + 2..).unwrap_or_default())
        }
        (_, None) => (text, ""),
        (_, Some(_)) => ("", text),
    }
}

/// A name, and a date in brackets or behind a comma or dash.
fn split_date(label: &str) -> (String, Option<String>) {
    let label = plain(label);
    let label = label.trim_end_matches(':');
    for sign in [" (", ", "].iter().chain(&DASHES) {
        let parts = label
            .split_once(sign)
            .filter(|(_, date)| date.bytes().any(|byte| byte.is_ascii_digit()));
        if let Some((name, date)) = parts {
            return (name.to_owned(), Some(date.trim_end_matches(')').to_owned()));
        }
    }
    (label.to_owned(), None)
}

#[cfg(test)]
mod tests {
    use super::super::sections;
    use super::*;

    /// Each row on one line: wave, date, source, destination.
    fn found(text: &str) -> Vec<String> {
        let mut waves = Vec::new();
        sections::each(&format!("## Waves\n\n{text}"), |section| read(section, &mut waves));
        let or_dash = |text: &Option<String>| text.clone().unwrap_or("-".to_owned());
        let show = |one: &Wave| {
            [&one.wave, &one.date, &one.source, &one.destination].map(or_dash).join(" / ")
        };
        waves.iter().map(show).collect()
    }

    #[test]
    fn waves_stand_in_tables_and_in_lists() {
        for (text, expect) in [
            (
                "| Wave | Date | Source | Destination |\n|--|--|--|--|\n| 1 | 2027-01-10 | https://x.org/a | acme/a |\n\
              | | | <https://x.org/b> | [b](https://gitlab.com/acme/b) |\n| 2 | TBD | the rest | |",
                vec![
                    "1 / 2027-01-10 / https://x.org/a / acme/a",
                    "1 / 2027-01-10 / https://x.org/b / https://gitlab.com/acme/b",
                    "2 / - / the rest / -",
                ],
            ),
            (
                "| 1 | May | https://x.org/a https://x.org/b | acme |",
                vec!["1 / May / https://x.org/a / acme", "1 / May / https://x.org/b / acme"],
            ),
            (
                "- Wave 1 (2027-01-10): https://x.org/a → acme/a\n- Wave 2, May 2027\n  - https://x.org/b -> acme/b\n  - docs\n- Wave 3",
                vec![
                    "Wave 1 / 2027-01-10 / https://x.org/a / acme/a",
                    "Wave 2 / May 2027 / https://x.org/b / acme/b",
                    "Wave 2 / May 2027 / docs / -",
                    "Wave 3 / - / - / -",
                ],
            ),
            (
                "**Wave 1** (2027-01-10)\n- https://x.org/a → acme/a\n- the rest\n\nThat is all.",
                vec![
                    "Wave 1 / 2027-01-10 / https://x.org/a / acme/a",
                    "Wave 1 / 2027-01-10 / the rest / -",
                ],
            ),
            ("- https://x.org/a", vec!["- / - / https://x.org/a / -"]),
            (
                "| Wave | Date | Source | Destination |\n|--|--|--|--|\n| | | | |\n\nNot planned yet.\n-",
                vec![],
            ),
        ] {
            assert_eq!(found(text), expect, "{text}");
        }
    }
}
