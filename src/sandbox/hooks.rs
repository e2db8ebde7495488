//! Webhooks of a project: their settings, their health and what was sent.

use super::clock::iso;
use super::outbox::Outgoing;
use super::projects::Project;
use super::users::MAINTAINER;
use super::wire::{Call, Outcome, Refusal};
use super::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a hook can be asked to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trigger {
    /// Parameter and field that switches it on.
    pub(super) flag: &'static str,
    /// Value of `X-Gitlab-Event`.
    pub(super) header: &'static str,
    /// Name in the event log and in the path of a test.
    pub(super) name: &'static str,
}

const ISSUES: Trigger =
    Trigger { flag: "issues_events", header: "Issue Hook", name: "issue_hooks" };
const CONFIDENTIAL_ISSUES: Trigger = Trigger {
    flag: "confidential_issues_events",
    header: "Confidential Issue Hook",
    name: "confidential_issue_hooks",
};
const NOTES: Trigger = Trigger { flag: "note_events", header: "Note Hook", name: "note_hooks" };
const CONFIDENTIAL_NOTES: Trigger = Trigger {
    flag: "confidential_note_events",
    header: "Confidential Note Hook",
    name: "confidential_note_hooks",
};

/// Switches the sandbox keeps and shows, whether or not it ever fires them.
const FLAGS: [&str; 15] = [
    "push_events",
    "tag_push_events",
    "merge_requests_events",
    "issues_events",
    "confidential_issues_events",
    "note_events",
    "confidential_note_events",
    "job_events",
    "pipeline_events",
    "wiki_page_events",
    "deployment_events",
    "feature_flag_events",
    "releases_events",
    "emoji_events",
    "resource_access_token_events",
];

impl Trigger {
    pub(super) fn issue(confidential: bool) -> Self {
        if confidential { CONFIDENTIAL_ISSUES } else { ISSUES }
    }

    pub(super) fn note(confidential: bool) -> Self {
        if confidential { CONFIDENTIAL_NOTES } else { NOTES }
    }

    fn of_test(name: &str) -> Option<Self> {
        let all = [ISSUES, CONFIDENTIAL_ISSUES, NOTES, CONFIDENTIAL_NOTES];
        all.into_iter().find(|trigger| trigger.flag == name || trigger.name == name)
    }
}

/// One webhook of a project.
#[derive(Debug, Clone)]
pub(super) struct Hook {
    pub(super) id: u64,
    pub(super) url: String,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) flags: BTreeSet<&'static str>,
    pub(super) tls: bool,
    pub(super) token: Option<String>,
    pub(super) signing_token: Option<String>,
    pub(super) custom_headers: BTreeMap<String, String>,
    pub(super) created_at: Timestamp,
    /// Failures in a row.
    pub(super) failures: u32,
    pub(super) disabled_until: Option<Timestamp>,
    pub(super) log: Vec<Sent>,
}

/// One delivery that was tried.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) id: u64,
    pub(super) outgoing: Outgoing,
    pub(super) headers: Vec<(String, String)>,
    pub(super) status: Option<u16>,
    pub(super) seconds: f64,
    pub(super) answer: String,
    pub(super) at: Timestamp,
}

impl Hook {
    /// After this many failures in a row it is switched off for good.
    const LAST_FAILURE: u32 = 40;

    pub(super) fn is_disabled(&self, now: Timestamp) -> bool {
        self.failures >= Self::LAST_FAILURE || self.disabled_until.is_some_and(|until| now < until)
    }

    /// Counts an answer. From the fourth failure in a row on it is switched off, first for a
    /// minute, then twice as long each time, a day at most.
    pub(super) fn count(&mut self, succeeded: bool, now: Timestamp) {
        if succeeded {
            self.failures = 0;
            self.disabled_until = None;
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= 4 {
            let minutes = 1_i64 << self.failures.saturating_sub(4).min(11);
            let pause = SignedDuration::from_mins(minutes.min(24 * 60));
            self.disabled_until = now.saturating_add(pause).ok();
        }
    }

    pub(super) fn json(&self, project: u64, now: Timestamp) -> Value {
        let alert = match () {
            () if self.failures >= Self::LAST_FAILURE => "disabled",
            () if self.is_disabled(now) => "temporarily_disabled",
            () => "executable",
        };
        let until = self.disabled_until.filter(|until| now < *until).map(iso);
        let headers: Vec<Value> =
            self.custom_headers.keys().map(|key| json!({ "key": key })).collect();
        let mut value = json!({
            "id": self.id,
            "url": self.url,
            "name": self.name,
            "description": self.description,
            "created_at": iso(self.created_at),
            "project_id": project,
            "enable_ssl_verification": self.tls,
            "push_events_branch_filter": null,
            "branch_filter_strategy": "wildcard",
            "custom_webhook_template": null,
            "custom_headers": headers,
            "url_variables": [],
            "alert_status": alert,
            "disabled_until": until,
            "token_present": self.token.is_some(),
            "signing_token_present": self.signing_token.is_some(),
        });
        if let Some(map) = value.as_object_mut() {
            for flag in FLAGS {
                map.insert(flag.to_owned(), json!(self.flags.contains(flag)));
            }
        }
        value
    }

    pub(super) fn log_json(&self, sent: &Sent) -> Value {
        let headers: Map<String, Value> = sent
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .filter(|(name, _)| name != "X-Gitlab-Token")
            .collect();
        let data: Value = serde_json::from_str(&sent.outgoing.body).unwrap_or(Value::Null);
        let status = sent.status.map_or_else(|| "internal error".to_owned(), |s| s.to_string());
        json!({
            "id": sent.id,
            "url": self.url,
            "trigger": sent.outgoing.trigger.name,
            "request_headers": headers,
            "request_data": data,
            "response_headers": {},
            "response_body": sent.answer,
            "execution_duration": sent.seconds,
            "response_status": status,
            "created_at": iso(sent.at),
        })
    }
}

impl Project {
    pub(super) fn hook(&self, id: u64) -> Outcome<&Hook> {
        let hook = self.hooks.iter().find(|hook| hook.id == id);
        hook.ok_or_else(|| Refusal::not_found("Hook"))
    }

    pub(super) fn hook_mut(&mut self, id: u64) -> Outcome<&mut Hook> {
        let hook = self.hooks.iter_mut().find(|hook| hook.id == id);
        hook.ok_or_else(|| Refusal::not_found("Hook"))
    }
}

impl World {
    /// Creates a hook, or writes to one. On writing, secrets that are not sent are dropped.
    pub(super) fn write_hook(
        &mut self,
        project: u64,
        id: Option<u64>,
        call: &Call,
    ) -> Outcome<u64> {
        let params = &call.params;
        let signing_token =
            if self.settings.signing_tokens { params.text("signing_token") } else { None };
        if let Some(token) = &signing_token
            && signing_key(token).is_none()
        {
            let error = "must be in whsec_<base64> format encoding a 32-byte key";
            let body = json!({ "message": { "signing_token": [error] } });
            return Err(Refusal { status: 422, body });
        }
        let mut hook = match id {
            Some(id) => self.project(project)?.hook(id)?.clone(),
            None => Hook {
                id: self.next_id(),
                url: params.required("url")?,
                name: None,
                description: None,
                flags: BTreeSet::from(["push_events"]),
                tls: true,
                token: None,
                signing_token: None,
                custom_headers: BTreeMap::new(),
                created_at: self.clock.now(),
                failures: 0,
                disabled_until: None,
                log: Vec::new(),
            },
        };
        hook.url = params.text("url").unwrap_or(hook.url);
        if !hook.url.starts_with("http://") && !hook.url.starts_with("https://") {
            return Err(Refusal::message(422, "Invalid url given"));
        }
        hook.name = params.text("name").or(hook.name);
        hook.description = params.text("description").or(hook.description);
        hook.tls = params.flag("enable_ssl_verification")?.unwrap_or(hook.tls);
        for flag in FLAGS {
            match params.flag(flag)? {
                Some(true) => hook.flags.insert(flag),
                Some(false) => hook.flags.remove(flag),
                None => false,
            };
        }
        hook.token = params.text("token").filter(|token| !token.is_empty());
        hook.signing_token = signing_token;
        let id = hook.id;
        let hooks = &mut self.project_mut(project)?.hooks;
        match hooks.iter_mut().find(|other| other.id == id) {
            Some(other) => *other = hook,
            None => hooks.push(hook),
        }
        Ok(id)
    }

    /// Adds a hook for issues and comments, confidential ones too, to the first project.
    ///
    /// # Errors
    /// 422 for a signing token that is not `whsec_` and base64 of 32 bytes, or a strange address.
    pub fn add_hook(
        &mut self,
        url: &str,
        token: Option<&str>,
        signing_token: Option<&str>,
    ) -> Result<u64, Refusal> {
        let project = self.first()?.id;
        let mut call = Call::new("POST", "", "");
        call.content_type = "application/json".to_owned();
        let body = json!({
            "url": url,
            "token": token,
            "signing_token": signing_token,
            "push_events": false,
            "issues_events": true,
            "confidential_issues_events": true,
            "note_events": true,
            "confidential_note_events": true,
        });
        call.body = body.to_string().into_bytes();
        call.read_params()?;
        self.write_hook(project, None, &call)
    }

    /// Queues an event for each hook that wants it.
    pub(super) fn fire(&mut self, project: u64, trigger: Trigger, body: &Value) -> Outcome<()> {
        let event_uuid = self.chain.clone().unwrap_or_else(|| self.uuid());
        let hooks = &self.project(project)?.hooks;
        let wanted = hooks.iter().filter(|hook| hook.flags.contains(trigger.flag));
        let wanted: Vec<u64> = wanted.map(|hook| hook.id).collect();
        for hook in wanted {
            // A hook fires once in a chain of requests that name the event they come from.
            if !self.chains.entry(event_uuid.clone()).or_default().insert(hook)
                && self.chain.is_some()
            {
                continue;
            }
            let id = self.uuid();
            let event_uuid = event_uuid.clone();
            let body = body.to_string();
            self.outbox.queue(Outgoing { project, hook, id, event_uuid, trigger, body });
        }
        Ok(())
    }

    /// What the Test button sends: the newest issue, or its newest comment, without an action.
    pub(super) fn test_delivery(
        &mut self,
        project: u64,
        hook: u64,
        user: u64,
        trigger: &str,
    ) -> Outcome<Outgoing> {
        self.require(project, Some(user), MAINTAINER)?;
        let at = self.project(project)?;
        at.hook(hook)?;
        let trigger =
            Trigger::of_test(trigger).ok_or_else(|| Refusal::bad("trigger is invalid"))?;
        let missing = || Refusal::message(422, "Ensure the project has issues.");
        let is_note = trigger == NOTES || trigger == CONFIDENTIAL_NOTES;
        let body = if is_note {
            let mut issues = at.issues.values().rev();
            let note = issues.find_map(|i| i.notes.iter().rfind(|n| !n.system).map(|n| (i, n.id)));
            let missing = || Refusal::message(422, "Ensure the project has notes.");
            let (issue, note) = note.ok_or_else(missing)?;
            self.note_event(at, issue, note, None)?
        } else {
            let (_, issue) = at.issues.last_key_value().ok_or_else(missing)?;
            self.issue_event(at, issue, user, None, json!({}))
        };
        let (id, event_uuid) = (self.uuid(), self.uuid());
        Ok(Outgoing { project, hook, id, event_uuid, trigger, body: body.to_string() })
    }
}

/// The key in a signing token: base64 of 32 bytes after `whsec_`.
pub(super) fn signing_key(token: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(token.strip_prefix("whsec_")?).ok()?;
    (key.len() == 32).then_some(key)
}
