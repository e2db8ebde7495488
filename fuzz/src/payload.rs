//! What an authentic body means: any header, any bytes.

use landfall::model::{Event, IssueIid, IssueRef, NoteId, ProjectId, Triage, UserId, Username};
use landfall::payload::{Rules, known_event, triage};
use serde_json::Value;

use super::limits::timed;

/// A body becomes work only when a plain reading of its JSON says the same.
pub fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let (header, body) = end.map_or((&[][..], data), |end| (&data[..end], &data[end + 1..]));
    let header = std::str::from_utf8(header).ok().filter(|header| !header.is_empty());
    if let Some(known) = header.and_then(known_event) {
        assert_eq!(Some(known), header);
    }
    let rules = Rules {
        tracker: Some(ProjectId(42)),
        bot: Some(UserId(99)),
        ignored_users: vec![Username::from("other-bot")],
    };
    let ours = timed(|| triage(header, body, &rules));
    assert_eq!(ours, triage(header, body, &rules));
    let anybodys = triage(header, body, &Rules::default());
    match &anybodys {
        Triage::Work(event) => {
            assert_ne!(header, Some("System Hook"));
            let json: Value = serde_json::from_slice(body).expect("work is JSON");
            assert_eq!(*event, plain_reading(&json));
        }
        Triage::Ignore { reason, .. } => {
            assert!(serde_json::from_slice::<Value>(body).is_ok(), "{reason} is JSON");
        }
        Triage::Quarantine { .. } => {}
    }
    match ours {
        // Who is listened to can only make less of a body, never something else.
        Triage::Work(event) => {
            assert_eq!(event.issue().project, ProjectId(42));
            assert_eq!(anybodys, Triage::Work(event));
            let json: Value = serde_json::from_slice(body).expect("work is JSON");
            assert_ne!(number(&json["user"]["id"]), Some(99), "the bot hears itself");
            assert_ne!(json["user"]["username"], "other-bot", "a bot that is ignored is heard");
        }
        Triage::Ignore { reason, issue } => assert!(
            matches!(reason, "unknown_project" | "own_event" | "ignored_user")
                || anybodys == Triage::Ignore { reason, issue },
        ),
        Triage::Quarantine { reason } => assert!(
            anybodys == Triage::Quarantine { reason } || matches!(anybodys, Triage::Work(_))
        ),
    }
}

/// The event of a body that is work, read with a parser that keeps everything.
fn plain_reading(json: &Value) -> Event {
    let attributes = &json["object_attributes"];
    let project = number(&json["project"]["id"]).or_else(|| number(&attributes["project_id"]));
    let issue = |iid: &Value| IssueRef {
        project: ProjectId(project.expect("a project")),
        iid: IssueIid(number(iid).expect("the number of an issue")),
    };
    match json["object_kind"].as_str() {
        Some("issue" | "work_item") => Event::IssueChanged { issue: issue(&attributes["iid"]) },
        Some("note") => {
            let work_item = &json["work_item"]["iid"];
            let iid = Some(&json["issue"]["iid"]).filter(|iid| !iid.is_null());
            let note = number(&attributes["id"]).expect("the number of a comment");
            Event::NoteAdded { issue: issue(iid.unwrap_or(work_item)), note: NoteId(note) }
        }
        kind => panic!("{kind:?} is no work"),
    }
}

/// An id, bare or as text, as GitLab's database holds it.
fn number(value: &Value) -> Option<u64> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    i64::try_from(number).is_ok().then_some(number)
}
