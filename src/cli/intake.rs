//! `landfall intake FILE`: what is read in an issue's text. Asks nobody and needs no configuration.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::say;
use crate::tracker::intake::{self, HostChoice, Intake, Size};

mod told;

/// Bytes of a file that are read; GitLab's descriptions end at a sixteenth of it.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File with the text in Markdown; `-` for standard input
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What the bot would propose to staff.
#[derive(Debug, Serialize)]
struct Proposed {
    size: Option<Size>,
    host: Option<HostChoice>,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    intake: &'a Intake,
    proposed: Proposed,
}

/// Reads one text and prints what it says. That something is missing is no failure.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let text = read(&args.file)?;
    let intake = intake::parse(&text);
    let proposed =
        Proposed { size: intake::propose_size(&intake), host: intake::propose_host(&intake) };
    if args.json {
        say(serde_json::to_string_pretty(&Report { intake: &intake, proposed })?);
    } else {
        told::lines(&intake, &proposed).into_iter().for_each(say);
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> anyhow::Result<String> {
    // A name from somewhere else may hold anything; `{:?}` shows it harmlessly.
    let (name, bytes) = match path == Path::new("-") {
        true => ("standard input".to_owned(), at_most(io::stdin().lock())),
        false => (format!("{path:?}"), File::open(path).and_then(at_most)),
    };
    let bytes = bytes.with_context(|| format!("can't read {name}"))?;
    if bytes.len() as u64 > MOST_BYTES {
        bail!(
            "{name} has more than 16 MiB, and an issue's text at most 1; give the text of one issue"
        );
    }
    let Ok(text) = String::from_utf8(bytes) else {
        bail!("{name} is not UTF-8; save it as UTF-8 text and try again");
    };
    // Some editors begin a file with it.
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// One byte more than is allowed, so that the caller sees that there is more.
fn at_most(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
