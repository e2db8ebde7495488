//! Stops calling what keeps failing, and probes whether it is back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Opens after some failures in a row; then lets one call through per interval.
#[derive(Debug)]
pub(super) struct Breaker {
    threshold: u32,
    first_interval: Duration,
    longest_interval: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open: Option<Open>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    interval: Duration,
    next_probe: Instant,
}

impl Breaker {
    /// Opens after `threshold` failures in a row; probes after `first`, then ever more rarely, up
    /// to every `longest`.
    pub(super) fn new(threshold: u32, first: Duration, longest: Duration) -> Self {
        Self {
            threshold,
            first_interval: first,
            longest_interval: longest,
            state: Mutex::default(),
        }
    }

    /// Lets a call pass, or says how long to wait. A call let through an open breaker is the
    /// probe; the next one has to wait an interval, whatever becomes of the first.
    pub(super) fn pass(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.state();
        match &mut state.open {
            Some(open) if now < open.next_probe => Err(open.next_probe - now),
            Some(open) => {
                open.interval = (open.interval * 2).min(self.longest_interval);
                open.next_probe = now + open.interval;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A call went well.
    pub(super) fn close(&self) {
        *self.state() = State::default();
    }

    /// A call failed. Calls that were under way when it opened change nothing any more.
    pub(super) fn fail(&self, now: Instant) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= self.threshold && state.open.is_none() {
            let interval = self.first_interval;
            state.open = Some(Open { interval, next_probe: now + interval });
        }
    }

    /// Whether it holds calls back.
    pub(super) fn is_open(&self) -> bool {
        self.state().open.is_some()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn host() -> Breaker {
        Breaker::new(3, SECOND, SECOND * 60)
    }

    #[test]
    fn it_opens_at_the_threshold_and_only_failures_in_a_row_count() {
        let (breaker, now) = (host(), Instant::now());
        breaker.fail(now);
        breaker.fail(now);
        breaker.close();
        breaker.fail(now);
        breaker.fail(now);
        assert_eq!(breaker.pass(now), Ok(()));
        breaker.fail(now);
        assert_eq!(breaker.pass(now), Err(SECOND));
    }

    #[test]
    fn an_open_one_lets_ever_rarer_probes_through() {
        let (breaker, start) = (Breaker::new(1, SECOND, SECOND * 60), Instant::now());
        breaker.fail(start);
        let mut now = start;
        let mut probes = Vec::new();
        while now < start + SECOND * 300 {
            if breaker.pass(now).is_ok() {
                probes.push((now - start).as_secs());
                breaker.fail(now);
            }
            now += SECOND / 4;
        }
        assert_eq!(probes, [1, 3, 7, 15, 31, 63, 123, 183, 243]);
    }

    #[test]
    fn a_good_probe_closes_it() {
        let (breaker, now) = (Breaker::new(1, SECOND, SECOND), Instant::now());
        breaker.fail(now);
        assert!(breaker.is_open());
        assert_eq!(breaker.pass(now + SECOND), Ok(()));
        assert_eq!(breaker.pass(now + SECOND), Err(SECOND));
        breaker.close();
        assert_eq!(breaker.pass(now + SECOND), Ok(()));
    }

    #[test]
    fn e01_a_refused_token_is_tried_five_times_in_five_minutes_at_most() {
        let (breaker, start) = (Breaker::new(1, SECOND * 60, SECOND * 60), Instant::now());
        let mut calls = 0;
        for second in 0..300 {
            let now = start + SECOND * second;
            // Eight workers want to call all the time.
            for _ in 0..8 {
                if breaker.pass(now).is_ok() {
                    calls += 1;
                    breaker.fail(now);
                }
            }
        }
        assert_eq!(calls, 5);
    }

    #[test]
    fn e28_a_host_is_found_again_within_the_time_it_was_away_and_a_minute_at_most() {
        for away in [5_u32, 20, 60, 600, 3600] {
            let (breaker, start) = (Breaker::new(5, SECOND, SECOND * 60), Instant::now());
            let found = (0..).map(|quarter| start + SECOND / 4 * quarter).find(|now| {
                let is_back = *now >= start + SECOND * away;
                let passed = breaker.pass(*now).is_ok();
                if passed && !is_back {
                    breaker.fail(*now);
                }
                passed && is_back
            });
            let late = found.unwrap() - (start + SECOND * away);
            assert!(late <= SECOND * away.min(60), "away {away} s, found {late:?} later");
        }
    }
}
