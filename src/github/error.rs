//! What can go wrong between us and GitHub, sorted by what a person does next.

use jiff::Timestamp;
use thiserror::Error;

/// Why GitHub could not be asked about our token. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GithubError {
    /// The client can't be built from address and token.
    #[error("GitHub can't be asked: {0}; check LANDFALL_GITHUB_URL and LANDFALL_GITHUB_TOKEN")]
    Unusable(&'static str),
    /// It was asked and there is no answer to go on.
    #[error(transparent)]
    Failed(#[from] SurveyError),
}

/// Why there is no survey of a source. Holds no secret and no text of strangers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SurveyError {
    /// Not there, or not for everybody to see: nobody learns which.
    #[error("there is no public repository of this name on GitHub; check the address")]
    NotFound,
    /// GitHub has taken it out of sight, for legal reasons or its own.
    #[error("GitHub has blocked this repository; ask the community where its code is now")]
    Blocked,
    /// An answer was larger than we read.
    #[error("GitHub's answer is too large to be read; assess this source by hand")]
    TooLarge,
    /// GitHub asks us to wait, or would: nothing is left of this hour.
    #[error(
        "GitHub's rate limit is used up; try again after {until:.0}, or set LANDFALL_GITHUB_TOKEN"
    )]
    RateLimited {
        /// When it answers again.
        until: Timestamp,
    },
    /// 401: the token is wrong, expired or revoked.
    #[error("GitHub refuses the token (401); replace LANDFALL_GITHUB_TOKEN")]
    Unauthorized,
    /// 403, and neither a limit nor a block.
    #[error("GitHub refuses to answer (403); check LANDFALL_GITHUB_TOKEN and the way there")]
    Forbidden,
    /// No connection, or it broke.
    #[error("GitHub can't be reached; check LANDFALL_GITHUB_URL and the way there")]
    Unreachable,
    /// The host's name leads into a private network; nothing was sent there.
    #[error("GitHub's host leads into a private network; check DNS and LANDFALL_GITHUB_URL")]
    PrivateAddress,
    /// Not all answers came in time.
    #[error("GitHub did not answer in time; try again later")]
    Timeout,
    /// A redirect to another place than a repository of the same API; it was not followed.
    #[error("GitHub's API points somewhere else, which is not followed; check LANDFALL_GITHUB_URL")]
    ForeignRedirect,
    /// Any other status.
    #[error("GitHub answers with status {0}; try again later")]
    Status(u16),
    /// An answer that is not what GitHub's API answers.
    #[error(
        "GitHub's answer can't be read ({what}); check LANDFALL_GITHUB_URL, or update Landfall"
    )]
    Unreadable {
        /// What was asked for.
        what: &'static str,
    },
}
