//! What a project keeps in a source.

use std::collections::BTreeSet;

use serde::Serialize;

use super::page::words::{every_word, has};

/// Something that a project keeps in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Repositories.
    Code,
    /// Issues, bugs, tickets.
    Issues,
    /// Merge or pull requests, patches.
    Review,
    /// Continuous integration.
    Ci,
    /// Wiki and other documentation.
    Wiki,
    /// Packages, images, releases.
    Packages,
    /// The website.
    Site,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Code, Self::Issues, Self::Review, Self::Ci, Self::Wiki, Self::Packages, Self::Site];

    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Issues => "issues",
            Self::Review => "review",
            Self::Ci => "ci",
            Self::Wiki => "wiki",
            Self::Packages => "packages",
            Self::Site => "site",
        }
    }
}

#[rustfmt::skip]
const PARTS: &[(Part, &[&str])] = &[
    (Part::Review, &[
        "review", "reviews", "code review", "pull requests", "merge requests", "prs", "mrs",
        "patches", "patch review",
    ]),
    (Part::Issues, &[
        "issues", "issue", "issue tracker", "bugs", "bug", "bug tracker", "tickets", "tasks",
        "bug reports", "bug tracking", "issue tracking",
    ]),
    (Part::Ci, &[
        "ci", "cd", "pipelines", "builds", "build", "actions", "continuous integration",
        "jenkins", "travis", "buildbot",
    ]),
    (Part::Wiki, &["wiki", "wikis", "docs", "documentation"]),
    (Part::Packages, &[
        "packages", "package registry", "registry", "releases", "images", "containers",
        "container registry", "artifacts", "downloads",
    ]),
    (Part::Site, &["site", "website", "web site", "pages", "homepage", "home page", "web", "blog"]),
    (Part::Code, &[
        "source code", "repository", "repositories", "repo", "repos", "git", "source",
        "sources", "mirror",
    ]),
];

/// What a list of words or a sentence names. `code review` is review, not code.
pub(super) fn parts(text: &str) -> BTreeSet<Part> {
    const MOST_PHRASES: usize = 20;
    let mut found = BTreeSet::new();
    for phrase in text.split([',', ';', '/', '+', '|', '(', ')', ':']).take(MOST_PHRASES) {
        let words = every_word(phrase);
        if matches!(words.as_str(), "everything" | "all" | "all of it" | "the whole project") {
            return Part::ALL.into();
        }
        found.extend(PARTS.iter().filter(|(_, names)| has(&words, names)).map(|(part, _)| *part));
        if has(&words, &["code"]) && !has(&words, &["code review"]) {
            found.insert(Part::Code);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_in_many_words() {
        use Part::*;
        for (text, expect) in [
            ("code, issues, CI", vec![Code, Issues, Ci]),
            ("code review", vec![Review]),
            ("Code and review", vec![Code, Review]),
            ("repos + PRs/bugs", vec![Code, Issues, Review]),
            ("source code & wiki", vec![Code, Wiki]),
            ("Container registry", vec![Packages]),
            ("web site", vec![Site]),
            ("everything", Part::ALL.to_vec()),
            ("mailing list", vec![]),
            ("encoder", vec![]),
        ] {
            assert_eq!(parts(text), expect.into_iter().collect(), "{text}");
        }
    }
}
