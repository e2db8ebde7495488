//! The catalogue's section B (credentials), case by case, without a server.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;

use super::{Header, Presented, Rejected, Verified, verify};
use crate::receive::{SecretError, Secrets, SigningKey, TokenDigest};

const NOW: i64 = 1_700_000_000;
const KEY: &[u8] = b"a signing key with 32 bytes ....";
const TOKEN: &str = "plain secret";
const BODY: &[u8] = br#"{"object_kind":"issue"}"#;
const ID: &str = "f5e5f430-f57b-4e6e-9fac-d9128cd7232f";

fn whsec(key: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(key))
}

fn key(bytes: &[u8]) -> SigningKey {
    SigningKey::parse(&whsec(bytes)).unwrap()
}

fn signing() -> Secrets {
    Secrets::new(vec![key(&[9; 32]), key(KEY)], vec![], false).unwrap()
}

fn token() -> Secrets {
    let tokens = vec![TokenDigest::of("older").unwrap(), TokenDigest::of(TOKEN).unwrap()];
    Secrets::new(vec![], tokens, false).unwrap()
}

fn both(accept_token_fallback: bool) -> Secrets {
    Secrets::new(vec![key(KEY)], vec![TokenDigest::of(TOKEN).unwrap()], accept_token_fallback)
        .unwrap()
}

fn mac(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(KEY).unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

fn sign(id: &str, timestamp: &str, body: &[u8]) -> String {
    format!("v1,{}", STANDARD.encode(mac(id, timestamp, body)))
}

fn signed<'a>(id: &'a str, timestamp: &'a str, signature: &'a str) -> Presented<'a> {
    Presented {
        token: Header::Absent,
        id: Header::Once(id.as_bytes()),
        timestamp: Header::Once(timestamp.as_bytes()),
        signature: Header::Once(signature.as_bytes()),
    }
}

fn with_token(token: &[u8]) -> Presented<'_> {
    Presented { token: Header::Once(token), ..Presented::default() }
}

fn check(presented: Presented<'_>, secrets: &Secrets) -> Result<Verified, Rejected> {
    verify(presented, BODY, secrets, Timestamp::from_second(NOW).unwrap())
}

fn check_signature(signature: &str) -> Result<Verified, Rejected> {
    check(signed(ID, &NOW.to_string(), signature), &signing())
}

fn right() -> String {
    sign(ID, &NOW.to_string(), BODY)
}

const BAD: Result<Verified, Rejected> = Err(Rejected::BadCredential);

#[test]
fn b01_secrets_can_not_be_empty() {
    assert_eq!(Secrets::new(vec![], vec![], true).unwrap_err(), SecretError::None);
    assert_eq!(check(Presented::default(), &token()), Err(Rejected::NoCredential));
    assert_eq!(check(Presented::default(), &signing()), Err(Rejected::NoCredential));
}

#[test]
fn b02_to_b05_a_plain_token_is_right_to_the_byte_and_sent_once() {
    assert_eq!(check(with_token(TOKEN.as_bytes()), &token()), Ok(Verified::Token));
    assert_eq!(check(with_token(b"older"), &token()), Ok(Verified::Token));
    let long = vec![b'x'; 1 << 20];
    let wrong: [&[u8]; 9] = [
        b"plain secret ",
        b" plain secret",
        b"plain secret\n",
        b"Plain secret",
        b"plain secre",
        b"plain secrets",
        b"",
        b"\xff",
        &long,
    ];
    for wrong in wrong {
        assert_eq!(check(with_token(wrong), &token()), BAD);
    }
    let twice = Presented { token: Header::Repeated, ..Presented::default() };
    assert_eq!(check(twice, &token()), BAD);
    assert_eq!(check(twice, &signing()), BAD);
}

#[test]
fn b08_the_known_answer_of_the_specification() {
    let token = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let secrets = Secrets::new(vec![SigningKey::parse(token).unwrap()], vec![], false).unwrap();
    let presented = signed(
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        "1649367553",
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    );
    let body = br#"{"email":"test@example.com","username":"test_user"}"#;
    let now = Timestamp::from_second(1_649_367_553).unwrap();
    assert_eq!(verify(presented, body, &secrets, now), Ok(Verified::Signature));
}

#[test]
fn b09_any_of_up_to_fifty_signatures_may_be_right() {
    let wrong = format!("v1,{}", STANDARD.encode([0; 32]));
    let list = |wrongs: usize| format!("{}{}", format!("{wrong} ").repeat(wrongs), right());
    for wrongs in [0, 3, 49] {
        assert_eq!(check_signature(&list(wrongs)), Ok(Verified::Signature), "{wrongs}");
    }
    assert_eq!(check_signature(&list(50)), BAD);
    assert_eq!(check_signature(&format!("{} {wrong}", right())), Ok(Verified::Signature));
    assert_eq!(check_signature(&format!("v1a,AAAA v2,x {}", right())), Ok(Verified::Signature));
}

#[test]
fn b10_b11_signatures_in_any_other_spelling_are_wrong() {
    let mac = mac(ID, &NOW.to_string(), BODY);
    let hex: String = mac.iter().map(|b| format!("{b:02x}")).collect();
    let base64 = STANDARD.encode(&mac);
    for wrong in [
        String::new(),
        "v1".to_owned(),
        "v1,".to_owned(),
        format!("v1,{}", &base64[..8]),
        format!("v1,{}", STANDARD_NO_PAD.encode(&mac)),
        format!("v1,-{}", &URL_SAFE.encode(&mac)[1..]),
        format!("v1,{hex}"),
        format!("v1,{base64}="),
        format!("v1,{base64} "),
        format!("v1, {base64}"),
        format!("V1,{base64}"),
        format!("v1a,{base64}"),
        format!("v2,{base64}"),
        base64,
    ] {
        assert_eq!(check_signature(&wrong), BAD, "{wrong:?}");
    }
}

#[test]
fn b12_b13_every_signed_byte_counts() {
    let now = NOW.to_string();
    assert_eq!(check_signature(&right()), Ok(Verified::Signature));
    let respaced = sign(ID, &now, br#"{"object_kind": "issue"}"#);
    assert_eq!(check_signature(&respaced), BAD);
    assert_eq!(check(signed("another-id", &now, &right()), &signing()), BAD);
    let later = (NOW + 1).to_string();
    assert_eq!(check(signed(ID, &later, &right()), &signing()), BAD);
    // The key is what the token encodes, not its text.
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(whsec(KEY).as_bytes()).unwrap();
    mac.update(format!("{ID}.{now}.").as_bytes());
    mac.update(BODY);
    let literal = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(check_signature(&literal), BAD);
}

#[test]
fn b14_the_id_is_visible_ascii_without_a_dot_and_sent_once() {
    let now = NOW.to_string();
    let long = "x".repeat(256);
    for id in ["", "a.b", "a b", "schlüssel", "a\tb", long.as_str()] {
        assert_eq!(check(signed(id, &now, &sign(id, &now, BODY)), &signing()), BAD, "{id:?}");
    }
    let longest = "x".repeat(255);
    let fits = sign(&longest, &now, BODY);
    assert_eq!(check(signed(&longest, &now, &fits), &signing()), Ok(Verified::Signature));
    let right = right();
    for odd in [Header::Absent, Header::Repeated] {
        assert_eq!(check(Presented { id: odd, ..signed(ID, &now, &right) }, &signing()), BAD);
        let presented = Presented { timestamp: odd, ..signed(ID, &now, &right) };
        assert_eq!(check(presented, &signing()), BAD);
    }
    let repeated = Presented { signature: Header::Repeated, ..signed(ID, &now, &right) };
    assert_eq!(check(repeated, &signing()), BAD);
}

#[test]
fn b15_b16_a_signature_holds_for_300_seconds_both_ways() {
    for (offset, expected) in [
        (-300, Ok(Verified::Signature)),
        (300, Ok(Verified::Signature)),
        (-301, Err(Rejected::StaleTimestamp)),
        (301, Err(Rejected::StaleTimestamp)),
    ] {
        let at = (NOW + offset).to_string();
        let presented = check(signed(ID, &at, &sign(ID, &at, BODY)), &signing());
        assert_eq!(presented, expected, "{offset}");
    }
}

#[test]
fn b17_b18_a_timestamp_is_up_to_twelve_digits() {
    let long = "1".repeat(5 * 1024);
    for odd in [
        "+1700000000",
        " 1700000000",
        "1700000000.0",
        "1.7e9",
        "0x6553f100",
        "١٧٠٠٠٠٠٠٠٠",
        "",
        &long,
        "-9223372036854775808",
        "9223372036854775807",
        "-1",
        "0001700000000",
    ] {
        assert_eq!(check(signed(ID, odd, &sign(ID, odd, BODY)), &signing()), BAD, "{odd:?}");
    }
    for stale in ["0", "999999999999"] {
        let checked = check(signed(ID, stale, &sign(ID, stale, BODY)), &signing());
        assert_eq!(checked, Err(Rejected::StaleTimestamp), "{stale}");
    }
}

#[test]
fn b19_b20_where_signing_is_configured_a_token_alone_does_not_open() {
    let right_token = with_token(TOKEN.as_bytes());
    assert_eq!(check(right_token, &both(false)), Err(Rejected::Unsigned));
    assert_eq!(check(right_token, &both(true)), Ok(Verified::Token));
    assert_eq!(check(with_token(b"wrong"), &both(true)), BAD);
    assert_eq!(check(Presented::default(), &both(true)), Err(Rejected::NoCredential));

    let (now, right) = (NOW.to_string(), right());
    let signature = signed(ID, &now, &right);
    assert_eq!(check(signature, &both(false)), Ok(Verified::Signature));
    let with = |token| Presented { token, ..signature };
    let good = Header::Once(TOKEN.as_bytes());
    assert_eq!(check(with(good), &both(false)), Ok(Verified::Signature));
    assert_eq!(check(with(Header::Once(b"wrong")), &both(false)), BAD);
    // A token nobody configured can't be judged; the signature suffices.
    assert_eq!(check(with(Header::Once(b"any")), &signing()), Ok(Verified::Signature));
    // A wrong signature isn't healed by a right token, fallback or not.
    let forged = format!("v1,{}", STANDARD.encode([0; 32]));
    let forged = Presented { token: good, ..signed(ID, &now, &forged) };
    assert_eq!(check(forged, &both(true)), BAD);
}

#[test]
fn b21_any_bytes_can_be_signed() {
    let now = NOW.to_string();
    let signature = sign(ID, &now, b"\xff\xfe");
    let at = Timestamp::from_second(NOW).unwrap();
    let checked = verify(signed(ID, &now, &signature), b"\xff\xfe", &signing(), at);
    assert_eq!(checked, Ok(Verified::Signature));
}

#[test]
fn b22_secrets_that_can_not_be_meant_are_refused_without_being_shown() {
    for (token, error) in [
        (whsec(&[1; 23]), SecretError::Length(23)),
        (whsec(&[1; 65]), SecretError::Length(65)),
        ("whsec_!!!".to_owned(), SecretError::Base64),
        ("whsec_".to_owned(), SecretError::Length(0)),
        ("hunter2hunter2".to_owned(), SecretError::Prefix),
    ] {
        let refused = SigningKey::parse(&token).unwrap_err();
        assert_eq!(refused, error);
        let secret = token.strip_prefix("whsec_").unwrap_or(&token);
        assert!(secret.is_empty() || !refused.to_string().contains(secret));
    }
    assert_eq!(TokenDigest::of("").unwrap_err(), SecretError::EmptyToken);
    let shown = format!("{:?}", both(false));
    assert!(shown.contains("REDACTED") && !shown.contains(TOKEN), "{shown}");
    assert!(!shown.contains("97, 32, 115"), "the key's bytes are hidden too: {shown}");
}

#[test]
fn b07_a_previous_secret_is_right_until_its_moment_and_wrong_from_then_on() {
    let moment = Timestamp::from_second(2_000).unwrap();
    let at = |second| Timestamp::from_second(second).unwrap();
    let digest = |token| TokenDigest::of(token).unwrap();
    let secrets = Secrets::new(vec![], vec![digest("new-token"), digest("old-token")], false)
        .unwrap()
        .with_previous_until(Some(moment));
    for (token, second, expected) in [
        ("new-token", 1_999, true),
        ("old-token", 1_999, true),
        ("new-token", 2_000, true),
        ("old-token", 2_000, false),
        ("no-token", 1_999, false),
    ] {
        assert_eq!(secrets.knows_token(token.as_bytes(), at(second)), expected, "{token} {second}");
    }
    let keys = vec![key(&[9; 32]), key(KEY)];
    let signed = Secrets::new(keys, vec![], false).unwrap().with_previous_until(Some(moment));
    assert_eq!(signed.signing_at(at(1_999)).len(), 2);
    assert_eq!(signed.signing_at(at(2_000)).len(), 1);
}
