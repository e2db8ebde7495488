//! What the bot would propose to staff from what a community wrote.

use serde::Serialize;

use super::Intake;
use super::page::address::{self, Address};
use super::page::words::{every_word, has};

/// How large a community is, by the people who contributed in the last twelve months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Size {
    /// Fewer than 10.
    S,
    /// 10 to 49.
    M,
    /// 50 to 249.
    L,
    /// 250 or more.
    XL,
}

impl Size {
    /// As in the label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::M => "M",
            Self::L => "L",
            Self::XL => "XL",
        }
    }

    /// Of a number of people.
    pub fn of(contributors: u64) -> Self {
        match contributors {
            0..=9 => Self::S,
            10..=49 => Self::M,
            50..=249 => Self::L,
            _ => Self::XL,
        }
    }
}

/// The size that the number of contributors speaks for: the middle of a range, the lower end of `40+`.
/// Nothing without a number.
pub fn propose_size(intake: &Intake) -> Option<Size> {
    intake.quick_facts.contributor_count().map(|count| Size::of(count.typical()))
}

/// Where the new home is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostChoice {
    /// gitlab.com
    GitlabCom,
    /// An instance that the community, or a foundation, runs itself.
    SelfManaged,
    /// GitLab Dedicated.
    Dedicated,
    /// They have not chosen, or name several.
    Undecided,
}

impl HostChoice {
    /// As in the label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GitlabCom => "gitlab-com",
            Self::SelfManaged => "self-managed",
            Self::Dedicated => "dedicated",
            Self::Undecided => "undecided",
        }
    }
}

/// The host that the quick facts speak for: the fact itself, else the edition (Community Edition runs
/// nowhere but at home), else the address of the group. Nothing if none of them says anything.
pub fn propose_host(intake: &Intake) -> Option<HostChoice> {
    let facts = &intake.quick_facts;
    let said = facts.host.as_deref().and_then(choice);
    let by_edition = || facts.edition.as_deref().and_then(of_edition);
    let by_group = || facts.group.as_deref().filter(|group| group.contains('.')).and_then(choice);
    said.or_else(by_edition).or_else(by_group)
}

const GITLAB_COM: &[&str] = &["gitlab com", "saas"];
const OWN: &[&str] = &[
    "self managed",
    "self hosted",
    "selfhosted",
    "self host",
    "self hosting",
    "on premise",
    "on premises",
    "on prem",
    "own",
    "ourselves",
];
const DEDICATED: &[&str] = &["gitlab dedicated"];
const UNDECIDED: &[&str] = &[
    "undecided",
    "not decided",
    "not yet decided",
    "either",
    "open",
    "not sure",
    "unsure",
    "unclear",
];
const NEGATIONS: [&str; 6] = ["not", "no", "never", "without", "than", "of"];

fn choice(text: &str) -> Option<HostChoice> {
    let words = every_word(text);
    if has(&words, UNDECIDED) {
        return Some(HostChoice::Undecided);
    }
    let is_own = is_said(&words, OWN) || names_other_host(text);
    let hits = [
        (HostChoice::GitlabCom, is_said(&words, GITLAB_COM)),
        (HostChoice::SelfManaged, is_own),
        (HostChoice::Dedicated, is_said(&words, DEDICATED) || words == "dedicated"),
    ];
    let mut hits = hits.into_iter().filter(|(_, is_hit)| *is_hit).map(|(choice, _)| choice);
    match (hits.next(), hits.next()) {
        (Some(one), None) => Some(one),
        (Some(_), Some(_)) => Some(HostChoice::Undecided),
        _ => None,
    }
}

/// Whether a phrase is said, and not denied as in "not gitlab.com" and "instead of gitlab.com".
fn is_said(words: &str, phrases: &[&str]) -> bool {
    let mut before: [&str; 2] = [""; 2];
    let mut rest = words;
    loop {
        let is_here = phrases.iter().any(|phrase| {
            rest.strip_prefix(phrase)
                .is_some_and(|after| after.is_empty() || after.starts_with(' '))
        });
        // "an instance of our own" denies nothing.
        let is_denied =
            before.iter().any(|word| NEGATIONS.contains(word)) && !before.contains(&"our");
        if is_here && !is_denied {
            return true;
        }
        let Some((word, after)) = rest.split_once(' ') else {
            return false;
        };
        before = [before[1], word];
        rest = after;
    }
}

/// Whether a host is named that is not gitlab.com.
fn names_other_host(text: &str) -> bool {
    let words = text.split(|c: char| {
        c.is_whitespace() || [',', ';', '(', ')', '（', '）', '、', '，'].contains(&c)
    });
    let hosts = words.filter_map(|word| {
        let word = word.trim_end_matches(['.', '/', ':']);
        let is_address = word.contains("://") || address::is_bare(word);
        Address::of(word).filter(|_| is_address)
    });
    hosts.into_iter().any(|address| address.host.trim_start_matches("www.") != "gitlab.com")
}

fn of_edition(text: &str) -> Option<HostChoice> {
    let words = every_word(text);
    let is_free = has(&words, &["community edition", "ce", "foss"]);
    let is_paid = has(&words, &["ultimate", "premium", "enterprise edition", "ee", "gold"]);
    let by_words = choice(text).filter(|one| *one != HostChoice::Undecided);
    by_words.or((is_free && !is_paid).then_some(HostChoice::SelfManaged))
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn a_size_follows_the_number_of_contributors() {
        for (text, expect) in [
            ("9", Some(Size::S)),
            ("<10", Some(Size::S)),
            ("10", Some(Size::M)),
            ("about 40", Some(Size::M)),
            ("49", Some(Size::M)),
            ("50", Some(Size::L)),
            ("40-60", Some(Size::L)),
            ("249", Some(Size::L)),
            ("250", Some(Size::XL)),
            ("1.2k", Some(Size::XL)),
            (">250", Some(Size::XL)),
            ("40+", Some(Size::M)),
            ("many", None),
            ("TBD", None),
            ("", None),
        ] {
            let intake =
                parse(&format!("## Quick facts\n- **Contributors in the last 12 months:** {text}"));
            assert_eq!(propose_size(&intake), expect, "{text}");
        }
    }

    #[test]
    fn a_host_follows_the_host_the_edition_or_the_group() {
        use HostChoice::{Dedicated, GitlabCom, SelfManaged, Undecided};
        for (text, expect) in [
            ("Host: gitlab.com", Some(GitlabCom)),
            ("Host: GitLab.com (SaaS)", Some(GitlabCom)),
            ("Host: https://gitlab.com/acme", Some(GitlabCom)),
            ("Host: <https://gitlab.gnome.org>", Some(SelfManaged)),
            ("Host: gitlab.acme.com", Some(SelfManaged)),
            ("Host: self-managed", Some(SelfManaged)),
            ("Host: an instance of our own", Some(SelfManaged)),
            ("Host: our own server, not gitlab.com", Some(SelfManaged)),
            ("Host: self-hosted instead of gitlab.com", Some(SelfManaged)),
            ("Host: GitLab Dedicated", Some(Dedicated)),
            ("Host: dedicated", Some(Dedicated)),
            ("Host: undecided", Some(Undecided)),
            ("Host: gitlab.com or self-managed", Some(Undecided)),
            ("Host: not sure, maybe gitlab.com", Some(Undecided)),
            ("Host: the moon", None),
            ("Host: TBD", None),
            ("Edition: Community Edition", Some(SelfManaged)),
            ("Product: GitLab CE", Some(SelfManaged)),
            ("Edition: Ultimate SaaS", Some(GitlabCom)),
            ("Edition: Ultimate self-managed", Some(SelfManaged)),
            ("Edition: Ultimate or Community Edition", None),
            ("Edition: Ultimate", None),
            ("Group: https://gitlab.com/acme", Some(GitlabCom)),
            ("Group: acme", None),
            ("Host: gitlab.com\nEdition: CE", Some(GitlabCom)),
        ] {
            assert_eq!(
                propose_host(&parse(&format!("## Quick facts\n\n{text}"))),
                expect,
                "{text}"
            );
        }
    }
}
