//! How the client is set up.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use url::{Host, Url};

use super::GithubError;
use super::address::is_public;
use super::resolver::{Lookup, SystemLookup};
use crate::clock::{Clock, SystemClock};

/// Limit for a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Limit for everything that is asked about one source, and for any other question.
const TOTAL_LIMIT: Duration = Duration::from_secs(20);

/// Everything [`GitHub::connect`](super::GitHub::connect) needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The API's address; `https`, or `http` for this machine.
    pub base_url: Url,
    /// A token that can read public data and nothing else. Without one GitHub answers 60 questions
    /// an hour, with one 5,000.
    pub token: Option<SecretString>,
    /// Divides every time limit; 1 outside tests.
    pub time_scale: f64,
    /// Tells when a rate limit has passed.
    pub clock: Arc<dyn Clock>,
    /// Finds the addresses of a host. Only public ones of them are connected to.
    pub lookup: Arc<dyn Lookup>,
}

impl Settings {
    /// Settings with the usual limits, the machine's clock and its resolver.
    pub fn new(base_url: Url, token: Option<SecretString>) -> Self {
        Self {
            base_url,
            token,
            time_scale: 1.0,
            clock: Arc::new(SystemClock),
            lookup: Arc::new(SystemLookup),
        }
    }

    pub(super) fn connect_limit(&self) -> Duration {
        self.shorten(CONNECT_LIMIT)
    }

    pub(super) fn total_limit(&self) -> Duration {
        self.shorten(TOTAL_LIMIT)
    }

    /// A nonsense scale (zero, negative, not a number) counts as 1.
    fn shorten(&self, limit: Duration) -> Duration {
        let scale = self.time_scale;
        let scale = if scale.is_finite() && scale > 0.0 { scale } else { 1.0 };
        Duration::try_from_secs_f64(limit.as_secs_f64() / scale).unwrap_or(limit)
    }

    /// The address without a slash at its end, when it may be asked at all. A host written as an
    /// IP address is never looked up, so it is judged here.
    pub(super) fn api_base(&self) -> Result<Url, GithubError> {
        let mut base = self.base_url.clone();
        let is_safe = match base.scheme() {
            "https" => true,
            "http" => self.is_this_machine(),
            _ => false,
        };
        if !is_safe {
            return Err(GithubError::Unusable(
                "its address must be https (http only for this machine)",
            ));
        }
        let is_reachable = match base.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback() || is_public(ip.into()),
            Some(Host::Ipv6(ip)) => ip.is_loopback() || is_public(ip.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        if !is_reachable {
            return Err(GithubError::Unusable("its address must be in the public network"));
        }
        let clean = base.set_username("").and_then(|()| base.set_password(None));
        clean.map_err(|()| GithubError::Unusable("its address has no host"))?;
        base.set_query(None);
        base.set_fragment(None);
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&path);
        Ok(base)
    }

    /// Whether the API is this machine: a sandbox or a test.
    pub(super) fn is_this_machine(&self) -> bool {
        match self.base_url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(url: &str) -> Result<String, GithubError> {
        let settings = Settings::new(url.parse().unwrap(), None);
        settings.api_base().map(|base| base.to_string())
    }

    #[test]
    fn the_api_is_in_the_public_network_or_on_this_machine() {
        for (given, expect) in [
            ("https://api.github.com", "https://api.github.com/"),
            ("https://api.github.com/", "https://api.github.com/"),
            ("https://u:p@github.example.com/api/v3/?x#y", "https://github.example.com/api/v3"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("http://[::1]:8080/api/v3", "http://[::1]:8080/api/v3"),
            ("http://localhost:1", "http://localhost:1/"),
            ("https://140.82.112.6", "https://140.82.112.6/"),
        ] {
            assert_eq!(base(given).unwrap(), expect, "{given}");
        }
        for given in [
            "http://api.github.com",
            "http://140.82.112.6",
            "ftp://127.0.0.1",
            "https://169.254.169.254",
            "https://2852039166",
            "https://10.0.0.1",
            "https://[::ffff:127.0.0.1]",
            "https://[fd00::1]",
        ] {
            assert!(matches!(base(given), Err(GithubError::Unusable(_))), "{given}");
        }
    }

    #[test]
    fn a_nonsense_scale_changes_nothing() {
        let mut settings = Settings::new("https://api.github.com".parse().unwrap(), None);
        for scale in [1.0, 0.0, -1.0, f64::NAN, f64::INFINITY] {
            settings.time_scale = scale;
            assert_eq!(settings.total_limit(), TOTAL_LIMIT);
        }
        settings.time_scale = 20.0;
        assert_eq!(settings.total_limit(), Duration::from_secs(1));
    }
}
