//! The service's settings, typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use url::Url;

use crate::model::Username;

use super::env::Env;
use super::keys::{self, Key};
use super::mistake::{ConfigError, ConfigErrors};
use super::settings::Settings;
use super::source::Source;
use super::values;

/// How the service runs. Secrets are masked in its `Debug`.
#[derive(Debug, Clone)]
pub struct Service {
    /// The GitLab instance; https, or http on loopback.
    pub gitlab_url: Url,
    /// The bot's access token; see [`Service::require_token`].
    pub gitlab_token: Option<SecretString>,
    /// `group/project`; see [`Service::require_tracker`].
    pub tracker: Option<String>,
    /// Keys of the webhook's signatures, decoded, 24 to 64 bytes; any of them may match.
    pub webhook_signing_keys: Vec<SecretSlice<u8>>,
    /// Plain `X-Gitlab-Token` secrets; any of them may match.
    pub webhook_secret_tokens: Vec<SecretString>,
    /// Whether a right secret token suffices although signing keys are there.
    pub accept_token_fallback: bool,
    /// Until when secrets after the first of their list are right; absent: always.
    pub webhook_previous_until: Option<Timestamp>,
    /// Staff by name; when empty, the access level decides.
    pub staff: Vec<Username>,
    /// GitLab's number of the lowest role that is staff.
    pub staff_access_level: u8,
    /// Who becomes responsible for new issues, in turn.
    pub dri: Vec<Username>,
    /// Other bots.
    pub ignored_users: Vec<Username>,
    /// How to comment on confidential issues.
    pub confidential_comments: ConfidentialComments,
    /// `sqlite:PATH` or `postgres://…`; may hold a password.
    pub database_url: SecretString,
    /// Where deliveries wait while PostgreSQL is away.
    pub spool_folder: PathBuf,
    /// Most megabytes of them, 1 to 1048576.
    pub spool_megabytes: u32,
    /// Where webhooks and the dashboard are served.
    pub listen: SocketAddr,
    /// The address at which GitLab reaches this service.
    pub public_url: Option<Url>,
    /// Where `/metrics` is served on its own.
    pub metrics_listen: Option<SocketAddr>,
    /// Bearer token for `/metrics` on the main port.
    pub metrics_token: Option<SecretString>,
    /// GitHub's API.
    pub github_url: Url,
    /// For GitHub; public data only.
    pub github_token: Option<SecretString>,
    /// For imports, which GitLab makes with it.
    pub github_import_token: Option<SecretString>,
    /// Whether every write to GitLab is refused.
    pub dry_run: bool,
    /// Minutes between two sweeps, 1 to 1440.
    pub sweep_minutes: u32,
    /// Days until finished deliveries are forgotten, 1 to 3650.
    pub retention_days: u32,
    /// Most answers to commands per issue and hour, 1 to 1000.
    pub replies_per_hour: u32,
    /// Most comments per issue and hour, 1 to 1000.
    pub comments_per_hour: u32,
    /// Format of the log.
    pub log_format: LogFormat,
    /// Which events are logged, in the syntax of `tracing`'s filters.
    pub log_filter: String,
    /// Divides waits; 1 or more.
    pub time_scale: f64,
}

/// How the bot comments on confidential issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfidentialComments {
    /// By internal notes, which members alone can read.
    Internal,
    /// As everywhere.
    Normal,
    /// Not at all.
    None,
}

/// Format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Pretty,
}

impl Service {
    /// Reads every setting; `None` when one without which nothing runs is wrong.
    pub(super) fn read<E: Env + ?Sized>(
        env: &E,
        file: Option<&Source>,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut settings = Settings::new(env, file);
        let service = Self::from_settings(&mut settings);
        let mistakes = settings.into_mistakes();
        match service {
            Some(service) if mistakes.is_empty() => Ok(service),
            _ => Err(mistakes),
        }
    }

    fn from_settings<E: Env + ?Sized>(settings: &mut Settings<'_, E>) -> Option<Self> {
        let s = settings;
        // All are read before the first `?` of the struct below, so that all mistakes are noted.
        let gitlab_url = s.one(&keys::GITLAB_URL, values::service_url);
        let github_url = s.one(&keys::GITHUB_URL, values::service_url);
        let staff_access_level = s.one(&keys::STAFF_ACCESS_LEVEL, values::number(10, 50));
        let accept_token_fallback = s.one(&keys::ACCEPT_TOKEN_FALLBACK, values::flag);
        let confidential_comments = s.one(
            &keys::CONFIDENTIAL_COMMENTS,
            values::one_of([
                ("internal", ConfidentialComments::Internal),
                ("normal", ConfidentialComments::Normal),
                ("none", ConfidentialComments::None),
            ]),
        );
        let database_url = s.one(&keys::DATABASE_URL, values::database_url);
        if database_url.as_ref().is_some_and(|url| values::has_password(url.expose_secret())) {
            let what = "has a password, so it must not stand here (use `database_url_file`)";
            s.refuse_in_file(&keys::DATABASE_URL, what);
        }
        let spool_folder = s.one(&keys::SPOOL_FOLDER, values::path);
        let spool_megabytes = s.one(&keys::SPOOL_MEGABYTES, values::number(1, 1 << 20));
        let listen = s.one(&keys::LISTEN, values::socket_address);
        let dry_run = s.one(&keys::DRY_RUN, values::flag);
        let sweep_minutes = s.one(&keys::SWEEP_MINUTES, values::number(1, 1440));
        let retention_days = s.one(&keys::RETENTION_DAYS, values::number(1, 3650));
        let replies_per_hour = s.one(&keys::REPLIES_PER_HOUR, values::number(1, 1000));
        let comments_per_hour = s.one(&keys::COMMENTS_PER_HOUR, values::number(1, 1000));
        let log_format = s.one(
            &keys::LOG_FORMAT,
            values::one_of([("json", LogFormat::Json), ("pretty", LogFormat::Pretty)]),
        );
        let log_filter = s.one(&keys::LOG_FILTER, values::log_filter);
        let time_scale = s.one(&keys::TIME_SCALE, values::time_scale);
        let gitlab_token = s.one(&keys::GITLAB_TOKEN, values::token);
        let tracker = s.one(&keys::TRACKER, values::project_path);
        let webhook_signing_keys = s.many(&keys::WEBHOOK_SIGNING_TOKENS, values::signing_key);
        let webhook_secret_tokens = s.many(&keys::WEBHOOK_SECRET_TOKENS, values::token);
        let webhook_previous_until = s.one(&keys::WEBHOOK_PREVIOUS_UNTIL, values::moment);
        let staff = s.many(&keys::STAFF, values::username);
        let dri = s.many(&keys::DRI, values::username);
        let ignored_users = s.many(&keys::IGNORED_USERS, values::username);
        let public_url = s.one(&keys::PUBLIC_URL, values::service_url);
        let metrics_listen = s.one(&keys::METRICS_LISTEN, values::socket_address);
        let metrics_token = s.one(&keys::METRICS_TOKEN, values::token);
        let github_token = s.one(&keys::GITHUB_TOKEN, values::token);
        let github_import_token = s.one(&keys::GITHUB_IMPORT_TOKEN, values::token);
        Some(Self {
            gitlab_url: gitlab_url?,
            gitlab_token,
            tracker,
            webhook_signing_keys,
            webhook_secret_tokens,
            accept_token_fallback: accept_token_fallback?,
            webhook_previous_until,
            staff,
            staff_access_level: staff_access_level?,
            dri,
            ignored_users,
            confidential_comments: confidential_comments?,
            database_url: database_url?,
            spool_folder: spool_folder?,
            spool_megabytes: spool_megabytes?,
            listen: listen?,
            public_url,
            metrics_listen,
            metrics_token,
            github_url: github_url?,
            github_token,
            github_import_token,
            dry_run: dry_run?,
            sweep_minutes: sweep_minutes?,
            retention_days: retention_days?,
            replies_per_hour: replies_per_hour?,
            comments_per_hour: comments_per_hour?,
            log_format: log_format?,
            log_filter: log_filter?,
            time_scale: time_scale?,
        })
    }

    /// The bot's token.
    ///
    /// # Errors
    /// When none is set, with the remedy.
    pub fn require_token(&self) -> Result<&SecretString, ConfigError> {
        self.gitlab_token.as_ref().ok_or_else(|| missing(&keys::GITLAB_TOKEN))
    }

    /// The tracker's full path.
    ///
    /// # Errors
    /// When none is set, with the remedy.
    pub fn require_tracker(&self) -> Result<&str, ConfigError> {
        self.tracker.as_deref().ok_or_else(|| missing(&keys::TRACKER))
    }

    /// The address at which GitLab reaches this service.
    ///
    /// # Errors
    /// When none is set, with the remedy.
    pub fn require_public_url(&self) -> Result<&Url, ConfigError> {
        self.public_url.as_ref().ok_or_else(|| missing(&keys::PUBLIC_URL))
    }

    /// At least one secret by which a webhook can prove itself.
    ///
    /// # Errors
    /// When there is neither a signing nor a secret token, with the remedy.
    pub fn require_webhook_secret(&self) -> Result<(), ConfigError> {
        if self.webhook_signing_keys.is_empty() && self.webhook_secret_tokens.is_empty() {
            return Err(missing(&keys::WEBHOOK_SIGNING_TOKENS));
        }
        Ok(())
    }

    /// Everything `serve` can't do without.
    ///
    /// # Errors
    /// All that is missing, each with the remedy.
    pub fn require_for_serving(&self) -> Result<(), ConfigErrors> {
        let missing: Vec<ConfigError> = [
            self.require_token().map(|_| ()),
            self.require_tracker().map(|_| ()),
            self.require_webhook_secret(),
        ]
        .into_iter()
        .filter_map(Result::err)
        .collect();
        if missing.is_empty() { Ok(()) } else { Err(ConfigErrors(missing)) }
    }
}

/// A setting that this command needs is not there.
fn missing(key: &Key) -> ConfigError {
    let places = key.yaml_keys();
    let place = places.first().map(String::as_str).unwrap_or_default();
    let what = format!("`{}` is needed and not set", key.name);
    let hint = format!("set {} or `{place}` in landfall.yaml", key.variable());
    ConfigError::whole("configuration", what).hint(hint)
}
