//! What GitLab tells about itself and its projects beyond the issue: the words of `check` and
//! `setup`.

use jiff::{Timestamp, civil};
use secrecy::SecretString;
use url::Url;

use crate::model::{Actor, HookId, LabelName, NoteId, ProjectId};

/// One project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its number.
    pub id: ProjectId,
    /// Its full path, `group/project`.
    pub path: String,
    /// Address for people.
    pub web_url: String,
    /// `public`, `internal` or `private`.
    pub visibility: String,
    /// Whether it is read-only for everyone.
    pub archived: bool,
    /// Where files are written; absent for an empty repository.
    pub default_branch: Option<String>,
    /// The token's own access level, inherited ones included; absent when it is no member.
    pub my_access_level: Option<u8>,
}

/// One member of a project, inherited ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub actor: Actor,
    /// 10 guest, 15 planner, 20 reporter, 30 developer, 40 maintainer, 50 owner.
    pub access_level: u8,
    /// Whether the account can act: neither blocked nor waiting for approval.
    pub active: bool,
}

/// One label as a project sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its number.
    pub id: u64,
    /// Its title.
    pub name: LabelName,
    /// `#rrggbb`.
    pub color: String,
    /// Empty when there is none.
    pub description: String,
    /// Owned by the project, not by a group above it.
    pub is_project: bool,
}

/// One webhook of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Its number.
    pub id: HookId,
    /// Where it calls.
    pub url: String,
    /// What it calls for.
    pub events: HookEvents,
    /// Whether it checks certificates.
    pub ssl_verification: bool,
    /// Whether a secret token is set; absent before GitLab 19.0.
    pub token_present: Option<bool>,
    /// Whether a signing token is set; absent before GitLab 19.0.
    pub signing_token_present: Option<bool>,
    /// `executable`, `temporarily_disabled`, `disabled`; absent when GitLab does not say.
    pub alert_status: Option<String>,
    /// Until when GitLab holds it back.
    pub disabled_until: Option<Timestamp>,
}

/// One delivery that GitLab tried and that did not end well.
#[derive(Debug, Clone)]
pub struct FailedDelivery {
    /// `webhook-id` or `Idempotency-Key`, the same on a repeat; absent before GitLab 17.4.
    pub key: Option<String>,
    /// `X-Gitlab-Event`.
    pub event_name: Option<String>,
    /// The body, as JSON.
    pub body: String,
    /// What was answered; absent when nothing was.
    pub status: Option<u16>,
    /// When it was sent.
    pub at: Timestamp,
}

/// The kinds of event a hook calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HookEvents {
    /// `issues_events`.
    pub issues: bool,
    /// `confidential_issues_events`.
    pub confidential_issues: bool,
    /// `note_events`.
    pub notes: bool,
    /// `confidential_note_events`.
    pub confidential_notes: bool,
    /// `resource_access_token_events`: warns before the token expires.
    pub token_expiry: bool,
    /// `push_events`, which GitLab turns on by itself when it is left out.
    pub pushes: bool,
}

impl HookEvents {
    /// What the service lives on.
    pub const NEEDED: Self = Self {
        issues: true,
        confidential_issues: true,
        notes: true,
        confidential_notes: true,
        token_expiry: true,
        pushes: false,
    };
}

/// A webhook as it shall be. Both secrets are always sent: GitLab drops the one left out.
#[derive(Debug, Clone)]
pub struct HookSettings {
    /// Where it calls.
    pub url: Url,
    /// What it calls for.
    pub events: HookEvents,
    /// Check certificates.
    pub ssl_verification: bool,
    /// `whsec_…`; GitLab before 19.0 ignores it, see [`Hook::signing_token_present`].
    pub signing_token: Option<SecretString>,
    /// Sent as `X-Gitlab-Token`.
    pub secret_token: Option<SecretString>,
}

/// What GitLab knows of the token in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Its name.
    pub name: String,
    /// `api`, `read_api`…
    pub scopes: Vec<String>,
    /// It ends at 00:00 UTC of this day; absent when it never does.
    pub expires_at: Option<civil::Date>,
    /// Neither expired nor revoked.
    pub active: bool,
}

/// The instance's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `19.1.0-ee`.
    pub version: String,
    /// A short commit hash.
    pub revision: String,
}

/// A comment as GitLab has stored it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its number.
    pub note: NoteId,
    /// Its text as stored: the caller compares it with what was sent.
    pub body: String,
}

/// A file to commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile<'a> {
    /// Path in the repository.
    pub path: &'a str,
    /// Onto which branch.
    pub branch: &'a str,
    /// The whole text.
    pub content: &'a str,
    /// The commit's message.
    pub message: &'a str,
}
