//! The hidden last line by which a comment of ours is found again.

use sha2::{Digest, Sha256};

use crate::model::{EffectKey, IssueRef};

const OPEN: &str = "<!-- landfall:v1:";
const CLOSE: &str = " -->";
const KEY_DIGITS: usize = 64;

/// The name of one visible effect: the same cause gives the same key on every machine, for ever.
///
/// `kind` and `cause` are ours (`stage`, `label_event/91`); each part is preceded by its length,
/// so no two different lists of parts are written alike.
pub fn effect_key(issue: IssueRef, kind: &str, cause: &str) -> EffectKey {
    let project = issue.project.0.to_string();
    let iid = issue.iid.0.to_string();
    let mut hasher = Sha256::new();
    for part in ["landfall:v1", &project, &iid, kind, cause] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    EffectKey(hex(&hasher.finalize()))
}

/// The body with its marker as the last line.
pub fn with_marker(body: &str, key: &EffectKey) -> String {
    format!("{}\n\n{OPEN}{key}{CLOSE}", body.trim_end())
}

/// The key in a body's last line. Only comments written by the bot itself may be asked: anybody
/// can write a line like this.
pub fn key_of(body: &str) -> Option<EffectKey> {
    split(body).map(|(_, key)| EffectKey(key.to_owned()))
}

/// The body as it was before [`with_marker`], blanks at the end aside.
pub fn without_marker(body: &str) -> &str {
    split(body).map_or(body, |(text, _)| text.trim_end())
}

/// SHA-256 (hex) of a body, to know later whether it would be written differently.
pub fn body_digest(body: &str) -> String {
    hex(&Sha256::digest(body.as_bytes()))
}

fn split(body: &str) -> Option<(&str, &str)> {
    let body = body.trim_end();
    let (text, line) = body.rsplit_once('\n').unwrap_or(("", body));
    let key = line.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (key.len() == KEY_DIGITS && key.bytes().all(is_digit)).then_some((text, key))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{IssueIid, ProjectId};

    fn issue(project: u64, iid: u64) -> IssueRef {
        IssueRef { project: ProjectId(project), iid: IssueIid(iid) }
    }

    #[test]
    fn a_key_never_changes_between_versions() {
        let key = effect_key(issue(42, 7), "stage", "label_event/91");
        assert_eq!(key.0, "20c184d3a69fca24fdce2f76ef61b065e0d7e74214100ff501c4632cc1f97d14");
    }

    #[test]
    fn different_effects_have_different_keys() {
        let keys = [
            effect_key(issue(4, 27), "stage", "1"),
            effect_key(issue(42, 7), "stage", "1"),
            effect_key(issue(42, 7), "stage1", ""),
            effect_key(issue(42, 7), "", "stage1"),
            effect_key(issue(42, 7), "stage", "2"),
            effect_key(issue(42, 7), "reply", "1"),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert!(keys.iter().all(|key| key.0.len() == KEY_DIGITS));
    }

    #[test]
    fn a_marker_is_read_back_and_taken_off() {
        let key = effect_key(issue(1, 2), "reply", "note/3");
        let body = with_marker("hello\n\n  ", &key);
        assert_eq!(body, format!("hello\n\n<!-- landfall:v1:{key} -->"));
        assert_eq!(without_marker(&body), "hello");
        for tail in ["", "\n", "\r\n", " \t\r\n\n"] {
            assert_eq!(key_of(&format!("{body}{tail}")), Some(key.clone()), "{tail:?}");
        }
        assert_eq!(key_of(&body.replace('\n', "\r\n")), Some(key));
    }

    #[test]
    fn only_an_exact_last_line_is_a_marker() {
        let key = "a".repeat(KEY_DIGITS);
        for body in [
            String::new(),
            "hello".to_owned(),
            format!("<!-- landfall:v1:{key} -->\nhello"),
            format!("x <!-- landfall:v1:{key} -->"),
            format!(" <!-- landfall:v1:{key} -->"),
            format!("> <!-- landfall:v1:{key} -->"),
            format!("`<!-- landfall:v1:{key} -->`"),
            format!("<!-- landfall:v1:{key}0 -->"),
            format!("<!-- landfall:v1:{} -->", key.to_uppercase()),
            format!("<!-- landfall:v2:{key} -->"),
            format!("<!-- landfall:v1:{key}-->"),
            format!("<!-- landfall:v1:{} -->", "é".repeat(32)),
        ] {
            assert_eq!(key_of(&body), None, "{body:?}");
            assert_eq!(without_marker(&body), body);
        }
    }

    #[test]
    fn a_digest_is_plain_sha_256() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(body_digest(""), empty);
    }
}
