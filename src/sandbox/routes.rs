//! GitLab's REST API, as far as the sandbox has it: one call in, one answer out.

use super::hooks::Hook;
use super::outbox::Outgoing;
use super::page as html;
use super::users::{Asker, MAINTAINER, REPORTER};
use super::wire::{Answer, Call, Outcome, Refusal, page};
use super::world::World;
use serde_json::{Value, json};

/// What a call comes to.
pub(super) enum Reply {
    /// An answer.
    Now(Answer),
    /// A webhook to send while the caller waits; its status decides the answer.
    AfterDelivery {
        /// What to send.
        outgoing: Box<Outgoing>,
        /// Sent by the Test button: a failure is the caller's answer, too.
        test: bool,
    },
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::Now(answer)
    }
}

impl World {
    /// Executes a call. The caller's token was already checked.
    pub(super) fn answer(&mut self, call: &Call, asker: &Asker) -> Outcome<Reply> {
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        let Some(rest) = segments.strip_prefix(&["api", "v4"]) else {
            return html::answer(self, call, &segments).map(Reply::Now);
        };
        if call.method != "GET" {
            let token = asker.token.as_ref().ok_or_else(Refusal::unauthorized)?;
            if !token.scopes.iter().any(|scope| scope == "api") {
                return Err(Refusal::insufficient_scope());
            }
        }
        self.chain.clone_from(&call.event_uuid);
        let reply = match rest {
            ["projects", project, rest @ ..] => {
                let project = self.project_id(project, asker.id())?;
                self.in_project(call, asker, project, rest)
            }
            _ => self.outside_projects(call, asker, rest).map(Reply::Now),
        };
        self.chain = None;
        reply
    }

    fn outside_projects(&mut self, call: &Call, asker: &Asker, path: &[&str]) -> Outcome {
        match (call.method.as_str(), path) {
            ("GET", ["version" | "metadata"]) => {
                asker.user()?;
                let version = &self.settings.version;
                Ok(Answer::ok(&json!({
                    "version": version,
                    "revision": "5a4d6b0c0de",
                    "enterprise": self.settings.scoped_labels_exclusive,
                })))
            }
            ("GET", ["user"]) => Ok(Answer::ok(&asker.user()?.full(&self.base_url))),
            ("GET", ["users"]) => {
                asker.user()?;
                let wanted = call.params.text("username");
                let matches = |name: &str| {
                    wanted.as_deref().is_none_or(|wanted| name.eq_ignore_ascii_case(wanted))
                };
                let users: Vec<_> = self.users.values().filter(|u| matches(&u.username)).collect();
                page(call, &self.base_url, &users, |user| Some(user.brief(&self.base_url)))
            }
            ("GET", ["users", id]) => {
                let user = self.user(number(id)?).ok_or_else(|| Refusal::not_found("User"))?;
                Ok(Answer::ok(&user.full(&self.base_url)))
            }
            ("GET", ["personal_access_tokens", "self"]) => {
                let token = asker.token.as_ref().ok_or_else(Refusal::unauthorized)?;
                Ok(Answer::ok(&self.token_json(token)))
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }

    fn in_project(&mut self, call: &Call, asker: &Asker, id: u64, path: &[&str]) -> Outcome<Reply> {
        let answer = match (call.method.as_str(), path) {
            ("GET", []) => Answer::ok(&self.project_json(self.project(id)?, asker.id())),
            (_, ["issues", rest @ ..]) => self.on_issues(call, asker, id, rest)?,
            (_, ["labels", rest @ ..]) => self.on_labels(call, asker, id, rest)?,
            (_, ["hooks", rest @ ..]) => return self.on_hooks(call, asker, id, rest),
            ("GET", ["members", "all", rest @ ..]) => self.on_members(call, asker, id, rest)?,
            ("GET", ["repository", "files", path]) => self.file_json(id, path)?,
            ("GET", ["repository", "files", path, "raw"]) => self.file_raw(id, path)?,
            ("POST" | "PUT", ["repository", "files", path]) => {
                self.require(id, asker.id(), 30)?;
                self.write_file(id, path, call, call.method == "POST")?
            }
            ("POST", ["uploads"]) => {
                asker.user()?;
                self.upload(id, call)?
            }
            _ => return Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        };
        Ok(Reply::Now(answer))
    }

    fn on_labels(&mut self, call: &Call, asker: &Asker, id: u64, path: &[&str]) -> Outcome {
        if call.method != "GET" {
            self.require(id, asker.id(), REPORTER)?;
        }
        let label = match path {
            [] => None,
            [name] => {
                let project = self.project(id)?;
                let by_number = name.parse().ok().and_then(|number| project.label(number));
                let label = by_number.or_else(|| project.label_titled(name));
                Some(label.ok_or_else(|| Refusal::not_found("Label"))?.id)
            }
            _ => return Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        };
        let params = &call.params;
        let (status, label) = match (call.method.as_str(), label) {
            ("GET", None) => {
                let search = params.text("search").unwrap_or_default().to_lowercase();
                let mut labels = self.project(id)?.labels.clone();
                labels.retain(|label| label.title.to_lowercase().contains(&search));
                labels.sort_by(|a, b| a.title.cmp(&b.title));
                return page(call, &self.base_url, &labels, |label| Some(label.json()));
            }
            ("GET", Some(label)) => (200, label),
            ("POST", None) => {
                let (name, color) = (params.required("name")?, params.required("color")?);
                let description = params.text("description").unwrap_or_default();
                (201, self.create_label(id, &name, &color, &description)?)
            }
            ("PUT", Some(label)) => {
                let title = params.text("new_name").or(params.text("name"));
                let (color, description) = (params.text("color"), params.text("description"));
                self.edit_label(id, label, title, color, description)?;
                (200, label)
            }
            ("DELETE", Some(label)) => {
                self.delete_label(id, label)?;
                return Ok(Answer::empty(204));
            }
            _ => return Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        };
        let label = self.project(id)?.label(label).map(super::labels::Label::json);
        Ok(Answer::json(status, &label.unwrap_or(Value::Null)))
    }

    fn on_members(&self, call: &Call, asker: &Asker, id: u64, path: &[&str]) -> Outcome {
        asker.user()?;
        let project = self.project(id)?;
        let json = |(user, level): (&u64, &u64)| Some(self.member_json(self.user(*user)?, *level));
        match path {
            [] => {
                let ids = call.params.numbers("user_ids");
                let wanted = |id: &u64| ids.as_ref().is_none_or(|ids| ids.contains(id));
                let members: Vec<_> = project.members.iter().filter(|(id, _)| wanted(id)).collect();
                page(call, &self.base_url, &members, |member| json(*member))
            }
            [user] => {
                let member = project.members.get_key_value(&number(user)?).and_then(json);
                Ok(Answer::ok(&member.ok_or_else(|| Refusal::message(404, "404 Not found"))?))
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }

    fn on_hooks(&mut self, call: &Call, asker: &Asker, id: u64, path: &[&str]) -> Outcome<Reply> {
        self.require(id, asker.id(), MAINTAINER)?;
        let now = self.clock.peek();
        let answer = match (call.method.as_str(), path) {
            ("GET", []) => {
                let hooks = &self.project(id)?.hooks;
                page(call, &self.base_url, hooks, |hook| Some(hook.json(id, now)))?
            }
            ("POST", []) => {
                let hook = self.write_hook(id, None, call)?;
                Answer::json(201, &self.project(id)?.hook(hook)?.json(id, now))
            }
            ("GET", [hook]) => Answer::ok(&self.project(id)?.hook(number(hook)?)?.json(id, now)),
            ("PUT", [hook]) => {
                let hook = self.write_hook(id, Some(number(hook)?), call)?;
                Answer::ok(&self.project(id)?.hook(hook)?.json(id, now))
            }
            ("DELETE", [hook]) => {
                let hook = number(hook)?;
                self.project(id)?.hook(hook)?;
                self.project_mut(id)?.hooks.retain(|other| other.id != hook);
                Answer::empty(204)
            }
            ("POST", [hook, "test", trigger]) => {
                let user = asker.user()?.id;
                let outgoing = Box::new(self.test_delivery(id, number(hook)?, user, trigger)?);
                return Ok(Reply::AfterDelivery { outgoing, test: true });
            }
            ("GET", [_, "events"]) if !self.settings.hook_events => {
                return Err(Refusal::not_found(""));
            }
            ("GET", [hook, "events"]) => {
                let hook = self.project(id)?.hook(number(hook)?)?;
                let sent = logged(hook, call.params.text("status").as_deref());
                page(call, &self.base_url, &sent, |sent| Some(hook.log_json(sent)))?
            }
            ("POST", [hook, "events", event, "resend"]) => {
                let (hook, event) = (self.project(id)?.hook(number(hook)?)?, number(event)?);
                let sent = hook.log.iter().find(|sent| sent.id == event);
                let sent = sent.ok_or_else(|| Refusal::message(404, "404 Not Found"))?;
                let outgoing = Box::new(sent.outgoing.clone());
                return Ok(Reply::AfterDelivery { outgoing, test: false });
            }
            _ => return Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        };
        Ok(Reply::Now(answer))
    }
}

/// The event log, newest first, of one status or kind of status.
fn logged<'a>(hook: &'a Hook, status: Option<&str>) -> Vec<&'a super::hooks::Sent> {
    let kept = |code: Option<u16>| match status {
        None => true,
        Some("successful") => code.is_some_and(|code| code < 300),
        Some("client_failure") => code.is_some_and(|code| (400..500).contains(&code)),
        Some("server_failure") => code.is_some_and(|code| code >= 500),
        Some("internal_failure") => code.is_none(),
        Some(exact) => code.map(|code| code.to_string()).as_deref() == Some(exact),
    };
    hook.log.iter().rev().filter(|sent| kept(sent.status)).collect()
}

pub(super) fn number(text: &str) -> Outcome<u64> {
    text.parse().map_err(|_| Refusal::message(404, "404 Not Found"))
}
