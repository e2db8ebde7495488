//! One delivery comes thousands of times.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::deliveries;
use crate::plan::Plan;
use crate::rig::{Rig, Shape};

/// The same delivery to two replicas at once, thousands of times.
pub(crate) async fn repeats(plan: Plan) -> anyhow::Result<Value> {
    const SENDERS: u32 = 64;
    const KEY: &str = "the-very-same";
    let each = plan.count(10_000, 2_000) / SENDERS;
    let mut rig = Rig::new(plan, Shape { replicas: 2, issues: 1, ..Shape::default() }).await?;
    let mut replicas = Vec::new();
    for recipe in &rig.replicas {
        replicas.push(recipe.started().await?);
    }
    rig.rest().await?;
    // No other webhook tells of the change.
    let iid = *rig.model.stages.keys().next().context("an issue")?;
    rig.sandbox.world().hold_hooks();
    rig.model.advance(&rig.sandbox, iid)?;
    rig.sandbox.world().release_hooks(&[]);
    let body: Arc<str> = deliveries::issue_event(iid, 2).into();
    let (client, others) =
        (reqwest::Client::builder().no_proxy().build()?, Arc::<AtomicU32>::default());
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (client, body, others) = (client.clone(), Arc::clone(&body), Arc::clone(&others));
        let address = rig.replicas[sender as usize % 2].address;
        senders.spawn(async move {
            for _ in 0..each {
                if deliveries::post(&client, address, KEY, &body).await != Some(200) {
                    others.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    while let Some(ended) = senders.join_next().await {
        ended?;
    }
    let others = others.load(Ordering::Relaxed);
    ensure!(others == 0, "{others} were not answered with 200");
    rig.sent.note(KEY.to_owned());
    drop(client);
    rig.rest().await?;
    for process in replicas {
        rig.at_rest(&process).await?;
        process.end().await?;
    }
    let rows = rig.database.rows_of(KEY).await?;
    ensure!(rows == 1, "{rows} rows of one delivery");
    rig.judge().await?;
    Ok(json!({ "deliveries": each * SENDERS, "rows": rows, "comments_on_the_stage": 1 }))
}
