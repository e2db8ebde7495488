//! What can go wrong with a call to GitLab, sorted by what the caller does next.

use std::time::Duration;

use gitlab::api::ApiError;
use thiserror::Error;

use crate::model::Silence;

/// The result of a call.
pub type Result<T, E = GitlabError> = std::result::Result<T, E>;

/// Why a call did not do what it should. Holds no secret and no text of strangers.
///
/// Every duration is real time to wait from now on: the time scale has been applied.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GitlabError {
    /// The request never reached GitLab: repeating it is safe.
    #[error("the request was not sent to GitLab: {reason}")]
    NotSent {
        /// What held it back.
        reason: NotSent,
        /// How long to wait before it has a chance.
        after: Duration,
    },
    /// A write whose answer is unknown: look for its effect before repeating it.
    #[error("a write to GitLab may or may not have happened: {0}; look for it before repeating")]
    Lost(Outage),
    /// A read found GitLab out of order.
    #[error("GitLab is unavailable: {0}; try again later")]
    Unavailable(Outage),
    /// GitLab asks us to slow down; the request was not carried out.
    #[error("GitLab's rate limit is reached; try again later")]
    RateLimited {
        /// How long it asks us to wait.
        after: Duration,
    },
    /// 401: the token is wrong, expired or revoked.
    #[error("GitLab refuses the access token (401); replace LANDFALL_GITLAB_TOKEN")]
    Unauthorized,
    /// 403: the token's account may not do this here.
    #[error("GitLab forbids this (403: {detail}); check the bot's role and the token's scopes")]
    Forbidden {
        /// GitLab's own words, shortened and cleaned.
        detail: String,
    },
    /// 404 or 410: not there, or not visible to the bot.
    #[error("GitLab knows nothing there (404: {detail}), or hides it from the bot")]
    NotFound {
        /// GitLab's own words, shortened and cleaned.
        detail: String,
    },
    /// 409: it clashes with what is there; read again and decide again.
    #[error("GitLab reports a conflict (409: {detail}); read again and decide again")]
    Conflict {
        /// GitLab's own words, shortened and cleaned.
        detail: String,
    },
    /// Any other 4xx: the request will never be accepted as it is.
    #[error("GitLab does not accept the request ({status}: {detail}); repeating it is useless")]
    Invalid {
        /// The HTTP status.
        status: u16,
        /// GitLab's own words, shortened and cleaned.
        detail: String,
    },
    /// The client is read-only and the request would have written; nothing was sent.
    #[error("the GitLab client is read-only and refuses to write (LANDFALL_DRY_RUN)")]
    ReadOnly,
    /// GitLab answered with a redirect; it was not followed.
    #[error("GitLab answered with an unexpected redirect ({status}); check LANDFALL_GITLAB_URL")]
    UnexpectedRedirect {
        /// The HTTP status.
        status: u16,
    },
    /// An address outside the configured GitLab; the token was not sent there.
    #[error("refused to send the token to an address outside the configured GitLab")]
    ForeignAddress,
    /// A read was answered with something we don't understand.
    #[error("GitLab's answer can't be read: {what}; try again or check GitLab's version")]
    Unreadable {
        /// What it should have been.
        what: &'static str,
    },
    /// A read was answered with more than we read.
    #[error("GitLab's answer is too large to be read; look for enormous texts in the project")]
    TooLarge,
    /// A comment was taken as quick actions: neutralisation has failed, no further comments.
    #[error("GitLab executed quick actions from a comment of ours; stop all comments")]
    CommandsExecuted,
    /// The client can't be set up or a request can't be built from what was given.
    #[error("can't build a GitLab request: {0}")]
    Unusable(&'static str),
}

/// What held a request back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotSent {
    /// No connection: refused, DNS, or its time limit.
    #[error("GitLab can't be reached")]
    Connect,
    /// There is somebody, but the certificate or the version of TLS is not acceptable.
    #[error("who answers for GitLab can't be trusted (certificate or TLS version)")]
    Untrusted,
    /// The token was refused; the breaker is open until it is replaced or a probe succeeds.
    #[error("its token was refused lately")]
    TokenRefused,
    /// Too many failures in a row; the breaker is open until a probe succeeds.
    #[error("it failed many times in a row")]
    HostDown,
    /// GitLab asked us to be quiet.
    #[error("its rate limit is used up")]
    Paused,
}

/// How an answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Outage {
    /// An HTTP status that says so: 408 or 5xx.
    #[error("status {0}")]
    Status(u16),
    /// An HTML page instead of the API's answer: login, maintenance, a proxy.
    #[error("an HTML page instead of an answer")]
    Page,
    /// The time limit passed after the request was sent.
    #[error("no full answer in time")]
    Timeout,
    /// The connection broke after the request was sent.
    #[error("the connection broke")]
    Broken,
    /// The answer was larger than we read.
    #[error("the answer was too large")]
    TooLarge,
    /// The write was answered with success, but the answer can't be read.
    #[error("its answer can't be read")]
    Garbled,
}

impl GitlabError {
    /// The least time to wait before the same request has a chance; absent when the caller
    /// chooses, or when repeating is useless.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotSent { after, .. } | Self::RateLimited { after } => Some(*after),
            _ => None,
        }
    }

    /// Whether a write may have happened although it failed.
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Self::Lost(_))
    }

    /// Whether waiting is all that is needed: an outage, not a failed attempt.
    pub fn is_wait(&self) -> bool {
        matches!(self, Self::NotSent { .. } | Self::RateLimited { .. } | Self::Unavailable(_))
    }

    /// What a failed read leaves unknown, and why.
    pub fn silence(&self) -> Silence {
        match self {
            Self::NotFound { .. } => Silence::NotThere,
            Self::Unauthorized | Self::Forbidden { .. } => Silence::Refused,
            Self::UnexpectedRedirect { .. } => Silence::Moved,
            Self::TooLarge => Silence::TooMuch,
            _ => Silence::Later,
        }
    }

    /// What an outage means for this kind of request.
    pub(super) fn outage(outage: Outage, writes: bool) -> Self {
        match (outage, writes) {
            (_, true) => Self::Lost(outage),
            (Outage::TooLarge, false) => Self::TooLarge,
            (_, false) => Self::Unavailable(outage),
        }
    }

    /// An answer of success that does not have the shape it should have.
    pub(super) fn unreadable(what: &'static str, writes: bool) -> Self {
        if writes { Self::Lost(Outage::Garbled) } else { Self::Unreadable { what } }
    }

    /// Takes our own error back out of the crate's; what the crate itself finds wrong is an
    /// answer of success that can't be read, since the transport judges every other one.
    pub(super) fn from_api(error: ApiError<Self>, what: &'static str, writes: bool) -> Self {
        match error {
            ApiError::Client { source } => source,
            ApiError::UrlParse { .. }
            | ApiError::Body { .. }
            | ApiError::UnsupportedUrlBase { .. } => {
                Self::Unusable("an endpoint's address or body")
            }
            _ => Self::unreadable(what, writes),
        }
    }
}
