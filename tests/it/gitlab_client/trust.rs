//! Where the token goes and where it never shows.

use std::io::Write;
use std::sync::{Arc, Mutex};

use landfall::gitlab::{GitLab, GitlabError, HookEvents, HookSettings, NewFile, Settings};
use landfall::model::{HookId, LabelName, NoteId, ProjectId};
use secrecy::SecretString;
use tracing_subscriber::fmt::MakeWriter;

use super::server::{Reply, Server, TOKEN, answer, json};
use super::{ISSUE, issue_json, note_json};

#[tokio::test]
async fn e18_no_redirect_is_followed() {
    let other = Server::always(json(200, issue_json())).await;
    for status in [301, 302, 307, 308] {
        for target in [other.url.as_str(), "http://localhost:1/x", "/api/v4/elsewhere"] {
            let moved = answer(status, &format!("Location: {target}\r\n"), "");
            let server = Server::always(moved).await;
            let client = server.client();
            let read = client.fetch_issue(ISSUE).await.unwrap_err();
            assert_eq!(read, GitlabError::UnexpectedRedirect { status });
            let write = client.post_note(ISSUE, "text", false).await.unwrap_err();
            assert_eq!(write, GitlabError::UnexpectedRedirect { status });
            assert_eq!(server.calls(), 2);
        }
    }
    assert_eq!(other.calls(), 0);
}

#[tokio::test]
async fn a_next_page_elsewhere_is_refused_and_the_token_stays_home() {
    let other = Server::always(json(200, "[]")).await;
    let elsewhere = other.url.join("/api/v4/projects/42/issues/7/notes?page=2").unwrap();
    for target in
        [elsewhere.as_str(), "//evil.example/api/v4/x", "/users/sign_in", "../../../../../../x"]
    {
        let link = format!("Link: <{target}>; rel=\"next\"\r\n");
        let server = Server::always(answer(200, &link, format!("[{}]", note_json(1)))).await;
        let error = server.client().list_notes(ISSUE).await.unwrap_err();
        assert_eq!(error, GitlabError::ForeignAddress, "{target}");
        assert_eq!(server.calls(), 1);
    }
    assert_eq!(other.calls(), 0);
}

#[tokio::test]
async fn a_next_page_elsewhere_is_found_at_home_by_its_number() {
    let other = Server::always(json(200, "[]")).await;
    let elsewhere = other.url.join("/api/v4/projects/42/issues/7/notes?page=2").unwrap();
    for target in [elsewhere.as_str(), "//gitlab.example.com/api/v4/x?page=2", "/x?page=2", "//"] {
        let link = format!("Link: <{target}>; rel=\"next\"\r\n");
        let server = Server::start(move |_, number| match number {
            0 => answer(200, &format!("{link}x-next-page: 2\r\n"), format!("[{}]", note_json(1))),
            // Foreign and without a number: not the end of the list.
            1 => answer(200, &format!("{link}x-next-page: \r\n"), format!("[{}]", note_json(2))),
            _ => json(200, "[]"),
        })
        .await;
        let error = server.client().list_notes(ISSUE).await.unwrap_err();
        assert_eq!(error, GitlabError::ForeignAddress, "{target}");
        let targets: Vec<String> = server.asked().into_iter().map(|asked| asked.target).collect();
        let notes = "/api/v4/projects/42/issues/7/notes?sort=asc&per_page=100";
        assert_eq!(targets, [notes.to_owned(), format!("{notes}&page=2")], "{target}");
    }
    assert_eq!(other.calls(), 0);
}

#[tokio::test]
async fn a_list_whose_links_lead_elsewhere_is_read_to_its_end() {
    let other = Server::always(json(200, "[]")).await;
    let link = format!("Link: <{}api/v4/x?page=9>; rel=\"next\"\r\n", other.url);
    let server = Server::start(move |_, number| match number {
        0 | 1 => {
            let headers = format!("{link}x-next-page: {}\r\n", number + 2);
            answer(200, &headers, format!("[{}]", note_json(number as u64 + 1)))
        }
        _ => answer(200, "x-next-page: \r\n", format!("[{}]", note_json(3))),
    })
    .await;
    let notes = server.client().list_notes(ISSUE).await.unwrap();
    assert_eq!(notes.iter().map(|note| note.id.0).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((server.calls(), other.calls()), (3, 0));
}

#[tokio::test]
async fn a_relative_root_stands_before_every_path() {
    let server = Server::always(json(200, issue_json())).await;
    let mut settings = server.settings();
    settings.base_url = server.url.join("/some/gitlab/").unwrap();
    GitLab::connect(settings).unwrap().fetch_issue(ISSUE).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!(asked.target.trim_end_matches('?'), "/some/gitlab/api/v4/projects/42/issues/7");
    assert!(asked.head.contains(&format!("authorization: Bearer {TOKEN}\r\n")));
}

#[tokio::test]
async fn a_project_path_is_encoded_once() {
    let body = r#"{"id": 1, "path_with_namespace": "a/b", "permissions":
        {"project_access": {"access_level": 30}, "group_access": {"access_level": 40}}}"#;
    let server = Server::always(json(200, body)).await;
    let project = server.client().project("a/b").await.unwrap();
    assert_eq!(project.my_access_level, Some(40));
    assert_eq!(server.asked()[0].target.trim_end_matches('?'), "/api/v4/projects/a%2Fb");
}

#[tokio::test]
async fn a_read_only_client_writes_nothing() {
    let server = Server::always(json(200, issue_json())).await;
    let mut settings = server.settings();
    settings.read_only = true;
    let client = GitLab::connect(settings).unwrap();
    let (project, label) = (ProjectId(42), LabelName::from("a"));
    let hook = HookSettings {
        url: "https://bot.example.com/".parse().unwrap(),
        events: HookEvents::NEEDED,
        ssl_verification: true,
        signing_token: None,
        secret_token: None,
    };
    let file = NewFile { path: "a", branch: "main", content: "x", message: "m" };
    let note = NoteId(1);
    let refused = [
        client.update_issue(ISSUE, std::slice::from_ref(&label), &[], None).await.err(),
        client.post_note(ISSUE, "text", false).await.err(),
        client.edit_note(ISSUE, note, "text").await.err(),
        client.delete_note(ISSUE, note).await.err(),
        client.award_emoji(ISSUE, note, "eyes").await.err(),
        client.create_label(project, &label, "#ffffff", "").await.err(),
        client.update_label(project, 1, "#ffffff", "").await.err(),
        client.create_hook(project, &hook).await.err(),
        client.update_hook(project, HookId(1), &hook).await.err(),
        client.test_hook(project, HookId(1)).await.err(),
        client.create_file(project, &file).await.err(),
    ];
    for error in refused {
        assert_eq!(error, Some(GitlabError::ReadOnly));
    }
    assert_eq!(server.calls(), 0);
    client.fetch_issue(ISSUE).await.unwrap();
}

#[test]
fn a_token_that_cannot_stand_in_a_header_is_refused_without_being_shown() {
    let token = "glpat-line\nbreak";
    let url = "https://gitlab.example.com".parse().unwrap();
    let error = GitLab::connect(Settings::new(url, SecretString::from(token))).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("glpat"));
}

/// A log that a test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn neither_log_nor_debug_nor_error_shows_token_or_text() {
    let log = Log::default();
    // With a single subscriber alive, tracing asks the thread that first reaches an event, which
    // may be another test's, whether anyone listens, and remembers the "no" for all.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut shown = String::new();
    let secret_text = "words-of-a-stranger";
    let replies = [
        json(401, format!("{{\"message\":\"{TOKEN} {secret_text}\"}}")),
        json(500, secret_text),
        json(201, format!("{{\"state\":\"{secret_text}\"}}")),
        Reply::Bytes(Vec::new()),
    ];
    for reply in replies {
        let server = Server::always(reply).await;
        let client = server.hasty_client(1000.0);
        let write = client.post_note(ISSUE, secret_text, false).await.unwrap_err();
        let read = client.fetch_issue(ISSUE).await.unwrap_err();
        let listed = client.list_notes(ISSUE).await.unwrap_err();
        let settings = server.settings();
        shown += &format!("{client:?} {settings:?} {write} {write:?} {read} {read:?} {listed:?}\n");
    }
    shown += std::str::from_utf8(&log.0.lock().unwrap()).unwrap();
    assert!(shown.contains("called GitLab"), "{shown}");
    for never in [TOKEN, secret_text, "per_page"] {
        assert!(!shown.contains(never), "{never} is shown");
    }
}
