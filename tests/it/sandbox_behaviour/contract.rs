//! The sandbox's answers have the fields and kinds of values that GitLab's have: compared with
//! answers that others recorded, and with GitLab's own description of its API.

use super::{BOT, PARTNER, STAFF, get, post, started};
use crate::contract_payloads::contract;
use landfall::sandbox::{
    ImportPace, ImportSettings, PipelineStatus, Push, Sandbox, Seed, Settings,
};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Fields, and the kinds of values if they are known.
type Shape = serde_json::Map<String, Value>;

fn recorded(contract: &Path, name: &str) -> Value {
    let text = fs::read_to_string(contract.join("payloads").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The fields of a definition in the OpenAPI description; its kinds of values are loose, so none
/// are taken from there.
fn described(contract: &Path, name: &str) -> Shape {
    let text = fs::read_to_string(contract.join("openapi/gitlab-subset.json")).unwrap();
    let api: Value = serde_json::from_str(&text).unwrap();
    let fields = api["definitions"][name]["properties"].as_object();
    let fields = fields.unwrap_or_else(|| panic!("{name} is not described"));
    fields.keys().map(|key| (key.clone(), Value::Null)).collect()
}

fn shape(value: &Value) -> Shape {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}")).clone()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "flag",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// What one of our answers has that GitLab's has not, or has otherwise, or lacks of `needed`.
fn differences(ours: &Value, theirs: &[Shape], newer: &[&str], needed: &[&str]) -> Vec<String> {
    let ours = shape(ours);
    let mut found = Vec::new();
    for (key, value) in &ours {
        let mut known = theirs.iter().filter_map(|shape| shape.get(key)).peekable();
        if known.peek().is_none() && !newer.contains(&key.as_str()) {
            found.push(format!("{key} is no field of GitLab's"));
        }
        let kinds: Vec<&str> = known.map(kind).filter(|kind| *kind != "null").collect();
        if !value.is_null() && !kinds.is_empty() && !kinds.contains(&kind(value)) {
            found.push(format!("{key} is {}, GitLab's is {}", kind(value), kinds.join(" or ")));
        }
    }
    let lacking = needed.iter().filter(|key| !ours.contains_key(**key));
    found.extend(lacking.map(|key| format!("{key} is missing")));
    found
}

async fn busy() -> (Sandbox, u64) {
    let losses = [("issue".to_owned(), 2)].into();
    let imports = ImportSettings { pace: ImportPace::ByHand, losses, ..ImportSettings::default() };
    let sandbox = started(Settings { imports, mirroring: true, ..Settings::default() }).await;
    let body = json!({
        "personal_access_token": Seed::GITHUB_IMPORT_TOKEN,
        "repo_id": 7001,
        "target_namespace": "kiwi-paint",
    });
    let (_, begun) = post(&sandbox, "import/github", body).await;
    let id = begun["id"].as_u64().unwrap();
    {
        let mut world = sandbox.world();
        world.finish_import(id).unwrap();
        let mut paula = world.by(PARTNER).in_project(id);
        paula.push(&Push::default()).unwrap();
        let iid = paula.open_merge_request("Change").unwrap();
        paula.merge(iid).unwrap();
        paula.run_pipeline("push", PipelineStatus::Success).unwrap();
        let issue = paula.open_issue("Bug", "").unwrap();
        world.by(STAFF).in_project(id).comment(issue, "Seen").unwrap();
    }
    (sandbox, id)
}

#[tokio::test]
async fn answers_have_the_fields_gitlab_recorded() {
    let Some(contract) = contract() else { return };
    let (sandbox, id) = busy().await;
    let recorded = |name: &str| recorded(&contract, name);
    let described = |name: &str| described(&contract, name);
    let rows =
        |value: Value| -> Vec<Shape> { value.as_array().unwrap().iter().map(shape).collect() };
    let project_shapes =
        vec![shape(&recorded("gitlab4j/api/project.json")), described("API_Entities_Project")];
    let mut events = rows(recorded("gitlab4j/api/events.json"));
    events.extend(rows(recorded("gitlab4j/api/project-events.json")));
    events.push(described("API_Entities_Event"));
    let pushed = recorded("gitlab4j/api/project-events.json")[2]["push_data"].clone();
    let status = recorded("gitlab-docs/api/project_import_status_github_stats.json");
    let failed = status["failed_relations"][0].clone();
    // By path: what is compared with, what is newer than the recordings, what has to be there.
    type Case<'a> = (String, &'a str, Vec<Shape>, &'a [&'a str], &'a [&'a str]);
    let cases: Vec<Case<'_>> = vec![
        (
            format!("projects/{id}?license=true&statistics=true"),
            "",
            project_shapes.clone(),
            &[],
            &["archived", "empty_repo", "import_type", "license", "mirror", "statistics"],
        ),
        (
            "groups/kiwi-paint/projects?simple=true".to_owned(),
            "/0",
            vec![described("API_Entities_BasicProjectDetails")],
            &["name_with_namespace"],
            &["path_with_namespace", "default_branch", "namespace"],
        ),
        (
            "groups/kiwi-paint".to_owned(),
            "",
            vec![
                shape(&recorded("gitlab4j/api/group.json")),
                described("API_Entities_GroupDetail"),
            ],
            &[],
            &["id", "visibility", "full_path", "parent_id"],
        ),
        (
            "namespaces/kiwi-paint".to_owned(),
            "",
            vec![described("API_Entities_NamespaceBasic")],
            &[],
            &["kind", "full_path", "parent_id"],
        ),
        (
            format!("projects/{id}/merge_requests"),
            "/0",
            vec![described("API_Entities_MergeRequestBasic")],
            &[],
            &["author", "merged_at", "imported", "imported_from", "merge_user", "target_branch"],
        ),
        (
            format!("projects/{id}/issues/1"),
            "",
            vec![shape(&recorded("gitlab4j/api/issue.json"))],
            &[
                "discussion_locked",
                "due_date",
                "issue_type",
                "type",
                "moved_to_id",
                "assignees",
                "confidential",
            ],
            &["imported", "imported_from"],
        ),
        (format!("projects/{id}/events"), "/0", events.clone(), &[], &["author", "note"]),
        (
            format!("projects/{id}/events?action=pushed"),
            "/0/push_data",
            vec![shape(&pushed)],
            &["ref_count", "ref", "commit_from", "commit_title"],
            &["commit_count"],
        ),
        (
            format!("projects/{id}/pipelines"),
            "/0",
            vec![described("API_Entities_Ci_PipelineBasic")],
            &[],
            &["status", "source", "updated_at"],
        ),
        (
            format!("projects/{id}/repository/contributors"),
            "/0",
            rows(recorded("gitlab4j/api/contributors.json")),
            &[],
            &["name", "email", "commits"],
        ),
        (
            format!("projects/{id}/labels"),
            "/0",
            rows(recorded("gitlab4j/api/labels.json")),
            &["archived", "text_color"],
            &["name", "color"],
        ),
        (format!("projects/{id}/import"), "", vec![shape(&status)], &["import_error"], &["stats"]),
        (
            format!("projects/{id}/import"),
            "/failed_relations/0",
            vec![shape(&failed)],
            &[],
            &["relation_name", "exception_class", "source"],
        ),
        (
            "users/5".to_owned(),
            "",
            vec![shape(&recorded("gitlab4j/api/user.json"))],
            &["bot", "locked"],
            &["created_at", "state"],
        ),
    ];
    let mut wrong = Vec::new();
    for (path, place, theirs, newer, needed) in &cases {
        let answer = get(&sandbox, path).await;
        let ours = answer.pointer(place).unwrap_or_else(|| panic!("{path} has no {place}"));
        let found = differences(ours, theirs, newer, needed);
        wrong.extend(found.into_iter().map(|difference| format!("{path}: {difference}")));
    }
    assert_eq!(wrong, Vec::<String>::new());
    println!("compared {} answers with recorded ones", cases.len());
}

#[tokio::test]
async fn imports_answer_as_documented() {
    let Some(contract) = contract() else { return };
    let imports = ImportSettings { pace: ImportPace::ByHand, ..ImportSettings::default() };
    let sandbox = started(Settings { imports, ..Settings::default() }).await;
    let recorded = |name: &str| recorded(&contract, &format!("gitlab-docs/api/{name}"));
    let same = |ours: &Value, theirs: &Value, what: &str| {
        let theirs = shape(theirs);
        let all: Vec<&str> = theirs.keys().map(String::as_str).collect();
        let found = differences(ours, std::slice::from_ref(&theirs), &[], &all);
        assert_eq!(found, Vec::<String>::new(), "{what}: {ours}");
    };
    let body = json!({
        "personal_access_token": Seed::GITHUB_IMPORT_TOKEN,
        "repo_id": 7001,
        "target_namespace": "kiwi-paint",
    });
    let (status, begun) = post(&sandbox, "import/github", body).await;
    assert_eq!(status, 201);
    same(&begun, &recorded("import_github_created.json"), "begun");
    sandbox.world().set_group_member("kiwi-paint", BOT, 50).unwrap();
    let cancel = json!({ "project_id": begun["id"] });
    let (status, canceled) = post(&sandbox, "import/github/cancel", cancel).await;
    assert_eq!(status, 200);
    same(&canceled, &recorded("import_github_canceled.json"), "canceled");

    let body = json!({
        "configuration": { "url": Seed::OTHER_GITLAB, "access_token": Seed::OTHER_GITLAB_TOKEN },
        "entities": [{
            "source_type": "project_entity",
            "source_full_path": "finch/finch",
            "destination_namespace": "kiwi-paint",
        }],
    });
    sandbox.world().settings.imports.losses = [("issue".to_owned(), 1)].into();
    let (status, begun) = post(&sandbox, "bulk_imports", body).await;
    assert_eq!(status, 201);
    same(&begun, &recorded("bulk_import_created.json"), "begun");
    sandbox.world().finish_bulk_import(begun["id"].as_u64().unwrap()).unwrap();
    let entities = format!("bulk_imports/{}/entities", begun["id"]);
    let entity = get(&sandbox, &entities).await[0].clone();
    same(&entity, &recorded("bulk_import_entities.json")[0], "an entity");
    let failures = get(&sandbox, &format!("{entities}/{}/failures", entity["id"])).await;
    same(&failures[0], &recorded("bulk_import_entity_failure.json"), "a failure");
}
