//! `landfall assess URL`: what a move of one source to GitLab takes.

use std::process::ExitCode;

use super::{exit_code, say};
use crate::assess;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::github::{GitHub, Settings};
use crate::model::{GithubRepo, NotGithub, SourceKind, is_address};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address of the source; only a public repository on github.com is looked at
    #[arg(value_name = "URL")]
    address: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Reports on a repository on GitHub, or says how another kind of source comes to GitLab. The
/// address itself is never fetched, and never repeated: it may hold a password.
pub(super) async fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let address = args.address.trim();
    match GithubRepo::parse(address) {
        Ok(repo) => on_github(config, &repo, args.json).await,
        Err(NotGithub::OtherPlace) if is_address(address) && !claims_github(address) => {
            let kind = SourceKind::of_address(address);
            elsewhere(config, kind, args.json)
        }
        Err(why) => Ok(exit_code::usage(&why)),
    }
}

/// Whether somebody wrote of github.com in a way that is refused: a port, a password, a trick.
fn claims_github(address: &str) -> bool {
    address.to_ascii_lowercase().contains("github.com")
}

async fn on_github(config: &Config, repo: &GithubRepo, json: bool) -> anyhow::Result<ExitCode> {
    let service = &config.service;
    let settings = Settings {
        time_scale: service.time_scale,
        ..Settings::new(service.github_url.clone(), service.github_token.clone())
    };
    let survey = GitHub::connect(settings)?.survey(repo).await?;
    let readiness = assess::readiness(&survey, &config.sources, SystemClock.now());
    if json {
        let kind = SourceKind::Github;
        let value = serde_json::json!({ "kind": kind, "survey": survey, "readiness": readiness });
        say(serde_json::to_string_pretty(&value)?);
    } else {
        say(readiness.plain());
    }
    Ok(ExitCode::SUCCESS)
}

fn elsewhere(config: &Config, kind: SourceKind, json: bool) -> anyhow::Result<ExitCode> {
    let path = config.sources.path_for(kind);
    if json {
        let value = serde_json::json!({ "kind": kind, "path": path });
        say(serde_json::to_string_pretty(&value)?);
    } else {
        say(path.plain(kind));
        say("Only public repositories on github.com are looked at; nothing was asked of this one.");
    }
    Ok(ExitCode::SUCCESS)
}
