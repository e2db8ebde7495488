//! What happened in a project, as its activity page tells it.

use super::clock::iso;
use super::imports::Origin;
use super::paging::page;
use super::project_json::extend;
use super::projects::Project;
use super::users::Asker;
use super::wire::{Call, Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// One thing that happened.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: u64,
    pub(super) at: Timestamp,
    pub(super) author: u64,
    pub(super) what: What,
    pub(super) origin: Origin,
}

/// What it was.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// Somebody pushed.
    Pushed(Pushed),
    /// Something was done to an issue: `opened`, `closed`, `reopened`.
    Issue(&'static str, u64),
    /// An issue got this comment.
    Comment(u64, u64),
    /// Something was done to a merge request: `opened`, `accepted`, `closed`.
    MergeRequest(&'static str, u64),
}

/// A push to a branch, or of a tag.
#[derive(Debug, Clone)]
pub(super) struct Pushed {
    /// Name of the branch or tag.
    pub(super) to: String,
    pub(super) is_tag: bool,
    pub(super) commits: u64,
    /// Newest commit before; none for a new branch or tag.
    pub(super) before: Option<String>,
    pub(super) after: String,
    pub(super) title: String,
}

impl Pushed {
    fn json(&self) -> Value {
        json!({
            "commit_count": self.commits,
            "action": if self.before.is_none() { "created" } else { "pushed" },
            "ref_type": if self.is_tag { "tag" } else { "branch" },
            "commit_from": self.before,
            "commit_to": self.after,
            "ref": self.to,
            "commit_title": self.title,
            "ref_count": null,
        })
    }
}

impl What {
    /// `action_name` in the answer.
    fn action(&self) -> &'static str {
        match self {
            Self::Pushed(push) if push.before.is_none() => "pushed new",
            Self::Pushed(_) => "pushed to",
            Self::Comment(..) => "commented on",
            Self::Issue(action, _) | Self::MergeRequest(action, _) => action,
        }
    }

    /// Whether the parameter `action` means it.
    fn is_called(&self, wanted: &str) -> bool {
        match wanted {
            "pushed" => matches!(self, Self::Pushed(_)),
            "created" => self.action() == "opened",
            "merged" => self.action() == "accepted",
            "commented" => self.action() == "commented on",
            other => self.action() == other,
        }
    }
}

const ACTIONS: [&str; 12] = [
    "approved",
    "closed",
    "commented",
    "created",
    "destroyed",
    "expired",
    "joined",
    "left",
    "merged",
    "pushed",
    "reopened",
    "updated",
];

impl World {
    /// Notes down what somebody did.
    pub(super) fn happened(
        &mut self,
        project: u64,
        author: u64,
        at: Timestamp,
        what: What,
    ) -> Outcome<()> {
        let id = self.next_id();
        let event = Event { id, at, author, what, origin: Origin::Native };
        self.project_mut(project)?.events.push(event);
        Ok(())
    }

    /// `GET /projects/:id/events`. Both `after` and `before` are days, and neither counts itself.
    pub(super) fn on_events(&self, call: &Call, asker: &Asker, id: u64, path: &[&str]) -> Outcome {
        let (("GET", []), project) = ((call.method.as_str(), path), self.project(id)?) else {
            return Err(Refusal::unknown_endpoint(&call.method, &call.path));
        };
        let params = &call.params;
        let action = params.text("action");
        if action.as_deref().is_some_and(|action| !ACTIONS.contains(&action)) {
            return Err(Refusal::bad("action does not have a valid value"));
        }
        let target = params.text("target_type");
        let (after, before) = (params.day("after")?, params.day("before")?);
        let day = |event: &Event| event.at.to_zoned(TimeZone::UTC).date();
        let mut events: Vec<&Event> = project
            .events
            .iter()
            .filter(|event| action.as_ref().is_none_or(|action| event.what.is_called(action)))
            .filter(|event| target.as_ref().is_none_or(|kind| has_target(&event.what, kind)))
            .filter(|event| after.is_none_or(|after| day(event) > after))
            .filter(|event| before.is_none_or(|before| day(event) < before))
            .collect();
        events.sort_by_key(|event| (event.at, event.id));
        if params.text("sort").as_deref() != Some("asc") {
            events.reverse();
        }
        page(call, &self.base_url, &events, |event| self.event_json(project, event, asker.id()))
    }

    /// An event as this user sees it; none when it is about what is hidden from them.
    fn event_json(&self, project: &Project, event: &Event, user: Option<u64>) -> Option<Value> {
        let mut more = json!({});
        let target = match &event.what {
            What::Pushed(push) => {
                more = json!({ "push_data": push.json() });
                None
            }
            What::Issue(_, iid) => {
                let issue = project.issue(*iid).ok().filter(|i| self.may_see(project, i, user))?;
                Some(("Issue", issue.id, *iid, &issue.title))
            }
            What::Comment(iid, note) => {
                let issue = project.issue(*iid).ok().filter(|i| self.may_see(project, i, user))?;
                let note = self.note(project.id, *iid, *note).ok()?;
                more = json!({ "note": self.note_json(project.id, issue, note, user)? });
                Some(("Note", note.id, *iid, &issue.title))
            }
            What::MergeRequest(_, iid) => {
                let request = project.merge_requests.get(iid)?;
                Some(("MergeRequest", request.id, *iid, &request.title))
            }
        };
        let mut value = json!({
            "id": event.id,
            "project_id": project.id,
            "action_name": event.what.action(),
            "target_id": target.map(|(_, id, ..)| id),
            "target_iid": target.map(|(_, _, iid, _)| iid),
            "target_type": target.map(|(kind, ..)| kind),
            "author_id": event.author,
            "target_title": target.map(|(.., title)| title),
            "created_at": iso(event.at),
            "author": self.brief(event.author),
            "imported": event.origin != Origin::Native,
            "imported_from": event.origin.name(),
            "author_username": self.user(event.author).map(|user| &user.username),
        });
        extend(&mut value, more);
        Some(value)
    }
}

fn has_target(what: &What, kind: &str) -> bool {
    match what {
        What::Pushed(_) => false,
        What::Comment(..) => kind == "note",
        What::Issue(..) => kind == "issue",
        What::MergeRequest(..) => kind == "merge_request",
    }
}
