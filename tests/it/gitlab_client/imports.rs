//! Starting, watching and ending imports; what GitLab's words may not carry along.

use landfall::gitlab::{
    CancelAnswer, GithubImport, GitlabError, ImportAnswer, ImportStages, Outage, ProjectTransfer,
};
use landfall::model::{ImportState, ProjectId, Silence};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::server::{Reply, Server, answer, json as reply};

const SECRET: &str = "a-github-token-of-no-known-form";

async fn import(server: &Server) -> Result<ImportAnswer<u64>, GitlabError> {
    let token = SecretString::from(SECRET);
    let wanted = GithubImport {
        repo_id: 4711,
        namespace: "kiwi/sub",
        name: Some("paint"),
        token: &token,
        stages: ImportStages { attachments: true, ..ImportStages::default() },
    };
    assert!(!format!("{wanted:?}").contains(SECRET));
    let answer = server.hasty_client(1000.0).import_from_github(&wanted).await?;
    assert!(!format!("{answer:?}").contains(SECRET), "{answer:?}");
    Ok(match answer {
        ImportAnswer::Started(target) => {
            assert_eq!(target.path, "kiwi/sub/paint");
            ImportAnswer::Started(target.project.0)
        }
        ImportAnswer::NameTaken => ImportAnswer::NameTaken,
        ImportAnswer::Forbidden => ImportAnswer::Forbidden,
        ImportAnswer::BadToken => ImportAnswer::BadToken,
        ImportAnswer::NoSuchNamespace => ImportAnswer::NoSuchNamespace,
        ImportAnswer::Refused { status, detail } => ImportAnswer::Refused { status, detail },
    })
}

#[tokio::test]
async fn an_import_is_started_with_everything_it_needs() {
    let started =
        r#"{"id":99,"name":"paint","full_path":"/kiwi/sub/paint","import_status":"scheduled"}"#;
    let server = Server::always(reply(201, started)).await;
    assert_eq!(import(&server).await.unwrap(), ImportAnswer::Started(99));
    let asked = &server.asked()[0];
    assert_eq!(
        (asked.method.as_str(), asked.target.trim_end_matches('?')),
        ("POST", "/api/v4/import/github")
    );
    assert!(asked.head.to_lowercase().contains("content-type: application/json"));
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let expected = json!({
        "personal_access_token": SECRET,
        "repo_id": 4711,
        "target_namespace": "kiwi/sub",
        "new_name": "paint",
        "optional_stages": {
            "single_endpoint_notes_import": false,
            "attachments_import": true,
            "collaborators_import": false,
        },
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn e06_each_refusal_is_told_apart() {
    let refused =
        |status, detail: &str| ImportAnswer::Refused { status, detail: detail.to_owned() };
    for (status, body, expected) in [
        (
            422,
            r#"{"errors":"Path has already been taken, Name has already been taken"}"#,
            ImportAnswer::NameTaken,
        ),
        (
            422,
            r#"{"errors":"Namespace or group to import repository into does not exist."}"#,
            ImportAnswer::NoSuchNamespace,
        ),
        (404, r#"{"message":"404 Namespace Not Found"}"#, ImportAnswer::NoSuchNamespace),
        (
            422,
            r#"{"errors":"You are not allowed to import projects in this namespace."}"#,
            ImportAnswer::Forbidden,
        ),
        (403, r#"{"errors":["github import source is disabled"]}"#, ImportAnswer::Forbidden),
        (401, r#"{"error":"Access denied to your GitHub account."}"#, ImportAnswer::BadToken),
        (
            422,
            r#"{"errors":"Import failed due to a GitHub error: Bad credentials (HTTP 401)"}"#,
            ImportAnswer::BadToken,
        ),
        (
            422,
            r#"{"errors":"\"paint\" size (9 GiB) is larger than the limit of 5 GiB."}"#,
            refused(422, "paint size 9 GiB is larger than the limit of 5 GiB."),
        ),
        (400, r#"{"error":"repo_id is invalid"}"#, refused(400, "repo_id is invalid")),
        (404, r#"{"error":"404 Not Found"}"#, refused(404, "Not Found")),
        (409, r#"{"message":"409 Conflict"}"#, refused(409, "Conflict")),
    ] {
        let server = Server::always(reply(status, body)).await;
        assert_eq!(import(&server).await.unwrap(), expected, "{status} {body}");
        assert_eq!(server.calls(), 1, "{body}");
    }
}

#[tokio::test]
async fn a_bad_github_token_does_not_close_the_door_for_ours() {
    let server = Server::start(|asked, _| match asked.target.contains("import/github") {
        true => reply(401, r#"{"error":"Access denied to your GitHub account."}"#),
        false => reply(200, r#"{"id":1,"import_status":"none"}"#),
    })
    .await;
    let client = server.client();
    let token = SecretString::from(SECRET);
    let wanted = GithubImport {
        repo_id: 1,
        namespace: "kiwi",
        name: None,
        token: &token,
        stages: ImportStages::default(),
    };
    let answer = client.import_from_github(&wanted).await.unwrap();
    assert_eq!(answer, ImportAnswer::BadToken);
    assert!(client.import_status(ProjectId(1)).await.is_ok());
    assert!(client.health().is_well());
}

#[tokio::test]
async fn e08_e09_e14_an_import_whose_answer_was_lost_is_not_started_again() {
    for (lost, outage) in [
        (reply(500, "{}"), Outage::Status(500)),
        (reply(503, "{}"), Outage::Status(503)),
        (answer(200, "Content-Type: text/html\r\n", "<html>"), Outage::Page),
        (reply(201, r#"{"id":"#), Outage::Garbled),
        (reply(201, "{}"), Outage::Garbled),
        (Reply::Bytes(Vec::new()), Outage::Broken),
    ] {
        let server = Server::always(lost).await;
        let error = import(&server).await.unwrap_err();
        assert_eq!(error, GitlabError::Lost(outage));
        assert!(error.is_uncertain());
        assert_eq!(server.calls(), 1, "{outage}");
    }
    let server = Server::always(reply(401, r#"{"message":"401 Unauthorized"}"#)).await;
    assert_eq!(import(&server).await.unwrap_err(), GitlabError::Unauthorized);
}

#[tokio::test]
async fn a_read_only_client_starts_and_ends_nothing() {
    let server = Server::always(reply(201, "{}")).await;
    let mut settings = server.settings();
    settings.read_only = true;
    let client = landfall::gitlab::GitLab::connect(settings).unwrap();
    let error = client.cancel_github_import(ProjectId(1)).await.unwrap_err();
    assert_eq!(error, GitlabError::ReadOnly);
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn an_import_is_ended_or_has_ended_or_is_not_there() {
    for (status, expected) in
        [(200, CancelAnswer::Canceled), (400, CancelAnswer::TooLate), (404, CancelAnswer::NotThere)]
    {
        let server = Server::always(reply(status, r#"{"message":"x"}"#)).await;
        let answer = server.client().cancel_github_import(ProjectId(99)).await.unwrap();
        assert_eq!(answer, expected);
        let asked = &server.asked()[0];
        assert_eq!(asked.target.trim_end_matches('?'), "/api/v4/import/github/cancel");
        assert_eq!(asked.body, r#"{"project_id":99}"#);
    }
    let server = Server::always(reply(403, "{}")).await;
    let error = server.client().cancel_github_import(ProjectId(99)).await.unwrap_err();
    assert_eq!(error.silence(), Silence::Refused);
}

#[tokio::test]
async fn h19_gitlabs_words_lose_their_secrets_before_anybody_keeps_them() {
    let body = json!({
        "id": 99, "path_with_namespace": "kiwi/paint", "import_status": "failed",
        "import_error": "clone https://mira:CANARY@github.com/kiwi/paint.git failed with ghp_CANARYCANARY",
        "failed_relations": [{
            "relation_name": "issues", "exception_class": "StandardError",
            "exception_message": "Authorization: Bearer CANARY"
        }]
    });
    let server = Server::always(reply(200, body.to_string())).await;
    let status = server.client().import_status(ProjectId(99)).await.unwrap();
    let shown = format!("{status:?}{}", serde_json::to_string(&status).unwrap());
    assert!(!shown.contains("CANARY"), "{shown}");
    let error = status.error.unwrap();
    assert_eq!(error, "clone https://[hidden]@github.com/kiwi/paint.git failed with [hidden]");

    let body = r#"{"message":"Invalid URL: https://mira:CANARY@github.com/x"}"#;
    let server = Server::always(reply(422, body)).await;
    let error = server.client().import_status(ProjectId(99)).await.unwrap_err();
    assert!(!error.to_string().contains("CANARY"), "{error}");
    // A token that looks like none is known by the one who sent it.
    let body = json!({ "errors": format!("no such user {SECRET}") });
    let server = Server::always(reply(422, body.to_string())).await;
    let answer = import(&server).await.unwrap();
    let expected = ImportAnswer::Refused { status: 422, detail: "no such user hidden".to_owned() };
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn a_direct_transfer_is_started_and_watched() {
    let server = Server::start(|asked, _| {
        let path = asked.target.split('?').next().unwrap();
        match path.trim_start_matches("/api/v4/bulk_imports") {
            "" => reply(201, r#"{"id":7,"status":"created","source_type":"gitlab"}"#),
            "/7" => reply(200, r#"{"id":7,"status":"started","has_failures":true,"updated_at":"2026-11-22T10:00:00Z"}"#),
            "/7/entities" => match asked.number("page") {
                None => answer(200, "x-next-page: 2\r\n", r#"[{"id":1,"status":"finished","project_id":42,"source_full_path":"old/paint"}]"#),
                Some(_) => reply(200, r#"[{"id":2,"status":"timeout","project_id":null}]"#),
            },
            _ => reply(200, r#"[{"relation":"issues","exception_class":"X","exception_message":"token: CANARY"}]"#),
        }
    })
    .await;
    let client = server.client();
    let source: Url = "https://gitlab.example.org/".parse().unwrap();
    let token = SecretString::from(SECRET);
    let transfer = ProjectTransfer {
        source: &source,
        token: &token,
        source_path: "old/paint",
        namespace: "kiwi",
        slug: "paint",
    };
    let ImportAnswer::Started(import) = client.transfer_project(&transfer).await.unwrap() else {
        panic!("it is refused");
    };
    assert_eq!((import.id, import.state), (7, ImportState::Scheduled));
    let body: Value = serde_json::from_str(&server.asked()[0].body).unwrap();
    assert_eq!(body["configuration"]["access_token"], SECRET);
    assert_eq!(body["entities"][0]["source_full_path"], "old/paint");
    assert_eq!(body["entities"][0]["migrate_memberships"], false);

    let import = client.bulk_import(7).await.unwrap();
    assert_eq!((import.state, import.has_failures), (ImportState::Started, Some(true)));
    let entities = client.bulk_entities(7).await.unwrap();
    assert_eq!(
        entities.iter().map(|one| one.state).collect::<Vec<_>>(),
        [ImportState::Finished, ImportState::Timeout]
    );
    assert_eq!(entities[0].project, Some(ProjectId(42)));
    let failures = client.bulk_failures(7, 1).await.unwrap();
    assert_eq!(
        (failures[0].relation.as_str(), failures[0].message.as_str()),
        ("issues", "token: [hidden]")
    );
}
