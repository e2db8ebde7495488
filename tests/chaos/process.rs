//! `landfall serve` as a process that can be killed, stopped, paused and looked at.

use std::fs::OpenOptions;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::time::sleep;

use crate::watch::Watch;

const PROGRAM: &str = env!("CARGO_BIN_EXE_landfall");
/// How `landfall::crash` ends a process.
const SIGABRT: i32 = 6;
/// A busy machine must not break a run; what never happens is still noticed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// Gives the socket on standard input to the program as a supervisor does: as number 3, named by
/// variables. `exec` keeps the process, and so its id.
const HAND_OVER: &str = r#"exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@""#;

/// How a replica is started, again and again.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) address: SocketAddr,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) folder: PathBuf,
    /// A program and its arguments that runs it, if any.
    pub(crate) wrapper: Vec<String>,
    /// Held here and handed to each process, if any.
    pub(crate) socket: Option<Arc<TcpListener>>,
    pub(crate) watch: Watch,
}

/// One that runs; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
    may_crash: bool,
    watch: Watch,
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
        let mut line = self.wrapper.clone();
        line.push(PROGRAM.to_owned());
        line.extend(arguments.iter().map(|&argument| argument.to_owned()));
        if self.socket.is_some() {
            line.splice(0..0, ["sh", "-c", HAND_OVER, "sh"].map(str::to_owned));
        }
        let (program, rest) = line.split_first().context("a command")?;
        let mut command = Command::new(program);
        command
            .args(rest)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("LANDFALL_LISTEN", self.address.to_string())
            .current_dir(&self.folder)
            .stdout(log.try_clone()?)
            .stderr(log);
        command.stdin(match &self.socket {
            Some(socket) => Stdio::from(OwnedFd::from(socket.try_clone()?)),
            None => Stdio::null(),
        });
        Ok(command)
    }

    /// Starts it; `crash` is `NAME:N` of `landfall::crash`.
    pub(crate) fn start(&self, crash: Option<&str>) -> anyhow::Result<Process> {
        let mut command = self.command(&["serve"], &self.log())?;
        if let Some(crash) = crash {
            command.env("LANDFALL_TEST_CRASH", crash);
        }
        let child = command.spawn().context("landfall can't be started")?;
        self.watch.begin(child.id());
        let watch = self.watch.clone();
        Ok(Process { child, address: self.address, may_crash: crash.is_some(), watch })
    }

    /// Starts it and waits until it answers.
    pub(crate) async fn started(&self) -> anyhow::Result<Process> {
        let mut process = self.start(None)?;
        let is_up = process.is_up().await.with_context(|| self.last_words().unwrap_or_default())?;
        ensure!(is_up, "it does not start: {}", self.last_words()?);
        Ok(process)
    }

    /// Runs a command of the program to its end, beside what is served.
    pub(crate) fn run(&self, arguments: &[&str]) -> anyhow::Result<ExitStatus> {
        let alone = Self { socket: None, wrapper: Vec::new(), ..self.clone() };
        Ok(alone.command(arguments, &self.folder.join("commands.log"))?.status()?)
    }
}

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it answers; false when it died at its crash point instead.
    pub(crate) async fn is_up(&mut self) -> anyhow::Result<bool> {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let url = format!("http://{}/livez", self.address);
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if self.has_died()? {
                return Ok(false);
            }
            if client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(true);
            }
            sleep(Duration::from_millis(5)).await;
        }
        bail!("a replica does not answer after {PATIENCE:?}")
    }

    /// Whether it has died at its crash point; any other end is an error.
    pub(crate) fn has_died(&mut self) -> anyhow::Result<bool> {
        match self.child.try_wait()? {
            None => Ok(false),
            Some(status) if self.may_crash && status.signal() == Some(SIGABRT) => Ok(true),
            Some(status) => bail!("it ended with {status}"),
        }
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.watch.end(self.child.id());
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Any other signal, by the shell's own `kill`: std has none.
    pub(crate) fn signal(&self, name: &str) -> anyhow::Result<()> {
        let line = format!("kill -{name} {}", self.child.id());
        ensure!(Command::new("sh").args(["-c", &line]).status()?.success(), "{line}");
        Ok(())
    }

    /// SIGTERM, and waits until it has ended; how long that took.
    pub(crate) async fn end(mut self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        self.watch.end(self.child.id());
        self.signal("TERM")?;
        loop {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "it ended with {status}");
                return Ok(started.elapsed());
            }
            ensure!(started.elapsed() < PATIENCE, "it does not end");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.watch.end(self.child.id());
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
