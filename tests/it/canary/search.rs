//! Finds a secret in every spelling it may have slipped out in.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// The first spelling of the secret that is in the text, with what stands around it.
pub(super) fn find(text: &str, secret: &[u8]) -> Option<String> {
    let found = spellings(secret).into_iter().find(|spelling| text.contains(spelling))?;
    Some(around(text, &found))
}

/// The place at which a word stands, for people.
pub(super) fn around(text: &str, word: &str) -> String {
    let Some(at) = text.find(word) else {
        return String::new();
    };
    let before: String = text[..at].chars().rev().take(120).collect();
    let after: String = text[at..].chars().take(word.len() + 120).collect();
    format!("…{}{after}…", before.chars().rev().collect::<String>())
}

/// The database's files as text: the main one and what is not folded into it yet.
pub(super) fn database(folder: &Path, name: &str) -> String {
    let bytes = |suffix: &str| fs::read(folder.join(format!("{name}{suffix}")));
    let mut all = bytes("").unwrap();
    all.extend(bytes("-wal").unwrap_or_default());
    String::from_utf8_lossy(&all).into_owned()
}

/// Plain, in hex, percent-encoded, and in base64 wherever in the encoded bytes it begins.
fn spellings(secret: &[u8]) -> Vec<String> {
    let plain = String::from_utf8_lossy(secret).into_owned();
    let mut lower = String::new();
    for byte in secret {
        write!(lower, "{byte:02x}").unwrap();
    }
    let mut percent = String::new();
    for byte in secret {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                percent.push(char::from(*byte));
            }
            _ => write!(percent, "%{byte:02X}").unwrap(),
        }
    }
    let hex_percent = lower_percent(&percent);
    let bytes = format!("{secret:?}");
    let bytes = bytes.trim_matches(['[', ']']).to_owned();
    let mut all = vec![plain, lower.to_uppercase(), lower, hex_percent, percent, bytes];
    for offset in 0..3 {
        let shifted = [&[0; 3][..offset], secret].concat();
        // Characters that hold bits of the secret alone.
        let whole = (offset * 8).div_ceil(6)..shifted.len() * 8 / 6;
        all.push(STANDARD.encode(&shifted)[whole.clone()].to_owned());
        all.push(URL_SAFE.encode(&shifted)[whole].to_owned());
    }
    all
}

/// `%2B` as some write it: `%2b`.
fn lower_percent(percent: &str) -> String {
    let mut parts = percent.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at(2);
        write!(lower, "%{}{rest}", code.to_lowercase()).unwrap();
    }
    lower
}

#[test]
fn a_secret_is_found_in_every_spelling() {
    let secret = b"canary+a/b~c=d";
    let texts = [
        "x canary+a/b~c=d y".to_owned(),
        "63616e6172792b612f627e633d64".to_owned(),
        "63616E6172792B612F627E633D64".to_owned(),
        "q=canary%2Ba%2Fb~c%3Dd".to_owned(),
        "q=canary%2ba%2fb~c%3dd".to_owned(),
        format!("{:?}", b"canary+a/b~c=d"),
        STANDARD.encode("canary+a/b~c=d"),
        STANDARD.encode("xcanary+a/b~c=dyz"),
        STANDARD.encode("xycanary+a/b~c=d"),
        URL_SAFE.encode("user:canary+a/b~c=d!"),
    ];
    for text in texts {
        assert!(find(&text, secret).is_some(), "{text}");
    }
    assert_eq!(find("canary+a/b~c=", secret), None);
}
