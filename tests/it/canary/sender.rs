//! Sends deliveries and asks the service, as GitLab and as strangers do.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use sha2::Sha256;

use super::SIGNING_KEY;
use crate::child::Serving;

/// A client that acts as GitLab or as whoever found the address.
pub(super) struct Sender<'a> {
    pub(super) http: Client,
    pub(super) serving: &'a Serving,
    /// Deliveries so far.
    pub(super) sent: usize,
}

impl Sender<'_> {
    /// Sends one delivery; returns the status.
    pub(super) async fn deliver(
        &mut self,
        body: &str,
        change: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> u16 {
        self.sent += 1;
        let request = self
            .http
            .post(self.serving.url("/webhooks/gitlab?from=strangequery"))
            .header("Content-Type", "application/json")
            .header("X-Gitlab-Event", "Issue Hook")
            .body(body.to_owned());
        change(request).send().await.unwrap().status().as_u16()
    }

    /// Sends one with a right signature.
    pub(super) async fn sign(&mut self, id: &str, body: &str) -> u16 {
        let time = jiff::Timestamp::now().as_second().to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(SIGNING_KEY).unwrap();
        mac.update(format!("{id}.{time}.{body}").as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.deliver(body, |request| {
            request
                .header("webhook-id", id)
                .header("webhook-timestamp", &time)
                .header("webhook-signature", &signature)
        })
        .await
    }

    pub(super) async fn ask(&self, path: &str, token: &str) -> (u16, String) {
        let request = self.http.get(self.serving.url(path)).bearer_auth(token);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Asks again until the bot has nothing left to do and `is_so`.
    pub(super) async fn settled(&self, is_so: impl Fn() -> bool) {
        let start = Instant::now();
        loop {
            let ready: Value = serde_json::from_str(&self.ask("/readyz", "").await.1).unwrap();
            if ready["jobs_waiting"] == 0 && ready["status"] == "ok" && is_so() {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "still not settled: {ready:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
