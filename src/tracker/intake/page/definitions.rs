//! Links whose address stands elsewhere: `[text][1]`, and at the end `[1]: https://…`.

use std::borrow::Cow;
use std::collections::HashMap;

use super::address;

/// Definitions that are kept; and links that are resolved, so that many short ones can't make a
/// text many times as long.
const MOST: usize = 1_000;
const MAX_LABEL: usize = 200;

/// What the labels of a text stand for.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    targets: HashMap<String, String>,
    left: usize,
}

impl Definitions {
    /// Of the lines of a text; of two with the same label the first one counts.
    pub(crate) fn of<'a>(lines: impl Iterator<Item = Cow<'a, str>>) -> Self {
        let mut targets = HashMap::new();
        for line in lines {
            if targets.len() == MOST {
                break;
            }
            if let Some((label, target)) = definition(&line) {
                targets.entry(folded(label)).or_insert_with(|| target.to_owned());
            }
        }
        Self { targets, left: MOST }
    }

    /// The line with its links resolved; nothing when it only defines one.
    pub(crate) fn resolve<'a>(&mut self, line: Cow<'a, str>) -> Option<Cow<'a, str>> {
        if self.targets.is_empty() || !line.contains('[') {
            return Some(line);
        }
        if definition(&line).is_some() {
            return None;
        }
        let mut resolved = String::new();
        let mut kept_to = 0;
        let mut at = 0;
        while let Some((start, text)) = bracketed(&line, at) {
            at = start + text.len() + 2;
            let after = line.get(at..).unwrap_or_default();
            let (label, end) = match bracketed(after, 0) {
                _ if after.starts_with(['(', ':']) => continue,
                Some((0, "")) => (text, at + 2),
                Some((0, label)) => (label, at + label.len() + 2),
                _ => (text, at),
            };
            let Some(target) = self.targets.get(&folded(label)).filter(|_| self.left > 0) else {
                continue;
            };
            self.left -= 1;
            resolved.push_str(line.get(kept_to..start).unwrap_or_default());
            resolved.push_str(&format!("[{text}]({target})"));
            kept_to = end;
            at = end;
        }
        if kept_to == 0 {
            return Some(line);
        }
        resolved.push_str(line.get(kept_to..).unwrap_or_default());
        Some(Cow::Owned(resolved))
    }
}

/// The next short text in brackets without brackets inside, and where it starts.
fn bracketed(line: &str, from: usize) -> Option<(usize, &str)> {
    let mut start = None;
    for (at, byte) in line.bytes().enumerate().skip(from) {
        match (byte, start) {
            (b'[', _) => start = Some(at),
            (b']', Some(open)) => {
                start = None;
                let text = line.get(open + 1..at)?;
                if text.len() <= MAX_LABEL {
                    return Some((open, text));
                }
            }
            _ => {}
        }
    }
    None
}

fn definition(line: &str) -> Option<(&str, &str)> {
    let body = line.trim();
    let (label, target) = body.strip_prefix('[')?.split_once("]:")?;
    let target = target.trim_start().trim_start_matches('<');
    let target = target.split(|c: char| c.is_whitespace() || c == '>').next()?;
    let is_label =
        !label.trim().is_empty() && label.len() <= MAX_LABEL && !label.contains(['[', ']']);
    (is_label && address::find(target).next().is_some()).then_some((label, target))
}

fn folded(label: &str) -> String {
    label.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> String {
        let lines = || text.lines().map(Cow::Borrowed);
        let mut definitions = Definitions::of(lines());
        let lines: Vec<_> = lines().filter_map(|line| definitions.resolve(line)).collect();
        lines.join("\n")
    }

    #[test]
    fn links_by_label_become_links_with_an_address() {
        for (text, expect) in [
            (
                "[a][1] and [b][]\n[1]: https://x.org\n[B]: <https://y.org> \"t\"",
                "[a](https://x.org) and [b](https://y.org)",
            ),
            ("| [a][1] |\n\n[1]: https://x.org", "| [a](https://x.org) |\n"),
            ("[a]\n[a]: https://x.org\n[a]: https://z.org", "[a](https://x.org)"),
            ("- [ ] [a](u)\n[u]: https://x.org", "- [ ] [a](u)"),
            ("[Timeline]: next year", "[Timeline]: next year"),
            ("é [é] [[é]]\n[é]: https://x.org", "é [é](https://x.org) [[é](https://x.org)]"),
        ] {
            assert_eq!(resolve(text), expect, "{text:?}");
        }
    }

    #[test]
    fn a_text_does_not_grow_without_bound() {
        let text = format!("{}\n[a]: https://x.org/{}", "[a]".repeat(100_000), "y".repeat(1_000));
        assert!(resolve(&text).len() < 2_000_000);
    }
}
