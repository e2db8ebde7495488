//! `landfall intake`: a text in, what it says out; no GitLab, no configuration.

use serde_json::Value;

use super::expect;
use crate::child::Home;

const TEXT: &str = "## Goals\n\n- faster CI\n\n## Quick facts\n\n- **Host:** gitlab.com\n\
    - **Contributors:** about 40\n\n## Source locations\n\n\
    - https://github.com/acme/rocket (code, CI), moves → acme/rocket\n\n## Collaborators\n\n\
    - Kim Lee, primary, @kim\n\n## Related issues\n\n### Blockers\n\n- [ ] gitlab-ce#40541 — soon\n\
    - [x] dark mode\n\n## Commitments\n\n- [x] GitLab: answer by 2027-01-31\n";

#[test]
fn a_text_is_told_section_by_section() {
    let home = Home::new();
    std::fs::write(home.path().join("issue.md"), TEXT).unwrap();
    let told = home.run(&["intake", "issue.md"]);
    let expected = "\
Sources
  https://github.com/acme/rocket (github, code and ci, moves: yes, to acme/rocket)

Scope
  code
  ci

Quick facts
  host: gitlab.com
  contributors: about 40

Goals
  faster CI

Collaborators
  Kim Lee, primary, @kim

Requests
  [ ] blocker gitlab-org/gitlab-foss#40541: soon, written gitlab-ce#40541

Asked for without a link
  [x] blocker dark mode

Commitments
  GitLab: answer (due 2027-01-31, done)

Missing
  license: your licence, behind *License* in the *Quick facts*; the open source program asks for it.
  decision: who decides about the move and by when, under *Decision*. \"Not yet clear\" helps, too.

Would be proposed
  size M
  host gitlab-com

";
    assert_eq!(told.out, expected);
    expect(&told, 0, &["Sources"], &[]);
}

#[test]
fn json_has_the_same_from_standard_input() {
    let home = Home::new();
    let told = home.run_reading(&["intake", "--json", "-"], TEXT.as_bytes());
    expect(&told, 0, &["\"sources\""], &[]);
    let found: Value = serde_json::from_str(&told.out).unwrap();
    let fields: Vec<&str> = found.as_object().unwrap().keys().map(String::as_str).collect();
    let names = [
        "collaborators",
        "commitments",
        "decision",
        "goals",
        "missing",
        "proposed",
        "quick_facts",
        "requests",
        "scope",
        "sources",
        "support_wanted",
        "waves",
        "wishes",
    ];
    assert_eq!(fields, names);
    assert_eq!(found["sources"][0]["move"], "yes");
    assert_eq!(found["requests"][0]["reference"], "gitlab-org/gitlab-foss#40541");
    assert_eq!(found["missing"], serde_json::json!(["license", "decision"]));
    assert_eq!(found["proposed"], serde_json::json!({ "size": "M", "host": "gitlab-com" }));
    assert_eq!(found["quick_facts"]["license"], Value::Null);
}

#[test]
fn a_text_without_anything_is_read_and_one_with_everything_too() {
    let home = Home::new();
    expect(&home.run_reading(&["intake", "-"], b""), 0, &["Missing", "source: ", "contact: "], &[]);
    let complete = include_bytes!("../intake/texts/complete.md");
    let told = home.run_reading(&["intake", "-"], complete);
    expect(&told, 0, &["Nothing essential is missing.", "Waves", "Support wanted"], &[]);
    let bom = [b"\xef\xbb\xbf", TEXT.as_bytes()].concat();
    expect(&home.run_reading(&["intake", "-"], &bom), 0, &["Goals\n  faster CI"], &[]);
}

#[test]
fn what_is_no_text_is_refused_with_a_sentence() {
    let home = Home::new();
    expect(
        &home.run(&["intake", "nowhere.md"]),
        1,
        &[],
        &["can't read \"nowhere.md\"", "No such file"],
    );
    expect(&home.run(&["intake", "."]), 1, &[], &["can't read \".\""]);
    let told = home.run_reading(&["intake", "-"], b"caf\xe9");
    expect(&told, 1, &[], &["standard input is not UTF-8", "save it as UTF-8"]);
    let file = std::fs::File::create(home.path().join("large.md")).unwrap();
    file.set_len(16 * 1024 * 1024 + 1).unwrap();
    expect(&home.run(&["intake", "large.md"]), 1, &[], &["more than 16 MiB", "one issue"]);
    expect(&home.run(&["intake"]), 2, &[], &["<FILE>"]);
}

#[test]
fn a_terminal_is_not_controlled_by_strangers() {
    let home = Home::new();
    let text = "## Goals\n\n- \u{1b}[2J\u{1b}]0;title\u{7}red \u{9b}31m \u{202e}evil\n\n## Collaborators\n\n- \u{1b}[1mKim\u{0}, @kim\n\
                \n## Source locations\n\n- https://x.org/\u{1b}[2J\n- https://user:secret@x.org/a\n";
    for arguments in [&["intake", "-"][..], &["intake", "--json", "-"]] {
        let told = home.run_reading(arguments, text.as_bytes());
        expect(
            &told,
            0,
            &["@kim", "[2J]0;titlered"].map(|words| words.trim_start_matches('@')),
            &[],
        );
        let is_odd = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!told.out.contains(is_odd), "{told:#?}");
        assert!(!told.out.contains("secret"), "{told:#?}");
    }
}
