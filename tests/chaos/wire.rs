//! HTTP as GitLab speaks it, byte by byte: a client that repeats nothing by itself and notices when a
//! connection ends before its answer.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::deliveries::{PATH, signed};

/// A connection that waits in the socket while a process starts is served late, not never.
const PATIENCE: Duration = Duration::from_secs(60);

/// One connection.
pub(crate) struct Wire {
    stream: TcpStream,
    address: SocketAddr,
    unread: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The connection must not be used again.
    pub(crate) closes: bool,
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = timeout(PATIENCE, TcpStream::connect(address)).await??;
        stream.set_nodelay(true)?;
        Ok(Self { stream, address, unread: Vec::new() })
    }

    /// Whether the other end has hung up between two requests, as a client that keeps connections
    /// looks before it uses one.
    pub(crate) fn is_over(&self) -> bool {
        let mut byte = [0];
        match self.stream.try_read(&mut byte) {
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
            Ok(_) => true,
        }
    }

    /// Sends a delivery and waits for its answer.
    pub(crate) async fn post(&mut self, key: &str, body: &str) -> anyhow::Result<Answer> {
        let mut head = format!("POST {PATH} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in signed(key, body).context("a signature")? {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        self.stream.write_all(head.as_bytes()).await.context("it can't be sent")?;
        timeout(PATIENCE, self.answer()).await.context("no answer came")?
    }

    async fn answer(&mut self) -> anyhow::Result<Answer> {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.read_more().await?;
        };
        let head = String::from_utf8_lossy(&self.unread[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).context("a status")?.parse()?;
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(found, _)| *found == name).map(|(_, value)| value.trim().to_owned())
        };
        let length: usize = header("content-length").context("a length")?.parse()?;
        while self.unread.len() < end + length {
            self.read_more().await?;
        }
        self.unread.drain(..end + length);
        ensure!(self.unread.is_empty(), "more came than was asked for");
        let closes = header("connection").is_some_and(|value| value == "close");
        Ok(Answer { status, closes })
    }

    async fn read_more(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.unread).await.context("the answer can't be read")? == 0 {
            bail!("the connection ended before the answer");
        }
        Ok(())
    }
}
