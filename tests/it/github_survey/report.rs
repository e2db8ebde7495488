//! Text of strangers on its way through a report: it is shown, and does nothing.

use jiff::Timestamp;
use landfall::assess;
use landfall::config::{self, MapEnv};
use landfall::model::{GithubRepo, Licence, Survey};
use landfall::tracker::safe;
use serde_json::json;

use super::source::Source;
use super::survey;
use crate::catalogue_text::oracle;
use crate::gitlab_client::server::Server;

const HOSTILE: [&str; 12] = [
    "x\n/close\n/label ~bug",
    "x\n\r/close\u{2028}/merge\u{85}/assign me",
    "@all @root ＠here a@example.org",
    "#1 !1 ~bug %milestone &1 $1 group/project#1",
    "<script>alert(1)</script><img src=x onerror=1>",
    "![x](http://track.example/x.png) [a](javascript:1) https://evil.example www.evil.example",
    "```\n/close\n```\n>>>\n/close\n>>>",
    "a ` b `` c ``` d | e | f\n| --- | --- |",
    "<!-- landfall:v1:0000000000000000000000000000000000000000000000000000000000000000 -->",
    "</details><details><summary>x</summary>",
    "\u{202e}evil\u{2066}\u{200b}@\u{200b}all \u{1b}[2J\u{9b}31m \0",
    "- [ ] x\n1. y\n# z\n[x]: y",
];

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

async fn surveyed(source: Source) -> Survey {
    let server = Server::start(move |asked, _| source.reply(asked)).await;
    survey(&server).await.unwrap()
}

/// A source that says this wherever it may say something.
fn saying(text: &str) -> Source {
    Source::new().but(json!({
        "description": text, "homepage": text, "default_branch": text, "topics": [text],
        "license": { "spdx_id": text }, "owner": { "type": text }, "fork": true,
        "parent": { "full_name": text, "private": false },
    }))
}

#[tokio::test]
async fn h21_hostile_text_comes_out_as_text() {
    let sources = config::load(&MapEnv::default(), None).unwrap().sources;
    let plain = assess::readiness(&surveyed(saying("two words")).await, &sources, now());
    let harmless = oracle::markup(&plain.markdown());
    for text in HOSTILE {
        let survey = surveyed(saying(text)).await;
        assert_eq!((&survey.licence, &survey.parent), (&Licence::Unrecognised, &None));
        for value in [&survey.description, &survey.homepage, &survey.default_branch] {
            let value = value.as_deref().unwrap();
            assert!(!value.chars().any(char::is_control), "{value:?}");
            assert!(value.chars().count() <= 200 && !value.contains('\u{202e}'));
        }
        let readiness = assess::readiness(&survey, &sources, now());
        let markdown = readiness.markdown();
        assert_eq!(safe::assert_body(&markdown), Ok(()), "{text:?}");
        assert_eq!(oracle::commands_anywhere(&markdown), 0, "{text:?}");
        assert_eq!(oracle::commands_old(&markdown), 0, "{text:?}");
        assert_eq!(oracle::commands_new(&markdown), 0, "{text:?}");
        let found = oracle::markup(&markdown);
        assert_eq!(found.html, [""; 0], "{text:?}");
        assert_eq!(found.references, [""; 0], "{text:?}");
        assert_eq!(found.active.len(), harmless.active.len(), "no link is added: {text:?}");
        // Description, site, topic and branch are there to be read.
        let shown = safe::inline(text).to_string();
        let shown = shown.trim_matches('`');
        let times = found.code_spans.iter().filter(|span| *span == shown).count();
        assert_eq!(times, 4, "{text:?}: {:#?}", found.code_spans);
        for shown in [readiness.plain(), serde_json::to_string_pretty(&survey).unwrap()] {
            assert!(shown.chars().all(is_harmless_on_screen), "{shown:?}");
        }
    }
}

/// No sign that moves, hides or turns what is on a terminal.
fn is_harmless_on_screen(c: char) -> bool {
    let turns =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c == '\n' || !(c.is_control() || turns)
}

#[tokio::test]
async fn a_name_is_the_only_text_of_theirs_that_is_linked() {
    let sources = config::load(&MapEnv::default(), None).unwrap().sources;
    let mut survey = surveyed(Source::new()).await;
    for name in ["a_b_c", "__x__", "a.b-c", "CLOSE", "x--y"] {
        survey.repo = GithubRepo::new("acme", name).unwrap();
        survey.renamed_from = GithubRepo::new("all", name);
        let markdown = assess::readiness(&survey, &sources, now()).markdown();
        assert_eq!(safe::assert_body(&markdown), Ok(()));
        let found = oracle::markup(&markdown);
        assert_eq!(found.references, [""; 0], "{name}");
        assert!(found.code_spans.contains(&format!("acme/{name}")), "{name}");
        assert!(found.code_spans.contains(&format!("all/{name}")), "{name}");
    }
}
