//! One answer on its way in: read up to a limit, then judged by its status.

use std::error::Error;
use std::io;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};

use super::redact::redact;
use super::{GitlabError, NotSent, Outage, Result};

/// More than this is not read, after decompression.
const SIZE_LIMIT: usize = 8 * 1024 * 1024;
/// GitLab's own words are cut to this many characters.
const DETAIL_LIMIT: usize = 160;

/// Reads the whole answer, but never more than the limit.
pub(super) async fn read(mut response: reqwest::Response) -> Result<http::Response<Bytes>, Outage> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| outage(&error))? {
        if body.len() + chunk.len() > SIZE_LIMIT {
            return Err(Outage::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let mut answer = http::Response::new(body.freeze());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}

/// How a request that was sent, or may have been, came to nothing.
pub(super) fn outage(error: &reqwest::Error) -> Outage {
    if error.is_timeout() { Outage::Timeout } else { Outage::Broken }
}

/// Why no connection came about. The TLS library marks what it refuses as invalid data, and nothing
/// else that happens before a connection stands does.
pub(super) fn no_connection(error: &reqwest::Error) -> NotSent {
    if is_invalid_data(error) { NotSent::Untrusted } else { NotSent::Connect }
}

fn is_invalid_data(error: &(dyn Error + 'static)) -> bool {
    match error.downcast_ref::<io::Error>() {
        // What an I/O error is made of is not among its sources.
        Some(io) => {
            let within = io.get_ref().is_some_and(|inner| is_invalid_data(inner));
            within || io.kind() == io::ErrorKind::InvalidData
        }
        None => error.source().is_some_and(is_invalid_data),
    }
}

/// Passes success on and sorts everything else; 429 is the pace's business and not handled here.
pub(super) fn judge(answer: http::Response<Bytes>, writes: bool) -> Result<http::Response<Bytes>> {
    let status = answer.status();
    let error = match status.as_u16() {
        300..=399 => GitlabError::UnexpectedRedirect { status: status.as_u16() },
        401 if is_about_another_token(answer.body()) => {
            GitlabError::Invalid { status: 401, detail: detail(answer.body()) }
        }
        401 => GitlabError::Unauthorized,
        403 => GitlabError::Forbidden { detail: detail(answer.body()) },
        408 | 500.. => GitlabError::outage(Outage::Status(status.as_u16()), writes),
        // A login or maintenance page, or a proxy's idea of 404: GitLab's API has not spoken.
        _ if is_page(answer.headers()) => GitlabError::outage(Outage::Page, writes),
        200..=299 => return Ok(answer),
        404 | 410 => GitlabError::NotFound { detail: detail(answer.body()) },
        409 => GitlabError::Conflict { detail: detail(answer.body()) },
        other => GitlabError::Invalid { status: other, detail: detail(answer.body()) },
    };
    Err(error)
}

/// Whether GitLab itself is out of order, as opposed to refusing this one request.
pub(super) fn is_host_failure(error: &GitlabError) -> bool {
    matches!(
        error,
        GitlabError::Lost(_) | GitlabError::Unavailable(_) | GitlabError::NotSent { .. }
    )
}

/// The class of a status for metrics, `2xx`.
pub(super) fn status_class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|mime| mime.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// GitLab passes on that the source of an import refuses the token it was given, with the status
/// that otherwise is about ours.
fn is_about_another_token(body: &[u8]) -> bool {
    let words = detail(body);
    words.starts_with("Access denied to your") && words.contains("account")
}

/// GitLab's words from any of its error shapes, without secrets, cut and reduced to harmless
/// characters.
fn detail(body: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else {
        return "no reason given".to_owned();
    };
    let reason = ["message", "error", "errors"].iter().find_map(|key| value.get(key));
    let reason = reason.unwrap_or(&value);
    let words = match reason {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let clean: String = redact(&words)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || " .,:'_-".contains(c) { c } else { ' ' })
        .take(DETAIL_LIMIT)
        .collect();
    // "404 Project Not Found": the status stands before the detail already.
    let words = clean.split_whitespace().skip_while(|word| word.parse::<u16>().is_ok());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_shape_becomes_one_harmless_line() {
        for (body, line) in [
            (r#"{"message":"404 Project Not Found"}"#, "Project Not Found"),
            (r#"{"message":{"bio":["is too long"]}}"#, "bio : is too long"),
            (r#"{"error":"body is missing"}"#, "body is missing"),
            (r#"{"errors":"Path has already been taken"}"#, "Path has already been taken"),
            (
                r#"{"message":"Invalid URL: https://u:CANARY@h/x"}"#,
                "Invalid URL: https: hidden h x",
            ),
            (r#"{"message":"<a href='x'>@all\n/close</a>"}"#, "a href 'x' all close a"),
            ("<html>", "no reason given"),
            ("", "no reason given"),
        ] {
            assert_eq!(detail(body.as_bytes()), line);
        }
        assert!(detail(format!("\"{}\"", "x".repeat(9000)).as_bytes()).len() <= DETAIL_LIMIT);
    }

    #[test]
    fn an_html_page_is_an_outage_whatever_its_status_says() {
        for status in [200, 404, 400] {
            let answer = || {
                http::Response::builder()
                    .status(status)
                    .header("content-type", "Text/HTML; charset=utf-8")
                    .body(Bytes::new())
                    .unwrap()
            };
            let read = judge(answer(), false).unwrap_err();
            assert_eq!(read, GitlabError::Unavailable(Outage::Page));
            assert_eq!(judge(answer(), true).unwrap_err(), GitlabError::Lost(Outage::Page));
        }
    }
}
