//! The sandbox's clock: the machine's, or one that only moves when it is read or told to.

use jiff::{SignedDuration, Timestamp};

/// How time passes in the sandbox.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's time plus what was added by hand.
    System(SignedDuration),
    /// This time; every reading moves it on by one millisecond.
    Ticking(Timestamp),
}

impl Default for Clock {
    fn default() -> Self {
        Self::System(SignedDuration::ZERO)
    }
}

impl Clock {
    /// The time, without moving it.
    pub fn peek(&self) -> Timestamp {
        match self {
            Self::System(ahead) => {
                Timestamp::now().saturating_add(*ahead).unwrap_or(Timestamp::MAX)
            }
            Self::Ticking(now) => *now,
        }
    }

    /// The time of the next thing that happens.
    pub(super) fn now(&mut self) -> Timestamp {
        let now = self.peek();
        if let Self::Ticking(_) = self {
            self.advance(SignedDuration::from_millis(1));
        }
        now
    }

    /// Moves the clock on.
    pub fn advance(&mut self, by: SignedDuration) {
        match self {
            Self::System(ahead) => *ahead = ahead.saturating_add(by),
            Self::Ticking(now) => *now = now.saturating_add(by).unwrap_or(Timestamp::MAX),
        }
    }
}

/// As GitLab's API writes times: ISO 8601 with milliseconds.
pub(super) fn iso(at: Timestamp) -> String {
    format!("{at:.3}")
}
