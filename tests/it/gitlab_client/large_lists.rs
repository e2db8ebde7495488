//! Lists with records so large that a page of them is more than the client reads.

use landfall::gitlab::GitlabError;

use super::server::{Asked, Reply, Server, answer, json};
use super::{ISSUE, note_json};

const MEGABYTE: usize = 1_000_000;

/// How a list tells where it goes on.
#[derive(Debug, Clone, Copy)]
enum Lead {
    Link,
    Number,
}

/// A list of comments with ids from 1, cut into the pages that are asked for.
async fn list_of(sizes: Vec<usize>, lead: Lead) -> Server {
    Server::start(move |asked, _| {
        let (from, per_page) = window(asked);
        if sizes.iter().skip(from).take(per_page).sum::<usize>() > 12 * MEGABYTE {
            return flood();
        }
        let shown = sizes.iter().enumerate().skip(from).take(per_page);
        let notes: Vec<String> = shown.map(|(index, size)| note(index as u64 + 1, *size)).collect();
        let next = (from + per_page < sizes.len()).then_some(from / per_page + 2);
        let headers = match (lead, next) {
            (Lead::Number, next) => {
                format!("x-next-page: {}\r\n", next.map(|n| n.to_string()).unwrap_or_default())
            }
            (Lead::Link, None) => String::new(),
            (Lead::Link, Some(next)) => {
                let path = asked.target.split('?').next().unwrap();
                format!("Link: <{path}?page={next}&per_page={per_page}>; rel=\"next\"\r\n")
            }
        };
        answer(200, &headers, format!("[{}]", notes.join(",")))
    })
    .await
}

/// Which records are asked for: how many come before them, and how many they are.
fn window(asked: &Asked) -> (usize, usize) {
    let number = |key| asked.number(key).map(|number| usize::try_from(number).unwrap());
    let (page, size) = (number("page").unwrap_or(1), number("per_page").unwrap());
    ((page - 1) * size, size)
}

fn windows(server: &Server) -> Vec<(usize, usize)> {
    server.asked().iter().map(window).collect()
}

/// More than anyone reads.
fn flood() -> Reply {
    Reply::Flood(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".to_vec())
}

fn note(id: u64, size: usize) -> String {
    note_json(id).replace("hello", &"x".repeat(size))
}

async fn ids(server: &Server) -> Vec<usize> {
    let notes = server.client().list_notes(ISSUE).await.unwrap();
    notes.iter().map(|note| usize::try_from(note.id.0).unwrap()).collect()
}

#[tokio::test]
async fn thirty_comments_of_a_megabyte_are_all_read_in_order_and_none_twice() {
    for lead in [Lead::Link, Lead::Number] {
        let server = list_of(vec![MEGABYTE; 30], lead).await;
        assert_eq!(ids(&server).await, (1..=30).collect::<Vec<_>>(), "{lead:?}");
    }
}

#[tokio::test]
async fn comments_that_fill_an_answer_each_are_read_one_by_one() {
    let server = list_of(vec![5 * MEGABYTE; 7], Lead::Link).await;
    assert_eq!(ids(&server).await, (1..=7).collect::<Vec<_>>());
}

#[tokio::test]
async fn only_the_stretch_with_large_records_is_read_in_small_pages() {
    let mut sizes = vec![5; 450];
    sizes[120..129].fill(MEGABYTE);
    for lead in [Lead::Link, Lead::Number] {
        let server = list_of(sizes.clone(), lead).await;
        assert_eq!(ids(&server).await, (1..=450).collect::<Vec<_>>(), "{lead:?}");
        let expected = [
            (0, 100),
            // Too large, then halved until it fits…
            (100, 100),
            (100, 50),
            (100, 25),
            // …and full pages again where they fit.
            (125, 25),
            (150, 50),
            (200, 100),
            (300, 100),
            (400, 100),
        ];
        assert_eq!(windows(&server), expected, "{lead:?}");
    }
}

#[tokio::test]
async fn many_small_pages_do_not_exhaust_what_a_list_may_hold() {
    // Nine large ones in each hundred, 1,000 in all: far more than sixty answers.
    let sizes = (0..1000).map(|index| if index % 100 < 9 { MEGABYTE } else { 5 }).collect();
    let server = list_of(sizes, Lead::Link).await;
    assert_eq!(ids(&server).await, (1..=1000).collect::<Vec<_>>());
    assert!(server.calls() > 60);
}

#[tokio::test]
async fn a_single_record_that_is_too_large_leaves_the_list_unread() {
    let mut sizes = vec![5; 30];
    sizes[17] = 9 * MEGABYTE;
    let server = list_of(sizes, Lead::Number).await;
    let error = server.client().list_notes(ISSUE).await.unwrap_err();
    assert_eq!(error, GitlabError::TooLarge);
    assert_eq!(windows(&server).last(), Some(&(17, 1)));
}

#[tokio::test]
async fn a_list_larger_than_memory_should_hold_is_given_up() {
    let server = list_of(vec![7 * MEGABYTE; 60], Lead::Number).await;
    let error = server.client().list_notes(ISSUE).await.unwrap_err();
    assert_eq!(error, GitlabError::TooLarge);
}

#[tokio::test]
async fn a_cursor_is_kept_when_its_page_is_too_large() {
    let large = [note(2, 5 * MEGABYTE), note(3, 5 * MEGABYTE)];
    let server = Server::start(move |asked, _| {
        let link = |cursor| format!("Link: <?cursor={cursor}&per_page=100>; rel=\"next\"\r\n");
        if asked.target.contains("cursor=b") {
            json(200, format!("[{}]", large[1]))
        } else if !asked.target.contains("cursor=a") {
            answer(200, &link("a"), format!("[{}]", note(1, 5)))
        } else if asked.number("per_page") == Some(1) {
            answer(200, &link("b"), format!("[{}]", large[0]))
        } else {
            flood()
        }
    })
    .await;
    assert_eq!(ids(&server).await, [1, 2, 3]);
}
