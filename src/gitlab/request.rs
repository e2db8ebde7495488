//! One request on its way out.

use bytes::Bytes;
use gitlab::api::Endpoint;
use http::Method;
use url::{Position, Url};

use super::transport::Transport;
use super::{GitlabError, Result, is_write};

/// A request before token and limits.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Url,
    /// Content type and bytes.
    pub(super) body: Option<(String, Bytes)>,
    /// Never repeated inside the client: what it says rests on a reading that a wait makes stale.
    pub(super) once: bool,
}

impl Outgoing {
    /// A read of this address.
    pub(super) fn get(url: Url) -> Self {
        Self { method: Method::GET, url, body: None, once: false }
    }

    /// Whether it changes something.
    pub(super) fn writes(&self) -> bool {
        is_write(&self.method)
    }

    /// Its path below the API's base with numbers and encoded paths left out: fit for logs, the
    /// same for all issues, and free of anyone's text.
    pub(super) fn route(&self, base: &Url) -> String {
        let path = self.url.path().strip_prefix(base.path()).unwrap_or_default();
        let segments: Vec<&str> = path
            .split('/')
            .map(|segment| match segment {
                number if number.bytes().all(|byte| byte.is_ascii_digit()) => ":id",
                plain if plain.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') => {
                    plain
                }
                _ => ":name",
            })
            .collect();
        segments.join("/")
    }
}

impl Transport {
    /// The request a typed endpoint describes.
    pub(super) fn request_for(&self, endpoint: &impl Endpoint) -> Result<Outgoing> {
        let mut url = self.api_url(&endpoint.endpoint())?;
        endpoint.parameters().add_to_url(&mut url);
        let body = endpoint
            .body()
            .map_err(|_| GitlabError::Unusable("an endpoint's body"))?
            .map(|(mime, data)| (mime.to_owned(), Bytes::from(data)));
        Ok(Outgoing { method: endpoint.method(), url, body, once: false })
    }

    /// Refuses every address outside the configured API, however it came about.
    pub(super) fn is_ours(&self, url: &Url) -> bool {
        let base = self.base();
        url.origin() == base.origin()
            && url.path().starts_with(base.path())
            && url[Position::BeforeUsername..Position::BeforeHost].is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_shows_neither_numbers_nor_names_nor_queries() {
        let base: Url = "https://example.com/git/api/v4/".parse().unwrap();
        for (path, route) in [
            ("projects/42/issues/7/notes?page=2", "projects/:id/issues/:id/notes"),
            ("projects/group%2Fproject", "projects/:name"),
            ("projects/1/labels/Secret", "projects/:id/labels/:name"),
            ("user", "user"),
        ] {
            assert_eq!(Outgoing::get(base.join(path).unwrap()).route(&base), route);
        }
    }
}
