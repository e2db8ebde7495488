//! Reads a whole list, page by page.
//!
//! The `gitlab` crate's own pager stops at the first page that is not full. GitLab filters some
//! lists after cutting them into pages, so a short page says nothing: only the headers do.

use std::collections::HashSet;

use gitlab::api::{Endpoint, Pageable};
use http::HeaderMap;
use serde::de::DeserializeOwned;
use url::Url;

use super::request::Outgoing;
use super::{GitLab, GitlabError, Result};

/// GitLab's own maximum.
const PAGE_SIZE: &str = "100";

impl GitLab {
    /// All records of a list, in GitLab's order. A list that can't be read to its end is an
    /// error, since the absence of a record would otherwise be concluded from half of it.
    pub(super) async fn list<T>(
        &self,
        endpoint: impl Endpoint + Pageable,
        page_cap: usize,
        what: &'static str,
    ) -> Result<Vec<T>>
    where
        T: DeserializeOwned,
    {
        let mut url = self.0.request_for(&endpoint)?.url;
        url.query_pairs_mut().append_pair("per_page", PAGE_SIZE);
        let mut seen = HashSet::new();
        let mut records = Vec::new();
        loop {
            if seen.len() >= page_cap || !seen.insert(url.to_string()) {
                return Err(GitlabError::Unreadable { what: "a list that comes to an end" });
            }
            let answer = self.0.call(Outgoing::get(url.clone())).await?;
            let page: Vec<T> = serde_json::from_slice(answer.body())
                .map_err(|_| GitlabError::unreadable(what, false))?;
            records.extend(page);
            match next_page(&url, answer.headers()) {
                Some(next) => url = next,
                None => return Ok(records),
            }
        }
    }
}

/// Where the next page is: `Link` first, since keyset lists have nothing else.
fn next_page(current: &Url, headers: &HeaderMap) -> Option<Url> {
    let linked = headers
        .get_all(http::header::LINK)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find_map(next_link)
        .and_then(|target| current.join(target).ok());
    linked.or_else(|| {
        let number = headers.get("x-next-page")?.to_str().ok()?.trim();
        let number: u64 = number.parse().ok()?;
        Some(with_page(current, number))
    })
}

/// The target of `rel="next"` in a `Link` header.
fn next_link(header: &str) -> Option<&str> {
    // A comma may stand within an address, so the header is cut where an address begins.
    header.split('<').skip(1).find_map(|link| {
        let (target, params) = link.split_once('>')?;
        let is_next = params.split(';').any(|param| {
            let rel = param.trim().trim_end_matches(',').trim_end();
            rel.eq_ignore_ascii_case("rel=\"next\"") || rel.eq_ignore_ascii_case("rel=next")
        });
        is_next.then_some(target)
    })
}

fn with_page(url: &Url, number: u64) -> Url {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != "page")
        .map(|(k, v)| (k.into(), v.into()))
        .collect();
    let mut next = url.clone();
    next.query_pairs_mut().clear().extend_pairs(kept).append_pair("page", &number.to_string());
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        let next = "https://h/api/v4/x?a=1,2&page=2";
        for header in [
            format!("<{next}>; rel=\"next\""),
            format!(
                "<https://h/f>; rel=\"first\", <{next}>; rel=\"next\", <https://h/l>; rel=last"
            ),
            format!("<{next}>;title=\"x\";rel=next,<https://h/l>;rel=last"),
        ] {
            assert_eq!(next_link(&header), Some(next), "{header}");
        }
        for header in ["", "<", "<x", "<https://h/p>; rel=\"prev\"", "rel=\"next\""] {
            assert_eq!(next_link(header), None, "{header}");
        }
    }

    #[test]
    fn a_page_number_replaces_the_former_and_keeps_the_rest() {
        let url: Url = "https://h/x?state=opened&page=1&per_page=100".parse().unwrap();
        assert_eq!(with_page(&url, 2).as_str(), "https://h/x?state=opened&per_page=100&page=2");
    }
}
