//! What a named person does with groups, projects and code, without going over HTTP.

use super::activity::Push;
use super::hand::Hand;
use super::namespaces::NewNamespace;
use super::pipelines::PipelineStatus;
use super::projects::NewProject;
use super::users::{DEVELOPER, MAINTAINER, OWNER};
use super::visibility::Visibility;
use super::wire::{Outcome, Refusal};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Each of these is refused as GitLab's API would, and happens now by the sandbox's clock unless
/// [`Hand::at`] names a time.
impl Hand<'_> {
    /// Dates what follows: groups, projects, and all that is done with code. Issues and comments
    /// always happen now.
    #[must_use]
    pub fn at(mut self, time: Timestamp) -> Self {
        self.at = Some(time);
        self
    }

    /// Makes a group that belongs to the user; gives its number. One inside another needs the
    /// role of a maintainer there.
    ///
    /// # Errors
    /// 400 when the path is taken, 403 without the role, 404 when there is no group above.
    pub fn create_group(&mut self, path: &str, visibility: Visibility) -> Result<u64, Refusal> {
        let user = self.user()?;
        if let Some((above, _)) = path.rsplit_once('/') {
            self.namespace(above, MAINTAINER)?;
        }
        self.world.add_namespace(NewNamespace {
            id: None,
            path: path.to_owned(),
            name: None,
            owner: None,
            visibility,
            members: BTreeMap::from([(user, OWNER)]),
        })
    }

    /// Makes an empty project at a full path; gives its number.
    ///
    /// # Errors
    /// 400 when the path is taken, 403 for who may not create there, 404 when there is no such
    /// group.
    pub fn create_project(&mut self, path: &str, visibility: Visibility) -> Result<u64, Refusal> {
        let (place, slug) = path.rsplit_once('/').ok_or_else(|| Refusal::bad("path is invalid"))?;
        let namespace = self.namespace(place, DEVELOPER)?;
        let (user, created_at) = (self.user()?, self.time());
        let id = self.world.add_project(NewProject {
            id: None,
            namespace,
            slug: slug.to_owned(),
            visibility,
            created_at,
            creator: Some(user),
        })?;
        self.world.project_mut(id)?.members.insert(user, OWNER);
        Ok(id)
    }

    /// Forks the project into a group or a personal namespace; gives the fork's number.
    ///
    /// # Errors
    /// 400 when there is a project of that name, 403 for who may not create there, 404 when
    /// there is no such place or the user may not see the project.
    pub fn fork(&mut self, into: &str) -> Result<u64, Refusal> {
        let (project, user) = self.visible()?;
        let parent = self.world.project(project)?.clone();
        let id = self.create_project(&format!("{into}/{}", parent.slug()), parent.visibility)?;
        let fork = self.world.project_mut(id)?;
        fork.members.insert(user, OWNER);
        fork.forked_from = Some(parent.id);
        fork.licence = parent.licence;
        fork.files = parent.files;
        fork.repository = parent.repository;
        fork.repository.releases.clear();
        Ok(id)
    }

    /// Pushes commits.
    ///
    /// # Errors
    /// 403 for who is no developer of the project, or when it is archived.
    pub fn push(&mut self, push: &Push<'_>) -> Result<(), Refusal> {
        let (project, user) = self.writable(DEVELOPER)?;
        let at = self.time();
        self.world.push_at(project, user, push, at)
    }

    /// Opens a merge request, from a fork if need be; gives its iid.
    ///
    /// # Errors
    /// 400 without a title, 403 when the project is archived.
    pub fn open_merge_request(&mut self, title: &str) -> Result<u64, Refusal> {
        let (project, user) = self.writable(0)?;
        let at = self.time();
        self.world.open_request(project, user, title, at)
    }

    /// Merges a merge request.
    ///
    /// # Errors
    /// 403 for who is no developer of the project, 404 when there is no such merge request, 405
    /// when it is not open.
    pub fn merge(&mut self, iid: u64) -> Result<(), Refusal> {
        let (project, user) = self.writable(DEVELOPER)?;
        let at = self.time();
        self.world.end_request(project, user, iid, at, true)
    }

    /// Closes a merge request without merging it.
    ///
    /// # Errors
    /// As [`Hand::merge`]; its author may, too.
    pub fn close_merge_request(&mut self, iid: u64) -> Result<(), Refusal> {
        let (project, user) = self.place()?;
        let is_author = self.world.project(project)?.merge_request(iid)?.author == user;
        self.writable(if is_author { 0 } else { DEVELOPER })?;
        let at = self.time();
        self.world.end_request(project, user, iid, at, false)
    }

    /// Runs a pipeline on the default branch; `source` as GitLab names it, `push` say. Gives its
    /// number.
    ///
    /// # Errors
    /// 400 in an empty repository, 403 for who is no developer of the project.
    pub fn run_pipeline(&mut self, source: &str, status: PipelineStatus) -> Result<u64, Refusal> {
        let (project, _) = self.writable(DEVELOPER)?;
        let at = self.time();
        self.world.start_pipeline(project, source, status, at)
    }

    /// Tags the newest commit.
    ///
    /// # Errors
    /// 400 when there is such a tag or no commit, 403 for who is no developer of the project.
    pub fn tag(&mut self, name: &str) -> Result<(), Refusal> {
        let (project, user) = self.writable(DEVELOPER)?;
        let at = self.time();
        self.world.set_tag(project, user, name, at)
    }

    /// Publishes a release of a tag, which is set when there is none of that name.
    ///
    /// # Errors
    /// As [`Hand::tag`], and 409 when that release is there.
    pub fn release(&mut self, tag: &str) -> Result<(), Refusal> {
        let (project, user) = self.writable(DEVELOPER)?;
        let at = self.time();
        self.world.publish_release(project, user, tag, at)
    }

    fn time(&mut self) -> Timestamp {
        self.at.unwrap_or_else(|| self.world.clock.now())
    }

    fn user(&self) -> Outcome<u64> {
        let user = self.world.user_named(&self.username);
        Ok(user.ok_or_else(|| Refusal::not_found("User"))?.id)
    }

    /// A group or personal namespace where the user has at least this role.
    fn namespace(&self, path: &str, level: u64) -> Outcome<u64> {
        let found = self.world.namespace_at(path);
        let found = found.ok_or_else(|| Refusal::not_found("Namespace"))?.id;
        if self.world.namespace_level(found, self.user()?) >= level {
            Ok(found)
        } else {
            Err(Refusal::forbidden())
        }
    }

    /// The project and the user, if the user may see the project.
    fn visible(&self) -> Outcome<(u64, u64)> {
        let (project, user) = self.place()?;
        if self.world.sees_project(self.world.project(project)?, Some(user)) {
            Ok((project, user))
        } else {
            Err(Refusal::not_found("Project"))
        }
    }

    /// The project and the user, if the user has this role there and the project takes changes.
    fn writable(&self, level: u64) -> Outcome<(u64, u64)> {
        let (project, user) = self.visible()?;
        let here = self.world.project(project)?;
        if here.archived || here.marked_for_deletion_on.is_some() {
            return Err(Refusal::forbidden());
        }
        self.world.require(project, Some(user), level)?;
        Ok((project, user))
    }
}
