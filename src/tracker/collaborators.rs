//! The people an issue lists as collaborators: they may tick items and pause, like its author.

use std::collections::BTreeSet;

use super::safe;
use crate::model::Username;

/// Reads the section whose heading says "Collaborators": the column "GitLab username" of its table,
/// and every `@name` in its lines. Tolerates backticks, a missing `@` in the column and other columns.
pub fn collaborators(description: &str) -> BTreeSet<Username> {
    let mut found = BTreeSet::new();
    let mut is_inside = false;
    let mut column = None;
    let visible = without_html_comments(description);
    for line in visible.lines().map(str::trim) {
        if let Some(title) = heading(line) {
            is_inside = title.to_lowercase().contains("collaborators");
            column = None;
            continue;
        }
        if !is_inside {
            continue;
        }
        match cells(line) {
            Some(cells) if column.is_none() => {
                column = cells.iter().position(|cell| is_username_title(cell));
            }
            Some(cells) => {
                let cell = column.and_then(|index| cells.get(index).copied());
                found.extend(cell.and_then(plain_name));
            }
            None => {}
        }
        found.extend(line.split_whitespace().filter_map(mentioned));
    }
    found
}

/// The intake template's hints are HTML comments of several lines.
fn without_html_comments(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        visible.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    visible + rest
}

fn heading(line: &str) -> Option<&str> {
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    ((1..=6).contains(&level) && title.starts_with(' ')).then(|| title.trim())
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?;
    Some(inner.strip_suffix('|').unwrap_or(inner).split('|').map(str::trim).collect())
}

fn is_username_title(cell: &str) -> bool {
    let cell = cell.to_lowercase();
    cell.contains("username") || cell == "gitlab"
}

/// The username in a word that begins with `@`.
pub(super) fn mentioned(word: &str) -> Option<Username> {
    let word = word.trim_start_matches(['|', '(', '`', '*']).strip_prefix('@')?;
    plain_name(word)
}

/// The username that a text is, but for an `@` and quotes around it.
pub(super) fn plain_name(text: &str) -> Option<Username> {
    let wrapping = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
    let name = Username::new(text.trim_matches(wrapping));
    // `mention` knows what a username can be; "TBD" and the like are names nobody here bears.
    safe::mention(&name).map(|_| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = collaborators(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn names_come_from_the_section_only() {
        check(
            "@outside\n\n## Collaborators\n\n- @paula and (@kim.r)\n\n## Goals\n\n@later",
            &["kim.r", "paula"],
        );
        check("no section, @nobody", &[]);
        check("## Collaborators\n\nmail me at me@example.org", &[]);
    }

    #[test]
    fn the_username_column_needs_no_at_sign() {
        let table = "### Collaborators\n\n| Name | Role | GitLab username |\n|---|---|---|\n\
                     | Kim | primary | `kim-r` |\n| Lee | legal |  |\n| Mo | tech | @mo |\n";
        check(table, &["kim-r", "mo"]);
    }

    #[test]
    fn a_hint_in_a_comment_is_nobody() {
        check("## Collaborators\n<!-- write\n@name here\n-->\n", &[]);
    }
}
