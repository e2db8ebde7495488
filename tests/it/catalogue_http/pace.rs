//! Section A, second half: slow, large and vanishing senders.

use std::net::Shutdown;
use std::time::{Duration, Instant};

use landfall::receive::ReceiverSettings;

use super::door::{Door, TOKEN, good, head, post, token_secrets};

pub(super) const BODY: &[u8] = br#"{"object_kind":"pipeline"}"#;

pub(super) fn statuses(door: &Door, request: &[u8]) -> Vec<u16> {
    door.exchange(request).iter().map(|answer| answer.status).collect()
}

/// A head with the right token, then these lines, then these bytes.
pub(super) fn raw(lines: &str, rest: &[u8]) -> Vec<u8> {
    let mut request = head(&format!("X-Gitlab-Token: {TOKEN}\r\nConnection: close\r\n{lines}"));
    request.extend_from_slice(rest);
    request
}

/// Short, so that the cases are; only the deadline a case is about, so that a busy machine doesn't
/// run into another one.
const SHORT: Duration = Duration::from_millis(300);

fn door_with(change: impl FnOnce(&mut ReceiverSettings)) -> Door {
    let mut settings = ReceiverSettings::default();
    change(&mut settings);
    Door::with(token_secrets(TOKEN), settings)
}

#[test]
fn a22_a_slow_head_is_not_waited_for() {
    let door = door_with(|settings| settings.head_deadline = SHORT);
    for beginning in
        ["", "POST /webhooks/gitlab HT", "POST /webhooks/gitlab HTTP/1.1\r\nHost: b\r\n"]
    {
        let answers = statuses(&door, beginning.as_bytes());
        assert_eq!(answers, [408], "{beginning:?}");
    }
}

#[test]
fn a23_a24_a_slow_body_is_not_waited_for() {
    let door = door_with(|settings| settings.body_deadline = SHORT);
    let started = Instant::now();
    let answer = door.only(&raw("Content-Length: 7\r\n", b""));
    assert_eq!(answer.status, 408);
    assert!(answer.has("connection: close"));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());

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
        assert_eq!(answers.iter().map(|a| a.status).collect::<Vec<_>>(), [408], "{framing}");
    }
    assert_eq!(door.inbox.len(), 0);
}

/// The tests shorten them; these are the real ones.
#[test]
fn a22_a24_nobody_is_waited_for_longer_than_gitlab_would_wait() {
    let usual = ReceiverSettings::default();
    assert_eq!(usual.head_deadline, Duration::from_secs(5));
    assert_eq!(usual.body_deadline, Duration::from_secs(10));
    assert_eq!(usual.idle_deadline, Duration::from_secs(5));
}

#[test]
fn a_refused_sender_can_not_hold_the_connection_by_never_ending_its_body() {
    let door = Door::open();
    for framing in ["Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n"] {
        let started = Instant::now();
        let request = [head(&format!("X-Gitlab-Token: no\r\n{framing}")), b"5\r\nabc".to_vec()];
        assert_eq!(statuses(&door, &request.concat()), [401], "{framing}");
        assert!(started.elapsed() < Duration::from_secs(5), "{framing}: {:?}", started.elapsed());
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
        let request = good(&format!("Content-Encoding: {encoding}\r\n"), b"\x1f\x8b\x08rest");
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
        format!(r#"{{"object_kind":"pipeline","pad":"{}"}}"#, "x".repeat(size - frame))
    };
    assert_eq!(statuses(&door, &good("", sized(limit).as_bytes())), [200]);
    assert_eq!(door.inbox.last().body.len(), limit);
    assert_eq!(door.inbox.last_reason(), "unused_kind");
    assert_eq!(statuses(&door, &raw(&format!("Content-Length: {}\r\n", limit + 1), b"")), [413]);
    assert_eq!(statuses(&door, &raw("Content-Length: 2147483648\r\n", b"")), [413]);
    let body = sized(limit + 1);
    let mut chunked = format!("{:x}\r\n", body.len()).into_bytes();
    chunked.extend_from_slice(body.as_bytes());
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    assert_eq!(statuses(&door, &raw("Transfer-Encoding: chunked\r\n", &chunked)), [413]);
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
    let door = door_with(|settings| settings.idle_deadline = SHORT);
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
