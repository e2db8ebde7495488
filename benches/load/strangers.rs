//! Requests with a wrong credential, as fast as they get answers or at a rate, each on a connection of
//! its own since a refused sender is hung up on.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// As many at a time.
const CONNECTIONS: u64 = 32;
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Knocks until told to stop; returns how often it was refused with 401 and how often it got anything
/// else.
pub(crate) fn knock(address: SocketAddr, rate: u32, stop: &AtomicBool) -> (u64, u64) {
    let request = format!(
        "POST /webhooks/gitlab HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         X-Gitlab-Event: Issue Hook\r\nwebhook-id: stranger\r\nwebhook-timestamp: 1\r\n\
         webhook-signature: v1,AAAA\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    let (start, next) = (Instant::now(), AtomicU64::new(0));
    let (refused, other) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let due =
                        start + Duration::from_nanos(number * 1_000_000_000 / u64::from(rate));
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    let count = if is_refused(address, &request) { &refused } else { &other };
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    (refused.into_inner(), other.into_inner())
}

fn is_refused(address: SocketAddr, request: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(answer.ends_with(b" 401"))
    };
    ask().unwrap_or(false)
}
