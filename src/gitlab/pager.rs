//! Reads a whole list, page by page.
//!
//! The `gitlab` crate's own pager stops at the first page that is not full. GitLab filters some
//! lists after cutting them into pages, so a short page says nothing: only the headers do.

use std::collections::HashSet;

use gitlab::api::{Endpoint, Pageable};
use serde::de::{DeserializeOwned, IgnoredAny};
use url::Url;

use super::page::{LARGEST_PAGE, Page};
use super::request::Outgoing;
use super::transport::Transport;
use super::{GitLab, GitlabError, Result};
use crate::model::{Listed, Silence};

/// All pages of a list together are no larger, in bytes: it is held in memory as a whole.
const SIZE_LIMIT: usize = 256 * 1024 * 1024;

impl GitLab {
    /// All records of a list, in GitLab's order. A list that can't be read to its end is an
    /// error, since the absence of a record would otherwise be concluded from half of it.
    ///
    /// Anyone may fill a page with enormous texts, so one that is too large is asked for again in
    /// smaller pages; `page_cap` counts full ones.
    pub(super) async fn list<T>(
        &self,
        endpoint: impl Endpoint + Pageable,
        page_cap: usize,
        what: &'static str,
    ) -> Result<Vec<T>>
    where
        T: DeserializeOwned,
    {
        self.list_until(endpoint, page_cap, what, |_| false).await
    }

    /// The same, but no further than the page that holds a record which is `past`: for lists that
    /// begin with the newest.
    pub(super) async fn list_until<T>(
        &self,
        endpoint: impl Endpoint + Pageable,
        page_cap: usize,
        what: &'static str,
        past: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>>
    where
        T: DeserializeOwned,
    {
        let mut pages = Pages::of(self, &endpoint, page_cap)?;
        let mut records = Vec::new();
        while let Some(page) = pages.next(what).await? {
            let is_over = page.iter().any(&past);
            records.extend(page);
            if is_over {
                break;
            }
        }
        Ok(records)
    }

    /// As much of a list as is wanted: no further than to the page after which it is `enough`, to
    /// `page_cap`, or to a page that can't be read. What was read until then counts.
    pub(super) async fn list_enough<T>(
        &self,
        endpoint: impl Endpoint + Pageable,
        page_cap: usize,
        what: &'static str,
        enough: impl Fn(&[T]) -> bool,
    ) -> Listed<T>
    where
        T: DeserializeOwned,
    {
        let mut pages = match Pages::of(self, &endpoint, page_cap) {
            Ok(pages) => pages,
            Err(error) => return Listed::unread(error.silence()),
        };
        let mut records = Vec::new();
        let rest = loop {
            if pages.is_at_cap() {
                break Some(Silence::TooMuch);
            }
            match pages.next(what).await {
                Ok(Some(page)) => records.extend(page),
                Ok(None) => break None,
                Err(error) => break Some(error.silence()),
            }
            if enough(&records) {
                break pages.has_more().then_some(Silence::NotAsked);
            }
        };
        Listed { records, rest }
    }

    /// How many records a list has: as GitLab says, or counted where it does not. A list that can't
    /// be counted to its end has no number.
    pub(super) async fn count(
        &self,
        endpoint: impl Endpoint + Pageable,
        page_cap: usize,
        what: &'static str,
    ) -> Result<u64> {
        let url = Page { number: 1, size: 1 }.within(&self.0.request_for(&endpoint)?.url);
        let answer = self.0.call(Outgoing::get(url.clone())).await?;
        let total = answer.headers().get("x-total").and_then(|value| value.to_str().ok());
        if let Some(total) = total.and_then(|total| total.trim().parse().ok()) {
            return Ok(total);
        }
        // Some lists have no pages: then this was all of it.
        if self.0.next_page(&url, answer.headers())?.is_none() {
            return number_of(&records::<IgnoredAny>(&answer, what)?);
        }
        let mut pages = Pages::of(self, &endpoint, page_cap)?;
        let mut count = 0_u64;
        while pages.has_more() {
            if pages.is_at_cap() {
                return Err(GitlabError::TooLarge);
            }
            let page = pages.next::<IgnoredAny>(what).await?;
            count = count.saturating_add(number_of(&page.unwrap_or_default())?);
        }
        Ok(count)
    }
}

fn number_of<T>(records: &[T]) -> Result<u64> {
    u64::try_from(records.len()).map_err(|_| GitlabError::TooLarge)
}

fn records<T: DeserializeOwned>(
    answer: &http::Response<bytes::Bytes>,
    what: &'static str,
) -> Result<Vec<T>> {
    serde_json::from_slice(answer.body()).map_err(|_| GitlabError::unreadable(what, false))
}

/// A list on its way in, page by page.
struct Pages<'a> {
    transport: &'a Transport,
    /// The page to read next; absent behind the last, an error where it can't be told.
    url: Result<Option<Url>>,
    most_asked: u64,
    asked: u64,
    /// Bytes read so far.
    size: usize,
    /// Whether smaller pages are asked for than could be.
    is_narrowed: bool,
    seen: HashSet<String>,
}

impl<'a> Pages<'a> {
    fn of(gitlab: &'a GitLab, endpoint: &impl Endpoint, page_cap: usize) -> Result<Self> {
        let transport = &*gitlab.0;
        Ok(Self {
            url: Ok(Some(Page::FIRST.within(&transport.request_for(endpoint)?.url))),
            transport,
            most_asked: LARGEST_PAGE.saturating_mul(page_cap as u64),
            asked: 0,
            size: 0,
            is_narrowed: false,
            seen: HashSet::new(),
        })
    }

    fn has_more(&self) -> bool {
        !matches!(self.url, Ok(None))
    }

    /// Whether there is more, and no more is read.
    fn is_at_cap(&self) -> bool {
        self.has_more() && self.asked >= self.most_asked
    }

    /// The next page's records; absent behind the last.
    async fn next<T: DeserializeOwned>(&mut self, what: &'static str) -> Result<Option<Vec<T>>> {
        loop {
            let Some(url) = self.url.clone()? else { return Ok(None) };
            if self.is_at_cap() || !self.seen.insert(url.to_string()) {
                return Err(GitlabError::Unreadable { what: "a list that comes to an end" });
            }
            let page = Page::of(&url);
            let answer = match self.transport.call(Outgoing::get(url.clone())).await {
                Err(GitlabError::TooLarge) => {
                    let narrower = page.narrower().ok_or(GitlabError::TooLarge)?;
                    self.url = Ok(Some(narrower.within(&url)));
                    self.is_narrowed = true;
                    continue;
                }
                answer => answer?,
            };
            self.asked = self.asked.saturating_add(page.size);
            self.size += answer.body().len();
            if self.size > SIZE_LIMIT {
                return Err(GitlabError::TooLarge);
            }
            let found = records(&answer, what)?;
            let next = self.transport.next_page(&url, answer.headers());
            // One stretch of large records shall not slow down all that follow.
            self.url = next.map(|next| match (next, self.is_narrowed) {
                (Some(next), true) => Some(Page::of(&next).widest().within(&next)),
                (next, _) => next,
            });
            return Ok(Some(found));
        }
    }
}
