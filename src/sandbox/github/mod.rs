//! GitHub, read only, beside the GitLab: below `/github-api`, where communities still are.

mod budget;
mod contents;
mod items;
mod json;
mod lists;
mod paging;
mod refusal;
mod repo;
mod routes;
mod seed;

use super::wire::Refusal;
use super::world::World;
use budget::Budget;
use jiff::Timestamp;
use std::collections::BTreeMap;

pub(super) use refusal::GithubRefusal;
pub use repo::{GithubOwner, GithubRepo, GithubToken};
pub(super) use routes::is_for_github;
pub use seed::GithubSeed;
pub(super) use seed::default_seed;

/// First part of every path.
pub(super) const PREFIX: &str = "github-api";

/// What kind of GitHub the sandbox plays.
#[derive(Debug, Clone)]
pub struct GithubSettings {
    /// Calls in an hour with a token.
    pub hourly: u64,
    /// Calls in an hour without one.
    pub hourly_anonymous: u64,
    /// Searches in a minute.
    pub searches: u64,
    /// Lists of issues name a next page by a cursor and no last one, as GitHub's do since April
    /// 2025. Other lists name their last page.
    pub issue_cursors: bool,
}

impl Default for GithubSettings {
    fn default() -> Self {
        Self { hourly: 5_000, hourly_anonymous: 60, searches: 30, issue_cursors: true }
    }
}

/// Everything on it.
#[derive(Debug, Default)]
pub(super) struct GithubSite {
    repos: BTreeMap<u64, GithubRepo>,
    owners: Vec<GithubOwner>,
    tokens: Vec<GithubToken>,
    budgets: BTreeMap<(Option<String>, &'static str), Budget>,
}

impl GithubSite {
    pub(super) fn plant(&mut self, seed: GithubSeed) {
        self.owners.extend(seed.owners);
        self.tokens.extend(seed.tokens);
        self.repos.extend(seed.repos.into_iter().map(|repo| (repo.id, repo)));
    }

    /// All repositories by number.
    pub(super) fn repos(&self) -> impl Iterator<Item = &GithubRepo> {
        self.repos.values()
    }

    /// Who a token belongs to. No token is a visitor; a wrong one is refused.
    fn token(&self, secret: Option<&str>) -> Result<Option<&GithubToken>, GithubRefusal> {
        let Some(secret) = secret else {
            return Ok(None);
        };
        let found = self.tokens.iter().find(|token| token.secret == secret && !secret.is_empty());
        found.map(Some).ok_or(GithubRefusal::BadCredentials)
    }

    /// The repository of this number, as far as the token may read it.
    pub(super) fn readable(
        &self,
        id: u64,
        token: Option<&str>,
    ) -> Result<&GithubRepo, GithubRefusal> {
        let token = self.token(token)?;
        let may_read = |repo: &&GithubRepo| {
            !repo.private || token.is_some_and(|token| token.has_scope("repo"))
        };
        let repo = self.repos.get(&id).filter(may_read).ok_or(GithubRefusal::NotFound)?;
        match repo {
            _ if repo.blocked => Err(GithubRefusal::Blocked),
            _ if repo.suspended => Err(GithubRefusal::Suspended),
            open => Ok(open),
        }
    }

    /// Number of the repository called so now, or once; true when it is called otherwise now.
    fn named(&self, path: &str) -> Option<(u64, bool)> {
        let same = |name: &String| name.eq_ignore_ascii_case(path);
        let now = self.repos.values().find(|repo| same(&repo.path));
        let once = || self.repos.values().find(|repo| repo.renamed_from.iter().any(same));
        now.map(|repo| (repo.id, false)).or_else(|| once().map(|repo| (repo.id, true)))
    }

    /// Whether a token reads who collaborates on a repository.
    pub(super) fn reads_members(&self, token: &str) -> bool {
        let found = self.tokens.iter().find(|other| other.secret == token);
        found.is_some_and(|token| token.has_scope("read:org") || token.has_scope("admin:org"))
    }
}

/// What happens on GitHub.
impl World {
    /// A repository on GitHub, to look at or to change: archive it, push to it, describe it.
    ///
    /// # Errors
    /// 404 when none is called so.
    pub fn github_repo(&mut self, path: &str) -> Result<&mut GithubRepo, Refusal> {
        let id = self.github.named(path).map(|(id, _)| id);
        let repo = id.and_then(|id| self.github.repos.get_mut(&id));
        repo.ok_or_else(|| Refusal::message(404, "Not Found"))
    }

    /// Puts a repository on GitHub; one of the same number is replaced.
    pub fn add_github_repo(&mut self, repo: GithubRepo) {
        self.github.repos.insert(repo.id, repo);
    }

    /// Takes a repository off GitHub.
    ///
    /// # Errors
    /// 404 when none is called so.
    pub fn remove_github_repo(&mut self, path: &str) -> Result<(), Refusal> {
        let id = self.github_repo(path)?.id;
        self.github.repos.remove(&id);
        Ok(())
    }

    /// Renames a repository, or moves it to another owner; the old name leads to it.
    ///
    /// # Errors
    /// 404 when none is called so.
    pub fn rename_github_repo(&mut self, path: &str, to: &str) -> Result<(), Refusal> {
        let repo = self.github_repo(path)?;
        let old = std::mem::replace(&mut repo.path, to.to_owned());
        repo.renamed_from.push(old);
        Ok(())
    }

    /// Pushes to a repository.
    ///
    /// # Errors
    /// 404 when none is called so.
    pub fn push_to_github(
        &mut self,
        path: &str,
        commits: u64,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let repo = self.github_repo(path)?;
        repo.numbers.commits = repo.numbers.commits.saturating_add(commits);
        repo.pushed_at = at;
        Ok(())
    }

    /// Makes a token good.
    pub fn add_github_token(&mut self, token: GithubToken) {
        self.github.tokens.push(token);
    }

    /// Revokes a token.
    pub fn revoke_github_token(&mut self, secret: &str) {
        self.github.tokens.retain(|token| token.secret != secret);
    }
}
