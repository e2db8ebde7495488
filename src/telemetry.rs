//! Logs: one line each, JSON or for people's eyes, always on stderr.
//!
//! Field names in use: `event`, `outcome`, `reason`, `status`, `dur_ms`, `bytes`, `gitlab_event`,
//! `project_id`, `iid`, `note`, `key8`, `stage`, `effects`, `calls`, `call`, `attempt`, `error`,
//! `alarm`, `method`, `path`. Never a secret, a body, a title or any other text of a stranger.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For a terminal.
    Pretty,
}

/// Starts logging. `filter` is a list of directives such as `info` or `landfall=debug,warn`.
///
/// Modules of other crates that print requests or answers are held at `warn` whatever is asked:
/// a trace of theirs would hold tokens and texts.
///
/// # Errors
/// In words, when the filter can't be read.
pub fn start(format: Format, filter: &str) -> Result<(), String> {
    let filter = quiet(filter)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // It would complain of a full disk or a reader that went away on the same stderr, and panic.
        .log_internal_errors(false);
    let started = match format {
        Format::Json => builder.json().flatten_event(true).try_init(),
        Format::Pretty => {
            let builder = builder.compact().with_target(false);
            // A terminal gets colours unless NO_COLOR is set; a file never does.
            if std::io::stderr().is_terminal() {
                builder.try_init()
            } else {
                builder.with_ansi(false).try_init()
            }
        }
    };
    // A second start in one process (tests) keeps the first subscriber.
    drop(started);
    Ok(())
}

const HELD: [&str; 10] = [
    "actix_http",
    "actix_server",
    "actix_web",
    "gitlab",
    "h2",
    "hyper",
    "hyper_util",
    "reqwest",
    "rustls",
    "sqlx",
];

fn quiet(filter: &str) -> Result<EnvFilter, String> {
    let asked: Vec<&str> = filter
        .split(',')
        .map(str::trim)
        .filter(|directive| !HELD.iter().any(|held| directive.starts_with(held)))
        .collect();
    let mut directives = asked.join(",");
    for held in HELD {
        directives.push_str(&format!(",{held}=warn"));
    }
    // It quotes the names in a certificate that it refuses, a stranger's text; we tell what is wrong.
    directives.push_str(",rustls_platform_verifier=off");
    // Whatever a stranger sends that is no HTTP would be an error of ours there.
    directives.push_str(",actix_http::h1=off");
    EnvFilter::try_new(directives.trim_start_matches(','))
        .map_err(|error| format!("the log filter `{filter}` can't be read: {error}"))
}
