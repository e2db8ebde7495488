//! What there is, one line each, so that a person can follow what happens.

use super::{document, escape};
use crate::sandbox::clock::iso;
use crate::sandbox::imports::ImportStatus;
use crate::sandbox::namespaces::Namespace;
use crate::sandbox::projects::Project;
use crate::sandbox::wire::Answer;
use crate::sandbox::world::World;
use std::fmt::Write;

/// All groups and projects, and what is on GitHub. Private ones are named, but lead nowhere.
pub(super) fn front(world: &World) -> Answer {
    let mut body = String::from("<h1>Sandbox GitLab</h1><h2>Groups</h2><ul>");
    for group in world.namespaces.values().filter(|namespace| namespace.owner.is_none()) {
        let _ = write!(body, "<li>{}</li>", group_line(group));
    }
    body.push_str("</ul><h2>Projects</h2><ul>");
    for project in world.projects.values() {
        let _ = write!(body, "<li>{}</li>", project_line(project));
    }
    body.push_str("</ul><h2>On GitHub</h2><ul>");
    for repo in world.github.repos() {
        let path = escape(&repo.path);
        let states = [
            (repo.private, "private"),
            (repo.archived, "archived"),
            (repo.blocked, "blocked"),
            (repo.fork_of.is_some(), "fork"),
            (repo.numbers.commits == 0, "empty"),
        ];
        let mut said: Vec<&str> = states.iter().filter(|(is, _)| *is).map(|(_, s)| *s).collect();
        said.push(repo.licence.as_deref().unwrap_or("no licence"));
        let _ = write!(
            body,
            "<li><a href=\"/github-api/repos/{path}\">{path}</a> <span class=meta>{} · {} issues · \
             {} pull requests</span></li>",
            escape(&said.join(" · ")),
            repo.numbers.issues,
            repo.numbers.pulls,
        );
    }
    body.push_str("</ul>");
    document("Sandbox GitLab", &body)
}

/// A public group with its projects.
pub(super) fn group(world: &World, path: &str) -> Option<Answer> {
    let group = world.namespace_at(path).filter(|group| group.visibility.admits(false))?;
    let mut body = format!("<h1>{}</h1><p>{}</p><ul>", escape(&group.name), group_line(group));
    let inside = |project: &&Project| {
        world.lies_in(project.namespace, group.id) && project.visibility.admits(false)
    };
    for project in world.projects.values().filter(inside) {
        let _ = write!(body, "<li>{}</li>", project_line(project));
    }
    body.push_str("</ul>");
    Some(document(&group.name, &body))
}

/// A public project in one line, and the way to what is in it.
pub(super) fn project(world: &World, project: &Project) -> Answer {
    let path = escape(&project.path);
    let description = project.description.as_deref().unwrap_or_default();
    let mut body = format!(
        "<h1>{path}</h1><p>{}</p><p>{}</p><ul><li><a href=\"/{path}/-/issues\">Issues</a></li>\
         <li><a href=\"/{path}/-/merge_requests\">Merge requests</a></li></ul>",
        escape(description),
        project_line(project),
    );
    if let Some(import) = &project.import {
        let _ = write!(
            body,
            "<h2>Import</h2><p>From {} by @{} at {}: {}</p>",
            escape(&import.url),
            name(world, import.user),
            iso(import.since),
            import.status().name(),
        );
        if let Some(error) = &import.error {
            let _ = write!(body, "<p>{}</p>", escape(error));
        }
    }
    document(&project.path, &body)
}

/// Merge requests of a public project.
pub(super) fn merge_requests(world: &World, project: &Project) -> Answer {
    let path = escape(&project.path);
    let mut body = format!("<h1><a href=\"/{path}\">{path}</a></h1><ul>");
    for request in project.merge_requests.values().rev() {
        let _ = write!(
            body,
            "<li>!{} {} <span class=meta>{} · by @{} · {}</span></li>",
            request.iid,
            escape(&request.title),
            request.state.name(),
            name(world, request.author),
            request.origin.name(),
        );
    }
    body.push_str("</ul>");
    document(&project.path, &body)
}

fn name(world: &World, user: u64) -> String {
    world.user(user).map_or_else(String::new, |user| escape(&user.username))
}

fn group_line(group: &Namespace) -> String {
    let (path, visibility) = (escape(&group.path), group.visibility.name());
    format!("<a href=\"/groups/{path}\">{path}</a> <span class=meta>{visibility}</span>")
}

/// A project in one line: visibility, import, and how much is in it.
fn project_line(project: &Project) -> String {
    let path = escape(&project.path);
    let name = if project.visibility.admits(false) {
        format!("<a href=\"/{path}\">{path}</a>")
    } else {
        path
    };
    let mut said = vec![project.visibility.name().to_owned()];
    if project.import_status() != ImportStatus::None {
        said.push(format!("import {}", project.import_status().name()));
    }
    let states = [
        (project.repository.is_empty(), "empty"),
        (project.archived, "archived"),
        (project.forked_from.is_some(), "fork"),
        (project.mirror, "pull mirror"),
        (project.marked_for_deletion_on.is_some(), "to be deleted"),
    ];
    said.extend(states.iter().filter(|(is, _)| *is).map(|(_, state)| (*state).to_owned()));
    said.push(format!("{} issues", project.issues.len()));
    said.push(format!("{} merge requests", project.merge_requests.len()));
    said.push(format!("{} commits", project.repository.commits.len()));
    format!("{name} <span class=meta>{}</span>", said.join(" · "))
}
