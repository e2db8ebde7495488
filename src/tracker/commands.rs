//! Commands in comments: `@bot done 2` or `/landfall done 2` at the start of a line.

use std::fmt;

use jiff::civil::Date;

use super::{markdown, safe};
use crate::model::{StageName, Username};

/// Bytes of a comment that are looked at; whatever follows is no command.
pub const MAX_PARSED_BYTES: usize = 100_000;

/// Commands of one comment that are answered; further ones are left alone.
pub const MAX_LINES: usize = 10;

/// Highest number a checklist item can have.
const MAX_ITEM: u32 = 999;

/// What can be asked of the bot, in the order of `help`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// What can be typed, and by whom. Also what the bot's bare name means.
    Help,
    /// Stage, checklist, next step.
    Status,
    /// Tick items of the current stage, counted from 1.
    Done(Vec<u32>),
    /// Take ticks off, counted from 1.
    Undone(Vec<u32>),
    /// Why the issue is where it is.
    Explain,
    /// Stop clocks and nudges.
    Pause {
        /// First day on which they run again.
        until: Date,
    },
    /// End a pause now.
    Resume,
    /// Run the move verifier.
    Verify,
    /// Look at the source again.
    Assess,
    /// Show what would be imported, or begin.
    Import {
        /// Whether to begin; else the plan is shown.
        start: bool,
    },
    /// Put the issue into a stage whatever the workflow says.
    Force {
        /// As typed; whether it exists is for the workflow to say.
        stage: StageName,
        /// As typed; text of a person.
        reason: String,
    },
}

impl Command {
    /// The word that starts it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Status => "status",
            Self::Done(_) => "done",
            Self::Undone(_) => "undone",
            Self::Explain => "explain",
            Self::Pause { .. } => "pause",
            Self::Resume => "resume",
            Self::Verify => "verify",
            Self::Assess => "assess",
            Self::Import { .. } => "import",
            Self::Force { .. } => "force",
        }
    }
}

/// The words that start a command.
pub const WORDS: [&str; 11] = [
    "help", "status", "done", "undone", "explain", "pause", "resume", "verify", "assess", "import",
    "force",
];

/// One command line of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As typed, without blanks around it: text of a stranger, to be shown by [`safe::inline`].
    pub text: String,
    /// What it asks.
    pub parsed: Result<Command, CommandError>,
}

/// Why a command line can't be read. `Display` is the sentence shown to the person: what is wrong
/// and what to type; safe to be written into a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandError {
    /// No such command.
    Unknown {
        /// As typed.
        word: String,
        /// The command that looks most like it.
        nearest: Option<&'static str>,
    },
    /// Something is left out.
    Missing {
        /// What, with its article.
        what: &'static str,
        /// The whole line that would do.
        example: &'static str,
    },
    /// Words after a command that takes none.
    Extra {
        /// The command.
        command: &'static str,
        /// The first word too many, as typed.
        word: String,
    },
    /// Not the number of a checklist item.
    BadNumber {
        /// As typed.
        word: String,
        /// The whole line that would do.
        example: &'static str,
    },
    /// Not a day of the calendar.
    BadDate {
        /// As typed.
        word: String,
    },
}

impl std::error::Error for CommandError {}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { word, nearest: Some(nearest) } => write!(
                f,
                "I don't know the command {}; did you mean `/landfall {nearest}`?",
                safe::inline(word)
            ),
            Self::Unknown { word, nearest: None } => write!(
                f,
                "I don't know the command {}; type `/landfall help` to see what I know.",
                safe::inline(word)
            ),
            Self::Missing { what, example } => {
                write!(f, "This command needs {what}; type for example `{example}`.")
            }
            Self::Extra { command, word } => write!(
                f,
                "The command `{command}` takes nothing after it, but there is {}; \
                 type `/landfall {command}` alone on its line.",
                safe::inline(word)
            ),
            Self::BadNumber { word, example } => write!(
                f,
                "Items are counted from 1 to {MAX_ITEM}, and {} is no such number; \
                 type for example `{example}`.",
                safe::inline(word)
            ),
            Self::BadDate { word } => write!(
                f,
                "A day is written year-month-day, and {} is no such day; \
                 type for example `{PAUSE}`.",
                safe::inline(word)
            ),
        }
    }
}

const DONE: &str = "/landfall done 2";
const UNDONE: &str = "/landfall undone 2";
const PAUSE: &str = "/landfall pause until 2027-01-31";
const FORCE: &str = "/landfall force engaged because the call was on Monday";

/// Reads the commands of a comment, in order, at most [`MAX_LINES`].
///
/// A command is a line of running text whose source starts with `@bot` or `/landfall`, in any
/// case, before a blank or the end of the line; a mention may have `:` or `,` after it, and one that
/// asks for nothing we know is talk. Running text is a paragraph at the top level or in
/// a list: code, quotes (their unmarked last lines too), HTML, comments and `#` headings hold
/// none, and neither does a list item's first line, which starts with its bullet. Takes time
/// linear in the comment, of which only [`MAX_PARSED_BYTES`] are looked at.
pub fn parse(body: &str, bot: &Username) -> Vec<Line> {
    let body = beginning(body);
    let lines = markdown::lines(body);
    let text_of = |number: usize| {
        lines.get(number).and_then(|line| body.get(line.clone())).map_or("", str::trim)
    };
    // Most comments hold no command, and Markdown is the costly part.
    if (0..lines.len()).all(|number| after_call(text_of(number), bot).is_none()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for number in markdown::text_lines(body) {
        let text = text_of(number);
        if let Some(rest) = after_call(text, bot) {
            let parsed = parse_command(rest);
            if is_talk(text, &parsed) {
                continue;
            }
            found.push(Line { text: text.to_owned(), parsed });
            if found.len() == MAX_LINES {
                break;
            }
        }
    }
    found
}

/// Up to the limit; a line that the limit cuts is dropped, it could say something else.
fn beginning(body: &str) -> &str {
    if body.len() <= MAX_PARSED_BYTES {
        return body;
    }
    let whole_lines = body.as_bytes().iter().take(MAX_PARSED_BYTES).rposition(|&b| b == b'\n');
    body.get(..whole_lines.unwrap_or(0)).unwrap_or("")
}

/// What follows the bot's name, if the line starts with it.
fn after_call<'a>(line: &'a str, bot: &Username) -> Option<&'a str> {
    let rest = match line.strip_prefix('@') {
        Some(rest) => {
            let rest = strip_word(rest, bot.as_str())?;
            rest.strip_prefix([':', ',']).unwrap_or(rest)
        }
        None => strip_word(line, "/landfall")?,
    };
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim_start())
}

/// "@bot thank you" is said to the bot, but asks nothing of it.
fn is_talk(text: &str, parsed: &Result<Command, CommandError>) -> bool {
    text.starts_with('@') && matches!(parsed, Err(CommandError::Unknown { nearest: None, .. }))
}

fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

fn parse_command(text: &str) -> Result<Command, CommandError> {
    let (word, rest) = next_word(text);
    let alone = |command: &'static str, parsed: Command| match next_word(rest).0 {
        "" => Ok(parsed),
        word => Err(CommandError::Extra { command, word: word.to_owned() }),
    };
    match word.to_ascii_lowercase().as_str() {
        "" | "help" => Ok(Command::Help),
        "status" => alone("status", Command::Status),
        "explain" => alone("explain", Command::Explain),
        "resume" => alone("resume", Command::Resume),
        "verify" => alone("verify", Command::Verify),
        "assess" => alone("assess", Command::Assess),
        "import" => parse_import(rest),
        "done" => parse_items(rest, DONE).map(Command::Done),
        "undone" => parse_items(rest, UNDONE).map(Command::Undone),
        "pause" => parse_pause(rest),
        "force" => parse_force(rest),
        unknown => Err(CommandError::Unknown { word: word.to_owned(), nearest: nearest(unknown) }),
    }
}

/// Numbers between blanks or commas, each once, in the order typed.
fn parse_items(text: &str, example: &'static str) -> Result<Vec<u32>, CommandError> {
    let mut items = Vec::new();
    let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    for word in words {
        let number = word.parse().ok().filter(|number| (1..=MAX_ITEM).contains(number));
        let Some(number) = number else {
            return Err(CommandError::BadNumber { word: word.to_owned(), example });
        };
        if !items.contains(&number) {
            items.push(number);
        }
    }
    if items.is_empty() {
        return Err(CommandError::Missing { what: "the number of a checklist item", example });
    }
    Ok(items)
}

fn parse_pause(text: &str) -> Result<Command, CommandError> {
    let missing = CommandError::Missing { what: "`until` and a day", example: PAUSE };
    let (until, rest) = next_word(text);
    let (day, rest) = next_word(rest);
    if !until.eq_ignore_ascii_case("until") || day.is_empty() {
        return Err(missing);
    }
    // jiff reads more forms than a person would check at a glance; only the plain one is taken.
    let date = day.parse::<Date>().ok().filter(|date| date.to_string() == day);
    match (date, next_word(rest).0) {
        (Some(until), "") => Ok(Command::Pause { until }),
        (Some(_), word) => Err(CommandError::BadDate { word: format!("{day} {word}") }),
        (None, _) => Err(CommandError::BadDate { word: day.to_owned() }),
    }
}

fn parse_import(text: &str) -> Result<Command, CommandError> {
    let (word, rest) = next_word(text);
    let start = word.eq_ignore_ascii_case("start");
    match if start { next_word(rest).0 } else { word } {
        "" => Ok(Command::Import { start }),
        word => Err(CommandError::Extra { command: "import", word: word.to_owned() }),
    }
}

fn parse_force(text: &str) -> Result<Command, CommandError> {
    let (stage, rest) = next_word(text);
    let (because, reason) = next_word(rest);
    if stage.is_empty() {
        return Err(CommandError::Missing { what: "a stage and a reason", example: FORCE });
    }
    let reason = reason.trim();
    if !because.eq_ignore_ascii_case("because") || reason.is_empty() {
        return Err(CommandError::Missing { what: "a reason after `because`", example: FORCE });
    }
    Ok(Command::Force { stage: StageName::new(stage), reason: reason.to_owned() })
}

fn next_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// The command most like a mistyped word: at most two slips away, or begun by it.
fn nearest(word: &str) -> Option<&'static str> {
    if word.len() > 20 {
        return None;
    }
    WORDS
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(word, known), known))
        .filter(|(slips, known)| *slips <= 2.min(known.len() / 2) || known.starts_with(word))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests;
