//! Faults on the sandbox's own answers, per route and per call number.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What goes wrong with one call.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// Answers this instead; nothing is executed.
    Status {
        /// HTTP status.
        status: u16,
        /// Body, sent as JSON.
        body: String,
        /// Further headers, such as `Retry-After`.
        headers: Vec<(String, String)>,
    },
    /// Waits, then executes and answers as always.
    Delay(Duration),
    /// Closes the connection; nothing is executed.
    ResetBefore,
    /// Executes, then closes the connection without a byte of an answer.
    ResetAfter,
    /// Executes, then closes the connection in the middle of the answer's body.
    HalfBody,
    /// Executes at once, then never answers: the caller runs into its own time limit.
    ExecuteThenTimeout,
    /// Executes only after this time, even when the caller has long gone.
    ExecuteLate(Duration),
    /// Answers 200 with a web page, as a misplaced proxy does; nothing is executed.
    Html200,
    /// Answers 302 to this address; nothing is executed.
    Redirect(String),
}

/// A fault and the calls it hits.
#[derive(Debug, Clone)]
pub struct Fault {
    method: String,
    pattern: Vec<String>,
    skip: u64,
    times: u64,
    chance: Option<(f64, fastrand::Rng)>,
    kind: FaultKind,
}

impl Fault {
    /// A fault on the next matching call. `method` may be `*`. `path` is what follows `/api/v4`,
    /// cut at `/`: `*` stands for one part, a last `**` for any rest
    /// (`/projects/*/issues/*/notes`). What is not below `/api/v4` is named whole
    /// (`/github-api/repos/*/*`).
    pub fn new(method: &str, path: &str, kind: FaultKind) -> Self {
        let pattern = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Self { method: method.to_owned(), pattern, skip: 0, times: 1, chance: None, kind }
    }

    /// A fault that answers this status with GitLab's usual JSON.
    pub fn status(method: &str, path: &str, status: u16) -> Self {
        let body = format!("{{\"message\":\"{status} injected\"}}");
        Self::new(method, path, FaultKind::Status { status, body, headers: Vec::new() })
    }

    /// Leaves the first `calls` matching calls alone.
    #[must_use]
    pub fn after(mut self, calls: u64) -> Self {
        self.skip = calls;
        self
    }

    /// Hits this many matching calls (1 unless told).
    #[must_use]
    pub fn times(mut self, calls: u64) -> Self {
        self.times = calls;
        self
    }

    /// Hits every matching call until the faults are cleared.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(u64::MAX)
    }

    /// Hits a matching call with this probability (0 to 1), the same calls for the same seed.
    #[must_use]
    pub fn chance(mut self, probability: f64, seed: u64) -> Self {
        self.chance = Some((probability, fastrand::Rng::with_seed(seed)));
        self
    }

    fn matches(&self, method: &str, parts: &[String]) -> bool {
        if self.method != "*" && self.method != method {
            return false;
        }
        let (pattern, open) = match self.pattern.split_last() {
            Some((last, rest)) if last == "**" => (rest, true),
            _ => (self.pattern.as_slice(), false),
        };
        let long_enough =
            if open { parts.len() >= pattern.len() } else { parts.len() == pattern.len() };
        long_enough && pattern.iter().zip(parts).all(|(want, part)| want == "*" || want == part)
    }

    fn strikes(&mut self) -> bool {
        if self.times == 0 {
            return false;
        }
        if self.skip > 0 {
            self.skip = self.skip.saturating_sub(1);
            return false;
        }
        if let Some((probability, rng)) = &mut self.chance
            && rng.f64() >= *probability
        {
            return false;
        }
        if self.times != u64::MAX {
            self.times = self.times.saturating_sub(1);
        }
        true
    }
}

/// The faults of one sandbox; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// Adds a fault. The first one added that hits a call wins.
    pub fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// Takes all faults away.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The fault that hits this call, if any; counts it.
    pub(super) fn strike(&self, method: &str, parts: &[String]) -> Option<FaultKind> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let struck = faults.iter_mut().find_map(|fault| {
            (fault.matches(method, parts) && fault.strikes()).then(|| fault.kind.clone())
        });
        faults.retain(|fault| fault.times > 0);
        struck
    }
}
