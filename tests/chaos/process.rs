//! `landfall serve` as a process that can be killed.

use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

const PROGRAM: &str = env!("CARGO_BIN_EXE_landfall");
/// How `landfall::crash` ends a process.
const SIGABRT: i32 = 6;
const PATIENCE: Duration = Duration::from_secs(60);

/// How a replica is started, again and again.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) address: SocketAddr,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) folder: PathBuf,
}

/// One that runs; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
}

impl Recipe {
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(format!("landfall-{}.log", self.address.port()))
    }

    /// The end of the log, for an error.
    pub(crate) fn last_words(&self) -> anyhow::Result<String> {
        let log = std::fs::read_to_string(self.log())?;
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        Ok(lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
    }

    fn command(&self, arguments: &[&str], log: &Path) -> anyhow::Result<Command> {
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("LANDFALL_LISTEN", self.address.to_string())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(command)
    }

    /// Starts it; `crash` is `NAME:N` of `landfall::crash`.
    pub(crate) fn start(&self, crash: Option<&str>) -> anyhow::Result<Process> {
        let mut command = self.command(&["serve"], &self.log())?;
        if let Some(crash) = crash {
            command.env("LANDFALL_TEST_CRASH", crash);
        }
        let child = command.spawn().context("landfall can't be started")?;
        Ok(Process { child, address: self.address })
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> anyhow::Result<ExitStatus> {
        Ok(self.command(arguments, &self.folder.join("commands.log"))?.status()?)
    }
}

impl Process {
    /// Waits until it answers; false when it died at its crash point instead.
    pub(crate) async fn is_up(&mut self) -> anyhow::Result<bool> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if self.has_died()? {
                return Ok(false);
            }
            if tokio::net::TcpStream::connect(self.address).await.is_ok() {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("a replica does not answer after {PATIENCE:?}")
    }

    /// Whether it has died at its crash point; any other end is an error.
    pub(crate) fn has_died(&mut self) -> anyhow::Result<bool> {
        match self.child.try_wait()? {
            None => Ok(false),
            Some(status) if status.signal() == Some(SIGABRT) => Ok(true),
            Some(status) => bail!("it ended with {status}"),
        }
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
