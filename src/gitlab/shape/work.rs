//! The work done in a project, and the accounts beside it.

use jiff::Timestamp;
use serde::Deserialize;

use super::loose::{Id, When, null_as_default};
use crate::model::{self, Fingerprint, Told, UserId, Username};

/// An account beside what it did.
#[derive(Debug, Clone, Deserialize)]
struct Account {
    id: Id,
    username: String,
    #[serde(default, deserialize_with = "null_as_default")]
    name: String,
    #[serde(default)]
    state: Told<String>,
    #[serde(default)]
    bot: Told<bool>,
}

impl From<Account> for model::Account {
    fn from(account: Account) -> Self {
        Self {
            id: UserId(account.id.0),
            username: Username::new(account.username),
            name: account.name,
            state: account.state,
            bot: account.bot,
        }
    }
}

/// A merge request.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::gitlab) struct MergedRequest {
    iid: Id,
    author: Option<Account>,
    #[serde(default)]
    imported: Told<bool>,
    created_at: When,
    merged_at: Option<When>,
}

impl From<MergedRequest> for model::MergedRequest {
    fn from(request: MergedRequest) -> Self {
        Self {
            iid: request.iid.0,
            author: request.author.map(model::Account::from),
            imported: request.imported,
            created_at: request.created_at.0,
            merged_at: request.merged_at.map(|at| at.0),
        }
    }
}

/// A push event.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::gitlab) struct Push {
    author: Option<Account>,
    #[serde(default)]
    imported: Told<bool>,
    created_at: When,
}

impl From<Push> for model::Push {
    fn from(push: Push) -> Self {
        Self {
            author: push.author.map(model::Account::from),
            imported: push.imported,
            at: push.created_at.0,
        }
    }
}

/// A commit; its author's name and address end here.
#[derive(Clone, Deserialize)]
pub(in crate::gitlab) struct Commit {
    pub(in crate::gitlab) id: String,
    #[serde(default, deserialize_with = "null_as_default")]
    author_name: String,
    #[serde(default, deserialize_with = "null_as_default")]
    author_email: String,
    authored_date: When,
}

impl Commit {
    /// Without name and address.
    pub(in crate::gitlab) fn sealed(self, is_machine: impl Fn(&str) -> bool) -> model::Commit {
        let address = match self.author_email.trim() {
            "" => &self.author_name,
            _ => &self.author_email,
        };
        model::Commit {
            author: Fingerprint::of(address),
            author_name: Fingerprint::of(&self.author_name),
            by_machine: is_machine(&self.author_name),
            authored_at: self.authored_date.0,
        }
    }
}

/// A pipeline.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct Pipeline {
    created_at: Option<When>,
    updated_at: Option<When>,
}

impl Pipeline {
    /// When it last changed.
    pub(in crate::gitlab) fn at(&self) -> Option<Timestamp> {
        self.updated_at.or(self.created_at).map(|at| at.0)
    }
}

/// An issue, as far as it is a sign of life.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::gitlab) struct OpenedIssue {
    iid: Id,
    author: Option<Account>,
    #[serde(default)]
    imported: Told<bool>,
    created_at: When,
}

impl From<OpenedIssue> for model::OpenedIssue {
    fn from(issue: OpenedIssue) -> Self {
        Self {
            iid: issue.iid.0,
            author: issue.author.map(model::Account::from),
            imported: issue.imported,
            created_at: issue.created_at.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_commit_keeps_neither_name_nor_address() {
        let commit: Commit = serde_json::from_value(json!({
            "id": "ab", "author_name": "Mira", "author_email": "mira@example.org",
            "authored_date": "2026-11-01T10:00:00.000+01:00"
        }))
        .unwrap();
        let sealed = commit.sealed(|name| name == "Mira");
        assert!(sealed.by_machine);
        assert_eq!(sealed.author, Fingerprint::of("MIRA@example.org"));
        let shown = format!("{sealed:?}").to_lowercase();
        assert!(!shown.contains("mira") && !shown.contains("example"), "{shown}");
    }
}
