//! The keys of the quick facts, as people write them.

use super::page::words::has;

/// A key of the quick facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    Timeline,
    Host,
    Group,
    Edition,
    License,
    SeeksProfit,
    /// The same asked the other way round.
    NonProfit,
    Foundation,
    Contributors,
    Repositories,
    OpenIssues,
    OpenMergeRequests,
    Storage,
    Ci,
    PrivateRepositories,
    SignUpConstraints,
    TimeZone,
}

/// Keys that are the whole of what stands before the colon.
#[rustfmt::skip]
const KEYS: &[(Fact, &[&str])] = &[
    (Fact::Timeline, &[
        "timeline", "time line", "timeframe", "time frame", "deadline", "deadlines",
        "target date", "dates", "hard dates", "schedule", "when",
    ]),
    (Fact::Host, &[
        "host", "hosting", "target host", "gitlab host", "destination host", "target",
        "target instance", "instance", "gitlab instance", "destination", "target platform",
        "where to", "deployment", "new home", "new host", "gitlab com or self managed",
    ]),
    (Fact::Group, &[
        "group", "gitlab group", "target group", "destination group", "group path",
        "target group path", "namespace", "gitlab namespace", "target namespace",
        "destination namespace", "top level group",
    ]),
    (Fact::Edition, &[
        "edition", "product", "gitlab product", "gitlab edition", "tier", "plan", "gitlab tier",
        "gitlab plan", "product tier", "product edition",
    ]),
    (Fact::License, &[
        "license", "licence", "licenses", "licences", "projects license", "projects licence",
        "project license", "project licence", "licensing", "spdx",
    ]),
    (Fact::SeeksProfit, &["seeks profit", "seeking profit", "profit", "for profit", "commercial"]),
    (Fact::NonProfit, &["non profit", "nonprofit", "not for profit"]),
    (Fact::Foundation, &[
        "foundation", "fiscal host", "foundation or fiscal host", "fiscal sponsor",
        "foundation fiscal host", "umbrella organisation", "umbrella organization",
        "legal entity",
    ]),
    (Fact::Contributors, &[
        "contributors", "contributors in the last 12 months", "developers",
        "active contributors", "active developers", "number of contributors", "committers",
        "contributors last 12 months", "number of developers",
    ]),
    (Fact::Repositories, &[
        "repositories", "repos", "repository", "number of repositories", "number of repos",
    ]),
    (Fact::OpenIssues, &[
        "open issues", "issues", "open bugs", "open tickets", "number of issues",
        "number of open issues",
    ]),
    (Fact::OpenMergeRequests, &[
        "open merge or pull requests", "open merge requests", "open pull requests",
        "merge requests", "pull requests", "open prs", "open mrs", "open prs mrs",
        "open mrs prs",
    ]),
    (Fact::Storage, &[
        "size of large files and packages", "storage", "size", "lfs", "lfs size",
        "size of lfs packages", "disk space", "storage size", "repository size",
    ]),
    (Fact::Ci, &[
        "ci", "ci cd", "ci minutes", "ci needs", "continuous integration", "runners",
        "pipelines", "compute minutes",
    ]),
    (Fact::PrivateRepositories, &[
        "private repositories", "private repositories needed", "private repos",
        "private projects",
    ]),
    (Fact::SignUpConstraints, &[
        "sign up constraints", "signup constraints", "sign up", "signup",
        "registration constraints", "account constraints", "sign up restrictions",
    ]),
    (Fact::TimeZone, &[
        "time zone and language", "time zone", "timezone", "time zones", "timezones",
        "timezone and language", "time zone language", "timezone language", "language",
        "languages",
    ]),
];

/// Words that say it in a longer key, asked in this order; only among the quick facts.
#[rustfmt::skip]
const SIGNS: &[(Fact, &[&str])] = &[
    (Fact::PrivateRepositories, &["private"]),
    (Fact::OpenMergeRequests, &["merge requests", "pull requests", "prs", "mrs", "open patches"]),
    (Fact::Contributors, &["contributors", "developers", "committers", "devs"]),
    (Fact::NonProfit, &["non profit", "nonprofit", "not for profit"]),
    (Fact::SeeksProfit, &["profit"]),
    (Fact::SignUpConstraints, &["sign up", "signup", "registration"]),
    (Fact::Foundation, &["foundation", "fiscal"]),
    (Fact::License, &["license", "licence", "licenses", "licences"]),
    (Fact::TimeZone, &["time zone", "time zones", "timezone", "timezones", "language", "languages"]),
    (Fact::Timeline, &["timeline", "deadline", "deadlines"]),
    (Fact::OpenIssues, &["issues", "bugs", "tickets"]),
    (Fact::Storage, &["lfs", "storage", "size"]),
    (Fact::Ci, &["ci", "runners", "continuous integration", "pipelines"]),
    (Fact::Repositories, &["repositories", "repos"]),
    (Fact::Group, &["group", "namespace"]),
    (Fact::Edition, &["edition", "product", "tier"]),
    (Fact::Host, &["host", "hosting", "instance"]),
];

/// The fact that a heading's words name.
pub(super) fn of_heading(words: &str) -> Option<Fact> {
    KEYS.iter().find(|(_, keys)| keys.contains(&words)).map(|(fact, _)| *fact)
}

pub(super) fn of_key(words: &str, is_among_facts: bool) -> Option<Fact> {
    const MOST_WORDS: usize = 8;
    let is_short = words.split(' ').count() <= MOST_WORDS;
    let signed = SIGNS.iter().find(|(_, signs)| is_among_facts && is_short && has(words, signs));
    of_heading(words).or(signed.map(|(fact, _)| *fact))
}
