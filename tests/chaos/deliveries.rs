//! Sender A: signed deliveries that are sent until they are acknowledged, unlike GitLab's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::rig::{BOT_ID, PROJECT, SIGNING};

pub(crate) const PATH: &str = "/webhooks/gitlab";

/// What was sent and what was promised.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Keys that were answered with 200.
    pub(crate) acknowledged: Mutex<Vec<String>>,
    /// Requests that got another answer or none.
    pub(crate) failed: AtomicU64,
    pub(crate) stop: AtomicBool,
}

impl Sent {
    pub(crate) fn count(&self) -> usize {
        self.acknowledged.lock().map_or(0, |keys| keys.len())
    }

    /// Notes a key that was answered with 200.
    pub(crate) fn note(&self, key: String) {
        if let Ok(mut keys) = self.acknowledged.lock() {
            keys.push(key);
        }
    }
}

/// Sends from so many connections until told to stop, each delivery until it is acknowledged.
pub(crate) fn start(
    connections: u64,
    seed: u64,
    issues: u64,
    addresses: &[SocketAddr],
    sent: &Arc<Sent>,
) -> Vec<tokio::task::JoinHandle<()>> {
    (0..connections)
        .map(|connection| {
            let (addresses, sent) = (addresses.to_vec(), Arc::clone(sent));
            let mut random = fastrand::Rng::with_seed(seed ^ (connection << 32));
            tokio::spawn(async move {
                let client = reqwest::Client::builder()
                    .timeout(Duration::from_secs(10))
                    .no_proxy()
                    .build()
                    .unwrap_or_default();
                let mut number = 0_u64;
                while !sent.stop.load(Ordering::Relaxed) {
                    let key = format!("rig-{seed:x}-{connection}-{number}");
                    number += 1;
                    let body = body(&mut random, issues);
                    until_acknowledged(&client, &addresses, &mut random, &key, &body, &sent).await;
                }
            })
        })
        .collect()
}

async fn until_acknowledged(
    client: &reqwest::Client,
    addresses: &[SocketAddr],
    random: &mut fastrand::Rng,
    key: &str,
    body: &str,
    sent: &Sent,
) {
    while !sent.stop.load(Ordering::Relaxed) {
        let Some(address) = random.choice(addresses) else { return };
        if post(client, *address, key, body).await == Some(200) {
            sent.note(key.to_owned());
            return;
        }
        sent.failed.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Posts one delivery; the status, if any came.
pub(crate) async fn post(
    client: &reqwest::Client,
    address: SocketAddr,
    key: &str,
    body: &str,
) -> Option<u16> {
    let mut request = client.post(format!("http://{address}{PATH}")).body(body.to_owned());
    for (name, value) in signed(key, body)? {
        request = request.header(name, value);
    }
    Some(request.send().await.ok()?.status().as_u16())
}

/// The headers of a delivery, signed now.
pub(crate) fn signed(key: &str, body: &str) -> Option<[(&'static str, String); 5]> {
    let time = jiff::Timestamp::now().as_second();
    let secret = STANDARD.decode(SIGNING.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret).ok()?;
    mac.update(format!("{key}.{time}.{body}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    Some([
        ("Content-Type", "application/json".to_owned()),
        ("X-Gitlab-Event", "Issue Hook".to_owned()),
        ("webhook-id", key.to_owned()),
        ("webhook-timestamp", time.to_string()),
        ("webhook-signature", signature),
    ])
}

/// Mostly the bot's own events, which cost a row and no call; one in fifty points at an issue.
pub(crate) fn body(random: &mut fastrand::Rng, issues: u64) -> String {
    let is_own = random.u8(..50) != 0;
    issue_event(random.u64(1..=issues), if is_own { BOT_ID } else { 2 })
}

/// An issue event by this account.
pub(crate) fn issue_event(iid: u64, user: u64) -> String {
    event(iid, user, "").to_string()
}

/// The same with a description of 16 KiB.
pub(crate) fn large_issue_event(iid: u64, user: u64) -> String {
    event(iid, user, &"We would like to move. ".repeat(700)).to_string()
}

fn event(iid: u64, user: u64, description: &str) -> Value {
    json!({
        "object_kind": "issue", "event_type": "issue",
        "user": { "id": user, "username": "someone", "name": "Someone" },
        "project": { "id": PROJECT, "path_with_namespace": "landfall/tracker" },
        "object_attributes": { "id": 1000 + iid, "iid": iid, "action": "update",
                               "project_id": PROJECT, "state": "opened",
                               "description": description },
        "labels": [], "changes": {},
    })
}
