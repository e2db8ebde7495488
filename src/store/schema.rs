//! Which steps of the schema a database still needs, and which database is too new.

use super::StoreError;
use crate::crash;

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// What is run.
    pub(super) sql: &'static str,
    /// The oldest version that still works after it. A step that only adds leaves this as it was,
    /// so that the former version may run beside this one and be gone back to.
    pub(super) needs: i64,
}

/// Where the steps taken are noted.
pub(super) const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, needs BIGINT)";

/// The newest step taken, and the oldest version that may work with what is there. 0 and 0 at first.
pub(super) const FOUND: &str = "SELECT COALESCE(MAX(version), 0), COALESCE(MAX(COALESCE(needs, version)), 0) \
     FROM schema_version";

/// Notes a step.
pub(super) const TAKEN: &str = "INSERT INTO schema_version (version, needs) VALUES ($1, $2)";

/// The steps not taken yet, with their numbers.
///
/// # Errors
/// `Schema` when only a newer Landfall can work with what is there.
pub(super) fn missing(
    steps: &'static [Step],
    found: i64,
    needs: i64,
) -> Result<impl Iterator<Item = (i64, Step)>, StoreError> {
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if needs > known {
        return Err(StoreError::Schema(format!(
            "version {found} was written by a newer Landfall, this one knows {known}; \
             start the newer one or restore a backup made before the upgrade"
        )));
    }
    let taken = usize::try_from(found).unwrap_or_default();
    Ok((1_i64..).zip(steps.iter().copied()).skip(taken))
}

/// A step that failed.
pub(super) fn refused(version: i64, error: impl std::fmt::Display) -> StoreError {
    StoreError::Schema(format!("migration {version} failed: {error}"))
}

/// A step and its note are written and not committed yet.
pub(super) fn stepped() {
    crash::point("migration.stepped");
}
