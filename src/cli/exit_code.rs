//! 0 ok, 1 failed, 2 usage (clap's own), 78 configuration.

use std::process::ExitCode;

use super::remark;
use crate::config::ConfigErrors;

/// `EX_CONFIG` of sysexits.
const CONFIGURATION: u8 = 78;

/// Tells the person what went wrong, causes included.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(mistakes) = error.downcast_ref::<ConfigErrors>() {
        remark(mistakes.to_string().trim_end());
        return ExitCode::from(CONFIGURATION);
    }
    remark(format_args!("error: {error}"));
    for cause in error.chain().skip(1) {
        remark(format_args!("caused by: {cause}"));
    }
    ExitCode::FAILURE
}
