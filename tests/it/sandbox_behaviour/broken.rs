//! Answers that don't come, come late, come short or say no.

use super::{BOT, ISSUES, PARTNER, STAFF, call, get, issue, post, sandbox, send};
use landfall::sandbox::{Clock, Fault, FaultKind, Options, Sandbox, Seed};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_page_of_notes_is_short_while_another_follows() {
    let sandbox = sandbox().await;
    let issue = issue(&sandbox).await;
    sandbox.world().by(STAFF).comment(1, "first").unwrap();
    sandbox.world().add_hidden_note(1).unwrap();
    sandbox.world().by(STAFF).comment(1, "third").unwrap();
    let path = format!("{issue}/notes?sort=asc&per_page=2");
    let answer = send(&sandbox, BOT, Method::GET, &path, Value::Null)
        .await
        .unwrap();
    let (next, link) = (
        answer.headers()["x-next-page"].clone(),
        answer.headers()["link"].clone(),
    );
    let notes: Value = answer.json().await.unwrap();
    assert_eq!(notes.as_array().unwrap().len(), 1, "{notes}");
    assert_eq!(next, "2");
    let link = link.to_str().unwrap().to_owned();
    assert!(
        link.contains(&sandbox.url()) && link.contains("rel=\"next\""),
        "{link}"
    );
    let notes = get(&sandbox, &format!("{path}&page=2")).await;
    assert_eq!(notes[0]["body"], json!("third"));
}

#[tokio::test]
async fn a_reset_after_the_write_leaves_the_comment_behind() {
    let sandbox = sandbox().await;
    let notes = format!("{}/notes", issue(&sandbox).await);
    let route = "/projects/*/issues/*/notes";
    for (kind, executed) in [
        (FaultKind::ResetBefore, 0),
        (FaultKind::ResetAfter, 1),
        (FaultKind::HalfBody, 2),
    ] {
        sandbox
            .faults()
            .add(Fault::new("POST", route, kind.clone()));
        let answer = send(
            &sandbox,
            BOT,
            Method::POST,
            &notes,
            json!({ "body": "once" }),
        )
        .await;
        let read = match answer {
            Ok(answer) => answer.bytes().await.map(drop),
            Err(error) => Err(error),
        };
        let error = read.expect_err("no whole answer may come");
        assert!(!error.is_timeout(), "{kind:?}: {error:?}");
        assert_eq!(
            sandbox.world().comments_by(1, BOT).unwrap().len(),
            executed,
            "{kind:?}"
        );
    }
    let (status, _) = post(&sandbox, &notes, json!({ "body": "whole" })).await;
    assert_eq!(status, 201, "a fault hits once");
}

#[tokio::test]
async fn a_write_can_outlive_the_patience_of_its_caller() {
    let sandbox = sandbox().await;
    let notes = format!("{}/api/v4/{}/notes", sandbox.url(), issue(&sandbox).await);
    let route = "/projects/*/issues/*/notes";
    let late = Duration::from_millis(400);
    for kind in [FaultKind::ExecuteThenTimeout, FaultKind::ExecuteLate(late)] {
        let before = sandbox.world().comments_by(1, BOT).unwrap().len();
        sandbox
            .faults()
            .add(Fault::new("POST", route, kind.clone()));
        let request = Client::new()
            .post(&notes)
            .timeout(Duration::from_millis(150));
        let request = request.header("PRIVATE-TOKEN", Seed::token_of(BOT));
        let error = request
            .json(&json!({ "body": "late" }))
            .send()
            .await
            .unwrap_err();
        assert!(error.is_timeout(), "{kind:?}");
        let at_once = usize::from(kind == FaultKind::ExecuteThenTimeout);
        let now = sandbox.world().comments_by(1, BOT).unwrap().len();
        assert_eq!(now, before + at_once, "{kind:?}");
    }
    // The late write lands though its caller is gone.
    let landed = async {
        while sandbox.world().comments_by(1, BOT).unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), landed)
        .await
        .unwrap();
}

#[tokio::test]
async fn faults_answer_statuses_pages_and_redirects_on_the_calls_they_name() {
    let sandbox = sandbox().await;
    let faults = sandbox.faults();
    let limited = FaultKind::Status {
        status: 429,
        body: "Retry later".to_owned(),
        headers: vec![("Retry-After".to_owned(), "7".to_owned())],
    };
    faults.add(Fault::new("GET", "/user", limited).after(1));
    faults.add(Fault::new("GET", "/version", FaultKind::Html200));
    faults.add(Fault::new(
        "GET",
        "/projects/**",
        FaultKind::Redirect("http://x.test/".into()),
    ));
    get(&sandbox, "user").await;
    let answer = send(&sandbox, BOT, Method::GET, "user", Value::Null)
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    get(&sandbox, "user").await;
    let answer = send(&sandbox, BOT, Method::GET, "version", Value::Null)
        .await
        .unwrap();
    assert!(answer.text().await.unwrap().starts_with("<!doctype html>"));
    let answer = send(&sandbox, BOT, Method::GET, ISSUES, Value::Null)
        .await
        .unwrap();
    assert_eq!(answer.headers()["location"], "http://x.test/");
}

#[tokio::test]
async fn an_unknown_endpoint_answers_501_and_is_on_record() {
    let sandbox = sandbox().await;
    let (status, _) = call(
        &sandbox,
        BOT,
        Method::GET,
        "projects/42/runners",
        Value::Null,
    )
    .await;
    assert_eq!(status, 501);
    let unknown = sandbox.unknown_endpoints();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].path, "/api/v4/projects/42/runners");
    assert_eq!(unknown[0].user.as_deref(), Some(BOT));
    assert!(sandbox.writes().is_empty());
}

#[tokio::test]
async fn a_seed_file_names_its_mistakes_and_a_stopped_sandbox_frees_its_port() {
    assert!(Seed::from_json(r#"{"users":[],"tokens":[],"projects":[],"x":1}"#).is_err());
    let sandbox = sandbox().await;
    let url = sandbox.url();
    sandbox.stop().await;
    assert!(reqwest::get(url).await.is_err());
}

#[tokio::test]
async fn dead_tokens_and_missing_rights_answer_as_gitlab_does() {
    let mut seed = Seed::default();
    seed.tokens[1].expires_at = Some("2026-11-02".parse().unwrap());
    seed.tokens[2].scopes = vec!["read_api".to_owned()];
    let clock = Clock::Ticking("2026-11-02T09:00:00Z".parse().unwrap());
    let sandbox = Sandbox::start(Options {
        seed,
        clock,
        ..Options::default()
    })
    .await
    .unwrap();
    let (status, answer) = call(&sandbox, "nobody", Method::GET, "user", Value::Null).await;
    assert_eq!(
        (status, answer),
        (401, json!({ "message": "401 Unauthorized" }))
    );
    let (status, answer) = call(&sandbox, STAFF, Method::GET, "user", Value::Null).await;
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_token")));
    let (status, answer) = call(
        &sandbox,
        PARTNER,
        Method::POST,
        ISSUES,
        json!({ "title": "x" }),
    )
    .await;
    assert_eq!(
        (status, &answer["error"]),
        (403, &json!("insufficient_scope"))
    );
}
