//! How the client is set up.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use url::{Host, Url};

use super::{GitlabError, Result};
use crate::clock::{Clock, SystemClock};

/// Everything [`GitLab::connect`](super::GitLab::connect) needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The instance's address as people open it; a path (relative URL root) is kept.
    pub base_url: Url,
    /// The bot's access token; its `Debug` is redacted. Without one GitLab shows what everybody may
    /// see, and leaves out some of it.
    pub token: Option<SecretString>,
    /// Refuse every method but `GET` and `HEAD` before anything leaves.
    pub read_only: bool,
    /// Divides every wait and time limit; 1 outside tests.
    pub time_scale: f64,
    /// Sent with every request.
    pub user_agent: String,
    /// Limit for a connection, before the time scale.
    pub connect_timeout: Duration,
    /// Limit for a request from the connection to the answer's last byte, before the time scale.
    pub total_timeout: Duration,
    /// Full pages (100 records each) read of one list before it is given up as unreadable.
    pub page_cap: usize,
    /// Tells wall time for `RateLimit-Reset`, dates in `Retry-After` and the skew.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// Settings with the usual limits: connect 5 s, total 30 s, 100 pages, the machine's clock.
    pub fn new(base_url: Url, token: SecretString) -> Self {
        Self { token: Some(token), read_only: false, ..Self::anonymous(base_url) }
    }

    /// The same without a token, which reads only.
    pub fn anonymous(base_url: Url) -> Self {
        Self {
            base_url,
            token: None,
            read_only: true,
            time_scale: 1.0,
            user_agent: concat!("landfall/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(30),
            page_cap: 100,
            clock: Arc::new(SystemClock),
        }
    }

    /// The API's base, `https://host/root/api/v4/`.
    pub(super) fn api_base(&self) -> Result<Url> {
        if self.base_url.scheme() != "https"
            && !(self.base_url.scheme() == "http" && self.is_loopback())
        {
            return Err(GitlabError::Unusable(
                "the GitLab address must be https (http only for this machine)",
            ));
        }
        let mut base = self.base_url.clone();
        base.set_query(None);
        base.set_fragment(None);
        let root = base.path().trim_end_matches('/').to_owned();
        base.set_path(&format!("{root}/api/v4/"));
        base.set_username("")
            .and_then(|()| base.set_password(None))
            .map_err(|()| GitlabError::Unusable("the GitLab address has no host"))?;
        Ok(base)
    }

    /// Whether the instance is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        match self.base_url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }
}

/// Divides waits; the only place that knows the time scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeScale(f64);

impl TimeScale {
    /// A scale; nonsense (zero, negative, not a number) counts as 1.
    pub(super) fn new(scale: f64) -> Self {
        Self(if scale.is_finite() && scale > 0.0 { scale } else { 1.0 })
    }

    /// How long the wait really is.
    pub(super) fn shorten(self, wait: Duration) -> Duration {
        Duration::try_from_secs_f64(wait.as_secs_f64() / self.0).unwrap_or(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> Settings {
        Settings::new(url.parse().unwrap(), SecretString::from("t"))
    }

    #[test]
    fn a_relative_root_is_kept() {
        for (given, base) in [
            ("https://gitlab.example.com", "https://gitlab.example.com/api/v4/"),
            ("https://example.com/gitlab/", "https://example.com/gitlab/api/v4/"),
            ("https://u:p@example.com/a/b?x#y", "https://example.com/a/b/api/v4/"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/v4/"),
            ("http://[::1]:8080", "http://[::1]:8080/api/v4/"),
        ] {
            assert_eq!(settings(given).api_base().unwrap().as_str(), base);
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for given in
            ["http://gitlab.example.com", "ftp://127.0.0.1", "http://localhost.evil.example"]
        {
            assert!(settings(given).api_base().is_err(), "{given}");
        }
    }

    #[test]
    fn a_nonsense_scale_changes_nothing() {
        let second = Duration::from_secs(1);
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(TimeScale::new(scale).shorten(second), second);
        }
        assert_eq!(TimeScale::new(1000.0).shorten(second), Duration::from_millis(1));
    }
}
