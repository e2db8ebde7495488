//! Projects, members, labels, hooks, the token and the version.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, civil};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::issue::User;
use super::loose::{Id, When, null_as_default};
use crate::gitlab::resource::{self, HookEvents};
use crate::model::{Actor, HookId, LabelName, ProjectId};

/// A project.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct Project {
    id: Id,
    path_with_namespace: String,
    #[serde(default, deserialize_with = "null_as_default")]
    web_url: String,
    #[serde(default, deserialize_with = "null_as_default")]
    visibility: String,
    #[serde(default, deserialize_with = "null_as_default")]
    archived: bool,
    default_branch: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    permissions: Permissions,
}

#[derive(Debug, Default, Deserialize)]
struct Permissions {
    project_access: Option<Access>,
    group_access: Option<Access>,
}

#[derive(Debug, Deserialize)]
struct Access {
    access_level: u8,
}

impl From<Project> for resource::Project {
    fn from(project: Project) -> Self {
        let Permissions { project_access, group_access } = project.permissions;
        Self {
            id: ProjectId(project.id.0),
            path: project.path_with_namespace,
            web_url: project.web_url,
            visibility: project.visibility,
            archived: project.archived,
            default_branch: project.default_branch,
            my_access_level: [project_access, group_access]
                .into_iter()
                .flatten()
                .map(|access| access.access_level)
                .max(),
        }
    }
}

/// A member.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct Member {
    #[serde(flatten)]
    user: User,
    access_level: u8,
    state: String,
    membership_state: Option<String>,
}

impl From<Member> for resource::Member {
    fn from(member: Member) -> Self {
        let joined = member.membership_state.is_none_or(|state| state == "active");
        Self {
            actor: Actor::from(member.user),
            access_level: member.access_level,
            active: joined && member.state == "active",
        }
    }
}

/// A label.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct Label {
    id: Id,
    name: String,
    #[serde(default, deserialize_with = "null_as_default")]
    color: String,
    #[serde(default, deserialize_with = "null_as_default")]
    description: String,
    is_project_label: Option<bool>,
}

impl From<Label> for resource::Label {
    fn from(label: Label) -> Self {
        Self {
            id: label.id.0,
            name: LabelName::new(label.name),
            color: label.color,
            description: label.description,
            is_project: label.is_project_label.unwrap_or(true),
        }
    }
}

/// A webhook.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct Hook {
    id: Id,
    url: String,
    #[serde(default, deserialize_with = "null_as_default")]
    issues_events: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    confidential_issues_events: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    note_events: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    confidential_note_events: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    resource_access_token_events: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    push_events: bool,
    enable_ssl_verification: Option<bool>,
    token_present: Option<bool>,
    signing_token_present: Option<bool>,
    alert_status: Option<String>,
    disabled_until: Option<When>,
}

impl From<Hook> for resource::Hook {
    fn from(hook: Hook) -> Self {
        Self {
            id: HookId(hook.id.0),
            url: hook.url,
            events: HookEvents {
                issues: hook.issues_events,
                confidential_issues: hook.confidential_issues_events,
                notes: hook.note_events,
                confidential_notes: hook.confidential_note_events,
                token_expiry: hook.resource_access_token_events,
                pushes: hook.push_events,
            },
            ssl_verification: hook.enable_ssl_verification.unwrap_or(true),
            token_present: hook.token_present,
            signing_token_present: hook.signing_token_present,
            alert_status: hook.alert_status,
            disabled_until: hook.disabled_until.map(|until| until.0),
        }
    }
}

/// One delivery of a hook.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct HookDelivery {
    #[serde(default, deserialize_with = "null_as_default")]
    request_headers: BTreeMap<String, serde_json::Value>,
    request_data: Option<Box<RawValue>>,
    response_status: Option<serde_json::Value>,
    created_at: When,
}

impl HookDelivery {
    pub(in crate::gitlab) fn at(&self) -> Timestamp {
        self.created_at.0
    }
}

impl From<HookDelivery> for resource::FailedDelivery {
    fn from(delivery: HookDelivery) -> Self {
        let header = |name: &str| {
            let mut all = delivery.request_headers.iter();
            let (_, value) = all.find(|(one, _)| one.eq_ignore_ascii_case(name))?;
            value.as_str().map(str::to_owned)
        };
        // A number or a word ("internal error"), as text or not.
        let status = delivery
            .response_status
            .as_ref()
            .and_then(|status| status.as_u64().or_else(|| status.as_str()?.parse().ok()));
        Self {
            key: header("webhook-id").or_else(|| header("Idempotency-Key")),
            event_name: header("X-Gitlab-Event"),
            body: delivery
                .request_data
                .as_ref()
                .map_or_else(String::new, |data| data.get().to_owned()),
            status: status.and_then(|status| u16::try_from(status).ok()),
            at: delivery.created_at.0,
        }
    }
}

/// The token in use.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct TokenInfo {
    #[serde(default, deserialize_with = "null_as_default")]
    name: String,
    #[serde(default, deserialize_with = "null_as_default")]
    scopes: Vec<String>,
    expires_at: Option<civil::Date>,
    active: Option<bool>,
    revoked: Option<bool>,
}

impl From<TokenInfo> for resource::TokenInfo {
    fn from(token: TokenInfo) -> Self {
        let revoked = token.revoked.unwrap_or(false);
        Self {
            name: token.name,
            scopes: token.scopes,
            expires_at: token.expires_at,
            active: token.active.unwrap_or(true) && !revoked,
        }
    }
}

/// The version.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct Version {
    version: String,
    #[serde(default, deserialize_with = "null_as_default")]
    revision: String,
}

impl From<Version> for resource::Version {
    fn from(version: Version) -> Self {
        Self { version: version.version, revision: version.revision }
    }
}

/// A file with its content in base64.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct File {
    content: String,
}

impl File {
    /// The text; absent when it is not text.
    pub(in crate::gitlab) fn text(&self) -> Option<String> {
        let plain: String = self.content.split_ascii_whitespace().collect();
        String::from_utf8(STANDARD.decode(plain).ok()?).ok()
    }
}
