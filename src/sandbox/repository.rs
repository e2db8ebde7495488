//! Commits, branches and tags of a project, without the files in them.

use super::clock::iso;
use super::project_json::extend;
use super::projects::Project;
use super::releases::Release;
use super::wire::Outcome;
use super::world::World;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The history of a project.
#[derive(Debug, Clone)]
pub(super) struct Repository {
    pub(super) default_branch: String,
    /// Oldest first, those of all branches.
    pub(super) commits: Vec<Commit>,
    /// Newest commit of each branch, by name.
    pub(super) branches: BTreeMap<String, String>,
    pub(super) tags: Vec<Tag>,
    pub(super) releases: Vec<Release>,
}

impl Default for Repository {
    fn default() -> Self {
        Self {
            default_branch: "main".to_owned(),
            commits: Vec::new(),
            branches: BTreeMap::new(),
            tags: Vec::new(),
            releases: Vec::new(),
        }
    }
}

/// One commit.
#[derive(Debug, Clone)]
pub(super) struct Commit {
    pub(super) sha: String,
    pub(super) parent: Option<String>,
    pub(super) title: String,
    pub(super) author: Identity,
    pub(super) committer: Identity,
    pub(super) at: Timestamp,
    /// Joins two histories.
    pub(super) merge: bool,
    /// Where it was pushed to.
    pub(super) branch: String,
}

/// A name and an address as they stand in a commit: no account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) email: String,
}

/// One tag.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) message: Option<String>,
    pub(super) sha: String,
    pub(super) at: Timestamp,
}

/// Commits that are to be written.
#[derive(Debug, Clone)]
pub(super) struct NewCommits {
    pub(super) branch: String,
    pub(super) count: u64,
    pub(super) title: String,
    pub(super) author: Identity,
    pub(super) committer: Identity,
    pub(super) merge: bool,
    pub(super) at: Timestamp,
}

impl Repository {
    /// Whether nothing was pushed yet.
    pub(super) fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    /// What a branch holds, newest first: what was pushed to it and to the default branch.
    pub(super) fn history(&self, branch: &str) -> Vec<&Commit> {
        let belongs =
            |commit: &&Commit| commit.branch == branch || commit.branch == self.default_branch;
        self.commits.iter().rev().filter(belongs).collect()
    }

    pub(super) fn commit(&self, sha: &str) -> Option<&Commit> {
        self.commits.iter().rev().find(|commit| commit.sha == sha)
    }

    /// Newest commit of a branch or a tag.
    pub(super) fn head(&self, name: &str) -> Option<&Commit> {
        let tag = || self.tags.iter().find(|tag| tag.name == name).map(|tag| &tag.sha);
        self.commit(self.branches.get(name).or_else(tag)?)
    }
}

impl World {
    /// Writes commits onto a branch. Gives the newest one before and after.
    pub(super) fn commit(
        &mut self,
        project: u64,
        new: &NewCommits,
    ) -> Outcome<(Option<String>, String)> {
        let mut shas: Vec<String> = (0..new.count.max(1)).map(|_| self.sha()).collect();
        let repository = &mut self.project_mut(project)?.repository;
        if repository.is_empty() {
            repository.default_branch.clone_from(&new.branch);
        }
        let default = repository.branches.get(&repository.default_branch);
        let before = repository.branches.get(&new.branch).cloned();
        let mut parent = before.clone().or_else(|| default.cloned());
        for sha in &shas {
            repository.commits.push(Commit {
                sha: sha.clone(),
                parent: parent.replace(sha.clone()),
                title: new.title.clone(),
                author: new.author.clone(),
                committer: new.committer.clone(),
                at: new.at,
                merge: new.merge,
                branch: new.branch.clone(),
            });
        }
        let newest = shas.pop().unwrap_or_default();
        repository.branches.insert(new.branch.clone(), newest.clone());
        Ok((before, newest))
    }

    pub(super) fn commit_json(&self, project: &Project, commit: &Commit) -> Value {
        let url = format!("{}/{}/-/commit/{}", self.base_url, project.path, commit.sha);
        let mut parents: Vec<&String> = commit.parent.iter().collect();
        if commit.merge {
            parents.extend(commit.parent.iter());
        }
        json!({
            "id": commit.sha,
            "short_id": commit.sha.get(..8),
            "created_at": iso(commit.at),
            "parent_ids": parents,
            "title": commit.title,
            "message": commit.title,
            "author_name": commit.author.name,
            "author_email": commit.author.email,
            "authored_date": iso(commit.at),
            "committer_name": commit.committer.name,
            "committer_email": commit.committer.email,
            "committed_date": iso(commit.at),
            "trailers": {},
            "extended_trailers": {},
            "web_url": url,
        })
    }

    pub(super) fn branch_json(&self, project: &Project, name: &str, sha: &str) -> Value {
        let is_default = name == project.repository.default_branch;
        let commit = project.repository.commit(sha);
        json!({
            "name": name,
            "commit": commit.map(|commit| self.commit_json(project, commit)),
            "merged": false,
            "protected": is_default,
            "developers_can_push": false,
            "developers_can_merge": false,
            "can_push": false,
            "default": is_default,
            "web_url": format!("{}/{}/-/tree/{name}", self.base_url, project.path),
        })
    }

    pub(super) fn tag_json(&self, project: &Project, tag: &Tag) -> Value {
        let repository = &project.repository;
        let commit = repository.commit(&tag.sha);
        let release = repository.releases.iter().find(|release| release.tag == tag.name);
        let release = release.map(|r| json!({ "tag_name": r.tag, "description": r.description }));
        let mut value = json!({
            "name": tag.name,
            "message": tag.message.as_deref().unwrap_or_default(),
            "target": tag.sha,
            "commit": commit.map(|commit| self.commit_json(project, commit)),
            "release": release,
            "protected": false,
        });
        // Only an annotated tag knows when it was made.
        let made = tag.message.as_ref().map(|_| iso(tag.at));
        extend(&mut value, json!({ "created_at": made }));
        value
    }
}
