//! Everything that can go wrong, and what it is called.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use landfall::clock::ManualClock;
use landfall::github::{GitHub, Settings, SurveyError};
use serde_json::json;

use super::source::{Source, github, moved};
use super::{repo, settings, survey};
use crate::gitlab_client::server::{Reply, Server, answer, gzip_bomb};

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn in_minutes(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

fn at_noon(server: &Server) -> (GitHub, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(now()));
    let settings = Settings { clock: clock.clone(), ..settings(server) };
    (GitHub::connect(settings).unwrap(), clock)
}

fn unreadable(what: &'static str) -> SurveyError {
    SurveyError::Unreadable { what }
}

fn told(fields: serde_json::Value) -> Reply {
    github(200, "", Source::new().but(fields).repository.to_string())
}

/// What the first question may be answered, and what it is then.
fn first_answers() -> Vec<(&'static str, Reply, SurveyError)> {
    let reset = |minutes| {
        let second = in_minutes(minutes).as_second();
        format!("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {second}\r\n")
    };
    let limited = |minutes| SurveyError::RateLimited { until: in_minutes(minutes) };
    let blocked = r#"{"message":"Repository access blocked","block":{"reason":"tos"}}"#;
    let forbidden = r#"{"message":"Forbidden by your organization"}"#;
    let secondary = r#"{"message":"You have exceeded a secondary rate limit."}"#;
    let half = br#"{"id":7,"full_name":"acme/rock"#;
    let mut cut = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n".to_vec();
    cut.extend_from_slice(half);
    let packed = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
    let large = vec![b' '; 9 * 1024 * 1024];
    let endless = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n".to_vec();
    vec![
        ("not there", github(404, "", "{}"), SurveyError::NotFound),
        ("gone", github(410, "", "{}"), SurveyError::NotFound),
        (
            "private",
            told(json!({ "private": true, "visibility": "private" })),
            SurveyError::NotFound,
        ),
        ("internal", told(json!({ "visibility": "internal" })), SurveyError::NotFound),
        ("legal reasons", github(451, "", "{}"), SurveyError::Blocked),
        ("GitHub's own reasons", github(403, "", blocked), SurveyError::Blocked),
        ("refused", github(403, "", forbidden), SurveyError::Forbidden),
        ("a bad token", github(401, "", "{}"), SurveyError::Unauthorized),
        ("hourly limit", github(403, &reset(20), "{}"), limited(20)),
        ("hourly limit by 429", github(429, &reset(20), "{}"), limited(20)),
        ("a limit for ever", github(403, &reset(900_000), "{}"), limited(60)),
        ("secondary limit", github(403, "Retry-After: 120\r\n", "{}"), limited(2)),
        ("secondary limit in words", github(403, "", secondary), limited(1)),
        ("too many", github(429, "", "{}"), limited(1)),
        ("broken", github(500, "", "{}"), SurveyError::Status(500)),
        ("bad gateway", github(502, "", "<html>"), SurveyError::Status(502)),
        ("maintenance", github(503, "", "<html>"), SurveyError::Status(503)),
        ("teapot", github(418, "", "{}"), SurveyError::Status(418)),
        ("no content", github(204, "", ""), SurveyError::Status(204)),
        ("a page", answer(200, "Content-Type: text/html\r\n", "<html>"), unreadable("repository")),
        ("nothing", github(200, "", ""), unreadable("repository")),
        ("half of it", github(200, "", half), unreadable("repository")),
        ("another shape", github(200, "", "[]"), unreadable("repository")),
        ("deep", github(200, "", "[".repeat(100_000)), unreadable("repository")),
        ("a number in quotes", told(json!({ "id": "7" })), unreadable("repository")),
        ("a huge number", told(json!({ "size": 1e300 })), unreadable("repository")),
        ("a wrong name", told(json!({ "full_name": "/close" })), unreadable("repository's name")),
        ("cut off", Reply::Bytes(cut), SurveyError::Unreachable),
        ("closed at once", Reply::Bytes(Vec::new()), SurveyError::Unreachable),
        ("no HTTP", Reply::Bytes(b"SSH-2.0-x\r\n".to_vec()), SurveyError::Unreachable),
        ("no gzip", answer(200, packed, "plain"), unreadable("compressed")),
        ("a gzip bomb", answer(200, packed, gzip_bomb(200_000)), SurveyError::TooLarge),
        ("large", github(200, "", large), SurveyError::TooLarge),
        ("endless", Reply::Flood(endless), SurveyError::TooLarge),
        ("endless in pieces", Reply::Flood(chunked), SurveyError::TooLarge),
    ]
}

#[tokio::test]
async fn e33_e34_every_failure_has_its_name_and_one_question_is_enough() {
    for (name, reply, expect) in first_answers() {
        let server = Server::always(reply).await;
        let (github, _) = at_noon(&server);
        let failed = github.survey(&repo("rocket")).await.unwrap_err();
        assert_eq!(failed, expect, "{name}");
        assert_eq!(server.calls(), 1, "{name}");
        let told = failed.to_string();
        assert!(told.contains("; "), "it says what to do next: {told}");
        for theirs in ["organization", "acme", "tos", "html", super::TOKEN] {
            assert!(!told.contains(theirs), "{name}: {told}");
        }
    }
}

#[tokio::test]
async fn t14_private_and_absent_can_not_be_told_apart() {
    let private = Server::always(told(json!({ "private": true }))).await;
    let absent = Server::always(github(404, "", r#"{"message":"Not Found"}"#)).await;
    let (private, absent) =
        (survey(&private).await.unwrap_err(), survey(&absent).await.unwrap_err());
    assert_eq!(private, absent);
    assert_eq!(private.to_string(), absent.to_string());
}

#[tokio::test]
async fn t14_a_private_repository_behind_an_old_name_is_not_found_either() {
    let server = Server::start(|asked, number| match number {
        0 => moved(asked),
        _ => told(json!({ "private": true, "full_name": "acme/secret" })),
    })
    .await;
    assert_eq!(survey(&server).await.unwrap_err(), SurveyError::NotFound);
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn a_failure_at_any_later_question_has_the_same_name() {
    let later = || {
        let limited = SurveyError::RateLimited { until: in_minutes(1) };
        let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n[{".to_vec();
        [
            (github(401, "", "{}"), SurveyError::Unauthorized),
            (github(429, "", "{}"), limited),
            (github(451, "", "{}"), SurveyError::Blocked),
            (github(301, "Location: http://x/\r\n", "{}"), SurveyError::Status(301)),
            (Reply::Bytes(cut), SurveyError::Unreachable),
        ]
    };
    for at in 1..10 {
        for (reply, expect) in later() {
            let server = Server::start(move |asked, number| match number {
                number if number == at => reply.clone(),
                _ => Source::new().reply(asked),
            })
            .await;
            let (github, _) = at_noon(&server);
            assert_eq!(github.survey(&repo("rocket")).await.unwrap_err(), expect, "question {at}");
            assert_eq!(server.calls(), at + 1);
        }
    }
}

#[tokio::test]
async fn a_count_in_another_shape_is_no_count() {
    for (list, what, body) in [
        ("/issues?", "issues", r#"[{"number":"7"}]"#),
        ("/issues?", "issues", r#"[{"number":null}]"#),
        ("/issues?", "issues", "{}"),
        ("/tags?", "tags", r#"{"count":7}"#),
        ("/branches?", "branches", "null"),
        ("/actions/", "workflows", r#"{"total_count":"7","workflows":[]}"#),
        ("/actions/", "workflows", "[]"),
        ("/contributors?", "contributors", "7"),
    ] {
        let server = Server::start(move |asked, _| match asked.target.contains(list) {
            true => github(200, "", body),
            false => Source::new().reply(asked),
        })
        .await;
        assert_eq!(survey(&server).await.unwrap_err(), unreadable(what), "{body}");
    }
}

/// Twenty seconds in the time of a test.
fn hasty(server: &Server) -> GitHub {
    GitHub::connect(Settings { time_scale: 50.0, ..settings(server) }).unwrap()
}

#[tokio::test]
async fn silence_ends_a_survey() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_vec();
    for reply in [Reply::Silence, Reply::Trickle(head)] {
        let server = Server::always(reply).await;
        let failed = hasty(&server).survey(&repo("rocket")).await.unwrap_err();
        assert_eq!(failed, SurveyError::Timeout);
    }
}

#[tokio::test]
async fn t16_the_limit_is_one_for_all_questions_together() {
    let server = Server::start(|asked, number| match number {
        6 => Reply::Silence,
        _ => Source::new().reply(asked),
    })
    .await;
    assert_eq!(hasty(&server).survey(&repo("rocket")).await.unwrap_err(), SurveyError::Timeout);
    assert_eq!(server.calls(), 7);
}

#[tokio::test]
async fn authors_that_take_too_long_are_unknown() {
    let server = Server::start(|asked, _| match asked.target.contains("contributors") {
        true => Reply::Silence,
        false => Source::new().reply(asked),
    })
    .await;
    let survey = hasty(&server).survey(&repo("rocket")).await.unwrap();
    assert_eq!((survey.contributors, survey.releases), (None, Some(1)));
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let github = GitHub::connect(Settings::new(url.parse().unwrap(), None)).unwrap();
    assert_eq!(github.survey(&repo("rocket")).await.unwrap_err(), SurveyError::Unreachable);
}

#[tokio::test]
async fn a_hundred_sources_never_run_over_the_hourly_limit() {
    // GitHub gives 60 an hour to those without a token, and counts them down.
    let server = Server::start(|asked, number| {
        let reset = in_minutes(40).as_second();
        let left = 59_usize.checked_sub(number).expect("the 61st question of the hour");
        let mut reply = Source::new().reply(asked);
        if let Reply::Bytes(bytes) = &mut reply {
            let headers =
                format!("\r\nX-RateLimit-Remaining: {left}\r\nX-RateLimit-Reset: {reset}\r\n");
            let at = bytes.windows(2).position(|two| two == b"\r\n").unwrap();
            bytes.splice(at..at + 2, headers.into_bytes());
        }
        reply
    })
    .await;
    let (github, clock) = at_noon(&server);
    let mut surveyed = 0;
    for _ in 0..100 {
        match github.clone().survey(&repo("rocket")).await {
            Ok(_) => surveyed += 1,
            Err(error) => assert_eq!(error, SurveyError::RateLimited { until: in_minutes(40) }),
        }
    }
    assert_eq!((surveyed, server.calls()), (6, 60));
    clock.advance(SignedDuration::from_mins(39));
    assert!(github.survey(&repo("rocket")).await.is_err());
    assert_eq!(server.calls(), 60);
}

#[tokio::test]
async fn after_a_limit_nothing_is_asked_until_it_has_passed() {
    let server = Server::start(|asked, number| match number {
        0 => github(403, "Retry-After: 90\r\n", "{}"),
        _ => Source::new().reply(asked),
    })
    .await;
    let (github, clock) = at_noon(&server);
    for _ in 0..3 {
        let failed = github.survey(&repo("rocket")).await.unwrap_err();
        let until = now() + SignedDuration::from_secs(90);
        assert_eq!(failed, SurveyError::RateLimited { until });
    }
    assert_eq!(server.calls(), 1);
    clock.advance(SignedDuration::from_secs(90));
    assert!(github.survey(&repo("rocket")).await.is_ok());
}
