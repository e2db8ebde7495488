//! Pages of lists. What follows stands in the `Link` header only; a single page has none.

use super::refusal::GithubRefusal;
use crate::sandbox::wire::{Answer, Call};
use serde_json::Value;
use url::form_urlencoded;

/// Behind this many rows a list with cursors takes no page numbers.
const NUMBERED: u64 = 10_000;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    page: u64,
    size: u64,
    /// First row, from 0.
    from: u64,
}

impl Part {
    pub(super) fn of(call: &Call) -> Self {
        let number = |key: &str| call.params.text(key).and_then(|text| text.parse::<u64>().ok());
        let page = number("page").unwrap_or(1).max(1);
        let size = number("per_page").unwrap_or(30).clamp(1, 100);
        Self { page, size, from: page.saturating_sub(1).saturating_mul(size) }
    }

    /// The rows of this part.
    pub(super) fn cut<T>(self, items: impl IntoIterator<Item = T>) -> Vec<T> {
        let skip = usize::try_from(self.from).unwrap_or(usize::MAX);
        items.into_iter().skip(skip).take(self.size as usize).collect()
    }

    /// The `Link` header of a list with page numbers. `url` is its address without query.
    pub(super) fn link(self, call: &Call, url: &str, total: u64) -> Option<String> {
        let last = total.div_ceil(self.size).max(1);
        if last == 1 {
            return None;
        }
        let mut links = Vec::new();
        let mut add = |relation: &str, page: u64| {
            let query = query(call, &[("page", page.to_string())]);
            links.push(format!("<{url}?{query}>; rel=\"{relation}\""));
        };
        if self.page > 1 {
            add("prev", self.page.saturating_sub(1).min(last));
        }
        if self.page < last {
            add("next", self.page.saturating_add(1));
            add("last", last);
        }
        if self.page > 1 {
            add("first", 1);
        }
        Some(links.join(", "))
    }
}

/// A page of a list with page numbers.
pub(super) fn numbered(
    call: &Call,
    url: &str,
    total: u64,
    part: Part,
    shown: Vec<Value>,
) -> Answer {
    let mut answer = Answer::ok(&Value::Array(shown));
    answer.headers.extend(part.link(call, url, total).map(|link| ("link", link)));
    answer
}

/// A page of a list with cursors: it names the next one, and never the last.
pub(super) fn by_cursor(
    call: &Call,
    url: &str,
    total: u64,
    row: impl Fn(u64) -> Option<Value>,
) -> Result<Answer, GithubRefusal> {
    let part = Part::of(call);
    let after = call.params.text("after").and_then(|text| text.strip_prefix("row-")?.parse().ok());
    if after.is_none() && part.page.saturating_mul(part.size) > NUMBERED {
        return Err(GithubRefusal::NeedsCursor);
    }
    let from: u64 = after.unwrap_or(part.from);
    let to = from.saturating_add(part.size).min(total);
    let shown = (from..to).filter_map(row).collect();
    let mut answer = Answer::ok(&Value::Array(shown));
    if to < total {
        let page = part.page.saturating_add(1).to_string();
        let query = query(call, &[("after", format!("row-{to}")), ("page", page)]);
        answer.headers.push(("link", format!("<{url}?{query}>; rel=\"next\"")));
    }
    Ok(answer)
}

/// The call's query with some parameters replaced.
fn query(call: &Call, new: &[(&str, String)]) -> String {
    let mut written = form_urlencoded::Serializer::new(String::new());
    for (key, value) in form_urlencoded::parse(call.raw_query.as_bytes()) {
        if !new.iter().any(|(name, _)| *name == key) {
            written.append_pair(&key, &value);
        }
    }
    for (key, value) in new {
        written.append_pair(key, value);
    }
    written.finish()
}
