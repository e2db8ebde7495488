//! The catalogue's sections C (bodies) and D (meaning), as far as they need no server.

use super::{Rules, triage};
use crate::model::{Event, IssueIid, IssueRef, NoteId, ProjectId, Triage, UserId, Username};

const ISSUE: IssueRef = IssueRef { project: ProjectId(42), iid: IssueIid(7) };

fn rules() -> Rules {
    Rules {
        tracker: Some(ProjectId(42)),
        bot: Some(UserId(99)),
        ignored_users: vec![Username::from("other-bot")],
    }
}

fn judge(body: &str) -> Triage {
    triage(None, body.as_bytes(), &rules())
}

fn ignored(reason: &'static str) -> Triage {
    Triage::Ignore { reason, issue: Some(ISSUE) }
}

fn quarantined(reason: &'static str) -> Triage {
    Triage::Quarantine { reason }
}

fn issue_with(attributes: &str, rest: &str) -> String {
    format!(
        r#"{{"object_kind":"issue","user":{{"id":1,"username":"ada"}},"project":{{"id":42}},
            "object_attributes":{{"id":900,"iid":7{attributes}}}{rest}}}"#
    )
}

fn note_with(attributes: &str) -> String {
    format!(
        r#"{{"object_kind":"note","user":{{"id":1,"username":"ada"}},"project":{{"id":42}},
            "object_attributes":{{"id":55,"noteable_type":"Issue"{attributes}}},
            "issue":{{"id":900,"iid":7}}}}"#
    )
}

const CHANGED: Triage = Triage::Work(Event::IssueChanged { issue: ISSUE });

#[test]
fn an_issue_event_points_at_its_issue_with_or_without_an_action() {
    assert_eq!(judge(&issue_with("", "")), CHANGED, "the Test button sends no action");
    assert_eq!(judge(&issue_with(r#","action":"update","type":"Issue""#, "")), CHANGED);
}

#[test]
fn a_new_comment_points_at_issue_and_comment() {
    let expected = Triage::Work(Event::NoteAdded { issue: ISSUE, note: NoteId(55) });
    assert_eq!(judge(&note_with("")), expected);
    assert_eq!(judge(&note_with(r#","action":"create","system":false"#)), expected);
}

#[test]
fn what_is_not_for_us_is_ignored_with_its_reason() {
    let other_project =
        issue_with("", "").replace(r#""project":{"id":42}"#, r#""project":{"id":1}"#);
    assert!(matches!(
        judge(&other_project),
        Triage::Ignore { reason: "unknown_project", issue: Some(_) }
    ));
    let own = issue_with("", "").replace(r#""id":1,"#, r#""id":99,"#);
    assert_eq!(judge(&own), ignored("own_event"));
    assert_eq!(judge(&issue_with("", "").replace("ada", "other-bot")), ignored("ignored_user"));
    for kind in ["Incident", "Task", "Ticket"] {
        let body = issue_with(&format!(r#","type":"{kind}""#), "");
        assert_eq!(judge(&body), ignored("unused_type"), "{kind}");
    }
    assert_eq!(judge(&note_with(r#","system":true"#)), ignored("system_note"));
    assert_eq!(judge(&note_with(r#","action":"update""#)), ignored("note_edited"));
    let commit = note_with("").replace(r#"noteable_type":"Issue"#, r#"noteable_type":"Commit"#);
    assert_eq!(judge(&commit), Triage::Ignore { reason: "unused_noteable", issue: None });
    let epic = r#"{"object_kind":"work_item","project":null,
        "object_attributes":{"id":1,"iid":2,"project_id":null,"type":"Epic"}}"#;
    assert_eq!(judge(epic), Triage::Ignore { reason: "unused_type", issue: None });
}

#[test]
fn a_comment_on_a_work_item_of_another_type_is_ignored_not_alarmed() {
    let body = note_with("").replace(r#""issue":{"#, r#""work_item":{"type":"Task","#);
    assert_eq!(judge(&body), ignored("unused_type"));
}

#[test]
fn a_plain_issue_that_arrives_as_a_work_item_is_work() {
    let body = issue_with(r#","type":"Issue""#, "").replace("\"issue\"", "\"work_item\"");
    assert_eq!(judge(&body), CHANGED);
}

#[test]
fn without_knowing_tracker_and_bot_everything_readable_is_work() {
    let body = issue_with("", "").replace(r#""id":1,"#, r#""id":99,"#);
    assert_eq!(triage(None, body.as_bytes(), &Rules::default()), CHANGED);
}

#[test]
fn header_and_body_must_not_name_two_kinds() {
    let body = issue_with("", "");
    let with = |header| triage(Some(header), body.as_bytes(), &rules());
    for agreeing in ["Issue Hook", "Confidential Issue Hook", "Something New Hook"] {
        assert_eq!(with(agreeing), CHANGED, "{agreeing}");
    }
    assert_eq!(with("Note Hook"), quarantined("kind_mismatch"));
    assert_eq!(with("System Hook"), Triage::Ignore { reason: "system_hook", issue: None });
    let unused = Triage::Ignore { reason: "unused_kind", issue: None };
    assert_eq!(triage(Some("X"), br#"{"object_kind":"pipeline"}"#, &rules()), unused);
    assert_eq!(judge(r#"{"object_kind":"brand_new"}"#), unused);
    assert_eq!(judge(r#"{"event_name":"project_create"}"#), unused);
}

#[test]
fn unreadable_bodies_are_quarantined_with_their_reason() {
    let nested = |depth: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    let cases: Vec<(&str, Vec<u8>, &'static str)> = vec![
        ("C01", vec![], "empty_body"),
        ("C02 null", b"null".to_vec(), "not_an_object"),
        ("C02 list", b"[{}]".to_vec(), "not_an_object"),
        ("C02 text", br#""x""#.to_vec(), "not_an_object"),
        ("C02 number", b"1".to_vec(), "not_an_object"),
        ("C03 truncated", br#"{"object_kind":"iss"#.to_vec(), "bad_json"),
        ("C03 trailing", br#"{"object_kind":"issue"}x"#.to_vec(), "bad_json"),
        ("C03 two documents", br#"{"a":1}{"a":1}"#.to_vec(), "bad_json"),
        ("C04 BOM", b"\xef\xbb\xbf{}".to_vec(), "bad_json"),
        ("C04 UTF-16", b"\xff\xfe{\0}\0".to_vec(), "bad_json"),
        ("C04 Latin-1", b"{\"a\":\"\xe9\"}".to_vec(), "bad_json"),
        ("C05 0xff", b"{\"a\":\"\xff\"}".to_vec(), "bad_json"),
        ("C05 in a key", b"{\"\xff\":1}".to_vec(), "bad_json"),
        ("C05 overlong", b"{\"a\":\"\xc0\xaf\"}".to_vec(), "bad_json"),
        ("C05 lone surrogate", br#"{"a":"\ud800"}"#.to_vec(), "bad_json"),
        ("C07 raw NUL", b"{\"a\":\"\0\"}".to_vec(), "bad_json"),
        ("C08 128", nested(127).into_bytes(), "bad_json"),
        ("C08 200,000", nested(200_000).into_bytes(), "bad_json"),
        ("C09 nested", br#"{"project":{"id":1,"id":2}}"#.to_vec(), "duplicate_key"),
        ("C09 top", br#"{"a":1,"a":1}"#.to_vec(), "duplicate_key"),
        ("C09 in a list", br#"{"z":[{"q":1,"q":1}]}"#.to_vec(), "duplicate_key"),
        ("C09 escaped", br#"{"ab":1,"a\u0062":1}"#.to_vec(), "duplicate_key"),
        ("C11 too large", br#"{"a":1e999}"#.to_vec(), "bad_json"),
        ("C19", br#"{"event":"push","project_name":"x"}"#.to_vec(), "unknown_shape"),
        ("kind is a number", br#"{"object_kind":1}"#.to_vec(), "unknown_shape"),
    ];
    for (case, body, reason) in cases {
        assert_eq!(triage(None, &body, &rules()), quarantined(reason), "{case}");
    }
}

#[test]
fn nesting_of_127_is_read() {
    let lists = format!("{}{}", "[".repeat(126), "]".repeat(126));
    assert_eq!(judge(&issue_with("", &format!(r#","x":{lists}"#))), CHANGED);
}

#[test]
fn ids_are_exact_or_the_body_is_quarantined() {
    for iid in [
        "-1",
        "7.0",
        "-0",
        "9223372036854775808",
        "18446744073709551616",
        "\"\"",
        "\"+7\"",
        "\"7x\"",
        "[7]",
        "{}",
        "true",
        "null",
    ] {
        let body = issue_with("", "").replace("\"iid\":7", &format!("\"iid\":{iid}"));
        assert_eq!(judge(&body), quarantined("unknown_shape"), "{iid}");
    }
    let text = issue_with("", "").replace("\"iid\":7", "\"iid\":\"7\"");
    assert_eq!(judge(&text), CHANGED);
    let exact = issue_with("", "").replace("\"iid\":7", "\"iid\":9007199254740993");
    let issue = IssueRef { iid: IssueIid(9_007_199_254_740_993), ..ISSUE };
    assert_eq!(judge(&exact), Triage::Work(Event::IssueChanged { issue }));
}

#[test]
fn what_we_do_not_use_may_be_missing_or_odd() {
    for odd in [r#","labels":null"#, r#","changes":{}"#, r#","assignee":5,"labels":"x""#] {
        assert_eq!(judge(&issue_with("", odd)), CHANGED, "{odd}");
    }
    let dates = r#","updated_at":"24:00:00","created_at":null,"closed_at":"","title":"\u0000""#;
    assert_eq!(judge(&issue_with(dates, "")), CHANGED);
    let no_user = issue_with("", "").replace(r#"{"id":1,"username":"ada"}"#, "null");
    assert_eq!(judge(&no_user), CHANGED);
    let project_elsewhere =
        issue_with(r#","project_id":42"#, "").replace(r#""project":{"id":42},"#, "");
    assert_eq!(judge(&project_elsewhere), CHANGED);
}

/// Work that grew with the square of the keys would not end within a test run.
#[test]
fn a_million_keys_are_judged() {
    let keys: String = (0..1_000_000).map(|n| format!(r#","k{n}":{n}"#)).collect();
    assert_eq!(judge(&issue_with("", &keys)), CHANGED);
}

#[test]
fn no_prefix_and_no_flipped_byte_of_a_body_makes_it_panic() {
    let body = note_with(r#","action":"create""#).into_bytes();
    for cut in 0..body.len() {
        let judged = triage(Some("Note Hook"), &body[..cut], &rules());
        assert!(matches!(judged, Triage::Quarantine { .. }), "{cut}");
    }
    for at in 0..body.len() {
        for flip in [1, 0x20, 0x80, 0xff] {
            let mut broken = body.clone();
            broken[at] ^= flip;
            let _ = triage(Some("Note Hook"), &broken, &rules());
        }
    }
}
