//! Requests in the lists that trackers really used.

use super::super::sections;
use super::*;

/// Each request on one line: reference, priority, state, note; then the wishes.
fn found(text: &str) -> Vec<String> {
    let mut requests = Requests::default();
    sections::each(text, |section| {
        if section.place.topic == super::super::topics::Topic::Requests {
            requests.read(section);
        }
    });
    let line = |name: &str, priority: Option<Priority>, done: bool, note: Option<&str>| {
        let priority = priority.map_or("-", Priority::as_str);
        let state = if done { "done" } else { "open" };
        format!("{name} {priority} {state} {}", note.unwrap_or("-"))
    };
    let linked = requests
        .linked
        .iter()
        .map(|one| line(&one.reference, one.priority, one.done, one.note.as_deref()));
    let wishes =
        requests.wishes.iter().map(|one| line("wish", one.priority, one.done, Some(&one.text)));
    linked.chain(wishes).collect()
}

#[test]
fn one_request_in_every_dress() {
    for (text, expect) in [
        (
            "### Blockers\n- [ ] gitlab-org/gitlab#1 — merged, released in 13.1",
            "gitlab-org/gitlab#1 blocker open merged, released in 13.1",
        ),
        (
            "### Blockers\n- gitlab-org/gitlab#1 — merged, released in 13.1",
            "gitlab-org/gitlab#1 blocker done merged, released in 13.1",
        ),
        (
            "### Urgent\n * [x] [Multiple boards](https://gitlab.com/gitlab-org/gitlab/-/issues/1)",
            "gitlab-org/gitlab#1 urgent done Multiple boards",
        ),
        (
            "### High\n1. Multiple boards: <https://gitlab.com/gitlab-org/gitlab/issues/1>",
            "gitlab-org/gitlab#1 urgent open Multiple boards",
        ),
        (
            "- **Critical**\n  - gitlab#1: workaround: bot",
            "gitlab-org/gitlab#1 blocker open workaround: bot",
        ),
        ("- [High] Boards (gitlab#1)", "gitlab-org/gitlab#1 urgent open Boards"),
        ("- gitlab#1 Boards (must have)", "gitlab-org/gitlab#1 blocker open Boards"),
        (
            "**Nice to have**\n\n- ~~gitlab#1 Boards~~",
            "gitlab-org/gitlab#1 nice_to_have done Boards",
        ),
        (
            "### Important\n- [#1](https://gitlab.com/gitlab-org/gitlab/-/issues/1)\n  - status: seeking community contributions",
            "gitlab-org/gitlab#1 important open status: seeking community contributions",
        ),
        ("### P2\nSee gitlab#1 for boards", "gitlab-org/gitlab#1 urgent open See for boards"),
        (
            "| Issue | Title | Priority | Status |\n|--|--|--|--|\n| gitlab#1 | Boards | Low | merged |",
            "gitlab-org/gitlab#1 nice_to_have done Boards; merged",
        ),
        (
            "| Priority | Feature | Link |\n|--|--|--|\n| Must | Boards | [here](https://gitlab.com/gitlab-org/gitlab/-/issues/1) |",
            "gitlab-org/gitlab#1 blocker open Boards; here",
        ),
        ("### Critical\n#### Resolved\n- gitlab#1", "gitlab-org/gitlab#1 blocker done -"),
        ("### Won't do\n- gitlab#1", "gitlab-org/gitlab#1 - open -"),
        (
            "- [ ] Boards\n  https://gitlab.com/gitlab-org/gitlab/-/issues/1",
            "gitlab-org/gitlab#1 - open Boards",
        ),
    ] {
        let text = format!("## Related issues\n\n{text}");
        assert_eq!(found(&text), [expect], "{text}");
    }
}

#[test]
fn one_row_for_each_reference_and_the_highest_priority_wins() {
    let text = "## Related issues\n### Nice to have\n- gitlab-ee#5 first\n### Blockers\n- [x] gitlab-org/gitlab#5 second\n\
                ### Urgent\n- gitlab-ce#5\n- https://gitlab.com/gitlab-org/gitlab-foss/-/issues/5 third";
    let expect =
        ["gitlab-org/gitlab#5 blocker done first", "gitlab-org/gitlab-foss#5 urgent open third"];
    assert_eq!(found(text), expect);
    let mut requests = Requests::default();
    sections::each(text, |section| requests.read(section));
    let written: Vec<&str> = requests.linked.iter().map(|one| one.written.as_str()).collect();
    assert_eq!(written, ["gitlab-ee#5", "gitlab-ce#5"]);
}

#[test]
fn what_is_asked_for_without_a_link_is_a_wish() {
    let text = "## Related issues\n### Blockers\n- [ ] Rebase merge in Community Edition\n- none yet\n- [ ] ADD_LINK_TO_ISSUE_HERE\n\
                - [ ]\n### Nice to have\n- None\n- [x] dark mode\n\nWe will add more.";
    let expect =
        ["wish blocker open Rebase merge in Community Edition", "wish nice_to_have done dark mode"];
    assert_eq!(found(text), expect);
    // Alone, this heading may be about anything.
    assert_eq!(
        found("## Important\n- read the rules\n- gitlab#1"),
        ["gitlab-org/gitlab#1 important open -"]
    );
}

#[test]
fn requests_have_an_end() {
    let text: String = (1..2_000).map(|n| format!("- gitlab#{n}\n")).collect();
    assert_eq!(found(&format!("## Related issues\n{text}")).len(), MOST);
}
