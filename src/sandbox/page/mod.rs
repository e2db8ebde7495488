//! The sandbox as people read it: plain HTML without a script.

mod overview;

use super::clock::iso;
use super::issues::{Issue, state};
use super::projects::Project;
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;
use comrak::nodes::NodeValue;
use comrak::{Arena, Options, format_html, parse_document};
use std::fmt::Write;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;\
padding:0 1rem;color:#1f1e24;background:#fff}a{color:#1068bf}h1{line-height:1.25}\
.chip{display:inline-block;padding:0 .6em;border-radius:1em;color:#fff;font-size:.85em;\
margin-right:.3em}.meta{color:#626168;font-size:.9em}article{border:1px solid #dcdcde;\
border-radius:.5rem;padding:.2rem 1rem;margin:1rem 0;overflow-wrap:anywhere}\
article.system{border:0;color:#626168;padding:0}pre{overflow:auto;background:#f5f5f7;padding:.6rem}\
table{border-collapse:collapse}td,th{border:1px solid #dcdcde;padding:.2rem .6rem}\
ul.history{list-style:none;padding:0}";

/// Groups, projects, issues and merge requests, as a visitor sees them.
pub(super) fn answer(world: &World, call: &Call, segments: &[&str]) -> Outcome {
    let unknown = || Refusal::unknown_endpoint(&call.method, &call.path);
    if call.method != "GET" {
        return Err(unknown());
    }
    let dash = segments.iter().position(|part| *part == "-");
    let Some((path, rest)) = dash.and_then(|at| segments.split_at_checked(at)) else {
        return match segments {
            ["api", ..] => Err(unknown()),
            path => overview(world, path).ok_or_else(|| Refusal::not_found("Page")),
        };
    };
    let project = world.project(world.project_id(&path.join("/"), None)?)?;
    match rest {
        ["-", "issues"] => Ok(list(world, project)),
        ["-", "issues" | "work_items", iid] => {
            let iid = iid.parse().map_err(|_| unknown())?;
            let issue = world.visible(project.id, iid, None)?;
            Ok(one(world, project, issue))
        }
        ["-", "merge_requests"] => Ok(overview::merge_requests(world, project)),
        _ => Err(unknown()),
    }
}

/// Pages without a `-`: the front, a group, a project.
fn overview(world: &World, segments: &[&str]) -> Option<Answer> {
    match segments {
        [] => Some(overview::front(world)),
        ["groups", path @ ..] => overview::group(world, &path.join("/")),
        path => {
            let path = path.join("/");
            let project = world.project_id(&path, None).ok().and_then(|id| world.project(id).ok());
            match project {
                Some(project) => Some(overview::project(world, project)),
                None => overview::group(world, &path),
            }
        }
    }
}

fn list(world: &World, project: &Project) -> Answer {
    let mut body = format!("<h1>{}</h1><ul>", escape(&project.path));
    let visible = project.issues.values().rev().filter(|i| world.may_see(project, i, None));
    for issue in visible {
        let _ = write!(
            body,
            "<li><a href=\"/{}/-/issues/{iid}\">#{iid} {}</a> <span class=meta>{}</span> {}</li>",
            escape(&project.path),
            escape(&issue.title),
            state(issue.open),
            chips(project, &issue.labels),
            iid = issue.iid,
        );
    }
    body.push_str("</ul>");
    document(&project.path, &body)
}

fn one(world: &World, project: &Project, issue: &Issue) -> Answer {
    let name = |id: u64| world.user(id).map_or_else(String::new, |user| escape(&user.username));
    let mut body = format!(
        "<p class=meta><a href=\"/{path}/-/issues\">{path}</a> #{iid}</p><h1>{title}</h1>\
         <p class=meta>{state} · by @{author} at {at}</p><p>{chips}</p>\
         <article>{text}</article><h2>Comments</h2>",
        path = escape(&project.path),
        iid = issue.iid,
        title = escape(&issue.title),
        state = state(issue.open),
        author = name(issue.author),
        at = iso(issue.created_at),
        chips = chips(project, &issue.labels),
        text = markdown(&issue.description),
    );
    let shown = issue.notes.iter();
    for note in shown.filter(|n| world.note_json(project.id, issue, n, None).is_some()) {
        let _ = write!(
            body,
            "<article id=\"note_{}\"{}><p class=meta>@{} at {}</p>{}</article>",
            note.id,
            if note.system { " class=system" } else { "" },
            name(note.author),
            iso(note.created_at),
            markdown(&note.body),
        );
    }
    body.push_str("<h2>Labels over time</h2><ul class=history>");
    for event in &issue.label_events {
        let _ = write!(
            body,
            "<li>{} @{} {} {}</li>",
            iso(event.at),
            name(event.user),
            if event.added { "added" } else { "removed" },
            chips(project, &[event.label]),
        );
    }
    body.push_str("</ul>");
    document(&issue.title, &body)
}

fn chips(project: &Project, labels: &[u64]) -> String {
    let mut html = String::new();
    for label in labels.iter().filter_map(|id| project.label(*id)) {
        let plain = |c: &char| c.is_ascii_hexdigit() || *c == '#';
        let color: String = label.color.chars().filter(plain).collect();
        let title = escape(&label.title);
        let _ = write!(html, "<span class=chip style=\"background:{color}\">{title}</span>");
    }
    html
}

/// Markdown as HTML: tags of the writer are shown as text, HTML comments not at all.
fn markdown(text: &str) -> String {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.render.escape = true;
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options);
    for node in root.descendants() {
        match &mut node.data_mut().value {
            NodeValue::HtmlBlock(block) => block.literal = without_comments(&block.literal),
            NodeValue::HtmlInline(literal) => *literal = without_comments(literal),
            _ => {}
        }
    }
    let mut html = String::new();
    match format_html(root, &options, &mut html) {
        Ok(()) => folds(&html),
        Err(_) => escape(text),
    }
}

/// Of all raw HTML only folding sections come through, without attributes.
fn folds(html: &str) -> String {
    let mut shown = html.to_owned();
    for tag in ["details", "summary"] {
        shown = shown.replace(&format!("&lt;{tag}&gt;"), &format!("<{tag}>"));
        shown = shown.replace(&format!("&lt;/{tag}&gt;"), &format!("</{tag}>"));
    }
    shown
}

fn without_comments(html: &str) -> String {
    let mut kept = String::new();
    let mut rest = html;
    while let Some((before, comment)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

fn document(title: &str, body: &str) -> Answer {
    let title = escape(title);
    let mut answer = Answer::html(
        200,
        format!(
            "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style><body>{body}</body></html>"
        ),
    );
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'none'";
    answer.headers.push(("content-security-policy", policy.to_owned()));
    answer
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
