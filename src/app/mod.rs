//! Wiring: the only place where configuration becomes living parts.

mod desk;
mod health;
mod meter;
mod reload;
mod schedules;
mod service;
mod waiting_room;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::clock::Clock;
use crate::config::{self, Config, ConfigErrors};
use crate::github::{self, GitHub};
use crate::gitlab::{GitLab, Settings};
use crate::jobs::{Engine, EngineSettings, Hosts, Outside, Rulebook};
use crate::plan::ConfidentialComments;
use crate::queue;
use crate::receive;
use crate::store::{self, Store};

pub use desk::Desk;
pub(crate) use service::handler;
pub use service::{Ending, Running, start, start_over};
pub use waiting_room::WaitingRoom;

/// What is needed to talk to the tracker.
#[derive(Debug, Clone)]
pub struct Access {
    /// The bot's token.
    pub token: SecretString,
    /// Full path of the tracker.
    pub tracker: String,
}

/// What the configuration must hold for anything that talks to GitLab.
///
/// # Errors
/// Names each missing setting and how to set it.
pub fn access(config: &Config) -> Result<Access, ConfigErrors> {
    let service = &config.service;
    match (service.require_token(), service.require_tracker()) {
        (Ok(token), Ok(tracker)) => {
            Ok(Access { token: token.clone(), tracker: tracker.to_owned() })
        }
        (token, tracker) => {
            Err(ConfigErrors(token.err().into_iter().chain(tracker.err()).collect()))
        }
    }
}

/// A client for the configured GitLab; asks nothing yet.
///
/// # Errors
/// When the address or token can't be used.
pub fn connect(config: &Config, access: &Access, clock: Arc<dyn Clock>) -> anyhow::Result<GitLab> {
    let service = &config.service;
    let settings = Settings {
        read_only: service.dry_run,
        time_scale: service.time_scale,
        clock,
        ..Settings::new(service.gitlab_url.clone(), access.token.clone())
    };
    GitLab::connect(settings).context("the GitLab client can't be set up")
}

/// A client for the configured GitLab that only reads, for what needs no tracker; asks nothing yet.
///
/// # Errors
/// When there is no token, or address or token can't be used.
pub fn reader(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<GitLab> {
    let service = &config.service;
    let token = service.require_token().map_err(ConfigErrors::from)?.clone();
    let settings = Settings {
        read_only: true,
        time_scale: service.time_scale,
        clock,
        ..Settings::new(service.gitlab_url.clone(), token)
    };
    GitLab::connect(settings).context("the GitLab client can't be set up")
}

/// Clients for every GitLab that destinations may be on, the tracker's first; all but that one only
/// read. Asks nothing yet.
///
/// # Errors
/// When an address or token can't be used.
pub fn hosts(config: &Config, own: GitLab, clock: &Arc<dyn Clock>) -> anyhow::Result<Hosts> {
    let mut hosts = Hosts::new(config.service.gitlab_url.clone(), own);
    for host in &config.destination_hosts {
        let settings = Settings {
            token: host.token.clone(),
            read_only: true,
            time_scale: config.service.time_scale,
            clock: Arc::clone(clock),
            ..Settings::anonymous(host.url.clone())
        };
        let gitlab = GitLab::connect(settings)
            .with_context(|| format!("a client for {} can't be set up", host.url))?;
        hosts = hosts.and(host.url.clone(), gitlab);
    }
    Ok(hosts)
}

/// Opens the configured database.
///
/// # Errors
/// When it can't be opened or its schema is too new.
pub async fn open_store(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Arc<dyn Store>> {
    let url = config.service.database_url.expose_secret();
    store::open(url, clock).await.context("the database can't be opened")
}

/// Opens the configured database, and makes none.
///
/// # Errors
/// As [`open_store`], and when there is none yet.
pub async fn existing_store(
    config: &Config,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Arc<dyn Store>> {
    if let Some(path) = missing_database(config) {
        anyhow::bail!(
            "there is no database at {}; `landfall serve` makes it, or set LANDFALL_DATABASE_URL",
            path.display()
        );
    }
    open_store(config, clock).await
}

/// The file of a configured SQLite database that is not there yet.
pub fn missing_database(config: &Config) -> Option<PathBuf> {
    let url = config.service.database_url.expose_secret();
    let path = url.strip_prefix("sqlite:").filter(|path| *path != ":memory:")?;
    let path = PathBuf::from(path.strip_prefix("//").unwrap_or(path));
    (!path.exists()).then_some(path)
}

/// The rules in force by this configuration.
pub(crate) fn rulebook(config: &Config) -> Rulebook {
    Rulebook::of(&config.workflow, &config.texts, &config.sources, &config.rules)
}

/// An engine over these parts.
///
/// # Errors
/// When the clients of GitHub or of other GitLabs can't be set up.
pub fn engine(
    config: &Config,
    access: &Access,
    store: Arc<dyn Store>,
    gitlab: GitLab,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Engine> {
    let service = &config.service;
    let settings = EngineSettings {
        tracker: access.tracker.clone(),
        staff: service.staff.clone(),
        dri: service.dri.clone(),
        ignored_users: service.ignored_users.clone(),
        staff_access_level: service.staff_access_level,
        confidential: match service.confidential_comments {
            config::ConfidentialComments::Internal => ConfidentialComments::Internal,
            config::ConfidentialComments::Normal => ConfidentialComments::Normal,
            config::ConfidentialComments::None => ConfidentialComments::None,
        },
        replies_per_hour: u64::from(service.replies_per_hour),
        comments_per_hour: u64::from(service.comments_per_hour),
        hook_url: service.public_url.as_ref().map(receive::hook_url),
        hook_path: receive::HOOK_PATH,
        lease: queue::lease(service.time_scale),
        time_scale: service.time_scale,
        is_dry_run: service.dry_run,
    };
    let github = github::Settings {
        time_scale: service.time_scale,
        clock: Arc::clone(&clock),
        ..github::Settings::new(service.github_url.clone(), service.github_token.clone())
    };
    let outside = Outside {
        github: GitHub::connect(github).context("the GitHub client can't be set up")?,
        hosts: hosts(config, gitlab.clone(), &clock)?,
        import_token: service.github_import_token.clone(),
    };
    Ok(Engine::new(store, gitlab, clock, settings, outside, rulebook(config)))
}
