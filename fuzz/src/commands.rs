//! Commands in a comment.

use std::collections::BTreeSet;

use landfall::model::Username;
use landfall::tracker::commands::{Command, CommandError, MAX_LINES, parse};
use landfall::tracker::safe;

use super::limits::timed;
use super::{input, oracle};

/// Each command stands in the comment, asks for something possible, and is answered safely.
pub fn run(data: &[u8]) {
    let comment = input::text(data);
    let bot = Username::from("bot");
    let lines = timed(|| parse(&comment, &bot));
    assert!(lines.len() <= MAX_LINES);
    for line in &lines {
        assert!(comment.contains(&line.text));
        assert!(!line.text.contains(['\n', '\r']), "a command is one line");
        let text = line.text.to_ascii_lowercase();
        let called = text.strip_prefix("@bot").or_else(|| text.strip_prefix("/landfall"));
        let rest = called.expect("the bot is called");
        let is_called = |c: char| c.is_whitespace() || matches!(c, ':' | ',');
        assert!(rest.is_empty() || rest.starts_with(is_called), "{text:?}");
        match &line.parsed {
            Ok(command) => possible(command),
            Err(error) => answerable(error),
        }
    }
    // How lines end is up to the person's browser.
    if !comment.contains('\r') {
        let windows = parse(&comment.replace('\n', "\r\n"), &bot);
        assert_eq!(windows, lines);
    }
}

fn possible(command: &Command) {
    match command {
        Command::Done(items) | Command::Undone(items) => {
            let distinct: BTreeSet<&u32> = items.iter().collect();
            assert!(!items.is_empty() && distinct.len() == items.len(), "{items:?}");
            assert!(items.iter().all(|item| (1..=999).contains(item)), "{items:?}");
        }
        Command::Force { stage, reason } => {
            assert!(!stage.as_str().is_empty() && !stage.as_str().contains(char::is_whitespace));
            assert!(!reason.trim().is_empty());
        }
        _ => {}
    }
}

fn answerable(error: &CommandError) {
    let sentence = error.to_string();
    assert_eq!(safe::assert_body(&sentence), Ok(()), "{sentence:?}");
    assert!(!sentence.contains(['\n', '\r']), "{sentence:?}");
    let markup = oracle::markup(&sentence);
    assert_eq!(markup.references, [""; 0], "{sentence:?}");
    assert_eq!(markup.active, [""; 0], "{sentence:?}");
    assert_eq!(markup.html, [""; 0], "{sentence:?}");
}
