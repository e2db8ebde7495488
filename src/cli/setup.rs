//! `landfall setup`: what the tracker lacks; `--apply` makes it so.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use super::{remark, say};
use crate::app;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::receive::hook_url;
use crate::setup::{self, Applied, Wanted};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Make it so; without it, only the plan is printed
    #[arg(long)]
    apply: bool,
    /// First write a new signing token to this file (mode 0600, must not exist), for
    /// LANDFALL_WEBHOOK_SIGNING_TOKENS_FILE
    #[arg(long, value_name = "FILE")]
    new_signing_token: Option<PathBuf>,
}

pub(super) async fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(file) = &args.new_signing_token {
        write_signing_token(file)?;
        say(format_args!(
            "Wrote a new signing token to {0}. Set LANDFALL_WEBHOOK_SIGNING_TOKENS_FILE={0} and run \
             setup again.",
            file.display()
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let access = app::access(config)?;
    let gitlab = app::connect(config, &access, Arc::new(SystemClock))?;
    let found = setup::find(&gitlab, &access.tracker).await.with_context(|| {
        format!("the tracker `{}` can't be read; `landfall check` says more", access.tracker)
    })?;
    let service = &config.service;
    let public = match &service.public_url {
        Some(url) => Some(hook_url(url)),
        None => {
            remark("note: LANDFALL_PUBLIC_URL is not set, so no webhook is planned.");
            None
        }
    };
    let signing_token = service
        .webhook_signing_keys
        .first()
        .map(|key| SecretString::from(format!("whsec_{}", STANDARD.encode(key.expose_secret()))));
    let secret_token = service.webhook_secret_tokens.first().cloned();
    if public.is_some() && signing_token.is_none() && secret_token.is_none() {
        service.require_webhook_secret()?;
    }
    let wanted = Wanted {
        labels: setup::wanted_labels(&config.workflow),
        hook_url: public,
        has_signing_token: signing_token.is_some(),
        has_secret_token: secret_token.is_some(),
    };
    let steps = setup::plan(&found, &wanted);
    if steps.is_empty() {
        say("Nothing to do: the tracker has all it needs.");
        return Ok(ExitCode::SUCCESS);
    }
    let ground = Applied {
        gitlab: &gitlab,
        found: &found,
        template: &config.issue_template,
        signing_token,
        secret_token,
    };
    for step in &steps {
        if args.apply {
            let warning = setup::apply(&ground, step).await.with_context(|| {
                let step = step.to_string();
                let step = step.trim_end_matches('.');
                format!("could not {step}; what was done before stays, a second run does the rest")
            })?;
            say(format_args!("done: {step}"));
            if let Some(warning) = warning {
                remark(format_args!("warning: {warning}"));
            }
        } else {
            say(format_args!("would {step}"));
        }
    }
    if !args.apply {
        say(format_args!("{} step(s). `landfall setup --apply` carries them out.", steps.len()));
    }
    Ok(ExitCode::SUCCESS)
}

/// 32 random bytes, as GitLab makes them itself.
fn write_signing_token(path: &Path) -> anyhow::Result<()> {
    let mut key = [0_u8; 32];
    getrandom::fill(&mut key).map_err(|error| anyhow!("no random bytes: {error}"))?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("can't create {}", path.display()))?;
    file.write_all(format!("whsec_{}\n", STANDARD.encode(key)).as_bytes())?;
    file.sync_all()?;
    Ok(())
}
