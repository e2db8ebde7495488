//! Which accounts are people whose work counts.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Pattern;
use crate::model::Account;

/// What tells machines, placeholders and others from people. Names can be chosen freely, so this
/// catches mistakes, not lies.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountRules {
    /// Usernames of machines.
    pub bots: Vec<Pattern>,
    /// Names, as shown beside an account or in a commit, of machines.
    pub bot_names: Vec<Pattern>,
    /// Usernames of the accounts that imports make for people who are not there.
    pub placeholders: Vec<Pattern>,
    /// Names of such accounts.
    pub placeholder_names: Vec<Pattern>,
    /// Usernames in small letters that never count, such as the program's staff.
    pub ignored: BTreeSet<String>,
}

/// Why an account does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// A machine.
    Bot,
    /// Made by an import for somebody who may never have been there.
    Placeholder,
    /// Blocked, banned, deactivated or waiting for approval.
    Inactive,
    /// Named in the rules.
    Ignored,
}

impl AccountRules {
    /// Why this account does not count; absent for a person who does.
    pub fn exclusion(&self, account: &Account) -> Option<Exclusion> {
        let fits = |patterns: &[Pattern], name: &str| patterns.iter().any(|one| one.matches(name));
        let (username, name) = (account.username.as_str(), account.name.trim());
        if account.bot.value() == Some(&true)
            || fits(&self.bots, username)
            || fits(&self.bot_names, name)
        {
            return Some(Exclusion::Bot);
        }
        if fits(&self.placeholders, username) || fits(&self.placeholder_names, name) {
            return Some(Exclusion::Placeholder);
        }
        if account.state.value().is_some_and(|state| state != "active") {
            return Some(Exclusion::Inactive);
        }
        self.ignored.contains(&username.to_lowercase()).then_some(Exclusion::Ignored)
    }

    /// The account, if it is a person who counts.
    pub fn person<'a>(&self, account: Option<&'a Account>) -> Option<&'a Account> {
        account.filter(|account| self.exclusion(account).is_none())
    }

    /// Whether a commit's author of this name is a machine or a placeholder.
    pub fn is_machine_name(&self, name: &str) -> bool {
        self.bot_names.iter().chain(&self.placeholder_names).any(|one| one.matches(name.trim()))
    }
}

impl Default for AccountRules {
    fn default() -> Self {
        let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::new(*text)).collect();
        Self {
            bots: patterns(&[
                "project_#_bot*",
                "group_#_bot*",
                "service_account_*",
                "gl-service-*",
                "ghost",
                "ghost#",
                "gitlab-bot",
                "gitlab_devrel_bot",
                "gitlab-release-tools-bot",
                "gitlab-duo*",
                "glrenovatebot",
                "kubitus-bot",
                "marge-bot*",
                "renovate*bot*",
                "dependabot*",
                "*[bot]",
            ]),
            bot_names: patterns(&["*[bot]", "Ghost User", "GitLab Bot"]),
            placeholders: patterns(&["*_placeholder_user_#", "import_user_*"]),
            placeholder_names: patterns(&["Placeholder *", "Import User"]),
            ignored: BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Told, UserId, Username};

    #[test]
    fn people_count_and_what_gitlab_makes_for_itself_does_not() {
        use Exclusion::{Bot, Ignored, Inactive, Placeholder};
        let rules = AccountRules {
            ignored: BTreeSet::from(["sam-staff".to_owned()]),
            ..AccountRules::default()
        };
        for (username, name, state, expect) in [
            ("mira", "Mira", "active", None),
            ("abbott", "Abbott", "active", None),
            ("robot-lover", "Placeholderman", "active", None),
            ("project_4711_bot", "x", "active", Some(Bot)),
            ("project_4711_bot_0a1b", "x", "active", Some(Bot)),
            ("project_x_bot", "x", "active", None),
            ("group_12_bot_9f", "x", "active", Some(Bot)),
            ("service_account_group_9_x", "x", "active", Some(Bot)),
            ("gl-service-deploy", "x", "active", Some(Bot)),
            ("ghost1", "Ghost User", "active", Some(Bot)),
            ("Marge-Bot", "Marge", "active", Some(Bot)),
            ("x", "renovate[bot]", "active", Some(Bot)),
            ("github_placeholder_user_17", "x", "active", Some(Placeholder)),
            ("x", "Placeholder Mira", "active", Some(Placeholder)),
            ("x", "Import User", "active", Some(Placeholder)),
            ("mira", "Mira", "blocked", Some(Inactive)),
            ("mira", "Mira", "deactivated", Some(Inactive)),
            ("Sam-Staff", "Sam", "active", Some(Ignored)),
        ] {
            let account = Account {
                id: UserId(1),
                username: Username::from(username),
                name: name.to_owned(),
                state: Told::Is(state.to_owned()),
                bot: Told::Withheld,
            };
            assert_eq!(rules.exclusion(&account), expect, "{username} {name} {state}");
        }
    }

    #[test]
    fn gitlabs_own_word_that_an_account_is_a_bot_is_taken() {
        let account = Account {
            id: UserId(1),
            username: Username::from("mira"),
            name: "Mira".to_owned(),
            state: Told::Withheld,
            bot: Told::Is(true),
        };
        let rules = AccountRules::default();
        assert_eq!(rules.exclusion(&account), Some(Exclusion::Bot));
        assert_eq!(rules.person(Some(&account)), None);
        let person = Account { bot: Told::Is(false), ..account };
        assert_eq!(rules.person(Some(&person)), Some(&person));
        assert_eq!(rules.person(None), None, "an account that is gone is nobody");
    }
}
