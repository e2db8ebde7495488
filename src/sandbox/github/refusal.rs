//! GitHub says no.

use serde_json::{Value, json};

/// Why a call is not answered as it hoped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) enum GithubRefusal {
    /// The token is unknown or was revoked.
    BadCredentials,
    /// Missing, or private.
    NotFound,
    /// Taken down for others' rights.
    Blocked,
    /// Taken down for GitHub's own reasons.
    Suspended,
    /// Issues are switched off.
    NoIssues,
    /// Nothing was pushed yet.
    Empty,
    /// The history is too long for this question.
    TooLarge,
    /// It is called otherwise now; goes on at this address.
    Moved(String),
    /// No page so far behind; cursors have to be used.
    NeedsCursor,
    /// What is searched can't be searched.
    NotSearchable,
    /// The hour's calls are used up.
    RateLimited,
    /// The sandbox has no such endpoint.
    Unknown(String),
}

impl GithubRefusal {
    pub(in crate::sandbox) fn status(&self) -> u16 {
        match self {
            Self::BadCredentials => 401,
            Self::NotFound => 404,
            Self::Blocked => 451,
            Self::Empty => 409,
            Self::NoIssues => 410,
            Self::TooLarge | Self::RateLimited | Self::Suspended => 403,
            Self::Moved(_) => 301,
            Self::NeedsCursor | Self::NotSearchable => 422,
            Self::Unknown(_) => 501,
        }
    }

    pub(in crate::sandbox) fn body(&self) -> Value {
        let mut body = json!({
            "message": self.message(),
            "documentation_url": "https://docs.github.com/rest",
            "status": self.status().to_string(),
        });
        let more = match self {
            Self::Blocked => Some(("block", block("dmca"))),
            Self::Suspended => Some(("block", block("tos"))),
            Self::Moved(to) => Some(("url", json!(to))),
            Self::NotSearchable => Some((
                "errors",
                json!([{
                    "message": "The listed users and repositories cannot be searched either because \
                        the resources do not exist or you do not have permission to view them.",
                    "resource": "Search",
                    "field": "q",
                    "code": "invalid",
                }]),
            )),
            _ => None,
        };
        if let (Some(map), Some((key, value))) = (body.as_object_mut(), more) {
            map.insert(key.to_owned(), value);
        }
        body
    }

    fn message(&self) -> String {
        let text = match self {
            Self::BadCredentials => "Bad credentials",
            Self::NotFound => "Not Found",
            Self::Blocked | Self::Suspended => "Repository access blocked",
            Self::NoIssues => "Issues has been disabled in this repository.",
            Self::Empty => "Git Repository is empty.",
            Self::TooLarge => {
                "The history or contributor list is too large to list contributors for this \
                 repository via the API."
            }
            Self::Moved(_) => "Moved Permanently",
            Self::NeedsCursor => {
                "Pagination with the page parameter is not supported for large datasets, please \
                 use cursor based pagination (after/before)"
            }
            Self::NotSearchable => "Validation Failed",
            Self::RateLimited => {
                "API rate limit exceeded. (But here's the good news: Authenticated requests get a \
                 higher rate limit.)"
            }
            Self::Unknown(what) => return format!("the sandbox's GitHub has no {what}"),
        };
        text.to_owned()
    }
}

/// Why a repository was taken down.
fn block(reason: &str) -> Value {
    json!({
        "reason": reason,
        "created_at": "2026-02-03T04:05:06Z",
        "html_url": "https://github.com/github/dmca/blob/master/2026/02/example.md",
    })
}
