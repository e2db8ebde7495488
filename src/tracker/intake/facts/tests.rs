//! Keys and values in every dress.

use super::super::sections;
use super::*;

fn facts(text: &str) -> QuickFacts {
    let mut facts = QuickFacts::default();
    sections::each(text, |section| read(section, &mut facts));
    facts
}

#[test]
fn a_key_and_its_value_are_known_in_every_dress() {
    for line in [
        "- **Timeline:** next spring",
        "- **Timeline**: next spring",
        "**Timeline:** next spring",
        "**Timeline** next spring",
        "- Timeline: next spring",
        "* Timeline - next spring",
        "* Timeline — next spring",
        " * **Timeline.** - next spring",
        "Timeline:next spring",
        "timeline : next spring",
        "TIMELINE：next spring",
        "- __Timeline__ = next spring",
        "- *Timeline*: *next spring*",
        "-\t**Timeline:**\tnext spring",
        "- **Timeline: next spring**",
        "- [ ] Timeline: next spring",
        "1. **Timeline:** [next spring](https://x.org)",
        "- **Timeline:**\n  next spring",
        "- **Timeline:**\n  - next spring",
        "- **Timeline:** next\n  spring",
        "| Timeline | next spring |",
        "- **Timeline:** ~~this autumn~~ next spring",
        "| Fact | Answer |\n|---|---|\n| **Timeline:** | next spring |",
        "Timeline | next spring",
        "| Timeline | Host | Group |\n|---|---|---|\n| next spring | gitlab.com | x |",
        "### Timeline\n\nnext spring",
        "- **Timeline:** TBD\n- **Timeline:** next spring\n- **Timeline:** later",
        "- **Timeline for the move:** TBD\n- **Deadline:** next spring",
    ] {
        let text = format!("## Quick facts\n\n{line}\n");
        assert_eq!(facts(&text).timeline.as_deref(), Some("next spring"), "{line:?}");
        assert_eq!(facts(&text.replace('\n', "\r\n")).timeline.as_deref(), Some("next spring"));
    }
}

#[test]
fn each_key_of_the_templates_has_its_place() {
    let text = "## Quick facts\n\
        - **Timeline:** a\n- **Host:** b\n- **Group:** c\n- **Edition:** d\n- **License:** e\n\
        - **Seeks profit:** f\n- **Foundation or fiscal host:** g\n\
        - **Contributors in the last 12 months:** h\n- **Repositories:** i\n- **Open issues:** j\n\
        - **Open merge or pull requests:** k\n- **Size of large files and packages:** l\n\
        - **CI:** m\n- **Private repositories:** o\n- **Sign-up constraints:** p\n\
        - **Time zone and language:** q\n";
    let found = serde_json::to_value(facts(text)).unwrap();
    let found: Vec<&str> =
        found.as_object().unwrap().values().map(|value| value.as_str().unwrap()).collect();
    let mut letters: Vec<&str> = "a b c d e f g h i j k l m o p q".split(' ').collect();
    let mut sorted = found.clone();
    sorted.sort_unstable();
    letters.sort_unstable();
    assert_eq!(sorted, letters);
    let old = "## Quick Facts\n * **Timeline.** - \n * **Product.** - Community Edition\n\
               * **Project's License.** GPLv2";
    let expect = QuickFacts {
        edition: Some("Community Edition".to_owned()),
        license: Some("GPLv2".to_owned()),
        ..QuickFacts::default()
    };
    assert_eq!(facts(old), expect);
}

#[test]
fn facts_outside_their_section_need_their_exact_key() {
    let found = facts("We are Acme.\n\nLicense: MIT\nOur developers: they are nice\nand many.\n");
    let expect = QuickFacts { license: Some("MIT".to_owned()), ..QuickFacts::default() };
    assert_eq!(found, expect);
    assert_eq!(facts("## Goals\n- License: sort it out"), QuickFacts::default());
}

#[test]
fn a_list_below_a_key_is_its_value() {
    let text = "## Facts\n- CI:\n  - Linux: 3,000 minutes\n  - own runners\n- Chat: #acme\n  more\n- LFS: 2 GB";
    let found = facts(text);
    assert_eq!(found.ci.as_deref(), Some("Linux: 3,000 minutes; own runners"));
    assert_eq!(found.storage.as_deref(), Some("2 GB"));
}

#[test]
fn profit_is_a_plain_yes_or_no() {
    for (line, expect) in [
        ("Seeks profit: no", Some(false)),
        ("Seeks profit: No, donations only", Some(false)),
        ("Seeks profit: yes", Some(true)),
        ("Seeks profit: we are a nonprofit", Some(false)),
        ("Non-profit: yes", Some(false)),
        ("Non-profit: no", Some(true)),
        ("Seeks profit: it depends", None),
        ("Seeks profit: TBD", None),
    ] {
        assert_eq!(facts(&format!("## Facts\n{line}")).is_for_profit(), expect, "{line:?}");
    }
}
