//! Tables of descriptions and what becomes of their block.

use super::*;
use crate::model::LabelName;
use crate::tracker::safe;
use crate::workflow::Item;

fn block(inner: &str) -> String {
    format!("{BEGIN}\n\n{inner}\n\n{END}")
}

#[test]
fn a_missing_block_is_appended_after_a_blank_line() {
    let new = block("new");
    for (description, expect) in [
        ("", new.clone()),
        ("text", format!("text\n\n{new}")),
        ("text\n", format!("text\n\n{new}")),
        ("text\r\n", format!("text\r\n\n{new}")),
        ("text\n\n", format!("text\n\n\n{new}")),
        ("```\ncode", format!("```\ncode\n```\n\n{new}")),
        ("~~~~ x\ncode\n", format!("~~~~ x\ncode\n~~~~\n\n{new}")),
        ("- ```\n  code\n  ```", format!("- ```\n  code\n  ```\n\n{new}")),
    ] {
        let once = replace(description, "new");
        assert_eq!(once, expect, "{description:?}");
        assert_eq!(replace(&once, "new"), once, "{description:?}");
        assert_eq!(find(&once), Some("new"));
    }
}

#[test]
fn only_the_block_is_rewritten() {
    let old = block("old");
    let new = block("new");
    for (before, after) in [
        ("", ""),
        ("above\n\n", "\n\nbelow\n"),
        ("above\r\n", "\r\nbelow \t\r\n"),
        ("\n\n", " \n below"),
        ("```\nunclosed\n", "\nbelow"),
        ("<!-- landfall:end -->\n", "\n<!-- landfall:end -->\nx"),
        ("<!-- landfall:begin -->\nlost\n", ""),
        ("", "\n<!-- landfall:begin -->\nlost"),
    ] {
        for old in
            [&old, &old.replace('\n', "\r\n"), "<!-- landfall:begin -->\n<!-- landfall:end -->"]
        {
            let description = format!("{before}{old}{after}");
            let changed = replace(&description, "new");
            assert_eq!(changed, format!("{before}{new}{after}"), "{description:?}");
            assert_eq!(replace(&changed, "new"), changed);
        }
    }
}

#[test]
fn a_block_that_reads_so_already_is_left_alone_with_its_line_ends() {
    let description = format!("a\r\n{}\r\nb", block("one\ntwo").replace('\n', "\r\n"));
    assert_eq!(replace(&description, "one\ntwo\n"), description);
    assert_eq!(find(&description), Some("one\r\ntwo"));
}

#[test]
fn copies_in_quotes_and_fences_are_text() {
    let forged = block("forged");
    let quoted: String = forged.lines().map(|line| format!("> {line}\n")).collect();
    let indented: String = forged.lines().map(|line| format!("    {line}\n")).collect();
    for text in [
        format!("```\n{forged}\n```\n"),
        format!("````md\n```\n{forged}\n```\n````\n"),
        format!("~~~\n{forged}\n~~~\n"),
        quoted,
        indented,
        forged.replace("<!--", " <!--"),
        forged.replace("-->", "--> x"),
        forged.replace("landfall", "Landfall"),
        format!("{END}\n{BEGIN}\n"),
    ] {
        assert_eq!(find(&text), None, "{text:?}");
        let real = format!("{text}\n{}\n\n{text}", block("real"));
        assert_eq!(find(&real), Some("real"), "{text:?}");
        let appended = replace(&text, "real");
        assert!(appended.starts_with(&text));
        assert_eq!(find(&appended), Some("real"), "{text:?}");
    }
}

#[test]
fn the_last_whole_pair_is_the_block() {
    let two = format!("{}\n\n{}", block("first"), block("second"));
    assert_eq!(find(&two), Some("second"));
    assert_eq!(replace(&two, "x"), format!("{}\n\n{}", block("first"), block("x")));
}

#[test]
fn ticks_are_read_from_lines_as_people_leave_them() {
    let inner = "- [ ] 1. open <!-- item:a -->\r\n\
        * [X] 2. reworded _by somebody_ <!-- item:b.c --> \r\n\
        +   [x] c<!--item:c-->\n\
        \x20 7) [x] in a list <!-- item:d -->\n\
        - [~] does not apply <!-- item:e -->\n\
        - [x] no id\n\
        - [x]<!-- item:f -->\n\
        - [y] <!-- item:g -->\n\
        - [x] half <!-- item:h\n\
        -[x] no blank <!-- item:i -->\n\
        text [x] <!-- item:j -->\n\
        - [x] <!-- other --> <!-- item:k -->\n\
        - [x] twice <!-- item:a -->\n\
        - [] <!-- item: -->\n";
    let expect = [
        ("a", true),
        ("b.c", true),
        ("c", true),
        ("d", true),
        ("e", false),
        ("f", true),
        ("k", true),
    ];
    let expect: BTreeMap<ItemId, bool> =
        expect.into_iter().map(|(id, ticked)| (ItemId::from(id), ticked)).collect();
    assert_eq!(ticks(inner), expect);
}

#[test]
fn one_tick_is_set_and_nothing_else() {
    let inner = "- [ ] 1. a <!-- item:a -->\r\n* [X] b [ ] <!-- item:b -->\n[ ] <!-- item:a -->";
    let ticked = set_tick(inner, &"a".into(), true);
    assert_eq!(ticked, inner.replacen("[ ]", "[x]", 1));
    assert_eq!(set_tick(&ticked, &"a".into(), false), inner);
    assert_eq!(set_tick(inner, &"b".into(), false), inner.replace("[X]", "[ ]"));
    assert_eq!(set_tick(inner, &"z".into(), true), inner);
    assert_eq!(set_tick("- [] é <!-- item:a -->", &"a".into(), true), "- [x] é <!-- item:a -->");
}

fn stage(name: &str, items: &[(&str, Owner)]) -> Stage {
    Stage {
        name: name.into(),
        label: LabelName::new(format!("migration::{name}")),
        color: "#6699cc".to_owned(),
        summary: format!("What {name} means."),
        is_end: false,
        next: Vec::new(),
        exit: Vec::new(),
        days: None,
        checklist: items
            .iter()
            .map(|(id, owner)| Item { id: (*id).into(), text: format!("Do {id}"), owner: *owner })
            .collect(),
        links: Vec::new(),
        reports: Vec::new(),
        text: String::new(),
    }
}

fn workflow() -> Workflow {
    Workflow {
        stages: vec![
            stage("prospect", &[("p.call", Owner::Partner), ("p.notes", Owner::Staff)]),
            stage("engaged", &[("e.goals", Owner::Partner), ("e.dri", Owner::Staff)]),
            stage("quiet", &[]),
        ],
        scopes: Vec::new(),
    }
}

#[test]
fn the_block_shows_this_stage_and_folds_the_earlier_ones() {
    let ticks = BTreeMap::from([("p.call".into(), true), ("e.dri".into(), true)]);
    let visited = ["prospect", "quiet", "prospect", "gone", "engaged"].map(StageName::from);
    let inner = render(&workflow(), &"engaged".into(), &visited, &ticks);
    let expect = "\
### Stage: engaged

What engaged means.

1 of 2 done. Tick a box here or write `/landfall done N` in a comment.

- [ ] 1. Do e.goals _(partner)_ <!-- item:e.goals -->
- [x] 2. Do e.dri _(staff)_ <!-- item:e.dri -->

<details>
<summary>Stage prospect: 1 of 2 done</summary>

- [x] 1. Do p.call _(partner)_ <!-- item:p.call -->
- [ ] 2. Do p.notes _(staff)_ <!-- item:p.notes -->

</details>";
    assert_eq!(inner, expect);
    assert_eq!(safe::assert_block(&inner), Ok(()));
}

#[test]
fn a_stage_without_items_or_unknown_has_no_checklist() {
    let none = BTreeMap::new();
    let quiet = render(&workflow(), &"quiet".into(), &[], &none);
    assert_eq!(quiet, "### Stage: quiet\n\nWhat quiet means.");
    assert_eq!(render(&workflow(), &"gone".into(), &[], &none), "### Stage: gone");
}
