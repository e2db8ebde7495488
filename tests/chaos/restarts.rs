//! The process is replaced again and again under load, and nobody who sends notices.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::deliveries::{self, Sent};
use crate::plan::Plan;
use crate::rig::{Rig, Shape};
use crate::wire::Wire;

const ISSUES: u32 = 10;
/// Senders that keep their connection, and as many that open one for each request.
const SENDERS: u64 = 8;
/// Requests that every process has to answer before it is asked to go.
const EACH: u64 = 200;

/// What the senders share.
#[derive(Default)]
struct Load {
    stop: AtomicBool,
    answered: AtomicU64,
    /// In milliseconds.
    slowest: AtomicU64,
}

/// SIGTERM, and the next process on the same socket once the former has ended.
pub(crate) async fn restarts(plan: Plan) -> anyhow::Result<Value> {
    let times = plan.count(100, 3);
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut rig = Rig::new(plan, Shape { issues: ISSUES, ..Shape::default() }).await?;
    // Held by us as by a supervisor: new connections wait in it while nobody serves.
    let socket = TcpListener::bind(rig.replicas[0].address)?;
    rig.replicas[0].socket = Some(Arc::new(socket));
    let recipe = rig.replicas[0].clone();
    let mut process = recipe.started().await?;
    let load = Arc::new(Load::default());
    let mut senders = JoinSet::new();
    for sender in 0..2 * SENDERS {
        let (load, sent) = (Arc::clone(&load), Arc::clone(&rig.sent));
        let one = Sender { address: recipe.address, seed: plan.seed, sender, load, sent };
        senders.spawn(one.send());
    }
    let mut longest = Duration::ZERO;
    for _ in 0..times {
        let due = load.answered.load(Ordering::Relaxed) + EACH;
        while load.answered.load(Ordering::Relaxed) < due {
            if let Some(ended) = senders.try_join_next() {
                ended?.context("a request failed")?;
            }
            process.has_died()?;
            sleep(Duration::from_millis(5)).await;
        }
        rig.model.act(&rig.sandbox, &mut random)?;
        let ending = Instant::now();
        process.end().await?;
        process = recipe.start(None)?;
        // Until a request of ours comes back: those of the senders waited for as long.
        ensure!(process.is_up().await?, "it does not start");
        longest = longest.max(ending.elapsed());
    }
    load.stop.store(true, Ordering::Relaxed);
    while let Some(ended) = senders.join_next().await {
        ended?.context("a request failed")?;
    }
    process.end().await?;
    rig.judge().await?;
    Ok(json!({
        "restarts": times, "requests": load.answered.load(Ordering::Relaxed), "failed": 0,
        "kept_connections": SENDERS, "senders_with_new_connections": SENDERS,
        "longest_gap_ms": u64::try_from(longest.as_millis())?,
        "slowest_request_ms": load.slowest.load(Ordering::Relaxed),
    }))
}

struct Sender {
    address: SocketAddr,
    seed: u64,
    sender: u64,
    load: Arc<Load>,
    sent: Arc<Sent>,
}

impl Sender {
    /// Sends until told to stop; the first failure ends it.
    async fn send(self) -> anyhow::Result<()> {
        let keeps = self.sender < SENDERS;
        let mut random = fastrand::Rng::with_seed(self.seed ^ (self.sender << 40));
        let mut kept: Option<Wire> = None;
        let mut number = 0_u64;
        while !self.load.stop.load(Ordering::Relaxed) {
            let key = format!("restart-{}-{number}", self.sender);
            number += 1;
            let body = deliveries::body(&mut random, u64::from(ISSUES));
            let started = Instant::now();
            let usable = kept.take().filter(|wire| !wire.is_over());
            let mut wire = match usable {
                Some(wire) => wire,
                None => Wire::connect(self.address).await.context("no connection")?,
            };
            let answer = wire.post(&key, &body).await.with_context(|| key.clone())?;
            ensure!(answer.status == 200, "{key} was answered with {}", answer.status);
            let took = u64::try_from(started.elapsed().as_millis())?;
            self.load.slowest.fetch_max(took, Ordering::Relaxed);
            self.load.answered.fetch_add(1, Ordering::Relaxed);
            self.sent.note(key);
            kept = Some(wire).filter(|_| keeps && !answer.closes);
            // Shorter than the second that a process takes to ask everybody to hang up.
            sleep(Duration::from_millis(random.u64(..40))).await;
        }
        Ok(())
    }
}
