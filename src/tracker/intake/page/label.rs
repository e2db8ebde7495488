//! A key and its value on one line.

use super::words::DASHES;

/// Splits a line behind its key: `**Key:** value`, `Key - value`, ` **Key.** - value`, `**Key** value`.
pub(crate) fn split(line: &str) -> Option<(&str, &str)> {
    const SIGNS: [&str; 5] = [": ", ":", "：", "=", "\t"];
    const LONGEST_KEY: usize = 80;
    let line = line.trim();
    if let Some((key, rest)) = bold_start(line) {
        let value = rest.trim_start_matches(|c: char| c.is_whitespace() || is_sign(c));
        return Some((key, value));
    }
    let places =
        SIGNS.iter().chain(&DASHES).filter_map(|sign| line.find(sign).map(|at| (at, sign.len())));
    let (at, length) = places.min()?;
    let key = line.get(..at).filter(|key| key.len() <= LONGEST_KEY)?;
    let value = line.get(at + length..)?;
    // `https://…` and `12:30` have no key.
    let is_time = key.ends_with(|c: char| c.is_ascii_digit())
        && value.starts_with(|c: char| c.is_ascii_digit());
    if value.starts_with("//") || is_time {
        return None;
    }
    // What is left of `**Key**: value` and of `Key: **value**` is taken off with the marks.
    Some((key, value))
}

fn is_sign(letter: char) -> bool {
    matches!(letter, ':' | '：' | '.' | '=' | '-' | '–' | '—')
}

/// The text in bold that a line starts with.
fn bold_start(line: &str) -> Option<(&str, &str)> {
    const LONGEST_KEY: usize = 80;
    let found = ["**", "__"].iter().find_map(|mark| line.strip_prefix(mark)?.split_once(mark));
    let (key, rest) = found.filter(|(key, _)| key.len() <= LONGEST_KEY)?;
    // All of the line in bold: `**Key: value**`.
    let is_whole =
        rest.trim().is_empty() && !key.trim_end().ends_with(is_sign) && key.contains(':');
    (!is_whole).then_some((key, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_ends_at_its_sign_or_with_its_bold_print() {
        for (line, expect) in [
            ("**Key:** value", Some(("Key:", "value"))),
            ("**Key**: value", Some(("Key", "value"))),
            ("**Key.** - value", Some(("Key.", "value"))),
            ("**Key** value", Some(("Key", "value"))),
            ("**Key: value**", Some(("**Key", " value**"))),
            ("Key: value: more", Some(("Key", " value: more"))),
            ("Key - value", Some(("Key", "value"))),
            ("Key -- value", Some(("Key", "value"))),
            ("Sign-up: none", Some(("Sign-up", " none"))),
            ("Key=value", Some(("Key", "value"))),
            ("**Key:**", Some(("Key:", ""))),
            ("https://x.org", None),
            ("12:30", None),
            ("words", None),
        ] {
            assert_eq!(split(line), expect, "{line:?}");
        }
    }
}
