//! The intake on texts as people write them, each with all that shall be read in it.

mod properties;

use std::fs;
use std::path::{Path, PathBuf};

use landfall::tracker::intake::{self, Intake};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/intake/texts")
}

/// All that was read and would be proposed, without what is empty.
fn told(intake: &Intake) -> Value {
    let mut value = serde_json::to_value(intake).unwrap();
    value["proposed"] =
        json!({ "size": intake::propose_size(intake), "host": intake::propose_host(intake) });
    without_empty(value)
}

fn without_empty(value: Value) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, without_empty(value)));
            Value::Object(fields.filter(|(_, value)| !is_empty(value)).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(without_empty).collect()),
        value => value,
    }
}

/// Names of the texts, with text and expected result.
fn texts() -> Vec<(String, String, Value)> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let expected = fs::read_to_string(path.with_extension("json")).expect(&name);
            let expected = serde_json::from_str(&expected).expect(&name);
            texts.push((name, fs::read_to_string(&path).unwrap(), expected));
        }
    }
    texts.sort_by(|one, other| one.0.cmp(&other.0));
    texts
}

#[track_caller]
fn check(name: &str, text: &str, expected: &Value) {
    let found = told(&intake::parse(text));
    let show = |value: &Value| serde_json::to_string_pretty(value).unwrap();
    assert!(found == *expected, "{name}: found\n{}\nnot\n{}", show(&found), show(expected));
}

#[test]
fn every_text_is_read_as_a_patient_person_would() {
    let texts = texts();
    assert!(texts.len() > 24, "{}", texts.len());
    for (name, text, expected) in texts {
        check(&name, &text, &expected);
    }
}

#[test]
fn line_ends_of_other_systems_change_nothing() {
    for (name, text, expected) in texts() {
        check(&name, &text.replace('\n', "\r\n"), &expected);
        check(&name, &text.replace('\n', "\r"), &expected);
        check(&name, &format!("\n\n{text}\n\n"), &expected);
    }
}

#[test]
fn our_own_template_asks_for_everything() {
    let template = include_str!("../../config/issue_template.md");
    let intake = intake::parse(template);
    assert_eq!(intake.missing, intake::Missing::ALL);
    assert_eq!(Intake { missing: Vec::new(), ..intake }, Intake::default());
}

#[test]
fn who_may_act_is_among_the_people_who_are_read() {
    for (name, text, _) in texts() {
        let intake = intake::parse(&text);
        let may_act = landfall::tracker::collaborators::collaborators(&text);
        let listed = |username| {
            intake.collaborators.iter().any(|one| one.username.as_ref() == Some(username))
        };
        // Those stand in code, in our block, or where there should be an answer: see their texts.
        let known = ["quoted-person", "not-a-partner", "TBD", "Not", "kim-k", "nuritzi-like"];
        let strange: Vec<_> =
            may_act.iter().filter(|one| !listed(one) && !known.contains(&one.as_str())).collect();
        assert!(strange.is_empty(), "{name}: {strange:?}");
    }
}
