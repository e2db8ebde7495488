//! Where a community's project lives today, as far as we may ask about it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longer text is no address.
const MAX_BYTES: usize = 2_048;
/// First parts of a path on github.com that are GitHub's own pages.
const RESERVED: [&str; 40] = [
    "about",
    "account",
    "api",
    "apps",
    "collections",
    "contact",
    "customer-stories",
    "dashboard",
    "enterprise",
    "events",
    "explore",
    "features",
    "gist",
    "issues",
    "join",
    "login",
    "logout",
    "marketplace",
    "new",
    "nonprofit",
    "notifications",
    "organizations",
    "orgs",
    "pricing",
    "pulls",
    "raw",
    "readme",
    "search",
    "security",
    "sessions",
    "settings",
    "site",
    "sponsors",
    "stars",
    "team",
    "topics",
    "trending",
    "user",
    "users",
    "watching",
];

/// One repository on github.com, by its two names. A stranger's address is only ever taken apart:
/// what is fetched is made anew from the names.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GithubRepo {
    owner: String,
    name: String,
}

/// Why a text is no repository on github.com.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotGithub {
    /// Another host, another scheme, or tricks.
    #[error("not an address on github.com; write `https://github.com/OWNER/REPOSITORY`")]
    OtherPlace,
    /// github.com, but not one repository.
    #[error(
        "no repository on github.com; write `https://github.com/OWNER/REPOSITORY`, nothing behind it"
    )]
    NoRepository,
}

impl GithubRepo {
    /// Reads `https://github.com/OWNER/NAME`, with `.git` or `/` behind it if need be.
    ///
    /// `http` is taken for a spelling of `https`, and port 443 for none. Nothing is normalised: a text
    /// that a URL parser would have to bend first (percent signs, dots, other alphabets) is refused.
    ///
    /// # Errors
    /// [`NotGithub`].
    pub fn parse(text: &str) -> Result<Self, NotGithub> {
        let is_plain = text.len() <= MAX_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic());
        let path = Some(text).filter(|_| is_plain).and_then(path_on_github);
        let path = path.ok_or(NotGithub::OtherPlace)?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let (owner, name) = path.split_once('/').ok_or(NotGithub::NoRepository)?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        Self::new(owner, name).ok_or(NotGithub::NoRepository)
    }

    /// Of an owner's and a repository's name, if GitHub could have given them.
    pub fn new(owner: &str, name: &str) -> Option<Self> {
        (is_owner(owner) && is_name(name))
            .then(|| Self { owner: owner.to_owned(), name: name.to_owned() })
    }

    /// A user or an organisation.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Within its owner.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `https://github.com/OWNER/NAME`
    pub fn url(&self) -> String {
        format!("https://github.com/{self}")
    }
}

impl TryFrom<String> for GithubRepo {
    type Error = NotGithub;

    /// Of `OWNER/NAME`, as [`fmt::Display`] writes it.
    fn try_from(text: String) -> Result<Self, NotGithub> {
        let (owner, name) = text.split_once('/').ok_or(NotGithub::NoRepository)?;
        Self::new(owner, name).ok_or(NotGithub::NoRepository)
    }
}

impl From<GithubRepo> for String {
    fn from(repo: GithubRepo) -> Self {
        repo.to_string()
    }
}

/// GitHub takes no notice of capitals.
impl PartialEq for GithubRepo {
    fn eq(&self, other: &Self) -> bool {
        self.owner.eq_ignore_ascii_case(&other.owner) && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl Eq for GithubRepo {}

/// `OWNER/NAME`
impl fmt::Display for GithubRepo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

fn path_on_github(text: &str) -> Option<&str> {
    let rest = without_prefix(text, "https://").or_else(|| without_prefix(text, "http://"))?;
    let rest = without_prefix(rest, "github.com")?;
    rest.strip_prefix(":443").unwrap_or(rest).strip_prefix('/')
}

fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn is_owner(owner: &str) -> bool {
    (1..=39).contains(&owner.len())
        && owner.split('-').all(|part| !part.is_empty())
        && owner.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !RESERVED.iter().any(|page| page.eq_ignore_ascii_case(owner))
}

fn is_name(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && !name.starts_with('-')
        && !matches!(name, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        GithubRepo::parse(text).ok().map(|repo| repo.to_string())
    }

    #[test]
    fn h01_h02_h06_an_address_is_read_as_people_write_it() {
        for (text, repo) in [
            ("https://github.com/o/r", "o/r"),
            ("https://github.com/o/r.git", "o/r"),
            ("https://github.com/o/r/", "o/r"),
            ("https://GITHUB.com/O/R", "O/R"),
            ("HTTPS://github.com/o/r", "o/r"),
            ("http://github.com/o/r", "o/r"),
            ("https://github.com:443/o/r", "o/r"),
            ("https://github.com/kiwi-paint/kiwi_paint.rs", "kiwi-paint/kiwi_paint.rs"),
            ("https://github.com/o/.github", "o/.github"),
        ] {
            assert_eq!(read(text).as_deref(), Some(repo), "{text}");
        }
        assert_eq!(
            GithubRepo::parse("https://github.com/O/R"),
            Ok(GithubRepo::new("o", "r").unwrap())
        );
    }

    #[test]
    fn h03_to_h15_everything_else_is_refused() {
        for text in [
            "https://github.com@169.254.169.254/o/r",
            "https://github.com%2f@evil.com/",
            "https://evil.com#github.com/o/r",
            "https://evil.com/?github.com/o/r",
            "https://github.com\\@evil.com/o/r",
            "https://github.com.evil.com/o/r",
            "https://evilgithub.com/o/r",
            "https://github.com./o/r",
            "https://github.com:8443/o/r",
            "https://user:ghp_CANARY@github.com/o/r",
            "https://gith\u{ff55}b.com/o/r",
            "https://github\u{3002}com/o/r",
            "https://g\u{131}thub.com/o/r",
            "https://githu\u{412}.com/o/r",
            "https:github.com/o/r",
            "https:///github.com/o/r",
            "https:\\\\github.com\\o\\r",
            "https://git\nhub.com/o/r",
            "https://git\thub.com/o/r",
            " https://github.com/o/r",
            "https://github.com/o/../../x/y",
            "https://github.com/o/..",
            "https://github.com/o/%2e%2e",
            "https://github.com/o%2fr",
            "https://2852039166/o/r",
            "https://0xa9fea9fe/o/r",
            "https://127.1/o/r",
            "https://[::ffff:169.254.169.254]/o/r",
            "file:///etc/passwd",
            "git://github.com/o/r",
            "ssh://git@github.com/o/r",
            "git@github.com:o/r",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://github.com/-o/--upload-pack=x",
            "https://github.com/o/-r",
            "https://github.com/o/r;id",
            "https://github.com/o/$(id)",
            "https://github.com/o/`id`",
            "https://github.com/o/r\0",
            "https://gist.github.com/o/r",
            "https://raw.githubusercontent.com/o/r",
            "https://api.github.com/repos/o/r",
            "https://github.com/login/oauth/authorize",
            "https://github.com/settings/tokens",
            "https://github.com/orgs/x",
            "https://github.com/o/r/tree/main",
            "https://github.com/o/r/issues/1",
            "https://github.com/o",
            "https://github.com/o/",
            "https://github.com/o//r",
            "https://github.com/",
            "https://github.com",
            "https://github.com/o/r)",
            "https://github.com/o/r]",
            "https://github.com/o/r,",
            "https://github.com/o/r?x=1",
            "https://github.com/o/r#x",
            "https://github.com/o/.git",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&format!("https://github.com/o/{}", "r".repeat(1 << 20))), None);
    }
}
