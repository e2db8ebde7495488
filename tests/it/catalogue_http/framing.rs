//! Section A: HTTP framing, over raw sockets.

use std::net::Shutdown;
use std::time::{Duration, Instant};

use landfall::receive::ReceiverSettings;

use super::door::{Door, TOKEN, good, head, post, token_secrets};

const BODY: &[u8] = br#"{"object_kind":"pipeline"}"#;

fn statuses(door: &Door, request: &[u8]) -> Vec<u16> {
    door.exchange(request)
        .iter()
        .map(|answer| answer.status)
        .collect()
}

/// A head with the right token, then these lines, then these bytes.
fn raw(lines: &str, rest: &[u8]) -> Vec<u8> {
    let mut request = head(&format!(
        "X-Gitlab-Token: {TOKEN}\r\nConnection: close\r\n{lines}"
    ));
    request.extend_from_slice(rest);
    request
}

fn impatient() -> ReceiverSettings {
    ReceiverSettings {
        head_deadline: Duration::from_millis(300),
        body_deadline: Duration::from_millis(300),
        idle_deadline: Duration::from_millis(300),
        ..ReceiverSettings::default()
    }
}

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

#[test]
fn a22_a_slow_head_is_not_waited_for() {
    let door = Door::with(token_secrets(TOKEN), impatient());
    for beginning in [
        "",
        "POST /webhooks/gitlab HT",
        "POST /webhooks/gitlab HTTP/1.1\r\nHost: b\r\n",
    ] {
        let answers = statuses(&door, beginning.as_bytes());
        assert_eq!(answers, [408], "{beginning:?}");
    }
}

#[test]
fn a23_a24_a_slow_body_is_not_waited_for() {
    let door = Door::with(token_secrets(TOKEN), impatient());
    let started = Instant::now();
    let answer = door.only(&raw("Content-Length: 7\r\n", b""));
    assert_eq!(answer.status, 408);
    assert!(answer.has("connection: close"));
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );

    for framing in ["Content-Length: 1024\r\n", "Transfer-Encoding: chunked\r\n"] {
        let mut visitor = door.knock();
        visitor.say(&raw(framing, b""));
        let mut drip = visitor.stream.try_clone().unwrap();
        std::thread::spawn(move || {
            use std::io::Write as _;
            // The input of this case is its slowness; it ends when the server hangs up.
            while drip.write_all(b"1\r\na\r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let answers = visitor.listen_to_the_end();
        assert_eq!(
            answers.iter().map(|a| a.status).collect::<Vec<_>>(),
            [408],
            "{framing}"
        );
    }
    assert_eq!(door.inbox.len(), 0);
}

#[test]
fn a_refused_sender_can_not_hold_the_connection_by_never_ending_its_body() {
    let door = Door::open();
    for framing in ["Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n"] {
        let started = Instant::now();
        let request = [
            head(&format!("X-Gitlab-Token: no\r\n{framing}")),
            b"5\r\nabc".to_vec(),
        ];
        assert_eq!(statuses(&door, &request.concat()), [401], "{framing}");
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{framing}: {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn a25_a26_bodies_are_as_long_as_they_say() {
    let door = Door::open();
    let mut visitor = door.knock();
    visitor.say(&raw("Content-Length: 100\r\n", BODY));
    visitor.stream.shutdown(Shutdown::Write).unwrap();
    let answers = visitor.listen_to_the_end();
    assert_eq!(answers.iter().map(|a| a.status).collect::<Vec<_>>(), [400]);
    assert_eq!(door.inbox.len(), 0);

    let keep = post(&format!("X-Gitlab-Token: {TOKEN}\r\n"), BODY);
    let longer = [keep, b"surplus\r\n\r\n".to_vec()].concat();
    assert_eq!(statuses(&door, &longer), [200, 400]);
    assert_eq!(&door.inbox.last().body[..], BODY);
}

#[test]
fn a27_encodings_are_refused() {
    let door = Door::open();
    for encoding in ["gzip", "identity", "br", ""] {
        let request = good(
            &format!("Content-Encoding: {encoding}\r\n"),
            b"\x1f\x8b\x08rest",
        );
        assert_eq!(statuses(&door, &request), [415], "{encoding}");
    }
    assert_eq!(door.inbox.len(), 0);
}

#[test]
fn a28_a29_25_mib_are_taken_and_not_a_byte_more() {
    let door = Door::open();
    let limit = ReceiverSettings::default().max_body;
    assert_eq!(limit, 26_214_400);
    let sized = |size: usize| {
        let frame = br#"{"object_kind":"pipeline","pad":""}"#.len();
        format!(
            r#"{{"object_kind":"pipeline","pad":"{}"}}"#,
            "x".repeat(size - frame)
        )
    };
    assert_eq!(statuses(&door, &good("", sized(limit).as_bytes())), [200]);
    assert_eq!(door.inbox.last().body.len(), limit);
    assert_eq!(door.inbox.last_reason(), "unused_kind");
    assert_eq!(
        statuses(
            &door,
            &raw(&format!("Content-Length: {}\r\n", limit + 1), b"")
        ),
        [413]
    );
    assert_eq!(
        statuses(&door, &raw("Content-Length: 2147483648\r\n", b"")),
        [413]
    );
    let body = sized(limit + 1);
    let mut chunked = format!("{:x}\r\n", body.len()).into_bytes();
    chunked.extend_from_slice(body.as_bytes());
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    assert_eq!(
        statuses(&door, &raw("Transfer-Encoding: chunked\r\n", &chunked)),
        [413]
    );
    assert_eq!(door.inbox.len(), 1);
}

#[test]
fn a30_two_large_bodies_at_a_time_and_small_ones_pass_by() {
    let door = Door::open();
    let large = raw("Content-Length: 26214400\r\nExpect: 100-continue\r\n", b"");
    let mut visitors: Vec<_> = (0..20).map(|_| door.knock()).collect();
    for (number, visitor) in visitors.iter_mut().enumerate() {
        visitor.say(&large);
        // The server says it together with its first look at the request.
        assert_eq!(visitor.listen().unwrap().status, 100);
        if number >= 2 {
            let answer = visitor.listen().unwrap();
            assert_eq!(answer.status, 503, "{number}");
            assert!(answer.has("retry-after: 5"), "{answer:?}");
        }
    }
    assert_eq!(statuses(&door, &good("", BODY)), [200]);
    // What the two held is free again when they are gone.
    for visitor in &mut visitors {
        let _ = visitor.stream.shutdown(Shutdown::Write);
        visitor.listen_to_the_end();
    }
    visitors.truncate(0);
    let mut next = door.knock();
    next.say(&large);
    assert_eq!(next.listen().unwrap().status, 100);
    next.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(next.listen().unwrap().status, 400);
}

#[test]
fn a31_a_sender_that_vanishes_and_comes_again_is_stored_once() {
    let door = Door::open();
    let request = good("Idempotency-Key: vanishing\r\n", BODY);
    for _ in 0..20 {
        let mut visitor = door.knock();
        visitor.say(&request);
        drop(visitor);
    }
    assert_eq!(statuses(&door, &request), [200]);
    assert_eq!(door.inbox.len(), 1);
}

#[test]
fn a32_idle_connections_are_closed_and_disturb_nobody() {
    let door = Door::with(token_secrets(TOKEN), impatient());
    let keep = post(&format!("X-Gitlab-Token: {TOKEN}\r\n"), BODY);
    let mut idle: Vec<_> = (0..200)
        .map(|_| {
            let mut visitor = door.knock();
            visitor.say(&keep);
            assert_eq!(visitor.listen().unwrap().status, 200);
            visitor
        })
        .collect();
    assert_eq!(statuses(&door, &good("", BODY)), [200]);
    for visitor in &mut idle {
        assert_eq!(visitor.listen(), None);
    }
}
