//! What is wrong with the set-up: one finding a line, each with its remedy.

mod github;
mod tracker;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;

use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use crate::gitlab::{GitLab, GitlabError, NotSent, TokenInfo};
use crate::jobs::{EVENT_LOG_CURSOR, HOOK_CURSOR, HOOK_IS_WELL};
use crate::store::Store;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, but look at it.
    Warn,
    /// It does not work.
    Fail,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub subject: &'static str,
    /// How it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do; absent when all is well.
    pub remedy: Option<String>,
}

impl Finding {
    fn ok(subject: &'static str, found: impl Into<String>) -> Self {
        Self { subject, level: Level::Ok, found: found.into(), remedy: None }
    }

    fn warn(subject: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { subject, level: Level::Warn, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn fail(subject: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { subject, level: Level::Fail, found: found.into(), remedy: Some(remedy.into()) }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = match self.level {
            Level::Ok => "ok  ",
            Level::Warn => "warn",
            Level::Fail => "fail",
        };
        write!(f, "{word}  {}: {}", self.subject, self.found)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n      -> {remedy}"),
            None => Ok(()),
        }
    }
}

/// The lines that need nobody's answer. A configuration that can't be read never comes here.
pub fn configuration(config: &Config) -> Vec<Finding> {
    let workflow = &config.workflow;
    let mut findings = vec![Finding::ok(
        "configuration",
        format!(
            "{}: {} stages, {} scopes of labels",
            config.origin,
            workflow.stages.len(),
            workflow.scopes.len()
        ),
    )];
    let service = &config.service;
    match service.require_for_serving() {
        Ok(()) => findings.push(Finding::ok("settings", "all that `serve` needs is set")),
        Err(mistakes) => findings.extend(mistakes.0.iter().map(|one| {
            Finding::fail(
                "settings",
                one.what(),
                one.remedy().unwrap_or("see docs/configuration.md"),
            )
        })),
    }
    if service.webhook_signing_keys.is_empty() && !service.webhook_secret_tokens.is_empty() {
        findings.push(Finding::warn(
            "webhook secret",
            "deliveries are checked by a plain token only, which can be replayed",
            "from GitLab 19.0 on, use a signing token: `landfall setup --new-signing-token FILE`",
        ));
    }
    if service.accept_token_fallback {
        findings.push(Finding::warn(
            "webhook secret",
            "unsigned deliveries are accepted although a signing token is configured",
            "unset LANDFALL_ACCEPT_TOKEN_FALLBACK once GitLab signs",
        ));
    }
    if service.dry_run {
        findings.push(Finding::warn(
            "dry run",
            "LANDFALL_DRY_RUN is on: nothing is written to GitLab",
            "unset it when `landfall plan` shows what you want",
        ));
    }
    findings
}

/// The lines that ask the database and GitLab.
pub async fn surroundings(config: &Config, clock: Arc<dyn Clock>) -> Vec<Finding> {
    let mut findings = database(config, Arc::clone(&clock)).await;
    findings.extend(github::check(config).await);
    let Ok(access) = app::access(config) else {
        return findings;
    };
    let gitlab = match app::connect(config, &access, Arc::clone(&clock)) {
        Ok(gitlab) => gitlab,
        Err(error) => {
            findings.push(Finding::fail("GitLab", format!("{error:#}"), "set LANDFALL_GITLAB_URL"));
            return findings;
        }
    };
    match gitlab.current_user().await {
        Ok(bot) => {
            findings.push(Finding::ok(
                "GitLab",
                format!("{} answers; the bot is @{}", config.service.gitlab_url, bot.username),
            ));
        }
        Err(error) => {
            findings.push(unreachable(config, &error));
            return findings;
        }
    }
    findings.extend(version(&gitlab).await);
    findings.extend(skew(&gitlab));
    findings.push(token(&gitlab, clock.now()).await);
    findings.extend(tracker::check(config, &gitlab, &access.tracker).await);
    findings
}

fn unreachable(config: &Config, error: &GitlabError) -> Finding {
    let remedy = match error {
        GitlabError::Unauthorized => {
            "make a new project access token (role Maintainer, scope api) and set \
             LANDFALL_GITLAB_TOKEN"
        }
        GitlabError::NotSent { reason: NotSent::Untrusted, .. } => {
            "have GitLab's certificate renewed, or its authority added to this machine's \
             certificates (or to the file named by SSL_CERT_FILE)"
        }
        _ => {
            "check LANDFALL_GITLAB_URL and the way there; `serve` may start meanwhile and stores \
              what it receives"
        }
    };
    Finding::fail("GitLab", format!("{}: {error}", config.service.gitlab_url), remedy)
}

async fn database(config: &Config, clock: Arc<dyn Clock>) -> Vec<Finding> {
    if let Some(path) = app::missing_database(config) {
        // Looking must not make a file in a place that was only mistyped.
        return vec![Finding::warn(
            "database",
            format!("{} is not there yet", path.display()),
            "`landfall serve` makes it; is LANDFALL_DATABASE_URL the one you mean?",
        )];
    }
    let now = clock.now();
    let store = match app::open_store(config, clock).await {
        Ok(store) => store,
        Err(error) => {
            let remedy = "check LANDFALL_DATABASE_URL, the folder's permissions and free space";
            return vec![Finding::fail("database", format!("{error:#}"), remedy)];
        }
    };
    let mut findings = Vec::new();
    match (store.ping().await, store.backlog().await) {
        (Ok(()), Ok(backlog)) => {
            findings.push(Finding::ok("database", format!("{} job(s) wait", backlog.waiting)));
            let stuck = backlog.dead + backlog.quarantined;
            if stuck > 0 {
                findings.push(Finding::warn(
                    "inbox",
                    format!(
                        "{} dead and {} quarantined delivery(s)",
                        backlog.dead, backlog.quarantined
                    ),
                    "`landfall deliveries list --state dead` (or quarantined), then retry or resolve",
                ));
            }
        }
        (Err(error), _) | (_, Err(error)) => {
            let remedy = "check free space, and that no other program locks the file";
            findings.push(Finding::fail("database", error.to_string(), remedy));
        }
    }
    findings.extend(lost_webhooks(&*store, now).await);
    if let Ok(Some(stop)) = store.comment_stop().await {
        findings.push(Finding::fail(
            "comments",
            format!("stopped since {}: {}", stop.since, stop.reason),
            "look at the bot's last comments, then `landfall comments resume --reason …`",
        ));
    }
    findings
}

/// How long lost webhooks are worth a line.
const LOST_LATELY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What the running service found out about the webhook, and what it made good.
async fn lost_webhooks(store: &dyn Store, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Ok(Some(words)) = store.cursor(HOOK_CURSOR).await
        && words != HOOK_IS_WELL
    {
        let remedy = "see \"Lost webhooks\" in docs/operators.md";
        findings.push(Finding::warn("webhook, last seen", words, remedy));
    }
    if let Ok(Some(words)) = store.cursor(EVENT_LOG_CURSOR).await
        && words != "readable"
    {
        let remedy = "GitLab 17.3 or later and the Maintainer role make it readable";
        findings.push(Finding::warn("GitLab's log of webhooks", words, remedy));
    }
    let since = now.saturating_sub(LOST_LATELY).unwrap_or(now);
    if let Ok(lost) = store.lost_since(since).await {
        let all = lost.event_log + lost.poll;
        findings.push(if all == 0 {
            Finding::ok("lost webhooks", "none in the last 7 days")
        } else {
            Finding::warn(
                "lost webhooks",
                format!(
                    "{all} in the last 7 days, all made good: {} found in GitLab's log, {} by looking",
                    lost.event_log, lost.poll
                ),
                "was this service or the way to it down? see \"Lost webhooks\" in docs/operators.md",
            )
        });
    }
    findings
}

async fn version(gitlab: &GitLab) -> Option<Finding> {
    let version = gitlab.version().await.ok()?.version;
    let major: u32 = version.split('.').next()?.parse().ok()?;
    Some(if major >= 19 {
        Finding::ok("GitLab version", version)
    } else {
        Finding::warn(
            "GitLab version",
            format!("{version} does not sign webhooks"),
            "use LANDFALL_WEBHOOK_SECRET_TOKENS, or upgrade to 19.0",
        )
    })
}

fn skew(gitlab: &GitLab) -> Option<Finding> {
    let seconds = gitlab.server_time_skew()?.as_secs();
    Some(if seconds.abs() <= 60 {
        Finding::ok("clock", format!("within {} s of GitLab's", seconds.abs().max(1)))
    } else {
        let side = if seconds > 0 { "behind" } else { "ahead of" };
        Finding::fail(
            "clock",
            format!("this machine is {} s {side} GitLab", seconds.abs()),
            "set the clock (NTP): signatures older or newer than 300 s are refused",
        )
    })
}

async fn token(gitlab: &GitLab, now: Timestamp) -> Finding {
    let info = match gitlab.token_info().await {
        Ok(info) => info,
        Err(error) => {
            return Finding::warn(
                "token",
                format!("its scopes and expiry can't be read: {error}"),
                "a project access token with scope `api` is expected",
            );
        }
    };
    judge_token(&info, now.to_zoned(TimeZone::UTC).date())
}

fn judge_token(info: &TokenInfo, today: Date) -> Finding {
    if !info.scopes.iter().any(|scope| scope == "api") {
        let scopes = info.scopes.join(", ");
        return Finding::fail(
            "token",
            format!("scopes [{scopes}], but `api` is needed to comment and to label"),
            "make a new project access token with scope api",
        );
    }
    let Some(expires) = info.expires_at else {
        return Finding::ok("token", "scope api, never expires");
    };
    let days = expires.duration_since(today).as_hours() / 24;
    match days {
        ..=0 => Finding::fail("token", format!("expired on {expires}"), "make a new one"),
        1..=14 => Finding::warn(
            "token",
            format!("expires on {expires}, in {days} day(s)"),
            "rotate it in the tracker's Settings > Access tokens, then restart with the new one",
        ),
        _ => Finding::ok("token", format!("scope api, expires on {expires}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(scopes: &[&str], expires: Option<&str>) -> TokenInfo {
        TokenInfo {
            name: "landfall".to_owned(),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            expires_at: expires.map(|day| day.parse().unwrap()),
            active: true,
        }
    }

    #[test]
    fn a_token_is_judged_by_scope_and_days_left() {
        let today: Date = "2026-11-22".parse().unwrap();
        let level = |scopes: &[&str], expires| judge_token(&info(scopes, expires), today).level;
        assert_eq!(level(&["api"], None), Level::Ok);
        assert_eq!(level(&["api"], Some("2027-11-22")), Level::Ok);
        assert_eq!(level(&["api"], Some("2026-12-06")), Level::Warn);
        assert_eq!(level(&["api"], Some("2026-11-23")), Level::Warn);
        assert_eq!(level(&["api"], Some("2026-11-22")), Level::Fail);
        assert_eq!(level(&["read_api"], None), Level::Fail);
    }
}
