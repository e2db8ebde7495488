//! GitHub, read only and public data only: where most communities come from.
//!
//! What is asked goes to one API, whose host must be in the public network; redirects lead nowhere.
//! What is not public is not there, whatever our token may see.

mod address;
mod allowance;
mod answers;
mod error;
mod files;
mod link;
mod resolver;
mod settings;
mod survey;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::model::{GithubRepo, Survey};

pub use error::{GithubError, SurveyError};
pub use resolver::{Found, Lookup, SystemLookup};
pub use settings::Settings;

use transport::{Form, Transport};

/// What GitHub says of our token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Scopes of a classic token; a fine-grained one names none. Public data needs none.
    pub scopes: Vec<String>,
    /// Calls left in this hour, when GitHub says so.
    pub calls_left: Option<u32>,
}

/// A client that only reads. Its clones share one connection and one rate limit.
#[derive(Debug, Clone)]
pub struct GitHub {
    transport: Arc<Transport>,
    total_limit: Duration,
}

impl GitHub {
    /// Prepares the client; asks nothing yet. To be called where tokio runs.
    ///
    /// # Errors
    /// [`GithubError::Unusable`].
    pub fn connect(settings: Settings) -> Result<Self, GithubError> {
        let total_limit = settings.total_limit();
        Ok(Self { transport: Arc::new(Transport::new(settings)?), total_limit })
    }

    /// Asks what the token may do. Costs no call of the hourly limit.
    ///
    /// # Errors
    /// When GitHub can't be asked, or refuses the token.
    pub async fn token_info(&self) -> Result<TokenInfo, SurveyError> {
        let asked = self.transport.ask("token", "/rate_limit", Form::Json);
        let answer =
            timeout_at(self.deadline(), asked).await.map_err(|_| SurveyError::Timeout)??;
        if answer.status != http::StatusCode::OK {
            return Err(answer.unexpected());
        }
        let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
        let scopes = header("x-oauth-scopes").unwrap_or_default().split(',').map(str::trim);
        Ok(TokenInfo {
            scopes: scopes.filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            calls_left: header("x-ratelimit-remaining").and_then(|left| left.parse().ok()),
        })
    }

    /// Looks at one source: at most ten questions, 20 seconds, and 8 MiB an answer. What is private
    /// is not found. A new name is followed within the API, and told in the survey.
    ///
    /// When less than a whole survey is left of GitHub's hourly limit, nothing is asked.
    ///
    /// # Errors
    /// [`SurveyError`]; what GitHub does not say about a source that is there is no error.
    pub async fn survey(&self, repo: &GithubRepo) -> Result<Survey, SurveyError> {
        survey::survey(&self.transport, repo, self.deadline()).await
    }

    /// What a source says of itself: its number, whether it is archived, when it was pushed to, where it
    /// points. One question, two after a rename; all counts stay unknown.
    ///
    /// # Errors
    /// As [`GitHub::survey`].
    pub async fn glance(&self, repo: &GithubRepo) -> Result<Survey, SurveyError> {
        survey::glance(&self.transport, repo, self.deadline()).await
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.total_limit
    }
}
