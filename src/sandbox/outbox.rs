//! Webhook deliveries that wait to be sent, and what tests may do to them.

use super::hooks::Trigger;
use super::world::World;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Notify;

/// One delivery on its way.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) project: u64,
    pub(super) hook: u64,
    /// `webhook-id` and `Idempotency-Key`; stays the same when it is sent again.
    pub(super) id: String,
    pub(super) event_uuid: String,
    pub(super) trigger: Trigger,
    pub(super) body: String,
}

/// A delivery as it was sent, for tests to look at or send again.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Number in the hook's event log.
    pub log_id: u64,
    /// `webhook-id`.
    pub id: String,
    /// `X-Gitlab-Event`.
    pub event: String,
    /// Address it went to.
    pub url: String,
    /// All headers GitLab set.
    pub headers: Vec<(String, String)>,
    /// The body, byte by byte.
    pub body: String,
    /// Status of the answer; none when there was no answer.
    pub status: Option<u16>,
}

/// The queue of the sender.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Outgoing>,
    held: Option<Vec<Outgoing>>,
    drop_next: usize,
    duplicate_next: usize,
    /// Taken by the sender and not yet recorded.
    in_flight: usize,
    pub(super) wake: Arc<Notify>,
    pub(super) idle: Arc<Notify>,
}

impl Outbox {
    pub(super) fn queue(&mut self, outgoing: Outgoing) {
        if self.drop_next > 0 {
            self.drop_next = self.drop_next.saturating_sub(1);
            return;
        }
        let twice = self.duplicate_next > 0;
        self.duplicate_next = self.duplicate_next.saturating_sub(1);
        match &mut self.held {
            Some(held) => {
                held.extend(twice.then(|| outgoing.clone()));
                held.push(outgoing);
            }
            None => {
                self.waiting.extend(twice.then(|| outgoing.clone()));
                self.waiting.push_back(outgoing);
                self.wake.notify_one();
            }
        }
    }

    pub(super) fn take(&mut self) -> Option<Outgoing> {
        let outgoing = self.waiting.pop_front()?;
        self.in_flight = self.in_flight.saturating_add(1);
        Some(outgoing)
    }

    pub(super) fn finished(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if self.is_idle() {
            self.idle.notify_waiters();
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.in_flight == 0
    }
}

impl World {
    /// Loses the next events as if they had never been sent.
    pub fn drop_next_hooks(&mut self, events: usize) {
        self.outbox.drop_next = events;
    }

    /// Sends each of the next events twice, with the same `webhook-id`.
    pub fn duplicate_next_hooks(&mut self, events: usize) {
        self.outbox.duplicate_next = events;
    }

    /// Keeps events back from now on until they are released.
    pub fn hold_hooks(&mut self) {
        self.outbox.held.get_or_insert_default();
    }

    /// How many events are held.
    pub fn held_hooks(&self) -> usize {
        self.outbox.held.as_ref().map_or(0, Vec::len)
    }

    /// Sends the held events in this order of places (0 is the oldest); a place may come several
    /// times or not at all, and what is not named is lost. Later events are sent at once again.
    pub fn release_hooks(&mut self, order: &[usize]) {
        let held = self.outbox.held.take().unwrap_or_default();
        let chosen = order.iter().filter_map(|place| held.get(*place).cloned());
        self.outbox.waiting.extend(chosen);
        self.outbox.wake.notify_one();
    }

    /// Every delivery of every hook that was tried, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        let hooks = self.projects.values().flat_map(|project| &project.hooks);
        let mut all: Vec<Delivery> = hooks
            .flat_map(|hook| {
                hook.log.iter().map(|sent| Delivery {
                    log_id: sent.id,
                    id: sent.outgoing.id.clone(),
                    event: sent.outgoing.trigger.header.to_owned(),
                    url: hook.url.clone(),
                    headers: sent.headers.clone(),
                    body: sent.outgoing.body.clone(),
                    status: sent.status,
                })
            })
            .collect();
        all.sort_by_key(|delivery| delivery.log_id);
        all
    }

    /// Queues a past delivery again, as "Resend request" does: same `webhook-id`, new time and
    /// signature. Says whether there is such a delivery.
    pub fn redeliver(&mut self, log_id: u64) -> bool {
        let hooks = self.projects.values().flat_map(|project| &project.hooks);
        let sent = hooks.flat_map(|hook| &hook.log).find(|sent| sent.id == log_id);
        let Some(outgoing) = sent.map(|sent| sent.outgoing.clone()) else {
            return false;
        };
        self.outbox.queue(outgoing);
        true
    }
}
