//! From a host's name to addresses that may be connected to.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;

/// What a lookup comes to.
pub type Found = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Finds the addresses of a host; passed in, so that tests own the answers.
pub trait Lookup: fmt::Debug + Send + Sync {
    /// All of them, of either kind. A port of 0 is the scheme's own.
    fn lookup(&self, host: &str) -> Found;
}

/// The machine's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: &str) -> Found {
        let host = host.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) })
    }
}

/// Passes on public addresses only, each time a connection is made: a name that led to GitHub a
/// minute ago may lead into our own network now.
#[derive(Debug)]
pub(super) struct Guarded {
    pub(super) lookup: Arc<dyn Lookup>,
    /// Whether the API itself is configured to be this machine; then loopback is right, too.
    pub(super) this_machine: bool,
}

/// A host has no address that may be connected to.
#[derive(Debug, thiserror::Error)]
#[error("the host's address is not in the public network")]
pub(super) struct NotPublic;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let this_machine = self.this_machine;
        let found = self.lookup.lookup(name.as_str());
        Box::pin(async move {
            let mut addresses = found.await?;
            addresses.retain(|address| {
                is_public(address.ip()) || (this_machine && address.ip().is_loopback())
            });
            if addresses.is_empty() {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Told(Vec<SocketAddr>);

    impl Lookup for Told {
        fn lookup(&self, _: &str) -> Found {
            let told = self.0.clone();
            Box::pin(async move { Ok(told) })
        }
    }

    async fn passed(told: &[&str], this_machine: bool) -> Option<Vec<String>> {
        let told = told.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
        let guarded = Guarded { lookup: Arc::new(Told(told)), this_machine };
        match guarded.resolve("api.github.example".parse().unwrap()).await {
            Ok(addresses) => Some(addresses.map(|address| address.ip().to_string()).collect()),
            Err(error) => {
                assert!(error.is::<NotPublic>(), "{error}");
                None
            }
        }
    }

    #[tokio::test]
    async fn h17_private_addresses_are_dropped_from_an_answer() {
        let mixed = ["10.0.0.1", "140.82.112.6", "::1", "2606:50c0:8000::153", "127.0.0.1"];
        let public = ["140.82.112.6", "2606:50c0:8000::153"];
        assert_eq!(passed(&mixed, false).await.unwrap(), public);
        assert_eq!(passed(&["169.254.169.254", "127.0.0.1", "::1"], false).await, None);
        assert_eq!(passed(&[], false).await, None);
    }

    #[tokio::test]
    async fn only_loopback_is_added_when_the_api_is_this_machine() {
        let told = ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254"];
        assert_eq!(passed(&told, true).await.unwrap(), ["127.0.0.1", "::1"]);
        assert_eq!(passed(&["10.0.0.1"], true).await, None);
    }
}
