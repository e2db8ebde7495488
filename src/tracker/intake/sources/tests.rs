//! Sources in tables and in sentences.

use super::super::sections;
use super::*;

/// Each source on one line: address, kind, what, move, destination.
fn found(text: &str) -> Vec<String> {
    let mut sources = Vec::new();
    sections::each(&format!("## Source locations\n\n{text}"), |section| {
        read(section, &mut sources);
    });
    let show = |source: &Source| {
        let what: Vec<&str> = source.what.iter().map(|part| part.as_str()).collect();
        format!(
            "{} {} {} {} {}",
            source.url,
            source.kind.as_str(),
            what.join("+"),
            source.moves.as_str(),
            source.destination.as_deref().unwrap_or("-")
        )
    };
    sources.iter().map(show).collect()
}

const ROW: &str = "https://github.com/acme/rocket github code+issues yes acme/rocket";

#[test]
fn a_row_is_read_however_the_table_looks() {
    for text in [
        "| URL | Kind | What | Move | Destination |\n|---|---|---|---|---|\n\
         | https://github.com/acme/rocket | GitHub | code, issues | yes | acme/rocket |",
        "URL | Kind | What | Move | Destination\n---|---|---|---|---\n\
         https://github.com/acme/rocket | GitHub | code, issues | yes | acme/rocket",
        "| Move? | **Where** | Type | New home | Contains | Notes |\n|---|---|---|---|---|---|\n\
         | Yes | <https://github.com/acme/rocket> |  | `acme/rocket` | issues and code | old |",
        "| URL | Kind | What | Move | Destination |\n\
         | [rocket](https://github.com/acme/rocket) | GitHub | code, issues | yes | acme/rocket |",
        "| https://github.com/acme/rocket | GitHub | code, issues | yes | acme/rocket |",
        "|---|---|---|---|---|\n| `https://github.com/acme/rocket` | GitHub | code, issues | yes | acme/rocket |",
        "| https://github.com/acme/rocket | GitHub | code, issues | yes | acme/rocket |\n|---|---|---|---|---|",
        "| URL | Kind | What | Move | Destination |\n|---|---|---|---|---|\n| | | | | |\n\n\
         | https://github.com/acme/rocket | | code, issues | ✅ | acme/rocket",
        "| GitHub | https://github.com/acme/rocket | code, issues | yes | acme/rocket |",
        "| URL | Kind | What | Move | Destination |\n|---|---|---|---|---|\n\
         | github.com/acme/rocket | GitHub | code, issues | yes | acme/rocket |",
        "| URL | Kind | What | Move | Destination |\n|---|---|---|---|---|\n\
         | acme/rocket | GitHub | code, issues | yes | acme/rocket |",
        "| URL | Kind | What | Move | Destination |\r\n|---|---|---|---|---|\r\n\
         |\thttps://github.com/acme/rocket\t|\tGitHub\t|\tcode, issues\t|\tyes\t|\tacme/rocket\t|\r\n",
    ] {
        assert_eq!(found(text), [ROW], "{text}");
    }
}

#[test]
fn a_line_is_read_in_anybodys_words() {
    for text in [
        "- https://github.com/acme/rocket (code, issues), moves → acme/rocket",
        "* [rocket](https://github.com/acme/rocket): code and issues, yes -> `acme/rocket`",
        "1. Code and issues: <https://github.com/acme/rocket>, will be moved => acme/rocket",
        "https://github.com/acme/rocket (code, issues; yes; destination: acme/rocket)",
        "- https://github.com/acme/rocket\n  - what: code, issues\n  - move: yes\n  - destination: acme/rocket",
        "- GitHub: acme/rocket (code, issues, yes) → acme/rocket.",
    ] {
        assert_eq!(found(text), [ROW], "{text}");
    }
    assert_eq!(
        found(
            "- Bugs are at https://bugs.acme.org (Bugzilla) and stay there\n- see README.md and and/or"
        ),
        ["https://bugs.acme.org bugzilla issues no -"]
    );
}

#[test]
fn half_a_row_says_half() {
    let text = "| URL | Kind | What | Move | Destination |\n|--|--|--|--|--|\n| https://git.acme.org/a |\n\
                | https://codeberg.org/a/b | ? | TBD | ? | n/a |\n| | GitHub | code | yes | https://gitlab.com/acme |\n\
                | [link] | <kind> |\n| TBD | | | | |";
    let expect =
        ["https://git.acme.org/a other  unknown -", "https://codeberg.org/a/b forgejo  unknown -"];
    assert_eq!(found(text), expect);
}

#[test]
fn several_addresses_of_a_cell_are_several_sources() {
    let text =
        "| URL | What |\n|--|--|\n| https://github.com/a/b, <br>https://github.com/a/c | code |";
    let expect = [
        "https://github.com/a/b github code unknown -",
        "https://github.com/a/c github code unknown -",
    ];
    assert_eq!(found(text), expect);
}

#[test]
fn what_is_no_source_is_left_out() {
    for text in [
        "| https://github.com/example/tool | GitHub | code, issues, CI | yes | example/tool |",
        "- javascript:alert(1)\n- file:///etc/passwd\n- acme/rocket",
        "https://github.com",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
    let many = "- https://github.com/acme/rocket\n".repeat(3);
    assert_eq!(found(&many).len(), 1);
    let many: String = (0..1_000).map(|n| format!("- https://x.org/{n}\n")).collect();
    assert_eq!(found(&many).len(), MOST);
}

#[test]
fn a_secret_is_not_repeated() {
    let text = "- https://user:ghp_CANARY@github.com/acme/rocket\n- ssh://git@x.org/a";
    let expect =
        ["https://github.com/acme/rocket github  unknown -", "ssh://git@x.org/a other  unknown -"];
    assert_eq!(found(text), expect);
}

#[test]
fn repositories_on_github_are_known_by_every_address() {
    for (url, expect) in [
        ("https://github.com/acme/rocket", Some("acme/rocket")),
        ("git@github.com:acme/rocket.git", Some("acme/rocket")),
        ("ssh://git@github.com/acme/rocket", Some("acme/rocket")),
        ("https://github.com/acme", None),
        ("https://github.com/acme/rocket/issues", None),
        ("https://codeberg.org/acme/rocket", None),
    ] {
        let repo = Source::at(url).unwrap().github_repo().map(|repo| repo.to_string());
        assert_eq!(repo.as_deref(), expect, "{url}");
    }
}
