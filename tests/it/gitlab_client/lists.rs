//! Lists of many pages.

use landfall::gitlab::GitlabError;

use super::server::{Asked, Server, answer, json};
use super::{ISSUE, note_json};

fn notes(ids: &[u64]) -> String {
    let notes: Vec<String> = ids.iter().map(|id| note_json(*id)).collect();
    format!("[{}]", notes.join(","))
}

fn page_of(asked: &Asked) -> u64 {
    asked.number("page").unwrap_or(1)
}

#[tokio::test]
async fn e21_short_and_empty_pages_do_not_end_a_list() {
    let server = Server::start(|asked, _| match page_of(asked) {
        1 => answer(200, "x-next-page: 2\r\n", notes(&[4])),
        2 => answer(200, "x-next-page: 3\r\n", notes(&[])),
        // A record shifted from one page to the next comes twice.
        _ => answer(200, "x-next-page: \r\n", notes(&[4, 2])),
    })
    .await;
    let ids: Vec<u64> =
        server.client().list_notes(ISSUE).await.unwrap().iter().map(|note| note.id.0).collect();
    assert_eq!(ids, [2, 4]);
    let targets: Vec<String> = server.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(
        targets,
        [
            "/api/v4/projects/42/issues/7/notes?sort=asc&per_page=100",
            "/api/v4/projects/42/issues/7/notes?sort=asc&per_page=100&page=2",
            "/api/v4/projects/42/issues/7/notes?sort=asc&per_page=100&page=3",
        ]
    );
}

#[tokio::test]
async fn e21_the_link_header_wins_over_the_page_number() {
    let server = Server::start(|asked, _| {
        if asked.target.contains("cursor=abc") {
            return json(200, notes(&[2]));
        }
        let host = asked.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let link = format!("http://{host}/api/v4/projects/42/issues/7/notes?cursor=abc");
        let headers = format!("x-next-page: 9\r\nLink: <{link}>; rel=\"next\"\r\n");
        answer(200, &headers, notes(&[1]))
    })
    .await;
    assert_eq!(server.client().list_notes(ISSUE).await.unwrap().len(), 2);
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn e21_a_page_that_names_itself_as_the_next_is_read_no_third_time() {
    let server = Server::always(answer(200, "x-next-page: 2\r\n", notes(&[1]))).await;
    let error = server.client().list_notes(ISSUE).await.unwrap_err();
    assert!(matches!(error, GitlabError::Unreadable { .. }), "{error:?}");
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn e21_a_list_without_end_is_given_up_after_sixty_pages() {
    let server = Server::start(|asked, _| {
        let page = page_of(asked);
        answer(200, &format!("x-next-page: {}\r\n", page + 1), notes(&[page]))
    })
    .await;
    let error = server.client().list_notes(ISSUE).await.unwrap_err();
    assert!(matches!(error, GitlabError::Unreadable { .. }), "{error:?}");
    assert_eq!(server.calls(), 60);
}

#[tokio::test]
async fn e21_a_list_without_page_headers_is_one_page() {
    let server = Server::always(json(200, notes(&[3, 1]))).await;
    assert_eq!(server.client().list_notes(ISSUE).await.unwrap().len(), 2);
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn label_events_come_sorted_and_survive_deleted_accounts_and_labels() {
    let events = r##"[
        {"id": 12, "user": null, "action": "remove", "created_at": "2026-11-02 10:00:00 UTC",
         "label": null},
        {"id": 11, "user": {"id": 5, "username": "p"}, "action": "add",
         "created_at": "2026-11-01T10:00:00.000+02:00", "label": {"name": "a::b", "color": "#fff"}}
    ]"##;
    let server = Server::always(json(200, events)).await;
    let events = server.client().list_label_events(ISSUE).await.unwrap();
    assert_eq!(events.iter().map(|event| event.id.0).collect::<Vec<_>>(), [11, 12]);
    assert_eq!(events[0].at, "2026-11-01T08:00:00Z".parse().unwrap());
    assert!(events[1].label.is_none() && events[1].actor.is_none());
}
