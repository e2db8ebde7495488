//! The part of the REST API below `/groups/:id`.

use super::paging::page;
use super::projects::Project;
use super::routes::number;
use super::users::Asker;
use super::visibility::Visibility;
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;

impl World {
    pub(super) fn on_group(
        &self,
        call: &Call,
        asker: &Asker,
        name: &str,
        path: &[&str],
    ) -> Outcome {
        if call.method != "GET" {
            return Err(Refusal::unknown_endpoint(&call.method, &call.path));
        }
        let group = self.group_id(name, asker)?;
        match path {
            [] => Ok(Answer::ok(&self.group_json(self.namespace(group)?))),
            ["projects"] => self.group_projects(call, asker, group),
            ["members", "all", user] => {
                asker.user()?;
                let missing = || Refusal::message(404, "404 Not found");
                let user = self.user(number(user)?).ok_or_else(missing)?;
                match self.membership(group, user.id) {
                    0 => Err(missing()),
                    level => Ok(Answer::ok(&self.member_json(user, level))),
                }
            }
            _ => Err(Refusal::unknown_endpoint(&call.method, &call.path)),
        }
    }

    /// Projects of a group: those shared with it too, unless told otherwise, and those that are
    /// archived. There is no filter by date.
    fn group_projects(&self, call: &Call, asker: &Asker, group: u64) -> Outcome {
        let params = &call.params;
        let below = params.flag("include_subgroups")?.unwrap_or(false);
        let shared = params.flag("with_shared")?.unwrap_or(true);
        let archived = params.flag("archived")?;
        let search = params.text("search").map(|text| text.to_lowercase());
        let visibility = match params.text("visibility").as_deref() {
            None => None,
            Some("private") => Some(Visibility::Private),
            Some("internal") => Some(Visibility::Internal),
            Some("public") => Some(Visibility::Public),
            Some(_) => return Err(Refusal::bad("visibility does not have a valid value")),
        };
        let lent = &self.namespace(group)?.shared;
        let belongs = |project: &Project| {
            project.namespace == group
                || (below && self.lies_in(project.namespace, group))
                || (shared && lent.contains(&project.id))
        };
        let mut projects: Vec<&Project> = self
            .projects
            .values()
            .filter(|project| belongs(project) && self.sees_project(project, asker.id()))
            .filter(|project| archived.is_none_or(|archived| project.archived == archived))
            .filter(|project| visibility.is_none_or(|wanted| project.visibility == wanted))
            .filter(|p| search.as_ref().is_none_or(|text| p.name.to_lowercase().contains(text)))
            .collect();
        match params.text("order_by").as_deref() {
            None | Some("created_at") => projects.sort_by_key(|p| (p.created_at, p.id)),
            Some("id") => {}
            Some("name") => projects.sort_by_key(|p| (p.name.to_lowercase(), p.id)),
            Some("path") => projects.sort_by_key(|p| (p.slug().to_owned(), p.id)),
            Some("updated_at" | "last_activity_at") => {
                projects.sort_by_key(|p| (p.last_activity(), p.id));
            }
            Some("similarity" | "star_count") => {}
            Some(_) => return Err(Refusal::bad("order_by does not have a valid value")),
        }
        if params.text("sort").as_deref() != Some("asc") {
            projects.reverse();
        }
        let simple = params.flag("simple")?.unwrap_or(false);
        page(call, &self.base_url, &projects, |project| {
            Some(if simple {
                self.basic_project_json(project, false)
            } else {
                self.full_project_json(project, asker.id())
            })
        })
    }
}
