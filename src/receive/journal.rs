//! One line and one count per request; strangers who only knock get at most ten lines a minute.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::answer::{Kept, Outcome, Refusal, status, words};
use crate::model::IssueRef;

const LINES_PER_WINDOW: u64 = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// What is told of one request: numbers and our own words, nothing a sender wrote.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) bytes: usize,
    pub(super) event: Option<&'static str>,
    pub(super) issue: Option<IssueRef>,
    pub(super) key8: Option<String>,
}

/// Writes the lines.
#[derive(Debug, Default)]
pub(super) struct Journal(Mutex<Strangers>);

/// Rejections of the present minute.
#[derive(Debug, Default)]
struct Strangers {
    since: Option<Instant>,
    told: u64,
    untold: u64,
}

impl Journal {
    pub(super) fn write(&self, outcome: Outcome, record: &Record, started: Instant) {
        let (word, reason) = words(outcome);
        let took = started.elapsed();
        metrics::counter!("landfall_deliveries_total", "outcome" => word).increment(1);
        metrics::histogram!("landfall_delivery_duration_seconds").record(took.as_secs_f64());

        let stranger = matches!(outcome, Err(Refusal::Rejected(_) | Refusal::HungUp));
        let (tell, untold) = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .note(stranger, Instant::now());
        if let Some(count) = untold {
            tracing::info!(
                event = "deliveries_rejected",
                count,
                "more senders without credential"
            );
        }
        if !tell {
            return;
        }
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    event = "delivery",
                    outcome = word,
                    reason,
                    status = status(outcome).as_u16(),
                    dur_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                    bytes = record.bytes,
                    gitlab_event = record.event.unwrap_or("?"),
                    project_id = record.issue.map(|issue| issue.project.0),
                    iid = record.issue.map(|issue| issue.iid.0),
                    key8 = record.key8.as_deref(),
                )
            };
        }
        match outcome {
            Ok(Kept::Quarantined(_)) | Err(Refusal::Store | Refusal::Interrupted) => line!(error),
            Err(Refusal::Full | Refusal::MediaType) => line!(warn),
            _ => line!(info),
        }
    }
}

impl Strangers {
    /// Whether this request gets its line, and how many earlier ones got none, once their minute
    /// is over.
    fn note(&mut self, stranger: bool, now: Instant) -> (bool, Option<u64>) {
        let over = self
            .since
            .is_some_and(|since| now.duration_since(since) >= WINDOW);
        let ended = if over { std::mem::take(self).untold } else { 0 };
        let mut tell = true;
        if stranger {
            self.since.get_or_insert(now);
            tell = self.told < LINES_PER_WINDOW;
            *(if tell {
                &mut self.told
            } else {
                &mut self.untold
            }) += 1;
        }
        (tell, (ended > 0).then_some(ended))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_get_ten_lines_a_minute_and_then_one_sum() {
        let start = Instant::now();
        let mut strangers = Strangers::default();
        for _ in 0..10 {
            assert_eq!(strangers.note(true, start), (true, None));
        }
        for _ in 0..500 {
            assert_eq!(strangers.note(true, start + WINDOW / 2), (false, None));
        }
        assert_eq!(
            strangers.note(false, start + WINDOW / 2),
            (true, None),
            "others always do"
        );
        assert_eq!(strangers.note(false, start + WINDOW), (true, Some(500)));
        assert_eq!(strangers.note(true, start + WINDOW), (true, None));
    }
}
