//! GitLab hangs, or fails at random: webhooks are taken in all the while, and in the end all is said
//! once (catalogue E).

use std::time::Duration;

use landfall::app::Ending;
use landfall::sandbox::{Fault, FaultKind};

use crate::harness::{BOT, Bot, PAULA, Service};

#[tokio::test]
async fn e29_calls_that_hang_hold_up_no_webhook() {
    let service = Service::new().await;
    service.settled().await;
    let hangs = FaultKind::Delay(Duration::from_secs(3600));
    service.sandbox.faults().add(Fault::new("*", "/**", hangs).always());
    let mut iids = Vec::new();
    for number in 0..30 {
        let title = format!("Community {number}");
        iids.push(service.sandbox.world().by(PAULA).open_issue(&title, "Hello").unwrap());
    }
    service.sandbox.settle_hooks().await;
    let sent = service.sandbox.world().deliveries();
    assert!(sent.len() >= iids.len(), "{} deliveries", sent.len());
    assert!(sent.iter().all(|one| one.status == Some(200)), "{sent:#?}");
    let said = |iid| service.sandbox.world().comments_by(iid, BOT).unwrap().len();
    assert!(iids.iter().all(|iid| said(*iid) == 0));
    service.sandbox.faults().clear();
    service.settled().await;
    assert!(iids.iter().all(|iid| said(*iid) == 1));
    service.running.stop(Ending::Close).await;
}

/// Welcomes forty communities; returns the calls it took.
async fn welcomes(fault: Option<Fault>) -> usize {
    let bot = Bot::new().await;
    let mut iids = Vec::new();
    for number in 0..40 {
        let title = format!("Community {number}");
        iids.push(bot.sandbox.world().by(PAULA).open_issue(&title, "Hello").unwrap());
    }
    for iid in &iids {
        bot.tell(*iid).await;
    }
    bot.sandbox.clear_journal();
    if let Some(fault) = fault {
        bot.sandbox.faults().add(fault);
    }
    assert_eq!(bot.drain().await.waiting, 0);
    let calls = bot.sandbox.journal().len();
    bot.sandbox.faults().clear();
    for iid in iids {
        assert_eq!(bot.said(iid).len(), 1);
    }
    bot.finish().await;
    calls
}

#[tokio::test]
async fn e30_in_a_storm_of_errors_all_is_done_and_most_calls_are_not_in_vain() {
    const FAILED: usize = 200;
    let quiet = welcomes(None).await;
    let storm = Fault::status("*", "/**", 500).times(FAILED as u64).chance(0.5, 30);
    let stormy = welcomes(Some(storm)).await;
    let bound = 2 * quiet + FAILED;
    assert!(
        stormy > quiet + FAILED / 2 && stormy <= bound,
        "{stormy} calls, {quiet} without storm"
    );
}
