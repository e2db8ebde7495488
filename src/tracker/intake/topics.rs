//! What a heading says the text below it is about.

use super::fact::{self, Fact};
use super::priority::{self, Priority};
use crate::tracker::intake::page::words::{has, words};

/// What a section is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// Why and who; also the text before the first heading, and sections we know nothing about.
    Background,
    Goals,
    QuickFacts,
    /// One fact that somebody made a section of.
    OneFact(Fact),
    Sources,
    Tooling,
    Decision,
    People,
    Support,
    Requests,
    Commitments,
    Waves,
    /// How to talk to them; nothing in it is read.
    Communication,
}

/// Headings as people write them, in the words of [`words`]: the whole heading is one of these.
#[rustfmt::skip]
const NAMES: &[(Topic, &[&str])] = &[
    (Topic::Background, &[
        "background", "about", "about us", "about the project", "introduction", "overview",
        "summary", "executive summary", "motivation", "context", "who we are", "project",
        "description", "why", "why gitlab", "why we move",
    ]),
    (Topic::Goals, &[
        "what we want", "what we want to achieve", "aim", "aims", "expectations",
        "desired outcome", "desired outcomes", "what should be better", "what should get better",
        "what we hope for", "success criteria",
    ]),
    (Topic::QuickFacts, &[
        "facts", "key facts", "at a glance", "facts and figures", "key data",
        "basic information", "project information", "project facts", "project details", "basics",
        "numbers", "in numbers",
    ]),
    (Topic::Sources, &[
        "source", "sources", "source code", "where we are", "where we are now",
        "where we are today", "where we live", "where we live now", "where we live today",
        "where the code is", "where is the code", "where it lives", "current home",
        "current homes", "current hosting", "code hosting", "hosting", "repository",
        "repositories", "repos", "our repositories", "what moves", "what to move",
        "what we want to move", "what should move", "projects to migrate", "projects to move",
        "locations", "existing locations", "from",
    ]),
    (Topic::Tooling, &[
        "tools", "current tools", "infrastructure", "current infrastructure", "replacements",
        "gitlab replacements", "current setup", "current stack", "stack",
    ]),
    (Topic::Decision, &[
        "decision", "decisions", "who decides", "how we decide", "governance", "approval",
        "vote", "decision making", "decision process", "decision status",
    ]),
    (Topic::People, &[
        "people", "team", "project team", "migration team", "who", "who to talk to",
        "maintainers", "participants", "stakeholders", "persons", "points of contact", "primary contact", "main contact",
    ]),
    (Topic::Support, &[
        "support", "help", "help wanted", "help needed", "what we need", "what help do you need",
        "assistance", "how gitlab can help", "how can gitlab help", "how can we help",
        "where we need help", "needs",
    ]),
    (Topic::Requests, &[
        "issues", "issue list", "requests", "features", "upstream issues", "gitlab issues",
        "open issues", "important issues", "requirements", "wishlist", "wish list", "wishes",
        "asks", "our asks", "bugs", "linked issues", "upstream", "upstream requests",
    ]),
    (Topic::Commitments, &[
        "agreement", "agreements", "promises", "what we agreed", "what we agreed on", "actions",
        "action items", "next steps", "deal", "the deal", "who does what",
    ]),
    (Topic::Waves, &[
        "plan", "migration plan", "schedule", "migration schedule", "batches", "rollout",
        "roll out", "rollout plan", "phases", "order of migration",
    ]),
    (Topic::Communication, &["communication", "how to reach us", "channels", "chat", "privacy"]),
];

/// Words that say it wherever they stand in a heading.
#[rustfmt::skip]
const SIGNS: &[(Topic, &[&str])] = &[
    (Topic::People, &["collaborators", "collaborator", "contacts", "contact", "contact persons"]),
    (Topic::Communication, &["communication preferences", "communication", "preferred channels"]),
    (Topic::Support, &["support wanted", "support needed", "support we need", "help we need"]),
    (Topic::Commitments, &["commitments", "commitment", "mutual promises"]),
    (Topic::Waves, &["waves", "wave plan"]),
    (Topic::Requests, &[
        "related issues", "related issue", "outstanding issues", "blocking issues",
        "feature requests", "feature request", "missing features", "needed features",
        "features we need", "features we miss", "requested features", "required features",
        "known issues", "issues to solve", "what we need from gitlab",
    ]),
    (Topic::Sources, &[
        "source locations", "source location", "current location", "current locations",
        "source repositories", "current repositories",
    ]),
    (Topic::QuickFacts, &["quick facts", "quick fact"]),
    (Topic::Tooling, &["tooling", "replacements"]),
    (Topic::Decision, &["decision"]),
    (Topic::Goals, &["goals", "goal", "objectives", "objective"]),
];

/// What a heading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Names a topic; one of [`SIGNS`] does so everywhere, another name not inside other topics.
    Topic {
        topic: Topic,
        is_sure: bool,
    },
    Priority(Priority),
    /// What is below it is done.
    Done,
    Nothing,
}

fn topic_of(words: &str) -> Option<(Topic, bool)> {
    let signed = SIGNS.iter().find(|(_, signs)| has(words, signs));
    let named = NAMES.iter().find(|(_, names)| names.contains(&words));
    // `Our team`, `People involved`
    let is_people = words.split(' ').count() <= 3
        && has(words, &["people", "team", "maintainers", "stakeholders", "participants"]);
    if signed.is_none() && named.is_none() && is_people {
        return Some((Topic::People, false));
    }
    // A single word may be a subject inside another topic, as "Infrastructure" among requests.
    let is_clear = words.contains(' ');
    signed.map(|(topic, _)| (*topic, true)).or_else(|| named.map(|(topic, _)| (*topic, is_clear)))
}

/// The topic that these words name, and nothing else.
pub(super) fn named(words: &str) -> Option<Topic> {
    let found = NAMES.iter().chain(SIGNS).find(|(_, names)| names.contains(&words));
    found.map(|(topic, _)| *topic)
}

/// Where in the text we are: which topic, and for requests how urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) topic: Topic,
    /// Of the requests below this heading.
    pub(super) priority: Option<Priority>,
    /// Whether a heading says that they are done.
    pub(super) is_done: bool,
    /// Whether these are requests even where no issue is linked. Below a lone `## Important` they
    /// need not be.
    pub(super) is_sure: bool,
    level: usize,
    priority_level: usize,
    done_level: usize,
}

/// Deeper than any heading: for a line in bold that stands for one.
pub(super) const PSEUDO_LEVEL: usize = 7;

impl Place {
    /// The start of the text.
    pub(super) fn start() -> Self {
        Self::at(Topic::Background, false, 0)
    }

    fn at(topic: Topic, is_sure: bool, level: usize) -> Self {
        Self {
            topic,
            priority: None,
            is_done: false,
            is_sure,
            level,
            priority_level: 0,
            done_level: 0,
        }
    }

    /// The place below a heading of this level.
    pub(super) fn below(self, level: usize, title: &str) -> Self {
        let words = words(title);
        let is_inside = level > self.level && self.topic != Topic::Background;
        match self.meaning(&words, is_inside) {
            Meaning::Topic { topic, is_sure } => {
                Self::at(topic, is_sure || topic == Topic::Requests, level)
            }
            Meaning::Priority(priority) => {
                let base = if self.topic == Topic::Requests {
                    self
                } else {
                    Self::at(Topic::Requests, false, level)
                };
                // A list of priorities may go on at the level of its own heading.
                let base = Self { level: base.level.min(level), ..base.without_deeper(level) };
                let is_sure = base.is_sure || priority::is_only_for_requests(&words);
                Self { priority: Some(priority), priority_level: level, is_sure, ..base }
            }
            Meaning::Done => {
                Self { is_done: true, done_level: level, ..self.without_deeper(level) }
            }
            Meaning::Nothing if is_inside => self.without_deeper(level),
            Meaning::Nothing => Self::at(Topic::Background, false, level),
        }
    }

    fn meaning(self, words: &str, is_inside: bool) -> Meaning {
        let is_in_requests = self.topic == Topic::Requests;
        if let Some(priority) = priority::of_heading(words) {
            return Meaning::Priority(priority);
        }
        if is_in_requests && priority::is_done_heading(words) {
            return Meaning::Done;
        }
        let fact = fact::of_heading(words);
        if let Some(fact) = fact.filter(|_| self.topic == Topic::QuickFacts && is_inside) {
            return Meaning::Topic { topic: Topic::OneFact(fact), is_sure: true };
        }
        match topic_of(words) {
            Some((topic, is_sure)) if is_sure || !is_inside => Meaning::Topic { topic, is_sure },
            Some(_) => Meaning::Nothing,
            None => match fact.filter(|_| !is_inside || matches!(self.topic, Topic::OneFact(_))) {
                Some(fact) => Meaning::Topic { topic: Topic::OneFact(fact), is_sure: true },
                None => Meaning::Nothing,
            },
        }
    }

    /// What a heading of this level leaves of the headings above it.
    fn without_deeper(self, level: usize) -> Self {
        let mut place = self;
        if level <= place.priority_level {
            (place.priority, place.priority_level) = (None, 0);
        }
        if level <= place.done_level {
            (place.is_done, place.done_level) = (false, 0);
        }
        place
    }

    /// Whether a line in bold, or one that ends with a colon, starts a section as a heading would. An
    /// item of a list does so only where somebody made a list of everything.
    pub(super) fn is_heading(self, line: &str, is_item: bool) -> bool {
        let words = words(line);
        let is_among_facts = matches!(self.topic, Topic::QuickFacts | Topic::OneFact(_));
        if is_among_facts && fact::of_heading(&words).is_some() {
            return false;
        }
        let is_inside = self.topic != Topic::Background && self.level < PSEUDO_LEVEL;
        match self.meaning(&words, is_inside) {
            Meaning::Topic { topic: Topic::OneFact(_), .. } | Meaning::Nothing => false,
            Meaning::Topic { .. } => !is_item || !is_inside,
            Meaning::Priority(_) | Meaning::Done if is_item => false,
            Meaning::Priority(_) | Meaning::Done => {
                self.topic == Topic::Requests || priority::is_only_for_requests(&words)
            }
        }
    }

    /// The place behind such a label, [`Place::is_label`].
    pub(super) fn behind_label(self, label: &str) -> Self {
        match named(&words(label)) {
            Some(topic) => Self::at(topic, true, PSEUDO_LEVEL),
            None => self.below(PSEUDO_LEVEL, label),
        }
    }

    /// Whether a line may say what it is about: among the facts and in prose, where nothing else is
    /// read in it.
    pub(super) fn takes_labels(self) -> bool {
        matches!(self.topic, Topic::Background | Topic::QuickFacts)
    }

    /// Whether a label says what its line is about: `Contact: @kim`.
    pub(super) fn is_label(self, label: &str) -> bool {
        let words = words(label);
        let topic = named(&words).filter(|_| fact::of_heading(&words).is_none());
        let is_topic = topic.is_some_and(|topic| {
            !matches!(
                topic,
                Topic::Background | Topic::QuickFacts | Topic::Tooling | Topic::Communication
            )
        });
        let is_priority =
            priority::of_heading(&words).is_some() && priority::is_only_for_requests(&words);
        self.takes_labels() && (is_topic || is_priority)
    }
}
