//! How much GitHub lets us ask, so that it never has to refuse.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};

/// GitHub counts by the hour; a reset further away is nonsense.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// The wait when a limit does not say how long: GitHub asks for a minute at least.
const USUAL_WAIT: SignedDuration = SignedDuration::from_secs(60);
/// As much of a refusal is read for words.
const WORDS_WITHIN: usize = 4_096;

/// What is left of this hour, as the last answer said.
#[derive(Debug, Default)]
pub(super) struct Allowance(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    left: Option<Left>,
    quiet_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
struct Left {
    calls: u32,
    reset: Timestamp,
}

impl Allowance {
    /// Whether so many calls can be made now; else when.
    pub(super) fn has(&self, calls: u32, now: Timestamp) -> Result<(), Timestamp> {
        let mut state = self.state();
        state.quiet_until = state.quiet_until.filter(|until| *until > now);
        state.left = state.left.filter(|left| left.reset > now);
        match (state.quiet_until, state.left) {
            (Some(until), _) => Err(until),
            (None, Some(left)) if left.calls < calls => Err(left.reset),
            _ => Ok(()),
        }
    }

    /// Takes one call, before it is known what GitHub makes of it.
    pub(super) fn take(&self, now: Timestamp) -> Result<(), Timestamp> {
        self.has(1, now)?;
        if let Some(left) = &mut self.state().left {
            left.calls = left.calls.saturating_sub(1);
        }
        Ok(())
    }

    /// Learns from any answer. Answers may overtake each other, so the smaller number of one hour is
    /// the newer.
    pub(super) fn observe(&self, headers: &HeaderMap, now: Timestamp) {
        // Search and other corners have limits of their own.
        let is_core = word(headers, "x-ratelimit-resource").is_none_or(|name| name == "core");
        let (Some(calls), Some(reset)) = (remaining(headers), reset(headers, now)) else {
            return;
        };
        if !is_core || reset <= now {
            return;
        }
        let mut state = self.state();
        state.left = Some(match state.left {
            Some(known) if known.reset == reset => Left { calls: known.calls.min(calls), reset },
            Some(known) if known.reset > reset => known,
            _ => Left { calls, reset },
        });
    }

    /// When a refusal is one for asking too much: until when we ask nothing any more.
    pub(super) fn limit(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Option<Timestamp> {
        let status = status.as_u16();
        if !matches!(status, 403 | 429) {
            return None;
        }
        let until = if let Some(seconds) = number(headers, "retry-after") {
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            within_an_hour(now.saturating_add(SignedDuration::from_secs(seconds)).ok(), now)
        } else if remaining(headers) == Some(0) {
            reset(headers, now).unwrap_or_else(|| later(now, USUAL_WAIT))
        } else if status == 429 || speaks_of_a_limit(body) {
            later(now, USUAL_WAIT)
        } else {
            return None;
        };
        // A reset that has passed already would let us ask again at once.
        let until = until.max(later(now, SignedDuration::from_secs(1)));
        let mut state = self.state();
        state.quiet_until = state.quiet_until.max(Some(until));
        Some(until)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remaining(headers: &HeaderMap) -> Option<u32> {
    let left = number(headers, "x-ratelimit-remaining")?;
    Some(u32::try_from(left).unwrap_or(u32::MAX))
}

fn reset(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let seconds = i64::try_from(number(headers, "x-ratelimit-reset")?).unwrap_or(i64::MAX);
    Some(within_an_hour(Timestamp::from_second(seconds).ok(), now))
}

/// What lies beyond the hour, or beyond all calendars, is cut to it.
fn within_an_hour(at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let last = later(now, LONGEST_WAIT);
    at.map_or(last, |at| at.min(last))
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(now)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    word(headers, name)?.parse().ok()
}

fn word<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn speaks_of_a_limit(body: &[u8]) -> bool {
    let start = body.get(..WORDS_WITHIN).unwrap_or(body).to_ascii_lowercase();
    start.windows(b"rate limit".len()).any(|words| words == b"rate limit")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn headers<const N: usize>(pairs: [(&'static str, &str); N]) -> HeaderMap {
        pairs
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn left(calls: &str, reset: &str) -> HeaderMap {
        headers([("x-ratelimit-remaining", calls), ("x-ratelimit-reset", reset)])
    }

    #[test]
    fn what_is_left_is_never_overdrawn() {
        let allowance = Allowance::default();
        assert_eq!(allowance.has(1_000, at(0)), Ok(()), "nothing is known yet");
        allowance.observe(&left("3", "1800000600"), at(0));
        assert_eq!(allowance.has(4, at(1)), Err(at(600)));
        for _ in 0..3 {
            assert_eq!(allowance.take(at(1)), Ok(()));
        }
        assert_eq!(allowance.take(at(2)), Err(at(600)));
        // An answer that was overtaken brings nothing back.
        allowance.observe(&left("2", "1800000600"), at(3));
        assert_eq!(allowance.take(at(599)), Err(at(600)));
        assert_eq!(allowance.take(at(600)), Ok(()), "a new hour");
    }

    #[test]
    fn a_new_hour_begins_with_its_first_answer() {
        let allowance = Allowance::default();
        allowance.observe(&left("0", "1800000600"), at(0));
        allowance.observe(&left("59", "1800004200"), at(601));
        assert_eq!(allowance.has(59, at(602)), Ok(()));
        allowance.observe(&left("0", "1800000600"), at(603));
        assert_eq!(allowance.has(59, at(604)), Ok(()), "an answer of the old hour");
    }

    #[test]
    fn nonsense_stops_nobody_for_longer_than_an_hour() {
        let hour = at(3_600);
        for reset in ["99999999999999999", "18446744073709551615", "1900000000"] {
            let allowance = Allowance::default();
            allowance.observe(&left("0", reset), at(0));
            assert_eq!(allowance.take(at(1)), Err(hour), "{reset}");
        }
        for headers in [left("x", "y"), left("0", "-1"), left("0", "1"), HeaderMap::new()] {
            let allowance = Allowance::default();
            allowance.observe(&headers, at(0));
            assert_eq!(allowance.take(at(1)), Ok(()), "{headers:?}");
        }
    }

    #[test]
    fn the_limits_of_searching_are_not_ours() {
        let allowance = Allowance::default();
        let mut headers = left("0", "1800000060");
        headers.insert("x-ratelimit-resource", "search".parse().unwrap());
        allowance.observe(&headers, at(0));
        assert_eq!(allowance.take(at(1)), Ok(()));
    }

    #[test]
    fn e33_each_kind_of_limit_is_told_from_a_plain_refusal() {
        let none = HeaderMap::new;
        let retry = |after| headers([("retry-after", after)]);
        let spoken = br#"{"message":"You have exceeded a secondary Rate Limit"}"#;
        for (status, headers, body, wait) in [
            (403, left("0", "1800000900"), &b""[..], Some(900)),
            (403, retry("30"), b"", Some(30)),
            (429, retry("30"), b"", Some(30)),
            (429, none(), b"", Some(60)),
            (403, none(), spoken, Some(60)),
            (403, headers([("x-ratelimit-remaining", "0")]), b"", Some(60)),
            (403, left("0", "1700000000"), b"", Some(1)),
            (429, retry("0"), b"", Some(1)),
            (429, retry("99999999999999999999"), b"", Some(60)),
            (429, retry("9999999999"), b"", Some(3_600)),
            (403, none(), br#"{"message":"Forbidden"}"#, None),
            (403, left("10", "1800000900"), b"", None),
            (404, left("0", "1800000900"), b"", None),
            (500, retry("30"), b"", None),
        ] {
            let allowance = Allowance::default();
            let status = StatusCode::from_u16(status).unwrap();
            let until = allowance.limit(status, &headers, body, at(0));
            assert_eq!(until, wait.map(at), "{status} {headers:?}");
            assert_eq!(allowance.take(at(0)).err(), until, "nothing more is asked until then");
        }
    }
}
