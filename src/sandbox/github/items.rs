//! Issues and pull requests: lists and search.

use super::GithubRepo;
use super::lists::List;
use super::paging::{Part, by_cursor, numbered};
use super::refusal::GithubRefusal;
use crate::sandbox::source::{Item, Source};
use crate::sandbox::wire::{Answer, Call};
use crate::sandbox::world::World;
use serde_json::{Value, json};

impl World {
    /// Issues, and pull requests among them, the newest first; open ones unless told.
    pub(super) fn github_issues(&self, list: &List<'_>) -> Result<Answer, GithubRefusal> {
        if list.repo.no_issues {
            return Err(GithubRefusal::NoIssues);
        }
        let since = list.call.params.time("since").ok().flatten();
        let mut items = wanted(list, |_| true);
        items.retain(|item| {
            let changed = item.closed_at.unwrap_or(item.created_at);
            since.is_none_or(|since| changed >= since)
        });
        let total = items.len() as u64;
        let render = |item: &Item| self.github_issue_json(list.repo, &list.source, item);
        if self.settings.github.issue_cursors {
            let item = |row: u64| items.get(usize::try_from(row).ok()?);
            return by_cursor(list.call, &list.url, total, |row| item(row).map(render));
        }
        let part = Part::of(list.call);
        let shown = part.cut(items.iter()).into_iter().map(render).collect();
        Ok(numbered(list.call, &list.url, total, part, shown))
    }

    /// Pull requests, the newest first; open ones unless told.
    pub(super) fn github_pulls(&self, list: &List<'_>) -> Result<Answer, GithubRefusal> {
        let items = wanted(list, |item| item.is_pull);
        let part = Part::of(list.call);
        let shown = part.cut(items.iter()).into_iter();
        let shown = shown.map(|item| self.github_pull_json(list, item)).collect();
        Ok(numbered(list.call, &list.url, items.len() as u64, part, shown))
    }

    /// `GET /search/issues`: the qualifiers `repo:`, `is:`, `type:` and `state:`; other words
    /// are not looked at.
    pub(super) fn github_search(
        &self,
        call: &Call,
        token: Option<&str>,
    ) -> Result<Answer, GithubRefusal> {
        let query = call.params.text("q").ok_or(GithubRefusal::NotSearchable)?;
        let terms: Vec<(&str, &str)> =
            query.split_whitespace().filter_map(|term| term.split_once(':')).collect();
        let path = terms.iter().find(|(key, _)| *key == "repo").map(|(_, value)| *value);
        let id = path.and_then(|path| self.github.named(path)).map(|(id, _)| id);
        let repo = self.github.readable(id.unwrap_or(0), token);
        let repo = repo.map_err(|_| GithubRefusal::NotSearchable)?;
        let source = repo.source();
        let matches = |item: &Item| terms.iter().all(|(key, value)| is_match(item, key, value));
        let items: Vec<Item> = source.items().rev().filter(matches).collect();
        let part = Part::of(call);
        let total = items.len() as u64;
        let shown = part.cut(items.iter()).into_iter();
        let shown: Vec<Value> =
            shown.map(|item| self.github_issue_json(repo, &source, item)).collect();
        let mut answer = Answer::ok(&json!({
            "total_count": total,
            "incomplete_results": false,
            "items": shown,
        }));
        // Nobody gets further than the first thousand.
        let url = self.github_url("search/issues");
        let link = part.link(call, &url, total.min(1_000));
        answer.headers.extend(link.map(|link| ("link", link)));
        Ok(answer)
    }

    fn github_issue_json(&self, repo: &GithubRepo, source: &Source, item: &Item) -> Value {
        let base = self.github_url(&format!("repos/{}", repo.path));
        let kind = if item.is_pull { "pull" } else { "issues" };
        let html = format!("https://github.com/{}/{kind}/{}", repo.path, item.number);
        let url = format!("{base}/issues/{}", item.number);
        let id = repo.id.saturating_mul(100_000).saturating_add(item.number);
        let mut value = json!({
            "url": url,
            "repository_url": base,
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "timeline_url": format!("{url}/timeline"),
            "html_url": html,
            "id": id,
            "node_id": format!("I_{id}"),
            "number": item.number,
            "title": item.title(),
            "user": self.github_account(&source.login(item.author), "User"),
            "labels": [],
            "state": if item.open { "open" } else { "closed" },
            "state_reason": null,
            "locked": false,
            "active_lock_reason": null,
            "assignee": null,
            "assignees": [],
            "milestone": null,
            "comments": 0,
            "created_at": item.created_at.to_string(),
            "updated_at": item.closed_at.unwrap_or(item.created_at).to_string(),
            "closed_at": item.closed_at.map(|at| at.to_string()),
            "author_association": "CONTRIBUTOR",
            "body": "",
            "draft": false,
        });
        if let (Some(map), true) = (value.as_object_mut(), item.is_pull) {
            let merged = item.closed_at.filter(|_| item.merged).map(|at| at.to_string());
            let pull = json!({
                "url": format!("{base}/pulls/{}", item.number),
                "html_url": html,
                "diff_url": format!("{html}.diff"),
                "patch_url": format!("{html}.patch"),
                "merged_at": merged,
            });
            map.insert("pull_request".to_owned(), pull);
        }
        value
    }

    fn github_pull_json(&self, list: &List<'_>, item: &Item) -> Value {
        let mut value = self.github_issue_json(list.repo, &list.source, item);
        let url = self.github_url(&format!("repos/{}/pulls/{}", list.repo.path, item.number));
        let at = |branch: &str| {
            json!({
                "label": format!("{}:{branch}", list.repo.owner()),
                "ref": branch,
                "sha": list.source.sha(item.number),
                "user": self.github_owner(list.repo.owner()),
                "repo": null,
            })
        };
        let merged = item.closed_at.filter(|_| item.merged).map(|at| at.to_string());
        if let Some(map) = value.as_object_mut() {
            for key in ["pull_request", "repository_url", "labels_url", "events_url"] {
                map.remove(key);
            }
            map.insert("url".to_owned(), json!(url));
            map.insert("merged_at".to_owned(), json!(merged));
            let commit = item.merged.then(|| list.source.sha(item.number));
            map.insert("merge_commit_sha".to_owned(), json!(commit));
            map.insert("requested_reviewers".to_owned(), json!([]));
            map.insert("requested_teams".to_owned(), json!([]));
            map.insert("head".to_owned(), at(&format!("topic-{}", item.number)));
            map.insert("base".to_owned(), at(&list.repo.default_branch));
            map.insert("auto_merge".to_owned(), Value::Null);
        }
        value
    }
}

/// The items of a list in the state that is asked for, the newest first unless told.
fn wanted(list: &List<'_>, belongs: impl Fn(&Item) -> bool) -> Vec<Item> {
    let params = &list.call.params;
    let open = match params.text("state").as_deref() {
        Some("all") => None,
        Some("closed") => Some(false),
        _ => Some(true),
    };
    let items = list.source.items().filter(belongs);
    let mut items: Vec<Item> =
        items.filter(|item| open.is_none_or(|open| item.open == open)).collect();
    if params.text("direction").as_deref() != Some("asc") {
        items.reverse();
    }
    items
}

fn is_match(item: &Item, key: &str, value: &str) -> bool {
    match (key, value) {
        ("is" | "type", "issue") => !item.is_pull,
        ("is" | "type", "pr" | "pull-request") => item.is_pull,
        ("is" | "state", "open") => item.open,
        ("is" | "state", "closed") => !item.open,
        ("is", "merged") => item.merged,
        ("is", "unmerged") => item.is_pull && !item.merged,
        _ => true,
    }
}
