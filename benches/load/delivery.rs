//! Deliveries as GitLab sends them: an issue event of about seven kilobytes, signed.

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// The bench's own key, as the service is told it.
pub(crate) const SIGNING_TOKEN: &str = "whsec_bG9hZCBiZW5jaCBsb2FkIGJlbmNoIGxvYWQgYmVuY2g=";

const PROJECT: u64 = 42;
const WORDS: &str = "We draw with our own tools and keep our pictures in the open. The code has moved \
                     twice already; this time people, issues and history shall come along. ";

/// Makes deliveries that differ in issue and id and in nothing else.
pub(crate) struct Factory {
    key: Hmac<Sha256>,
    /// The body around the places where the issue's number stands.
    pieces: Vec<String>,
    host: String,
}

impl Factory {
    pub(crate) fn new(host: &str) -> anyhow::Result<Self> {
        let encoded = SIGNING_TOKEN.strip_prefix("whsec_").context("a signing token's prefix")?;
        let key = Hmac::new_from_slice(&STANDARD.decode(encoded)?)?;
        // No number in a body is this one, and none is after it as long as issues are fewer.
        let mark = 8_070_605_040;
        let body = issue_event(mark).to_string();
        let pieces = body.split(&mark.to_string()).map(str::to_owned).collect();
        Ok(Self { key, pieces, host: host.to_owned() })
    }

    /// The whole request about issue `number`, signed now.
    pub(crate) fn request(&self, number: u64) -> Vec<u8> {
        let body = self.pieces.join(&number.to_string());
        let id = format!("load-{number:012}");
        let time = jiff::Timestamp::now().as_second();
        let mut mac = self.key.clone();
        mac.update(format!("{id}.{time}.").as_bytes());
        mac.update(body.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let request = format!(
            "POST /webhooks/gitlab HTTP/1.1\r\n\
             Host: {}\r\n\
             Content-Type: application/json\r\n\
             User-Agent: GitLab/19.4.1\r\n\
             X-Gitlab-Event: Issue Hook\r\n\
             X-Gitlab-Instance: https://gitlab.example\r\n\
             X-Gitlab-Event-UUID: 5e1fc9a2-77d4-4d5b-9d3f-{number:012}\r\n\
             Idempotency-Key: {id}\r\n\
             webhook-id: {id}\r\n\
             webhook-timestamp: {time}\r\n\
             webhook-signature: v1,{signature}\r\n\
             Content-Length: {}\r\n\
             \r\n\
             {body}",
            self.host,
            body.len(),
        );
        request.into_bytes()
    }
}

/// Staff puts a stage label on the issue with this number.
fn issue_event(iid: u64) -> Value {
    let user = |id: u64, username: &str| {
        json!({
            "id": id, "name": format!("The person {username}"), "username": username,
            "avatar_url": format!("https://gitlab.example/uploads/-/system/user/avatar/{id}.png"),
            "email": "[REDACTED]",
        })
    };
    let label = |id: u64, title: &str| {
        json!({
            "id": id, "title": title, "color": "#6699cc", "project_id": PROJECT,
            "created_at": "2026-01-05 08:00:00 UTC", "updated_at": "2026-01-05 08:00:00 UTC",
            "template": false, "description": "A stage of the move. One of them at a time.",
            "type": "ProjectLabel", "group_id": null,
        })
    };
    let before = [label(901, "migration::prospect"), label(950, "painting")];
    let after = [label(902, "migration::engaged"), label(950, "painting")];
    json!({
        "object_kind": "issue", "event_type": "issue", "user": user(2, "sam-staff"),
        "project": {
            "id": PROJECT, "name": "tracker", "description": "One issue for each community.",
            "web_url": "https://gitlab.example/landfall/tracker", "avatar_url": null,
            "git_ssh_url": "git@gitlab.example:landfall/tracker.git",
            "git_http_url": "https://gitlab.example/landfall/tracker.git",
            "namespace": "landfall", "visibility_level": 20,
            "path_with_namespace": "landfall/tracker", "default_branch": "main",
            "ci_config_path": "", "homepage": "https://gitlab.example/landfall/tracker",
            "url": "git@gitlab.example:landfall/tracker.git",
            "ssh_url": "git@gitlab.example:landfall/tracker.git",
            "http_url": "https://gitlab.example/landfall/tracker.git",
        },
        "object_attributes": attributes(iid, &after),
        "labels": after,
        "changes": {
            "labels": { "previous": before, "current": after },
            "updated_at": { "previous": "2026-02-01 09:10:11 UTC",
                            "current": "2026-02-03 10:11:12 UTC" },
        },
        "repository": {
            "name": "tracker", "url": "git@gitlab.example:landfall/tracker.git",
            "description": "One issue for each community.",
            "homepage": "https://gitlab.example/landfall/tracker",
        },
        "assignees": [user(2, "sam-staff")],
    })
}

/// The issue as it is after the change.
fn attributes(iid: u64, labels: &[Value]) -> Value {
    json!({
        "author_id": 3, "closed_at": null, "confidential": false,
        "created_at": "2026-02-01 09:10:11 UTC", "description": WORDS.repeat(18),
        "discussion_locked": null, "due_date": null, "id": 31_000_777, "iid": iid,
        "last_edited_at": null, "last_edited_by_id": null, "milestone_id": null,
        "moved_to_id": null, "duplicated_to_id": null, "project_id": PROJECT,
        "relative_position": 513, "state_id": 1, "time_estimate": 0,
        "title": "A community of painters | migration tracker",
        "updated_at": "2026-02-03 10:11:12 UTC", "updated_by_id": 2, "type": "Issue",
        "url": format!("https://gitlab.example/landfall/tracker/-/issues/{iid}"),
        "total_time_spent": 0, "time_change": 0, "human_total_time_spent": null,
        "human_time_change": null, "human_time_estimate": null, "assignee_ids": [2],
        "assignee_id": 2, "labels": labels, "state": "opened", "severity": "unknown",
        "customer_relations_contacts": [], "status": { "id": 1, "name": "To do" },
        "action": "update",
    })
}
