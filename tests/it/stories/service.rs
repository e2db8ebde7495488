//! The whole service behind a signed hook.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use landfall::app::Ending;
use landfall::clock::{Clock, SystemClock};
use landfall::sandbox::Request;

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
        .header("webhook-timestamp", Timestamp::now().as_second())
        .header("webhook-signature", format!("v1,{}", STANDARD.encode([7_u8; 32])))
        .body(event.body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(store.deliveries(None, 1000).await.unwrap().len(), before);
    service.running.stop(Ending::Close).await;
}

/// All calls but those of the look for lost webhooks, which comes every second at this time scale.
fn calls(service: &Service) -> Vec<Request> {
    let mut calls = service.sandbox.journal();
    calls.retain(|call| !call.path.contains("/hooks") && !call.path.ends_with("/issues"));
    calls
}

#[tokio::test]
async fn the_bots_own_events_cost_no_call() {
    let service = Service::new().await;
    let iid = opened(&service).await;
    service.sandbox.clear_journal();
    service.sandbox.world().by(BOT).comment(iid, "from the bot's own account").unwrap();
    service.settled().await;
    assert_eq!(calls(&service), []);
    service.running.stop(Ending::Close).await;
}

#[tokio::test]
async fn a_stage_label_costs_at_most_five_calls() {
    let service = Service::new().await;
    let iid = opened(&service).await;
    // In its first second a database searches before it speaks: let it grow older than that.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    service.sandbox.clear_journal();
    service.sandbox.world().by(SAM).set_labels(iid, &["migration::engaged"], &[]).unwrap();
    service.settled().await;
    let calls = calls(&service);
    assert!(calls.len() <= 5, "{calls:#?}");
    service.running.stop(Ending::Close).await;
}

/// The machine's clock, until it is torn: then whoever asks it panics, but for the receiver.
#[derive(Debug, Default)]
struct Torn(AtomicBool);

impl Clock for Torn {
    fn now(&self) -> Timestamp {
        let thread = std::thread::current();
        let is_receiver = thread.name().is_some_and(|name| name.starts_with("actix"));
        assert!(is_receiver || !self.0.load(Ordering::SeqCst), "as ordered");
        SystemClock.now()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f23_a_part_that_panics_for_good_is_noticed_and_nothing_is_acknowledged_any_more() {
    let clock = Arc::new(Torn::default());
    let service = Service::by(clock.clone()).await;
    opened(&service).await;
    clock.0.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        service.sandbox.world().by(PAULA).open_issue("Lemur", "Hello").unwrap();
        service.sandbox.settle_hooks().await;
        let last = service.sandbox.world().deliveries().pop().unwrap();
        assert_eq!(last.status, Some(503), "what nobody commits is not acknowledged");
    }
    assert!(!service.running.engine.store().is_taking_in());
    // `serve` ends with an error when this returns, and its supervisor starts another.
    let noticed = tokio::time::timeout(Duration::from_secs(20), service.running.broken());
    noticed.await.expect("a dead part is noticed");
    service.running.stop(Ending::Close).await;
}
