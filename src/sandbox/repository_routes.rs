//! The part of the REST API below `/projects/:id/repository`.

use super::paging::{page, page_uncounted};
use super::projects::Project;
use super::repository::Commit;
use super::users::{Asker, DEVELOPER};
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;
use serde_json::json;
use std::collections::BTreeMap;

/// Only so many of the newest commits are looked at for the list of contributors.
const CONTRIBUTORS_OF: usize = 2_000;

impl World {
    pub(super) fn on_repository(
        &mut self,
        call: &Call,
        asker: &Asker,
        id: u64,
        path: &[&str],
    ) -> Outcome {
        match (call.method.as_str(), path) {
            ("GET", ["branches"]) => self.branches(call, id),
            ("GET", ["branches", name]) => {
                let project = self.project(id)?;
                let sha = project.repository.branches.get(*name);
                let sha = sha.ok_or_else(|| Refusal::not_found("Branch"))?;
                Ok(Answer::ok(&self.branch_json(project, name, sha)))
            }
            ("GET", ["tags"]) => self.tags(call, id),
            ("GET", ["tags", name]) => {
                let project = self.project(id)?;
                let tag = project.repository.tags.iter().find(|tag| tag.name == *name);
                let tag = tag.ok_or_else(|| Refusal::not_found("Tag"))?;
                Ok(Answer::ok(&self.tag_json(project, tag)))
            }
            ("GET", ["commits"]) => self.commits(call, id),
            ("GET", ["contributors"]) => self.contributors(call, id),
            ("GET", ["files", path]) => self.file_json(id, path),
            ("GET", ["files", path, "raw"]) => self.file_raw(id, path),
            ("POST" | "PUT", ["files", path]) => {
                self.require(id, asker.id(), DEVELOPER)?;
                self.write_file(id, asker.user()?.id, path, call, call.method == "POST")
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }

    fn branches(&self, call: &Call, id: u64) -> Outcome {
        let project = self.project(id)?;
        let search = call.params.text("search").unwrap_or_default();
        let branches = project.repository.branches.iter();
        let branches: Vec<_> = branches.filter(|(name, _)| name.contains(&search)).collect();
        page(call, &self.base_url, &branches, |(name, sha)| {
            Some(self.branch_json(project, name, sha))
        })
    }

    fn tags(&self, call: &Call, id: u64) -> Outcome {
        let project = self.project(id)?;
        let search = call.params.text("search").unwrap_or_default();
        let tags = project.repository.tags.iter().rev();
        let mut tags: Vec<_> = tags.filter(|tag| tag.name.contains(&search)).collect();
        if call.params.text("order_by").as_deref() == Some("name") {
            tags.sort_by(|one, other| other.name.cmp(&one.name));
        }
        if call.params.text("sort").as_deref() == Some("asc") {
            tags.reverse();
        }
        page(call, &self.base_url, &tags, |tag| Some(self.tag_json(project, tag)))
    }

    /// Commits are never counted: no total, and a full page names a next one.
    fn commits(&self, call: &Call, id: u64) -> Outcome {
        let project = self.project(id)?;
        let repository = &project.repository;
        let params = &call.params;
        let (since, until) = (params.time("since")?, params.time("until")?);
        let author = params.text("author").map(|text| text.to_lowercase());
        let mut commits: Vec<&Commit> = match params.text("ref_name") {
            _ if params.flag("all")?.unwrap_or(false) => repository.commits.iter().rev().collect(),
            None => repository.history(&repository.default_branch),
            Some(name) if repository.branches.contains_key(&name) => repository.history(&name),
            Some(name) => {
                let Some(head) = repository.head(&name).or_else(|| repository.commit(&name)) else {
                    return page_uncounted(call, &self.base_url, &[], |()| json!(null));
                };
                let history = repository.history(&head.branch);
                history.into_iter().skip_while(|commit| commit.sha != head.sha).collect()
            }
        };
        commits.retain(|commit| since.is_none_or(|time| commit.at >= time));
        commits.retain(|commit| until.is_none_or(|time| commit.at <= time));
        commits.retain(|commit| {
            let text = format!("{} <{}>", commit.author.name, commit.author.email).to_lowercase();
            author.as_ref().is_none_or(|wanted| text.contains(wanted))
        });
        page_uncounted(call, &self.base_url, &commits, |commit| self.commit_json(project, commit))
    }

    /// Who wrote the newest commits of a branch, merges left out, one for each address: not people.
    fn contributors(&self, call: &Call, id: u64) -> Outcome {
        let project = self.project(id)?;
        if project.repository.is_empty() {
            return Err(Refusal::message(404, "404 Not found"));
        }
        let branch = call.params.text("ref");
        let mut found = contributors(project, branch.as_deref());
        match call.params.text("order_by").as_deref() {
            None | Some("commits") => found.sort_by_key(|who| who.commits),
            Some("name") => found.sort_by(|one, other| one.name.cmp(other.name)),
            Some("email") => {}
            Some(_) => return Err(Refusal::bad("order_by does not have a valid value")),
        }
        if call.params.text("sort").as_deref() == Some("desc") {
            found.reverse();
        }
        page(call, &self.base_url, &found, |who| {
            Some(json!({
                "name": who.name,
                "email": who.email,
                "commits": who.commits,
                "additions": 0,
                "deletions": 0,
            }))
        })
    }
}

struct Contributor<'a> {
    name: &'a str,
    email: &'a str,
    commits: u64,
}

/// By address.
fn contributors<'a>(project: &'a Project, branch: Option<&str>) -> Vec<Contributor<'a>> {
    let repository = &project.repository;
    let history = repository.history(branch.unwrap_or(&repository.default_branch));
    let counted = history.into_iter().filter(|commit| !commit.merge).take(CONTRIBUTORS_OF);
    let mut found: BTreeMap<&str, Contributor<'_>> = BTreeMap::new();
    for commit in counted {
        let (name, email) = (commit.author.name.as_str(), commit.author.email.as_str());
        found.entry(email).or_insert(Contributor { name, email, commits: 0 }).commits += 1;
    }
    found.into_values().collect()
}
