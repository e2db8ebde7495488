//! The tracker: the bot's role, labels, webhook.

use url::Url;

use super::{Finding, Level};
use crate::config::Config;
use crate::gitlab::{GitLab, GitlabError, Hook, Project};
use crate::receive::hook_url;
use crate::setup::{self, Found, Step, Wanted};

const MAINTAINER: u8 = 40;

pub(super) async fn check(config: &Config, gitlab: &GitLab, tracker: &str) -> Vec<Finding> {
    match gitlab.project(tracker).await.map(|project| role(&project)) {
        Ok(finding) if finding.level != Level::Ok => return vec![finding],
        // What is wrong with reading it is told below.
        Ok(_) | Err(_) => {}
    }
    let found = match setup::find(gitlab, tracker).await {
        Ok(found) => found,
        Err(error @ (GitlabError::NotFound { .. } | GitlabError::Forbidden { .. })) => {
            return vec![Finding::fail(
                "tracker",
                format!("`{tracker}`: {error}"),
                "check LANDFALL_TRACKER, and give the bot the role Maintainer there (hooks and \
                 labels need it)",
            )];
        }
        Err(error) => {
            return vec![Finding::fail("tracker", error.to_string(), "try again later")];
        }
    };
    let mut findings = vec![role(&found.project)];
    let wanted = Wanted {
        labels: setup::wanted_labels(&config.workflow),
        hook_url: None,
        has_signing_token: false,
        has_secret_token: false,
    };
    findings.extend(labels(&setup::plan(&found, &wanted), wanted.labels.len()));
    findings.push(hook(config, &found));
    findings
}

fn role(project: &Project) -> Finding {
    let path = &project.path;
    if project.archived {
        return Finding::fail("tracker", format!("{path} is archived"), "unarchive it");
    }
    match project.my_access_level {
        Some(level) if level >= MAINTAINER => {
            Finding::ok("tracker", format!("{path}, role {}", role_name(level)))
        }
        level => Finding::fail(
            "tracker",
            format!("{path}: the bot's role is {}", role_name(level.unwrap_or(0))),
            "give the bot the role Maintainer in the tracker: labels and webhooks need it",
        ),
    }
}

/// GitLab's word for an access level.
fn role_name(level: u8) -> String {
    let name = match level {
        0 => "none",
        10 => "Guest",
        15 => "Planner",
        20 => "Reporter",
        30 => "Developer",
        40 => "Maintainer",
        50 => "Owner",
        _ => return level.to_string(),
    };
    name.to_owned()
}

fn labels(steps: &[Step], total: usize) -> Vec<Finding> {
    let missing: Vec<_> = steps
        .iter()
        .filter_map(|step| match step {
            Step::CreateLabel(label) => Some(format!("`{}`", label.name)),
            _ => None,
        })
        .collect();
    let differs = steps.iter().filter(|step| matches!(step, Step::UpdateLabel { .. })).count();
    let mut findings = Vec::new();
    findings.push(if missing.is_empty() {
        Finding::ok("labels", format!("all {total} are there"))
    } else {
        Finding::fail("labels", few(&missing, total), "`landfall setup --apply` makes them")
    });
    if differs > 0 {
        findings.push(Finding::warn(
            "labels",
            format!("{differs} have another colour or description than the workflow says"),
            "`landfall setup` shows which; `--apply` changes them",
        ));
    }
    if steps.contains(&Step::CreateTemplate) {
        findings.push(Finding::warn(
            "issue template",
            "communities find no intake template when they open an issue",
            "`landfall setup --apply` commits it",
        ));
    }
    findings
}

/// The first of them by name; fifty names help nobody.
fn few(missing: &[String], total: usize) -> String {
    const NAMED: usize = 5;
    let named: Vec<_> = missing.iter().take(NAMED).cloned().collect();
    let more = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{} of {total} missing: {}{more}", missing.len(), named.join(", "))
}

fn hook(config: &Config, found: &Found) -> Finding {
    let Some(public) = &config.service.public_url else {
        return Finding::warn(
            "webhook",
            "LANDFALL_PUBLIC_URL is not set, so it can't be told which webhook is ours",
            "set it to the address at which GitLab reaches this service",
        );
    };
    let url = Some(hook_url(public));
    let is_ours = |hook: &&Hook| Url::parse(&hook.url).ok() == url;
    let Some(hook) = found.hooks.iter().find(is_ours) else {
        return Finding::fail(
            "webhook",
            "GitLab has no webhook to this service",
            "`landfall setup --apply` makes it",
        );
    };
    let service = &config.service;
    let lacks_signature =
        !service.webhook_signing_keys.is_empty() && hook.signing_token_present == Some(false);
    // With a signing key configured, the signature is what counts.
    let lacks_token = service.webhook_signing_keys.is_empty() && hook.token_present == Some(false);
    let status = hook.alert_status.as_deref().unwrap_or("executable");
    match status {
        "executable" if lacks_token => Finding::fail(
            "webhook",
            "GitLab does not send the secret token, so every delivery is refused",
            "`landfall setup --apply` sets it",
        ),
        "executable" if lacks_signature => Finding::fail(
            "webhook",
            "GitLab does not sign, so every delivery is refused",
            "`landfall setup --apply` sets the signing token",
        ),
        "executable" => Finding::ok("webhook", format!("webhook {} is on", hook.id)),
        other => Finding::fail(
            "webhook",
            format!("GitLab has switched webhook {} off ({other}) after failures", hook.id),
            "start `landfall serve`, then `landfall setup --apply`: it sets our secrets again and sends \
             a test, which switches it on; events sent meanwhile are found by `landfall sweep`",
        ),
    }
}
