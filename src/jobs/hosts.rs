//! The GitLabs that may be asked about destinations: the tracker's own and those that people list.

use url::Url;

use crate::gitlab::GitLab;
use crate::model::is_full_path;

/// Clients by host. An address on any other host is never contacted.
#[derive(Debug, Clone)]
pub struct Hosts {
    own: Url,
    all: Vec<(Url, GitLab)>,
}

/// A project's address taken apart.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The GitLab it is on.
    pub host: Url,
    /// The project's full path there.
    pub path: String,
    /// For that GitLab; absent when it is not listed.
    pub gitlab: Option<&'a GitLab>,
}

impl Hosts {
    /// The tracker's own GitLab.
    pub fn new(url: Url, gitlab: GitLab) -> Self {
        Self { own: url.clone(), all: vec![(url, gitlab)] }
    }

    /// The address of the tracker's own GitLab.
    pub fn own(&self) -> &Url {
        &self.own
    }

    /// The client for a project on one of them.
    pub(super) fn find_below(&self, host: &Url, path: &str) -> Option<&GitLab> {
        let mut address = host.clone();
        address.set_path(&format!("{}/{path}", host.path().trim_end_matches('/')));
        self.find(&address)?.gitlab
    }

    /// And another. The first of an address wins.
    #[must_use]
    pub fn and(mut self, url: Url, gitlab: GitLab) -> Self {
        self.all.push((url, gitlab));
        self
    }

    /// Takes a project's address apart, as people copy it: with `.git`, with a page of the project
    /// behind it. Absent when there is no project's path in it.
    pub fn find(&self, address: &Url) -> Option<Place<'_>> {
        let listed = self.all.iter().find_map(|(host, gitlab)| {
            let path = below(host, address)?;
            Some(Place { host: host.clone(), path: project_path(path)?, gitlab: Some(gitlab) })
        });
        listed.or_else(|| {
            let mut host = address.clone();
            host.set_path("");
            host.set_query(None);
            host.set_fragment(None);
            // What stands there belongs to nobody we know.
            host.set_username("").and_then(|()| host.set_password(None)).ok()?;
            Some(Place { path: project_path(address.path())?, host, gitlab: None })
        })
    }
}

/// The rest of an address below a host and its relative root.
fn below<'a>(host: &Url, address: &'a Url) -> Option<&'a str> {
    if host.origin() != address.origin() || !address.username().is_empty() {
        return None;
    }
    let rest = address.path().strip_prefix(host.path().trim_end_matches('/'))?;
    rest.starts_with('/').then_some(rest)
}

fn project_path(path: &str) -> Option<String> {
    let path = path.split("/-/").next().unwrap_or_default().trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (path.contains('/') && is_full_path(path)).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::gitlab::Settings;

    fn hosts() -> Hosts {
        let url = |text: &str| text.parse::<Url>().unwrap();
        let client = |url: &Url| {
            let settings = Settings::new(url.clone(), SecretString::from("t"));
            GitLab::connect(settings).unwrap()
        };
        let (own, other) = (url("https://gitlab.com"), url("https://example.org/git"));
        Hosts::new(own.clone(), client(&own)).and(other.clone(), client(&other))
    }

    #[test]
    fn edge_18_only_listed_hosts_have_a_client() {
        let hosts = hosts();
        for (address, host, path, is_listed) in [
            ("https://gitlab.com/kiwi/paint", "https://gitlab.com/", "kiwi/paint", true),
            ("https://GitLab.com:443/kiwi/paint.git", "https://gitlab.com/", "kiwi/paint", true),
            ("https://gitlab.com/a/b/c/-/tree/main?x#y", "https://gitlab.com/", "a/b/c", true),
            ("https://example.org/git/a/b/", "https://example.org/git", "a/b", true),
            ("https://example.org/a/b", "https://example.org/", "a/b", false),
            ("https://example.org/gitea/b", "https://example.org/", "gitea/b", false),
            ("http://gitlab.com/a/b", "http://gitlab.com/", "a/b", false),
            ("https://gitlab.com:8443/a/b", "https://gitlab.com:8443/", "a/b", false),
            (
                "https://gitlab.com.evil.example/a/b",
                "https://gitlab.com.evil.example/",
                "a/b",
                false,
            ),
            ("https://gitlab.com@evil.example/a/b", "https://evil.example/", "a/b", false),
            ("https://u:p@gitlab.com/a/b", "https://gitlab.com/", "a/b", false),
            (
                "http://169.254.169.254/latest/meta-data",
                "http://169.254.169.254/",
                "latest/meta-data",
                false,
            ),
        ] {
            let place = hosts.find(&address.parse().unwrap()).unwrap();
            let found = (place.host.as_str(), place.path.as_str(), place.gitlab.is_some());
            assert_eq!(found, (host, path, is_listed), "{address}");
        }
    }

    #[test]
    fn what_names_no_project_is_no_place() {
        for address in [
            "https://gitlab.com",
            "https://gitlab.com/kiwi",
            "https://gitlab.com/-/profile",
            "https://gitlab.com/a//b",
            "https://gitlab.com/a/%2e%2e/b",
            "https://gitlab.com/a/b%2Fc",
            "https://gitlab.com/a/-b",
            "mailto:a@b",
        ] {
            assert!(hosts().find(&address.parse().unwrap()).is_none(), "{address}");
        }
    }
}
