//! Milestones and wiki pages of a project, as far as they can be listed.

use super::clock::iso;
use super::paging::page;
use super::projects::Project;
use super::wire::{Call, Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use serde_json::{Value, json};

/// One milestone.
#[derive(Debug, Clone)]
pub(super) struct Milestone {
    pub(super) id: u64,
    pub(super) iid: u64,
    pub(super) title: String,
    pub(super) active: bool,
    pub(super) created_at: Timestamp,
}

impl World {
    pub(super) fn on_milestones(&self, call: &Call, id: u64, path: &[&str]) -> Outcome {
        let (("GET", []), project) = ((call.method.as_str(), path), self.project(id)?) else {
            return Err(Refusal::unknown_endpoint(&call.method, &call.path));
        };
        let active = match call.params.text("state").as_deref() {
            None => None,
            Some("active") => Some(true),
            Some("closed") => Some(false),
            Some(_) => return Err(Refusal::bad("state does not have a valid value")),
        };
        let wanted = project.milestones.iter().rev();
        let wanted: Vec<_> = wanted.filter(|m| active.is_none_or(|a| m.active == a)).collect();
        page(call, &self.base_url, &wanted, |m| Some(self.milestone_json(project, m)))
    }

    fn milestone_json(&self, project: &Project, milestone: &Milestone) -> Value {
        let at = iso(milestone.created_at);
        json!({
            "id": milestone.id,
            "iid": milestone.iid,
            "project_id": project.id,
            "title": milestone.title,
            "description": "",
            "state": if milestone.active { "active" } else { "closed" },
            "created_at": at,
            "updated_at": at,
            "due_date": null,
            "start_date": null,
            "expired": false,
            "web_url":
                format!("{}/{}/-/milestones/{}", self.base_url, project.path, milestone.iid),
        })
    }

    pub(super) fn on_wikis(&self, call: &Call, id: u64, path: &[&str]) -> Outcome {
        let (("GET", []), project) = ((call.method.as_str(), path), self.project(id)?) else {
            return Err(Refusal::unknown_endpoint(&call.method, &call.path));
        };
        page(call, &self.base_url, &project.wiki_pages, |title| {
            let slug = title.replace(' ', "-");
            Some(
                json!({ "format": "markdown", "slug": slug, "title": title, "wiki_page_meta_id": null }),
            )
        })
    }
}
