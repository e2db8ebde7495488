//! One question to GitHub: counted, bounded in bytes, never redirected.

use std::error::Error;
use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use octocrab::Octocrab;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use url::Url;

use super::allowance::Allowance;
use super::resolver::{Guarded, NotPublic};
use super::{GithubError, Settings, SurveyError};
use crate::clock::Clock;

/// More than this is not read of an answer, after decompression.
const SIZE_LIMIT: usize = 8 * 1024 * 1024;
/// The version of the API that our types are made for.
const API_VERSION: &str = "2022-11-28";

/// What GitHub is to send.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Json,
    /// A file as it is, instead of JSON about it.
    Raw,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// The body as JSON of this shape.
    pub(super) fn json<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, SurveyError> {
        serde_json::from_slice(&self.body).map_err(|_| SurveyError::Unreadable { what })
    }

    /// A status that no question has an answer for.
    pub(super) fn unexpected(&self) -> SurveyError {
        SurveyError::Status(self.status.as_u16())
    }
}

/// The connection behind [`GitHub`](super::GitHub).
#[derive(Debug)]
pub(super) struct Transport {
    api: Octocrab,
    base: Url,
    allowance: Allowance,
    clock: Arc<dyn Clock>,
}

impl Transport {
    pub(super) fn new(settings: Settings) -> Result<Self, GithubError> {
        let base = settings.api_base()?;
        let resolver = Guarded {
            lookup: Arc::clone(&settings.lookup),
            this_machine: settings.is_this_machine(),
        };
        let http = reqwest::Client::builder()
            .connect_timeout(settings.connect_limit())
            .timeout(settings.total_limit())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .dns_resolver(resolver)
            // A proxy would look the host up by itself, and where it then goes nobody checks.
            .no_proxy()
            .build()
            .map_err(|_| GithubError::Unusable("no HTTP client can be made"))?;
        let unusable = |_| GithubError::Unusable("its address does not fit into a request");
        let mut api = Octocrab::builder().base_uri(base.as_str()).map_err(unusable)?;
        if let Some(token) = settings.token {
            // octocrab takes it for granted that the token fits into a header.
            if !token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(GithubError::Unusable("the token holds characters no token has"));
            }
            api = api.personal_token(token);
        }
        let api = api.build_with_reqwest(http).map_err(unusable)?;
        Ok(Self { api, base, allowance: Allowance::default(), clock: settings.clock })
    }

    /// Whether so many questions may be asked now.
    pub(super) fn allows(&self, calls: u32) -> Result<(), SurveyError> {
        let allowed = self.allowance.has(calls, self.clock.now());
        allowed.map_err(|until| SurveyError::RateLimited { until })
    }

    /// Asks for a path below the API's base. Refusals for asking too much and of the token are
    /// errors; every other status is the question's business.
    pub(super) async fn ask(
        &self,
        what: &'static str,
        path: &str,
        form: Form,
    ) -> Result<Answer, SurveyError> {
        let taken = self.allowance.take(self.clock.now());
        taken.map_err(|until| SurveyError::RateLimited { until })?;
        // With the base's own path in front nothing is left for octocrab to join.
        let path = format!("{}{path}", self.base.path().trim_end_matches('/'));
        let exchanged = self.exchange(&path, form).await;
        let status = exchanged.as_ref().map_or(0, |answer| answer.status.as_u16());
        tracing::debug!(what, status, "asked GitHub");
        let class = match status {
            0 => "none",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        metrics::counter!("landfall_github_requests_total", "status_class" => class).increment(1);
        let answer = exchanged?;
        self.judge(answer)
    }

    async fn exchange(&self, path: &str, form: Form) -> Result<Answer, SurveyError> {
        let mut headers = HeaderMap::new();
        let accept = match form {
            Form::Json => "application/vnd.github+json",
            Form::Raw => "application/vnd.github.raw+json",
        };
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        headers.insert("x-github-api-version", HeaderValue::from_static(API_VERSION));
        let sent = self.api._get_with_headers(path, Some(headers)).await;
        let response = sent.map_err(|error| failure(&error))?;
        // Back into reqwest's own type, which reads a body piece by piece.
        let response = reqwest::Response::from(response.map(reqwest::Body::wrap));
        read(response).await
    }

    fn judge(&self, answer: Answer) -> Result<Answer, SurveyError> {
        let now = self.clock.now();
        let Answer { status, headers, body } = &answer;
        self.allowance.observe(headers, now);
        if let Some(until) = self.allowance.limit(*status, headers, body, now) {
            tracing::warn!(event = "github_limited", %until, "GitHub asks us to wait");
            return Err(SurveyError::RateLimited { until });
        }
        if *status == StatusCode::UNAUTHORIZED {
            return Err(SurveyError::Unauthorized);
        }
        Ok(answer)
    }

    /// The path below the base to which a redirect leads, when that is a repository by its number
    /// in the same API. All else is not followed, wherever it leads.
    pub(super) fn repository_behind(&self, headers: &HeaderMap) -> Option<String> {
        let location = headers.get(header::LOCATION)?.to_str().ok()?;
        let number = location
            .strip_prefix(self.base.as_str().trim_end_matches('/'))
            .and_then(|path| path.strip_prefix("/repositories/"))?;
        let is_number =
            (1..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| format!("/repositories/{number}"))
    }
}

/// Reads the whole answer, but never more than the limit.
async fn read(mut response: reqwest::Response) -> Result<Answer, SurveyError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        if body.len() + chunk.len() > SIZE_LIMIT {
            return Err(SurveyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let headers = std::mem::take(response.headers_mut());
    Ok(Answer { status: response.status(), headers, body: body.freeze() })
}

/// What lies at the bottom of a request that came to nothing.
fn failure(error: &(dyn Error + 'static)) -> SurveyError {
    let chain = || std::iter::successors(Some(error), |&cause| cause.source());
    if chain().any(<dyn Error>::is::<NotPublic>) {
        tracing::error!(
            event = "github_address_refused",
            "GitHub's host leads into a private network; nothing was sent there"
        );
        return SurveyError::PrivateAddress;
    }
    let is = |kind: fn(&reqwest::Error) -> bool| {
        chain().filter_map(|cause| cause.downcast_ref()).any(kind)
    };
    // A connection that can't be made in time is one that can't be made.
    if is(reqwest::Error::is_connect) {
        SurveyError::Unreachable
    } else if is(reqwest::Error::is_timeout) {
        SurveyError::Timeout
    } else if chain().filter_map(|cause| cause.downcast_ref()).any(is_garbled) {
        SurveyError::Unreadable { what: "compressed" }
    } else {
        SurveyError::Unreachable
    }
}

/// What the decompressor says of bytes that were never compressed.
fn is_garbled(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
}
