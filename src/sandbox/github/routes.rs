//! GitHub's REST API, as far as the sandbox has it: one call in, one answer out.

use super::budget::Budget;
use super::lists::List;
use super::refusal::GithubRefusal;
use super::{GithubRepo, PREFIX};
use crate::sandbox::wire::{Answer, Call};
use crate::sandbox::world::World;
use jiff::SignedDuration;
use serde_json::json;

impl World {
    /// Answers a call below `/github-api`. Every answer says how many calls are left.
    pub(in crate::sandbox) fn github_answer(&mut self, call: &Call) -> Answer {
        let segments: Vec<&str> = call.segments.iter().skip(1).map(String::as_str).collect();
        let token = secret(call);
        let resource = if segments.first() == Some(&"search") { "search" } else { "core" };
        let key = token.clone().filter(|token| self.github.token(Some(token)).is_ok());
        let scopes = self.github.token(key.as_deref()).ok().flatten();
        let scopes = scopes.and_then(|token| token.scopes.as_ref()).map(|all| all.join(", "));
        let has_left = segments == ["rate_limit"] || self.budget(&key, resource).spend();
        let answer = if has_left {
            self.github_route(call, &segments, token.as_deref())
        } else {
            Err(GithubRefusal::RateLimited)
        };
        let mut answer = answer.unwrap_or_else(|refusal| {
            let mut answer = Answer::json(refusal.status(), &refusal.body());
            if let GithubRefusal::Moved(to) = refusal {
                answer.headers.push(("location", to));
            }
            answer
        });
        answer.headers.extend(self.budget(&key, resource).headers(resource));
        answer.headers.extend(scopes.map(|scopes| ("x-oauth-scopes", scopes)));
        answer.headers.push(("x-github-media-type", "github.v3; format=json".to_owned()));
        answer
    }

    /// Calls left for a token, or for all visitors together. A window that is over begins anew.
    fn budget(&mut self, token: &Option<String>, resource: &'static str) -> &mut Budget {
        let now = self.clock.peek();
        let settings = &self.settings.github;
        let (limit, length) = match (resource, token) {
            ("search", _) => (settings.searches, SignedDuration::from_mins(1)),
            (_, Some(_)) => (settings.hourly, SignedDuration::from_hours(1)),
            (_, None) => (settings.hourly_anonymous, SignedDuration::from_hours(1)),
        };
        let fresh = Budget::new(limit, now, length);
        let budget = self.github.budgets.entry((token.clone(), resource)).or_insert(fresh);
        if budget.is_over(now) {
            *budget = fresh;
        }
        budget
    }

    fn github_route(
        &mut self,
        call: &Call,
        path: &[&str],
        token: Option<&str>,
    ) -> Result<Answer, GithubRefusal> {
        let known = self.github.token(token)?.map(|token| token.secret.clone());
        if call.method != "GET" {
            return Err(GithubRefusal::Unknown(format!("{} {}", call.method, call.path)));
        }
        match path {
            ["rate_limit"] => {
                let core = self.budget(&known, "core").json("core");
                let search = self.budget(&known, "search").json("search");
                let resources = json!({ "core": core, "search": search });
                Ok(Answer::ok(&json!({ "resources": resources, "rate": core })))
            }
            ["search", "issues"] => self.github_search(call, token),
            ["orgs", login] => {
                let profile = self.github_profile(login, true);
                profile.map(|value| Answer::ok(&value)).ok_or(GithubRefusal::NotFound)
            }
            ["users", login] => {
                let profile = self.github_profile(login, false);
                profile.map(|value| Answer::ok(&value)).ok_or(GithubRefusal::NotFound)
            }
            ["repositories", id, rest @ ..] => {
                let id = id.parse().map_err(|_| GithubRefusal::NotFound)?;
                let repo = self.github.readable(id, token)?;
                self.github_in_repo(call, repo, rest, known.is_some())
            }
            ["repos", owner, name, rest @ ..] => {
                let named = self.github.named(&format!("{owner}/{name}"));
                let (id, moved) = named.ok_or(GithubRefusal::NotFound)?;
                let repo = self.github.readable(id, token)?;
                if moved {
                    let mut to = self.github_url(&format!("repositories/{id}"));
                    for part in call.path.split('/').skip(5) {
                        to.push('/');
                        to.push_str(part);
                    }
                    if !call.raw_query.is_empty() {
                        to.push('?');
                        to.push_str(&call.raw_query);
                    }
                    return Err(GithubRefusal::Moved(to));
                }
                self.github_in_repo(call, repo, rest, known.is_some())
            }
            _ => Err(GithubRefusal::Unknown(format!("{} {}", call.method, call.path))),
        }
    }

    fn github_in_repo(
        &self,
        call: &Call,
        repo: &GithubRepo,
        path: &[&str],
        with_token: bool,
    ) -> Result<Answer, GithubRefusal> {
        let url = self.github_url(&format!("repositories/{}/{}", repo.id, path.join("/")));
        let list = List { call, repo, source: repo.source(), url };
        match path {
            [] => Ok(Answer::ok(&self.github_repo_json(repo, with_token))),
            ["branches"] => self.github_branches(&list),
            ["tags"] => self.github_tags(&list),
            ["releases"] => self.github_releases(&list),
            ["contributors"] => self.github_contributors(&list),
            ["commits"] => self.github_commits(&list),
            ["labels"] => self.github_labels(&list),
            ["milestones"] => self.github_milestones(&list),
            ["actions", "workflows"] => self.github_workflows(&list),
            ["issues"] => self.github_issues(&list),
            ["pulls"] => self.github_pulls(&list),
            ["contents", rest @ ..] => self.github_contents(&list, rest),
            ["readme"] => self.github_readme(&list),
            _ => Err(GithubRefusal::Unknown(format!("{} {}", call.method, call.path))),
        }
    }
}

/// What was sent as `Authorization: Bearer …` or `token …`.
fn secret(call: &Call) -> Option<String> {
    let sent = call.authorization.as_deref()?;
    let secret = sent.strip_prefix("Bearer ").or_else(|| sent.strip_prefix("token "));
    Some(secret.unwrap_or_default().trim().to_owned())
}

/// Whether a call is for GitHub.
pub(in crate::sandbox) fn is_for_github(call: &Call) -> bool {
    call.segments.first().is_some_and(|first| first == PREFIX)
}
