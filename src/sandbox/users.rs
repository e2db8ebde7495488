//! Accounts, access tokens and who may do what.

use super::clock::iso;
use super::namespaces::NewNamespace;
use super::projects::Project;
use super::visibility::Visibility;
use super::wire::{Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// May label and see what is confidential, since GitLab 17.7; not yet staff.
pub(super) const PLANNER: u64 = 15;
pub(super) const REPORTER: u64 = 20;
pub(super) const DEVELOPER: u64 = 30;
pub(super) const MAINTAINER: u64 = 40;
pub(super) const OWNER: u64 = 50;

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserState {
    /// Can sign in.
    #[default]
    Active,
    /// Locked out by an administrator.
    Blocked,
    /// Locked out for abuse.
    Banned,
    /// Asleep.
    Deactivated,
}

impl UserState {
    fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Banned => "banned",
            Self::Deactivated => "deactivated",
        }
    }
}

/// An account.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Number.
    pub id: u64,
    /// Username, compared without case as GitLab does.
    pub username: String,
    /// Name people read.
    pub name: String,
    /// Belongs to an access token, not to a person.
    #[serde(default)]
    pub bot: bool,
    /// Instance administrator.
    #[serde(default)]
    pub admin: bool,
    /// Whether it can be used.
    #[serde(default)]
    pub state: UserState,
    /// When it was made; the beginning of 2026 unless told.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
}

/// An access token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What is sent in `PRIVATE-TOKEN` or as bearer.
    pub secret: String,
    /// Whose it is.
    pub username: String,
    /// `api`, `read_api`, `self_rotate`…
    pub scopes: Vec<String>,
    /// Dead from 00:00 UTC of this day on.
    #[serde(default)]
    pub expires_at: Option<Date>,
    /// Revoked by hand.
    #[serde(default)]
    pub revoked: bool,
}

impl User {
    /// As it stands beside things the user did.
    pub(super) fn brief(&self, base_url: &str) -> Value {
        json!({
            "id": self.id,
            "username": self.username,
            "public_email": null,
            "name": self.name,
            "state": self.state.name(),
            "locked": false,
            "avatar_url": null,
            "web_url": format!("{base_url}/{}", self.username),
        })
    }

    pub(super) fn full(&self, base_url: &str) -> Value {
        let mut value = self.brief(base_url);
        if let Some(map) = value.as_object_mut() {
            map.insert("bot".to_owned(), json!(self.bot));
            map.insert("bio".to_owned(), json!(""));
            map.insert("location".to_owned(), json!(""));
            let made = self.created_at.map(iso);
            let made = made.unwrap_or_else(|| "2026-01-01T00:00:00.000Z".to_owned());
            map.insert("created_at".to_owned(), json!(made));
        }
        value
    }

    /// As it stands in a webhook.
    pub(super) fn in_hook(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "username": self.username,
            "avatar_url": null,
            "email": "[REDACTED]",
        })
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) user: Option<User>,
    pub(super) token: Option<Token>,
}

impl Asker {
    pub(super) fn id(&self) -> Option<u64> {
        self.user.as_ref().map(|user| user.id)
    }

    /// The account, or 401 for a caller without a token.
    pub(super) fn user(&self) -> Outcome<&User> {
        self.user.as_ref().ok_or_else(Refusal::unauthorized)
    }
}

impl World {
    pub(super) fn user(&self, id: u64) -> Option<&User> {
        self.users.get(&id)
    }

    pub(super) fn user_named(&self, username: &str) -> Option<&User> {
        self.users.values().find(|user| user.username.eq_ignore_ascii_case(username))
    }

    pub(super) fn brief(&self, id: u64) -> Value {
        self.user(id).map_or(Value::Null, |user| user.brief(&self.base_url))
    }

    /// Who stands behind a token. No token is a visitor; a wrong one is refused.
    pub(super) fn authenticate(&self, secret: Option<&str>) -> Outcome<Asker> {
        let Some(secret) = secret else {
            return Ok(Asker { user: None, token: None });
        };
        let token = self.tokens.iter().find(|token| token.secret == secret);
        let token = token.ok_or_else(Refusal::unauthorized)?;
        if token.revoked {
            let text = "Token was revoked. You have to re-authorize from the user.";
            return Err(Refusal::dead_token(text));
        }
        if self.is_expired(token) {
            let text = "Token is expired. You can either do re-authorization or token refresh.";
            return Err(Refusal::dead_token(text));
        }
        let user = self.user_named(&token.username).cloned();
        Ok(Asker { user, token: Some(token.clone()) })
    }

    fn is_expired(&self, token: &Token) -> bool {
        let today = self.clock.peek().to_zoned(jiff::tz::TimeZone::UTC).date();
        token.expires_at.is_some_and(|day| day <= today)
    }

    pub(super) fn token_json(&self, token: &Token) -> Value {
        let user = self.user_named(&token.username).map(|user| user.id);
        json!({
            "id": user,
            "name": token.username,
            "revoked": token.revoked,
            "created_at": "2026-01-01T00:00:00.000Z",
            "description": null,
            "scopes": token.scopes,
            "user_id": user,
            "last_used_at": null,
            "active": !token.revoked && !self.is_expired(token),
            "expires_at": token.expires_at.map(|day| day.to_string()),
        })
    }

    /// Role in a project: 50 for administrators, 0 for everybody without one. A role in a group
    /// holds in its projects.
    pub(super) fn level(&self, project: &Project, user: Option<u64>) -> u64 {
        let Some(user) = user.and_then(|id| self.user(id)) else {
            return 0;
        };
        if user.admin { OWNER } else { self.role_in(project, user.id) }
    }

    /// Role that was given in a project or in a group above it.
    pub(super) fn role_in(&self, project: &Project, user: u64) -> u64 {
        let own = project.members.get(&user).copied().unwrap_or(0);
        own.max(self.membership(project.namespace, user))
    }

    /// Makes an account and its personal namespace; gives its number.
    ///
    /// # Errors
    /// 409 when number or name is taken.
    pub fn add_user(&mut self, user: User) -> Result<u64, Refusal> {
        if self.users.contains_key(&user.id) || self.user_named(&user.username).is_some() {
            return Err(Refusal::message(409, "Username has already been taken"));
        }
        if self.namespace_at(&user.username).is_none() {
            self.add_namespace(NewNamespace {
                id: None,
                path: user.username.clone(),
                name: Some(user.name.clone()),
                owner: Some(user.id),
                visibility: Visibility::Public,
                members: BTreeMap::new(),
            })?;
        }
        let id = user.id;
        self.users.insert(id, user);
        Ok(id)
    }

    /// Makes an ordinary account with the next free number.
    ///
    /// # Errors
    /// 409 when the name is taken.
    pub fn add_person(&mut self, username: &str, name: &str) -> Result<u64, Refusal> {
        let (id, created_at) = (self.next_id(), Some(self.clock.now()));
        let (username, name) = (username.to_owned(), name.to_owned());
        self.add_user(User { id, username, name, created_at, ..User::default() })
    }

    /// Blocks, bans or wakes an account.
    ///
    /// # Errors
    /// 404 when there is no such user.
    pub fn set_user_state(&mut self, username: &str, state: UserState) -> Result<(), Refusal> {
        let id = self.user_named(username).ok_or_else(|| Refusal::not_found("User"))?.id;
        if let Some(user) = self.users.get_mut(&id) {
            user.state = state;
        }
        Ok(())
    }

    pub(super) fn member_json(&self, user: &User, level: u64) -> Value {
        let mut value = user.brief(&self.base_url);
        if let Some(map) = value.as_object_mut() {
            map.insert("access_level".to_owned(), json!(level));
            map.insert("created_at".to_owned(), json!("2026-01-01T00:00:00.000Z"));
            map.insert("expires_at".to_owned(), Value::Null);
            map.insert("membership_state".to_owned(), json!("active"));
        }
        value
    }
}
