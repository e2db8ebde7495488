//! Waits and limits run by a clock of their own: neither a wall clock that stands still nor dates
//! that have passed can stop them or make them spin (catalogue G).

use std::sync::Arc;
use std::time::Duration;

use landfall::clock::ManualClock;
use landfall::gitlab::{GitLab, GitlabError, Outage};

use super::server::{Reply, Server, answer, json};
use super::{ISSUE, issue_json};

/// A client whose wall clock never moves and whose waits are a hundred times shorter.
fn frozen(server: &Server) -> GitLab {
    let mut settings = server.settings();
    settings.clock = Arc::new(ManualClock::at("2026-11-22T12:00:00Z".parse().unwrap()));
    settings.time_scale = 100.0;
    settings.total_timeout = Duration::from_secs(30) * 100;
    GitLab::connect(settings).unwrap()
}

#[tokio::test]
async fn g06_a_date_that_has_passed_is_a_pause_of_a_second() {
    for late in ["0", "Sun, 22 Nov 2026 11:59:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"] {
        let refusal = answer(429, &format!("Retry-After: {late}\r\n"), "Retry later");
        let server = Server::always(refusal).await;
        let error = frozen(&server).fetch_issue(ISSUE).await.unwrap_err();
        assert_eq!(error, GitlabError::RateLimited { after: Duration::from_millis(10) }, "{late}");
        assert_eq!(server.calls(), 2, "{late}");
    }
}

#[tokio::test]
async fn g07_pauses_probes_and_time_limits_end_while_the_wall_clock_stands_still() {
    let server = Server::start(|_, number| match number {
        0 => answer(429, "Retry-After: 2\r\n", "Retry later"),
        1 => json(401, "{}"),
        _ => json(200, issue_json()),
    })
    .await;
    let client = frozen(&server);
    assert_eq!(client.fetch_issue(ISSUE).await.unwrap_err(), GitlabError::Unauthorized);
    let held = client.fetch_issue(ISSUE).await.unwrap_err();
    tokio::time::sleep(held.retry_after().unwrap()).await;
    client.fetch_issue(ISSUE).await.unwrap();
    assert_eq!(server.calls(), 3);

    let silent = Server::always(Reply::Silence).await;
    let mut settings = silent.settings();
    settings.clock = Arc::new(ManualClock::at("2026-11-22T12:00:00Z".parse().unwrap()));
    settings.total_timeout = Duration::from_millis(200);
    let error = GitLab::connect(settings).unwrap().fetch_issue(ISSUE).await.unwrap_err();
    assert_eq!(error, GitlabError::Unavailable(Outage::Timeout));
}
