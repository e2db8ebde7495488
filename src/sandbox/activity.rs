//! What changes when people work: commits, merge requests, pipelines, releases.

use super::events::{Pushed, What};
use super::imports::Origin;
use super::merge_requests::{MergeRequest, MergeState};
use super::pipelines::{Pipeline, PipelineStatus};
use super::releases::Release;
use super::repository::{Identity, NewCommits, Tag};
use super::wire::{Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;

/// A push.
#[derive(Debug, Clone, Copy)]
pub struct Push<'a> {
    /// Where to; a new branch comes into being.
    pub branch: &'a str,
    /// How many commits.
    pub commits: u64,
    /// Their title.
    pub title: &'a str,
    /// Name and address in the commits when they are not those of who pushes: what a mirror or a
    /// patch from a mailing list brings.
    pub author: Option<(&'a str, &'a str)>,
}

impl Default for Push<'_> {
    /// One commit of one's own on `main`.
    fn default() -> Self {
        Self { branch: "main", commits: 1, title: "Work on it", author: None }
    }
}

impl World {
    /// Pushes now, whatever the user's role is.
    pub(super) fn push(&mut self, project: u64, user: u64, push: &Push<'_>) -> Outcome<()> {
        let at = self.clock.now();
        self.push_at(project, user, push, at)
    }

    pub(super) fn push_at(
        &mut self,
        project: u64,
        user: u64,
        push: &Push<'_>,
        at: Timestamp,
    ) -> Outcome<()> {
        let own = self.identity(user);
        let author = push
            .author
            .map(|(name, email)| Identity { name: name.to_owned(), email: email.to_owned() });
        let commits = NewCommits {
            branch: push.branch.to_owned(),
            count: push.commits,
            title: push.title.to_owned(),
            author: author.unwrap_or_else(|| own.clone()),
            committer: own,
            merge: false,
            at,
        };
        let (before, after) = self.commit(project, &commits)?;
        let pushed = Pushed {
            to: push.branch.to_owned(),
            is_tag: false,
            commits: push.commits.max(1),
            before,
            after,
            title: push.title.to_owned(),
        };
        self.happened(project, user, at, What::Pushed(pushed))
    }

    /// What stands in the commits of an account.
    pub(super) fn identity(&self, user: u64) -> Identity {
        let (username, name) = match self.user(user) {
            Some(user) => (user.username.as_str(), user.name.as_str()),
            None => ("nobody", "Nobody"),
        };
        Identity { name: name.to_owned(), email: format!("{username}@example.org") }
    }

    pub(super) fn open_request(
        &mut self,
        project: u64,
        user: u64,
        title: &str,
        at: Timestamp,
    ) -> Outcome<u64> {
        if title.trim().is_empty() {
            return Err(Refusal::bad("title is missing"));
        }
        let (id, sha) = (self.next_id(), self.sha());
        let here = self.project_mut(project)?;
        let iid = here.merge_requests.last_key_value().map_or(0, |(iid, _)| *iid).saturating_add(1);
        let request = MergeRequest {
            id,
            iid,
            title: title.to_owned(),
            state: MergeState::Opened,
            author: user,
            source_branch: format!("request-{iid}"),
            target_branch: here.repository.default_branch.clone(),
            created_at: at,
            updated_at: at,
            merged_at: None,
            merged_by: None,
            closed_at: None,
            closed_by: None,
            origin: Origin::Native,
            sha,
        };
        here.merge_requests.insert(iid, request);
        self.happened(project, user, at, What::MergeRequest("opened", iid))?;
        Ok(iid)
    }

    /// Merges or closes an open merge request. A merge writes a commit of its author and one of
    /// whoever merges, who is also the one that pushed.
    pub(super) fn end_request(
        &mut self,
        project: u64,
        user: u64,
        iid: u64,
        at: Timestamp,
        merged: bool,
    ) -> Outcome<()> {
        let request = self.project(project)?.merge_request(iid)?;
        if request.state != MergeState::Opened {
            return Err(Refusal::message(405, "405 Method Not Allowed"));
        }
        let (author, title) = (request.author, request.title.clone());
        let branch = request.target_branch.clone();
        if merged {
            let own = NewCommits {
                branch: branch.clone(),
                count: 1,
                title: title.clone(),
                author: self.identity(author),
                committer: self.identity(author),
                merge: false,
                at,
            };
            let (before, _) = self.commit(project, &own)?;
            let title = format!("Merge branch 'request-{iid}' into '{branch}'");
            let by = self.identity(user);
            let join = NewCommits { title, author: by.clone(), committer: by, merge: true, ..own };
            let (_, after) = self.commit(project, &join)?;
            let title = join.title;
            let pushed = Pushed { to: branch, is_tag: false, commits: 2, before, after, title };
            self.happened(project, user, at, What::Pushed(pushed))?;
        }
        let request = self.project_mut(project)?.merge_requests.get_mut(&iid);
        if let Some(request) = request {
            request.updated_at = at;
            if merged {
                request.state = MergeState::Merged;
                (request.merged_at, request.merged_by) = (Some(at), Some(user));
            } else {
                request.state = MergeState::Closed;
                (request.closed_at, request.closed_by) = (Some(at), Some(user));
            }
        }
        let action = if merged { "accepted" } else { "closed" };
        self.happened(project, user, at, What::MergeRequest(action, iid))
    }

    pub(super) fn start_pipeline(
        &mut self,
        project: u64,
        source: &str,
        status: PipelineStatus,
        at: Timestamp,
    ) -> Outcome<u64> {
        let id = self.next_id();
        let project = self.project_mut(project)?;
        let branch = project.repository.default_branch.clone();
        let head = project.repository.head(&branch).map(|commit| commit.sha.clone());
        let sha = head.ok_or_else(|| Refusal::message(400, "Reference not found"))?;
        let iid = project.pipelines.len() as u64 + 1;
        let source = source.to_owned();
        project.pipelines.push(Pipeline { id, iid, branch, sha, status, source, at });
        Ok(id)
    }

    /// Tags the newest commit; a second tag of that name is refused.
    pub(super) fn set_tag(
        &mut self,
        project: u64,
        user: u64,
        name: &str,
        at: Timestamp,
    ) -> Outcome<()> {
        let repository = &mut self.project_mut(project)?.repository;
        if repository.tags.iter().any(|tag| tag.name == name) {
            return Err(Refusal::message(400, &format!("Tag {name} already exists")));
        }
        let head = repository.head(&repository.default_branch).map(|commit| commit.sha.clone());
        let sha = head.ok_or_else(|| Refusal::message(400, "Target main is invalid"))?;
        let message = Some(name.to_owned());
        repository.tags.push(Tag { name: name.to_owned(), message, sha: sha.clone(), at });
        let pushed = Pushed {
            to: name.to_owned(),
            is_tag: true,
            commits: 0,
            before: None,
            after: sha,
            title: name.to_owned(),
        };
        self.happened(project, user, at, What::Pushed(pushed))
    }

    /// Releases a tag, which is set when there is none of that name.
    pub(super) fn publish_release(
        &mut self,
        project: u64,
        user: u64,
        tag: &str,
        at: Timestamp,
    ) -> Outcome<()> {
        let repository = &self.project(project)?.repository;
        if repository.releases.iter().any(|release| release.tag == tag) {
            return Err(Refusal::message(409, "Release already exists"));
        }
        if !repository.tags.iter().any(|other| other.name == tag) {
            self.set_tag(project, user, tag, at)?;
        }
        let release = Release {
            tag: tag.to_owned(),
            name: tag.to_owned(),
            description: String::new(),
            author: user,
            created_at: at,
            released_at: at,
        };
        self.project_mut(project)?.repository.releases.push(release);
        Ok(())
    }
}
