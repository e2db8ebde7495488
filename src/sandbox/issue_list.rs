//! `GET /projects/:id/issues`: filters, order, page.

use super::issues::{Issue, state};
use super::paging::page;
use super::users::Asker;
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;

pub(super) fn answer(world: &World, call: &Call, asker: &Asker, project: u64) -> Outcome<Answer> {
    let project = world.project(project)?;
    let params = &call.params;
    let wanted_state = params.text("state").unwrap_or_else(|| "all".to_owned());
    if !matches!(wanted_state.as_str(), "all" | "opened" | "closed") {
        return Err(Refusal::bad("state does not have a valid value"));
    }
    let labels = params.list("labels");
    let unwanted = params.list("not[labels]").unwrap_or_default();
    let iids = params.numbers("iids");
    let author = params.number("author_id")?;
    let kind = params.text("issue_type");
    let search = params.text("search").map(|text| text.to_lowercase());
    let (updated_after, updated_before) =
        (params.time("updated_after")?, params.time("updated_before")?);
    let (created_after, created_before) =
        (params.time("created_after")?, params.time("created_before")?);

    let has = |issue: &Issue, title: &str| {
        issue.labels.iter().filter_map(|id| project.label(*id)).any(|label| label.title == title)
    };
    let labelled = |issue: &Issue| match labels.as_deref() {
        None => true,
        Some([one]) if one.eq_ignore_ascii_case("none") => issue.labels.is_empty(),
        Some([one]) if one.eq_ignore_ascii_case("any") => !issue.labels.is_empty(),
        Some(titles) => titles.iter().all(|title| has(issue, title)),
    };
    let mut issues: Vec<&Issue> = project
        .issues
        .values()
        .filter(|issue| world.may_see(project, issue, asker.id()))
        .filter(|issue| wanted_state == "all" || wanted_state == state(issue.open))
        .filter(|issue| labelled(issue) && !unwanted.iter().any(|title| has(issue, title)))
        .filter(|issue| iids.as_ref().is_none_or(|iids| iids.contains(&issue.iid)))
        .filter(|issue| author.is_none_or(|id| issue.author == id))
        .filter(|issue| kind.as_ref().is_none_or(|kind| *kind == issue.issue_type))
        .filter(|issue| search.as_ref().is_none_or(|s| issue.title.to_lowercase().contains(s)))
        .filter(|issue| updated_after.is_none_or(|time| issue.updated_at >= time))
        .filter(|issue| updated_before.is_none_or(|time| issue.updated_at <= time))
        .filter(|issue| created_after.is_none_or(|time| issue.created_at >= time))
        .filter(|issue| created_before.is_none_or(|time| issue.created_at <= time))
        .collect();
    match params.text("order_by").as_deref() {
        None | Some("created_at") => issues.sort_by_key(|issue| (issue.created_at, issue.id)),
        Some("updated_at") => issues.sort_by_key(|issue| (issue.updated_at, issue.id)),
        Some("title") => issues.sort_by_key(|issue| (issue.title.clone(), issue.id)),
        Some("id" | "relative_position" | "due_date" | "weight" | "priority") => {}
        Some(_) => return Err(Refusal::bad("order_by does not have a valid value")),
    }
    if params.text("sort").as_deref() != Some("asc") {
        issues.reverse();
    }
    let details = params.flag("with_labels_details")?.unwrap_or(false);
    page(call, &world.base_url, &issues, |issue| Some(world.issue_json(project, issue, details)))
}
