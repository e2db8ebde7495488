//! Releases of a project.

use super::clock::iso;
use super::paging::page;
use super::projects::Project;
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use serde_json::{Value, json};

/// One release; it hangs on a tag.
#[derive(Debug, Clone)]
pub(super) struct Release {
    pub(super) tag: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) author: u64,
    pub(super) created_at: Timestamp,
    pub(super) released_at: Timestamp,
}

impl World {
    pub(super) fn on_releases(&self, call: &Call, id: u64, path: &[&str]) -> Outcome {
        let project = self.project(id)?;
        let all = &project.repository.releases;
        match (call.method.as_str(), path) {
            ("GET", []) => {
                let mut releases: Vec<&Release> = all.iter().collect();
                match call.params.text("order_by").as_deref() {
                    None | Some("released_at") => releases.sort_by_key(|r| r.released_at),
                    Some("created_at") => releases.sort_by_key(|r| r.created_at),
                    Some(_) => return Err(Refusal::bad("order_by does not have a valid value")),
                }
                if call.params.text("sort").as_deref() != Some("asc") {
                    releases.reverse();
                }
                page(call, &self.base_url, &releases, |r| Some(self.release_json(project, r)))
            }
            ("GET", [tag]) => {
                let release = all.iter().find(|release| release.tag == *tag);
                let release = release.ok_or_else(|| Refusal::message(404, "404 Not Found"))?;
                Ok(Answer::ok(&self.release_json(project, release)))
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }

    fn release_json(&self, project: &Project, release: &Release) -> Value {
        let commit = project.repository.head(&release.tag);
        let url = format!("{}/{}/-/releases/{}", self.base_url, project.path, release.tag);
        json!({
            "tag_name": release.tag,
            "name": release.name,
            "description": release.description,
            "created_at": iso(release.created_at),
            "released_at": iso(release.released_at),
            "upcoming_release": false,
            "author": self.brief(release.author),
            "commit": commit.map(|commit| self.commit_json(project, commit)),
            "milestones": [],
            "commit_path": commit.map(|c| format!("/{}/-/commit/{}", project.path, c.sha)),
            "tag_path": format!("/{}/-/tags/{}", project.path, release.tag),
            "assets": { "count": 0, "sources": [], "links": [] },
            "evidences": [],
            "_links": { "self": url },
        })
    }
}
