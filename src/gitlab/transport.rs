//! Every call to GitLab goes through here: token, limits, breakers, read-only switch.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use gitlab::api::{ApiError, AsyncClient, RestClient};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

use super::breaker::Breaker;
use super::pace::{Pace, http_date};
use super::request::Outgoing;
use super::settings::TimeScale;
use super::{GitlabError, NotSent, Result, Settings, answer, retry};
use crate::clock::Clock;

/// Calls under way at once; the rest wait for their turn.
const CONCURRENT_CALLS: usize = 8;
/// A refused token is tried again this often, in case GitLab was wrong.
const TOKEN_PROBE: Duration = Duration::from_secs(60);
/// The host counts as down after this many failures in a row.
const HOST_FAILURES: u32 = 5;
/// A host that is down is probed after this long at first…
const FIRST_HOST_PROBE: Duration = Duration::from_secs(1);
/// …and this rarely at last.
const LAST_HOST_PROBE: Duration = Duration::from_secs(60);
/// How long a caller should wait after a failed connection.
const AFTER_CONNECT_FAILURE: Duration = Duration::from_secs(1);
/// Shorter than the servers' own limit, so that a connection is seldom closed under a request.
const IDLE_CONNECTION: Duration = Duration::from_secs(15);
/// "No answer yet" for the skew.
const UNKNOWN_SKEW: i64 = i64::MIN;

/// What the client knows about GitLab without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// The token was refused and nothing has gone well since.
    pub token_refused: bool,
    /// Too many failures in a row and nothing has gone well since.
    pub host_down: bool,
    /// How long all calls are held back for the rate limit.
    pub paused_for: Option<Duration>,
}

impl Health {
    /// Whether calls are likely to go through now.
    pub fn is_well(&self) -> bool {
        !self.token_refused && !self.host_down
    }
}

impl std::fmt::Display for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.token_refused, self.host_down, self.paused_for) {
            (true, ..) => f.write_str("token refused"),
            (_, true, _) => f.write_str("not reachable"),
            (_, _, Some(_)) => f.write_str("paused by its rate limit"),
            _ => f.write_str("ok"),
        }
    }
}

/// The connection behind [`GitLab`](super::GitLab).
#[derive(Debug)]
pub(super) struct Transport {
    http: reqwest::Client,
    base: Url,
    token: RwLock<Token>,
    read_only: bool,
    scale: TimeScale,
    page_cap: usize,
    clock: std::sync::Arc<dyn Clock>,
    lanes: Semaphore,
    pace: Pace,
    token_breaker: Breaker,
    host_breaker: Breaker,
    skew_seconds: AtomicI64,
    calls: AtomicU64,
}

/// The header to send, if any, marked sensitive so that `Debug` hides it, and which token it is: a
/// 401 for an older one says nothing about the newer.
#[derive(Debug, Clone)]
struct Token {
    header: Option<HeaderValue>,
    generation: u64,
}

impl Transport {
    pub(super) fn new(settings: Settings) -> Result<Self> {
        let base = settings.api_base()?;
        let scale = TimeScale::new(settings.time_scale);
        let mut http = reqwest::Client::builder()
            .user_agent(settings.user_agent.as_str())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(scale.shorten(settings.connect_timeout))
            .timeout(scale.shorten(settings.total_timeout))
            .pool_idle_timeout(IDLE_CONNECTION);
        if settings.is_loopback() {
            http = http.no_proxy();
        }
        Ok(Self {
            http: http.build().map_err(|_| GitlabError::Unusable("the HTTP client"))?,
            token: RwLock::new(Token {
                header: settings.token.as_ref().map(bearer).transpose()?,
                generation: 0,
            }),
            read_only: settings.read_only,
            page_cap: settings.page_cap,
            clock: settings.clock,
            lanes: Semaphore::new(CONCURRENT_CALLS),
            pace: Pace::new(scale),
            token_breaker: Breaker::new(1, scale.shorten(TOKEN_PROBE), scale.shorten(TOKEN_PROBE)),
            host_breaker: Breaker::new(
                HOST_FAILURES,
                scale.shorten(FIRST_HOST_PROBE),
                scale.shorten(LAST_HOST_PROBE),
            ),
            skew_seconds: AtomicI64::new(UNKNOWN_SKEW),
            calls: AtomicU64::new(0),
            base,
            scale,
        })
    }

    pub(super) fn replace_token(&self, token: &SecretString) -> Result<()> {
        let header = bearer(token)?;
        {
            let mut current = self.token.write().unwrap_or_else(PoisonError::into_inner);
            *current = Token { header: Some(header), generation: current.generation + 1 };
        }
        self.token_breaker.close();
        tracing::info!("the GitLab token was replaced");
        Ok(())
    }

    pub(super) fn is_anonymous(&self) -> bool {
        self.token.read().unwrap_or_else(PoisonError::into_inner).header.is_none()
    }

    pub(super) fn health(&self) -> Health {
        Health {
            token_refused: self.token_breaker.is_open(),
            host_down: self.host_breaker.is_open(),
            paused_for: self.pace.quiet_for(Instant::now()),
        }
    }

    pub(super) fn skew(&self) -> Option<SignedDuration> {
        let seconds = self.skew_seconds.load(Ordering::Relaxed);
        (seconds != UNKNOWN_SKEW).then(|| SignedDuration::from_secs(seconds))
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn page_cap(&self) -> usize {
        self.page_cap
    }

    /// The address of an endpoint's path.
    pub(super) fn api_url(&self, path: &str) -> Result<Url> {
        self.base.join(path).map_err(|_| GitlabError::Unusable("an endpoint's address"))
    }

    /// Makes one call: waits for its turn, sends it, repeats it where that is safe.
    pub(super) async fn call(&self, request: Outgoing) -> Result<http::Response<Bytes>> {
        if self.read_only && request.writes() {
            return Err(GitlabError::ReadOnly);
        }
        if !self.is_ours(&request.url) {
            return Err(GitlabError::ForeignAddress);
        }
        let _lane = self.lanes.acquire().await.map_err(|_| GitlabError::Unusable("no lane"))?;
        let mut attempt = 1;
        let mut failure = None;
        loop {
            let outcome = match self.admit().await {
                Ok(()) => self.attempt(&request, attempt).await,
                // The first failure says more than "now nothing is sent any more".
                Err(held_back) => return Err(failure.unwrap_or(held_back)),
            };
            let Err(error) = outcome else { return outcome };
            let wait = retry::wait_before_next(attempt, &error, fastrand::f64());
            let Some(wait) = wait.filter(|_| !request.once) else { return Err(error) };
            tokio::time::sleep(self.scale.shorten(wait)).await;
            failure = Some(error);
            attempt += 1;
        }
    }

    /// Waits for a call's turn and asks the breakers.
    async fn admit(&self) -> Result<()> {
        self.pace.turn().await?;
        self.pass_breakers()
    }

    fn pass_breakers(&self) -> Result<()> {
        let now = Instant::now();
        let held = |reason| move |after| GitlabError::NotSent { reason, after };
        self.host_breaker.pass(now).map_err(held(NotSent::HostDown))?;
        self.token_breaker.pass(now).map_err(held(NotSent::TokenRefused))
    }

    /// Sends once, tells log and metrics, and teaches pace and breakers.
    async fn attempt(&self, request: &Outgoing, attempt: u32) -> Result<http::Response<Bytes>> {
        let token = self.token.read().unwrap_or_else(PoisonError::into_inner).clone();
        let started = Instant::now();
        let exchanged = self.exchange(request, token.header).await;
        let status = exchanged.as_ref().ok().map(http::Response::status);
        self.report(request, status, started.elapsed(), attempt);
        let outcome = exchanged.and_then(|answer| self.receive(answer, request.writes()));
        self.teach_breakers(&outcome, token.generation);
        outcome
    }

    async fn exchange(
        &self,
        request: &Outgoing,
        token: Option<HeaderValue>,
    ) -> Result<http::Response<Bytes>> {
        let mut sending = self
            .http
            .request(request.method.clone(), request.url.clone())
            .header(header::ACCEPT, "application/json");
        if let Some(token) = token {
            sending = sending.header(header::AUTHORIZATION, token);
        }
        if let Some((mime, body)) = &request.body {
            sending = sending.header(header::CONTENT_TYPE, mime).body(body.clone());
        }
        let response = sending.send().await.map_err(|error| {
            if error.is_connect() {
                let reason = answer::no_connection(&error);
                if reason == NotSent::Untrusted {
                    tell_distrust(&error);
                }
                let after = self.scale.shorten(AFTER_CONNECT_FAILURE);
                GitlabError::NotSent { reason, after }
            } else if error.is_builder() {
                GitlabError::Unusable("a request")
            } else {
                GitlabError::outage(answer::outage(&error), request.writes())
            }
        })?;
        answer::read(response).await.map_err(|outage| GitlabError::outage(outage, request.writes()))
    }

    fn receive(
        &self,
        answer: http::Response<Bytes>,
        writes: bool,
    ) -> Result<http::Response<Bytes>> {
        let now = Instant::now();
        let wall = self.clock.wall();
        self.observe_skew(answer.headers());
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let after = self.pace.pause(answer.headers(), wall, now);
            return Err(GitlabError::RateLimited { after });
        }
        self.pace.observe(answer.headers(), wall, now);
        answer::judge(answer, writes)
    }

    fn observe_skew(&self, headers: &HeaderMap) {
        if let Some(date) = http_date(headers, "date") {
            let ahead = date.duration_since(self.clock.now()).as_secs();
            self.skew_seconds.store(ahead, Ordering::Relaxed);
        }
    }

    fn teach_breakers(&self, outcome: &Result<http::Response<Bytes>>, generation: u64) {
        let now = Instant::now();
        match outcome {
            Err(error) if answer::is_host_failure(error) => self.host_breaker.fail(now),
            Err(GitlabError::Unauthorized) => {
                self.host_breaker.close();
                let current = self.token.read().unwrap_or_else(PoisonError::into_inner);
                // Without a token some doors are closed, and others may be open.
                if current.generation == generation && current.header.is_some() {
                    self.token_breaker.fail(now);
                }
            }
            // Neither says whether the token is good: GitLab counts calls before it reads it.
            Err(GitlabError::RateLimited { .. } | GitlabError::UnexpectedRedirect { .. }) => {}
            Err(GitlabError::Unusable(_) | GitlabError::TooLarge) => {}
            Ok(_) | Err(_) => {
                self.host_breaker.close();
                self.token_breaker.close();
            }
        }
    }

    fn report(&self, request: &Outgoing, status: Option<StatusCode>, took: Duration, attempt: u32) {
        let class = status.map_or("none", answer::status_class);
        let method = request.method.as_str().to_owned();
        tracing::debug!(
            call = self.calls.fetch_add(1, Ordering::Relaxed),
            method,
            route = request.route(&self.base),
            status = status.map(|status| status.as_u16()),
            duration_ms = took.as_secs_f64() * 1000.0,
            attempt,
            "called GitLab"
        );
        metrics::histogram!("landfall_gitlab_request_duration_seconds", "method" => method.clone())
            .record(took.as_secs_f64());
        metrics::counter!(
            "landfall_gitlab_requests_total", "method" => method, "status_class" => class
        )
        .increment(1);
    }
}

/// Somebody stands in GitLab's place, or its certificate has run out: nothing that waiting mends.
fn tell_distrust(error: &reqwest::Error) {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let cause = cause.to_string();
    // What may follow are names that stand in the certificate: a stranger's text.
    let cause = cause.split(';').next().unwrap_or_default();
    metrics::counter!("landfall_alarms_total", "alarm" => "gitlab_untrusted").increment(1);
    tracing::error!(event = "alarm", alarm = "gitlab_untrusted", cause);
}

/// The header for a token.
fn bearer(token: &SecretString) -> Result<HeaderValue> {
    let mut header = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
        .map_err(|_| GitlabError::Unusable("the token holds characters no token has"))?;
    header.set_sensitive(true);
    Ok(header)
}

impl RestClient for Transport {
    type Error = GitlabError;

    fn rest_endpoint(&self, endpoint: &str) -> Result<Url, ApiError<GitlabError>> {
        Ok(self.base.join(endpoint)?)
    }
}

#[async_trait]
impl AsyncClient for Transport {
    async fn rest_async(
        &self,
        request: http::request::Builder,
        body: Vec<u8>,
    ) -> Result<http::Response<Bytes>, ApiError<GitlabError>> {
        let ours = |source| ApiError::Client { source };
        let request = request.body(Bytes::from(body));
        let (head, body) =
            request.map_err(|_| ours(GitlabError::Unusable("a request")))?.into_parts();
        let mime = head.headers.get(header::CONTENT_TYPE).and_then(|mime| mime.to_str().ok());
        let outgoing = Outgoing {
            body: mime.map(|mime| (mime.to_owned(), body)),
            once: false,
            url: Url::parse(&head.uri.to_string())?,
            method: head.method,
        };
        self.call(outgoing).await.map_err(ours)
    }
}
