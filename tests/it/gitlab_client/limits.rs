//! Rate limits, breakers, concurrency, clocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use landfall::clock::ManualClock;
use landfall::gitlab::{GitLab, GitlabError, NotSent};
use landfall::model::LabelName;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Barrier, Notify};

use super::server::{Reply, Server, answer, json};
use super::{ISSUE, issue_json, note_json};

fn held_back(error: &GitlabError) -> Option<NotSent> {
    match error {
        GitlabError::NotSent { reason, .. } => Some(*reason),
        _ => None,
    }
}

#[tokio::test]
async fn e07_a_long_pause_is_handed_out_and_holds_the_whole_host() {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    for (headers, seconds) in [
        ("Retry-After: 30\r\n", 30),
        ("Retry-After: Sun, 22 Nov 2026 12:00:45 GMT\r\n", 45),
        ("", 60),
        ("Retry-After: 99999999\r\n", 3600),
        ("Retry-After: -3\r\n", 60),
        ("Retry-After: later\r\n", 60),
    ] {
        let server = Server::always(answer(429, headers, "Retry later")).await;
        let mut settings = server.settings();
        settings.clock = Arc::new(ManualClock::at(now));
        let client = GitLab::connect(settings).unwrap();
        let after = Duration::from_secs(seconds);
        let first = client.post_note(ISSUE, "text", false).await.unwrap_err();
        assert_eq!(first, GitlabError::RateLimited { after }, "{headers:?}");
        for _ in 0..5 {
            let error = client.fetch_issue(ISSUE).await.unwrap_err();
            assert_eq!(held_back(&error), Some(NotSent::Paused), "{headers:?}");
            assert!(error.retry_after().is_some_and(|wait| wait <= after));
        }
        assert_eq!(server.calls(), 1, "{headers:?}");
        assert!(client.health().paused_for.is_some());
    }
}

#[tokio::test]
async fn e07_a_short_pause_is_waited_out_inside_even_for_a_write() {
    let server = Server::start(|_, number| match number {
        0 => answer(429, "Retry-After: 2\r\n", "Retry later"),
        _ => json(201, note_json(8)),
    })
    .await;
    let posted = server.hasty_client(100.0).post_note(ISSUE, "text", false).await.unwrap();
    assert_eq!((posted.note.0, server.calls()), (8, 2));
}

#[tokio::test]
async fn a_description_is_not_written_after_a_pause_that_makes_it_stale() {
    let label = [LabelName::from("a")];
    for (description, calls) in [(Some("text"), 1), (None, 2)] {
        let server = Server::start(|_, number| match number {
            0 => answer(429, "Retry-After: 2\r\n", "Retry later"),
            _ => json(200, issue_json()),
        })
        .await;
        let client = server.hasty_client(100.0);
        let outcome = client.update_issue(ISSUE, &label, &[], description).await;
        let after = Duration::from_millis(20);
        let expected = description.map(|_| GitlabError::RateLimited { after });
        assert_eq!((outcome.err(), server.calls()), (expected, calls));
    }
}

#[tokio::test]
async fn e07_the_time_scale_shortens_the_pause_that_is_handed_out() {
    let server = Server::always(answer(429, "Retry-After: 30\r\n", "Retry later")).await;
    let error = server.hasty_client(100.0).fetch_issue(ISSUE).await.unwrap_err();
    assert_eq!(error, GitlabError::RateLimited { after: Duration::from_millis(300) });
}

#[tokio::test]
async fn a_limit_that_is_used_up_stops_calls_before_gitlab_refuses_them() {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let reset = now.as_second() + 40;
    let headers =
        format!("RateLimit-Limit: 60\r\nRateLimit-Remaining: 0\r\nRateLimit-Reset: {reset}\r\n");
    let server = Server::always(answer(200, &headers, issue_json())).await;
    let mut settings = server.settings();
    settings.clock = Arc::new(ManualClock::at(now));
    let client = GitLab::connect(settings).unwrap();
    client.fetch_issue(ISSUE).await.unwrap();
    let error = client.fetch_issue(ISSUE).await.unwrap_err();
    assert_eq!(held_back(&error), Some(NotSent::Paused));
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn a_refused_token_is_used_once_and_a_new_one_at_once() {
    let server = Server::start(|asked, _| {
        if asked.head.contains("Bearer fresh") {
            json(200, issue_json())
        } else {
            json(401, r#"{"message":"401 Unauthorized"}"#)
        }
    })
    .await;
    let client = server.client();
    assert_eq!(client.fetch_issue(ISSUE).await.unwrap_err(), GitlabError::Unauthorized);
    for _ in 0..10 {
        let error = client.fetch_issue(ISSUE).await.unwrap_err();
        assert_eq!(held_back(&error), Some(NotSent::TokenRefused));
        assert!(error.retry_after().is_some_and(|wait| wait > Duration::from_secs(50)));
    }
    assert_eq!(server.calls(), 1);
    assert!(client.health().token_refused);

    client.replace_token(&SecretString::from("fresh")).unwrap();
    client.fetch_issue(ISSUE).await.unwrap();
    assert!(!client.health().token_refused);
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn a_late_refusal_of_the_old_token_says_nothing_about_the_new() {
    let refusal = Arc::new(Notify::new());
    let release = Arc::clone(&refusal);
    let server = Server::start(move |asked, _| {
        if asked.head.contains("Bearer fresh") {
            json(200, issue_json())
        } else {
            Reply::Held(Arc::clone(&refusal), Box::new(json(401, "{}")))
        }
    })
    .await;
    let client = server.client();
    let early = client.clone();
    let early = tokio::spawn(async move { early.fetch_issue(ISSUE).await });
    while server.calls() == 0 {
        tokio::task::yield_now().await;
    }
    client.replace_token(&SecretString::from("fresh")).unwrap();
    release.notify_one();
    assert_eq!(early.await.unwrap().unwrap_err(), GitlabError::Unauthorized);
    client.fetch_issue(ISSUE).await.unwrap();
}

#[tokio::test]
async fn a_refused_token_is_probed_once_a_minute_until_it_works() {
    let server = Server::start(|_, number| match number {
        0..3 => json(401, "{}"),
        _ => json(200, issue_json()),
    })
    .await;
    let client = server.hasty_client(2000.0);
    let mut refusals = 0;
    loop {
        match client.fetch_issue(ISSUE).await {
            Ok(_) => break,
            Err(GitlabError::Unauthorized) => refusals += 1,
            Err(error) => {
                assert_eq!(held_back(&error), Some(NotSent::TokenRefused));
                tokio::time::sleep(error.retry_after().unwrap()).await;
            }
        }
    }
    assert_eq!((refusals, server.calls()), (3, 4));
    client.fetch_issue(ISSUE).await.unwrap();
}

#[tokio::test]
async fn a_host_that_keeps_failing_is_left_alone_and_found_again() {
    let healthy_from = 6;
    let server = Server::start(move |_, number| {
        if number < healthy_from { json(500, "{}") } else { json(201, note_json(1)) }
    })
    .await;
    let client = server.hasty_client(50.0);
    for _ in 0..5 {
        assert!(client.post_note(ISSUE, "text", false).await.unwrap_err().is_uncertain());
    }
    let error = client.post_note(ISSUE, "text", false).await.unwrap_err();
    assert_eq!(held_back(&error), Some(NotSent::HostDown));
    assert!(client.health().host_down);
    assert_eq!(server.calls(), 5);
    while let Err(error) = client.post_note(ISSUE, "text", false).await {
        tokio::time::sleep(error.retry_after().unwrap_or_default()).await;
    }
    assert_eq!(server.calls(), healthy_from + 1);
    assert!(!client.health().host_down);
}

#[tokio::test]
async fn at_most_eight_calls_are_under_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let (barrier, under_way, most) =
        (Arc::new(Barrier::new(8)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, peak) = (Arc::clone(&under_way), Arc::clone(&most));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (barrier, now, peak) = (Arc::clone(&barrier), Arc::clone(&now), Arc::clone(&peak));
            tokio::spawn(async move {
                let mut bytes = vec![0; 8192];
                assert!(stream.read(&mut bytes).await.unwrap() > 0);
                peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // Nobody is answered before eight have asked.
                barrier.wait().await;
                // A ninth has every chance to show itself now.
                for _ in 0..2000 {
                    tokio::task::yield_now().await;
                }
                now.fetch_sub(1, Ordering::SeqCst);
                let body = issue_json();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}",
                    body.len()
                );
                stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
            });
        }
    });
    let settings = landfall::gitlab::Settings::new(url, SecretString::from("t"));
    let client = GitLab::connect(settings).unwrap();
    let calls = (0..24).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.fetch_issue(ISSUE).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 8);
    assert_eq!(under_way.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_difference_of_clocks_is_known_after_the_first_answer() {
    let headers = "Date: Sun, 22 Nov 2026 12:00:00 GMT\r\n";
    let server = Server::always(answer(200, headers, issue_json())).await;
    let mut settings = server.settings();
    settings.clock = Arc::new(ManualClock::at("2026-11-22T12:07:00Z".parse().unwrap()));
    let client = GitLab::connect(settings).unwrap();
    assert_eq!(client.server_time_skew(), None);
    client.fetch_issue(ISSUE).await.unwrap();
    assert_eq!(client.server_time_skew(), Some(SignedDuration::from_mins(-7)));
}

#[tokio::test]
async fn every_request_is_counted_with_method_and_outcome() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let server = Server::start(|asked, _| match asked.method.as_str() {
        "GET" => json(200, issue_json()),
        _ => Reply::Bytes(Vec::new()),
    })
    .await;
    let client = server.client();
    client.fetch_issue(ISSUE).await.unwrap();
    client.fetch_issue(ISSUE).await.unwrap();
    client.post_note(ISSUE, "text", false).await.unwrap_err();
    let shown = recorder.handle().render();
    for line in [
        "landfall_gitlab_requests_total{method=\"GET\",status_class=\"2xx\"} 2",
        "landfall_gitlab_requests_total{method=\"POST\",status_class=\"none\"} 1",
        "landfall_gitlab_request_duration_seconds_count{method=\"GET\"} 2",
    ] {
        assert!(shown.contains(line), "{line} not in\n{shown}");
    }
}
