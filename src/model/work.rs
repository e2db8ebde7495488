//! What people have done in a project, as signs that it lives there.

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Told, UserId, Username};

/// An account beside what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The identity that counts, on its instance.
    pub id: UserId,
    /// Its current username.
    pub username: Username,
    /// The name it shows: text of a stranger.
    pub name: String,
    /// `active`, `blocked`…; left out by old GitLab.
    pub state: Told<String>,
    /// Whether GitLab itself says that it is a bot; told by new GitLab only.
    pub bot: Told<bool>,
}

/// One merge request in the state `merged`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MergedRequest {
    /// Its number within the project.
    pub iid: u64,
    /// Who wrote it; absent when the account is gone. Who merged it does not matter.
    pub author: Option<Account>,
    /// Whether it was written elsewhere and imported; told since GitLab 17.2.
    pub imported: Told<bool>,
    /// When it was opened; an import keeps the source's date.
    pub created_at: Timestamp,
    /// When it was merged; absent on some imported ones.
    pub merged_at: Option<Timestamp>,
}

/// One push to any branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Push {
    /// Who; absent when the account is gone.
    pub author: Option<Account>,
    /// Whether the event came with an import.
    pub imported: Told<bool>,
    /// When.
    pub at: Timestamp,
}

/// A name or e-mail address that can be compared and not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of a text; capitals and blanks around it make no difference. GitHub's two forms of a hidden
    /// address, with and without the account's number, are one.
    pub fn of(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        let plain = match text.split_once('+') {
            Some((number, rest))
                if rest.ends_with("@users.noreply.github.com")
                    && number.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                rest
            }
            _ => &text,
        };
        let digest = Sha256::new().chain_update("landfall author\n").chain_update(plain).finalize();
        Self(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// One commit. Whose it is can be compared and not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Of its author's e-mail address, or of the name when there is none.
    pub author: Fingerprint,
    /// Of its author's name.
    pub author_name: Fingerprint,
    /// Whether the name is a machine's, by the rules given when it was read.
    pub by_machine: bool,
    /// When it was written, which a later rebase does not change.
    pub authored_at: Timestamp,
}

/// One issue that was opened in the project, or came with an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenedIssue {
    /// Its number within the project.
    pub iid: u64,
    /// Who; absent when the account is gone.
    pub author: Option<Account>,
    /// Whether it was imported; told since GitLab 17.2.
    pub imported: Told<bool>,
    /// When it was opened; an import keeps the source's date.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_one_fingerprint_however_the_address_is_written() {
        let mira = Fingerprint::of("mira@example.org");
        assert_eq!(Fingerprint::of(" Mira@Example.ORG"), mira);
        assert_ne!(Fingerprint::of("mira+work@example.org"), mira);
        let hidden = Fingerprint::of("mira@users.noreply.github.com");
        assert_eq!(Fingerprint::of("4711+mira@users.noreply.github.com"), hidden);
        assert_ne!(Fingerprint::of("x+mira@users.noreply.github.com"), hidden);
        assert!(!format!("{mira:?}").contains("mira"));
    }
}
