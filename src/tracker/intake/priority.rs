//! How much a request matters, in the words of those who ask.

use serde::Serialize;

use super::page::words::{has, words};

/// How much a request matters to the community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Good to have one day.
    NiceToHave,
    /// Needed, but the move does not wait for it.
    Important,
    /// They could move without it, and it would hurt.
    Urgent,
    /// They can't move without it.
    Blocker,
}

impl Priority {
    /// As in JSON and in labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blocker => "blocker",
            Self::Urgent => "urgent",
            Self::Important => "important",
            Self::NiceToHave => "nice_to_have",
        }
    }
}

/// Scales of three and four steps that trackers used. A scale without a word for "can't move
/// without" starts at `urgent`: we don't call a blocker what nobody called so.
#[rustfmt::skip]
const SCALES: &[(Priority, &[&str])] = &[
    (Priority::Important, &[
        "important but not urgent", "not urgent", "important not urgent", "non blocking",
        "not blocking", "not a blocker", "important", "medium", "medium priority", "should",
        "should have", "should haves", "p3", "priority 3", "prio 3", "normal", "moderate",
        "major",
    ]),
    (Priority::NiceToHave, &[
        "nice to have", "nice to haves", "nice 2 have", "low", "low priority", "could",
        "could have", "could haves", "p4", "p5", "priority 4", "prio 4", "minor", "optional",
        "would be nice", "wishlist", "wish list", "someday", "lowest", "trivial",
    ]),
    (Priority::Blocker, &[
        "blocker", "blockers", "blocking", "what blocks us", "blocks us", "blocking us", "things that block us", "show stopper", "show stoppers", "showstopper",
        "showstoppers", "critical", "must", "must have", "must haves", "mandatory", "required",
        "p1", "p0", "priority 1", "prio 1", "highest", "deal breaker", "deal breakers",
        "dealbreaker", "dealbreakers", "essential",
    ]),
    (Priority::Urgent, &[
        "urgent", "high", "high priority", "p2", "priority 2", "prio 2", "very important",
    ]),
];

/// Words around the scale that change nothing.
const FILLERS: [&str; 14] = [
    "priority", "prio", "issues", "issue", "items", "features", "feature", "requests", "list",
    "severity", "the", "for", "us", "level",
];

/// The priority that a heading's words name, and nothing else: `high priority issues`.
pub(super) fn of_heading(words: &str) -> Option<Priority> {
    let find = |words: &str| {
        let scale = SCALES.iter().find(|(_, names)| names.contains(&words));
        scale.map(|(priority, _)| *priority)
    };
    find(words).or_else(|| {
        let kept: Vec<&str> = words.split(' ').filter(|word| !FILLERS.contains(word)).collect();
        // `P1 must have`: of a number and a word the word counts.
        let is_step =
            |word: &str| word.strip_prefix('p').is_some_and(|step| step.parse::<u8>().is_ok());
        let words: Vec<&str> = kept.iter().copied().filter(|word| !is_step(word)).collect();
        find(&words.join(" ")).or_else(|| find(&kept.join(" ")))
    })
}

/// The priority that a short text names, and nothing else.
pub(super) fn of_text(text: &str) -> Option<Priority> {
    const LONGEST: usize = 40;
    if text.len() > LONGEST { None } else { of_heading(&words(text)) }
}

/// Whether this is a word that only requests go by.
pub(super) fn is_only_for_requests(words: &str) -> bool {
    has(
        words,
        &[
            "blocker",
            "blockers",
            "nice to have",
            "nice to haves",
            "must have",
            "must haves",
            "should have",
            "could have",
            "showstopper",
            "showstoppers",
            "show stoppers",
            "block us",
            "blocks us",
            "not urgent",
        ],
    )
}

/// Whether a heading says that what stands below it is done.
pub(super) fn is_done_heading(words: &str) -> bool {
    let is_negated = has(words, &["not", "un", "partially", "partly", "to be", "being"]);
    !is_negated
        && has(
            words,
            &[
                "done",
                "resolved",
                "solved",
                "fixed",
                "completed",
                "finished",
                "shipped",
                "delivered",
                "implemented",
                "closed",
            ],
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scale_maps_onto_four_steps() {
        use Priority::{Blocker, Important, NiceToHave, Urgent};
        for (text, expect) in [
            ("Blockers", Some(Blocker)),
            ("**Blocker**:", Some(Blocker)),
            ("Critical issues", Some(Blocker)),
            ("Must-have", Some(Blocker)),
            ("P1", Some(Blocker)),
            ("[High]", Some(Urgent)),
            ("High priority", Some(Urgent)),
            ("Priority: high", Some(Urgent)),
            ("Urgent", Some(Urgent)),
            ("P2", Some(Urgent)),
            ("P1 – must have", Some(Blocker)),
            ("P2 – should have", Some(Important)),
            ("Important, but not urgent", Some(Important)),
            ("Not urgent", Some(Important)),
            ("Medium", Some(Important)),
            ("Should have", Some(Important)),
            ("Non-blocking", Some(Important)),
            ("Nice to have(s)", Some(NiceToHave)),
            ("nice-to-have", Some(NiceToHave)),
            ("Low", Some(NiceToHave)),
            ("🔴 Blockers 🔴", Some(Blocker)),
            ("High availability", None),
            ("Important: read this before you start", None),
            ("", None),
        ] {
            assert_eq!(of_text(text), expect, "{text:?}");
        }
        assert!(Blocker > Urgent && Urgent > Important && Important > NiceToHave);
    }
}
