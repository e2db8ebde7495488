//! What kind of place a source is.

use serde::Serialize;

use super::page::address::Address;
use super::page::words::{has, words};

/// The software a source runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// github.com, or a GitHub of one's own.
    Github,
    /// gitlab.com or any other GitLab.
    Gitlab,
    /// Gitea.
    Gitea,
    /// Forgejo, Codeberg for one.
    Forgejo,
    /// Bitbucket.
    Bitbucket,
    /// Gerrit.
    Gerrit,
    /// Phabricator or its heirs.
    Phabricator,
    /// Trac.
    Trac,
    /// Bugzilla.
    Bugzilla,
    /// Subversion.
    Svn,
    /// A mailing list.
    List,
    /// Anything else, or nobody said and the address does not show it.
    Other,
}

impl SourceKind {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Gitea => "gitea",
            Self::Forgejo => "forgejo",
            Self::Bitbucket => "bitbucket",
            Self::Gerrit => "gerrit",
            Self::Phabricator => "phabricator",
            Self::Trac => "trac",
            Self::Bugzilla => "bugzilla",
            Self::Svn => "svn",
            Self::List => "list",
            Self::Other => "other",
        }
    }
}

/// Names of software and of well-known places that run it.
#[rustfmt::skip]
const KIND_NAMES: &[(SourceKind, &[&str])] = &[
    (SourceKind::Github, &["github", "gh"]),
    (SourceKind::Gitlab, &["gitlab", "gl"]),
    (SourceKind::Forgejo, &["forgejo", "codeberg"]),
    (SourceKind::Gitea, &["gitea"]),
    (SourceKind::Bitbucket, &["bitbucket"]),
    (SourceKind::Gerrit, &["gerrit"]),
    (SourceKind::Phabricator, &["phabricator", "phab", "phorge"]),
    (SourceKind::Trac, &["trac"]),
    (SourceKind::Bugzilla, &["bugzilla"]),
    (SourceKind::Svn, &["svn", "subversion"]),
    (SourceKind::List, &["list", "lists", "mailing list", "mailing lists", "mailman", "ml"]),
];

/// The kind that a text names, if it names one.
pub(super) fn named(text: &str) -> Option<SourceKind> {
    let words = words(text);
    KIND_NAMES.iter().find(|(_, names)| has(&words, names)).map(|(kind, _)| *kind)
}

/// Hosts that everybody knows, with the domain of those below them.
const HOSTS: [(&str, SourceKind); 15] = [
    ("github.com", SourceKind::Github),
    ("gitlab.com", SourceKind::Gitlab),
    ("salsa.debian.org", SourceKind::Gitlab),
    ("invent.kde.org", SourceKind::Gitlab),
    ("framagit.org", SourceKind::Gitlab),
    ("0xacab.org", SourceKind::Gitlab),
    ("codeberg.org", SourceKind::Forgejo),
    ("gitea.com", SourceKind::Gitea),
    ("bitbucket.org", SourceKind::Bitbucket),
    ("googlesource.com", SourceKind::Gerrit),
    ("review.opendev.org", SourceKind::Gerrit),
    ("lore.kernel.org", SourceKind::List),
    ("groups.google.com", SourceKind::List),
    ("groups.io", SourceKind::List),
    ("launchpad.net", SourceKind::Other),
];

/// Names that administrators give to hosts: the first part of the name is one, or starts with it
/// before a `-`, or a digit.
const HOST_NAMES: [(&str, SourceKind); 17] = [
    ("github", SourceKind::Github),
    ("gitlab", SourceKind::Gitlab),
    ("forgejo", SourceKind::Forgejo),
    ("gitea", SourceKind::Gitea),
    ("bitbucket", SourceKind::Bitbucket),
    ("stash", SourceKind::Bitbucket),
    ("gerrit", SourceKind::Gerrit),
    ("review", SourceKind::Gerrit),
    ("codereview", SourceKind::Gerrit),
    ("phabricator", SourceKind::Phabricator),
    ("phab", SourceKind::Phabricator),
    ("trac", SourceKind::Trac),
    ("bugzilla", SourceKind::Bugzilla),
    ("svn", SourceKind::Svn),
    ("lists", SourceKind::List),
    ("list", SourceKind::List),
    ("mailman", SourceKind::List),
];

/// Parts of a path that only one software has.
const PATHS: [(&str, SourceKind); 10] = [
    ("show_bug.cgi", SourceKind::Bugzilla),
    ("buglist.cgi", SourceKind::Bugzilla),
    ("bugzilla", SourceKind::Bugzilla),
    ("trac", SourceKind::Trac),
    ("gerrit", SourceKind::Gerrit),
    ("svn", SourceKind::Svn),
    ("viewvc", SourceKind::Svn),
    ("mailman", SourceKind::List),
    ("mailman3", SourceKind::List),
    ("pipermail", SourceKind::List),
];

/// The kind that an address shows.
pub(super) fn of_address(address: &Address<'_>) -> SourceKind {
    if address.scheme.starts_with("svn") {
        return SourceKind::Svn;
    }
    let host = address.host.trim_start_matches("www.");
    let known = HOSTS.iter().find(|(name, _)| {
        host == *name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
    });
    let first = host.split('.').next().unwrap_or_default();
    // A place that dresses up as another is none of them.
    let is_disguised = HOSTS
        .iter()
        .any(|(name, _)| host.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')));
    let named = HOST_NAMES.iter().filter(|_| !is_disguised).find(|(name, _)| {
        let rest = first.strip_prefix(name);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    });
    let path = address.path.split(['?', '#']).next().unwrap_or_default();
    let parted = PATHS.iter().find(|(part, _)| path.split('/').take(4).any(|one| one == *part));
    let found = known.or(named).or(parted).map(|(_, kind)| *kind);
    // `bugs.kde.org` and `git.example.org/gitlab` say too little and enough.
    found
        .or_else(|| has(&words(host), &["gitlab"]).then_some(SourceKind::Gitlab))
        .unwrap_or(SourceKind::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_named_or_seen_in_the_address() {
        use SourceKind::*;
        for (address, expect) in [
            ("https://github.com/o/r", Github),
            ("git@github.com:o/r.git", Github),
            ("https://www.github.com/o/r", Github),
            ("https://evilgithub.com/o/r", Other),
            ("https://github.com.evil.org/o/r", Other),
            ("https://github.example.org/o/r", Github),
            ("https://gitlab.gnome.org/GNOME/gtk", Gitlab),
            ("https://salsa.debian.org/a/b", Gitlab),
            ("https://codeberg.org/a/b", Forgejo),
            ("https://gitea.example.org/a/b", Gitea),
            ("https://bitbucket.org/a/b", Bitbucket),
            ("https://gerrit.wikimedia.org/r/a", Gerrit),
            ("https://review.coreboot.org/a", Gerrit),
            ("https://android-review.googlesource.com/a", Gerrit),
            ("https://phabricator.kde.org/", Phabricator),
            ("https://phab.example.org/T1", Phabricator),
            ("https://trac.torproject.org/projects/tor", Trac),
            ("https://ghc.haskell.org/trac/ghc", Trac),
            ("https://bugzilla.gnome.org", Bugzilla),
            ("https://bugs.kde.org/show_bug.cgi?id=1", Bugzilla),
            ("https://bugs.kde.org", Other),
            ("https://svn.example.org/trunk", Svn),
            ("svn://example.org/trunk", Svn),
            ("https://example.org/svn/a", Svn),
            ("https://lists.freedesktop.org/mailman/listinfo/mesa-dev", List),
            ("https://mail.gnome.org/mailman/listinfo/a", List),
            ("https://mail.kde.org/pipermail/a/", List),
            ("https://launchpad.net/inkscape", Other),
            ("https://bugs.launchpad.net/inkscape", Other),
            ("https://tracker.example.org", Other),
            ("https://reviewboard.example.org", Other),
        ] {
            assert_eq!(of_address(&Address::of(address).unwrap()), expect, "{address}");
        }
        for (text, expect) in [
            ("GitHub Enterprise", Some(Github)),
            ("**Mailing list**", Some(List)),
            ("Subversion", Some(Svn)),
            ("issue tracker", None),
            ("cgit", None),
            ("", None),
        ] {
            assert_eq!(named(text), expect, "{text}");
        }
    }
}
