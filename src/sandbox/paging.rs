//! Pages of lists, with the headers GitLab puts on them.

use super::wire::{Answer, Call, Outcome};
use serde_json::Value;
use url::form_urlencoded;

/// Above this many rows GitLab does not count them.
const COUNTED: u64 = 10_000;

/// Which page is asked for.
struct Wanted {
    number: u64,
    size: u64,
}

impl Wanted {
    fn of(call: &Call) -> Outcome<Self> {
        let number = call.params.number("page")?.unwrap_or(1).max(1);
        let size = call.params.number("per_page")?.unwrap_or(20).clamp(1, 100);
        Ok(Self { number, size })
    }

    fn cut<'a, T>(&self, items: &'a [T]) -> &'a [T] {
        let place =
            |page: u64| usize::try_from(page.saturating_mul(self.size)).unwrap_or(usize::MAX);
        let from = place(self.number.saturating_sub(1)).min(items.len());
        let to = place(self.number).min(items.len());
        items.get(from..to).unwrap_or_default()
    }

    /// An answer with these rows and the headers of a page; `last` when the rows were counted.
    fn answer(&self, call: &Call, base_url: &str, shown: Vec<Value>, after: After) -> Answer {
        let next = after.next.then(|| self.number.saturating_add(1));
        let previous = (self.number > 1).then(|| self.number.saturating_sub(1));
        let text = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        let mut answer = Answer::ok(&Value::Array(shown));
        answer.headers.extend([
            ("x-page", self.number.to_string()),
            ("x-per-page", self.size.to_string()),
            ("x-next-page", text(next)),
            ("x-prev-page", text(previous)),
        ]);
        if let Some((total, pages)) = after.counted {
            answer.headers.push(("x-total", total.to_string()));
            answer.headers.push(("x-total-pages", pages.to_string()));
        }
        let last = after.counted.map(|(_, pages)| pages);
        let links = [("first", Some(1)), ("next", next), ("prev", previous), ("last", last)];
        let links = links.iter().filter_map(|(relation, number)| {
            let query = query_of_page(&call.raw_query, (*number)?, self.size);
            Some(format!("<{base_url}{}?{query}>; rel=\"{relation}\"", call.path))
        });
        answer.headers.push(("link", links.collect::<Vec<_>>().join(", ")));
        answer
    }
}

/// What is known of the rest of a list.
struct After {
    next: bool,
    /// Rows and pages in all.
    counted: Option<(u64, u64)>,
}

/// One offset page of a list, with GitLab's headers.
///
/// `render` gives `None` for what the asker may not see: that is left out *after* the page was
/// cut, so a page can be short, even empty, while more pages follow.
pub(super) fn page<T>(
    call: &Call,
    base_url: &str,
    items: &[T],
    render: impl Fn(&T) -> Option<Value>,
) -> Outcome {
    let wanted = Wanted::of(call)?;
    let total = items.len() as u64;
    let pages = total.div_ceil(wanted.size).max(1);
    let shown = wanted.cut(items).iter().filter_map(render).collect();
    let counted = (total <= COUNTED).then_some((total, pages));
    Ok(wanted.answer(call, base_url, shown, After { next: wanted.number < pages, counted }))
}

/// One page of a list that GitLab never counts: a full page names a next one, even when that is
/// empty.
pub(super) fn page_uncounted<T>(
    call: &Call,
    base_url: &str,
    items: &[T],
    render: impl Fn(&T) -> Value,
) -> Outcome {
    let wanted = Wanted::of(call)?;
    let shown: Vec<Value> = wanted.cut(items).iter().map(render).collect();
    let next = shown.len() as u64 == wanted.size;
    Ok(wanted.answer(call, base_url, shown, After { next, counted: None }))
}

fn query_of_page(query: &str, page: u64, per_page: u64) -> String {
    let mut written = form_urlencoded::Serializer::new(String::new());
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        if key != "page" && key != "per_page" {
            written.append_pair(&key, &value);
        }
    }
    written.append_pair("page", &page.to_string());
    written.append_pair("per_page", &per_page.to_string());
    written.finish()
}
