//! Which failures are repeated inside a call, and after how long.

use std::time::Duration;

use super::{GitlabError, NotSent, Outage};

/// A call is tried this often at most; everything longer is the queue's business.
const ATTEMPTS: u32 = 2;
/// The wait before the second try, before jitter.
const BACKOFF: Duration = Duration::from_millis(500);

/// How long to wait before trying again; absent when the failure stands.
///
/// Only what surely was not carried out is repeated: a read, a request that never left, or one
/// that a rate limit has refused (for that one the pace decides how long, or that it is too
/// long). `luck` in 0..1 spreads the callers.
pub(super) fn wait_before_next(attempt: u32, error: &GitlabError, luck: f64) -> Option<Duration> {
    if attempt >= ATTEMPTS {
        return None;
    }
    match error {
        GitlabError::NotSent { reason: NotSent::Connect, .. }
        | GitlabError::Unavailable(Outage::Status(_) | Outage::Page | Outage::Broken) => {
            Some(BACKOFF.mul_f64(0.5 + luck / 2.0))
        }
        GitlabError::RateLimited { .. } => Some(Duration::ZERO),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_may_have_happened_is_never_repeated() {
        for outage in [
            Outage::Status(500),
            Outage::Page,
            Outage::Timeout,
            Outage::Broken,
            Outage::TooLarge,
            Outage::Garbled,
        ] {
            assert_eq!(wait_before_next(1, &GitlabError::Lost(outage), 0.5), None);
        }
    }

    #[test]
    fn a_read_is_repeated_once_within_half_a_second() {
        let error = GitlabError::Unavailable(Outage::Status(502));
        for luck in [0.0, 0.5, 0.999] {
            let wait = wait_before_next(1, &error, luck).unwrap();
            assert!(wait >= BACKOFF / 2 && wait <= BACKOFF, "{wait:?}");
            assert_eq!(wait_before_next(2, &error, luck), None);
        }
    }

    #[test]
    fn what_the_server_refused_for_good_stands() {
        for error in [
            GitlabError::Unauthorized,
            GitlabError::ReadOnly,
            GitlabError::NotFound { detail: String::new() },
            GitlabError::Unavailable(Outage::Timeout),
            GitlabError::NotSent { reason: NotSent::Paused, after: Duration::ZERO },
        ] {
            assert_eq!(wait_before_next(1, &error, 0.5), None, "{error}");
        }
    }
}
