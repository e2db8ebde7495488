//! What a community says of itself in its issue.

use serde_json::Value;

use landfall::tracker::intake::{normalised_source, parse, propose_host, propose_size};
use landfall::tracker::{block, safe};

use super::input;
use super::limits::timed;

/// Longest value, in characters; addresses count bytes, and those are fewer.
const LONGEST: usize = 2_048;

/// Reading is bounded, says nothing that moves a terminal, and takes no notice of our own block.
pub fn run(data: &[u8]) {
    let text = input::text(data);
    let intake = timed(|| parse(&text));
    let _proposals = (propose_size(&intake), propose_host(&intake));
    check(&serde_json::to_value(&intake).expect("it is JSON"));
    for source in &intake.sources {
        if let Some(key) = normalised_source(&source.url) {
            let again = normalised_source(&format!("https://{}", key.as_str()));
            assert!(again.is_none_or(|again| again == key), "{key:?} is another when read again");
        }
        // What GitHub is asked for is made of two names.
        if let Some(repo) = source.github_repo() {
            assert!(repo.url().starts_with("https://github.com/"));
            assert_eq!(repo.to_string().matches('/').count(), 1);
        }
    }
    if safe::assert_description(&text).is_ok() && block::find(&text).is_none() {
        let written = block::replace(&text, "- [ ] A box <!-- landfall:item:a.b -->");
        assert_eq!(parse(&written), intake, "our own block is not theirs");
    }
}

fn check(value: &Value) {
    match value {
        Value::String(text) => {
            assert!(text.chars().count() <= LONGEST, "{} characters", text.chars().count());
            assert!(!text.contains(|c: char| c.is_control()), "{text:?}");
        }
        Value::Array(all) => all.iter().for_each(check),
        Value::Object(all) => all.values().for_each(check),
        _ => {}
    }
}
