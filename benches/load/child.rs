//! The service as a process of its own, with a GitLab that refuses: only its receiver works.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::database;
use crate::delivery::SIGNING_TOKEN;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_landfall");
/// Nobody listens on port 1.
const REFUSING_GITLAB: &str = "http://127.0.0.1:1";
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_TRIES: Duration = Duration::from_millis(1);

/// A running `landfall serve`; killed when dropped.
pub(crate) struct Service {
    process: Child,
    pub(crate) address: SocketAddr,
    /// From its spawn to the first answer of `/livez`.
    pub(crate) ready_after: Duration,
}

impl Service {
    /// Starts it on the database in this folder and waits until it answers.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        Self::start_on(folder, &database::file(folder))
    }

    /// The same on another database.
    pub(crate) fn start_on(folder: &Path, database: &str) -> anyhow::Result<Self> {
        let address = free_port()?;
        let log = File::create(folder.join("landfall.log"))?;
        let spawned = Instant::now();
        let process = Command::new(PROGRAM)
            .arg("serve")
            .env_clear()
            .env("LANDFALL_GITLAB_URL", REFUSING_GITLAB)
            .env("LANDFALL_GITLAB_TOKEN", "glpat-load-bench")
            .env("LANDFALL_TRACKER", "landfall/tracker")
            .env("LANDFALL_WEBHOOK_SIGNING_TOKENS", SIGNING_TOKEN)
            .env("LANDFALL_DATABASE_URL", database)
            .env("LANDFALL_LISTEN", address.to_string())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("{PROGRAM} can't be started"))?;
        let mut service = Self { process, address, ready_after: Duration::ZERO };
        service.wait_until_it_lives(spawned)?;
        service.ready_after = spawned.elapsed();
        Ok(service)
    }

    fn wait_until_it_lives(&mut self, spawned: Instant) -> anyhow::Result<()> {
        while spawned.elapsed() < PATIENCE {
            if let Some(status) = self.process.try_wait()? {
                bail!("the service ended with {status}; see its landfall.log");
            }
            match TcpStream::connect(self.address) {
                // It listens before it is ready: the answer comes when it is.
                Ok(stream) if is_alive(&stream)? => return Ok(()),
                Err(error) if error.kind() != ErrorKind::ConnectionRefused => {
                    return Err(error.into());
                }
                _ => std::thread::sleep(BETWEEN_TRIES),
            }
        }
        bail!("the service does not answer after {PATIENCE:?}")
    }

    /// The most memory it has had resident so far, in MiB.
    pub(crate) fn memory_peak(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).context("no VmHWM")?;
        Ok(kib.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Without warning, on purpose: what it acknowledged has to be there all the same.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn free_port() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn is_alive(mut stream: &TcpStream) -> anyhow::Result<bool> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}
