//! Broken, slow, huge and wrong answers.

use std::time::Duration;

use landfall::gitlab::{GitLab, GitlabError, NotSent, Outage};
use tokio::net::{TcpListener, TcpSocket};

use super::server::{Reply, Server, answer, gzip_bomb, json};
use super::{ISSUE, issue_json, note_json};

#[tokio::test]
async fn e08_a_read_is_tried_twice_and_a_write_once() {
    for status in [500, 502, 503, 504] {
        let server = Server::always(json(status, "{}")).await;
        let client = server.hasty_client(1000.0);
        let read = client.fetch_issue(ISSUE).await.unwrap_err();
        assert_eq!(read, GitlabError::Unavailable(Outage::Status(status)));
        assert_eq!(server.calls(), 2);
        let write = client.post_note(ISSUE, "text", false).await.unwrap_err();
        assert_eq!(write, GitlabError::Lost(Outage::Status(status)));
        assert!(write.is_uncertain());
        assert_eq!(server.calls(), 3);
    }
}

#[tokio::test]
async fn e08_one_bad_moment_of_a_read_is_not_seen_outside() {
    let server = Server::start(|_, number| match number {
        0 => json(503, "{}"),
        _ => json(200, issue_json()),
    })
    .await;
    assert_eq!(server.hasty_client(1000.0).fetch_issue(ISSUE).await.unwrap().at, ISSUE);
}

#[tokio::test]
async fn e09_what_never_reached_gitlab_is_safe_to_repeat() {
    let server = Server::always(json(200, "{}")).await;
    let mut settings = server.settings();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    settings.base_url = format!("http://{free}").parse().unwrap();
    let refused = GitLab::connect(settings.clone()).unwrap();

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    settings.base_url = format!("https://{}", silent.local_addr().unwrap()).parse().unwrap();
    settings.connect_timeout = Duration::from_millis(100);
    let hangs_in_tls = GitLab::connect(settings).unwrap();

    for client in [refused, hangs_in_tls] {
        let error = client.post_note(ISSUE, "text", false).await.unwrap_err();
        assert!(
            matches!(error, GitlabError::NotSent { reason: NotSent::Connect, .. }),
            "{error:?}"
        );
        assert!(!error.is_uncertain() && error.retry_after().is_some());
    }
}

/// A queue of connections that is full: whoever knocks hears nothing.
async fn full_queue() -> (TcpListener, Vec<std::net::TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let knock = || std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200));
    let waiting: Vec<_> = std::iter::repeat_with(knock).map_while(Result::ok).take(64).collect();
    assert!(waiting.len() < 64, "this kernel takes any number");
    (listener, waiting)
}

#[tokio::test]
async fn e09_a_connection_that_nobody_takes_is_given_up_in_time_and_safe_to_repeat() {
    let (listener, _waiting) = full_queue().await;
    let server = Server::always(json(200, "{}")).await;
    let mut settings = server.settings();
    settings.base_url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    settings.connect_timeout = Duration::from_millis(100);
    let client = GitLab::connect(settings).unwrap();
    let error = client.post_note(ISSUE, "text", false).await.unwrap_err();
    assert!(matches!(error, GitlabError::NotSent { reason: NotSent::Connect, .. }), "{error:?}");
    assert!(!error.is_uncertain() && error.is_wait());
}

#[tokio::test]
async fn e09_silence_after_a_write_leaves_it_uncertain() {
    let server = Server::always(Reply::Silence).await;
    let mut settings = server.settings();
    settings.total_timeout = Duration::from_millis(200);
    let client = GitLab::connect(settings).unwrap();
    let write = client.post_note(ISSUE, "text", false).await.unwrap_err();
    assert_eq!(write, GitlabError::Lost(Outage::Timeout));
    let read = client.fetch_issue(ISSUE).await.unwrap_err();
    assert_eq!(read, GitlabError::Unavailable(Outage::Timeout));
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn e10_a_broken_connection_leaves_a_write_uncertain_and_unrepeated() {
    let whole = "HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{\"id\": 1, ";
    let headers_end = whole.find("{").unwrap();
    for cut in [0, 12, headers_end, whole.len()] {
        let server = Server::always(Reply::Bytes(whole.as_bytes()[..cut].to_vec())).await;
        let error = server.client().post_note(ISSUE, "text", false).await.unwrap_err();
        assert_eq!(error, GitlabError::Lost(Outage::Broken), "cut at {cut}");
        assert_eq!(server.calls(), 1, "cut at {cut}");
    }
}

#[tokio::test]
async fn e14_success_without_a_readable_note_is_uncertain() {
    for body in ["{\"id\": 1, \"body\": \"te", "{}", "{\"body\":\"text\"}", "", "[]", "null"] {
        let server = Server::always(json(201, body)).await;
        let error = server.client().post_note(ISSUE, "text", false).await.unwrap_err();
        assert_eq!(error, GitlabError::Lost(Outage::Garbled), "{body}");
        assert_eq!(server.calls(), 1);
    }
}

#[tokio::test]
async fn e15_commands_that_ran_are_never_taken_for_a_comment() {
    let ran = r#"{"id":1,"body":"text","commands_changes":{"state_event":"close"}}"#;
    for (status, body) in [
        (202, r#"{"commands_changes":{"state_event":"close"},"summary":["Closed"]}"#),
        (202, "{}"),
        (202, ""),
        (201, ran),
        (200, ran),
    ] {
        let server = Server::always(json(status, body)).await;
        let client = server.client();
        let posted = client.post_note(ISSUE, "text", false).await.unwrap_err();
        assert_eq!(posted, GitlabError::CommandsExecuted, "{status} {body}");
        let edited = client.edit_note(ISSUE, landfall::model::NoteId(1), "text").await;
        assert_eq!(edited.unwrap_err(), GitlabError::CommandsExecuted, "{status} {body}");
    }
}

#[tokio::test]
async fn e16_the_text_as_stored_is_handed_back() {
    let body = r#"{"id":"77","body":"another text","commands_changes":{}}"#;
    let server = Server::always(json(201, body)).await;
    let posted = server.client().post_note(ISSUE, "text", true).await.unwrap();
    assert_eq!((posted.note.0, posted.body.as_str()), (77, "another text"));
    assert!(server.asked()[0].body.contains("internal=true"));
}

#[tokio::test]
async fn e17_a_login_page_is_an_outage() {
    for status in [200, 404] {
        let page = answer(status, "Content-Type: text/html; charset=utf-8\r\n", "<html>Sign in");
        let server = Server::always(page).await;
        let client = server.hasty_client(1000.0);
        let read = client.fetch_issue(ISSUE).await.unwrap_err();
        assert_eq!(read, GitlabError::Unavailable(Outage::Page));
        let write = client.post_note(ISSUE, "text", false).await.unwrap_err();
        assert_eq!(write, GitlabError::Lost(Outage::Page));
    }
}

#[tokio::test]
async fn e19_an_answer_that_drips_is_cut_off() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n".to_vec();
    let server = Server::always(Reply::Trickle(head)).await;
    let mut settings = server.settings();
    settings.total_timeout = Duration::from_millis(200);
    let error = GitLab::connect(settings).unwrap().fetch_issue(ISSUE).await.unwrap_err();
    assert_eq!(error, GitlabError::Unavailable(Outage::Timeout));
}

#[tokio::test]
async fn e20_an_endless_answer_is_cut_off() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".to_vec();
    let server = Server::always(Reply::Flood(head)).await;
    let client = server.client();
    let read = client.fetch_issue(ISSUE).await.unwrap_err();
    assert_eq!(read, GitlabError::TooLarge);
    let write = client.post_note(ISSUE, "text", false).await.unwrap_err();
    assert_eq!(write, GitlabError::Lost(Outage::TooLarge));
}

#[tokio::test]
async fn e20_a_small_answer_that_unpacks_to_a_huge_one_is_cut_off() {
    let bomb = gzip_bomb(200_000);
    assert!(bomb.len() < 400_000);
    let packed = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
    let server = Server::always(answer(200, packed, bomb)).await;
    let error = server.client().fetch_issue(ISSUE).await.unwrap_err();
    assert_eq!(error, GitlabError::TooLarge);
}

#[tokio::test]
async fn e23_a_search_that_fails_halfway_is_no_answer() {
    let server = Server::start(|asked, _| {
        if asked.target.contains("&page=2") {
            json(500, "{}")
        } else {
            answer(200, "x-next-page: 2\r\n", format!("[{}]", note_json(1)))
        }
    })
    .await;
    let error = server.hasty_client(1000.0).list_notes(ISSUE).await.unwrap_err();
    assert_eq!(error, GitlabError::Unavailable(Outage::Status(500)));
}

#[tokio::test]
async fn e26_drift_is_tolerated_and_nonsense_refused() {
    let drifted = issue_json()
        .replace("\"iid\":7", "\"iid\":\"7\"")
        .replace("{\"id\":5,\"username\":\"partner\"}", "null")
        .replace("\"moved_to_id\":null", "\"moved_to_id\":null,\"new\":{\"deep\":[1]}");
    let server = Server::always(json(200, drifted)).await;
    let issue = server.client().fetch_issue(ISSUE).await.unwrap();
    assert_eq!((issue.at, issue.author), (ISSUE, None));
    for broken in [
        issue_json().replace("opened", "thawing"),
        issue_json().replace("\"iid\":7,", ""),
        issue_json().replace("\"iid\":7", "\"iid\":[7]"),
        issue_json().replace("2026-11-02T10:00:00.000Z", "soon"),
        "[]".to_owned(),
        "null".to_owned(),
        String::new(),
    ] {
        let server = Server::always(json(200, &broken)).await;
        let error = server.client().fetch_issue(ISSUE).await.unwrap_err();
        assert_eq!(error, GitlabError::Unreadable { what: "an issue" }, "{broken}");
    }
}
