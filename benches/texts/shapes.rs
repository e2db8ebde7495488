//! Texts that are long in different ways.

/// Each shape with its name; it is repeated until the text is long enough.
pub(super) fn all() -> Vec<(&'static str, String)> {
    let section = |title: &str, line: &str| format!("## {title}\n\n{}", line.repeat(500));
    let link = "https://github.com/acme/rocket";
    let reference = "https://gitlab.com/gitlab-org/gitlab/-/issues/123456";
    let deep: String = (0..200).map(|depth| format!("{}- a\n", " ".repeat(depth * 2))).collect();
    let runs: String = (1..60).map(|length| format!("{} a ", "`".repeat(length))).collect();
    vec![
        ("prose", "We would like to move, and this is a sentence about it.\n".to_owned()),
        ("one line", "a".to_owned()),
        ("empty lines", "\n".to_owned()),
        ("headings", "## Goals\n**Facts:**\n".to_owned()),
        ("quick facts", section("Quick facts", "- **Contributors:** about 40 of us\n")),
        (
            "sources in a table",
            section("Sources", &format!("| {link} | GitHub | code | yes | a/b |\n")),
        ),
        (
            "sources in sentences",
            section("Sources", &format!("- {link} (code, CI), moves → a/b\n")),
        ),
        ("requests", section("Related issues", &format!("- [ ] {reference} — not yet\n"))),
        ("people", section("Collaborators", "- Kim Lee, technical contact, @kim\n")),
        ("commitments", section("Commitments", "1. GitLab: an answer — by May — open\n")),
        ("deep list", deep),
        ("table of empty cells", "||||||||||||||||\n".to_owned()),
        ("brackets", "[](".to_owned()),
        ("backticks", runs),
        ("angle brackets", "<b <!-- ".to_owned()),
        ("comments", "- a <!-- b -->\n".to_owned()),
        ("links on one line", format!("[a]({link}) ")),
        ("references on one line", "gitlab#1 & gitlab-org/a!2 ".to_owned()),
        ("signs of addresses", "://git@a:".to_owned()),
        ("definitions", format!("[a][b] [c]\n\n[b]: {link}\n")),
        ("fences", "```\na\n```\n".to_owned()),
        ("managed blocks", "```\n```\n<!-- landfall:begin -->\n<!-- landfall:end -->\n".to_owned()),
        ("commands", "/landfall done 2\n\n".to_owned()),
    ]
}

/// The shape repeated to this many bytes, cut at the end of a character.
pub(super) fn of_size(unit: &str, size: usize) -> String {
    let mut text = unit.repeat(size / unit.len() + 1);
    text.truncate(text.floor_char_boundary(size));
    text
}
