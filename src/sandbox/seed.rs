//! What a sandbox starts with.

use super::users::{Token, User};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Accounts, tokens and projects of a new sandbox; also the shape of a seed file (JSON).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Accounts.
    pub users: Vec<User>,
    /// Access tokens.
    pub tokens: Vec<Token>,
    /// Projects.
    pub projects: Vec<ProjectSeed>,
}

/// One project of a seed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectSeed {
    /// Number.
    pub id: u64,
    /// Full path, `group/project`.
    pub path: String,
    /// Readable by everybody.
    pub public: bool,
    /// Access level (10 guest … 50 owner) by username.
    #[serde(default)]
    pub members: BTreeMap<String, u64>,
    /// Labels.
    #[serde(default)]
    pub labels: Vec<LabelSeed>,
    /// Issues, numbered from 1 in this order.
    #[serde(default)]
    pub issues: Vec<IssueSeed>,
}

/// One label of a seed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelSeed {
    /// Title.
    pub name: String,
    /// Colour, `#rrggbb`.
    pub color: String,
    /// What it means.
    #[serde(default)]
    pub description: String,
}

/// One issue of a seed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueSeed {
    /// Title.
    pub title: String,
    /// Description in Markdown.
    #[serde(default)]
    pub description: String,
    /// Username of who opened it.
    pub author: String,
    /// Labels, created when the project has none of that title.
    #[serde(default)]
    pub labels: Vec<String>,
}

impl Seed {
    /// Reads a seed file.
    ///
    /// # Errors
    /// What serde says of text that is not JSON, or not of this shape, with line and column.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The token of a user of the default seed: `sandbox-token-of-<username>`, scope `api`.
    pub fn token_of(username: &str) -> String {
        format!("sandbox-token-of-{username}")
    }
}

impl Default for Seed {
    /// The tracker `landfall/tracker` (number 42, public, no labels) with an administrator, one of
    /// the staff, the bot, a partner and a stranger; the last two are no members.
    fn default() -> Self {
        let user = |id, username: &str, name: &str| User {
            id,
            username: username.to_owned(),
            name: name.to_owned(),
            bot: username == "landfall-bot",
            admin: username == "root",
        };
        let users = vec![
            user(1, "root", "Administrator"),
            user(2, "sam-staff", "Sam of the staff"),
            user(3, "paula-partner", "Paula of the partner"),
            user(4, "mallory", "Mallory the stranger"),
            user(5, "landfall-bot", "Landfall"),
        ];
        let token = |user: &User| Token {
            secret: Self::token_of(&user.username),
            username: user.username.clone(),
            scopes: vec!["api".to_owned()],
            expires_at: None,
            revoked: false,
        };
        let members = [("sam-staff", 30), ("landfall-bot", 40)];
        let project = ProjectSeed {
            id: 42,
            path: "landfall/tracker".to_owned(),
            public: true,
            members: members.map(|(name, level)| (name.to_owned(), level)).into(),
            labels: Vec::new(),
            issues: Vec::new(),
        };
        Self { tokens: users.iter().map(token).collect(), users, projects: vec![project] }
    }
}
