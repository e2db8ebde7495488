//! Links that people can follow from a comment.

use super::Safe;

/// A longer address is shown, not linked.
const MAX_CHARS: usize = 500;

/// `[words](address)`; absent when the address could be anything but a plain page. Then
/// [`inline`](super::inline) shows it.
///
/// GitLab leaves a note in every issue and merge request that a comment links to, so an address that
/// ends in a number is no plain page.
pub fn link(words: &'static str, address: &str) -> Option<Safe> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/?=&:".contains(c);
    let rest =
        address.strip_prefix("https://").or_else(|| address.strip_prefix("http://127.0.0.1"));
    let path = rest?.split('?').next()?;
    let has_number = path
        .split('/')
        .skip(1)
        .any(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let fits = address.len() <= MAX_CHARS && address.chars().all(is_plain) && !has_number;
    fits.then(|| Safe(format!("[{words}]({address})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_page_is_linked() {
        let page = "https://gitlab.example.com/kiwi/paint/-/merge_requests?state=merged";
        assert_eq!(link("look", page).unwrap().as_str(), format!("[look]({page})"));
        assert!(link("look", "http://127.0.0.1:8080/kiwi/paint").is_some());
        let long = format!("https://h/{}", "x".repeat(MAX_CHARS));
        for address in [
            "http://gitlab.example.com/kiwi",
            "javascript:alert(1)",
            "https://h/a b",
            "https://h/a)b",
            "https://h/@all",
            "https://h/a#note_1",
            "https://h/kiwi/paint/-/issues/1",
            "https://h/kiwi/paint/-/issues/1/designs",
            "https://h/kiwi/paint/-/merge_requests/12?x=1",
            "https://h/`x`",
            "https://h/a\n/close",
            "https://h/<b>",
            "https://h/\u{202e}",
            "",
            &long,
        ] {
            assert_eq!(link("look", address), None, "{address}");
        }
    }
}
