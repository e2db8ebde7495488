//! What must hold after every run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use landfall::sandbox::Seed;
use regex::bytes::Regex;
use sha2::{Digest as _, Sha256};
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::people::WAY;
use crate::rig::{BOT, METRICS_TOKEN, Rig, SIGNING};

/// No process may ever hold more.
const MOST_MEMORY_KIB: u64 = 160 << 10;
/// Nor more open files: pools, and whoever sends at the time.
const MOST_FILES: usize = 600;
/// Signs of a process that went wrong and went on.
const WRECKS: [&str; 4] = ["panicked at", "stack backtrace", "overflowed its stack", "poisoned"];

/// Fails with the first thing that is not as it must be.
pub(crate) async fn check(rig: &Rig) -> anyhow::Result<()> {
    kept(rig).await?;
    let (waiting, dead) = rig.database.jobs().await?;
    ensure!((waiting, dead) == (0, 0), "{waiting} jobs wait and {dead} gave up");
    rig.database.check_integrity().await?;
    for (iid, stage) in &rig.model.stages {
        let stage = WAY.get(*stage).context("a stage of the way")?;
        issue(rig, *iid, stage).with_context(|| format!("issue {iid} in {stage}"))?;
    }
    let unknown = rig.sandbox.unknown_endpoints();
    ensure!(unknown.is_empty(), "asked what GitLab doesn't know: {unknown:?}");
    let commands = rig.sandbox.world().executed_commands().len();
    ensure!(commands == 0, "GitLab ran {commands} quick actions");
    processes(rig)?;
    wrecks(rig)?;
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
        let is_restless = rig.model.restless.contains(&iid);
        ensure!(times == 1 || (is_restless && times > 1), "its stage is announced {times} times");
    }
    Ok(())
}

/// Memory and files stay within bounds, and nobody is spoken to but GitLab and the database.
fn processes(rig: &Rig) -> anyhow::Result<()> {
    let seen = rig.watch.seen();
    ensure!(seen.most_kib > 0 && !seen.peers.is_empty(), "nothing was seen of any process");
    ensure!(seen.most_kib <= MOST_MEMORY_KIB, "a process held {} KiB", seen.most_kib);
    ensure!(seen.most_files <= MOST_FILES, "a process had {} files open", seen.most_files);
    ensure!(seen.datagrams == 0, "a name server was asked");
    let configured: Vec<SocketAddr> = [&rig.sandbox.url(), &rig.database.url]
        .into_iter()
        .filter_map(|url| Url::parse(url).ok()?.socket_addrs(|| None).ok())
        .flatten()
        .collect();
    let ours: Vec<u16> = rig.addresses().iter().map(SocketAddr::port).collect();
    let is_foreign = |(port, peer): &(u16, SocketAddr)| {
        // Who calls us may come from anywhere.
        !ours.contains(port) && !configured.contains(peer)
    };
    let foreign: Vec<_> = seen.peers.into_iter().filter(is_foreign).map(|(_, to)| to).collect();
    ensure!(foreign.is_empty(), "connected to {foreign:?}, which nobody configured");
    Ok(())
}

/// No log tells of a process that went wrong.
fn wrecks(rig: &Rig) -> anyhow::Result<()> {
    for path in files(rig.folder.path()) {
        if path.extension().is_none_or(|ending| ending != "log") {
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
        for sign in WRECKS {
            let line = text.lines().find(|line| line.contains(sign));
            ensure!(line.is_none(), "{}: {}", path.display(), line.unwrap_or_default());
        }
    }
    Ok(())
}

/// The secrets of the run are nowhere but in the environment.
fn secrets(rig: &Rig) -> anyhow::Result<()> {
    let search = search()?;
    for path in files(rig.folder.path()) {
        // SQLite's files beside the main one go when the last reader has gone.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        ensure!(!search.is_match(&bytes), "a secret stands in {}", path.display());
    }
    let world = rig.sandbox.world();
    for iid in world.iids() {
        let comments = world.comments(iid).ok().context("the issue is gone")?;
        let description = world.description(iid).ok().context("the issue is gone")?;
        for text in comments.iter().map(|comment| &comment.body).chain([&description]) {
            ensure!(!search.is_match(text.as_bytes()), "a secret was told in issue {iid}");
        }
    }
    Ok(())
}

/// What anybody with the token can read holds no secret either.
pub(crate) async fn metrics(address: SocketAddr) -> anyhow::Result<String> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let asked = client.get(format!("http://{address}/metrics")).bearer_auth(METRICS_TOKEN);
    let text = asked.send().await?.error_for_status()?.text().await?;
    ensure!(text.contains("landfall_"), "no metrics: {text}");
    ensure!(!search()?.is_match(text.as_bytes()), "a secret stands in the metrics");
    Ok(text)
}

/// Finds each secret as it is, in base64, in hexadecimal and as in an address.
fn search() -> anyhow::Result<Regex> {
    let mut spellings = Vec::new();
    for secret in [Seed::token_of(BOT), SIGNING.to_owned(), METRICS_TOKEN.to_owned()] {
        let encoded = STANDARD.encode(&secret);
        let in_address: String = byte_serialize(secret.as_bytes()).collect();
        spellings.extend([hex(secret.as_bytes()), encoded, in_address, secret]);
    }
    let all: Vec<String> = spellings.iter().map(|spelling| regex::escape(spelling)).collect();
    Ok(Regex::new(&all.join("|"))?)
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// As the database knows a delivery.
pub(crate) fn digest(key: &str) -> String {
    hex(&Sha256::digest(key.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
