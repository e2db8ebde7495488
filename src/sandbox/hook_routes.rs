//! The part of the REST API below `/projects/:id/hooks`.

use super::hooks::{Hook, Sent};
use super::paging::page;
use super::routes::{Reply, number};
use super::users::{Asker, MAINTAINER};
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;

impl World {
    pub(super) fn on_hooks(
        &mut self,
        call: &Call,
        asker: &Asker,
        id: u64,
        path: &[&str],
    ) -> Outcome<Reply> {
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
fn logged<'a>(hook: &'a Hook, status: Option<&str>) -> Vec<&'a Sent> {
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
