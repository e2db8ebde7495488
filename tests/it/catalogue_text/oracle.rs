//! Judges of a finished body: what GitLab would run, call or link in it. Stricter than GitLab
//! where its versions differ; shares no code with the gate it judges.

use std::sync::LazyLock;

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};
use regex::Regex;

/// Words that GitLab knows as quick actions, those that only rewrite text included.
const QUICK_ACTIONS: &str = "add_child|add_contacts|add_email|add_parent|approve|assign|\
    assign_reviewer|award|blocked_by|blocks|board_move|cc|child_of|clear_health_status|\
    clear_parent|clear_weight|clone|close|confidential|convert_to_ticket|copy_metadata|\
    create_merge_request|done|draft|due|duplicate|epic|estimate|estimate_time|health_status|\
    invite_email|iteration|label|labels|link|link_child|lock|merge|milestone|move|page|parent|\
    promote|promote_to|promote_to_incident|publish|react|ready|reassign|reassign_reviewer|rebase|\
    relabel|relate|remove_child|remove_contacts|remove_due_date|remove_email|remove_epic|\
    remove_estimate|remove_iteration|remove_label|remove_milestone|remove_parent|\
    remove_parent_epic|remove_time_spent|remove_zoom|reopen|request_changes|request_review|\
    restore_severity|resend_email|severity|set_parent|ship|shrug|spend|spend_time|spent|\
    submit_review|subscribe|tableflip|tag|target_branch|timeline|title|todo|type|unapprove|\
    unassign|unassign_reviewer|unlabel|unlink|unlock|unsubscribe|weight|wip|zoom";

/// `(?i)` folds as Unicode does, so `ſ` is an `s` here as it is in GitLab.
static COMMAND: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!(r"(?im)^/(?:{QUICK_ACTIONS})(?:\s|$)")).unwrap());

/// The old extractor's one pattern: code between fences of exactly three backticks is passed
/// over, so a fence of four shields nothing.
static OLD: LazyLock<Regex> = LazyLock::new(|| {
    let code = r"^```(?s:.)+?\n```$";
    Regex::new(&format!(r"(?im){code}|(?P<command>^/(?:{QUICK_ACTIONS})(?:\s|$))")).unwrap()
});

/// What starts a mention, a reference or a bare address in GitLab.
static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"[@＠]\w|[#!&$]\d|[~%][\w"]|\w://|www\.|<"#).unwrap());

/// Commands that any line of the text would be, whatever surrounds it.
pub(crate) fn commands_anywhere(body: &str) -> usize {
    COMMAND.find_iter(&body.replace('\r', "")).count()
}

/// Commands that GitLab's old extractor finds: lines outside three-backtick fences.
pub(crate) fn commands_old(body: &str) -> usize {
    let body = body.replace('\r', "");
    OLD.captures_iter(&body).filter(|found| found.name("command").is_some()).count()
}

/// Commands that GitLab's new extractor finds: lines at column 0 of paragraphs, here even of
/// paragraphs in quotes and lists.
pub(crate) fn commands_new(body: &str) -> usize {
    let body = body.replace('\r', "");
    let lines: Vec<&str> = body.split('\n').collect();
    let arena = Arena::new();
    let mut found = 0;
    for node in parse_document(&arena, &body, &as_gitlab()).descendants() {
        let ast = node.data.borrow();
        if matches!(ast.value, NodeValue::Paragraph) {
            let of_paragraph = ast.sourcepos.start.line - 1..ast.sourcepos.end.line;
            found += lines[of_paragraph].iter().filter(|line| COMMAND.is_match(line)).count();
        }
    }
    found
}

/// What a Markdown parser sees in a body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Markup {
    /// Raw HTML as it stands.
    pub(crate) html: Vec<String>,
    /// Nodes that fetch, link, or become something else than text.
    pub(crate) active: Vec<String>,
    /// Mentions, references and addresses in text outside code.
    pub(crate) references: Vec<String>,
    /// Contents of code spans.
    pub(crate) code_spans: Vec<String>,
}

pub(crate) fn markup(body: &str) -> Markup {
    let arena = Arena::new();
    let mut markup = Markup::default();
    let mut text = String::new();
    for node in parse_document(&arena, body, &as_gitlab()).descendants() {
        match &node.data.borrow().value {
            NodeValue::HtmlBlock(html) => markup.html.push(html.literal.trim_end().to_owned()),
            NodeValue::HtmlInline(html) => markup.html.push(html.clone()),
            NodeValue::Link(_)
            | NodeValue::Image(_)
            | NodeValue::WikiLink(_)
            | NodeValue::Math(_)
            | NodeValue::FootnoteReference(_)
            | NodeValue::FootnoteDefinition(_)
            | NodeValue::MultilineBlockQuote(_)
            | NodeValue::Alert(_)
            | NodeValue::CodeBlock(_) => markup.active.push(format!("{:?}", node.data.borrow())),
            NodeValue::Code(code) => {
                markup.code_spans.push(code.literal.clone());
                text.push('\u{1}');
            }
            NodeValue::Text(piece) => text.push_str(piece),
            NodeValue::Emph | NodeValue::Strong | NodeValue::Strikethrough => {}
            _ => text.push('\n'),
        }
    }
    markup.references = REFERENCE.find_iter(&text).map(|found| found.as_str().to_owned()).collect();
    markup
}

fn as_gitlab() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.alerts = true;
    extension.autolink = true;
    extension.description_lists = true;
    extension.footnotes = true;
    extension.inline_footnotes = true;
    extension.math_code = true;
    extension.math_dollars = true;
    extension.multiline_block_quotes = true;
    extension.strikethrough = true;
    extension.table = true;
    extension.tasklist = true;
    extension.wikilinks_title_before_pipe = true;
    options.parse.relaxed_autolinks = true;
    options
}
