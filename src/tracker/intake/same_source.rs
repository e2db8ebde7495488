//! Whether two addresses are the same source.

use serde::Serialize;

use super::page::address::Address;

/// Forges with many communities; their bare address is nobody's source.
const SHARED_HOSTS: [&str; 6] =
    ["github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "gitea.com", "sourceforge.net"];

/// A source by what all spellings of its address have in common: `github.com/acme/rocket`. Equal keys
/// are the same source; it is no address to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SourceKey(String);

impl SourceKey {
    /// Host, port if it is unusual, and path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SourceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of a source's address; nothing for a text that is no address, or one that names a forge
/// and nothing on it.
///
/// Of no consequence are: the scheme and its usual port, a name or secret before the host,
/// `git@host:path` instead of `ssh://git@host/path`, `www.`, capitals in the host, `.git`, slashes at
/// the end and doubled ones, a fragment. On github.com capitals in the path and a query are of none
/// either. Nothing is looked up: two names of one host stay two sources. A key with `https://` before
/// it has itself as its key.
pub fn normalised_source(url: &str) -> Option<SourceKey> {
    let address = Address::of(url)?;
    let host = address.host.trim_start_matches("www.").trim_end_matches('.');
    let path = address.path.split('#').next().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (path, query) = match host {
        "github.com" => (path.to_ascii_lowercase(), ""),
        _ => (path.to_owned(), query),
    };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let path = parts.join("/");
    let path = without_git(&path);
    if host.is_empty() || (path.is_empty() && SHARED_HOSTS.contains(&host)) {
        return None;
    }
    let mut key = host.to_owned();
    if let Some(port) = address.port.filter(|port| !is_usual(&address.scheme, port)) {
        key = format!("{key}:{port}");
    }
    if !path.is_empty() {
        key = format!("{key}/{path}");
    }
    if !query.is_empty() {
        key = format!("{key}?{query}");
    }
    Some(SourceKey(key))
}

fn without_git(path: &str) -> &str {
    let mut path = path;
    while let Some(shorter) = path.strip_suffix(".git") {
        path = shorter.trim_end_matches('/');
    }
    path
}

/// Whether a port says nothing: 443 is what a key without a port means.
fn is_usual(scheme: &str, port: &str) -> bool {
    let usual = match scheme {
        "http" => "80",
        "ssh" | "git+ssh" | "svn+ssh" => "22",
        "git" => "9418",
        "svn" => "3690",
        "ftp" => "21",
        _ => "443",
    };
    port == usual || port == "443"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(url: &str) -> Option<String> {
        normalised_source(url).map(|key| key.to_string())
    }

    #[test]
    fn spellings_of_one_address_have_one_key() {
        for url in [
            "https://github.com/acme/rocket",
            "http://github.com/acme/rocket",
            "https://GitHub.com/Acme/Rocket",
            "https://www.github.com/acme/rocket.git",
            "https://github.com/acme/rocket/",
            "https://github.com/acme/rocket.git/",
            "https://github.com//acme//rocket",
            "https://github.com:443/acme/rocket",
            "http://github.com:80/acme/rocket",
            "https://github.com/acme/rocket?tab=readme#top",
            "https://user:secret@github.com/acme/rocket",
            "ssh://git@github.com/acme/rocket.git",
            "ssh://git@github.com:22/acme/rocket",
            "git@github.com:acme/rocket.git",
            "git@github.com:/acme/rocket",
            "git://github.com/acme/rocket",
            "git+ssh://git@github.com/acme/rocket",
            "github.com/acme/rocket",
            "  https://github.com./acme/rocket ",
        ] {
            assert_eq!(key(url).as_deref(), Some("github.com/acme/rocket"), "{url}");
        }
    }

    #[test]
    fn other_sources_have_other_keys() {
        for (url, expect) in [
            ("https://gitlab.gnome.org/GNOME/gtk", Some("gitlab.gnome.org/GNOME/gtk")),
            ("https://x.org:8443/a", Some("x.org:8443/a")),
            ("http://x.org:8080/a", Some("x.org:8080/a")),
            ("https://x.org:80/a", Some("x.org:80/a")),
            ("https://x.org/a.git.git", Some("x.org/a")),
            ("https://github.com/o/R.GIT", Some("github.com/o/r")),
            ("https://x.org/buglist.cgi?product=a#b", Some("x.org/buglist.cgi?product=a")),
            ("https://bugs.kde.org", Some("bugs.kde.org")),
            ("https://github.com/acme", Some("github.com/acme")),
            ("https://githu\u{412}.com/a/b", Some("githu\u{412}.com/a/b")),
            ("https://github.com\\@evil.org/a", None),
            ("https://evil.org#github.com/a/b", Some("evil.org")),
            ("https://github.com", None),
            ("https://gitlab.com/", None),
            ("https://x.org/a b", None),
            ("https://", None),
            ("not an address", None),
            ("", None),
        ] {
            assert_eq!(key(url).as_deref(), expect, "{url}");
        }
        assert_eq!(key(&format!("https://x.org/{}", "a".repeat(1 << 20))), None);
    }
}
