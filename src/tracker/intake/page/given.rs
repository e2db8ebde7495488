//! Whether somebody wrote an answer, or only that there is none yet.

use super::inline::plain;

/// What people write in place of an answer.
const NO_ANSWER: [&str; 46] = [
    "tbd",
    "tba",
    "tbc",
    "tbd or unknown",
    "t.b.d",
    "t.b.a",
    "to be decided",
    "to be determined",
    "to be defined",
    "to be confirmed",
    "to be announced",
    "to be discussed",
    "unknown",
    "unknown yet",
    "not known",
    "not known yet",
    "n/a",
    "n.a",
    "na",
    "not applicable",
    "none yet",
    "none so far",
    "nothing yet",
    "nothing so far",
    "not yet",
    "no idea",
    "no idea yet",
    "not sure",
    "not sure yet",
    "unsure",
    "unclear",
    "don't know",
    "don't know yet",
    "we don't know",
    "we don't know yet",
    "i don't know",
    "dunno",
    "to do",
    "todo",
    "no answer",
    "fill in",
    "fill me in",
    "placeholder",
    "link",
    "url",
    "add_link_to_issue_here",
];

/// Words of the templates, ours and GitLab's, that stand where an answer belongs.
const PROMPTS: [&str; 5] = [
    "what kind of osi-approved license does your project use?",
    "gitlab gold/ultimate or commnunity edition",
    "gitlab gold/ultimate or community edition",
    "saas-ultimate/self-managed-ultimate or community edition",
    "project name",
];

/// The answer in plain words ([`plain`]); nothing when there is none: empty, `TBD`, `n/a`, `?`, `-`,
/// a placeholder like `[link]` or `<date>`, or a question of the template left as it was.
pub(crate) fn given(text: &str) -> Option<String> {
    let answer = plain(text);
    let answer = without_prompt(&answer);
    is_answer(answer).then(|| answer.to_owned())
}

fn without_prompt(answer: &str) -> &str {
    let is_prompt = |prompt: &&&str| {
        answer.get(..prompt.len()).is_some_and(|start| start.eq_ignore_ascii_case(prompt))
    };
    let prompt = PROMPTS.iter().find(is_prompt).filter(|prompt| {
        // A question that was answered behind it; other prompts are words an answer may start with.
        prompt.ends_with('?') || answer.len() == prompt.len()
    });
    prompt.and_then(|prompt| answer.get(prompt.len()..)).map_or(answer, str::trim)
}

fn is_answer(answer: &str) -> bool {
    let filled = without_placeholders(answer).replace('’', "'").to_lowercase();
    let is_edge = |c: char| !c.is_alphanumeric();
    let core = filled.trim_matches(is_edge);
    // `TBD (the board meets in May)`
    let core = core.split(" (").next().unwrap_or_default().trim_matches(is_edge);
    !core.is_empty() && !NO_ANSWER.contains(&core)
}

/// Takes out `<…>` and `[…]`, which stand for something in a template; an address or a mail address
/// in angle brackets is no placeholder, and neither is a long text.
fn without_placeholders(answer: &str) -> String {
    const LONGEST: usize = 60;
    let mut filled = String::with_capacity(answer.len());
    let mut rest = answer;
    while let Some(at) = rest.find(['<', '[']) {
        let (before, bracket) = rest.split_at(at);
        filled.push_str(before);
        let closing = if bracket.starts_with('<') { '>' } else { ']' };
        let inside = bracket.get(1..).and_then(|inside| inside.split_once(closing));
        let is_placeholder = |inside: &str| {
            inside.len() <= LONGEST && !inside.contains(['@', '<', '[']) && !inside.contains("://")
        };
        match inside {
            Some((inside, after)) if is_placeholder(inside) => rest = after,
            _ => {
                filled.push_str(bracket.get(..1).unwrap_or_default());
                rest = bracket.get(1..).unwrap_or_default();
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_as_written() {
        for (text, expect) in [
            ("**gitlab.com**", "gitlab.com"),
            ("none", "none"),
            ("undecided", "undecided"),
            ("TBD, probably gitlab.com", "TBD, probably gitlab.com"),
            ("GPL-2.0 [and] MIT", "GPL-2.0 [and] MIT"),
            ("<https://x.org>", "https://x.org"),
            ("What kind of OSI-approved license does your project use? GPLv2", "GPLv2"),
            (
                "GitLab Gold/Ultimate or Community Edition, we think",
                "GitLab Gold/Ultimate or Community Edition, we think",
            ),
            ("0", "0"),
            ("2 < 3", "2 < 3"),
        ] {
            assert_eq!(given(text).as_deref(), Some(expect), "{text:?}");
        }
    }

    #[test]
    fn no_answer_is_none() {
        for text in [
            "",
            " ",
            "TBD",
            "tbd.",
            "**TBD**",
            "T.B.D.",
            "Unknown",
            "unknown yet",
            "n/a",
            "N/A.",
            "?",
            "???",
            "-",
            "–",
            "…",
            "none yet",
            "[link]",
            "<date>",
            "< your name >, <role>",
            "[ ]",
            "TBD (the board meets in May)",
            "don’t know yet",
            "ADD_LINK_TO_ISSUE_HERE",
            "[link](url)",
            "What kind of OSI-approved license does your project use?",
            "GitLab Gold/Ultimate or Commnunity Edition",
            "Project Name",
            "`?`",
            "\u{200b}",
        ] {
            assert_eq!(given(text), None, "{text:?}");
        }
    }
}
