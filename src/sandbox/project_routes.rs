//! The part of the REST API below `/projects/:id`.

use super::paging::page;
use super::routes::{Reply, number};
use super::users::{Asker, REPORTER};
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;
use serde_json::Value;

impl World {
    pub(super) fn in_project(
        &mut self,
        call: &Call,
        asker: &Asker,
        id: u64,
        path: &[&str],
    ) -> Outcome<Reply> {
        let answer = match (call.method.as_str(), path) {
            ("GET", []) => self.project_answer(call, asker, id)?,
            (_, ["issues", rest @ ..]) => self.on_issues(call, asker, id, rest)?,
            (_, ["merge_requests", rest @ ..]) => self.on_merge_requests(call, asker, id, rest)?,
            (_, ["events", rest @ ..]) => self.on_events(call, asker, id, rest)?,
            (_, ["pipelines", rest @ ..]) => self.on_pipelines(call, id, rest)?,
            (_, ["repository", rest @ ..]) => self.on_repository(call, asker, id, rest)?,
            (_, ["releases", rest @ ..]) => self.on_releases(call, id, rest)?,
            (_, ["labels", rest @ ..]) => self.on_labels(call, asker, id, rest)?,
            (_, ["milestones", rest @ ..]) => self.on_milestones(call, id, rest)?,
            (_, ["wikis", rest @ ..]) => self.on_wikis(call, id, rest)?,
            ("GET", ["import"]) => self.import_answer(asker, id)?,
            (_, ["hooks", rest @ ..]) => return self.on_hooks(call, asker, id, rest),
            ("GET", ["members", "all", rest @ ..]) => self.on_members(call, asker, id, rest)?,
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
        let members = self.members_of(self.project(id)?);
        let json = |(user, level): (&u64, &u64)| Some(self.member_json(self.user(*user)?, *level));
        match path {
            [] => {
                let ids = call.params.numbers("user_ids");
                let wanted = |id: &u64| ids.as_ref().is_none_or(|ids| ids.contains(id));
                let members: Vec<_> = members.iter().filter(|(id, _)| wanted(id)).collect();
                page(call, &self.base_url, &members, |member| json(*member))
            }
            [user] => {
                let member = members.get_key_value(&number(user)?).and_then(json);
                Ok(Answer::ok(&member.ok_or_else(|| Refusal::message(404, "404 Not found"))?))
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }
}
