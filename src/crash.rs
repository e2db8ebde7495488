//! Places where a test may end the process as a power cut would.
//!
//! Without the feature `crash-points` there is nothing here. With it, `LANDFALL_TEST_CRASH=NAME:N` ends
//! the process at the N-th passing of that place: no destructor runs, nothing is flushed.

/// All places, in the order of the data's path.
pub const POINTS: [&str; 35] = [
    "migration.stepped",
    "delivery.read",
    "delivery.verified",
    "group.begun",
    "group.delivered",
    "group.queued",
    "group.committed",
    "delivery.kept",
    "spool.written",
    "spool.drained",
    "claim.taken",
    "batch.claimed",
    "decision.made",
    "decision.saved",
    "issue.gated",
    "issue.updated",
    "undo.recorded",
    "comment.announced",
    "comment.posted",
    "comment.recorded",
    "comment.doubted",
    "comment.sought",
    "comment.adopted",
    "comment.healed",
    "comment.edited",
    "reaction.given",
    "issue.applied",
    "issue.remembered",
    "sweep.listed",
    "sweep.stored",
    "reconcile.stored",
    "import.announced",
    "import.asked",
    "batch.handled",
    "settle.written",
];

/// Ends the process here if a test asked for it.
#[cfg(not(feature = "crash-points"))]
#[inline]
pub fn point(_: &'static str) {}

/// Ends the process here if a test asked for it.
#[cfg(feature = "crash-points")]
pub fn point(name: &'static str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static ASKED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);

    let asked = ASKED.get_or_init(|| {
        let asked = std::env::var("LANDFALL_TEST_CRASH").ok()?;
        let (name, passing) = asked.split_once(':')?;
        Some((name.to_owned(), passing.parse().ok()?))
    });
    if let Some((wanted, passing)) = asked
        && wanted == name
        && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *passing
    {
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::POINTS;

    fn sources(folder: &std::path::Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                sources(&path, text);
            } else if !path.ends_with("crash.rs") {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn each_place_is_in_the_source_once_and_each_call_names_a_place() {
        let mut text = String::new();
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        for point in POINTS {
            assert_eq!(text.matches(&format!("crash::point(\"{point}\")")).count(), 1, "{point}");
        }
        assert_eq!(text.matches("crash::point(").count(), POINTS.len());
    }
}
