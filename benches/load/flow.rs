//! Sends deliveries over kept connections, one thread each, and times the answers.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::delivery::Factory;

/// As many as GitLab's workers of one large instance hold at a time.
pub(crate) const CONNECTIONS: usize = 64;
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// When deliveries are due.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// So many a second, whether or not answers come. A late answer delays nothing that is due, and
    /// what is sent late for want of a free connection counts from when it was due.
    Open { rate: u32 },
    /// As soon as the connection's last answer came.
    Closed,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// From when it was due to its answer, for every acknowledged delivery.
    pub(crate) answered: Vec<Duration>,
    /// From when it was due to the first byte sent: the generator's own share.
    pub(crate) lag: Vec<Duration>,
    /// Neither 200 nor anything else that promises.
    pub(crate) failed: u64,
    pub(crate) elapsed: Duration,
}

/// Sends for this long; issue numbers begin at `first`.
pub(crate) fn send(
    address: SocketAddr,
    pace: Pace,
    length: Duration,
    first: u64,
) -> anyhow::Result<Outcome> {
    let factory = Factory::new(&address.to_string())?;
    let next = AtomicU64::new(0);
    let start = Instant::now();
    let work = || connection(address, pace, length, first, start, &next, &factory);
    let parts: Vec<Outcome> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mut whole = Outcome { elapsed: start.elapsed(), ..Outcome::default() };
    for part in parts {
        whole.answered.extend(part.answered);
        whole.lag.extend(part.lag);
        whole.failed += part.failed;
    }
    Ok(whole)
}

fn connection(
    address: SocketAddr,
    pace: Pace,
    length: Duration,
    first: u64,
    start: Instant,
    next: &AtomicU64,
    factory: &Factory,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut wire = None;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let due = match pace {
            Pace::Open { rate } => start + Duration::from_secs(1).mul_f64(share(number, rate)),
            Pace::Closed => Instant::now(),
        };
        if due.duration_since(start) >= length {
            return outcome;
        }
        let request = factory.request(first + number);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let lag = due.elapsed();
        match deliver(&mut wire, address, &request) {
            Ok(()) => {
                outcome.answered.push(due.elapsed());
                outcome.lag.push(lag);
            }
            Err(_) => {
                outcome.failed += 1;
                wire = None;
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far fewer deliveries than 2^52")]
fn share(number: u64, rate: u32) -> f64 {
    number as f64 / f64::from(rate)
}

fn deliver(
    wire: &mut Option<TcpStream>,
    address: SocketAddr,
    request: &[u8],
) -> std::io::Result<()> {
    if wire.is_none() {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        *wire = Some(stream);
    }
    let Some(stream) = wire else {
        return Err(std::io::ErrorKind::NotConnected.into());
    };
    stream.write_all(request)?;
    let mut answer = Vec::with_capacity(256);
    let mut chunk = [0; 256];
    // The service answers with a head and nothing else.
    while !answer.ends_with(b"\r\n\r\n") {
        match stream.read(&mut chunk)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => answer.extend(chunk.iter().take(read)),
        }
    }
    if answer.starts_with(b"HTTP/1.1 200") {
        Ok(())
    } else {
        Err(std::io::ErrorKind::ConnectionRefused.into())
    }
}
