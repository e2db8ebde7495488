//! Accounts, access tokens and who may do what.

use super::wire::{Outcome, Refusal};
use super::world::{Project, World};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

/// May label and see what is confidential, since GitLab 17.7; not yet staff.
pub(super) const PLANNER: u64 = 15;
pub(super) const REPORTER: u64 = 20;
pub(super) const MAINTAINER: u64 = 40;

/// An account.
#[derive(Debug, Clone, Deserialize)]
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
            "state": "active",
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
            map.insert("created_at".to_owned(), json!("2026-01-01T00:00:00.000Z"));
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

    /// Role in a project: 50 for administrators, 0 for everybody without one.
    pub(super) fn level(&self, project: &Project, user: Option<u64>) -> u64 {
        let Some(user) = user.and_then(|id| self.user(id)) else {
            return 0;
        };
        if user.admin { 50 } else { project.members.get(&user.id).copied().unwrap_or(0) }
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
