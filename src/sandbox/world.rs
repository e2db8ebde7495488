//! Everything the sandbox knows: accounts, groups, projects, and what waits to be sent.

use super::bulk_imports::{BulkImport, GitlabSource};
use super::clock::Clock;
use super::commands::Command;
use super::github::{GithubSettings, GithubSite};
use super::imports::{Census, ImportSettings};
use super::namespaces::Namespace;
use super::outbox::Outbox;
use super::projects::Project;
use super::users::{Token, User};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What kind of GitLab the sandbox plays.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Version it names, `19.4.1`.
    pub version: String,
    /// Premium: of labels `a::b` and `a::c`, an issue keeps only the one added last.
    pub scoped_labels_exclusive: bool,
    /// Takes `signing_token`; GitLab before 19.0 ignores it silently.
    pub signing_tokens: bool,
    /// How long a webhook receiver may take.
    pub hook_timeout: Duration,
    /// Disables a hook after four failures in a row.
    pub disables_failing_hooks: bool,
    /// Whether what hooks sent can be asked for: since GitLab 17.3.
    pub hook_events: bool,
    /// Premium: projects say whether they are pull mirrors. Others don't have the field.
    pub mirroring: bool,
    /// Whether `merged_after` and `merged_before` filter merge requests; older ones ignore both.
    pub merged_filters: bool,
    /// A deleted project is renamed and stays for a while. Without, it is gone at once.
    pub delayed_deletion: bool,
    /// How imports go.
    pub imports: ImportSettings,
    /// What kind of GitHub is beside it.
    pub github: GithubSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: "19.4.1".to_owned(),
            scoped_labels_exclusive: false,
            signing_tokens: true,
            hook_timeout: Duration::from_secs(10),
            disables_failing_hooks: true,
            hook_events: true,
            mirroring: false,
            merged_filters: true,
            delayed_deletion: true,
            imports: ImportSettings::default(),
            github: GithubSettings::default(),
        }
    }
}

/// The state of one sandbox. Reached through [`Sandbox::world`](super::Sandbox::world).
#[derive(Debug)]
pub struct World {
    /// What kind of GitLab this is; may be changed while it runs.
    pub settings: Settings,
    /// Its clock.
    pub clock: Clock,
    pub(super) base_url: String,
    pub(super) users: BTreeMap<u64, User>,
    pub(super) tokens: Vec<Token>,
    pub(super) namespaces: BTreeMap<u64, Namespace>,
    pub(super) projects: BTreeMap<u64, Project>,
    /// Numbers of projects by the paths they once had, in small letters.
    pub(super) moved: BTreeMap<String, u64>,
    pub(super) bulk_imports: BTreeMap<u64, BulkImport>,
    /// Other GitLabs that projects can come from.
    pub(super) gitlab_sources: Vec<GitlabSource>,
    /// Who stands in for the people of sources.
    pub(super) census: Census,
    pub(super) github: GithubSite,
    pub(super) outbox: Outbox,
    pub(super) executed: Vec<Command>,
    pub(super) rng: fastrand::Rng,
    /// Chain of the request at work, and the hooks each chain has fired.
    pub(super) chain: Option<String>,
    pub(super) chains: BTreeMap<String, BTreeSet<u64>>,
    last_id: u64,
}

impl World {
    pub(super) fn new(base_url: String, settings: Settings, clock: Clock) -> Self {
        Self {
            settings,
            clock,
            base_url,
            users: BTreeMap::new(),
            tokens: Vec::new(),
            namespaces: BTreeMap::new(),
            projects: BTreeMap::new(),
            moved: BTreeMap::new(),
            bulk_imports: BTreeMap::new(),
            gitlab_sources: Vec::new(),
            census: Census::default(),
            github: GithubSite::default(),
            outbox: Outbox::default(),
            executed: Vec::new(),
            rng: fastrand::Rng::with_seed(7),
            chain: None,
            chains: BTreeMap::new(),
            last_id: 1000,
        }
    }

    /// Numbers given from now on are higher than this.
    pub(super) fn count_from(&mut self, number: u64) {
        self.last_id = self.last_id.max(number);
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id = self.last_id.saturating_add(1);
        self.last_id
    }

    /// A random UUID, the same ones in every run.
    pub(super) fn uuid(&mut self) -> String {
        let hex = format!("{:032x}", self.rng.u128(..));
        let part = |range| hex.get(range).unwrap_or_default();
        let (a, b, c, d) = (part(0..8), part(8..12), part(13..16), part(17..20));
        format!("{a}-{b}-4{c}-8{d}-{}", part(20..32))
    }

    /// Name of a new commit.
    pub(super) fn sha(&mut self) -> String {
        format!("{:032x}{:08x}", self.rng.u128(..), self.rng.u32(..))
    }

    /// The quick actions that were executed, oldest first: what a bot must keep empty.
    pub fn executed_commands(&self) -> &[Command] {
        &self.executed
    }
}
