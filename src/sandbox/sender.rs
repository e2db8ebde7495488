//! Sends webhooks the way Sidekiq does: later, once, and never again.

use super::hooks::{Sent, signing_key};
use super::outbox::{Delivery, Outgoing};
use super::server::Shared;
use super::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A delivery ready to go out.
struct Prepared {
    url: String,
    headers: Vec<(String, String)>,
    timeout: Duration,
}

/// Sends what is queued, one after the other, until the task is ended.
pub(super) async fn run(shared: Arc<Shared>) {
    let wake = Arc::clone(&shared.world().outbox.wake);
    loop {
        let next = shared.world().outbox.take();
        match next {
            Some(outgoing) => {
                deliver(&shared, outgoing, false).await;
                shared.world().outbox.finished();
            }
            None => wake.notified().await,
        }
    }
}

/// Sends one delivery and notes what came of it. A disabled hook drops it without a trace, unless
/// it is sent by hand. Gives the status of the answer.
pub(super) async fn deliver(shared: &Shared, outgoing: Outgoing, by_hand: bool) -> Option<u16> {
    let prepared = shared.world().prepare(&outgoing, by_hand)?;
    let started = Instant::now();
    let answer = send(shared, &prepared.url, &prepared.headers, &outgoing.body, prepared.timeout);
    let answer = answer.await;
    let seconds = started.elapsed().as_secs_f64();
    let status = answer.as_ref().map(|(status, _)| *status);
    let text = answer.map(|(_, text)| text).unwrap_or_default();
    shared.world().record(outgoing, prepared.headers, status, text, seconds);
    status
}

/// Sends a past delivery again with the very same headers and bytes; the log doesn't know of it.
pub(super) async fn replay(shared: &Shared, delivery: &Delivery) -> Option<u16> {
    let timeout = shared.world().settings.hook_timeout;
    let answer = send(shared, &delivery.url, &delivery.headers, &delivery.body, timeout).await;
    answer.map(|(status, _)| status)
}

async fn send(
    shared: &Shared,
    url: &str,
    headers: &[(String, String)],
    body: &str,
    timeout: Duration,
) -> Option<(u16, String)> {
    let mut request = shared.client.post(url).timeout(timeout).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    let text = answer.text().await.ok()?;
    Some((status, text.chars().take(8192).collect()))
}

impl World {
    fn prepare(&mut self, outgoing: &Outgoing, by_hand: bool) -> Option<Prepared> {
        let now = self.clock.now();
        let disables = self.settings.disables_failing_hooks;
        let attempt = self.uuid();
        let version = self.settings.version.clone();
        let hook = self.project(outgoing.project).ok()?.hook(outgoing.hook).ok()?;
        if disables && hook.is_disabled(now) && !by_hand {
            return None;
        }
        let seconds = now.as_second().to_string();
        let pairs = [
            ("Content-Type", "application/json"),
            ("User-Agent", &format!("GitLab/{version}")),
            ("X-Gitlab-Event", outgoing.trigger.header),
            ("X-Gitlab-Instance", &self.base_url),
            ("X-Gitlab-Webhook-UUID", &attempt),
            ("X-Gitlab-Event-UUID", &outgoing.event_uuid),
            ("Idempotency-Key", &outgoing.id),
            ("webhook-id", &outgoing.id),
            ("webhook-timestamp", &seconds),
        ];
        let mut headers: Vec<(String, String)> =
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        if let Some(token) = &hook.token {
            headers.push(("X-Gitlab-Token".to_owned(), token.replace(['\r', '\n'], "")));
        }
        if let Some(token) = &hook.signing_token {
            let signature = sign(token, &outgoing.id, &seconds, &outgoing.body)?;
            headers.push(("webhook-signature".to_owned(), signature));
        }
        let timeout = self.settings.hook_timeout;
        Some(Prepared { url: hook.url.clone(), headers, timeout })
    }

    fn record(
        &mut self,
        outgoing: Outgoing,
        headers: Vec<(String, String)>,
        status: Option<u16>,
        answer: String,
        seconds: f64,
    ) {
        let at = self.clock.now();
        let id = self.next_id();
        let disables = self.settings.disables_failing_hooks;
        let project = self.project_mut(outgoing.project);
        let Ok(hook) = project.and_then(|project| project.hook_mut(outgoing.hook)) else {
            return;
        };
        // A redirect is not followed, yet it counts as success: that event is lost quietly.
        let succeeded = status.is_some_and(|status| (200..400).contains(&status));
        if disables {
            hook.count(succeeded, at);
        }
        hook.log.push(Sent { id, outgoing, headers, status, seconds, answer, at });
    }
}

/// Standard Webhooks: HMAC-SHA256 over `id.timestamp.body` with the key in the signing token.
fn sign(token: &str, id: &str, seconds: &str, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&signing_key(token)?).ok()?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}
