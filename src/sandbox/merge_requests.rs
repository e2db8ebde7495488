//! Merge requests of a project.

use super::clock::iso;
use super::imports::Origin;
use super::project_json::extend;
use super::projects::Project;
use super::wire::{Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Where a merge request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MergeState {
    Opened,
    Merged,
    Closed,
}

impl MergeState {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Merged => "merged",
            Self::Closed => "closed",
        }
    }
}

/// One merge request.
#[derive(Debug, Clone)]
pub(super) struct MergeRequest {
    pub(super) id: u64,
    pub(super) iid: u64,
    pub(super) title: String,
    pub(super) state: MergeState,
    pub(super) author: u64,
    pub(super) source_branch: String,
    pub(super) target_branch: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// Unknown for some that were imported.
    pub(super) merged_at: Option<Timestamp>,
    pub(super) merged_by: Option<u64>,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) closed_by: Option<u64>,
    pub(super) origin: Origin,
    pub(super) sha: String,
}

impl Project {
    pub(super) fn merge_request(&self, iid: u64) -> Outcome<&MergeRequest> {
        let found = self.merge_requests.get(&iid);
        found.ok_or_else(|| Refusal::message(404, "404 Not found"))
    }
}

impl World {
    pub(super) fn merge_request_json(&self, project: &Project, request: &MergeRequest) -> Value {
        let url = format!("{}/{}/-/merge_requests/{}", self.base_url, project.path, request.iid);
        let person = |id: Option<u64>| id.map(|id| self.brief(id));
        let can_merge = request.state == MergeState::Opened;
        let mut value = json!({
            "id": request.id,
            "iid": request.iid,
            "project_id": project.id,
            "title": request.title,
            "description": "",
            "state": request.state.name(),
            "created_at": iso(request.created_at),
            "updated_at": iso(request.updated_at),
            "merged_by": person(request.merged_by),
            "merge_user": person(request.merged_by),
            "merged_at": request.merged_at.map(iso),
            "closed_by": person(request.closed_by),
            "closed_at": request.closed_at.map(iso),
            "target_branch": request.target_branch,
            "source_branch": request.source_branch,
            "user_notes_count": 0,
            "upvotes": 0,
            "downvotes": 0,
            "author": self.brief(request.author),
            "assignees": [],
            "assignee": null,
            "reviewers": [],
            "source_project_id": project.id,
            "target_project_id": project.id,
            "labels": [],
            "draft": false,
            "imported": request.origin != Origin::Native,
            "imported_from": request.origin.name(),
            "work_in_progress": false,
            "milestone": null,
            "reference": format!("!{}", request.iid),
            "references": {
                "short": format!("!{}", request.iid),
                "relative": format!("!{}", request.iid),
                "full": format!("{}!{}", project.path, request.iid),
            },
            "web_url": url,
        });
        let merging = json!({
            "merge_when_pipeline_succeeds": false,
            "merge_status": if can_merge { "can_be_merged" } else { "unchecked" },
            "detailed_merge_status": if can_merge { "mergeable" } else { "not_open" },
            "sha": request.sha,
            "merge_commit_sha": request.merged_at.map(|_| &request.sha),
            "squash_commit_sha": null,
            "discussion_locked": null,
            "should_remove_source_branch": null,
            "force_remove_source_branch": null,
            "prepared_at": iso(request.created_at),
            "time_stats": {
                "time_estimate": 0,
                "total_time_spent": 0,
                "human_time_estimate": null,
                "human_total_time_spent": null,
            },
            "squash": false,
            "squash_on_merge": false,
            "task_completion_status": { "count": 0, "completed_count": 0 },
            "has_conflicts": false,
            "blocking_discussions_resolved": true,
        });
        extend(&mut value, merging);
        value
    }
}
