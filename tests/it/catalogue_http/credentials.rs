//! Section B: credentials and signatures, as they arrive over HTTP.
//!
//! Each rule has its unit test beside `verify`; here is what the way through the server adds.

use landfall::receive::ReceiverSettings;

use super::door::{
    Door, KEY, NOW, TOKEN, good, head, post, signature, signing_secrets, token_secrets,
};

const BODY: &[u8] = br#"{"object_kind":"pipeline"}"#;
const ID: &str = "f5e5f430-f57b-4e6e-9fac-d9128cd7232f";

fn signed(signature: &str) -> String {
    let close = "Connection: close\r\n";
    format!(
        "webhook-id: {ID}\r\nwebhook-timestamp: {NOW}\r\nwebhook-signature: {signature}\r\n{close}"
    )
}

#[track_caller]
fn status(door: &Door, lines: &str, body: &[u8], expected: u16) {
    let before = door.inbox.len();
    let answer = door.only(&post(lines, body));
    assert_eq!(answer.status, expected, "{lines:?}");
    if expected == 401 {
        assert!(answer.has("connection: close"), "{answer:?}");
        assert_eq!(door.inbox.len(), before, "{lines:?}");
    }
}

#[test]
fn b01_to_b06_only_the_token_itself_opens() {
    let door = Door::open();
    status(&door, "", BODY, 401);
    status(
        &door,
        &format!("X-Gitlab-Token: {TOKEN}\r\nConnection: close\r\n"),
        BODY,
        200,
    );
    for wrong in ["Open sesame", "open sesam", "open sesame.", "", "x"] {
        status(&door, &format!("X-Gitlab-Token: {wrong}\r\n"), BODY, 401);
    }
    // A14: bytes that are no text reach the comparison unharmed.
    let mut bytes = post("X-Gitlab-Token: @\r\n", BODY);
    let at = bytes.iter().position(|b| *b == b'@').unwrap();
    bytes[at] = 0xff;
    assert_eq!(door.only(&bytes).status, 401);
    for (first, second) in [(TOKEN, "x"), ("x", TOKEN), (TOKEN, TOKEN)] {
        let twice = format!("X-Gitlab-Token: {first}\r\nX-Gitlab-Token: {second}\r\n");
        status(&door, &twice, BODY, 401);
    }
    let query =
        String::from_utf8(post("", format!(r#"{{"token":"{TOKEN}"}}"#).as_bytes())).unwrap();
    let query = query.replace("/webhooks/gitlab", "/webhooks/gitlab?token=open%20sesame");
    assert_eq!(door.only(query.as_bytes()).status, 401);
}

#[test]
fn b03_blanks_around_a_header_value_are_not_part_of_it() {
    // RFC 9110 5.5: the server strips them before we see the value. Inside the comparison itself
    // nothing is trimmed, see the unit tests of `verify`.
    let door = Door::open();
    status(
        &door,
        &format!("X-Gitlab-Token:  {TOKEN} \t\r\nConnection: close\r\n"),
        BODY,
        200,
    );
}

#[test]
fn without_a_right_token_the_body_is_not_even_waited_for() {
    let door = Door::open();
    let request = head("X-Gitlab-Token: no\r\nContent-Length: 1000000\r\n");
    assert_eq!(door.only(&request).status, 401);
}

#[test]
fn b08_to_b14_a_signature_covers_id_time_and_body() {
    let door = Door::with(signing_secrets(false, false), ReceiverSettings::default());
    let right = signature(ID, NOW, BODY);
    status(&door, &signed(&right), BODY, 200);
    status(&door, &signed(&format!("v1,AAAA v1a,x {right}")), BODY, 200);
    status(
        &door,
        &signed(&format!("{}{right}", "v1,AAAA ".repeat(50))),
        BODY,
        401,
    );
    status(
        &door,
        &signed(&right),
        br#"{"object_kind": "pipeline"}"#,
        401,
    );
    status(&door, &signed("v1,"), BODY, 401);
    status(&door, &signed(""), BODY, 401);
    status(&door, "", BODY, 401);
    status(
        &door,
        &format!("{}webhook-id: {ID}\r\n", signed(&right)),
        BODY,
        401,
    );
    status(
        &door,
        &format!("{}webhook-signature: {right}\r\n", signed(&right)),
        BODY,
        401,
    );
    status(
        &door,
        &format!("{}webhook-timestamp: {NOW}\r\n", signed(&right)),
        BODY,
        401,
    );
    status(
        &door,
        &signed(&right).replace("webhook-id", "x-id"),
        BODY,
        401,
    );
    status(&door, &signed(&right).replace("f5e5", "f5e6"), BODY, 401);
}

#[test]
fn b15_to_b18_the_time_is_bounded_both_ways() {
    let door = Door::with(signing_secrets(false, false), ReceiverSettings::default());
    for (offset, expected) in [(-301, 401), (-300, 200), (300, 200), (301, 401)] {
        let at = NOW + offset;
        let lines = signed(&signature(ID, at, BODY)).replace(&NOW.to_string(), &at.to_string());
        status(&door, &lines, BODY, expected);
    }
    for odd in [
        "-9223372036854775808",
        "9223372036854775807",
        "-1",
        "0",
        "+1700000000",
        "1.7e9",
    ] {
        let lines = signed(&signature(ID, NOW, BODY)).replace(&NOW.to_string(), odd);
        status(&door, &lines, BODY, 401);
    }
}

#[test]
fn b19_b20_signature_and_token_together() {
    let right = signature(ID, NOW, BODY);
    let token = format!("X-Gitlab-Token: {TOKEN}\r\nConnection: close\r\n");
    let strict = Door::with(signing_secrets(true, false), ReceiverSettings::default());
    status(&strict, &token, BODY, 401);
    status(&strict, &signed(&right), BODY, 200);
    status(
        &strict,
        &format!("{}X-Gitlab-Token: {TOKEN}\r\n", signed(&right)),
        BODY,
        200,
    );
    status(
        &strict,
        &format!("{}X-Gitlab-Token: no\r\n", signed(&right)),
        BODY,
        401,
    );
    let lenient = Door::with(signing_secrets(true, true), ReceiverSettings::default());
    status(&lenient, &token, BODY, 200);
    status(&lenient, "X-Gitlab-Token: no\r\n", BODY, 401);
}

#[test]
fn b21_a_signed_body_of_any_bytes_is_kept_whole() {
    let door = Door::with(signing_secrets(false, false), ReceiverSettings::default());
    let body = b"\xff\xfe{}";
    status(&door, &signed(&signature(ID, NOW, body)), body, 200);
    assert_eq!(door.inbox.last_reason(), "bad_json");
    assert_eq!(&door.inbox.last().body[..], body);
}

#[test]
fn b23_secrets_change_while_running() {
    let door = Door::open();
    status(
        &door,
        &format!("X-Gitlab-Token: {TOKEN}\r\nConnection: close\r\n"),
        BODY,
        200,
    );
    door.secrets.replace(token_secrets("new secret"));
    status(&door, &format!("X-Gitlab-Token: {TOKEN}\r\n"), BODY, 401);
    status(
        &door,
        "X-Gitlab-Token: new secret\r\nConnection: close\r\n",
        BODY,
        200,
    );
}

#[test]
fn b24_guessing_locks_nobody_out() {
    let door = Door::open();
    for guess in 0..500 {
        assert_eq!(
            door.only(&post(&format!("X-Gitlab-Token: {guess}\r\n"), BODY))
                .status,
            401
        );
    }
    assert_eq!(door.only(&good("", BODY)).status, 200);
    assert_eq!(door.inbox.len(), 1);
}

#[test]
fn a_large_signed_body_is_verified_off_the_server_threads_all_the_same() {
    let door = Door::with(signing_secrets(false, false), ReceiverSettings::default());
    let body = format!(
        r#"{{"object_kind":"pipeline","pad":"{}"}}"#,
        "x".repeat(1 << 20)
    );
    status(
        &door,
        &signed(&signature(ID, NOW, body.as_bytes())),
        body.as_bytes(),
        200,
    );
    let forged = body.replace("pipeline", "pipelinf");
    status(
        &door,
        &signed(&signature(ID, NOW, body.as_bytes())),
        forged.as_bytes(),
        401,
    );
    assert_eq!(KEY.len(), 32);
}
