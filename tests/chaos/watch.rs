//! What the processes of a run were seen to hold and to reach, looked at several times a second.
//!
//! A connection that lives shorter than the time between two looks can be missed. What is looked for
//! here, a client for a wrong host, keeps its connections open for much longer.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

const EVERY: Duration = Duration::from_millis(300);
/// As /proc prints the state of a socket that listens.
const LISTENS: &str = "0A";

/// What was seen.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    /// Connections: our port, and who is at the other end.
    pub(crate) peers: BTreeSet<(u16, SocketAddr)>,
    /// Sockets of UDP: a question to a name server.
    pub(crate) datagrams: usize,
    /// The most memory that any process ever held.
    pub(crate) most_kib: u64,
    /// The most files that any process had open.
    pub(crate) most_files: usize,
}

#[derive(Debug, Default)]
struct State {
    processes: BTreeSet<u32>,
    seen: Seen,
}

/// Looks at processes until it is dropped; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    state: Arc<Mutex<State>>,
    _looking: Arc<AbortOnDropHandle<()>>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let watched = Arc::clone(&state);
        let looking = tokio::spawn(async move {
            loop {
                tokio::time::sleep(EVERY).await;
                let state = Arc::clone(&watched);
                // Reading /proc takes a while on a machine with many sockets.
                let _ = tokio::task::spawn_blocking(move || look(&state)).await;
            }
        });
        Self { state, _looking: Arc::new(AbortOnDropHandle::new(looking)) }
    }

    pub(crate) fn begin(&self, process: u32) {
        self.lock().processes.insert(process);
    }

    /// A last look: afterwards there is nothing to see.
    pub(crate) fn end(&self, process: u32) {
        if self.lock().processes.contains(&process) {
            look(&self.state);
            self.lock().processes.remove(&process);
        }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.lock().seen.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn look(state: &Mutex<State>) {
    let processes = {
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.processes.clone()
    };
    for process in processes {
        let files = sockets(process);
        let mut now = Seen {
            most_kib: most_kib(process).unwrap_or(0),
            most_files: files.all,
            ..Seen::default()
        };
        for family in ["tcp", "tcp6"] {
            let lines = lines(process, family);
            let ours = lines.iter().filter(|line| files.inodes.contains(&line.inode));
            let connected = ours.filter(|line| line.state != LISTENS);
            now.peers.extend(connected.map(|line| (line.local.port(), line.remote)));
        }
        for family in ["udp", "udp6"] {
            let lines = lines(process, family);
            now.datagrams += lines.iter().filter(|line| files.inodes.contains(&line.inode)).count();
        }
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = &mut state.seen;
        seen.peers.append(&mut now.peers);
        seen.datagrams += now.datagrams;
        seen.most_kib = seen.most_kib.max(now.most_kib);
        seen.most_files = seen.most_files.max(now.most_files);
    }
}

/// Files that a process has open now.
pub(crate) fn open_files(process: u32) -> usize {
    sockets(process).all
}

#[derive(Default)]
struct Files {
    all: usize,
    inodes: BTreeSet<String>,
}

fn sockets(process: u32) -> Files {
    let mut files = Files::default();
    // It may be gone by now.
    let Ok(entries) = fs::read_dir(format!("/proc/{process}/fd")) else { return files };
    for entry in entries.flatten() {
        files.all += 1;
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        let target = target.to_string_lossy().into_owned();
        let inode = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
        files.inodes.extend(inode.map(str::to_owned));
    }
    files
}

struct Line {
    local: SocketAddr,
    remote: SocketAddr,
    state: String,
    inode: String,
}

/// The sockets of the process's network, which others share.
fn lines(process: u32, family: &str) -> Vec<Line> {
    let text = fs::read_to_string(format!("/proc/{process}/net/{family}")).unwrap_or_default();
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        Some(Line {
            local: address(words.get(1)?)?,
            remote: address(words.get(2)?)?,
            state: (*words.get(3)?).to_owned(),
            inode: (*words.get(9)?).to_owned(),
        })
    };
    text.lines().skip(1).filter_map(line).collect()
}

/// `0100007F:1F90`: groups of four bytes as the processor holds them, here the lowest first.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::new();
    for group in host.as_bytes().chunks(8) {
        let group = u32::from_str_radix(std::str::from_utf8(group).ok()?, 16).ok()?;
        bytes.extend(group.to_ne_bytes());
    }
    if let Ok(four) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Some(SocketAddr::from((Ipv4Addr::from(four), port)));
    }
    let sixteen = Ipv6Addr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?);
    Some(SocketAddr::from((sixteen.to_canonical(), port)))
}

/// `VmHWM`.
fn most_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
