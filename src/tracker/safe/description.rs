//! The last gate before a description leaves, which holds people's own text too.

use super::UnsafeBody;
use crate::tracker::markdown;

/// Characters a description may have; GitLab takes 1,048,576.
pub const MAX_DESCRIPTION_CHARS: usize = 1_000_000;

/// The last gate before a whole description leaves, people's own text included: GitLab scans all of
/// it, and what slept in a person's HTML or code may wake when the block around it is rewritten.
///
/// # Errors
/// When a line that GitLab could take for text starts with a quick action, or the whole is longer
/// than GitLab takes.
pub fn assert_description(description: &str) -> Result<(), UnsafeBody> {
    let plain = description.replace('\r', "");
    let chars = plain.chars().count();
    if chars > MAX_DESCRIPTION_CHARS {
        return Err(UnsafeBody::TooLong { chars, max: MAX_DESCRIPTION_CHARS });
    }
    let lines: Vec<&str> = plain.lines().collect();
    // GitLab's own block quote lets commands through the fences inside it.
    let is_leaky = lines.iter().any(|line| line.trim_start().starts_with(">>>"));
    let all = 0..lines.len();
    for number in if is_leaky { all.collect() } else { markdown::paragraph_lines(&plain) } {
        let line = lines.get(number).map_or("", |line| line.trim_start());
        let rest = line.strip_prefix('/').unwrap_or_default();
        // `/usr/bin` is a path, `/label` a command, whether we know it or not.
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        if !word.is_empty() && word.chars().all(|letter| letter.is_alphabetic() || letter == '_') {
            return Err(UnsafeBody::QuickAction { line: number + 1 });
        }
    }
    Ok(())
}
