//! Addresses in a text: found and taken apart, never resolved and never mended.

use std::ops::Range;

use crate::tracker::safe;

/// Longer text is no address.
pub(crate) const MAX_BYTES: usize = 2_048;

const SCHEMES: [&str; 11] =
    ["https", "http", "ssh", "git", "git+ssh", "git+https", "svn", "svn+ssh", "ftp", "hg", "bzr"];

/// Every address of a text as it stands there, with its place: `https://host/path` and the like, and
/// `git@host:path`.
///
/// It ends before a blank, a quote, a bracket that it did not open, or the punctuation of a sentence.
/// One that is cut short by an invisible character or a backslash could mean another place than it
/// shows, and is none; neither is one longer than [`MAX_BYTES`].
pub(crate) fn find(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let (start, host) = candidate(text, at)?;
            let (end, is_clean) = end_of(text, host);
            at = end.max(host);
            let found = text.get(start..end).unwrap_or_default();
            if is_clean && end > host && found.len() <= MAX_BYTES {
                return Some((start..end, found));
            }
        }
    })
}

/// The first address of a text.
pub(crate) fn first(text: &str) -> Option<&str> {
    find(text).next().map(|(_, found)| found)
}

/// Where the next address starts, and where its host does.
fn candidate(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let sign = at + text.get(at..)?.find([':', '@'])?;
        let before = text.get(from..sign).unwrap_or_default();
        let after = text.get(sign..).unwrap_or_default();
        if after.starts_with("://") {
            let scheme = scheme_before(before);
            if SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
                return Some((sign - scheme.len(), sign + "://".len()));
            }
        } else if after.starts_with('@') && scheme_before(before) == "git" {
            let host = after.get(1..).unwrap_or_default();
            let length = host.bytes().take_while(|byte| is_host_byte(*byte)).count();
            if length > 0 && host.get(length..).is_some_and(|rest| rest.starts_with(':')) {
                return Some((sign - "git".len(), sign + 1));
            }
        }
        at = sign + 1;
    }
}

fn scheme_before(text: &str) -> &str {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'+';
    let length = text.bytes().rev().take(16).take_while(is_part).count();
    text.get(text.len() - length..).unwrap_or_default()
}

/// The end of the address whose host starts here, and whether nothing odd made it end there.
fn end_of(text: &str, from: usize) -> (usize, bool) {
    let mut open = 0_usize;
    let mut end = text.len();
    let mut is_clean = true;
    for (at, letter) in text.get(from..).unwrap_or_default().char_indices() {
        match letter {
            '(' => open += 1,
            ')' if open > 0 => open -= 1,
            _ if ends_an_address(letter) => {
                is_clean = letter != '\\' && (letter.is_whitespace() || !safe::is_unseen(letter));
                end = from + at;
                break;
            }
            _ => {}
        }
    }
    let found = text.get(from..end).unwrap_or_default();
    (
        from + found.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~']).len(),
        is_clean,
    )
}

fn ends_an_address(letter: char) -> bool {
    const ASCII: [char; 12] = ['<', '>', '"', '`', '|', '\\', '^', '{', '}', '[', ']', ')'];
    const OTHERS: [char; 16] = [
        '，', '。', '、', '；', '：', '！', '？', '）', '（', '」', '』', '】', '“', '”', '«', '»',
    ];
    letter.is_whitespace()
        || safe::is_unseen(letter)
        || ASCII.contains(&letter)
        || OTHERS.contains(&letter)
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-'
}

/// An address taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    /// In small letters; `ssh` for `git@host:path`, `https` when none was written.
    pub(crate) scheme: String,
    /// In small letters, as far as they are ASCII; never empty.
    pub(crate) host: String,
    pub(crate) port: Option<&'a str>,
    /// Without the slash between it and the host; with query and fragment.
    pub(crate) path: &'a str,
}

impl<'a> Address<'a> {
    /// Of one whole address, also one without a scheme; nothing for a text that is none.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let is_odd =
            |letter: char| letter == '\\' || letter.is_whitespace() || safe::is_unseen(letter);
        if text.len() > MAX_BYTES || text.contains(is_odd) {
            return None;
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => match text.split_once('@').and_then(|(_, rest)| rest.split_once(':')) {
                Some((host, path)) => {
                    return Self::new("ssh".to_owned(), host, None, path.trim_start_matches('/'));
                }
                None if is_bare(text) => ("https".to_owned(), text),
                None => return None,
            },
        };
        let (place, path) = match rest.find(['/', '?', '#']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
        let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if is_port(port) => {
                (host, Some(port).filter(|port| !port.is_empty()))
            }
            _ => (place, None),
        };
        Self::new(scheme, host, port, path.trim_start_matches('/'))
    }

    fn new(scheme: String, host: &str, port: Option<&'a str>, path: &'a str) -> Option<Self> {
        let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+');
        let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        // Only an address in numbers has colons, and brackets around it.
        let numbers = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_host = match numbers {
            Some(numbers) => {
                numbers.bytes().all(|byte| byte.is_ascii_hexdigit() || b":.".contains(&byte))
            }
            None => host.chars().all(is_letter),
        };
        let is_whole = is_scheme && is_host && !host.is_empty() && host.len() <= 255;
        is_whole.then(|| Self { scheme, host: host.to_ascii_lowercase(), port, path })
    }
}

/// Whether a word without a scheme is the address of a place: `host.example/path`.
pub(crate) fn is_bare(word: &str) -> bool {
    let host = word.split(['/', ':']).next().unwrap_or_default();
    let top = host.rsplit('.').next().unwrap_or_default();
    host.contains('.')
        && host.split('.').all(|part| !part.is_empty())
        && host.bytes().all(is_host_byte)
        && top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        && word.len() <= MAX_BYTES
        && !word.chars().any(ends_an_address)
}

/// The text without names and passwords in its addresses: `https://user:secret@host` becomes
/// `https://host`. A bare user name stays where it is the usual way to log in: `ssh://git@host`.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        clean.push_str(before);
        clean.push_str("://");
        let is_web = scheme_before(before).to_ascii_lowercase().starts_with("http");
        let place_end = after.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(after.len());
        let place = after.get(..place_end).unwrap_or_default();
        rest = after;
        if let Some((user, _)) = place.rsplit_once('@') {
            let name = user.split(':').next().unwrap_or_default();
            if !is_web && !name.contains('@') {
                clean.push_str(name);
                clean.push('@');
            }
            rest = after.get(user.len() + 1..).unwrap_or_default();
        }
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let found: Vec<&str> = find(text).map(|(_, found)| found).collect();
        assert_eq!(found, expect, "{text:?}");
    }

    #[test]
    fn addresses_are_found_as_people_write_them() {
        check("see https://x.org/a.", &["https://x.org/a"]);
        check(
            "[a](https://x.org/a_(b)) (https://y.org)",
            &["https://x.org/a_(b)", "https://y.org"],
        );
        check("<https://x.org>,**https://y.org/z**", &["https://x.org", "https://y.org/z"]);
        check(
            "`git@x.org:a/b.git`; ssh://git@x.org/a",
            &["git@x.org:a/b.git", "ssh://git@x.org/a"],
        );
        check("SVN+SSH://x.org/a HTTP://y.org", &["SVN+SSH://x.org/a", "HTTP://y.org"]);
        check("コードはhttps://x.org/a。", &["https://x.org/a"]);
        check("https://u:p@x.org/a?b=c&d#e", &["https://u:p@x.org/a?b=c&d#e"]);
        check("xhttps://x.org javascript://x file:///etc/passwd data:x me@x.org: a", &[]);
        check("https://gith\u{200b}ub.com/o/r https://x.org\\@y.org/ https:// ://", &[]);
        check(&format!("https://x.org/{}", "a".repeat(MAX_BYTES)), &[]);
    }

    #[test]
    fn an_address_is_taken_apart() {
        for (text, expect) in [
            ("https://X.org:8443/A/b?c#d", Some(("https", "x.org", Some("8443"), "A/b?c#d"))),
            ("git@x.org:A/b.git", Some(("ssh", "x.org", None, "A/b.git"))),
            ("ssh://git@x.org:22/~a/b", Some(("ssh", "x.org", Some("22"), "~a/b"))),
            ("x.org/a", Some(("https", "x.org", None, "a"))),
            ("https://u:p@x.org", Some(("https", "x.org", None, ""))),
            ("https://github.com%2f@evil.org/", Some(("https", "evil.org", None, ""))),
            ("https://x.org?a", Some(("https", "x.org", None, "?a"))),
            ("https://[::1]:80/a", Some(("https", "[::1]", Some("80"), "a"))),
            ("https:///a", None),
            ("https://x.org\\a", None),
            ("https://x.org/a b", None),
            ("", None),
        ] {
            let found = Address::of(text);
            let found = found.as_ref().map(|a| (&*a.scheme, &*a.host, a.port, a.path));
            assert_eq!(found, expect, "{text:?}");
        }
    }

    #[test]
    fn no_secret_stays_in_an_address() {
        for (text, expect) in [
            ("https://u:s@x.org/a@b", "https://x.org/a@b"),
            ("https://token@x.org", "https://x.org"),
            ("https://a@b:s@x.org", "https://x.org"),
            ("ssh://git:s@x.org/a and ssh://git@x.org", "ssh://git@x.org/a and ssh://git@x.org"),
            ("ssh://a@b:s@x.org", "ssh://x.org"),
            ("see https://x.org, me@x.org", "see https://x.org, me@x.org"),
            ("HTTPS://u:s@x.org", "HTTPS://x.org"),
        ] {
            assert_eq!(without_secrets(text), expect, "{text:?}");
        }
    }

    #[test]
    fn a_bare_address_has_a_host() {
        for word in ["github.com/o/r", "bugs.kde.org", "x.org:8080/a", "git.sr.ht/~a/b"] {
            assert!(is_bare(word), "{word}");
        }
        for word in ["and/or", "1.2/3", "a", "e.g.", ".org/a", "x.o/a", "", "a..org", "ä.org/b"] {
            assert!(!is_bare(word), "{word}");
        }
    }
}
