//! People in tables and in sentences.

use std::collections::BTreeSet;

use super::super::sections;
use super::*;
use crate::tracker::collaborators::collaborators;

/// Each person on one line: name, role, username.
fn found(text: &str) -> Vec<String> {
    let mut people = Vec::new();
    let text = format!("## Collaborators\n\n{text}");
    sections::each(&text, |section| read(section, &mut people));
    let known: BTreeSet<Username> = people.iter().filter_map(|one| one.username.clone()).collect();
    assert!(collaborators(&text).is_subset(&known), "who may act is listed: {text}");
    people.iter().map(shown).collect()
}

fn shown(one: &Collaborator) -> String {
    let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let username = one.username.as_ref().map(Username::as_str);
    [or_dash(one.name.as_deref()), or_dash(one.role.as_deref()), or_dash(username)].join(" / ")
}

#[test]
fn one_person_in_every_dress() {
    for text in [
        "| Name | Role | GitLab username |\n|--|--|--|\n| Kim Lee | primary | @kim |",
        "| Name | Role | GitLab username |\n|--|--|--|\n| Kim Lee | primary | `kim` |\n| | | |\n| TBD | | ? |",
        "Role | Handle | Who\n--|--|--\nprimary | kim | **Kim Lee** <kim@example.org>",
        "| Kim Lee | primary | @kim |",
        "| Kim Lee | primary | @kim |\n|--|--|--|",
        "| Name | Role | GitLab username | Mail |\n|--|--|--|--|\n| Kim Lee @kim | primary | | kim@example.org |",
        "| Name | Role | GitLab |\n|--|--|--|\n| Kim Lee | primary | [kim](https://gitlab.com/kim) |",
        "- Kim Lee, primary, @kim",
        "- Kim Lee (@kim) – primary",
        "* **Kim Lee** | primary | @kim",
        "- primary: Kim Lee (@kim)",
        "- @kim Kim Lee (primary)",
        "1. [Kim Lee](https://gitlab.com/kim), primary",
        "- Kim Lee, primary, GitLab: kim",
        "- Kim Lee <kim@example.org>, primary, GitLab username: `kim`",
        "- Kim Lee\n  - Role: primary\n  - GitLab: @kim",
        "- Kim Lee\n  - primary\n  - @kim",
        "- primary\n  - Kim Lee, @kim",
        "Kim Lee, primary, @kim",
        "- @kim\n- Kim Lee, primary, @kim",
    ] {
        assert_eq!(found(text), ["Kim Lee / primary / kim"], "{text}");
    }
}

#[test]
fn several_people_in_one_line() {
    for (text, expect) in [
        (
            "- Kim (@kim) and Lee Oh (@lee), both technical",
            vec!["Kim / - / kim", "Lee Oh / both technical / lee"],
        ),
        ("@paula and @kim.r will help", vec!["- / - / paula", "- / - / kim.r"]),
        (
            "| Name | Role | GitLab username |\n|--|--|--|\n| Kim, Lee | admins | @kim, @lee |",
            vec!["Kim, Lee / admins / kim", "- / - / lee"],
        ),
        (
            "- Technical contacts\n  - @kim\n  - Lee Oh\n- Legal: Mo",
            vec![
                "- / Technical contacts / kim",
                "Lee Oh / Technical contacts / -",
                "Mo / Legal / -",
            ],
        ),
    ] {
        assert_eq!(found(text), expect, "{text}");
    }
}

#[test]
fn names_are_not_only_english() {
    let text = "- Ørjan Müller-Łukasz, primary, @orjan\n- 山田 太郎（@yamada）\n- Анна Круз – legal\n- Kim van der Lee @kvdl";
    let expect = [
        "Ørjan Müller-Łukasz / primary / orjan",
        "山田 太郎 / - / yamada",
        "Анна Круз / legal / -",
        "Kim van der Lee / - / kvdl",
    ];
    assert_eq!(found(text), expect);
}

#[test]
fn what_is_nobody_is_left_out() {
    for text in [
        "We will name people when the board has met.",
        "- TBD\n- <name>, <role>\n- [your name]\n- kim@example.org",
        "| Name | Role | GitLab username |\n|------|------|-----------------|\n|      |      |                 |",
        "- we will add people later, once the board has decided",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
    let text = "- **Primary:** Kim Lee (kim@example.org) - GitLab: @kim\n- Sysadmin(s): @ops1, @ops2\n\
                - Marketing — none\n\nName | GitLab username\n--|--\nSam | `sam.x` (on GitHub @samx)";
    let expect = [
        "Kim Lee / Primary / kim",
        "- / Sysadmins / ops1",
        "- / Sysadmins / ops2",
        "Sam / - / sam.x",
        "- / - / samx",
    ];
    let mut people = Vec::new();
    sections::each(&format!("## People involved\n{text}"), |section| read(section, &mut people));
    assert_eq!(people.iter().map(shown).collect::<Vec<_>>(), expect);
    let many: String = (0..1_000).map(|n| format!("- @user{n}\n")).collect();
    let mut people = Vec::new();
    sections::each(&format!("## Contacts\n{many}"), |section| read(section, &mut people));
    assert_eq!(people.len(), MOST);
}
