//! Pipelines of a project.

use super::clock::iso;
use super::paging::page;
use super::projects::Project;
use super::wire::{Call, Outcome, Refusal};
use super::world::World;
use jiff::Timestamp;
use serde_json::{Value, json};

/// How a pipeline went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipelineStatus {
    /// Every job is green.
    Success,
    /// A job is red.
    Failed,
    /// It runs.
    Running,
    /// Somebody stopped it.
    Canceled,
}

impl PipelineStatus {
    fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Canceled => "canceled",
        }
    }
}

/// One pipeline.
#[derive(Debug, Clone)]
pub(super) struct Pipeline {
    pub(super) id: u64,
    pub(super) iid: u64,
    pub(super) branch: String,
    pub(super) sha: String,
    pub(super) status: PipelineStatus,
    /// What started it: `push`, `merge_request_event`, `schedule`…
    pub(super) source: String,
    pub(super) at: Timestamp,
}

const STATUSES: &str = "created waiting_for_resource preparing pending running success failed \
    canceling canceled skipped manual scheduled";
const SOURCES: &str = "push web trigger schedule api external pipeline chat webide \
    merge_request_event external_pull_request_event parent_pipeline ondemand_dast_scan \
    ondemand_dast_validation security_orchestration_policy container_registry_push";

impl World {
    pub(super) fn on_pipelines(&self, call: &Call, id: u64, path: &[&str]) -> Outcome {
        let (("GET", []), project) = ((call.method.as_str(), path), self.project(id)?) else {
            return Err(Refusal::unknown_endpoint(&call.method, &call.path));
        };
        let params = &call.params;
        let one_of = |key: &str, known: &str| match params.text(key) {
            Some(value) if !known.split_whitespace().any(|name| name == value) => {
                Err(Refusal::bad(&format!("{key} does not have a valid value")))
            }
            value => Ok(value),
        };
        let (status, source) = (one_of("status", STATUSES)?, one_of("source", SOURCES)?);
        let (branch, sha) = (params.text("ref"), params.text("sha"));
        let (after, before) = (params.time("updated_after")?, params.time("updated_before")?);
        let same = |wanted: &Option<String>, value: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == value)
        };
        let mut pipelines: Vec<&Pipeline> = project
            .pipelines
            .iter()
            .filter(|p| same(&status, p.status.name()) && same(&source, &p.source))
            .filter(|p| same(&branch, &p.branch) && same(&sha, &p.sha))
            .filter(|p| after.is_none_or(|time| p.at >= time))
            .filter(|p| before.is_none_or(|time| p.at <= time))
            .collect();
        match params.text("order_by").as_deref() {
            None | Some("id" | "status" | "ref" | "user_id") => {}
            Some("updated_at") => pipelines.sort_by_key(|p| (p.at, p.id)),
            Some(_) => return Err(Refusal::bad("order_by does not have a valid value")),
        }
        if params.text("sort").as_deref() != Some("asc") {
            pipelines.reverse();
        }
        page(call, &self.base_url, &pipelines, |p| Some(self.pipeline_json(project, p)))
    }

    fn pipeline_json(&self, project: &Project, pipeline: &Pipeline) -> Value {
        json!({
            "id": pipeline.id,
            "iid": pipeline.iid,
            "project_id": project.id,
            "sha": pipeline.sha,
            "ref": pipeline.branch,
            "status": pipeline.status.name(),
            "source": pipeline.source,
            "created_at": iso(pipeline.at),
            "updated_at": iso(pipeline.at),
            "web_url": format!("{}/{}/-/pipelines/{}", self.base_url, project.path, pipeline.id),
        })
    }
}
