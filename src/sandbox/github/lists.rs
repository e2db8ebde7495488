//! What a repository holds beside issues: branches, tags, releases, people, workflows.

use super::GithubRepo;
use super::paging::{Part, numbered};
use super::refusal::GithubRefusal;
use crate::sandbox::source::Source;
use crate::sandbox::wire::{Answer, Call};
use crate::sandbox::world::World;
use serde_json::{Value, json};

type Listed = Result<Answer, GithubRefusal>;

/// A list of a repository: where it is, and what was asked.
pub(super) struct List<'a> {
    pub(super) call: &'a Call,
    pub(super) repo: &'a GithubRepo,
    pub(super) source: Source,
    /// Address of the list by the repository's number.
    pub(super) url: String,
}

impl List<'_> {
    /// A page of these, each rendered.
    fn page<T>(&self, items: Vec<T>, render: impl Fn(T) -> Value) -> Answer {
        let (part, total) = (Part::of(self.call), items.len() as u64);
        let shown = part.cut(items).into_iter().map(render).collect();
        numbered(self.call, &self.url, total, part, shown)
    }

    /// Address of a part of the repository.
    fn at(&self, world: &World, path: &str) -> String {
        world.github_url(&format!("repos/{}/{path}", self.repo.path))
    }
}

impl World {
    pub(super) fn github_branches(&self, list: &List<'_>) -> Listed {
        let head = list.source.sha(list.repo.numbers.commits);
        let url = list.at(self, &format!("commits/{head}"));
        let commit = json!({ "sha": head, "url": url });
        Ok(list.page(list.source.branches(), |name| {
            json!({
                "name": name,
                "commit": commit,
                "protected": name == list.repo.default_branch,
            })
        }))
    }

    pub(super) fn github_tags(&self, list: &List<'_>) -> Listed {
        let newest_first = list.source.tags().into_iter().rev().collect();
        Ok(list.page(newest_first, |(name, commit)| {
            let sha = list.source.sha(commit);
            json!({
                "name": name,
                "zipball_url": list.at(self, &format!("zipball/refs/tags/{name}")),
                "tarball_url": list.at(self, &format!("tarball/refs/tags/{name}")),
                "commit": { "sha": sha, "url": list.at(self, &format!("commits/{sha}")) },
                "node_id": format!("REF_{name}"),
            })
        }))
    }

    pub(super) fn github_releases(&self, list: &List<'_>) -> Listed {
        let newest_first: Vec<(String, u64)> = list.source.releases().into_iter().rev().collect();
        let login = list.source.login(1);
        Ok(list.page(newest_first, |(tag, commit)| {
            let at = list.source.commit_time(commit).to_string();
            let id = list.repo.id.saturating_mul(1_000).saturating_add(commit);
            let url = list.at(self, &format!("releases/{id}"));
            json!({
                "url": url,
                "assets_url": format!("{url}/assets"),
                "upload_url": format!("{url}/assets{{?name,label}}"),
                "html_url": format!("https://github.com/{}/releases/tag/{tag}", list.repo.path),
                "id": id,
                "node_id": format!("RE_{id}"),
                "author": self.github_account(&login, "User"),
                "tag_name": tag,
                "target_commitish": list.repo.default_branch,
                "name": tag,
                "draft": false,
                "immutable": false,
                "prerelease": false,
                "created_at": at,
                "published_at": at,
                "assets": [],
                "tarball_url": list.at(self, &format!("tarball/{tag}")),
                "zipball_url": list.at(self, &format!("zipball/{tag}")),
                "body": "",
            })
        }))
    }

    /// Who wrote the history, the busiest first. An empty repository has nobody: 204.
    pub(super) fn github_contributors(&self, list: &List<'_>) -> Listed {
        if list.source.is_empty() {
            return Ok(Answer::empty(204));
        }
        if list.repo.huge_history {
            return Err(GithubRefusal::TooLarge);
        }
        let people = (1..=list.repo.numbers.contributors)
            .map(|nth| (list.source.login(nth), "User", list.source.commits_of(nth)))
            .filter(|(_, _, commits)| *commits > 0);
        let bots = list.repo.bots.iter().map(|login| (login.clone(), "Bot", 100));
        let mut all: Vec<_> = people.chain(bots).collect();
        all.sort_by_key(|(_, _, commits)| std::cmp::Reverse(*commits));
        Ok(list.page(all, |(login, kind, commits)| {
            let mut value = self.github_account(&login, kind);
            if let Some(map) = value.as_object_mut() {
                map.insert("contributions".to_owned(), json!(commits));
            }
            value
        }))
    }

    pub(super) fn github_commits(&self, list: &List<'_>) -> Listed {
        if list.source.is_empty() {
            return Err(GithubRefusal::Empty);
        }
        let bound = |key: &str| list.call.params.time(key).ok().flatten();
        let (since, until) = (bound("since"), bound("until"));
        let wanted = |nth: &u64| {
            let at = list.source.commit_time(*nth);
            since.is_none_or(|since| at >= since) && until.is_none_or(|until| at <= until)
        };
        let commits = (1..=list.repo.numbers.commits).rev().filter(wanted).collect();
        Ok(list.page(commits, |nth| self.github_commit_json(list, nth)))
    }

    fn github_commit_json(&self, list: &List<'_>, nth: u64) -> Value {
        let (sha, contributor) = (list.source.sha(nth), list.source.committer(nth));
        let who = list.source.identity(contributor);
        let at = list.source.commit_time(nth).to_string();
        let person = json!({ "name": who.name, "email": who.email, "date": at });
        let account = self.github_account(&list.source.login(contributor), "User");
        let url = list.at(self, &format!("commits/{sha}"));
        let before = (nth > 1).then(|| list.source.sha(nth.saturating_sub(1)));
        let parents: Vec<Value> = before.iter().map(|sha| json!({ "sha": sha })).collect();
        json!({
            "sha": sha,
            "node_id": format!("C_{sha}"),
            "commit": {
                "author": person,
                "committer": person,
                "message": format!("Commit {nth}"),
                "tree": { "sha": sha, "url": url },
                "url": url,
                "comment_count": 0,
            },
            "url": url,
            "html_url": format!("https://github.com/{}/commit/{sha}", list.repo.path),
            "comments_url": format!("{url}/comments"),
            "author": account,
            "committer": account,
            "parents": parents,
        })
    }

    pub(super) fn github_labels(&self, list: &List<'_>) -> Listed {
        Ok(list.page(list.source.labels(), |name| {
            let id = super::json::number_of(&name);
            json!({
                "id": id,
                "node_id": format!("LA_{id}"),
                "url": list.at(self, &format!("labels/{name}")),
                "name": name,
                "color": "6699cc",
                "default": false,
                "description": null,
            })
        }))
    }

    pub(super) fn github_milestones(&self, list: &List<'_>) -> Listed {
        let closed = list.call.params.text("state").as_deref() == Some("closed");
        let titles = if closed { Vec::new() } else { list.source.milestones() };
        let at = list.repo.created_at.to_string();
        let creator = self.github_account(&list.source.login(1), "User");
        Ok(list.page(titles.into_iter().zip(1_u64..).collect(), |(title, number)| {
            let id = list.repo.id.saturating_mul(100).saturating_add(number);
            let url = list.at(self, &format!("milestones/{number}"));
            json!({
                "url": url,
                "html_url": format!("https://github.com/{}/milestone/{number}", list.repo.path),
                "labels_url": format!("{url}/labels"),
                "id": id,
                "node_id": format!("MI_{id}"),
                "number": number,
                "title": title,
                "description": "",
                "creator": creator,
                "open_issues": 0,
                "closed_issues": 0,
                "state": "open",
                "created_at": at,
                "updated_at": at,
                "due_on": null,
                "closed_at": null,
            })
        }))
    }

    pub(super) fn github_workflows(&self, list: &List<'_>) -> Listed {
        let part = Part::of(list.call);
        let files = &list.repo.workflows;
        let at = list.repo.created_at.to_string();
        let workflows = part.cut(files.iter().zip(1_u64..)).into_iter().map(|(file, nth)| {
            let id = list.repo.id.saturating_mul(100).saturating_add(nth);
            let path = format!(".github/workflows/{file}");
            let html = format!("https://github.com/{}", list.repo.path);
            json!({
                "id": id,
                "node_id": format!("W_{id}"),
                "name": file.split('.').next(),
                "path": path,
                "state": "active",
                "created_at": at,
                "updated_at": at,
                "url": list.at(self, &format!("actions/workflows/{id}")),
                "html_url": format!("{html}/blob/{}/{path}", list.repo.default_branch),
                "badge_url": format!("{html}/workflows/{file}/badge.svg"),
            })
        });
        let workflows: Vec<Value> = workflows.collect();
        let total = files.len() as u64;
        let mut answer = Answer::ok(&json!({ "total_count": total, "workflows": workflows }));
        answer.headers.extend(part.link(list.call, &list.url, total).map(|link| ("link", link)));
        Ok(answer)
    }
}
