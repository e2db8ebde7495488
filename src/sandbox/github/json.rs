//! Repositories and accounts as GitHub shows them.

use super::{GithubOwner, GithubRepo, PREFIX};
use crate::sandbox::licences;
use crate::sandbox::project_json::extend;
use crate::sandbox::world::World;
use serde_json::{Map, Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Addresses of a repository's parts: the field's name without `_url`, and the path behind.
const PARTS: [(&str, &str); 36] = [
    ("archive", "/{archive_format}{/ref}"),
    ("assignees", "/assignees{/user}"),
    ("blobs", "/git/blobs{/sha}"),
    ("branches", "/branches{/branch}"),
    ("collaborators", "/collaborators{/collaborator}"),
    ("comments", "/comments{/number}"),
    ("commits", "/commits{/sha}"),
    ("compare", "/compare/{base}...{head}"),
    ("contents", "/contents/{+path}"),
    ("contributors", "/contributors"),
    ("deployments", "/deployments"),
    ("downloads", "/downloads"),
    ("events", "/events"),
    ("forks", "/forks"),
    ("git_commits", "/git/commits{/sha}"),
    ("git_refs", "/git/refs{/sha}"),
    ("git_tags", "/git/tags{/sha}"),
    ("hooks", "/hooks"),
    ("issue_comment", "/issues/comments{/number}"),
    ("issue_events", "/issues/events{/number}"),
    ("issues", "/issues{/number}"),
    ("keys", "/keys{/key_id}"),
    ("labels", "/labels{/name}"),
    ("languages", "/languages"),
    ("merges", "/merges"),
    ("milestones", "/milestones{/number}"),
    ("notifications", "/notifications{?since,all,participating}"),
    ("pulls", "/pulls{/number}"),
    ("releases", "/releases{/id}"),
    ("stargazers", "/stargazers"),
    ("statuses", "/statuses/{sha}"),
    ("subscribers", "/subscribers"),
    ("subscription", "/subscription"),
    ("tags", "/tags"),
    ("teams", "/teams"),
    ("trees", "/git/trees{/sha}"),
];

/// Stable number of an account that has none.
pub(super) fn number_of(login: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    login.to_lowercase().hash(&mut hasher);
    hasher.finish() % 90_000_000 + 1_000
}

impl World {
    pub(super) fn github_url(&self, path: &str) -> String {
        format!("{}/{PREFIX}/{path}", self.base_url)
    }

    /// An account as it stands beside what it did.
    pub(super) fn github_account(&self, login: &str, kind: &str) -> Value {
        let id = number_of(login);
        let url = self.github_url(&format!("users/{login}"));
        json!({
            "login": login,
            "id": id,
            "node_id": format!("U_{id}"),
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
            "gravatar_id": "",
            "url": url,
            "html_url": format!("https://github.com/{login}"),
            "followers_url": format!("{url}/followers"),
            "following_url": format!("{url}/following{{/other_user}}"),
            "gists_url": format!("{url}/gists{{/gist_id}}"),
            "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{url}/subscriptions"),
            "organizations_url": format!("{url}/orgs"),
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events{{/privacy}}"),
            "received_events_url": format!("{url}/received_events"),
            "type": kind,
            "user_view_type": "public",
            "site_admin": false,
        })
    }

    pub(super) fn github_owner(&self, login: &str) -> Value {
        let described = self.described(login);
        let is_user = described.is_some_and(|owner| owner.user);
        self.github_account(login, if is_user { "User" } else { "Organization" })
    }

    fn described(&self, login: &str) -> Option<&GithubOwner> {
        self.github.owners.iter().find(|owner| owner.login.eq_ignore_ascii_case(login))
    }

    /// An organisation or a user by itself; none when nothing belongs to that name.
    pub(super) fn github_profile(&self, login: &str, organisation: bool) -> Option<Value> {
        let described = self.described(login);
        let own = |repo: &&GithubRepo| repo.owner().eq_ignore_ascii_case(login) && !repo.private;
        let repos = self.github.repos().filter(own).count();
        let is_user = described.is_some_and(|owner| owner.user);
        if (described.is_none() && repos == 0) || (organisation && is_user) {
            return None;
        }
        let mut value = self.github_owner(login);
        let name = described.map_or(login, |owner| owner.name.as_str());
        let more = json!({
            "name": name,
            "company": null,
            "blog": "",
            "location": null,
            "email": null,
            "public_repos": repos,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": "2014-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
        });
        extend(&mut value, more);
        if organisation {
            let url = self.github_url(&format!("orgs/{login}"));
            let more = json!({
                "url": url,
                "hooks_url": format!("{url}/hooks"),
                "issues_url": format!("{url}/issues"),
                "members_url": format!("{url}/members{{/member}}"),
                "public_members_url": format!("{url}/public_members{{/member}}"),
                "description": "",
                "is_verified": false,
                "has_organization_projects": true,
                "has_repository_projects": true,
            });
            extend(&mut value, more);
        }
        Some(value)
    }

    /// `GET /repos/:owner/:repo`.
    pub(super) fn github_repo_json(&self, repo: &GithubRepo, with_token: bool) -> Value {
        let mut value = self.plain_repo_json(repo);
        let parent = repo.fork_of.as_deref().and_then(|path| self.github.named(path));
        let parent = parent.and_then(|(id, _)| self.github.repos.get(&id));
        let mut more = json!({ "network_count": 0, "subscribers_count": repo.stars / 20 });
        if let (Some(map), Some(parent)) = (more.as_object_mut(), parent) {
            map.insert("parent".to_owned(), self.plain_repo_json(parent));
            map.insert("source".to_owned(), self.plain_repo_json(parent));
        }
        if let (Some(map), true) = (more.as_object_mut(), with_token) {
            let rights = json!({
                "admin": false, "maintain": false, "push": false, "triage": false, "pull": true,
            });
            map.insert("permissions".to_owned(), rights);
        }
        extend(&mut value, more);
        value
    }

    fn plain_repo_json(&self, repo: &GithubRepo) -> Value {
        let url = self.github_url(&format!("repos/{}", repo.path));
        let html = format!("https://github.com/{}", repo.path);
        let numbers = &repo.numbers;
        let open = numbers.open_issues.min(numbers.issues) + numbers.open_pulls.min(numbers.pulls);
        let same = |other: &&GithubRepo| other.fork_of.as_ref() == Some(&repo.path);
        let forks = self.github.repos().filter(same).count();
        let mut value = json!({
            "id": repo.id,
            "node_id": format!("R_{}", repo.id),
            "name": repo.name(),
            "full_name": repo.path,
            "private": repo.private,
            "owner": self.github_owner(repo.owner()),
            "html_url": html,
            "description": repo.description,
            "fork": repo.fork_of.is_some(),
            "url": url,
            "created_at": repo.created_at.to_string(),
            "updated_at": repo.pushed_at.to_string(),
            "pushed_at": repo.pushed_at.to_string(),
            "git_url": format!("git://github.com/{}.git", repo.path),
            "ssh_url": format!("git@github.com:{}.git", repo.path),
            "clone_url": format!("{html}.git"),
            "svn_url": html,
            "homepage": repo.homepage,
            "size": if repo.numbers.commits == 0 { 0 } else { repo.size },
            "stargazers_count": repo.stars,
            "watchers_count": repo.stars,
            "language": repo.language,
            "forks_count": forks,
            "open_issues_count": open,
            "license": repo.licence.as_deref().map(licences::on_github),
            "topics": repo.topics,
            "visibility": if repo.private { "private" } else { "public" },
            "forks": forks,
            "open_issues": open,
            "watchers": repo.stars,
            "default_branch": repo.default_branch,
        });
        let switches = json!({
            "has_issues": !repo.no_issues,
            "has_projects": true,
            "has_downloads": true,
            "has_wiki": repo.numbers.wiki_pages > 0,
            "has_pages": repo.pages,
            "has_discussions": repo.discussions,
            "mirror_url": null,
            "archived": repo.archived,
            "disabled": false,
            "allow_forking": true,
            "is_template": false,
            "web_commit_signoff_required": false,
            "temp_clone_token": null,
        });
        extend(&mut value, switches);
        let parts =
            PARTS.iter().map(|(name, path)| (format!("{name}_url"), json!(format!("{url}{path}"))));
        if let Some(map) = value.as_object_mut() {
            let parts: Map<String, Value> = parts.collect();
            map.extend(parts);
        }
        value
    }
}
