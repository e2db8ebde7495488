//! What happens to groups and projects without anybody in particular: changes by the hand of the
//! instance.

use super::repository::{Identity, NewCommits};
use super::users::User;
use super::visibility::Visibility;
use super::wire::Refusal;
use super::world::World;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// The account that what deleted people did belongs to.
const GHOST: &str = "ghost";

/// Nobody's rights are asked here; each answers 404 for a project or group that is not there.
impl World {
    /// Number of the project at this path, or at one it once had.
    pub fn project_number(&self, path: &str) -> Option<u64> {
        let moved = || self.moved.get(&path.to_lowercase()).copied();
        self.project_at(path).map(|project| project.id).or_else(moved)
    }

    /// Says what the licence file is: an SPDX name, `other` for an unknown text, or no file.
    ///
    /// # Errors
    /// 404 when there is no such project.
    pub fn set_licence(&mut self, project: u64, licence: Option<&str>) -> Result<(), Refusal> {
        self.project_mut(project)?.licence = licence.map(str::to_owned);
        Ok(())
    }

    /// Makes a project a pull mirror, or ends that. It shows when
    /// [`Settings::mirroring`](super::Settings::mirroring) is on.
    ///
    /// # Errors
    /// 404 when there is no such project.
    pub fn set_mirror(&mut self, project: u64, mirror: bool) -> Result<(), Refusal> {
        self.project_mut(project)?.mirror = mirror;
        Ok(())
    }

    /// Archives a project, or takes it out of the archive.
    ///
    /// # Errors
    /// 404 when there is no such project.
    pub fn set_archived(&mut self, project: u64, archived: bool) -> Result<(), Refusal> {
        self.project_mut(project)?.archived = archived;
        Ok(())
    }

    /// Changes who may see a project.
    ///
    /// # Errors
    /// 404 when there is no such project.
    pub fn set_visibility(&mut self, project: u64, visibility: Visibility) -> Result<(), Refusal> {
        self.project_mut(project)?.visibility = visibility;
        Ok(())
    }

    /// Replaces the description of a project.
    ///
    /// # Errors
    /// 404 when there is no such project.
    pub fn describe_project(&mut self, project: u64, text: &str) -> Result<(), Refusal> {
        self.project_mut(project)?.description = Some(text.to_owned());
        Ok(())
    }

    /// Adds a page to the wiki.
    ///
    /// # Errors
    /// 404 when there is no such project.
    pub fn add_wiki_page(&mut self, project: u64, title: &str) -> Result<(), Refusal> {
        self.project_mut(project)?.wiki_pages.push(title.to_owned());
        Ok(())
    }

    /// Deletes a project. With [`Settings::delayed_deletion`](super::Settings::delayed_deletion) it
    /// is marked and renamed to `…-deletion_scheduled-<id>`; without, it is gone.
    ///
    /// # Errors
    /// 404 when there is no such project.
    pub fn delete_project(&mut self, project: u64) -> Result<(), Refusal> {
        let today = self.clock.now().to_zoned(TimeZone::UTC).date();
        let delayed = self.settings.delayed_deletion;
        let here = self.project_mut(project)?;
        if delayed {
            here.marked_for_deletion_on = Some(today);
            here.name = format!("{}-deletion_scheduled-{project}", here.name);
            let slug = format!("{}-deletion_scheduled-{project}", here.slug());
            let namespace = here.namespace;
            return self.set_path(project, namespace, &slug);
        }
        self.projects.remove(&project);
        self.moved.retain(|_, to| *to != project);
        for namespace in self.namespaces.values_mut() {
            namespace.shared.remove(&project);
        }
        Ok(())
    }

    /// Gives a project another last part of its path.
    ///
    /// # Errors
    /// 400 when that path is taken, 404 when there is no such project.
    pub fn rename_project(&mut self, project: u64, slug: &str) -> Result<(), Refusal> {
        let namespace = self.project(project)?.namespace;
        self.set_path(project, namespace, slug)?;
        self.project_mut(project)?.name = slug.to_owned();
        Ok(())
    }

    /// Moves a project into another group or personal namespace.
    ///
    /// # Errors
    /// 400 when that path is taken, 404 when there is no such project or place.
    pub fn transfer_project(&mut self, project: u64, namespace: &str) -> Result<(), Refusal> {
        let slug = self.project(project)?.slug().to_owned();
        let to = self.namespace_at(namespace).ok_or_else(|| Refusal::not_found("Namespace"))?.id;
        self.set_path(project, to, &slug)
    }

    /// Shares a project with a group: it is listed there, too.
    ///
    /// # Errors
    /// 404 when there is no such project or group.
    pub fn share_project(&mut self, project: u64, group: &str) -> Result<(), Refusal> {
        self.project(project)?;
        let id = self.namespace_at(group).ok_or_else(|| Refusal::not_found("Group"))?.id;
        if let Some(group) = self.namespaces.get_mut(&id) {
            group.shared.insert(project);
        }
        Ok(())
    }

    /// Gives a user an access level in a group; 0 takes it away.
    ///
    /// # Errors
    /// 404 when there is no such group or user.
    pub fn set_group_member(
        &mut self,
        group: &str,
        username: &str,
        level: u64,
    ) -> Result<(), Refusal> {
        let user = self.user_named(username).ok_or_else(|| Refusal::not_found("User"))?.id;
        let id = self.namespace_at(group).ok_or_else(|| Refusal::not_found("Group"))?.id;
        if let Some(group) = self.namespaces.get_mut(&id) {
            set_level(&mut group.members, user, level);
        }
        Ok(())
    }

    /// Gives a user an access level in a project; 0 takes it away.
    ///
    /// # Errors
    /// 404 when there is no such project or user.
    pub fn set_project_member(
        &mut self,
        project: u64,
        username: &str,
        level: u64,
    ) -> Result<(), Refusal> {
        let user = self.user_named(username).ok_or_else(|| Refusal::not_found("User"))?.id;
        set_level(&mut self.project_mut(project)?.members, user, level);
        Ok(())
    }

    /// Adds commits of somebody without an account to the default branch, now or at another
    /// time; nobody pushed them.
    ///
    /// # Errors
    /// 404 when there is no such project.
    pub fn add_contributor(
        &mut self,
        project: u64,
        name: &str,
        email: &str,
        commits: u64,
        at: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        let at = at.unwrap_or_else(|| self.clock.now());
        let author = Identity { name: name.to_owned(), email: email.to_owned() };
        let branch = self.project(project)?.repository.default_branch.clone();
        self.commit(
            project,
            &NewCommits {
                branch,
                count: commits,
                title: "Work on it".to_owned(),
                author: author.clone(),
                committer: author,
                merge: false,
                at,
            },
        )?;
        Ok(())
    }

    /// Deletes an account; what it did belongs to the ghost from then on.
    ///
    /// # Errors
    /// 404 when there is no such user.
    pub fn delete_user(&mut self, username: &str) -> Result<(), Refusal> {
        let user = self.user_named(username).ok_or_else(|| Refusal::not_found("User"))?.id;
        let ghost = match self.user_named(GHOST) {
            Some(ghost) => ghost.id,
            None => {
                let id = self.next_id();
                let (username, name) = (GHOST.to_owned(), "Ghost User".to_owned());
                self.add_user(User { id, username, name, ..User::default() })?
            }
        };
        let haunt = |who: &mut u64| {
            if *who == user {
                *who = ghost;
            }
        };
        for project in self.projects.values_mut() {
            project.members.remove(&user);
            for request in project.merge_requests.values_mut() {
                haunt(&mut request.author);
                request.merged_by.iter_mut().chain(&mut request.closed_by).for_each(haunt);
            }
            for issue in project.issues.values_mut() {
                haunt(&mut issue.author);
                issue.notes.iter_mut().for_each(|note| haunt(&mut note.author));
            }
            project.events.iter_mut().for_each(|event| haunt(&mut event.author));
        }
        self.users.remove(&user);
        self.namespaces.retain(|_, namespace| namespace.owner != Some(user));
        for namespace in self.namespaces.values_mut() {
            namespace.members.remove(&user);
        }
        Ok(())
    }
}

fn set_level(members: &mut BTreeMap<u64, u64>, user: u64, level: u64) {
    if level == 0 {
        members.remove(&user);
    } else {
        members.insert(user, level);
    }
}
