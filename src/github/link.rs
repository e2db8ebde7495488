//! The `Link` header of a list: how many pages there are, without fetching them.
//!
//! Read here and not by octocrab, which prints what it does not know to standard error. The
//! addresses in it are looked at for a number and never asked.

use http::{HeaderMap, header};

/// Of how many pages the list is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pages {
    /// Of itself only.
    One,
    /// Of so many.
    Many(u64),
    /// Of more than one; GitHub does not say how many. So it is with issues since 2025.
    Untold,
}

impl Pages {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let Some(link) = headers.get(header::LINK).and_then(|link| link.to_str().ok()) else {
            return Self::One;
        };
        let page_of = |relation: &str| {
            let wanted = format!("rel=\"{relation}\"");
            link.split(',').find_map(|part| {
                let (address, parameters) = part.trim().strip_prefix('<')?.split_once('>')?;
                parameters.split(';').any(|one| one.trim() == wanted).then(|| page(address))
            })
        };
        match (page_of("last"), page_of("next")) {
            (Some(Some(last)), _) => Self::Many(last),
            (None, None) => Self::One,
            _ => Self::Untold,
        }
    }
}

fn page(address: &str) -> Option<u64> {
    let (_, query) = address.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("page="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_is_told_or_untold() {
        let api = "https://api.github.com/repositories/1/tags";
        for (link, expect) in [
            (String::new(), Pages::One),
            (
                format!(
                    "<{api}?per_page=1&page=2>; rel=\"next\", <{api}?per_page=1&page=413>; rel=\"last\""
                ),
                Pages::Many(413),
            ),
            (format!("<{api}?page=7&per_page=1>; rel=\"last\""), Pages::Many(7)),
            (format!("<{api}?per_page=1&after=Y3Vyc29y&page=2>; rel=\"next\""), Pages::Untold),
            (format!("<{api}?page=x>; rel=\"last\""), Pages::Untold),
            (format!("<{api}?page=99999999999999999999999>; rel=\"last\""), Pages::Untold),
            (format!("<{api}?per_page=9>; rel=\"last\""), Pages::Untold),
            (format!("<{api}?page=1>; rel=\"first\""), Pages::One),
            (format!("{api}?page=5; rel=\"last\""), Pages::One),
            (",,<>;;rel=\"last\"".to_owned(), Pages::Untold),
            ("<".repeat(10_000), Pages::One),
        ] {
            let mut headers = HeaderMap::new();
            if !link.is_empty() {
                headers.insert(header::LINK, link.parse().unwrap());
            }
            assert_eq!(Pages::of(&headers), expect, "{link:.100}");
        }
    }
}
