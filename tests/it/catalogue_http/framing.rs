//! Section A, first half: HTTP framing, over raw sockets.

use super::door::{Door, TOKEN, good, head, post};
use super::pace::{BODY, raw, statuses};

#[test]
fn broken_framing_is_refused_and_leaves_no_row() {
    let door = Door::open();
    let length = BODY.len();
    let text = std::str::from_utf8(BODY).unwrap();
    let chunked = "Transfer-Encoding: chunked\r\n";
    let line = format!("POST /webhooks/gitlab HTTP/1.1\r\nX-Gitlab-Token: {TOKEN}\r\n");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        (
            "A01",
            raw(&format!("Content-Length: {length}\r\n").repeat(2), BODY),
        ),
        (
            "A02",
            raw(
                &format!("Content-Length: {length}\r\nContent-Length: 3\r\n"),
                BODY,
            ),
        ),
        (
            "A03",
            raw(&format!("Content-Length: {length}\r\n{chunked}"), BODY),
        ),
        ("A04 identity", raw("Transfer-Encoding: identity\r\n", BODY)),
        (
            "A04 gzip",
            raw("Transfer-Encoding: gzip, chunked\r\n", BODY),
        ),
        ("A04 xchunked", raw("Transfer-Encoding: xchunked\r\n", BODY)),
        ("A05 plus", raw("Content-Length: +7\r\n", BODY)),
        ("A05 minus", raw("Content-Length: -1\r\n", BODY)),
        (
            "A05 huge",
            raw("Content-Length: 18446744073709551616\r\n", BODY),
        ),
        ("A06 no number", raw(chunked, b"ZZ\r\nabc\r\n0\r\n\r\n")),
        (
            "A06 overflow",
            raw(chunked, b"FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n"),
        ),
        (
            "A12 no host",
            format!("{line}Content-Length: 0\r\n\r\n").into_bytes(),
        ),
        (
            "A12 two hosts",
            raw(&format!("Host: b\r\nContent-Length: {length}\r\n"), BODY),
        ),
        (
            "A13 NUL",
            raw(&format!("X-A: a\0b\r\nContent-Length: {length}\r\n"), BODY),
        ),
        (
            "A13 fold",
            raw(
                &format!("X-A: a\r\n b\r\nContent-Length: {length}\r\n"),
                BODY,
            ),
        ),
        (
            "A13 blank",
            raw(&format!("X-A : a\r\nContent-Length: {length}\r\n"), BODY),
        ),
        (
            "A15 method",
            b"PO ST / HTTP/1.1\r\nHost: b\r\n\r\n".to_vec(),
        ),
        (
            "A15 TLS",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 and so on\r\n\r\n".to_vec(),
        ),
        ("A15 HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        (
            "A17",
            format!("POST /webhooks/gitlab HTTP/1.0\r\nX-Gitlab-Token: {TOKEN}\r\n\r\n{text}")
                .into_bytes(),
        ),
    ];
    for (case, request) in cases {
        assert_eq!(statuses(&door, &request), [400], "{case}");
    }
    assert_eq!(door.inbox.len(), 0);
}

#[test]
fn a07_a08_chunked_bodies_are_read() {
    let door = Door::open();
    let chunks = b"5\r\n{\"obj\r\n15\r\nect_kind\":\"pipeline\"}\r\n0\r\n\r\n";
    let lines = "Transfer-Encoding: chunked\r\n";
    assert_eq!(statuses(&door, &raw(lines, chunks)), [200]);
    assert_eq!(&door.inbox.last().body[..], BODY);
    for odd in [
        format!(
            "1a;x={}\r\n{}\r\n0\r\n\r\n",
            "y".repeat(64 << 10),
            "z".repeat(26)
        ),
        "2\r\n{}\r\n0\r\nX-Trailer: a\r\n\r\n".to_owned(),
    ] {
        let statuses = statuses(&door, &raw(lines, odd.as_bytes()));
        assert!(matches!(statuses[..], [200] | [400]), "{statuses:?}");
    }
}

#[test]
fn a09_to_a11_heads_have_limits() {
    let door = Door::open();
    // Host, type, token, connection and length are five already.
    let many = |count: usize| {
        let lines: String = (5..count).map(|n| format!("X-{n}: a\r\n")).collect();
        good(&lines, BODY)
    };
    assert_eq!(statuses(&door, &many(96)), [200]);
    assert_eq!(statuses(&door, &many(97)), [431]);
    assert_eq!(door.inbox.len(), 1);
    let long = |bytes: usize| good(&format!("X-Long: {}\r\n", "a".repeat(bytes)), BODY);
    assert_eq!(statuses(&door, &long(15 << 10)), [200]);
    assert_eq!(statuses(&door, &long(16 << 10)), [431]);
    assert_eq!(statuses(&door, &long(100 << 10)), [431]);
    assert_eq!(statuses(&door, &long(200 << 10)), [431]);
    let target = format!("POST /{} HTTP/1.1\r\nHost: b\r\n\r\n", "a".repeat(70_000));
    assert_eq!(statuses(&door, target.as_bytes()), [400]);
}

#[test]
fn a16_a33_only_post_to_the_exact_path_is_heard() {
    let door = Door::open();
    for method in ["GET", "PUT", "HEAD", "TRACE", "OPTIONS", "DELETE", "PATCH"] {
        let request =
            format!("{method} /webhooks/gitlab HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
        let answer = door.only(request.as_bytes());
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.has("allow: POST"), "{answer:?}");
    }
    let to = |path: &str| {
        let request = String::from_utf8(good("", BODY)).unwrap();
        statuses(&door, request.replace("/webhooks/gitlab", path).as_bytes())
    };
    for path in [
        "//webhooks/gitlab",
        "/webhooks/gitlab/",
        "/webhooks/%67itlab",
        "/hooks/../webhooks/gitlab",
        "/webhooks/./gitlab",
        "/Webhooks/gitlab",
        "/webhooks/gitlab%2f",
        "/",
    ] {
        assert_eq!(to(path), [404], "{path}");
    }
    assert_eq!(door.inbox.len(), 0);
    assert_eq!(to("/webhooks/gitlab?x=1"), [200]);
}

#[test]
fn a18_no_length_means_an_empty_body() {
    let door = Door::open();
    assert_eq!(statuses(&door, &raw("", b"")), [200]);
    assert_eq!(door.inbox.last_reason(), "empty_body");
}

#[test]
fn a19_expect_continue_is_honoured_and_a_stranger_is_cut_off() {
    let door = Door::open();
    let expect = "Expect: 100-continue\r\n";
    assert_eq!(statuses(&door, &good(expect, BODY)), [100, 200]);
    let bad = head(&format!(
        "X-Gitlab-Token: no\r\n{expect}Content-Length: 10\r\n"
    ));
    assert_eq!(statuses(&door, &bad).last(), Some(&401));
}

#[test]
fn a20_a21_pipelining_ends_with_the_first_bad_token() {
    let door = Door::open();
    let keep = post(
        &format!("X-Gitlab-Token: {TOKEN}\r\nIdempotency-Key: a\r\n"),
        BODY,
    );
    let last = good("Idempotency-Key: b\r\n", BODY);
    assert_eq!(
        statuses(&door, &[keep.clone(), last.clone()].concat()),
        [200, 200]
    );
    assert_eq!(door.inbox.len(), 2);
    // actix hands over what arrived together with the refused request; it is refused as well.
    let third = good("Idempotency-Key: c\r\n", BODY);
    for body in [BODY, b""] {
        let stranger = post("X-Gitlab-Token: no\r\n", body);
        let answers = door.exchange(&[stranger, third.clone()].concat());
        assert!(
            answers.iter().all(|answer| answer.status == 401),
            "{answers:?}"
        );
        assert!(
            answers.iter().all(|answer| answer.has("connection: close")),
            "{answers:?}"
        );
    }
    assert_eq!(door.inbox.len(), 2);
}
