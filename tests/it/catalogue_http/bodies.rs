//! Section C (bodies) and the header half of section D.

use landfall::model::{DeliveryKey, Disposition, Event};

use super::door::{Door, good};

fn issue(rest: &str) -> Vec<u8> {
    format!(
        r#"{{"object_kind":"issue","project":{{"id":42}},"user":{{"id":1}},
            "object_attributes":{{"iid":7,"type":"Issue"}}{rest}}}"#
    )
    .into_bytes()
}

#[test]
fn every_authentic_body_is_answered_200_and_kept_with_its_reason() {
    let door = Door::open();
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let mut keys: String = (0..100_000).map(|n| format!(r#","k{n}":0"#)).collect();
    keys.push_str(r#","labels":null"#);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("C01", vec![], "empty_body"),
        ("C02", b"null".to_vec(), "not_an_object"),
        ("C02 list", b"[]".to_vec(), "not_an_object"),
        ("C03", b"{\"object_kind\":".to_vec(), "bad_json"),
        ("C03 trailing", b"{}x".to_vec(), "bad_json"),
        ("C04 BOM", b"\xef\xbb\xbf{}".to_vec(), "bad_json"),
        ("C05", b"{\"a\":\"\xff\"}".to_vec(), "bad_json"),
        ("C05 surrogate", br#"{"a":"\ud800"}"#.to_vec(), "bad_json"),
        ("C06", issue(r#","title":"a\u0000b""#), "work"),
        ("C07", b"{\"a\":\"\0\"}".to_vec(), "bad_json"),
        (
            "C08 127",
            issue(&format!(r#","x":{}"#, &nested(125))),
            "work",
        ),
        ("C08 128", nested(127).into_bytes(), "bad_json"),
        ("C08 200,000", nested(200_000).into_bytes(), "bad_json"),
        (
            "C09",
            br#"{"project":{"id":1,"id":2}}"#.to_vec(),
            "duplicate_key",
        ),
        ("C10", issue(&keys), "work"),
        (
            "C11",
            br#"{"object_kind":"issue","project":{"id":-1}}"#.to_vec(),
            "unknown_shape",
        ),
        ("C12", issue(r#","labels":null,"changes":{}"#), "work"),
        (
            "C13",
            issue(&format!(r#","title":"{}""#, "[".repeat(1 << 20))),
            "work",
        ),
        (
            "C15",
            issue(",\"title\":\"\u{202e}\u{2028}\u{85}\u{200d}\""),
            "work",
        ),
        ("C16", issue(r#","title":"\u001b[2J""#), "work"),
        (
            "C19",
            br#"{"event":"push","project_name":"x"}"#.to_vec(),
            "unknown_shape",
        ),
    ];
    for (number, (case, body, reason)) in cases.into_iter().enumerate() {
        let answer = door.deliver(&format!("Idempotency-Key: {number}\r\n"), &body);
        assert_eq!(answer.status, 200, "{case}");
        assert_eq!(door.inbox.len(), number + 1, "{case}");
        assert_eq!(door.inbox.last_reason(), reason, "{case}");
        assert_eq!(&door.inbox.last().body[..], body, "{case}");
        let quarantined = matches!(
            door.inbox.last().disposition,
            Disposition::Quarantined { .. }
        );
        assert_eq!(quarantined, reason != "work", "{case}");
    }
}

#[test]
fn c11_c12_ids_are_exact_and_may_be_text() {
    let door = Door::open();
    for (iid, number) in [("9007199254740993", 9_007_199_254_740_993), ("\"15\"", 15)] {
        let text = String::from_utf8(issue("")).unwrap();
        let body = text.replace("\"iid\":7", &format!("\"iid\":{iid}"));
        assert_eq!(door.deliver("", body.as_bytes()).status, 200);
        let Disposition::Work(Event::IssueChanged { issue }) = door.inbox.last().disposition else {
            panic!("{iid}: {:?}", door.inbox.last().disposition);
        };
        assert_eq!((issue.project.0, issue.iid.0), (42, number));
    }
}

#[test]
fn c17_only_json_is_read() {
    let door = Door::open();
    for (content_type, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("APPLICATION/JSON", 200),
        ("application/json ;charset=utf-8", 200),
        ("application/jsonx", 415),
        ("application/vnd.api+json", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ] {
        let answer = door.deliver(&format!("Content-Type: {content_type}\r\n"), &issue(""));
        assert_eq!(answer.status, status, "{content_type}");
    }
    let twice = "Content-Type: application/json\r\nContent-Type: application/json\r\n";
    assert_eq!(door.deliver(twice, &issue("")).status, 415);
    let request = String::from_utf8(good("", &issue(""))).unwrap();
    let none = request.replace("Content-Type", "X-Type");
    assert_eq!(door.only(none.as_bytes()).status, 415);
}

#[test]
fn c20_c21_an_unusable_key_falls_back_to_the_content() {
    let door = Door::open();
    let key = |lines: &str, body: &[u8]| {
        assert_eq!(door.deliver(lines, body).status, 200, "{lines}");
        door.inbox.last().key
    };
    let mut body = 0;
    let mut fresh = || {
        body += 1;
        issue(&format!(r#","n":{body}"#))
    };
    let given = |text: &str| DeliveryKey::Given(text.to_owned());
    let longest = "k".repeat(255);
    for good in ["it's%00fine", "a.b", &longest] {
        assert_eq!(
            key(&format!("Idempotency-Key: {good}\r\n"), &fresh()),
            given(good)
        );
    }
    for bad in ["", "two words", &"k".repeat(256), &"k".repeat(10_000)] {
        let key = key(&format!("Idempotency-Key: {bad}\r\n"), &fresh());
        assert!(matches!(key, DeliveryKey::Content(_)), "{bad}");
    }
    let both = "webhook-id: first\r\nIdempotency-Key: second\r\n";
    assert_eq!(key(both, &fresh()), given("first"));
    let dotted = "webhook-id: fir.st\r\nIdempotency-Key: second\r\n";
    assert_eq!(key(dotted, &fresh()), given("second"));

    let same = fresh();
    let first = key("X-Gitlab-Event: Issue Hook\r\n", &same);
    let rows = door.inbox.len();
    assert_eq!(key("X-Gitlab-Event: Issue Hook\r\n", &same), first);
    assert_eq!(
        door.inbox.len(),
        rows,
        "the same content again is no second row"
    );
    assert_ne!(
        key("X-Gitlab-Event: Confidential Issue Hook\r\n", &same),
        first
    );
}

#[test]
fn d01_header_and_body_must_agree() {
    let door = Door::open();
    for (number, (event, reason)) in [
        ("Issue Hook", "work"),
        ("Banana Hook", "work"),
        ("Note Hook", "kind_mismatch"),
        ("System Hook", "system_hook"),
    ]
    .into_iter()
    .enumerate()
    {
        let lines = format!("X-Gitlab-Event: {event}\r\nIdempotency-Key: {number}\r\n");
        assert_eq!(door.deliver(&lines, &issue("")).status, 200);
        assert_eq!(door.inbox.last_reason(), reason, "{event}");
        assert_eq!(door.inbox.last().event_name, event);
    }
    let odd = format!("X-Gitlab-Event: {}\r\n", "e".repeat(300));
    door.deliver(&odd, &issue(""));
    assert_eq!(door.inbox.last().event_name, "e".repeat(100));
    door.deliver("", &issue(r#","n":1"#));
    assert_eq!(door.inbox.last().event_name, "?");
}

#[test]
fn d13_d23_what_is_not_for_us_is_ignored() {
    let door = Door::open();
    let text = String::from_utf8(issue("")).unwrap();
    for (body, reason) in [
        (text.replace(r#""id":1"#, r#""id":99"#), "own_event"),
        (text.replace(r#""id":42"#, r#""id":43"#), "unknown_project"),
        (
            text.replace(r#""id":1"#, r#""id":1,"username":"other-bot""#),
            "ignored_user",
        ),
    ] {
        assert_eq!(door.deliver("", body.as_bytes()).status, 200);
        assert_eq!(door.inbox.last_reason(), reason);
        assert!(matches!(
            door.inbox.last().disposition,
            Disposition::Ignored { .. }
        ));
    }
}
