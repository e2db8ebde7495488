//! The whole service behind a signed hook.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use landfall::app::Ending;

use crate::harness::{BOT, PAULA, SAM, Service};

async fn opened(service: &Service) -> u64 {
    let iid = service.sandbox.world().by(PAULA).open_issue("Kiwi", "Hello").unwrap();
    service.settled().await;
    iid
}

fn said(service: &Service, iid: u64) -> usize {
    service.sandbox.world().comments_by(iid, BOT).unwrap().len()
}

#[tokio::test]
async fn a_signed_label_event_becomes_one_comment_and_ten_repeats_change_nothing() {
    let service = Service::new().await;
    let iid = opened(&service).await;
    service.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    service.settled().await;
    assert_eq!(said(&service, iid), 2);
    let events = service.sandbox.world().deliveries();
    let label = events.iter().rev().find(|one| one.event == "Issue Hook").unwrap().clone();
    for _ in 0..10 {
        assert_eq!(service.sandbox.replay(&label).await, Some(200));
    }
    service.settled().await;
    assert_eq!(said(&service, iid), 2);
    service.running.stop(Ending::Close).await;
}

#[tokio::test]
async fn a_wrong_signature_gets_401_and_leaves_no_trace() {
    let service = Service::new().await;
    opened(&service).await;
    let store = service.running.engine.store().clone();
    let before = store.deliveries(None, 1000).await.unwrap().len();
    let event = service.sandbox.world().deliveries().pop().unwrap();
    let answer = reqwest::Client::new()
        .post(service.hook.clone())
        .header("Content-Type", "application/json")
        .header("X-Gitlab-Event", &event.event)
        .header("webhook-id", "another")
        .header("webhook-timestamp", jiff::Timestamp::now().as_second())
        .header("webhook-signature", format!("v1,{}", STANDARD.encode([7_u8; 32])))
        .body(event.body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(store.deliveries(None, 1000).await.unwrap().len(), before);
    service.running.stop(Ending::Close).await;
}

#[tokio::test]
async fn the_bots_own_events_cost_no_call() {
    let service = Service::new().await;
    let iid = opened(&service).await;
    service.sandbox.clear_journal();
    service.sandbox.world().by(BOT).comment(iid, "from the bot's own account").unwrap();
    service.settled().await;
    assert_eq!(service.sandbox.journal(), []);
    service.running.stop(Ending::Close).await;
}

#[tokio::test]
async fn a_stage_label_costs_at_most_five_calls() {
    let service = Service::new().await;
    let iid = opened(&service).await;
    // In its first second a database searches before it speaks: let it grow older than that.
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    service.sandbox.clear_journal();
    service.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    service.settled().await;
    let calls = service.sandbox.journal();
    assert!(calls.len() <= 5, "{calls:#?}");
    service.running.stop(Ending::Close).await;
}
