//! What is true against what shall be: the writes that are missing, and none when nothing is.

use std::collections::BTreeMap;

use super::*;
use crate::config::{self, MapEnv};
use crate::model::{
    Actor, IssueIid, IssueRef, IssueState, NoteId, ProjectId, StageName, UserId, Username,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn issue() -> Issue {
    Issue {
        at: IssueRef { project: ProjectId(42), iid: IssueIid(7) },
        title: "Kiwi".to_owned(),
        description: "Hello".to_owned(),
        state: IssueState::Opened,
        labels: vec!["migration::prospect".into(), "x".into()],
        author: Some(Actor { id: UserId(4), username: Username::from("paula") }),
        assignees: Vec::new(),
        confidential: false,
        discussion_locked: false,
        issue_type: "issue".to_owned(),
        created_at: at(0),
        updated_at: at(0),
        moved: false,
        web_url: String::new(),
    }
}

fn key() -> EffectKey {
    EffectKey("a".repeat(64))
}

fn effects() -> Vec<Effect> {
    vec![
        Effect::Labels {
            add: vec!["migration::engaged".into()],
            remove: vec!["migration::prospect".into()],
            once: None,
        },
        Effect::Block {
            stage: StageName::from("engaged"),
            visited: vec![StageName::from("prospect")],
            ticks: BTreeMap::new(),
        },
        Effect::Comment {
            key: key(),
            purpose: Purpose::Stage,
            body: "This stage means.".to_owned(),
            cause_at: at(100),
            mirrors: true,
            internal: false,
        },
        Effect::Reaction { note: NoteId(3), emoji: "x".to_owned() },
    ]
}

fn record(state: EffectState, note: Option<u64>, body: Option<&str>) -> EffectRecord {
    let digest = body.map(|body| body_digest(&with_marker(body, &key())));
    let note = note.map(NoteId);
    EffectRecord { key: key(), state, note, body_digest: digest, changed_at: at(0) }
}

fn plan(issue: &Issue, record: Option<EffectRecord>, how: ConfidentialComments) -> Vec<Call> {
    let config = config::load(&MapEnv::default(), None).unwrap();
    let records = record.into_iter().map(|record| (record.key.clone(), record)).collect();
    let ground = Ground {
        workflow: &config.workflow,
        remembered: &Ticks::new(),
        records: &records,
        search_before: at(50),
        confidential: how,
    };
    diff(&effects(), issue, ground)
}

fn names(calls: &[Call]) -> Vec<&'static str> {
    calls.iter().map(Call::name).collect()
}

#[test]
fn labels_and_block_go_into_one_write_and_the_reaction_comes_last() {
    let calls = plan(&issue(), None, ConfidentialComments::Internal);
    assert_eq!(names(&calls), ["update_issue", "post_note", "award_emoji"]);
}

#[test]
fn a_world_that_is_as_it_shall_be_needs_no_write_but_the_sign() {
    let Some(Call::UpdateIssue { description, .. }) =
        plan(&issue(), None, ConfidentialComments::Internal).into_iter().next()
    else {
        panic!("an update was planned");
    };
    let settled = Issue {
        labels: vec!["migration::engaged".into(), "x".into()],
        description: description.unwrap(),
        ..issue()
    };
    let spoken = record(EffectState::Done, Some(9), Some("This stage means."));
    let calls = plan(&settled, Some(spoken), ConfidentialComments::Internal);
    assert_eq!(names(&calls), ["award_emoji"]);
}

#[test]
fn a_comment_is_posted_searched_for_edited_or_left_alone_by_what_is_known_of_it() {
    let words = "This stage means.";
    let table: [(Option<EffectRecord>, &str); 7] = [
        (None, "post"),
        (Some(record(EffectState::InFlight, None, None)), "search, then post"),
        (Some(record(EffectState::Uncertain, None, None)), "search, then post"),
        (Some(record(EffectState::Done, Some(9), Some(words))), "nothing"),
        (Some(record(EffectState::Done, Some(9), Some("older words"))), "edit 9"),
        // A person deleted it.
        (Some(record(EffectState::Done, None, None)), "nothing"),
        (Some(record(EffectState::Failed, None, None)), "nothing"),
    ];
    for (record, expected) in table {
        let calls = plan(&issue(), record.clone(), ConfidentialComments::Internal);
        let told = calls.iter().find_map(|call| match call {
            Call::PostNote { search_first: true, .. } => Some("search, then post".to_owned()),
            Call::PostNote { .. } => Some("post".to_owned()),
            Call::EditNote { note, .. } => Some(format!("edit {note}")),
            _ => None,
        });
        assert_eq!(told.unwrap_or_else(|| "nothing".to_owned()), expected, "{record:?}");
    }
}

#[test]
fn a_confidential_issue_is_spoken_to_as_configured() {
    let secret = Issue { confidential: true, ..issue() };
    for (how, expected) in [
        (ConfidentialComments::Internal, Some(true)),
        (ConfidentialComments::Normal, Some(false)),
        (ConfidentialComments::None, None),
    ] {
        let internal = plan(&secret, None, how).iter().find_map(|call| match call {
            Call::PostNote { internal, .. } => Some(*internal),
            _ => None,
        });
        assert_eq!(internal, expected, "{how:?}");
    }
}
