//! What the writes send, and how refusals come back.

use landfall::gitlab::{GitlabError, HookEvents, HookSettings, NewFile};
use landfall::model::{HookId, LabelName, NoteId, ProjectId, UserId};
use secrecy::SecretString;
use url::form_urlencoded;

use super::server::{Asked, Server, json};
use super::{ISSUE, issue_json};

fn form(asked: &Asked) -> Vec<(String, String)> {
    form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect()
}

fn has(asked: &Asked, key: &str, value: &str) -> bool {
    form(asked).contains(&(key.to_owned(), value.to_owned()))
}

#[tokio::test]
async fn labels_are_added_and_removed_but_never_replaced() {
    let server = Server::always(json(200, issue_json())).await;
    let client = server.client();
    let (on, off) = ([LabelName::from("a::b"), LabelName::from("c")], [LabelName::from("a::a")]);
    client.update_issue(ISSUE, &on, &off, Some("text & more\n")).await.unwrap();
    client.update_issue(ISSUE, &on, &[], None).await.unwrap();
    let asked = server.asked();
    assert_eq!((asked[0].method.as_str(), form(&asked[0]).len()), ("PUT", 3));
    assert!(has(&asked[0], "add_labels", "a::b,c"));
    assert!(has(&asked[0], "remove_labels", "a::a"));
    assert!(has(&asked[0], "description", "text & more\n"));
    assert_eq!(form(&asked[1]).len(), 1);
}

#[tokio::test]
async fn a_hook_is_always_written_with_both_secrets() {
    let hook = r#"{"id": 6, "url": "https://bot.example.com/", "signing_token_present": true}"#;
    let server = Server::always(json(200, hook)).await;
    let settings = HookSettings {
        url: "https://bot.example.com/webhooks/gitlab".parse().unwrap(),
        events: HookEvents::NEEDED,
        ssl_verification: true,
        signing_token: Some(SecretString::from("whsec_abc")),
        secret_token: Some(SecretString::from("plain")),
    };
    let client = server.client();
    let created = client.create_hook(ProjectId(42), &settings).await.unwrap();
    assert_eq!((created.id, created.signing_token_present), (HookId(6), Some(true)));
    client.update_hook(ProjectId(42), HookId(6), &settings).await.unwrap();
    for asked in server.asked() {
        assert!(has(&asked, "signing_token", "whsec_abc") && has(&asked, "token", "plain"));
        assert!(has(&asked, "push_events", "false") && has(&asked, "note_events", "true"));
    }
    assert_eq!(server.asked()[1].target.trim_end_matches('?'), "/api/v4/projects/42/hooks/6");
    assert!(!format!("{settings:?}").contains("whsec_abc"));
}

#[tokio::test]
async fn a_reaction_that_stands_and_a_comment_that_is_gone_are_fine() {
    let taken = r#"{"message":"404 Award Emoji Name has already been taken Not Found"}"#;
    let server = Server::always(json(404, taken)).await;
    let client = server.client();
    client.award_emoji(ISSUE, NoteId(1), "eyes").await.unwrap();
    client.delete_note(ISSUE, NoteId(1)).await.unwrap();

    let gone = Server::always(json(404, r#"{"message":"404 Note Not Found"}"#)).await;
    let error = gone.client().award_emoji(ISSUE, NoteId(1), "eyes").await.unwrap_err();
    assert_eq!(error, GitlabError::NotFound { detail: "Note Not Found".to_owned() });
}

#[tokio::test]
async fn an_empty_answer_to_a_deletion_is_success() {
    let server = Server::always(json(204, "")).await;
    server.client().delete_note(ISSUE, NoteId(1)).await.unwrap();
    assert_eq!(server.asked()[0].method, "DELETE");
}

#[tokio::test]
async fn refusals_keep_gitlabs_reason() {
    let body = r#"{"message":"400 Bad request - Note {:note=>[\"can't be blank\"]}"}"#;
    for (status, expected) in [
        (403, GitlabError::Forbidden { detail: String::new() }),
        (404, GitlabError::NotFound { detail: String::new() }),
        (409, GitlabError::Conflict { detail: String::new() }),
        (400, GitlabError::Invalid { status: 400, detail: String::new() }),
        (422, GitlabError::Invalid { status: 422, detail: String::new() }),
    ] {
        let server = Server::always(json(status, body)).await;
        let error = server.client().post_note(ISSUE, "x", false).await.unwrap_err();
        assert_eq!(std::mem::discriminant(&error), std::mem::discriminant(&expected), "{error:?}");
        assert!(error.to_string().contains("Note :note can't be blank"), "{error}");
        assert!(!error.is_uncertain() && !error.is_wait());
        assert_eq!(server.calls(), 1);
    }
}

#[tokio::test]
async fn a_stranger_is_no_member_and_a_blocked_one_is_not_active() {
    let server = Server::start(|asked, _| {
        if asked.target.contains("members/all/5") {
            json(200, r#"{"id":5,"username":"p","access_level":40,"state":"blocked"}"#)
        } else {
            json(404, r#"{"message":"404 Not found"}"#)
        }
    })
    .await;
    let client = server.client();
    assert_eq!(client.member(ProjectId(42), UserId(6)).await.unwrap(), None);
    let blocked = client.member(ProjectId(42), UserId(5)).await.unwrap().unwrap();
    assert_eq!((blocked.access_level, blocked.active), (40, false));
}

#[tokio::test]
async fn a_file_is_read_as_text_and_written_whole() {
    let server = Server::start(|asked, _| match asked.method.as_str() {
        "GET" if asked.target.contains("there") => json(200, r#"{"content":"aGVs\nbG8="}"#),
        "GET" => json(404, r#"{"message":"404 File Not Found"}"#),
        _ => json(201, r#"{"file_path":"a/b.md","branch":"main"}"#),
    })
    .await;
    let client = server.client();
    let project = ProjectId(42);
    let there = client.repository_file(project, "a/there.md", "main").await.unwrap();
    assert_eq!(there.as_deref(), Some("hello"));
    assert_eq!(client.repository_file(project, "a/b.md", "main").await.unwrap(), None);
    let file = NewFile { path: "a/b.md", branch: "main", content: "# Hi", message: "Add it" };
    client.create_file(project, &file).await.unwrap();
    let asked = server.asked();
    assert!(asked[2].target.contains("/repository/files/a%2Fb.md"));
    assert!(has(&asked[2], "content", "# Hi") && has(&asked[2], "branch", "main"));
}
