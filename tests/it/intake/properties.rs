//! Texts by the ten thousand, the same on every run.

use std::borrow::Cow;

use landfall::tracker::intake::{self, Intake};
use landfall::tracker::{block, safe};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::Value;

/// Pieces of trackers and of attacks; the generator joins them in any order.
#[rustfmt::skip]
const PIECES: [&str; 118] = [
    "\n", "\n", "\n", "\n", "\n\n", "\n\n", "\r\n", "\r", "\t", " ", " ", "    ", "## ", "### ", "# ",
    "\n\n## Goals\n\n- ", "\n## Collaborators\n\n- ", "\n# Related issues\n", "\n### Blockers\n- [ ] ",
    "\n## Source locations\n\n- ", "\n## Commitments\n\n1. ", "\n## Waves\n\n- ", "\n## Decision\n\n",
    "Goals", "Quick facts", "Source locations", "Collaborators", "Related issues", "Blockers", "Urgent",
    "Nice to have", "Commitments", "Waves", "Decision", "Support wanted", "Current tooling", "Contacts",
    "- ", "* ", "1. ", "- [ ] ", "- [x] ", "  - ", "• ", "**", "__", "~~", "`", "``", "```", "~~~", ":",
    ": ", "**Host:** ", "**License:** ", "Timeline", "Contributors", "TBD", "n/a", "?", "none yet", "[link]",
    "<date>", "|", " | ", "| URL | Kind | What | Move | Destination |\n|--|--|--|--|--|\n|", "|---|---|\n",
    "| Name | Role | GitLab username |\n", "\\|", "\\", "---\n", "===\n", "> ", ">>>\n", "<!--", "-->",
    "<!-- x -->", "<!-- landfall:begin -->\n", "<!-- landfall:end -->\n", "<br>", "<b>", "&amp;", "&nbsp;",
    "https://github.com/acme/rocket", "https://u:CANARY@x.org/a", "git@x.org:a/b", "ssh://", "://", "(", ")",
    "](", "[", "]", "[a]: https://x.org\n", "[a][]", "gitlab-ce#40541", "gitlab-org/gitlab#1", "gitlab-org&2",
    "https://gitlab.com/gitlab-org/gitlab/-/issues/3", "— merged", " - ", "→", "yes", "later", "code, CI",
    "@kim", "Kim Lee", "primary", "2027-01-31", "about 40", "1.2k", "\u{0}", "\u{1b}[31m", "\u{202e}",
    "\u{200b}", "é", "名前", "🎯",
];

fn trackers(pieces: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        20 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, pieces).prop_map(|pieces| pieces.concat())
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x1a4d_fa11),
        ..ProptestConfig::default()
    })
}

/// Every text in a result.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|one| strings(one, found)),
        Value::Object(fields) => fields.values().for_each(|one| strings(one, found)),
        _ => {}
    }
}

/// What holds of every result, whatever the text.
fn assert_bounded(intake: &Intake) {
    assert!(intake.sources.len() <= 200 && intake.requests.len() <= 500);
    assert!(intake.wishes.len() <= 500 && intake.collaborators.len() <= 200);
    assert!(intake.commitments.len() <= 200 && intake.waves.len() <= 500);
    assert!(intake.goals.len() <= 100 && intake.support_wanted.len() <= 100);
    let mut found = Vec::new();
    strings(&serde_json::to_value(intake).unwrap(), &mut found);
    for text in found {
        let is_address = text.contains("://") || text.starts_with("git@");
        assert!(text.chars().count() <= 500 || (is_address && text.len() <= 2_048), "{text:?}");
        assert!(!text.is_empty() && text.trim() == text, "{text:?}");
        assert!(!text.contains(char::is_control), "{text:?}");
        assert!(!text.contains(['\u{202e}', '\u{200b}', '\u{feff}']), "{text:?}");
        assert!(!text.contains("CANARY@"), "{text:?}");
    }
    let mut references: Vec<&str> =
        intake.requests.iter().map(|one| one.reference.as_str()).collect();
    references.sort_unstable();
    references.dedup();
    assert_eq!(references.len(), intake.requests.len(), "one row for each reference");
}

#[test]
fn no_text_is_too_strange_to_be_read() {
    runner(3_000)
        .run(&trackers(0..60), |text| {
            assert_bounded(&intake::parse(&text));
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_generator_makes_texts_in_which_something_is_read() {
    let mut sources = 0;
    let mut requests = 0;
    let mut people = 0;
    let mut facts = 0;
    let mut goals = 0;
    let mut runner = runner(1);
    for _ in 0..2_000 {
        let text = trackers(0..60).new_tree(&mut runner).unwrap().current();
        let intake = intake::parse(&text);
        sources += intake.sources.len();
        requests += intake.requests.len();
        people += intake.collaborators.len();
        facts += usize::from(intake.quick_facts != intake::QuickFacts::default());
        goals += intake.goals.len();
    }
    let counts = [sources, requests, people, facts, goals];
    assert!(counts.into_iter().all(|count| count > 30), "{counts:?}");
}

#[test]
fn our_block_changes_nothing_that_is_read() {
    let inner = "### Stage: prospect\n\n- [ ] 1. a <!-- item:a -->\n\n## Goals\n\n- not theirs";
    runner(3_000)
        .run(&trackers(0..40), |text| {
            let with_block = block::replace(&text, inner);
            prop_assert_eq!(intake::parse(&with_block), intake::parse(&text));
            // And people's own text is there, byte for byte.
            let own = block::without(&text);
            let still = block::without(&with_block);
            match block::find(&text) {
                Some(_) => prop_assert_eq!(still, own),
                None => prop_assert!(still.starts_with(own.as_ref()), "{:?} {:?}", still, own),
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_key_read_as_an_address_is_itself() {
    let pieces = [
        "https://",
        "http://",
        "ssh://",
        "git@",
        "www.",
        "github.com",
        "GitHub.com",
        "x.org",
        ".",
        ":",
        ":443",
        ":80",
        ":22",
        "/",
        "//",
        "a",
        "B",
        ".git",
        ".GIT",
        "?",
        "#",
        "@",
        "u:p@",
        "é",
        "[::1]",
        "%2f",
        "~",
    ];
    let urls = prop::collection::vec(prop::sample::select(pieces.to_vec()), 1..9);
    let mut found = 0;
    let mut runner = runner(1);
    for _ in 0..20_000 {
        let url = urls.new_tree(&mut runner).unwrap().current().concat();
        let Some(key) = intake::normalised_source(&url) else {
            continue;
        };
        found += 1;
        let again = intake::normalised_source(&format!("https://{key}"));
        assert_eq!(again.as_ref(), Some(&key), "{url}");
    }
    assert!(found > 1_000, "{found}");
}

#[test]
fn a_text_without_a_block_is_its_own() {
    for text in ["", "a", "<!-- landfall:begin -->\na", "<!-- landfall:end -->"] {
        assert!(matches!(block::without(text), Cow::Borrowed(own) if own == text));
    }
    let two = "a\n<!-- landfall:begin -->\nx\n<!-- landfall:end -->\nb\n<!-- landfall:begin -->\ny\n<!-- landfall:end -->\nc";
    assert_eq!(block::without(two), "a\n\nb\n\nc");
}

#[test]
fn values_can_be_shown_in_a_comment() {
    runner(1_000)
        .run(&trackers(0..60), |text| {
            let mut found = Vec::new();
            strings(&serde_json::to_value(intake::parse(&text)).unwrap(), &mut found);
            let lines: Vec<String> =
                found.iter().map(|one| format!("- {}", safe::inline(one))).collect();
            if !lines.is_empty() {
                prop_assert_eq!(safe::assert_block(&lines.join("\n")), Ok(()));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn long_texts_of_any_shape_are_read_within_bounds() {
    const LENGTH: usize = 15_000;
    for piece in PIECES.iter().chain(&[
        "a",
        "- a\n",
        "[](",
        "# a\n",
        "a | b\n",
        "\n- https://x.org/",
        "gitlab#1 ",
    ]) {
        for head in [
            "",
            "## Source locations\n",
            "## Related issues\n",
            "## Quick facts\n",
            "## Collaborators\n",
            "## Goals\n",
            "## Waves\n",
            "## Commitments\n",
        ] {
            let text = format!("{head}{}", piece.repeat(LENGTH / piece.len()));
            assert_bounded(&intake::parse(&text));
        }
    }
    let deep: String = (0..2_000).map(|depth| format!("{}- a\n", " ".repeat(depth))).collect();
    assert_bounded(&intake::parse(&format!("## Related issues\n{deep}")));
}
