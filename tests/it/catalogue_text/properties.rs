//! Hostile text by the hundred thousand, the same on every run.

use std::cell::Cell;
use std::collections::BTreeMap;

use landfall::model::{ItemId, StageName, Username};
use landfall::tracker::{block, commands, safe};
use landfall::workflow::{Item, Owner, Stage, Workflow};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

use super::{TEMPLATES, check_body, oracle};

/// Pieces of attacks; the generator joins them in any order.
#[rustfmt::skip]
const PIECES: [&str; 96] = [
    "/close", "/CLOSE", "/clo\u{17f}e", "/label ~x", "/merge", "/assign", "/shrug", "/todo", "/",
    "\\", "\n", "\n", "\n\n", "\r", "\r\n", "\n\r", "\u{2028}", "\u{2029}", "\u{85}", "\u{b}",
    "\u{c}", "\0", "\t", " ", " ", "    ", "\u{a0}", "\u{3000}", "\u{200b}", "\u{200d}", "\u{feff}",
    "\u{202e}", "\u{2066}", "\u{ad}", "\u{301}", "`", "`", "``", "```", "````", "~~~", "~~", ">",
    "> ", ">>>", ">>", "- ", "* ", "1. ", "- [ ] ", "# ", "---", "===", "|", "| --- |", "@all",
    "@root", "@group/sub", "@", "＠", "a@b.cc", "#1", "!1", "~bug", "%m", "&1", "$1", "$$", "$`",
    "group/p#1", "https://e.xx/a/-/issues/1", "http://", "www.e.xx", "<", "<script>", "<img src=x>",
    "</details>", "<details>", "<pre>", "<!--", "-->", "<!-- landfall:begin -->",
    "<!-- landfall:end -->", "<!-- landfall:v1:", "<!-- item:a -->", "![x](y)", "[a](b)", "[", "](",
    "[x]: y", "[[w]]", "[^1]", "**", "_", "&#64;", "&lt;",
];

fn hostile(pieces: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        15 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => prop::sample::select(&["word", "é", "名前", "x", "0"][..]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, pieces).prop_map(|pieces| pieces.concat())
}

/// The same cases on every run.
fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x1a4d_fa11),
        ..ProptestConfig::default()
    })
}

#[test]
fn i11_a_hundred_thousand_hostile_values_do_nothing() {
    let values = prop::array::uniform4(hostile(0..10));
    let template = prop::sample::select(&TEMPLATES[..]);
    runner(25_000).run(&(template, values), |(one, values)| check_body(one, &values)).unwrap();
}

#[test]
fn the_judges_find_what_the_generator_makes() {
    let found = Cell::new([0_usize; 6]);
    runner(2_000)
        .run(&hostile(0..10), |value| {
            let markup = oracle::markup(&value);
            let [old, new, anywhere, html, active, references] = found.get();
            found.set([
                old + oracle::commands_old(&value),
                new + oracle::commands_new(&value),
                anywhere + oracle::commands_anywhere(&value),
                html + markup.html.len(),
                active + markup.active.len(),
                references + markup.references.len(),
            ]);
            Ok(())
        })
        .unwrap();
    assert!(found.get().into_iter().all(|count| count > 50), "{:?}", found.get());
}

#[test]
fn a_block_is_replaced_and_every_byte_outside_stays() {
    let inner = prop::collection::vec(
        prop::sample::select(&["### Stage", "- [x] 1. a <!-- item:a -->", "", "text", "é"][..]),
        0..6,
    );
    let descriptions = hostile(0..24).prop_flat_map(|text| {
        (Just(text), hostile(0..8), hostile(0..12), prop::bool::ANY).prop_map(
            |(before, old, after, has_block)| match has_block {
                true => format!("{before}\n{}\n{old}\n{}\n{after}", block::BEGIN, block::END),
                false => before + &after,
            },
        )
    });
    runner(20_000)
        .run(&(descriptions, inner), |(description, inner)| {
            let inner = inner.join("\n");
            let changed = block::replace(&description, &inner);
            prop_assert_eq!(block::find(&changed), Some(inner.trim()));
            prop_assert_eq!(block::replace(&changed, &inner), &changed[..]);
            let Some(old) = block::find(&description) else {
                prop_assert!(changed.starts_with(&description));
                return Ok(());
            };
            let start = old.as_ptr() as usize - description.as_ptr() as usize;
            let before = &description[..description[..start].rfind(block::BEGIN).unwrap()];
            let rest = &description[start + old.len()..];
            let after = &rest[rest.find(block::END).unwrap() + block::END.len()..];
            let same = description == changed;
            let new =
                format!("{before}{}\n\n{}\n\n{}{after}", block::BEGIN, inner.trim(), block::END);
            prop_assert!(same || changed == new, "{:?}", changed);
            Ok(())
        })
        .unwrap();
}

fn workflow() -> Workflow {
    let stage = |number: u32| Stage {
        name: StageName::new(format!("s{number}")),
        label: format!("migration::s{number}").as_str().into(),
        color: "#6699cc".to_owned(),
        summary: "Words.".to_owned(),
        is_end: false,
        next: Vec::new(),
        exit: Vec::new(),
        days: None,
        checklist: (0..number)
            .map(|item| Item {
                id: ItemId::new(format!("s{number}.i{item}")),
                text: format!("Do {item} [x] - [ ] `y`"),
                owner: if item % 2 == 0 { Owner::Partner } else { Owner::Staff },
            })
            .collect(),
        links: Vec::new(),
        reports: Vec::new(),
        text: String::new(),
    };
    Workflow { stages: (0..5).map(stage).collect(), scopes: Vec::new() }
}

#[test]
fn ticks_survive_every_rendering() {
    let workflow = workflow();
    let ids: Vec<ItemId> =
        workflow.stages.iter().flat_map(|stage| &stage.checklist).map(|i| i.id.clone()).collect();
    let ticked = prop::collection::vec(prop::bool::ANY, ids.len());
    let walk = prop::collection::vec(0..5_usize, 1..8);
    runner(3_000)
        .run(&(ticked, walk, 0..ids.len()), |(ticked, walk, changed)| {
            let ticks: BTreeMap<ItemId, bool> = ids.iter().cloned().zip(ticked).collect();
            let visited: Vec<StageName> =
                walk.iter().map(|&at| workflow.stages[at].name.clone()).collect();
            let current = visited.last().unwrap();
            let inner = block::render(&workflow, current, &visited, &ticks);
            prop_assert_eq!(safe::assert_block(&inner), Ok(()));
            let mut shown = ticks.clone();
            shown.retain(|id, _| visited.iter().any(|name| id.as_str().starts_with(name.as_str())));
            prop_assert_eq!(&block::ticks(&inner), &shown);
            prop_assert_eq!(&block::ticks(&inner.replace('\n', "\r\n")), &shown);
            prop_assert_eq!(block::render(&workflow, current, &visited, &shown), &inner[..]);
            if let Some(tick) = shown.get_mut(&ids[changed]) {
                *tick = !*tick;
                let set = block::set_tick(&inner, &ids[changed], *tick);
                prop_assert_eq!(block::ticks(&set), shown);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn no_comment_confuses_the_reader_of_commands() {
    let call = prop_oneof![Just("@bot"), Just("/landfall"), Just("/landfall done"), Just("@BOT x")];
    let comments =
        (hostile(0..12), call, hostile(0..12)).prop_map(|(a, b, c)| format!("{a}{b}{c}"));
    runner(20_000)
        .run(&comments, |comment| {
            let lines = commands::parse(&comment, &Username::from("bot"));
            prop_assert!(lines.len() <= commands::MAX_LINES);
            for line in lines {
                let text = line.text.to_lowercase();
                prop_assert!(text.starts_with("@bot") || text.starts_with("/landfall"));
                prop_assert!(comment.contains(&line.text));
                if let Err(error) = line.parsed {
                    let body = error.to_string();
                    prop_assert_eq!(safe::assert_body(&body), Ok(()));
                    prop_assert_eq!(oracle::markup(&body).references, Vec::<String>::new());
                    prop_assert_eq!(oracle::markup(&body).active, Vec::<String>::new());
                }
            }
            Ok(())
        })
        .unwrap();
}
