//! What became of one request, and the answer that says so: a status, never a word.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER};
use actix_web::web::Payload;

use super::unread::finish;
use super::verify::Rejected;

/// Seconds after which it is worth sending again. GitLab doesn't, other senders do.
const RETRY_SECONDS: &str = "5";

/// It is in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Accepted,
    Duplicate,
    Ignored(&'static str),
    Quarantined(&'static str),
}

/// It is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The head exceeds its limit.
    HeadTooLarge,
    /// Who sends it doesn't know our secret.
    Rejected(Rejected),
    /// An earlier request on the same connection was refused.
    HungUp,
    /// Not plain JSON: the hook is set up wrongly.
    MediaType,
    /// The body exceeds GitLab's own limit.
    TooLarge,
    /// The body didn't arrive in time.
    Slow,
    /// The body ended early or its framing is wrong.
    Broken,
    /// Too many bytes are in flight.
    Full,
    /// Its examination ended without a result.
    Interrupted,
    /// The store can't keep it.
    Store,
}

pub(super) type Outcome = Result<Kept, Refusal>;

/// The word for logs and metrics, and the reason where the word doesn't say all.
pub(super) fn words(outcome: Outcome) -> (&'static str, Option<&'static str>) {
    match outcome {
        Ok(Kept::Accepted) => ("accepted", None),
        Ok(Kept::Duplicate) => ("duplicate", None),
        Ok(Kept::Ignored(reason)) => ("ignored", Some(reason)),
        Ok(Kept::Quarantined(reason)) => ("quarantined", Some(reason)),
        Err(Refusal::Rejected(rejected)) => ("rejected", Some(rejected.as_str())),
        Err(Refusal::HungUp) => ("rejected", Some("after_refusal")),
        Err(Refusal::HeadTooLarge) => ("rejected", Some("head_too_large")),
        Err(Refusal::MediaType) => ("rejected", Some("media_type")),
        Err(Refusal::TooLarge) => ("rejected", Some("too_large")),
        Err(Refusal::Slow) => ("rejected", Some("slow_body")),
        Err(Refusal::Broken) => ("rejected", Some("broken_body")),
        Err(Refusal::Full) => ("failed", Some("byte_budget")),
        Err(Refusal::Interrupted) => ("failed", Some("interrupted")),
        Err(Refusal::Store) => ("failed", Some("store")),
    }
}

/// The status of the contract with GitLab: four answers of 4xx or 5xx in a row switch a hook off,
/// so whatever is authentic and kept is a success.
pub(super) fn status(outcome: Outcome) -> StatusCode {
    match outcome {
        Ok(_) => StatusCode::OK,
        Err(Refusal::HeadTooLarge) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Err(Refusal::Rejected(_) | Refusal::HungUp) => StatusCode::UNAUTHORIZED,
        Err(Refusal::MediaType) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Err(Refusal::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
        Err(Refusal::Slow) => StatusCode::REQUEST_TIMEOUT,
        Err(Refusal::Broken) => StatusCode::BAD_REQUEST,
        Err(Refusal::Full | Refusal::Interrupted | Refusal::Store) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// A refused sender isn't listened to any further: whatever follows on the connection is unread.
pub(super) fn response(outcome: Outcome, close: bool, rest: Payload) -> HttpResponse {
    let status = status(outcome);
    let mut answer = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.insert_header((RETRY_AFTER, RETRY_SECONDS));
    }
    if close || outcome.is_err() {
        answer.force_close();
    }
    finish(answer, rest)
}

/// For every other method.
pub(super) async fn method_not_allowed(rest: Payload) -> HttpResponse {
    let mut answer = HttpResponse::MethodNotAllowed();
    answer.insert_header((ALLOW, "POST")).force_close();
    finish(answer, rest)
}

/// For every other path.
pub(super) async fn not_found(rest: Payload) -> HttpResponse {
    let mut answer = HttpResponse::NotFound();
    // The server times the head of a connection's first request only: strangers get no second.
    answer.force_close();
    finish(answer, rest)
}
