//! What strace recorded of a process's writes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::time::sleep;

use crate::process::PATIENCE;

/// The name of the database's file; its log has the same and `-wal`.
pub(crate) const DATABASE: &str = "landfall.db";
/// How files of the spool end.
pub(crate) const SPOOL: &str = ".spool";

/// One call that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Name of the file, without its folder.
    pub(crate) file: String,
    /// Microseconds since 1970.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// At a place, or at the end.
    Write {
        at: Option<usize>,
        bytes: Vec<u8>,
    },
    Cut {
        length: usize,
    },
    Sync,
}

/// Who records a process.
pub(crate) fn recorder_of(process: u32) -> anyhow::Result<u32> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
    let recorder = line.context("no recorder")?.trim().parse()?;
    ensure!(recorder != 0, "nobody records the process");
    Ok(recorder)
}

/// Waits until the recorder has ended and reads all it wrote, in the order in which calls ended.
pub(crate) async fn read(folder: &Path, recorder: u32) -> anyhow::Result<Vec<Event>> {
    let started = Instant::now();
    while Path::new(&format!("/proc/{recorder}")).exists() {
        ensure!(started.elapsed() < PATIENCE, "the recorder does not end");
        sleep(Duration::from_millis(20)).await;
    }
    let mut events = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let text = std::fs::read_to_string(entry?.path())?;
        for line in text.lines() {
            let short = || line.chars().take(200).collect::<String>();
            events.extend(event(line).with_context(short)?);
        }
    }
    events.sort_by_key(|event: &Event| (event.end, event.start));
    Ok(events)
}

/// `1795763340.028291 pwrite64(7</tmp/x/landfall.db-wal>, "\x00…", 24, 32) = 24 <0.000012>`
fn event(line: &str) -> anyhow::Result<Option<Event>> {
    if line.contains(" +++ ") || line.contains(" --- ") {
        return Ok(None);
    }
    let (time, call) = line.split_once(' ').context("a time")?;
    let Some((call, took)) = call.rsplit_once(" <") else {
        // It was killed in the middle of it.
        return Ok(None);
    };
    let (call, outcome) = call.rsplit_once(" = ").context("an outcome")?;
    if outcome.starts_with('-') || outcome.starts_with('?') {
        return Ok(None);
    }
    let (name, rest) = call.trim_end().split_once('(').context("a name")?;
    let arguments = rest.strip_suffix(')').context("arguments")?;
    let (_, path) = arguments.split_once('<').context("a file")?;
    let (path, more) = path.split_once('>').context("a path")?;
    let file = text(path)?.rsplit('/').next().unwrap_or_default().to_owned();
    if !file.starts_with(DATABASE) && !file.ends_with(SPOOL) {
        return Ok(None);
    }
    let mut numbers = more.rsplit(", ");
    let what = match name {
        "fdatasync" | "fsync" => What::Sync,
        "ftruncate" => What::Cut { length: numbers.next().context("a length")?.parse()? },
        "pwrite64" | "write" => {
            let at = (name == "pwrite64").then(|| numbers.next()).flatten();
            let bytes = numbers.nth(1).context("bytes")?.trim_matches('"');
            let written: usize = outcome.parse()?;
            let mut bytes = hex(bytes)?;
            ensure!(bytes.len() >= written, "the recorder has cut bytes off");
            bytes.truncate(written);
            What::Write { at: at.map(str::parse).transpose()?, bytes }
        }
        other => bail!("`{other}` is not known"),
    };
    let start = microseconds(time)?;
    let end = start + microseconds(took.trim_end_matches('>'))?;
    Ok(Some(Event { file, start, end, what }))
}

/// A path, which strace writes in hexadecimal as well.
fn text(path: &str) -> anyhow::Result<String> {
    if path.starts_with("\\x") { Ok(String::from_utf8(hex(path)?)?) } else { Ok(path.to_owned()) }
}

/// `\x00\xff`
fn hex(text: &str) -> anyhow::Result<Vec<u8>> {
    let digits = text.as_bytes().chunks(4).map(|four| match four {
        [b'\\', b'x', digits @ ..] => Ok(u8::from_str_radix(std::str::from_utf8(digits)?, 16)?),
        _ => bail!("no byte: {:?}", String::from_utf8_lossy(four)),
    });
    digits.collect()
}

/// `1795763340.028291`
fn microseconds(seconds: &str) -> anyhow::Result<i64> {
    let (whole, parts) = seconds.split_once('.').context("a point")?;
    ensure!(parts.len() == 6, "not in microseconds: {seconds}");
    Ok(whole.parse::<i64>()? * 1_000_000 + parts.parse::<i64>()?)
}
