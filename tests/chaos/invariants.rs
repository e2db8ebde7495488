//! What must hold after every run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use landfall::sandbox::Seed;
use regex::bytes::Regex;
use sha2::{Digest as _, Sha256};

use crate::people::WAY;
use crate::rig::{BOT, Rig, SIGNING};

/// Fails with the first thing that is not as it must be.
pub(crate) async fn check(rig: &Rig) -> anyhow::Result<()> {
    kept(rig).await?;
    let (waiting, dead) = rig.database.jobs().await?;
    ensure!((waiting, dead) == (0, 0), "{waiting} jobs wait and {dead} gave up");
    for (iid, stage) in &rig.model.0 {
        let stage = WAY.get(*stage).context("a stage of the way")?;
        issue(rig, *iid, stage).with_context(|| format!("issue {iid} in {stage}"))?;
    }
    let unknown = rig.sandbox.unknown_endpoints();
    ensure!(unknown.is_empty(), "asked what GitLab doesn't know: {unknown:?}");
    let commands = rig.sandbox.world().executed_commands().len();
    ensure!(commands == 0, "GitLab ran {commands} quick actions");
    secrets(rig)
}

/// Each 200 has a row.
async fn kept(rig: &Rig) -> anyhow::Result<()> {
    let stored = rig.database.keys().await?;
    let Ok(acknowledged) = rig.sent.acknowledged.lock() else { bail!("a sender panicked") };
    let lost: Vec<_> = acknowledged.iter().filter(|key| !stored.contains(&digest(key))).collect();
    ensure!(lost.is_empty(), "{} acknowledged and lost, such as {:?}", lost.len(), lost.first());
    Ok(())
}

/// Each thing said once, the stage right, and nothing owed.
fn issue(rig: &Rig, iid: u64, stage: &str) -> anyhow::Result<()> {
    let world = rig.sandbox.world();
    let labels = world.labels_of(iid).ok().context("the issue is gone")?;
    let stages: Vec<_> = labels.iter().filter(|label| label.starts_with("migration::")).collect();
    ensure!(stages == [&format!("migration::{stage}")], "its labels are {labels:?}");
    let said = world.comments_by(iid, BOT).ok().context("the issue is gone")?;
    let mut marked: BTreeMap<&str, u32> = BTreeMap::new();
    for comment in &said {
        let marker = comment.body.lines().last().unwrap_or_default();
        ensure!(marker.contains("landfall:"), "a comment without a marker: {}", comment.body);
        *marked.entry(marker).or_default() += 1;
    }
    for (marker, times) in marked {
        ensure!(times == 1, "said {times} times: {marker}");
    }
    ensure!(!said.is_empty(), "nobody was welcomed");
    if stage != "prospect" {
        let entered = format!("has entered `{stage}`");
        let times = said.iter().filter(|comment| comment.body.contains(&entered)).count();
        let is_restless = rig.model.1.contains(&iid);
        ensure!(times == 1 || (is_restless && times > 1), "its stage is announced {times} times");
    }
    Ok(())
}

/// The secrets of the run are nowhere but in the environment.
fn secrets(rig: &Rig) -> anyhow::Result<()> {
    let secrets = [Seed::token_of(BOT), SIGNING.to_owned()];
    for entry in std::fs::read_dir(rig.folder.path())?.flatten() {
        // SQLite's files beside the main one go when the last reader has gone.
        let Ok(bytes) = std::fs::read(entry.path()) else { continue };
        for secret in &secrets {
            let mut hex = String::new();
            for byte in secret.bytes() {
                write!(hex, "{byte:02x}")?;
            }
            for spelling in [secret.clone(), STANDARD.encode(secret), hex] {
                let found = Regex::new(&regex::escape(&spelling))?.is_match(&bytes);
                ensure!(!found, "a secret stands in {}", entry.path().display());
            }
        }
    }
    Ok(())
}

fn digest(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
