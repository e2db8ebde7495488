//! The part of the REST API below `/projects/:id/merge_requests`: filters, order, page.

use super::merge_requests::MergeRequest;
use super::paging::page;
use super::routes::number;
use super::users::Asker;
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;

impl World {
    pub(super) fn on_merge_requests(
        &self,
        call: &Call,
        asker: &Asker,
        id: u64,
        path: &[&str],
    ) -> Outcome {
        let project = self.project(id)?;
        match (call.method.as_str(), path) {
            ("GET", []) => {
                let requests = self.merge_request_list(call, asker, id)?;
                page(call, &self.base_url, &requests, |request| {
                    Some(self.merge_request_json(project, request))
                })
            }
            ("GET", [iid]) => {
                let request = project.merge_request(number(iid)?)?;
                Ok(Answer::ok(&self.merge_request_json(project, request)))
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }

    fn merge_request_list(
        &self,
        call: &Call,
        asker: &Asker,
        id: u64,
    ) -> Outcome<Vec<&MergeRequest>> {
        let params = &call.params;
        let state = params.text("state").unwrap_or_else(|| "all".to_owned());
        if !["all", "opened", "closed", "locked", "merged"].contains(&state.as_str()) {
            return Err(Refusal::bad("state does not have a valid value"));
        }
        let mine = match params.text("scope").as_deref().map(|scope| scope.replace('-', "_")) {
            None => None,
            Some(scope) if scope == "all" => None,
            Some(scope) if scope == "created_by_me" => Some(asker.user()?.id),
            Some(_) => return Err(Refusal::bad("scope does not have a valid value")),
        };
        let author = params.number("author_id")?.or(mine);
        let username = params.text("author_username");
        let author_named = username.map(|name| self.user_named(&name).map(|user| user.id));
        let (target, source) = (params.text("target_branch"), params.text("source_branch"));
        let iids = params.numbers("iids");
        let search = params.text("search").map(|text| text.to_lowercase());
        let span = |kind: &str| -> Outcome<_> {
            let after = params.time(&format!("{kind}_after"))?;
            Ok((after, params.time(&format!("{kind}_before"))?))
        };
        let (created, updated) = (span("created")?, span("updated")?);
        let merged = if self.settings.merged_filters { span("merged")? } else { (None, None) };
        let within = |at: jiff::Timestamp, (after, before): (Option<_>, Option<_>)| {
            after.is_none_or(|after| at >= after) && before.is_none_or(|before| at <= before)
        };
        let mut requests: Vec<&MergeRequest> = self
            .project(id)?
            .merge_requests
            .values()
            .filter(|request| state == "all" || state == request.state.name())
            .filter(|request| author.is_none_or(|author| request.author == author))
            .filter(|request| author_named.is_none_or(|author| author == Some(request.author)))
            .filter(|request| target.as_ref().is_none_or(|name| *name == request.target_branch))
            .filter(|request| source.as_ref().is_none_or(|name| *name == request.source_branch))
            .filter(|request| iids.as_ref().is_none_or(|iids| iids.contains(&request.iid)))
            .filter(|r| search.as_ref().is_none_or(|text| r.title.to_lowercase().contains(text)))
            .filter(|r| within(r.created_at, created) && within(r.updated_at, updated))
            .filter(|request| match request.merged_at {
                Some(at) => within(at, merged),
                None => merged == (None, None),
            })
            .collect();
        match params.text("order_by").as_deref() {
            None | Some("created_at") => requests.sort_by_key(|r| (r.created_at, r.id)),
            Some("updated_at") => requests.sort_by_key(|r| (r.updated_at, r.id)),
            Some("merged_at") => requests.sort_by_key(|r| (r.merged_at, r.id)),
            Some("title") => requests.sort_by_key(|r| (r.title.clone(), r.id)),
            Some("label_priority" | "milestone_due" | "popularity" | "priority") => {}
            Some(_) => return Err(Refusal::bad("order_by does not have a valid value")),
        }
        if params.text("sort").as_deref() != Some("asc") {
            requests.reverse();
        }
        Ok(requests)
    }
}
