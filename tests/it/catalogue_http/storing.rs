//! What 200 and 503 promise.

use std::sync::atomic::Ordering;
use std::time::Duration;

use landfall::receive::ReceiverSettings;

use super::door::{Door, TOKEN, good, token_secrets};

const WORK: &[u8] = br#"{"object_kind":"issue","project":{"id":42},
    "object_attributes":{"iid":7}}"#;
const IGNORED: &[u8] = br#"{"object_kind":"pipeline"}"#;

#[test]
fn a_store_that_fails_is_a_503_and_the_next_delivery_is_taken() {
    let door = Door::open();
    door.inbox.failing.store(true, Ordering::SeqCst);
    let answer = door.deliver("Idempotency-Key: a\r\n", WORK);
    assert_eq!(answer.status, 503);
    assert!(answer.has("retry-after: 5"), "{answer:?}");
    assert_eq!((door.inbox.len(), door.woken.load(Ordering::SeqCst)), (0, 0));
    door.inbox.failing.store(false, Ordering::SeqCst);
    assert_eq!(door.deliver("Idempotency-Key: a\r\n", WORK).status, 200);
    assert_eq!((door.inbox.len(), door.woken.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn a_store_that_hangs_is_a_503_too() {
    let store_deadline = Duration::from_millis(100);
    let settings = ReceiverSettings { store_deadline, ..ReceiverSettings::default() };
    let door = Door::with(token_secrets(TOKEN), settings);
    door.inbox.hanging.store(true, Ordering::SeqCst);
    assert_eq!(door.deliver("", WORK).status, 503);
    assert_eq!(door.inbox.len(), 0);
}

#[test]
fn f23_a_panic_on_the_way_is_a_503_and_the_next_delivery_is_taken() {
    let door = Door::open();
    door.inbox.panicking.store(true, Ordering::SeqCst);
    for _ in 0..5 {
        let answer = door.deliver("Idempotency-Key: a\r\n", WORK);
        assert_eq!(answer.status, 503);
        assert!(answer.has("retry-after: 5"), "{answer:?}");
    }
    assert_eq!((door.inbox.len(), door.woken.load(Ordering::SeqCst)), (0, 0));
    door.inbox.panicking.store(false, Ordering::SeqCst);
    assert_eq!(door.deliver("Idempotency-Key: a\r\n", WORK).status, 200);
    assert_eq!((door.inbox.len(), door.woken.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn only_new_work_wakes_the_workers() {
    let door = Door::open();
    for body in [IGNORED, b"unreadable", WORK, WORK] {
        assert_eq!(door.deliver("", body).status, 200);
    }
    assert_eq!((door.inbox.len(), door.woken.load(Ordering::SeqCst)), (3, 1));
}

#[test]
fn d03_the_same_delivery_from_many_at_once_is_one_row() {
    let door = Door::open();
    let request = good("Idempotency-Key: storm\r\n", WORK);
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert_eq!(door.only(&request).status, 200);
                }
            });
        }
    });
    assert_eq!((door.inbox.len(), door.woken.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn the_same_key_with_another_body_is_200_and_never_work() {
    let door = Door::open();
    assert_eq!(door.deliver("webhook-id: k\r\n", IGNORED).status, 200);
    assert_eq!(door.deliver("webhook-id: k\r\n", WORK).status, 200);
    assert_eq!(door.woken.load(Ordering::SeqCst), 0);
}

#[test]
fn while_draining_every_answer_asks_to_hang_up() {
    let door = Door::open();
    door.receiver.drain();
    let keep = super::door::post(&format!("X-Gitlab-Token: {TOKEN}\r\n"), WORK);
    let mut visitor = door.knock();
    visitor.say(&keep);
    let answer = visitor.listen().unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.has("connection: close"), "{answer:?}");
    assert_eq!(visitor.listen(), None);
}
