//! The metrics recorder: one a process, since the `metrics` crate has one.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Seconds; from a quick acknowledgement to GitLab's own time limit.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];

/// Installs the recorder on the first call and returns what renders it; `None` when another recorder
/// was there before.
pub(super) fn recorder() -> Option<&'static PrometheusHandle> {
    let install = || {
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
            .ok()?
            .install_recorder()
            .ok()
    };
    HANDLE.get_or_init(install).as_ref()
}
