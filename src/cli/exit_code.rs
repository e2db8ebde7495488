//! 0 ok, 1 failed, 2 usage (mostly clap's own), 78 configuration.

use std::process::ExitCode;

use super::remark;
use crate::config::ConfigErrors;
use crate::gitlab::GitlabError;

/// As clap exits.
const USAGE: u8 = 2;
/// `EX_CONFIG` of sysexits.
const CONFIGURATION: u8 = 78;

/// Tells the person what can't be meant. Not clap's business where a value must not be repeated.
pub(super) fn usage(why: &dyn std::error::Error) -> ExitCode {
    remark(format_args!("error: {why}"));
    ExitCode::from(USAGE)
}

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
    if let Some(hint) = error.chain().find_map(|cause| cause.downcast_ref()).and_then(hint) {
        remark(format_args!("\nhint: {hint}"));
    }
    ExitCode::FAILURE
}

/// What to do about a GitLab that does not answer as it should.
fn hint(error: &GitlabError) -> Option<&'static str> {
    match error {
        GitlabError::NotSent { .. } | GitlabError::Unavailable(_) | GitlabError::Lost(_) => Some(
            "is LANDFALL_GITLAB_URL right, and is GitLab up? `landfall check` looks at each part",
        ),
        GitlabError::NotFound { .. } | GitlabError::Forbidden { .. } => {
            Some("`landfall check` says what the token may see and do")
        }
        _ => None,
    }
}
