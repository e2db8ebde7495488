//! Where the pieces meet: store, GitLab, rules, clock, and small caches of slow facts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use url::Url;

use secrecy::SecretString;

use crate::assess::{self, Sources};
use crate::clock::Clock;
use crate::decide::{People, Rules};
use crate::github::GitHub;
use crate::gitlab::{GitLab, GitlabError};
use crate::model::{Actor, Issue, LabelName, ProjectId, UserId, Username};
use crate::plan::ConfidentialComments;
use crate::store::Store;
use crate::workflow::{Texts, Workflow};

use super::hosts::Hosts;

/// What the configuration says, beside the workflow.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Full path of the tracker, `group/project`.
    pub tracker: String,
    /// Usernames that are staff whatever their access level; empty means by access level.
    pub staff: Vec<Username>,
    /// Who is responsible for new issues, in turn; empty: nobody is assigned.
    pub dri: Vec<Username>,
    /// Accounts that are never listened to, such as other bots.
    pub ignored_users: Vec<Username>,
    /// Access level in the tracker from which an account is staff.
    pub staff_access_level: u8,
    /// How to speak on confidential issues.
    pub confidential: ConfidentialComments,
    /// Most replies to commands per issue and hour.
    pub replies_per_hour: u64,
    /// Most comments per issue and hour.
    pub comments_per_hour: u64,
    /// Where GitLab calls us, when it is known.
    pub hook_url: Option<Url>,
    /// How that address ends.
    pub hook_path: &'static str,
    /// How long a lane is made ours before each write.
    pub lease: SignedDuration,
    /// Divides waits; 1 outside tests.
    pub time_scale: f64,
    /// Write nothing to GitLab.
    pub is_dry_run: bool,
}

/// Who we are and where.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The bot's account.
    pub bot: Actor,
    /// The tracker.
    pub project: ProjectId,
    /// Accounts that are never listened to, such as other bots.
    pub ignored: Vec<Username>,
}

/// The workflow and its texts, replaced together on reload.
#[derive(Debug, Clone)]
pub struct Rulebook {
    /// Stages, labels, transitions.
    pub workflow: Arc<Workflow>,
    /// Texts of the comments.
    pub texts: Arc<Texts>,
    /// What GitLab offers for each kind of source.
    pub sources: Arc<Sources>,
    /// By what moves and imports are judged.
    pub judgement: Arc<assess::Rules>,
}

/// What is asked beside the tracker's GitLab.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Where most sources are.
    pub github: GitHub,
    /// Where destinations may be, the tracker's own GitLab first.
    pub hosts: Hosts,
    /// A GitHub token with which GitLab may import; without one people start imports themselves.
    pub import_token: Option<SecretString>,
}

impl Rulebook {
    /// Of the configuration.
    pub fn of(
        workflow: &Workflow,
        texts: &Texts,
        sources: &Sources,
        judgement: &assess::Rules,
    ) -> Self {
        Self {
            workflow: Arc::new(workflow.clone()),
            texts: Arc::new(texts.clone()),
            sources: Arc::new(sources.clone()),
            judgement: Arc::new(judgement.clone()),
        }
    }

    /// As `decide` takes it.
    pub fn rules(&self) -> Rules<'_> {
        Rules { workflow: &self.workflow, texts: &self.texts }
    }
}

/// Carries out jobs.
#[derive(Debug)]
pub struct Engine {
    pub(super) store: Arc<dyn Store>,
    pub(super) gitlab: GitLab,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: EngineSettings,
    pub(super) outside: Outside,
    rulebook: RwLock<Rulebook>,
    identity: RwLock<Option<Identity>>,
    staff: Mutex<BTreeMap<UserId, Cached<bool>>>,
    labels: Mutex<Option<Cached<Arc<BTreeSet<LabelName>>>>>,
    /// Accounts of those who may become responsible; `None` for a name nobody has.
    dri: Mutex<BTreeMap<Username, Option<Actor>>>,
}

#[derive(Debug, Clone)]
struct Cached<T> {
    value: T,
    until: Timestamp,
}

/// Longest time for which a person whose role was taken away keeps it here.
const ROLE_TTL: SignedDuration = SignedDuration::from_secs(60);
const LABELS_TTL: SignedDuration = SignedDuration::from_secs(600);

impl Engine {
    /// Wires an engine; asks nothing of anybody yet.
    pub fn new(
        store: Arc<dyn Store>,
        gitlab: GitLab,
        clock: Arc<dyn Clock>,
        settings: EngineSettings,
        outside: Outside,
        rulebook: Rulebook,
    ) -> Self {
        Self {
            store,
            gitlab,
            clock,
            settings,
            outside,
            rulebook: RwLock::new(rulebook),
            identity: RwLock::new(None),
            staff: Mutex::default(),
            labels: Mutex::default(),
            dri: Mutex::default(),
        }
    }

    /// The rules in force now.
    pub fn rulebook(&self) -> Rulebook {
        self.rulebook.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes by other rules from the next job on.
    pub fn replace_rulebook(&self, rulebook: Rulebook) {
        *self.rulebook.write().unwrap_or_else(PoisonError::into_inner) = rulebook;
    }

    /// The client all reads and writes go through.
    pub fn gitlab(&self) -> &GitLab {
        &self.gitlab
    }

    /// The time by its clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The database behind it.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// A wait of ours, divided by the time scale.
    pub(super) fn scaled(&self, wait: SignedDuration) -> SignedDuration {
        SignedDuration::try_from_secs_f64(wait.as_secs_f64() / self.settings.time_scale)
            .unwrap_or(wait)
    }

    /// Who we are, if it was learnt already.
    pub fn known_identity(&self) -> Option<Identity> {
        self.identity.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who we are; asked of GitLab once.
    ///
    /// # Errors
    /// GitLab's, when it can't be asked.
    pub async fn identity(&self) -> Result<Identity, GitlabError> {
        if let Some(known) = self.known_identity() {
            return Ok(known);
        }
        let bot = self.gitlab.current_user().await?;
        let project = self.gitlab.project(&self.settings.tracker).await?.id;
        let identity = Identity { bot, project, ignored: self.settings.ignored_users.clone() };
        *self.identity.write().unwrap_or_else(PoisonError::into_inner) = Some(identity.clone());
        Ok(identity)
    }

    /// Looks up who of these is staff. Fails closed: an unreadable membership decides nothing.
    pub(super) async fn people(
        &self,
        identity: &Identity,
        ask: BTreeMap<UserId, Username>,
    ) -> Result<People, GitlabError> {
        let mut staff = BTreeSet::new();
        for (id, username) in ask {
            if self.is_staff(identity.project, id, &username).await? {
                staff.insert(id);
            }
        }
        Ok(People { bot: identity.bot.clone(), staff })
    }

    async fn is_staff(
        &self,
        project: ProjectId,
        user: UserId,
        username: &Username,
    ) -> Result<bool, GitlabError> {
        if !self.settings.staff.is_empty() {
            return Ok(self.settings.staff.contains(username));
        }
        let now = self.clock.now();
        let lock = || self.staff.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&user).filter(|known| known.until > now) {
            return Ok(known.value);
        }
        let member = self.gitlab.member(project, user).await?;
        // Another bot's token is nobody who answers for a decision.
        let value = member.is_some_and(|member| {
            member.active
                && member.access_level >= self.settings.staff_access_level
                && !is_token_account(username)
        });
        let until = now.saturating_add(self.scaled(ROLE_TTL)).unwrap_or(now);
        let mut cache = lock();
        cache.retain(|_, known| known.until > now);
        cache.insert(user, Cached { value, until });
        Ok(value)
    }

    /// The labels that exist in the tracker: GitLab would create an unknown one on use.
    pub(super) async fn existing_labels(
        &self,
        project: ProjectId,
    ) -> Result<Arc<BTreeSet<LabelName>>, GitlabError> {
        let now = self.clock.now();
        let lock = || self.labels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().as_ref().filter(|known| known.until > now) {
            return Ok(Arc::clone(&known.value));
        }
        let listed = self.gitlab.labels(project).await?;
        let value: Arc<BTreeSet<_>> =
            Arc::new(listed.into_iter().map(|label| label.name).collect());
        let until = now.saturating_add(self.scaled(LABELS_TTL)).unwrap_or(now);
        *lock() = Some(Cached { value: Arc::clone(&value), until });
        Ok(value)
    }

    /// Who would be responsible for this issue: one after the other, by the issue's number.
    pub(super) async fn next_dri(&self, issue: &Issue) -> Result<Option<Actor>, GitlabError> {
        let names = &self.settings.dri;
        let turn =
            u64::try_from(names.len()).ok().and_then(|count| issue.at.iid.0.checked_rem(count));
        let name = turn.and_then(|turn| names.get(usize::try_from(turn).ok()?));
        let Some(name) = name.filter(|_| issue.assignees.is_empty()) else { return Ok(None) };
        let lock = || self.dri.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(name) {
            return Ok(known.clone());
        }
        let found = self.gitlab.user_named(name).await?;
        if found.is_none() {
            tracing::warn!(event = "dri", name = %name, "nobody has this username; see LANDFALL_DRI");
        }
        lock().insert(name.clone(), found.clone());
        Ok(found)
    }

    /// Forgets the label list, so that a label made since is seen.
    pub(super) fn forget_labels(&self) {
        *self.labels.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Accounts that GitLab makes for project and group access tokens.
fn is_token_account(username: &Username) -> bool {
    let mut parts = username.as_str().splitn(3, '_');
    matches!(parts.next(), Some("project" | "group"))
        && parts.next().is_some_and(|id| id.parse::<u64>().is_ok())
        && parts.next().is_some_and(|rest| rest.starts_with("bot"))
}
