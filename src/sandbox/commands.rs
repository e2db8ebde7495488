//! Quick actions in texts, found and taken out the way GitLab does it.

use super::issues::Change;
use super::world::World;
use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A quick action that was executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Username of who ran it.
    pub user: String,
    /// Issue it ran on.
    pub iid: u64,
    /// Its name without the slash, lower case.
    pub name: String,
    /// The rest of its line.
    pub argument: String,
}

const NAMES: &str = "add_child|add_contacts|add_email|approve|assign|assign_reviewer|award|blocks|\
    blocked_by|board_move|cc|checkin_reminder|clear_health_status|clear_weight|clone|close|\
    confidential|copy_metadata|create_merge_request|done|draft|due|duplicate|epic|estimate|\
    health_status|invite_email|iteration|label|labels|link|lock|merge|milestone|move|page|promote|\
    promote_to|promote_to_incident|publish|react|ready|reassign|rebase|relabel|relate|\
    remove_child|remove_contacts|remove_due_date|remove_email|remove_epic|remove_estimate|\
    remove_iteration|remove_label|remove_milestone|remove_parent|remove_time_spent|reopen|\
    request_review|severity|set_parent|shrug|spend|spend_time|spent|submit_review|subscribe|\
    tableflip|tag|target_branch|timeline|title|todo|type|unapprove|unassign|unassign_reviewer|\
    unlabel|unlink|unlock|unsubscribe|weight|wip|zoom";

static LINE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"(?i)^/({NAMES})(?:[ \t]+(.*))?$")).ok());

/// A text without its quick actions, and the actions.
pub(super) struct Extracted {
    pub(super) text: String,
    pub(super) commands: Vec<(String, String)>,
}

/// Takes the quick actions out of a text.
///
/// Every `\r` goes first, wherever it stands. Then each line of a paragraph counts that begins
/// with a known name at column 0: also a line that only continues a quote or a list item. Code,
/// HTML blocks and code spans over several lines are left alone.
pub(super) fn extract(text: &str) -> Extracted {
    let text = text.replace('\r', "");
    let lines = command_lines(&text);
    let mut kept = Vec::new();
    let mut commands = Vec::new();
    for (number, line) in text.split('\n').enumerate() {
        let found = LINE
            .as_ref()
            .filter(|_| lines.contains(&number.saturating_add(1)));
        let Some(parts) = found.and_then(|pattern| pattern.captures(line.trim_end())) else {
            kept.push(line.to_owned());
            continue;
        };
        let part = |n| parts.get(n).map_or("", |m| m.as_str()).trim().to_owned();
        // The long s counts as an s: Ruby, too, compares without case by Unicode's rules.
        let name = part(1).to_lowercase().replace('ſ', "s");
        match name.as_str() {
            "shrug" => kept.push(format!("{} ¯\\＿(ツ)＿/¯", part(2)).trim().to_owned()),
            "tableflip" => kept.push(format!("{} (╯°□°)╯︵ ┻━┻", part(2)).trim().to_owned()),
            _ => {}
        }
        commands.push((name, part(2)));
    }
    if commands.is_empty() {
        return Extracted { text, commands };
    }
    Extracted {
        text: kept.join("\n").trim().to_owned(),
        commands,
    }
}

/// Numbers (from 1) of the lines where a command would count.
fn command_lines(text: &str) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    if !text.contains('/') {
        return lines;
    }
    let arena = Arena::new();
    let root = parse_document(&arena, text, &Options::default());
    let mut inside_code = BTreeSet::new();
    for node in root.descendants() {
        let data = node.data();
        let span = data.sourcepos.start.line..=data.sourcepos.end.line;
        match &data.value {
            NodeValue::Paragraph => lines.extend(span),
            NodeValue::Code(_) => inside_code.extend(span.skip(1)),
            _ => {}
        }
    }
    lines.retain(|line| !inside_code.contains(line));
    lines
}

/// `~"a b" ~c` or `a c`: the titles in an argument of `/label`.
fn titles(argument: &str) -> Vec<String> {
    let mut titles = Vec::new();
    let mut rest = argument.trim();
    while !rest.is_empty() {
        let bare = rest.trim_start_matches('~');
        let (title, next) = match bare.strip_prefix('"').and_then(|r| r.split_once('"')) {
            Some((title, next)) => (title, next),
            None => bare.split_once(char::is_whitespace).unwrap_or((bare, "")),
        };
        if !title.is_empty() {
            titles.push(title.to_owned());
        }
        rest = next.trim_start();
    }
    titles
}

impl World {
    /// Turns quick actions into a change of the issue, and remembers that they ran. Gives the
    /// change and a line of summary for each command.
    pub(super) fn run_commands(
        &mut self,
        user: u64,
        iid: u64,
        commands: &[(String, String)],
        change: &mut Change,
    ) -> Vec<String> {
        let username = self
            .user(user)
            .map(|user| user.username.clone())
            .unwrap_or_default();
        let mut summary = Vec::new();
        for (name, argument) in commands {
            self.apply_command(user, name, argument, change);
            summary.push(format!("Ran the {name} command."));
            self.executed.push(Command {
                user: username.clone(),
                iid,
                name: name.clone(),
                argument: argument.clone(),
            });
        }
        summary
    }

    fn apply_command(&self, user: u64, name: &str, argument: &str, change: &mut Change) {
        match name {
            "close" => change.open = Some(false),
            "reopen" => change.open = Some(true),
            "label" | "labels" => change.add_labels.extend(titles(argument)),
            "unlabel" | "remove_label" => change.remove_labels.extend(titles(argument)),
            "relabel" => change.labels = Some(titles(argument)),
            "confidential" => change.confidential = Some(true),
            "lock" => change.discussion_locked = Some(true),
            "unlock" => change.discussion_locked = Some(false),
            "title" => change.title = Some(argument.to_owned()),
            "unassign" => change.assignees = Some(Vec::new()),
            "assign" | "reassign" => {
                let names = argument
                    .split_whitespace()
                    .map(|name| name.trim_start_matches('@'));
                let ids = names.filter_map(|name| match name {
                    "me" => Some(user),
                    name => self.user_named(name).map(|user| user.id),
                });
                change.assignees = Some(ids.collect());
            }
            // Known, taken out of the text and remembered, but without effect in the sandbox.
            _ => {}
        }
    }
}
