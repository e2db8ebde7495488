//! GitHub, read only and public data only: where most communities come from.
//!
//! So far the one question is whether our token is fit for it; sources are assessed by a later release.

use std::time::Duration;

use octocrab::Octocrab;
use secrecy::SecretString;
use thiserror::Error;
use url::Url;

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const TOTAL_LIMIT: Duration = Duration::from_secs(20);

/// Why GitHub could not be asked. Holds no secret.
#[derive(Debug, Error)]
pub enum GithubError {
    /// The client can't be built from address and token.
    #[error("the GitHub client can't be set up; check LANDFALL_GITHUB_URL")]
    Unusable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer.
    #[error("GitHub can't be reached; check LANDFALL_GITHUB_URL and the way there")]
    Unreachable(#[source] Box<octocrab::Error>),
    /// The token is wrong, expired or revoked.
    #[error("GitHub refuses the token (401); replace LANDFALL_GITHUB_TOKEN")]
    Unauthorized,
    /// Any other status.
    #[error("GitHub answers with status {0}; try again later")]
    Status(u16),
}

/// What GitHub says of our token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Scopes of a classic token; a fine-grained one names none. Public data needs none.
    pub scopes: Vec<String>,
    /// Calls left in this hour, when GitHub says so.
    pub calls_left: Option<u32>,
}

/// A client that only reads.
#[derive(Debug, Clone)]
pub struct GitHub(Octocrab);

impl GitHub {
    /// Prepares the client; asks nothing yet. Redirects are not followed: the token stays here.
    ///
    /// # Errors
    /// [`GithubError::Unusable`].
    pub fn connect(base: &Url, token: Option<SecretString>) -> Result<Self, GithubError> {
        let unusable =
            |error: Box<dyn std::error::Error + Send + Sync>| GithubError::Unusable(error);
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            .timeout(TOTAL_LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| unusable(error.into()))?;
        let mut builder = Octocrab::builder()
            .base_uri(base.as_str().trim_end_matches('/'))
            .map_err(|error| unusable(error.into()))?;
        if let Some(token) = token {
            builder = builder.personal_token(token);
        }
        let client = builder.build_with_reqwest(http).map_err(|error| unusable(error.into()))?;
        Ok(Self(client))
    }

    /// Asks what the token may do. Costs no call of the hourly limit.
    ///
    /// # Errors
    /// When GitHub can't be asked, or refuses the token.
    pub async fn token_info(&self) -> Result<TokenInfo, GithubError> {
        let answer = self
            .0
            ._get("/rate_limit")
            .await
            .map_err(|error| GithubError::Unreachable(Box::new(error)))?;
        let header = |name: &str| {
            answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        match answer.status().as_u16() {
            200 => Ok(TokenInfo {
                scopes: header("x-oauth-scopes")
                    .unwrap_or_default()
                    .split(',')
                    .map(str::trim)
                    .filter(|scope| !scope.is_empty())
                    .map(str::to_owned)
                    .collect(),
                calls_left: header("x-ratelimit-remaining").and_then(|left| left.parse().ok()),
            }),
            401 => Err(GithubError::Unauthorized),
            status => Err(GithubError::Status(status)),
        }
    }
}
