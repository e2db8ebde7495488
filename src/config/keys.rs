//! The one table of all settings: the loader, the default file and the reference come from it.

/// One setting of the service.
#[derive(Debug)]
pub(super) struct Key {
    /// As in `landfall.yaml`; the variable is `LANDFALL_` and the same in capitals.
    pub(super) name: &'static str,
    /// Where its value may stand.
    pub(super) kind: Kind,
    /// As one writes it in YAML; empty for a setting that is absent by default.
    pub(super) default: &'static str,
    /// One line.
    pub(super) meaning: &'static str,
}

/// Where a setting's value may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In the file or a variable.
    Plain,
    /// In a variable, or in a file of its own that `NAME_file` or `LANDFALL_NAME_FILE` names.
    Secret,
    /// In any of these places.
    MayBeSecret,
}

impl Key {
    /// `LANDFALL_GITLAB_URL`
    pub(super) fn variable(&self) -> String {
        format!("LANDFALL_{}", self.name.to_ascii_uppercase())
    }

    /// The keys it has in `landfall.yaml`.
    pub(super) fn yaml_keys(&self) -> Vec<String> {
        let file = format!("{}_file", self.name);
        match self.kind {
            Kind::Plain => vec![self.name.to_owned()],
            Kind::Secret => vec![file],
            Kind::MayBeSecret => vec![self.name.to_owned(), file],
        }
    }

    /// The variables it has.
    pub(super) fn variables(&self) -> Vec<String> {
        let variable = self.variable();
        match self.kind {
            Kind::Plain => vec![variable],
            Kind::Secret | Kind::MayBeSecret => {
                let file = format!("{variable}_FILE");
                vec![variable, file]
            }
        }
    }
}

macro_rules! keys {
    ($($constant:ident: $name:literal, $kind:ident, $default:literal, $meaning:literal;)*) => {
        $(pub(super) const $constant: Key = Key {
            name: $name,
            kind: Kind::$kind,
            default: $default,
            meaning: $meaning,
        };)*

        /// Every setting, in the order of the file.
        pub(super) const ALL: &[&Key] = &[$(&$constant),*];
    };
}

keys! {
    GITLAB_URL: "gitlab_url", Plain, "https://gitlab.com",
        "Address of the GitLab instance; https, or http for this machine only.";
    GITLAB_TOKEN: "gitlab_token", Secret, "",
        "The bot's access token, with the scope `api` and the role Maintainer in the tracker.";
    TRACKER: "tracker", Plain, "",
        "Full path of the project with one issue per community, `group/project`.";
    WEBHOOK_SIGNING_TOKENS: "webhook_signing_tokens", Secret, "",
        "Signing tokens of the webhook, `whsec_…`, comma-separated; any of them may match.";
    WEBHOOK_SECRET_TOKENS: "webhook_secret_tokens", Secret, "",
        "Secret tokens of the webhook, comma-separated, for a GitLab that can't sign.";
    ACCEPT_TOKEN_FALLBACK: "accept_token_fallback", Plain, "false",
        "Accept a right secret token without a signature although signing tokens are set.";
    WEBHOOK_PREVIOUS_UNTIL: "webhook_previous_until", Plain, "",
        "Until when secrets after the first of their list are right, `2027-01-31T12:00:00Z`; unset: always.";
    STAFF: "staff", Plain, "[]",
        "Usernames of the program's staff; when empty, the role in the tracker decides.";
    DRI: "dri", Plain, "[]",
        "Usernames of staff who become responsible for new issues, one after the other; none: nobody is assigned.";
    STAFF_ACCESS_LEVEL: "staff_access_level", Plain, "20",
        "The access level in the tracker that makes somebody staff; 20 is Reporter.";
    IGNORED_USERS: "ignored_users", Plain, "[]",
        "Usernames of other bots, whose comments are never read as commands.";
    CONFIDENTIAL_COMMENTS: "confidential_comments", Plain, "internal",
        "Comments on confidential issues: `internal` ones, `normal` ones, or `none`.";
    DATABASE_URL: "database_url", MayBeSecret, "sqlite:landfall.db",
        "`sqlite:PATH`, or `postgres://…` for several replicas.";
    SPOOL_FOLDER: "spool_folder", Plain, "landfall-spool",
        "Folder on a local disk for deliveries that come while PostgreSQL is away; not used with SQLite.";
    SPOOL_MEGABYTES: "spool_megabytes", Plain, "1024",
        "Most megabytes that wait there; beyond that deliveries are refused.";
    LISTEN: "listen", Plain, "127.0.0.1:8080",
        "Address and port for webhooks and health probes.";
    PUBLIC_URL: "public_url", Plain, "",
        "The address at which GitLab reaches this service; `setup` writes it into the webhook.";
    METRICS_LISTEN: "metrics_listen", Plain, "",
        "Address and port of its own for `/metrics`, open to all who reach it.";
    METRICS_TOKEN: "metrics_token", Secret, "",
        "Bearer token for `/metrics` on the main port; without either setting it is off.";
    GITHUB_URL: "github_url", Plain, "https://api.github.com",
        "Address of GitHub's API, read for sources that are there.";
    GITHUB_TOKEN: "github_token", Secret, "",
        "GitHub token that can read public data only; without one GitHub allows few requests.";
    GITHUB_IMPORT_TOKEN: "github_import_token", Secret, "",
        "Classic GitHub token with the scope `repo`, with which GitLab imports; without one people start imports themselves.";
    DRY_RUN: "dry_run", Plain, "false",
        "Read and decide as always, but refuse every write to GitLab.";
    SWEEP_MINUTES: "sweep_minutes", Plain, "60",
        "Minutes between two sweeps over all open issues.";
    RETENTION_DAYS: "retention_days", Plain, "31",
        "Days after which deliveries that are done are forgotten.";
    REPLIES_PER_HOUR: "replies_per_hour", Plain, "5",
        "Most answers to commands on one issue in an hour.";
    COMMENTS_PER_HOUR: "comments_per_hour", Plain, "20",
        "Most comments of any kind on one issue in an hour; the rest waits, with an alarm.";
    LOG_FORMAT: "log_format", Plain, "json",
        "Format of the log: `json` for machines or `pretty` for people.";
    LOG_FILTER: "log_filter", Plain, "info",
        "Which events are logged, `info` or `info,landfall=debug`.";
    TIME_SCALE: "time_scale", Plain, "1",
        "Divides waits and deadlines; for tests only.";
}

/// `config/landfall.yaml` as the table says it: every setting, its default and its meaning.
pub fn default_file() -> String {
    let mut text = String::from(
        "# The service's settings, all at their defaults. Each can also be set by a variable:\n\
         # LANDFALL_ and the key in capitals, which wins over this file.\n\
         # Secrets never stand here: name a file that holds one, or set the variable.\n",
    );
    for key in ALL {
        let (name, default) = match (key.kind, key.default) {
            (Kind::Secret, _) => {
                (format!("# {}_file", key.name), "/run/secrets/".to_owned() + key.name)
            }
            (_, "") => (format!("# {}", key.name), "…".to_owned()),
            (_, default) => (key.name.to_owned(), default.to_owned()),
        };
        text.push_str(&format!("\n# {}\n{name}: {default}\n", key.meaning));
    }
    text
}

/// Every setting as a Markdown table: key, variable, default, meaning.
pub fn reference() -> String {
    let mut text = String::from(
        "| key in `landfall.yaml` | variable | default | meaning |\n|---|---|---|---|\n",
    );
    for key in ALL {
        let code = |words: Vec<String>| {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        };
        let default = match key.default {
            "" | "[]" => "none".to_owned(),
            default => format!("`{default}`"),
        };
        let (keys, variables) = (code(key.yaml_keys()), code(key.variables()));
        text.push_str(&format!("| {keys} | {variables} | {default} | {} |\n", key.meaning));
    }
    text
}
