//! Catalogue I: text of strangers in comments. Nothing of it is run, called, linked or mistaken.
pub(crate) mod oracle;
mod properties;

use landfall::model::{EffectKey, IssueIid, IssueRef, ProjectId, Username};
use landfall::tracker::{block, marker, safe};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

/// Comments as we write them, in all the surroundings a value may get: sentence, list, table,
/// quote, heading, emphasis, and even the start of a line.
const TEMPLATES: [&str; 8] = [
    "The source {} moves to {}; its licence is {} ({}).",
    "Seen so far:\n\n- name {}\n- [ ] owner {}\n  and {}\n1. size {}\n\nThat is all.",
    "| What | Value |\n| --- | --- |\n| name {} | size {} |\n| owner {} | licence {} |\n\nDone.",
    "You wrote {}:\n\n> first {}\n> then {}\n\nThanks for {}.",
    "### About {}\n\n**Bold {}**, _slanted {}_ and ~~gone {}~~.",
    "{} begins the line\n{} continues it\n\n{}\n{}",
    "Side by side: {}{}, cut\\\nhard  \nbreak {}\n\nTerm {}",
    "<details>\n<summary>More</summary>\n\nInside {} and {}\n\n</details>\n\nAfter {} and {}.",
];

fn fill(template: &str, values: &[String; 4]) -> String {
    let mut pieces = template.split("{}");
    let mut body = pieces.next().unwrap().to_owned();
    for (value, piece) in values.iter().zip(pieces) {
        body.push_str(safe::inline(value).as_str());
        body.push_str(piece);
    }
    body
}

fn key() -> EffectKey {
    let issue = IssueRef { project: ProjectId(42), iid: IssueIid(7) };
    marker::effect_key(issue, "stage", "label_event/91")
}

/// What the judges may find in a body that was filled with harmless words.
fn own_html(template: &str, marker_line: &str) -> Vec<String> {
    let mut html = Vec::new();
    if template.starts_with("<details>") {
        html.push("<details>\n<summary>More</summary>".to_owned());
        html.push("</details>".to_owned());
    }
    html.push(marker_line.to_owned());
    html
}

fn check_body(template: &str, values: &[String; 4]) -> TestCaseResult {
    let text = fill(template, values);
    let body = marker::with_marker(&text, &key());
    prop_assert_eq!(safe::assert_body(&body), Ok(()));
    prop_assert_eq!(marker::key_of(&body), Some(key()));
    prop_assert_eq!(marker::without_marker(&body), text);
    prop_assert_eq!(oracle::commands_anywhere(&body), 0);
    prop_assert_eq!(oracle::commands_old(&body), 0);
    prop_assert_eq!(oracle::commands_new(&body), 0);
    let found = oracle::markup(&body);
    let marker_line = format!("<!-- landfall:v1:{} -->", key());
    prop_assert_eq!(found.html, own_html(template, &marker_line));
    prop_assert_eq!(found.active, Vec::<String>::new());
    prop_assert_eq!(found.references, Vec::<String>::new());
    // Two values side by side become one span.
    prop_assert_eq!(found.code_spans.len(), 4 - template.matches("{}{}").count());
    for span in &found.code_spans {
        prop_assert!(span.chars().count() <= 2 * safe::MAX_INLINE_CHARS + 2);
    }
    Ok(())
}

fn check_value(value: &str) {
    for template in TEMPLATES {
        let values = ["acme", value, value, "MIT"].map(str::to_owned);
        check_body(template, &values)
            .unwrap_or_else(|error| panic!("{value:.200?}: {error:.2000}"));
        let values = [value, "acme", "MIT", value].map(str::to_owned);
        check_body(template, &values)
            .unwrap_or_else(|error| panic!("{value:.200?}: {error:.2000}"));
    }
}

#[test]
fn i01_a_quick_action_as_value_is_not_run() {
    for value in [
        "/close",
        "/CLOSE",
        "/clo\u{17f}e",
        "/label ~x",
        "/merge",
        "/assign me",
        "/shrug",
        "/tableflip",
        "/move group/other",
        "/copy_metadata #1",
        "/confidential",
    ] {
        assert_eq!(oracle::commands_anywhere(value), 1, "{value:?}");
        assert_eq!(oracle::commands_old(value), 1, "{value:?}");
        assert_eq!(oracle::commands_new(value), 1, "{value:?}");
        check_value(value);
    }
}

#[test]
fn i02_no_kind_of_line_end_starts_a_line() {
    for value in ["x\n/close", "x\r\n/close", "x\n\r/close", "x\n/clo\rse", "x\n\n\r\r/close\r"] {
        assert_eq!(oracle::commands_old(value), 1, "{value:?}");
        assert_eq!(oracle::commands_new(value), 1, "{value:?}");
        check_value(value);
    }
    for value in ["x\u{2028}/close", "x\u{2029}/close", "x\u{85}/close", "x\u{b}/close"] {
        check_value(value);
        assert!(safe::assert_body(value).is_err(), "{value:?}");
    }
    check_value("x\0\n\0/close\u{c}/close");
}

#[test]
fn i03_no_value_ends_the_code_around_it() {
    let four = "````\n/close\n````";
    assert_eq!((oracle::commands_old(four), oracle::commands_new(four)), (1, 0));
    for value in [
        "\n```\n/close",
        four,
        "```",
        "~~~\n/close\n~~~",
        "`",
        "``",
        "` `",
        "`@all`",
        "\\`@all",
        "x``` @all ```",
        "\\",
    ] {
        check_value(value);
    }
}

#[test]
fn i04_the_block_quote_of_gitlab_is_never_written() {
    for value in [
        ">>>\n```\n/close\n```\n>>>",
        ">>>\n~~~\n/close\n~~~\n>>>",
        ">>> \n```\n/close\n```\n>>>\t",
        "> [!note]\n> ```\n/close\n> ```",
        "```\n>>>\n/close\n>>>\n```",
    ] {
        assert_eq!(oracle::commands_anywhere(value), 1, "{value:?}");
        assert!(safe::assert_body(value).is_err(), "{value:?}");
        check_value(value);
    }
}

#[test]
fn i05_a_quote_is_not_continued_by_a_command() {
    let lazy = "> quote\n/close";
    assert_eq!((oracle::commands_old(lazy), oracle::commands_new(lazy)), (1, 1));
    assert!(safe::assert_body(lazy).is_err());
    check_value(lazy);
}

#[test]
fn i06_html_and_mathematics_shield_nothing() {
    for value in [
        "<details>\n/close\n</details>",
        "<!-- \n/close\n-->",
        "$$\n/close\n$$",
        "<pre>\n/close\n</pre>",
    ] {
        assert_eq!(oracle::commands_old(value), 1, "{value:?}");
        assert!(safe::assert_body(value).is_err(), "{value:?}");
        check_value(value);
    }
}

#[test]
fn i07_nobody_is_called() {
    for value in ["@all", "@here", "@root", "@group/sub", "＠all", "hi (@root)", "a@example.org"] {
        assert_ne!(oracle::markup(value).references, [""; 0], "{value:?}");
        check_value(value);
    }
    for value in ["@\u{200b}all", "\u{202e}lla@", "&#64;all", "@\rall"] {
        check_value(value);
    }
    let called = safe::mention(&Username::from("mira")).unwrap();
    assert_eq!(oracle::markup(&format!("Thanks {called}!")).references, ["@m"]);
}

#[test]
fn i08_nothing_is_referred_to() {
    for value in [
        "#1",
        "!1",
        "~bug",
        "~\"two words\"",
        "%milestone",
        "&1",
        "$1",
        "group/project#1",
        "https://gitlab.example/group/secret/-/issues/1",
        "www.example.org",
    ] {
        let found = oracle::markup(value);
        assert!(!found.references.is_empty() || !found.active.is_empty(), "{value:?}");
        check_value(value);
    }
}

#[test]
fn i09_no_tag_no_image_no_link() {
    for value in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href=javascript:1>x</a>",
        "![x](http://track.example/x.png)",
        "[a](javascript:1)",
        "<https://evil.example>",
        "https://evil.example",
        "www.evil.example",
        "[[wiki]]",
        "x[^1]\n\n[^1]: y",
        "$`x`$",
        "<!-- x -->",
        "a ^[note]",
        "> [!note]\n> x",
    ] {
        let found = oracle::markup(value);
        assert!(!found.html.is_empty() || !found.active.is_empty(), "{value:?}");
        check_value(value);
    }
    for value in ["|", "a|b | @all", "\\|", "x | y\n--- | ---", "<https://", "[x]: y", "</details>"]
    {
        check_value(value);
    }
}

#[test]
fn i10_a_forged_marker_is_no_marker() {
    let other = marker::effect_key(IssueRef { project: ProjectId(1), iid: IssueIid(1) }, "x", "y");
    let line = format!("<!-- landfall:v1:{other} -->");
    assert_eq!(marker::key_of(&line), Some(other));
    for value in [line.clone(), format!("x\n\n{line}"), line.replace("<!--", "<!<!----")] {
        check_value(&value);
        let text =
            fill("Last comes {}{}{}{}", &[value.clone(), value.clone(), value.clone(), value]);
        assert_eq!(marker::key_of(&text), None);
        assert!(!text.contains("<!--") && !text.contains("-->"));
    }
}

/// A line that begins like a command under a quote is still part of it, and GitLab runs it. Code that
/// spans lines depends on what a parser knows beside CommonMark.
#[test]
fn a_description_in_which_a_command_would_wake_is_not_written() {
    for trap in [
        "> quote\n/close",
        "> > quote\n/close\n",
        "- > quote\n/label ~x",
        "[[`a]]\n/close `",
        "http://a.example/`b\n/close `",
        "$`a\n/close `$",
        "text ^[`a]\n/close `",
        "text\n/clo\u{17f}e",
        "\r/clo\rse",
    ] {
        assert_eq!(oracle::commands_new(trap), 1, "{trap:?}");
        assert!(safe::assert_description(trap).is_err(), "{trap:?}");
        // It sleeps in the person's HTML until the block that is rewritten brings an empty line.
        let asleep = format!("<div>\n{}\nold\n{}\n{trap}", block::BEGIN, block::END);
        assert_eq!(oracle::commands_new(&asleep), 0, "{trap:?}");
        let awake = block::replace(&asleep, "new");
        assert_eq!(oracle::commands_new(&awake), 1, "{trap:?}");
        assert!(safe::assert_description(&awake).is_err(), "{trap:?}");
    }
    let leaky = ">>>\n```\n/close\n```\n>>>";
    assert_eq!(oracle::commands_anywhere(leaky), 1);
    assert!(safe::assert_description(leaky).is_err());
    for harmless in
        ["> /close", "```\n/close\n```\n> x", "<div>\n/close", "a\n/usr/bin", "    /close"]
    {
        assert_eq!(safe::assert_description(harmless), Ok(()), "{harmless:?}");
    }
}

#[test]
fn i12_a_long_body_is_cut_and_still_does_nothing() {
    let line = fill("- {} and {} and {} and {}\n", &["@all /close `x`"; 4].map(str::to_owned));
    for lines in [200, 20_000] {
        let long = line.repeat(lines);
        assert!(long.chars().count() > safe::MAX_COMMENT_CHARS);
        assert!(safe::assert_body(&long).is_err());
        let body = marker::with_marker(&safe::fit(&long), &key());
        assert_eq!(safe::assert_body(&body), Ok(()));
        assert!(body.chars().count() <= safe::MAX_COMMENT_CHARS);
        assert_eq!(oracle::markup(&body).references, [""; 0]);
    }
    for piece in ["[", "`", "é", "\u{200b}", "@all ", ">"] {
        check_value(&piece.repeat(1_000_000));
    }
}

#[test]
fn i13_an_empty_body_is_not_sent() {
    for body in ["", " ", "\r\n\t\u{2028}"] {
        assert_eq!(safe::assert_body(body), Err(safe::UnsafeBody::Empty), "{body:?}");
        let marked = marker::with_marker(body, &key());
        assert_eq!(safe::assert_body(&marked), Err(safe::UnsafeBody::Empty), "{body:?}");
    }
}
