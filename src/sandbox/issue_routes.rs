//! The part of the REST API below `/projects/:id/issues`.

use super::issue_list;
use super::issues::{Change, Draft};
use super::paging::page;
use super::routes::number;
use super::users::Asker;
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;

impl World {
    pub(super) fn on_issues(
        &mut self,
        call: &Call,
        asker: &Asker,
        id: u64,
        path: &[&str],
    ) -> Outcome {
        match (call.method.as_str(), path) {
            ("GET", []) => issue_list::answer(self, call, asker, id),
            ("POST", []) => {
                let draft = Draft {
                    title: call.params.text("title").unwrap_or_default(),
                    description: call.params.text("description").unwrap_or_default(),
                    labels: call.params.list("labels").unwrap_or_default(),
                    assignees: assignees(call).unwrap_or_default(),
                    confidential: call.params.flag("confidential")?.unwrap_or(false),
                    issue_type: call.params.text("issue_type"),
                    created_at: call.params.time("created_at")?,
                };
                let iid = self.open_issue(id, asker.user()?.id, draft)?;
                self.issue_answer(201, id, iid)
            }
            (_, [iid, rest @ ..]) => {
                let iid = number(iid)?;
                self.visible(id, iid, asker.id())?;
                self.on_issue(call, asker, id, iid, rest)
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }

    fn on_issue(
        &mut self,
        call: &Call,
        asker: &Asker,
        id: u64,
        iid: u64,
        path: &[&str],
    ) -> Outcome {
        match (call.method.as_str(), path) {
            ("GET", []) => self.issue_answer(200, id, iid),
            ("PUT", []) => {
                let change = change(call)?;
                self.change_issue(id, iid, asker.user()?.id, change)?;
                self.issue_answer(200, id, iid)
            }
            ("DELETE", []) => {
                self.require(id, asker.id(), 50)?;
                self.project_mut(id)?.issues.remove(&iid);
                Ok(Answer::empty(204))
            }
            ("POST", ["move"]) => {
                let to = number(&call.params.required("to_project_id")?)?;
                let new = self.move_issue(id, iid, asker.user()?.id, to)?;
                self.issue_answer(201, to, new)
            }
            ("GET", ["resource_label_events", rest @ ..]) => {
                let project = self.project(id)?;
                let issue = project.issue(iid)?;
                let render = |event: &_| self.label_event_json(project, issue, event);
                match rest {
                    [] => page(call, &self.base_url, &issue.label_events, |e| Some(render(e))),
                    [event] => {
                        let event = number(event)?;
                        let event = issue.label_events.iter().find(|other| other.id == event);
                        let missing = || Refusal::not_found("ResourceLabelEvent");
                        Ok(Answer::ok(&render(event.ok_or_else(missing)?)))
                    }
                    _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
                }
            }
            (_, ["notes", rest @ ..]) => self.on_notes(call, asker, id, iid, rest),
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }

    fn issue_answer(&self, status: u16, id: u64, iid: u64) -> Outcome {
        let project = self.project(id)?;
        Ok(Answer::json(status, &self.issue_json(project, project.issue(iid)?, false)))
    }

    fn on_notes(
        &mut self,
        call: &Call,
        asker: &Asker,
        id: u64,
        iid: u64,
        path: &[&str],
    ) -> Outcome {
        match (call.method.as_str(), path) {
            ("GET", []) => self.note_list(call, asker, id, iid),
            ("POST", []) => {
                let internal =
                    call.params.flag("internal")?.or(call.params.flag("confidential")?);
                let body =
                    call.params.text("body").ok_or_else(|| Refusal::bad("body is missing"))?;
                self.create_note(id, iid, asker.user()?.id, &body, internal.unwrap_or(false))
            }
            (method, [note, rest @ ..]) => {
                let note = number(note)?;
                let issue = self.project(id)?.issue(iid)?;
                let seen = self.note_json(id, issue, self.note(id, iid, note)?, asker.id());
                let seen = seen.ok_or_else(|| Refusal::not_found("Note"))?;
                match (method, rest) {
                    ("GET", []) => Ok(Answer::ok(&seen)),
                    ("PUT", []) => {
                        let body = call.params.required("body")?;
                        self.edit_note(id, iid, asker.user()?.id, note, &body)
                    }
                    ("DELETE", []) => self.delete_note(id, iid, asker.user()?.id, note),
                    ("GET", ["award_emoji"]) => {
                        let awards = &self.note(id, iid, note)?.awards;
                        page(call, &self.base_url, awards, |a| Some(self.award_json(a, note)))
                    }
                    ("POST", ["award_emoji"]) => {
                        let name = call.params.required("name")?;
                        self.award(id, iid, asker.user()?.id, note, &name)
                    }
                    ("DELETE", ["award_emoji", award]) => {
                        self.revoke_award(id, iid, asker.user()?.id, note, number(award)?)
                    }
                    _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
                }
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }

    fn note_list(&self, call: &Call, asker: &Asker, id: u64, iid: u64) -> Outcome {
        let issue = self.project(id)?.issue(iid)?;
        let kept = |system: bool| match call.params.text("activity_filter").as_deref() {
            Some("only_comments") => !system,
            Some("only_activity") => system,
            _ => true,
        };
        let mut notes: Vec<_> = issue.notes.iter().filter(|note| kept(note.system)).collect();
        if call.params.text("order_by").as_deref() == Some("updated_at") {
            notes.sort_by_key(|note| (note.updated_at, note.id));
        }
        if call.params.text("sort").as_deref() != Some("asc") {
            notes.reverse();
        }
        page(call, &self.base_url, &notes, |note| self.note_json(id, issue, note, asker.id()))
    }
}

fn assignees(call: &Call) -> Option<Vec<u64>> {
    call.params.numbers("assignee_ids").or_else(|| call.params.numbers("assignee_id"))
}

fn change(call: &Call) -> Outcome<Change> {
    let params = &call.params;
    const KNOWN: [&str; 11] = [
        "title",
        "description",
        "labels",
        "add_labels",
        "remove_labels",
        "state_event",
        "confidential",
        "discussion_locked",
        "assignee_ids",
        "assignee_id",
        "updated_at",
    ];
    if !KNOWN.iter().any(|key| params.has(key)) {
        let text =
            format!("{} are missing, at least one parameter must be provided", KNOWN.join(", "));
        return Err(Refusal::bad(&text));
    }
    let open = match params.text("state_event").as_deref() {
        None => None,
        Some("close") => Some(false),
        Some("reopen") => Some(true),
        Some(_) => return Err(Refusal::bad("state_event does not have a valid value")),
    };
    Ok(Change {
        title: params.text("title"),
        // A description of null empties it.
        description: params
            .has("description")
            .then(|| params.text("description").unwrap_or_default()),
        add_labels: params.list("add_labels").unwrap_or_default(),
        remove_labels: params.list("remove_labels").unwrap_or_default(),
        labels: params.list("labels"),
        open,
        confidential: params.flag("confidential")?,
        discussion_locked: params.flag("discussion_locked")?,
        assignees: assignees(call),
    })
}
