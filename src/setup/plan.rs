//! Found against wanted → steps. Pure.

use url::Url;

use crate::gitlab::{Hook, HookEvents, Label};
use crate::model::{HookId, LabelName};
use crate::workflow::Workflow;

use super::Found;

/// One label as the workflow declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedLabel {
    /// Title.
    pub name: LabelName,
    /// `#rrggbb`.
    pub color: String,
    /// One sentence.
    pub description: String,
}

/// What the tracker shall have.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Labels of the workflow.
    pub labels: Vec<WantedLabel>,
    /// Where GitLab shall call; without it no hook is planned.
    pub hook_url: Option<Url>,
    /// Whether a signing token is configured.
    pub has_signing_token: bool,
    /// Whether a secret token is configured.
    pub has_secret_token: bool,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make a label.
    CreateLabel(WantedLabel),
    /// Give a label of the project its colour and description.
    UpdateLabel {
        /// Which.
        id: u64,
        /// How it shall look.
        label: WantedLabel,
    },
    /// Commit the intake template.
    CreateTemplate,
    /// Make the hook.
    CreateHook {
        /// Its address.
        url: Url,
    },
    /// Give the hook its events and secrets.
    UpdateHook {
        /// Which.
        hook: HookId,
        /// Its address.
        url: Url,
        /// What is wrong with it, in words.
        because: &'static str,
    },
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CreateLabel(label) => {
                write!(f, "create label `{}` ({}): {}", label.name, label.color, label.description)
            }
            Self::UpdateLabel { label, .. } => {
                write!(f, "update label `{}` ({}): {}", label.name, label.color, label.description)
            }
            Self::CreateTemplate => {
                write!(f, "commit the issue template `{}`", super::TEMPLATE_PATH)
            }
            Self::CreateHook { url } => {
                write!(
                    f,
                    "create the webhook to {url}: issue and comment events, also confidential"
                )
            }
            Self::UpdateHook { hook, url, because } => {
                write!(f, "update webhook {hook} to {url}: {because}")
            }
        }
    }
}

/// The labels the workflow declares.
pub fn wanted_labels(workflow: &Workflow) -> Vec<WantedLabel> {
    let stages = workflow.stages.iter().map(|stage| WantedLabel {
        name: stage.label.clone(),
        color: stage.color.clone(),
        description: stage.summary.clone(),
    });
    let scoped = workflow.scopes.iter().flat_map(|scope| &scope.labels).map(|one| WantedLabel {
        name: one.label.clone(),
        color: one.color.clone(),
        description: one.summary.clone(),
    });
    stages.chain(scoped).collect()
}

/// The steps from what is there to what is wanted, in the order they are to be made.
pub fn plan(found: &Found, wanted: &Wanted) -> Vec<Step> {
    let mut steps: Vec<Step> =
        wanted.labels.iter().filter_map(|label| label_step(&found.labels, label)).collect();
    if !found.has_template {
        steps.push(Step::CreateTemplate);
    }
    if let Some(url) = &wanted.hook_url {
        steps.extend(hook_step(&found.hooks, url, wanted));
    }
    steps
}

fn label_step(found: &[Label], wanted: &WantedLabel) -> Option<Step> {
    let Some(label) = found.iter().find(|label| label.name == wanted.name) else {
        return Some(Step::CreateLabel(wanted.clone()));
    };
    let is_same =
        label.color.eq_ignore_ascii_case(&wanted.color) && label.description == wanted.description;
    // A group's label is shared with other projects: its owners decide how it looks.
    (label.is_project && !is_same)
        .then(|| Step::UpdateLabel { id: label.id, label: wanted.clone() })
}

fn hook_step(found: &[Hook], url: &Url, wanted: &Wanted) -> Option<Step> {
    let Some(hook) = found.iter().find(|hook| same_address(&hook.url, url)) else {
        return Some(Step::CreateHook { url: url.clone() });
    };
    let events = hook.events;
    let needed = HookEvents::NEEDED;
    let hears_all = (events.issues || !needed.issues)
        && (events.confidential_issues || !needed.confidential_issues)
        && (events.notes || !needed.notes)
        && (events.confidential_notes || !needed.confidential_notes);
    let because = if !hears_all {
        "it does not call for all the events needed"
    } else if wanted.has_signing_token && hook.signing_token_present == Some(false) {
        "it has no signing token"
    } else if wanted.has_secret_token && hook.token_present == Some(false) {
        "it has no secret token"
    } else if hook.alert_status.as_deref().is_some_and(|status| status != "executable") {
        "GitLab has switched it off; its secrets are set again and a test is sent"
    } else {
        return None;
    };
    Some(Step::UpdateHook { hook: hook.id, url: url.clone(), because })
}

fn same_address(one: &str, other: &Url) -> bool {
    Url::parse(one).is_ok_and(|one| one == *other)
}
