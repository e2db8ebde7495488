//! How long to wait after a failure, and when to give up. Pure.

use jiff::SignedDuration;

use crate::model::Settlement;

/// The attempt after which a job gives up.
pub const MAX_ATTEMPTS: u32 = 10;

/// No wait is longer: an outage that ends must be noticed within minutes.
const CEILING_SECONDS: u32 = 300;

/// The wait after the given failed attempt (1 for the first): 1, 2, 4… up to 300 seconds, times
/// `jitter` (0 to 1), so that what failed together doesn't come back together.
pub fn backoff(attempt: u32, jitter: f64) -> SignedDuration {
    let seconds = 1_u32
        .checked_shl(attempt.saturating_sub(1))
        .filter(|seconds| (1..CEILING_SECONDS).contains(seconds))
        .unwrap_or(CEILING_SECONDS);
    let share = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 };
    SignedDuration::try_from_secs_f64(f64::from(seconds) * share)
        .unwrap_or(SignedDuration::from_secs(i64::from(CEILING_SECONDS)))
}

/// What a failed attempt leads to: another one, or the end.
pub fn failed(attempt: u32, jitter: f64, error: String) -> Settlement {
    if attempt >= MAX_ATTEMPTS {
        Settlement::Dead { error }
    } else {
        Settlement::Retry { after: backoff(attempt, jitter), error, counts: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        let waits: Vec<i64> = (1..=12).map(|n| backoff(n, 1.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    }

    #[test]
    fn no_attempt_and_no_jitter_leaves_the_range() {
        for attempt in [0, 1, 31, 32, 33, 64, u32::MAX] {
            for jitter in [-1.0, 0.0, 0.5, 1.0, 7.0, f64::NAN, f64::INFINITY] {
                let wait = backoff(attempt, jitter);
                assert!(!wait.is_negative() && wait.as_secs() <= 300, "{attempt} {jitter}");
            }
        }
    }

    #[test]
    fn jitter_takes_a_share_of_the_wait() {
        assert_eq!(backoff(3, 0.5), SignedDuration::from_secs(2));
        assert_eq!(backoff(3, 0.0), SignedDuration::ZERO);
    }

    #[test]
    fn the_tenth_failure_is_the_last() {
        let error = || "no".to_owned();
        assert!(matches!(failed(9, 0.3, error()), Settlement::Retry { counts: true, .. }));
        assert_eq!(failed(10, 0.3, error()), Settlement::Dead { error: error() });
    }
}
