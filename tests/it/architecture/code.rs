//! Rust source as the rules see it: code alone, in tokens with their lines.

use std::path::{Path, PathBuf};

/// One word or sign of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) line: usize,
    /// An identifier, a number, `::` or one other character.
    pub(super) text: String,
}

/// The code of one file without comments, texts and what only tests compile.
#[derive(Debug)]
pub(super) struct Code {
    /// `src/model/mod.rs`
    pub(super) path: String,
    pub(super) tokens: Vec<Token>,
    /// Names of modules that only tests compile.
    test_modules: Vec<String>,
}

impl Code {
    pub(super) fn read(path: &str, source: &str) -> Self {
        let (tokens, test_modules) = without_tests(tokens(&blank(source)));
        Self { path: path.to_owned(), tokens, test_modules }
    }

    /// Where it stands: `["model", "issue"]` for `src/model/issue.rs`.
    pub(super) fn module(&self) -> Vec<String> {
        let path = Path::new(&self.path).with_extension("");
        let parts = path.iter().skip(1).map(|part| part.to_string_lossy().into_owned());
        parts.filter(|part| !["mod", "lib", "main"].contains(&part.as_str())).collect()
    }

    /// Files that only tests compile.
    pub(super) fn test_files(&self) -> Vec<PathBuf> {
        let folder: PathBuf = std::iter::once("src".to_owned()).chain(self.module()).collect();
        let both =
            |name: &String| [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
        self.test_modules.iter().flat_map(both).collect()
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }

    /// Lines at which these tokens follow each other. A `^` in front asks that no `::` stands
    /// before them: there a crate is named, and nothing inside one.
    pub(super) fn find(&self, wanted: &[&str]) -> Vec<usize> {
        let (is_anchored, wanted) = match wanted {
            ["^", rest @ ..] => (true, rest),
            all => (false, all),
        };
        let is_here = |at: &usize| {
            let same = wanted.iter().enumerate().all(|(step, text)| self.text(at + step) == *text);
            same && !(is_anchored && *at > 0 && self.text(at - 1) == "::")
        };
        let found = (0..self.tokens.len()).filter(is_here);
        found.map(|at| self.tokens[at].line).collect()
    }

    /// Every path into this crate, from its root on, with its line: `crate::…` and `super::…`,
    /// each branch of `{…}` by itself.
    pub(super) fn paths(&self) -> Vec<(usize, Vec<String>)> {
        let mut found = Vec::new();
        for at in 0..self.tokens.len() {
            let is_start = at == 0 || self.text(at - 1) != "::";
            if !is_start || self.text(at + 1) != "::" {
                continue;
            }
            let mut next = at + 2;
            let base = match self.text(at) {
                "crate" => Vec::new(),
                "super" => {
                    let mut base = self.module();
                    base.pop();
                    while self.text(next) == "super" && self.text(next + 1) == "::" {
                        base.pop();
                        next += 2;
                    }
                    base
                }
                _ => continue,
            };
            self.branches(base, next, &mut found);
        }
        found
    }

    /// Follows a path whose beginning is known; returns where it ends.
    fn branches(
        &self,
        mut path: Vec<String>,
        mut at: usize,
        found: &mut Vec<(usize, Vec<String>)>,
    ) -> usize {
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        loop {
            if self.text(at) == "{" {
                while !["}", ""].contains(&self.text(at)) {
                    at = self.branches(path.clone(), at + 1, found);
                }
                return at + 1;
            }
            if self.text(at) == "}" {
                // Behind the last comma.
                return at;
            }
            path.push(self.text(at).to_owned());
            at += 1;
            if self.text(at) != "::" {
                found.push((line, path));
                // An alias does not matter.
                while self.text(at) == "as" {
                    at += 2;
                }
                return at;
            }
            at += 1;
        }
    }
}

/// Puts blanks in place of comments and of what stands in quotes; lines stay where they are.
fn blank(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut out = String::with_capacity(source.len());
    let mut index = 0;
    let mut word_before = false;
    while index < chars.len() {
        let end = match at(index) {
            '/' if at(index + 1) == '/' => end_of(&chars, index, |_, c| c == '\n'),
            '/' if at(index + 1) == '*' => end_of_comment(&chars, index),
            'r' | 'b' | 'c' if !word_before => end_of_prefixed(&chars, index),
            '"' => end_of_text(&chars, index),
            // A lifetime has no second quote.
            '\'' if at(index + 1) == '\\' => {
                end_of(&chars, index + 3, |_, c| c == '\'').saturating_add(1)
            }
            '\'' if at(index + 2) == '\'' => index + 3,
            _ => index,
        };
        if end == index {
            out.push(at(index));
            word_before = at(index).is_alphanumeric() || at(index) == '_';
            index += 1;
        } else {
            let end = end.min(chars.len());
            out.extend(chars[index..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            word_before = false;
            index = end;
        }
    }
    out
}

fn end_of(chars: &[char], from: usize, is_end: impl Fn(usize, char) -> bool) -> usize {
    (from..chars.len()).find(|index| is_end(*index, chars[*index])).unwrap_or(chars.len())
}

fn end_of_comment(chars: &[char], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut index = start;
    while index < chars.len() {
        match (chars[index], chars.get(index + 1)) {
            ('/', Some('*')) => depth += 1,
            ('*', Some('/')) => depth -= 1,
            _ => {
                index += 1;
                continue;
            }
        }
        index += 2;
        if depth == 0 {
            break;
        }
    }
    index
}

fn end_of_text(chars: &[char], start: usize) -> usize {
    let mut index = start + 1;
    while index < chars.len() && chars[index] != '"' {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}

/// The end of `r"…"`, `b"…"`, `br#"…"#`, `b'…'`; `start` for a word that only begins alike.
fn end_of_prefixed(chars: &[char], start: usize) -> usize {
    let letters = end_of(chars, start, |_, c| !matches!(c, 'r' | 'b' | 'c'));
    let is_raw = chars[start..letters].contains(&'r');
    let quote = end_of(chars, letters, |_, c| c != '#');
    let hashes = quote - letters;
    match chars.get(quote) {
        Some('"') if is_raw => {
            let is_end = |index: usize, c: char| {
                let tail = chars.get(index + 1..index + 1 + hashes).unwrap_or_default();
                c == '"' && tail.len() == hashes && tail.iter().all(|c| *c == '#')
            };
            end_of(chars, quote + 1, is_end) + 1 + hashes
        }
        Some('"') if hashes == 0 => end_of_text(chars, quote),
        _ => start,
    }
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut line = 1;
    let mut word = String::new();
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            tokens.push(Token { line, text: std::mem::take(&mut word) });
        }
        if c == ':' && chars.peek() == Some(&':') {
            chars.next();
            tokens.push(Token { line, text: "::".to_owned() });
        } else if c == '\n' {
            line += 1;
        } else if !c.is_whitespace() {
            tokens.push(Token { line, text: c.to_string() });
        }
    }
    tokens
}

/// Takes out every item under `#[cfg(test)]`; names the modules among them that are files.
fn without_tests(tokens: Vec<Token>) -> (Vec<Token>, Vec<String>) {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut modules = Vec::new();
    let mut rest = &tokens[..];
    while let Some(first) = rest.first() {
        let marked = rest.len() >= MARK.len()
            && MARK.iter().zip(rest).all(|(mark, token)| token.text == *mark);
        if !marked {
            kept.push(first.clone());
            rest = &rest[1..];
            continue;
        }
        let item = &rest[MARK.len()..];
        let end = end_of_item(item);
        let words: Vec<&str> = item[..end].iter().map(|token| token.text.as_str()).collect();
        if let [.., "mod", name, ";"] = words[..] {
            modules.push(name.to_owned());
        }
        rest = &item[end..];
    }
    (kept, modules)
}

/// How many tokens an item has: to its `;`, or to the brace that closes its first.
fn end_of_item(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => return index + 1,
            "}" => depth = depth.saturating_sub(1),
            ";" if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}

#[test]
fn comments_texts_and_tests_are_no_code() {
    let source = r##"
//! crate::a
use crate::{model::{Id, Name as N}, store, plan::*};
/* crate::b /* nested */ crate::c */
fn f<'a>(c: char) -> &'a str { if c == '"' { "crate::d" } else { r#"crate::e " "# } }
#[cfg(test)]
mod tests { use crate::f; fn g() { {} } }
#[cfg(test)]
mod more;
fn h() -> super::super::queue::Lane { b'\''; crate::jobs::run(b"crate::g\"") }
"##;
    let code = Code::read("src/receive/verify/mod.rs", source);
    let paths: Vec<String> =
        code.paths().iter().map(|(line, path)| format!("{line} {}", path.join("::"))).collect();
    let expected =
        ["3 model::Id", "3 model::Name", "3 store", "3 plan::*", "10 queue::Lane", "10 jobs::run"];
    assert_eq!(paths, expected);
    let tests = ["src/receive/verify/more.rs", "src/receive/verify/more/mod.rs"];
    assert_eq!(code.test_files(), tests.map(PathBuf::from));
    assert_eq!(code.find(&["jobs", "::"]), [10]);
    assert_eq!(code.find(&["^", "jobs", "::"]), [] as [usize; 0], "not a crate of that name");
}
