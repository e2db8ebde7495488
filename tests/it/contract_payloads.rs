//! Payloads that others recorded or documented, read where a checkout of them lies beside ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use landfall::model::{Event, IssueIid, IssueRef, NoteId, ProjectId, Triage};
use landfall::payload::{Rules, triage};
use landfall::receive::{Header, Presented, Secrets, SigningKey, verify};
use serde_json::Value;

/// The recordings' folder; says so loudly when it is not there.
pub(crate) fn contract() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let contract = shared.join("contract");
    if contract.is_dir() {
        return Some(contract);
    }
    let in_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!(in_ci && shared.is_dir()), "{} has no contract in it", shared.display());
    eprintln!("NOT TESTED: {} is not there, so no recorded payload was read", contract.display());
    None
}

/// Every JSON file below, by its path from there.
fn json_files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    assert!(!found.is_empty(), "{} holds no JSON", root.display());
    found
}

fn read(body: &[u8]) -> Triage {
    triage(None, body, &Rules::default())
}

#[test]
fn every_recorded_webhook_is_work_or_ignored_never_unreadable() {
    let Some(contract) = contract() else { return };
    let files = json_files(&contract.join("payloads"));
    let (mut work, mut ignored, mut answers) = (0, BTreeMap::<&str, u32>::new(), 0);
    for (name, body) in &files {
        let value: Value = serde_json::from_slice(body).unwrap_or_else(|e| panic!("{name}: {e}"));
        // API answers lie beside the webhooks: that they are JSON is all we ask of them here.
        if name.contains("/api/") {
            read(body);
            answers += 1;
            continue;
        }
        match read(body) {
            Triage::Work(event) => {
                let attributes = &value["object_attributes"];
                let noted = &value["issue"]["iid"];
                let iid = if noted.is_null() { &attributes["iid"] } else { noted };
                assert_eq!(Some(event.issue().iid.0), iid.as_u64(), "{name}");
                assert_eq!(
                    Some(event.issue().project.0),
                    value["project"]["id"].as_u64().or(attributes["project_id"].as_u64()),
                    "{name}"
                );
                work += 1;
            }
            Triage::Ignore { reason, .. } => *ignored.entry(reason).or_default() += 1,
            Triage::Quarantine { reason } => panic!("{name}: {reason}"),
        }
    }
    println!(
        "read {} recorded files: {work} work, ignored {ignored:?}, {answers} answers of the API",
        files.len()
    );
    assert!(work >= 6, "issues and notes are among them: {work}");
}

#[test]
fn known_recordings_say_what_they_say() {
    let Some(contract) = contract() else { return };
    let files = json_files(&contract.join("payloads"));
    let issue = |project, iid| IssueRef { project: ProjectId(project), iid: IssueIid(iid) };
    let changed = |project, iid| Triage::Work(Event::IssueChanged { issue: issue(project, iid) });
    let noted = |project, iid, note| {
        Triage::Work(Event::NoteAdded { issue: issue(project, iid), note: NoteId(note) })
    };
    let ignored = |reason| Triage::Ignore { reason, issue: None };
    for (name, header, expected) in [
        ("gitlab-docs/issue_event_docs_19x.json", "Issue Hook", changed(1, 23)),
        ("go-gitlab/webhook/issue.json", "Issue Hook", changed(1, 23)),
        ("gitlab4j/webhook/issue-event.json", "Issue Hook", changed(14, 23)),
        (
            "go-playground-webhooks/confidential-issue-event.json",
            "Confidential Issue Hook",
            changed(14, 23),
        ),
        ("go-gitlab/webhook/note_issue.json", "Note Hook", noted(5, 17, 1241)),
        ("gitlab4j/webhook/note-issue-event.json", "Note Hook", noted(5, 17, 1241)),
        (
            "go-playground-webhooks/confidential-comment-event.json",
            "Confidential Note Hook",
            noted(5, 17, 1241),
        ),
        ("go-gitlab/webhook/note_commit.json", "Note Hook", ignored("unused_noteable")),
        ("gitlab4j/webhook/workitem-event.json", "Issue Hook", ignored("unused_type")),
        ("gitlab-docs/member_add.json", "Member Hook", ignored("unused_kind")),
        ("gitlab-docs/milestone_create.json", "Milestone Hook", ignored("unused_kind")),
        (
            "go-gitlab/webhook/resource_access_token_project.json",
            "Resource Access Token Hook",
            ignored("unused_kind"),
        ),
        ("go-gitlab/system/merge_request.json", "System Hook", ignored("system_hook")),
        (
            "go-gitlab/webhook/push.json",
            "Issue Hook",
            Triage::Quarantine { reason: "kind_mismatch" },
        ),
    ] {
        let body = files.get(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(triage(Some(header), body, &Rules::default()), expected, "{name}");
    }
}

#[test]
fn recorded_signatures_are_judged_as_recorded() {
    let Some(contract) = contract() else { return };
    let vectors = fs::read(contract.join("signature-vectors.json")).unwrap();
    let vectors: Vec<BTreeMap<String, Value>> = serde_json::from_slice(&vectors).unwrap();
    assert!(!vectors.is_empty());
    for vector in &vectors {
        let text = |key: &str| vector[key].as_str().unwrap();
        let key = SigningKey::parse(text("signing_token")).unwrap();
        let secrets = Secrets::new(vec![key], vec![], false).unwrap();
        let presented = Presented {
            token: Header::Absent,
            id: Header::Once(text("webhook-id").as_bytes()),
            timestamp: Header::Once(text("webhook-timestamp").as_bytes()),
            signature: Header::Once(text("webhook-signature").as_bytes()),
        };
        let now = Timestamp::from_second(text("webhook-timestamp").parse().unwrap()).unwrap();
        let verified = verify(presented, text("body").as_bytes(), &secrets, now);
        assert_eq!(Some(verified.is_ok()), vector["valid"].as_bool(), "{}", text("origin"));
    }
    println!("checked {} recorded signatures", vectors.len());
}
