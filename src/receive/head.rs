//! What the receiver reads of a request's head.

use actix_web::HttpRequest;
use actix_web::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use sha2::{Digest as _, Sha256};

use super::verify::{Header, Presented, is_key, is_message_id};
use crate::model::DeliveryKey;

const MAX_EVENT_NAME: usize = 100;

/// Size of the head in bytes as sent, give or take the blanks GitLab doesn't send.
pub(super) fn size(request: &HttpRequest) -> usize {
    let uri = request.uri();
    let line = request.method().as_str().len()
        + uri.path().len()
        + uri.query().map_or(0, |query| query.len() + 1)
        + "  HTTP/1.1\r\n\r\n".len();
    request
        .headers()
        .iter()
        .fold(line, |sum, (name, value)| sum + name.as_str().len() + value.len() + ": \r\n".len())
}

/// The headers that speak for the sender.
pub(super) fn presented(headers: &HeaderMap) -> Presented<'_> {
    Presented {
        token: header(headers, "x-gitlab-token"),
        id: header(headers, "webhook-id"),
        timestamp: header(headers, "webhook-timestamp"),
        signature: header(headers, "webhook-signature"),
    }
}

/// Plain JSON, in no encoding.
pub(super) fn is_plain_json(headers: &HeaderMap) -> bool {
    let Header::Once(content_type) = header(headers, CONTENT_TYPE.as_str()) else {
        return false;
    };
    let essence = content_type.split(|b| *b == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
        && !headers.contains_key(CONTENT_ENCODING)
}

/// The size the sender promises; the server has already refused what is no number.
pub(super) fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// `X-Gitlab-Event`, reduced to what is safe to store and show.
pub(super) fn event_name(headers: &HeaderMap) -> Option<String> {
    let Header::Once(name) = header(headers, "x-gitlab-event") else {
        return None;
    };
    let visible = name.iter().filter(|b| b.is_ascii_graphic() || **b == b' ');
    Some(visible.take(MAX_EVENT_NAME).map(|b| char::from(*b)).collect())
}

/// By what this delivery is recognised when it comes again.
pub(super) fn delivery_key(
    headers: &HeaderMap,
    event_name: &str,
    body_digest: &[u8],
) -> DeliveryKey {
    let given = |name, fits: fn(&[u8]) -> bool| match header(headers, name) {
        Header::Once(key) if fits(key) => std::str::from_utf8(key).ok().map(str::to_owned),
        _ => None,
    };
    given("webhook-id", is_message_id).or_else(|| given("idempotency-key", is_key)).map_or_else(
        || {
            let mut digest = Sha256::new_with_prefix(event_name);
            // The name holds no control character, so the border is unmistakable.
            digest.update(b"\n");
            digest.update(body_digest);
            DeliveryKey::Content(hex(&digest.finalize()))
        },
        DeliveryKey::Given,
    )
}

/// Enough of a key's digest to find a delivery by, nothing to replay it with.
pub(super) fn key8(key: &DeliveryKey) -> String {
    let (DeliveryKey::Given(key) | DeliveryKey::Content(key)) = key;
    hex(Sha256::digest(key).iter().take(4))
}

fn hex<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    bytes.into_iter().map(|byte| format!("{byte:02x}")).collect()
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Header<'h> {
    let mut values = headers.get_all(name).map(HeaderValue::as_bytes);
    match (values.next(), values.next()) {
        (None, _) => Header::Absent,
        (Some(value), None) => Header::Once(value),
        (Some(_), Some(_)) => Header::Repeated,
    }
}
