//! What a sandbox starts with when nobody says otherwise.

use super::bulk_imports::{GitlabSource, SourceProject};
use super::github;
use super::seed::{GroupSeed, ProjectSeed, Seed};
use super::source::Numbers;
use super::users::{Token, User};
use super::visibility::Visibility;
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Default for Seed {
    /// The tracker `landfall/tracker` (number 42, public, no labels) with an administrator, one of
    /// the staff, the bot, a partner and a stranger; the last two are no members.
    ///
    /// The partner owns the groups `kiwi-paint`, where the bot is a maintainer, and `owl-music`.
    /// On GitHub there is `kiwi-paint/kiwi-paint`, and a repository for each odd case.
    fn default() -> Self {
        let user = |id, username: &str, name: &str| User {
            id,
            username: username.to_owned(),
            name: name.to_owned(),
            bot: username == "landfall-bot",
            admin: username == "root",
            ..User::default()
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
        let members = |all: &[(&str, u64)]| -> BTreeMap<String, u64> {
            all.iter().map(|(name, level)| ((*name).to_owned(), *level)).collect()
        };
        let group = |id, path: &str, name: &str, all: &[(&str, u64)]| GroupSeed {
            id: Some(id),
            path: path.to_owned(),
            name: Some(name.to_owned()),
            visibility: Visibility::Public,
            members: members(all),
        };
        let tracker = ProjectSeed {
            members: members(&[("sam-staff", 30), ("landfall-bot", 40)]),
            ..ProjectSeed::new(42, "landfall/tracker")
        };
        Self {
            tokens: users.iter().map(token).collect(),
            users,
            groups: vec![
                group(
                    61,
                    "kiwi-paint",
                    "Kiwi Paint",
                    &[("paula-partner", 50), ("landfall-bot", 40)],
                ),
                group(62, "owl-music", "Owl Music", &[("paula-partner", 50)]),
            ],
            projects: vec![tracker],
            github: github::default_seed(),
            gitlab_sources: vec![other_gitlab()],
        }
    }
}

/// Two projects of one group.
fn other_gitlab() -> GitlabSource {
    let project = |path: &str, issues| SourceProject {
        path: path.to_owned(),
        visibility: Visibility::Public,
        created_at: Timestamp::from_second(1_420_070_400).unwrap_or_default(),
        pushed_at: Timestamp::from_second(1_790_000_000).unwrap_or_default(),
        licence: Some("Apache-2.0".to_owned()),
        files: BTreeMap::from([("README.md".to_owned(), "Finch sings.\n".to_owned())]),
        numbers: Numbers {
            contributors: 6,
            commits: 150,
            branches: 2,
            tags: 4,
            releases: 4,
            issues,
            open_issues: issues / 4,
            pulls: 20,
            open_pulls: 2,
            merged_pulls: 15,
            labels: 5,
            milestones: 2,
            ..Numbers::default()
        },
    };
    GitlabSource {
        url: Seed::OTHER_GITLAB.to_owned(),
        token: Seed::OTHER_GITLAB_TOKEN.to_owned(),
        projects: vec![project("finch/finch", 60), project("finch/songs", 8)],
    }
}
