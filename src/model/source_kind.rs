//! What kind of place a community's project lives at, told from the address alone.

use std::fmt;

use serde::{Deserialize, Serialize};

/// More of an address is not looked at.
const MAX_BYTES: usize = 2_048;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $word:literal, $title:literal;)*) => {
        /// A kind of source. Its word stands in intake tables, in `sources.yaml` and in JSON.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum SourceKind {
            $($(#[$doc])* $kind,)*
        }

        impl SourceKind {
            /// Every kind, in the order in which people are shown them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// Its word: lower case, one word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)*
                }
            }

            /// As one writes it in a sentence.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$kind => $title,)*
                }
            }
        }
    };
}

kinds! {
    /// github.com, or a GitHub Enterprise Server.
    Github: "github", "GitHub";
    /// Any GitLab.
    Gitlab: "gitlab", "GitLab";
    /// Any Gitea.
    Gitea: "gitea", "Gitea";
    /// Any Forgejo, Codeberg among them.
    Forgejo: "forgejo", "Forgejo";
    /// Bitbucket Cloud or a Bitbucket Server.
    Bitbucket: "bitbucket", "Bitbucket";
    /// Code review in Gerrit.
    Gerrit: "gerrit", "Gerrit";
    /// Phabricator or Phorge.
    Phabricator: "phabricator", "Phabricator";
    /// Tickets and wiki in Trac.
    Trac: "trac", "Trac";
    /// Bugs in Bugzilla.
    Bugzilla: "bugzilla", "Bugzilla";
    /// A Subversion repository.
    Svn: "svn", "Subversion";
    /// A mailing list and its archive.
    List: "list", "a mailing list";
    /// Anything else.
    Other: "other", "another place";
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl SourceKind {
    /// A kind as people write it into a table: its word, its title or another usual name, in any
    /// case.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim();
        let is = |name: &str| name.eq_ignore_ascii_case(word);
        let usual = match () {
            () if is("subversion") => Some(Self::Svn),
            () if is("phorge") => Some(Self::Phabricator),
            () if is("codeberg") => Some(Self::Forgejo),
            () if is("mailing list") || is("mail") || is("mailman") => Some(Self::List),
            () => None,
        };
        usual.or_else(|| {
            Self::ALL.iter().copied().find(|kind| is(kind.as_str()) || is(kind.title()))
        })
    }

    /// The kind that an address most likely leads to, by the words of its host, then of its path.
    /// A guess for people: nothing may be fetched on the strength of it. Linear in the text.
    pub fn of_address(text: &str) -> Self {
        Address::parse(text).map_or(Self::Other, |address| address.kind())
    }
}

/// Whether a text is an address at all: one word with a scheme, or a host with a path behind it, or
/// a mail address.
pub fn is_address(text: &str) -> bool {
    Address::parse(text).is_some()
}

/// The parts of an address that tell its kind. Never what is fetched.
struct Address {
    scheme: String,
    /// Before an `@`: of a mail address, or somebody's name and password.
    user: String,
    host: String,
    path: String,
}

impl Address {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_word = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        if text.is_empty() || text.len() > MAX_BYTES || !is_word {
            return None;
        }
        let text = text.to_ascii_lowercase();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme, rest),
            None => match text.split_once(':') {
                Some(("mailto", rest)) => ("mailto", rest),
                _ => ("", text.as_str()),
            },
        };
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if !scheme.chars().all(is_scheme) {
            return None;
        }
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let host = host.split(':').next().unwrap_or_default();
        // Without a scheme, a word with a dot is a file's name as well as a host's.
        let is_plain = scheme.is_empty() && user.is_empty() && path.len() < 2;
        let is_host = host.contains('.') || (!scheme.is_empty() && !host.is_empty());
        let is_told = is_host && !host.starts_with('.') && !is_plain;
        is_told.then(|| Self {
            scheme: scheme.to_owned(),
            user: user.to_owned(),
            host: host.trim_end_matches('.').to_owned(),
            path: path.to_owned(),
        })
    }

    fn kind(&self) -> SourceKind {
        use SourceKind::{
            Bitbucket, Bugzilla, Forgejo, Gerrit, Gitea, Github, Gitlab, List, Other, Phabricator,
            Svn, Trac,
        };
        let is_mail = self.scheme == "mailto"
            || (self.scheme.is_empty() && !self.user.is_empty() && self.path.is_empty());
        if is_mail && self.user != "git" {
            return List;
        }
        if self.scheme == "svn" || self.scheme.starts_with("svn+") {
            return Svn;
        }
        let by_host = |word: &str| match word {
            "github" => Some(Github),
            "gitlab" => Some(Gitlab),
            "gitea" => Some(Gitea),
            "forgejo" | "codeberg" => Some(Forgejo),
            "bitbucket" => Some(Bitbucket),
            "gerrit" | "review" | "googlesource" => Some(Gerrit),
            "phabricator" | "phorge" | "phab" => Some(Phabricator),
            "trac" => Some(Trac),
            "bugzilla" => Some(Bugzilla),
            "svn" | "subversion" => Some(Svn),
            "lists" | "list" | "mailman" | "groups" => Some(List),
            _ => None,
        };
        let by_path = |word: &str| match word {
            "trac" => Some(Trac),
            "bugzilla" | "show_bug" | "buglist" => Some(Bugzilla),
            "svn" => Some(Svn),
            "gerrit" => Some(Gerrit),
            "mailman" | "pipermail" | "hyperkitty" => Some(List),
            _ => None,
        };
        let known = match self.host.as_str() {
            "salsa.debian.org" | "invent.kde.org" | "framagit.org" => Some(Gitlab),
            _ => None,
        };
        let parts = |text: &str, at: &[char], by: fn(&str) -> Option<SourceKind>| {
            text.split(at).find_map(by)
        };
        known
            .or_else(|| parts(&self.host, &['.', '-'], by_host))
            .or_else(|| parts(&self.path, &['/', '.', '?', '#', '='], by_path))
            .unwrap_or(Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_its_kind() {
        for (text, kind) in [
            ("https://github.com/acme/rocket", "github"),
            ("git@github.com:acme/rocket.git", "github"),
            ("github.com/acme/rocket", "github"),
            ("https://github.example.com/acme/rocket", "github"),
            ("https://gitlab.com/acme/rocket", "gitlab"),
            ("https://GITLAB.gnome.org/GNOME/gtk", "gitlab"),
            ("https://salsa.debian.org/acme/rocket", "gitlab"),
            ("https://invent.kde.org/acme", "gitlab"),
            ("https://gitea.com/acme/rocket", "gitea"),
            ("https://codeberg.org/acme/rocket", "forgejo"),
            ("https://forgejo.example.org/acme", "forgejo"),
            ("https://bitbucket.org/acme/rocket", "bitbucket"),
            ("ssh://git@bitbucket.example.org:7999/a/r.git", "bitbucket"),
            ("https://review.opendev.org/q/status:open", "gerrit"),
            ("https://android-review.googlesource.com/", "gerrit"),
            ("https://gerrit.example.org/r/acme", "gerrit"),
            ("https://phabricator.example.org/T1", "phabricator"),
            ("https://phab.example.org/", "phabricator"),
            ("https://trac.example.org/wiki", "trac"),
            ("https://example.org/trac/acme/ticket/1", "trac"),
            ("https://bugzilla.gnome.org/", "bugzilla"),
            ("https://bugs.example.org/show_bug.cgi?id=1", "bugzilla"),
            ("svn://example.org/acme/trunk", "svn"),
            ("svn+ssh://example.org/acme", "svn"),
            ("https://svn.example.org/repos/acme", "svn"),
            ("https://example.org/svn/acme", "svn"),
            ("https://lists.example.org/archives/list/acme-dev", "list"),
            ("https://example.org/pipermail/acme", "list"),
            ("https://groups.google.com/g/acme", "list"),
            ("acme-dev@example.org", "list"),
            ("mailto:acme-dev@example.org", "list"),
            ("https://acme.example.org/code", "other"),
            ("https://notgithub.com/acme", "other"),
            ("no address", "other"),
            ("", "other"),
        ] {
            assert_eq!(SourceKind::of_address(text).as_str(), kind, "{text}");
        }
    }

    #[test]
    fn an_address_is_told_from_a_word() {
        for text in
            ["https://x/y", "example.org/acme", "git@example.org:a/b", "a@example.org", "svn://h/x"]
        {
            assert!(is_address(text), "{text}");
        }
        let long = format!("https://example.org/{}", "x".repeat(MAX_BYTES));
        for text in
            ["", " ", "rocket", "acme/rocket", "README.md", "two words/x", "a b://c", "://", &long]
        {
            assert!(!is_address(text), "{text}");
        }
    }

    #[test]
    fn a_kind_is_read_as_people_write_it() {
        for kind in SourceKind::ALL {
            assert_eq!(SourceKind::parse(kind.as_str()), Some(*kind));
            assert_eq!(SourceKind::parse(&format!(" {} ", kind.title())), Some(*kind));
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json, kind.as_str());
        }
        for (word, kind) in [
            ("GITHUB", SourceKind::Github),
            ("subversion", SourceKind::Svn),
            ("Mailing list", SourceKind::List),
            ("phorge", SourceKind::Phabricator),
        ] {
            assert_eq!(SourceKind::parse(word), Some(kind), "{word}");
        }
        for word in ["", "git hub", "cvs"] {
            assert_eq!(SourceKind::parse(word), None, "{word}");
        }
    }
}
