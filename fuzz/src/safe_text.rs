//! Text of strangers in the bot's comments.

use landfall::model::{EffectKey, IssueIid, IssueRef, ProjectId, Username};
use landfall::tracker::safe::{self, MAX_COMMENT_CHARS, MAX_INLINE_CHARS};
use landfall::tracker::{collaborators, marker};

use super::limits::timed;
use super::{input, oracle};

/// The surroundings of a value: sentence, list, table, quote, emphasis, the start of a line.
const BODIES: [&str; 5] = [
    "The source {} moves to {}.",
    "- [ ] {}\n- {}\n\n### About {}",
    "| What | Value |\n| --- | --- |\n| {} | {} |\n\nDone.",
    "> {}\n\n**{}** and _{}_",
    "{}{}\n{}",
];

/// A value stays one harmless code span wherever it stands; a body that passes the gate runs nothing.
pub fn run(data: &[u8]) {
    let [one, other, body] = input::fields(data).map(input::text);
    let values = [inlined(&one), inlined(&other)];
    for template in BODIES {
        in_a_comment(template, &values);
    }
    mentioned(&one);
    mentioned(&other);
    fitted(&body);
    gated(&body);
}

fn inlined(value: &str) -> String {
    let safe = timed(|| safe::inline(value)).to_string();
    let inside = safe.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
    let inside = inside.expect("code is closed");
    assert!((1..=MAX_INLINE_CHARS).contains(&inside.chars().count()), "{safe:?}");
    assert!(!inside.contains(['`', '|']), "{safe:?}");
    assert!(!inside.contains(|c: char| c.is_control() || (c.is_whitespace() && c != ' ')));
    assert!(!["<!--", "-->", ">>>", "  "].iter().any(|sign| inside.contains(sign)), "{safe:?}");
    safe
}

fn in_a_comment(template: &str, values: &[String; 2]) {
    let mut pieces = template.split("{}");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for (value, piece) in values.iter().cycle().zip(pieces) {
        text.push_str(value);
        text.push_str(piece);
    }
    let body = marker::with_marker(&text, &key());
    assert_eq!(timed(|| safe::assert_body(&body)), Ok(()), "{body:?}");
    assert_eq!(marker::key_of(&body), Some(key()));
    assert_eq!(marker::without_marker(&body), text);
    assert_eq!(oracle::commands_anywhere(&body), 0, "{body:?}");
    let found = oracle::markup(&body);
    assert_eq!(found.html, [format!("<!-- landfall:v1:{} -->", key())], "{body:?}");
    assert_eq!(found.active, [""; 0], "{body:?}");
    assert_eq!(found.references, [""; 0], "{body:?}");
    // Two values side by side become one span.
    let spans = template.matches("{}").count() - template.matches("{}{}").count();
    assert_eq!(found.code_spans.len(), spans, "{body:?}");
}

fn mentioned(name: &str) {
    let name_given = Username::new(name);
    let Some(mention) = timed(|| safe::mention(&name_given)) else { return };
    assert_eq!(mention.as_str(), format!("@{name}"));
    assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)));
    assert!(!name.eq_ignore_ascii_case("all") && !name.is_empty());
    let listed = format!("## Collaborators\n\n- {mention}\n");
    assert_eq!(oracle::commands_anywhere(&listed), 0);
    assert!(collaborators::collaborators(&listed).len() <= 1);
}

fn fitted(body: &str) {
    let fit = timed(|| safe::fit(body));
    assert!(fit.chars().count() + 100 <= MAX_COMMENT_CHARS, "room for the marker");
    assert_eq!(safe::fit(&fit), fit);
    if body.chars().count() + 100 <= MAX_COMMENT_CHARS {
        assert_eq!(fit, body);
    }
    if safe::assert_block(body).is_ok() {
        assert_eq!(safe::assert_body(&marker::with_marker(&fit, &key())), Ok(()), "{fit:?}");
    }
}

/// What the gate lets through holds no command for any of GitLab's readers.
fn gated(body: &str) {
    if timed(|| safe::assert_block(body)).is_ok() {
        assert_eq!(oracle::commands_anywhere(body), 0, "{body:?}");
        assert_eq!(oracle::commands_old(body), 0, "{body:?}");
        assert_eq!(oracle::commands_new(body), 0, "{body:?}");
        assert_eq!(marker::key_of(body), None, "{body:?}");
    }
}

fn key() -> EffectKey {
    let issue = IssueRef { project: ProjectId(42), iid: IssueIid(7) };
    marker::effect_key(issue, "stage", "label_event/91")
}
