//! GitLab's REST API, as far as the sandbox has it: one call in, one answer out.

use super::outbox::Outgoing;
use super::page as html;
use super::paging::page;
use super::projects::Found;
use super::users::Asker;
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;
use serde_json::json;

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
        self.let_imports_pass();
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
            ["projects", project, rest @ ..] => match self.find_project(project, asker.id())? {
                Found::Here(project) => self.in_project(call, asker, project, rest),
                Found::Moved(project) => self.send_on(call, project).map(Reply::Now),
            },
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
            (_, ["groups", name, rest @ ..]) => self.on_group(call, asker, name, rest),
            ("GET", ["namespaces", name]) => self.on_namespace(name, asker),
            ("POST", ["import", "github"]) => self.import_from_github(call, asker),
            ("POST", ["import", "github", "cancel"]) => self.cancel_github_import(call, asker),
            (_, ["bulk_imports", rest @ ..]) => self.on_bulk_imports(call, asker, rest),
            ("GET", ["personal_access_tokens", "self"]) => {
                let token = asker.token.as_ref().ok_or_else(Refusal::unauthorized)?;
                Ok(Answer::ok(&self.token_json(token)))
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }
}

pub(super) fn number(text: &str) -> Outcome<u64> {
    text.parse().map_err(|_| Refusal::message(404, "404 Not Found"))
}
