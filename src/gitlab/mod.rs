//! The GitLab client: the `gitlab` crate's typed endpoints over a transport that keeps our rules.
//!
//! The methods of `fetch.rs` and `survey.rs` only read; those of `apply.rs` and `imports.rs` are the
//! only writes of the whole program. Every call goes through one transport, which holds the token, the limits, the
//! breakers and the read-only switch.

mod answer;
mod apply;
mod breaker;
mod endpoint;
mod error;
mod fetch;
mod imports;
mod pace;
mod page;
mod pager;
mod reading;
mod redact;
mod request;
mod resource;
mod retry;
mod settings;
mod shape;
mod survey;
mod transport;

use std::fmt::Display;
use std::sync::Arc;

use bytes::Bytes;
use gitlab::api::{AsyncQuery, Endpoint, ignore};
use http::Method;
use jiff::SignedDuration;
use secrecy::SecretString;
use serde::de::DeserializeOwned;

pub use self::error::{GitlabError, NotSent, Outage, Result};
pub use self::imports::{
    CancelAnswer, GithubImport, ImportAnswer, ImportStages, ImportTarget, ProjectTransfer,
};
pub use self::resource::{
    FailedDelivery, Hook, HookEvents, HookSettings, Label, Member, NewFile, Posted, Project,
    TokenInfo, Version,
};
pub use self::settings::Settings;
pub use self::transport::Health;
use self::transport::Transport;

/// The one connection to GitLab; cheap to clone, all clones share limits, breakers and token.
#[derive(Debug, Clone)]
pub struct GitLab(Arc<Transport>);

impl GitLab {
    /// Prepares the client; touches no network, so an instance that is down is no error.
    ///
    /// # Errors
    /// [`GitlabError::Unusable`] when the address is not `https` (or `http` to this machine), or
    /// when the token can't stand in a header.
    pub fn connect(settings: Settings) -> Result<Self> {
        Ok(Self(Arc::new(Transport::new(settings)?)))
    }

    /// Whether it goes without a token, and so sees what everybody sees.
    pub fn is_anonymous(&self) -> bool {
        self.0.is_anonymous()
    }

    /// Takes a new token from the next request on and closes the breaker that 401 has opened.
    ///
    /// # Errors
    /// [`GitlabError::Unusable`] when it can't stand in a header; the old one stays.
    pub fn replace_token(&self, token: &SecretString) -> Result<()> {
        self.0.replace_token(token)
    }

    /// What the client knows about GitLab without asking it.
    pub fn health(&self) -> Health {
        self.0.health()
    }

    /// How far GitLab's clock is ahead of ours (negative: behind), by the last answer's `Date`
    /// header, to the second; absent before the first answer.
    pub fn server_time_skew(&self) -> Option<SignedDuration> {
        self.0.skew()
    }

    /// Asks one endpoint for one thing.
    async fn ask<T>(&self, endpoint: impl Endpoint + Sync, what: &'static str) -> Result<T>
    where
        T: DeserializeOwned + 'static,
    {
        let writes = is_write(&endpoint.method());
        endpoint
            .query_async(&*self.0)
            .await
            .map_err(|error| GitlabError::from_api(error, what, writes))
    }

    /// Sends to one endpoint whose answer says nothing beyond success.
    async fn tell(&self, endpoint: impl Endpoint + Sync) -> Result<()> {
        let writes = is_write(&endpoint.method());
        ignore(endpoint)
            .query_async(&*self.0)
            .await
            .map_err(|error| GitlabError::from_api(error, "an empty answer", writes))
    }

    /// Sends to one endpoint whose status matters.
    async fn send(&self, endpoint: impl Endpoint) -> Result<http::Response<Bytes>> {
        self.0.call(self.0.request_for(&endpoint)?).await
    }
}

/// Whether a request of this method changes something.
fn is_write(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// The endpoint, unless its builder misses something.
fn built<T, E: Display>(endpoint: std::result::Result<T, E>) -> Result<T> {
    endpoint.map_err(|_| GitlabError::Unusable("an endpoint lacks a required field"))
}
