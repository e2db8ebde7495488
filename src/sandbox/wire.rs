//! Requests and answers as the sandbox's routes see them: parameters and refusals.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use std::fmt;
use url::form_urlencoded;

/// What a route gives back.
pub(super) type Outcome<T = Answer> = Result<T, Refusal>;

/// GitLab says no: the status and the JSON it says it with.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// HTTP status, 4xx or 5xx.
    pub status: u16,
    /// The body, in the shape GitLab uses for this case.
    pub body: Value,
}

impl Refusal {
    pub(super) fn message(status: u16, message: &str) -> Self {
        Self { status, body: json!({ "message": message }) }
    }

    /// Missing and invisible things answer the same bytes.
    pub(super) fn not_found(what: &str) -> Self {
        Self::message(404, &format!("404 {what} Not Found"))
    }

    pub(super) fn unauthorized() -> Self {
        Self::message(401, "401 Unauthorized")
    }

    pub(super) fn dead_token(description: &str) -> Self {
        let body = json!({ "error": "invalid_token", "error_description": description });
        Self { status: 401, body }
    }

    pub(super) fn insufficient_scope() -> Self {
        let text = "The request requires higher privileges than provided by the access token.";
        let body =
            json!({ "error": "insufficient_scope", "error_description": text, "scope": "api" });
        Self { status: 403, body }
    }

    pub(super) fn forbidden() -> Self {
        Self::message(403, "403 Forbidden")
    }

    pub(super) fn bad(error: &str) -> Self {
        Self { status: 400, body: json!({ "error": error }) }
    }

    /// What the importers' routes say, in a shape of their own.
    pub(super) fn errors(status: u16, errors: &str) -> Self {
        Self { status, body: json!({ "errors": errors }) }
    }

    pub(super) fn unknown_endpoint(method: &str, path: &str) -> Self {
        Self::message(501, &format!("the sandbox has no {method} {path}"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the sandbox answers {}: {}", self.status, self.body)
    }
}

impl std::error::Error for Refusal {}

/// An answer before it becomes bytes on a socket.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(status: u16, value: &Value) -> Self {
        let body = value.to_string().into_bytes();
        Self { status, content_type: "application/json", headers: Vec::new(), body }
    }

    pub(super) fn ok(value: &Value) -> Self {
        Self::json(200, value)
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, content_type: "application/json", headers: Vec::new(), body: Vec::new() }
    }

    pub(super) fn html(status: u16, body: String) -> Self {
        let content_type = "text/html; charset=utf-8";
        Self { status, content_type, headers: Vec::new(), body: body.into_bytes() }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.status, &refusal.body)
    }
}

/// One request, taken apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Call {
    pub(super) method: String,
    /// As it came, still percent-encoded.
    pub(super) path: String,
    /// The path cut at `/`, each part decoded once: `group%2Fproject` stays one part.
    pub(super) segments: Vec<String>,
    pub(super) raw_query: String,
    pub(super) params: Params,
    pub(super) token: Option<String>,
    /// The header as it came.
    pub(super) authorization: Option<String>,
    pub(super) accept: String,
    pub(super) if_none_match: Option<String>,
    /// The chain this request belongs to, when the caller passes a webhook's own header along.
    pub(super) event_uuid: Option<String>,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

impl Call {
    pub(super) fn new(method: &str, path: &str, query: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            segments: path.split('/').filter(|s| !s.is_empty()).map(decode_segment).collect(),
            raw_query: query.to_owned(),
            ..Self::default()
        }
    }

    /// Reads the parameters from the query and from a JSON or form body.
    pub(super) fn read_params(&mut self) -> Outcome<()> {
        let mut params = Params::from_form(self.raw_query.as_bytes());
        if self.content_type.starts_with("application/json") && !self.body.is_empty() {
            match serde_json::from_slice(&self.body) {
                Ok(Value::Object(map)) => params.0.extend(map),
                _ => return Err(Refusal::message(400, "400 Bad request - JSON parse error")),
            }
        } else if self.content_type.starts_with("application/x-www-form-urlencoded") {
            params.0.extend(Params::from_form(&self.body).0);
        }
        self.params = params;
        Ok(())
    }
}

fn decode_segment(segment: &str) -> String {
    // A `+` is a plus in a path, unlike in a form.
    let form = format!("s={}", segment.replace('+', "%2B"));
    let decoded = form_urlencoded::parse(form.as_bytes()).next();
    decoded.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Parameters of a call, from wherever they came.
#[derive(Debug, Clone, Default)]
pub(super) struct Params(Map<String, Value>);

impl Params {
    fn from_form(bytes: &[u8]) -> Self {
        let mut map = Map::new();
        for (key, value) in form_urlencoded::parse(bytes) {
            let value = Value::String(value.into_owned());
            match key.strip_suffix("[]") {
                Some(list) => match map.entry(list).or_insert_with(|| json!([])) {
                    Value::Array(items) => items.push(value),
                    other => *other = json!([value]),
                },
                None => {
                    map.insert(key.into_owned(), value);
                }
            }
        }
        Self(map)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// A text; numbers and flags in their written form, null as nothing.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.0.get(key).and_then(written)
    }

    pub(super) fn required(&self, key: &str) -> Outcome<String> {
        match self.text(key) {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(Refusal::bad(&format!("{key} is empty"))),
            None => Err(Refusal::bad(&format!("{key} is missing"))),
        }
    }

    pub(super) fn flag(&self, key: &str) -> Outcome<Option<bool>> {
        match self.text(key).map(|text| text.to_lowercase()).as_deref() {
            None | Some("") => Ok(None),
            Some("true" | "t" | "yes" | "y" | "on" | "1") => Ok(Some(true)),
            Some("false" | "f" | "no" | "n" | "off" | "0") => Ok(Some(false)),
            Some(_) => Err(Refusal::bad(&format!("{key} is invalid"))),
        }
    }

    pub(super) fn number(&self, key: &str) -> Outcome<Option<u64>> {
        match self.text(key) {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) => match text.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(Refusal::bad(&format!("{key} is invalid"))),
            },
        }
    }

    /// A time; a day alone is its first moment.
    pub(super) fn time(&self, key: &str) -> Outcome<Option<Timestamp>> {
        let Some(text) = self.text(key) else {
            return Ok(None);
        };
        let first_moment = || {
            let day: Date = text.parse().ok()?;
            day.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp())
        };
        match text.parse().ok().or_else(first_moment) {
            Some(time) => Ok(Some(time)),
            None => Err(Refusal::bad(&format!("{key} is invalid"))),
        }
    }

    pub(super) fn day(&self, key: &str) -> Outcome<Option<Date>> {
        match self.text(key).map(|text| text.parse()) {
            None => Ok(None),
            Some(Ok(day)) => Ok(Some(day)),
            Some(Err(_)) => Err(Refusal::bad(&format!("{key} is invalid"))),
        }
    }

    /// Parameters inside a parameter: a JSON object, or `key[inner]` in a form.
    pub(super) fn within(&self, key: &str) -> Self {
        if let Some(Value::Object(map)) = self.0.get(key) {
            return Self(map.clone());
        }
        let inner = self.0.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(key)?.strip_prefix('[')?.strip_suffix(']')?;
            Some((name.to_owned(), value.clone()))
        });
        Self(inner.collect())
    }

    /// A list of objects.
    pub(super) fn objects(&self, key: &str) -> Vec<Self> {
        let items = self.0.get(key).and_then(Value::as_array);
        let objects = items.into_iter().flatten().filter_map(Value::as_object);
        objects.map(|map| Self(map.clone())).collect()
    }

    /// A list: an array, or texts between commas. `None` when the parameter was not sent at all.
    pub(super) fn list(&self, key: &str) -> Option<Vec<String>> {
        let value = self.0.get(key)?;
        let parts: Vec<String> = match value {
            Value::Array(items) => items.iter().filter_map(written).collect(),
            other => written(other).map(|text| vec![text]).unwrap_or_default(),
        };
        let pieces = parts.iter().flat_map(|part| part.split(','));
        Some(pieces.map(|piece| piece.trim().to_owned()).filter(|p| !p.is_empty()).collect())
    }

    pub(super) fn numbers(&self, key: &str) -> Option<Vec<u64>> {
        Some(self.list(key)?.iter().filter_map(|text| text.parse().ok()).collect())
    }
}

fn written(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
