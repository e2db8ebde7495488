//! The GitLab client against a server that answers by script.

mod clocks;
mod destinations;
mod faults;
mod imports;
mod large_lists;
mod limits;
mod lists;
mod preflight;
pub(crate) mod server;
mod trust;
mod verifying;
mod writes;

use landfall::model::{IssueIid, IssueRef, ProjectId};

const ISSUE: IssueRef = IssueRef { project: ProjectId(42), iid: IssueIid(7) };

/// An issue as GitLab sends it.
fn issue_json() -> String {
    serde_json::json!({
        "id": 900, "iid": 7, "project_id": 42, "title": "Move us", "description": "text",
        "state": "opened", "labels": ["migration::prospect"],
        "author": { "id": 5, "username": "partner" }, "assignees": [],
        "confidential": false, "discussion_locked": null, "issue_type": "issue",
        "created_at": "2026-11-01T10:00:00.000Z", "updated_at": "2026-11-02T10:00:00.000Z",
        "moved_to_id": null, "web_url": "https://gitlab.example.com/x"
    })
    .to_string()
}

/// A comment as GitLab sends it.
fn note_json(id: u64) -> String {
    serde_json::json!({
        "id": id, "body": "hello", "author": { "id": 3, "username": "bot" }, "system": false,
        "internal": false, "created_at": "2026-11-01T10:00:00.000Z",
        "updated_at": "2026-11-01T10:00:00.000Z"
    })
    .to_string()
}
