//! Where a page of a list begins, how large it is, and where the next one is.

use http::HeaderMap;
use url::Url;

use super::transport::Transport;
use super::{GitlabError, Result};

/// What is asked for: GitLab's own maximum, then less whenever a page is larger than the client
/// reads. Each divides the one before it, so a smaller page can begin where the larger one did.
const PAGE_SIZES: [u64; 5] = [LARGEST_PAGE, 50, 25, 5, 1];
pub(super) const LARGEST_PAGE: u64 = 100;
/// The page size when an address names none.
const GITLABS_PAGE: u64 = 20;

impl Transport {
    /// Where the next page is: `Link` first, since keyset lists have nothing else. GitLab writes
    /// its public address there, which need not be the one we call; then the page's number leads
    /// on, and without one the list is refused.
    pub(super) fn next_page(&self, current: &Url, headers: &HeaderMap) -> Result<Option<Url>> {
        let linked = headers
            .get_all(http::header::LINK)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(next_link);
        let ours = linked.and_then(|to| current.join(to).ok()).filter(|url| self.is_ours(url));
        if ours.is_some() {
            return Ok(ours);
        }
        let number = headers.get("x-next-page").and_then(|value| value.to_str().ok());
        match number.and_then(|number| number.trim().parse().ok()) {
            Some(number) => Ok(Some(Page { number, ..Page::of(current) }.within(current))),
            None if linked.is_some() => Err(GitlabError::ForeignAddress),
            None => Ok(None),
        }
    }
}

/// A stretch of a list: the `number`th of those with `size` records, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) number: u64,
    pub(super) size: u64,
}

impl Page {
    pub(super) const FIRST: Self = Self { number: 1, size: LARGEST_PAGE };

    /// The page an address asks for; a cursor's counts as the first of what it begins.
    pub(super) fn of(url: &Url) -> Self {
        let number = |wanted: &str| {
            let (_, value) = url.query_pairs().find(|(key, _)| key == wanted)?;
            value.parse().ok().filter(|number| *number > 0)
        };
        Self {
            number: number("page").unwrap_or(1),
            size: number("per_page").unwrap_or(GITLABS_PAGE),
        }
    }

    /// The same address, but for this page.
    pub(super) fn within(self, url: &Url) -> Url {
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(key, _)| key != "page" && key != "per_page")
            .map(|(k, v)| (k.into(), v.into()))
            .collect();
        let mut url = url.clone();
        let mut query = url.query_pairs_mut();
        query.clear().extend_pairs(kept).append_pair("per_page", &self.size.to_string());
        if self.number > 1 {
            query.append_pair("page", &self.number.to_string());
        }
        drop(query);
        url
    }

    /// The next smaller page that begins with the same record; absent when it is one record.
    pub(super) fn narrower(self) -> Option<Self> {
        self.resized(|size| size < self.size && self.size.is_multiple_of(size))
    }

    /// The largest page that begins with the same record.
    pub(super) fn widest(self) -> Self {
        let before = self.before();
        self.resized(|size| size > self.size && before.is_multiple_of(size)).unwrap_or(self)
    }

    fn resized(self, fits: impl Fn(u64) -> bool) -> Option<Self> {
        let size = PAGE_SIZES.into_iter().find(|size| fits(*size))?;
        Some(Self { number: self.before() / size + 1, size })
    }

    /// How many records come before it.
    fn before(self) -> u64 {
        (self.number - 1).saturating_mul(self.size)
    }
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
    fn a_page_replaces_the_former_in_an_address_and_keeps_the_rest() {
        let url: Url = "https://h/x?page=3&state=opened&per_page=100&cursor=a%2B".parse().unwrap();
        assert_eq!(Page::of(&url), Page { number: 3, size: 100 });
        let fifth = Page { number: 5, size: 50 }.within(&url);
        assert_eq!(fifth.as_str(), "https://h/x?state=opened&cursor=a%2B&per_page=50&page=5");
        for (query, page) in [
            ("", Page { number: 1, size: 20 }),
            ("?page=0&per_page=x", Page { number: 1, size: 20 }),
            ("?xpage=9&page=2&per_page=7", Page { number: 2, size: 7 }),
        ] {
            assert_eq!(Page::of(&format!("https://h/x{query}").parse().unwrap()), page, "{query}");
        }
    }

    #[test]
    fn a_page_of_another_size_begins_with_the_same_record() {
        for size in PAGE_SIZES.into_iter().chain([20, 7]) {
            for number in 1..=400 {
                let page = Page { number, size };
                let widest = page.widest();
                assert!(widest.before() == page.before() && widest.size >= size, "{page:?}");
                match page.narrower() {
                    Some(narrower) => {
                        assert_eq!(narrower.before(), page.before(), "{page:?}");
                        assert!(narrower.size < size, "{page:?}");
                    }
                    None => assert_eq!(size, 1),
                }
            }
        }
    }
}
