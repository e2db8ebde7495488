//! `landfall sandbox`: the sandbox GitLab alone, with a GitHub beside it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::{say, serve::Signals};
use crate::sandbox::{Options, Sandbox, Seed};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where it listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8929")]
    listen: SocketAddr,
    /// Accounts, tokens, groups, projects and a GitHub to start with, in JSON (docs/sandbox.md)
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
}

/// Runs until Ctrl-C.
pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let seed = match &args.seed {
        None => Seed::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("can't read {}", path.display()))?;
            Seed::from_json(&text).with_context(|| path.display().to_string())?
        }
    };
    let row = |(name, secret): (&str, &str)| format!("  {name:<16} {secret}");
    let tokens: Vec<String> =
        seed.tokens.iter().map(|token| row((&token.username, &token.secret))).collect();
    let github: Vec<String> =
        seed.github.tokens.iter().map(|token| row((&token.login, &token.secret))).collect();
    let groups: Vec<String> = seed.groups.iter().map(|group| format!("  {}", group.path)).collect();
    let projects: Vec<String> =
        seed.projects.iter().map(|project| format!("  {} {}", project.id, project.path)).collect();
    let sandbox = Sandbox::start(Options { listen: args.listen, seed, ..Options::default() })
        .await
        .with_context(|| format!("the sandbox can't listen on {}", args.listen))?;
    let url = sandbox.url();
    say(format_args!(
        "A sandbox GitLab runs at {url}; its API is under /api/v4. A GitHub's API is at \
         {url}/github-api.\n\nGroups\n{}\n\nProjects\n{}\n\nTokens (worth nothing anywhere \
         else)\n{}\n\nTokens of the GitHub\n{}\n\nCtrl-C ends it; nothing is kept.",
        groups.join("\n"),
        projects.join("\n"),
        tokens.join("\n"),
        github.join("\n"),
    ));
    signals.next().await;
    sandbox.stop().await;
    Ok(ExitCode::SUCCESS)
}
