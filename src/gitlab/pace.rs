//! Keeps to GitLab's rate limits: slows down before they are reached, falls silent after.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use tokio::time::Instant;

use super::settings::TimeScale;
use super::{GitlabError, NotSent, Result};

/// Waits up to this long happen inside a call; longer ones are handed to the caller, whose job
/// is put back instead of holding a worker.
const WAIT_INSIDE: Duration = Duration::from_secs(3);
/// The wait when a 429 does not say how long, or says nonsense.
const DEFAULT_PAUSE: Duration = Duration::from_secs(60);
/// No pause is shorter: a server whose dates lie in the past must not be asked without end.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// No pause is longer, whatever the server says.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Below this share of the limit, what is left is spread over the time until it is reset.
const LITTLE_LEFT: u64 = 10;
/// What the limit is taken for when GitLab does not name it.
const USUAL_LIMIT: u64 = 600;

/// When the next call may be made; one for the whole host.
#[derive(Debug)]
pub(super) struct Pace {
    scale: TimeScale,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    quiet_until: Option<Instant>,
    spacing: Option<Spacing>,
}

/// Calls are `gap` apart until the limit is reset.
#[derive(Debug, Clone, Copy)]
struct Spacing {
    gap: Duration,
    next: Instant,
    until: Instant,
}

impl Pace {
    /// A pace without limits so far.
    pub(super) fn new(scale: TimeScale) -> Self {
        Self { scale, state: Mutex::default() }
    }

    /// Waits for this call's turn, if it comes soon.
    ///
    /// # Errors
    /// [`NotSent::Paused`] when it doesn't.
    pub(super) async fn turn(&self) -> Result<()> {
        loop {
            let now = Instant::now();
            let wait = self
                .reserve(now)
                .map_err(|after| GitlabError::NotSent { reason: NotSent::Paused, after })?;
            if wait.is_zero() {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Zero when the call may go now; else how long to wait before asking again.
    fn reserve(&self, now: Instant) -> Result<Duration, Duration> {
        let mut state = self.state();
        state.quiet_until = state.quiet_until.filter(|until| *until > now);
        state.spacing = state.spacing.filter(|spacing| spacing.until > now);
        let quiet = state.quiet_until.map_or(Duration::ZERO, |until| until - now);
        let wait = match &mut state.spacing {
            _ if !quiet.is_zero() => quiet,
            Some(spacing) if spacing.next > now => spacing.next - now,
            Some(spacing) => {
                spacing.next = now + spacing.gap;
                Duration::ZERO
            }
            None => Duration::ZERO,
        };
        if wait > self.scale.shorten(WAIT_INSIDE) { Err(wait) } else { Ok(wait) }
    }

    /// How long all calls are held back; absent when they are not.
    pub(super) fn quiet_for(&self, now: Instant) -> Option<Duration> {
        self.state().quiet_until.filter(|until| *until > now).map(|until| until - now)
    }

    /// Silences the whole host after a 429; returns how long, by the time scale.
    pub(super) fn pause(&self, headers: &HeaderMap, wall: Timestamp, now: Instant) -> Duration {
        let pause = self.scale.shorten(asked_pause(headers, wall));
        self.be_quiet(now + pause);
        pause
    }

    /// Learns from any answer how much of the limit is left.
    pub(super) fn observe(&self, headers: &HeaderMap, wall: Timestamp, now: Instant) {
        let (Some(remaining), Some(reset)) =
            (number(headers, "ratelimit-remaining"), number(headers, "ratelimit-reset"))
        else {
            return;
        };
        let limit = number(headers, "ratelimit-limit").unwrap_or(USUAL_LIMIT);
        let left = i64::try_from(reset)
            .ok()
            .and_then(|reset| Timestamp::from_second(reset).ok())
            .map_or(Duration::ZERO, |reset| positive(reset, wall))
            .min(LONGEST_PAUSE);
        if left.is_zero() || remaining.saturating_mul(LITTLE_LEFT) > limit {
            self.state().spacing = None;
            return;
        }
        let left = self.scale.shorten(left);
        let share = u32::try_from(remaining).unwrap_or(u32::MAX);
        if share == 0 {
            self.be_quiet(now + left);
            return;
        }
        let gap = left / share;
        self.state().spacing = Some(Spacing { gap, next: now + gap, until: now + left });
    }

    fn be_quiet(&self, until: Instant) {
        let mut state = self.state();
        state.quiet_until = state.quiet_until.max(Some(until));
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a 429 asks for: seconds or an HTTP date, within reason.
fn asked_pause(headers: &HeaderMap, wall: Timestamp) -> Duration {
    let Some(text) = headers.get("retry-after").and_then(|value| value.to_str().ok()) else {
        return DEFAULT_PAUSE;
    };
    let text = text.trim();
    let pause = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits too many for a number still mean "very long".
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        // Measured against the server's own clock, so that ours may be wrong.
        let wall = http_date(headers, "date").unwrap_or(wall);
        match DateTimeParser::new().parse_timestamp(text) {
            Ok(date) => positive(date, wall),
            Err(_) => DEFAULT_PAUSE,
        }
    };
    pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}

/// A header that holds an HTTP date.
pub(super) fn http_date(headers: &HeaderMap, name: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(headers.get(name)?.to_str().ok()?.trim()).ok()
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// From `now` to `then`; zero when it has passed.
fn positive(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
            })
            .collect()
    }

    fn wall() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn e07_g06_every_retry_after_means_a_sane_pause() {
        for (value, seconds) in [
            ("30", 30),
            ("0", 1),
            (" 7 ", 7),
            ("Sun, 22 Nov 2026 12:01:30 GMT", 90),
            ("Sun, 22 Nov 2026 11:00:00 GMT", 1),
            ("99999999", 3600),
            ("99999999999999999999999", 3600),
            ("-5", 60),
            ("soon", 60),
            ("", 60),
            ("1.5", 60),
        ] {
            let headers = headers(&[("retry-after", value)]);
            assert_eq!(asked_pause(&headers, wall()).as_secs(), seconds, "{value:?}");
        }
        assert_eq!(asked_pause(&HeaderMap::new(), wall()).as_secs(), 60);
    }

    #[test]
    fn a_date_is_measured_against_the_servers_clock() {
        let headers = headers(&[
            ("date", "Sun, 22 Nov 2026 11:00:00 GMT"),
            ("retry-after", "Sun, 22 Nov 2026 11:00:20 GMT"),
        ]);
        assert_eq!(asked_pause(&headers, wall()).as_secs(), 20);
    }

    #[test]
    fn calls_spread_out_when_little_is_left_and_run_free_again_after_the_reset() {
        let pace = Pace::new(TimeScale::new(1.0));
        let now = Instant::now();
        let reset = (wall().as_second() + 20).to_string();
        let limits = |remaining: &str| {
            headers(&[
                ("ratelimit-limit", "100"),
                ("ratelimit-remaining", remaining),
                ("ratelimit-reset", &reset),
            ])
        };
        pace.observe(&limits("60"), wall(), now);
        assert_eq!(pace.reserve(now), Ok(Duration::ZERO));
        pace.observe(&limits("10"), wall(), now);
        assert_eq!(pace.reserve(now), Ok(Duration::from_secs(2)));
        let later = now + Duration::from_secs(2);
        assert_eq!(pace.reserve(later), Ok(Duration::ZERO));
        assert_eq!(pace.reserve(later), Ok(Duration::from_secs(2)));
        pace.observe(&limits("0"), wall(), now);
        assert_eq!(pace.reserve(now), Err(Duration::from_secs(20)));
        assert_eq!(pace.reserve(now + Duration::from_secs(21)), Ok(Duration::ZERO));
    }
}
