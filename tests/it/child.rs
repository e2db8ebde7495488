//! The `landfall` program as people run it: a child process with an environment of its own.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// No command of a test runs this long; one that does has hung.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder to run in and the variables that are set there; nothing of the tests' own environment
/// reaches the program.
pub(crate) struct Home {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// Sets a variable, or sets it anew.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Takes a variable away.
    #[must_use]
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Told {
        self.run_with(arguments, None)
    }

    /// Runs a command with something to read on its standard input.
    pub(crate) fn run_reading(&self, arguments: &[&str], input: &[u8]) -> Told {
        self.run_with(arguments, Some(input.to_vec()))
    }

    fn run_with(&self, arguments: &[&str], input: Option<Vec<u8>>) -> Told {
        let mut command = self.command(arguments);
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().unwrap();
        if let (Some(input), Some(mut pipe)) = (input, child.stdin.take()) {
            // A command that has read enough closes the pipe.
            thread::spawn(move || drop(pipe.write_all(&input)));
        }
        let id = child.id();
        let (send, receive) = mpsc::channel();
        thread::spawn(move || send.send(child.wait_with_output()));
        let Ok(ended) = receive.recv_timeout(PATIENCE) else {
            signal(id, "KILL");
            panic!("`landfall {}` runs for more than {PATIENCE:?}", arguments.join(" "));
        };
        let Output { status, stdout, stderr } = ended.unwrap();
        Told {
            code: status.code(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Starts `landfall serve` on a port that is free, and waits until it listens.
    pub(crate) fn serve(&self) -> Serving {
        let mut command = self.command(&["serve"]);
        Serving::of(command.env("LANDFALL_LISTEN", "127.0.0.1:0").spawn().unwrap())
    }

    /// The same, within limits that the shell's `ulimit` sets.
    pub(crate) fn serve_within(&self, limits: &str) -> Serving {
        let mut command = self.shell(&format!("ulimit {limits} && exec \"$0\" serve"));
        Serving::of(command.env("LANDFALL_LISTEN", "127.0.0.1:0").spawn().unwrap())
    }

    /// The same on a socket of ours, handed over as a supervisor does it: as file 3.
    pub(crate) fn serve_on(&self, socket: &TcpListener) -> Serving {
        let mut command = self.shell(&format!("{HAND_OVER} exec \"$0\" serve 3<&0 </dev/null"));
        Serving::of(command.stdin(OwnedFd::from(socket.try_clone().unwrap())).spawn().unwrap())
    }

    /// The same with its log on a disk that is full.
    pub(crate) fn serve_unheard(&self, socket: &TcpListener) -> Unheard {
        let line = format!("{HAND_OVER} exec \"$0\" serve 3<&0 </dev/null 2>/dev/full");
        let mut command = self.shell(&line);
        Unheard(command.stdin(OwnedFd::from(socket.try_clone().unwrap())).spawn().unwrap())
    }

    /// A line of shell in which `$0` is the program.
    fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", line, env!("CARGO_BIN_EXE_landfall")])
            .current_dir(self.path())
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// What a supervisor says of the socket that it hands over.
const HAND_OVER: &str = "export LISTEN_FDS=1 LISTEN_PID=$$;";

/// A service whose log nobody reads; killed when it is dropped.
pub(crate) struct Unheard(Child);

impl Drop for Unheard {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Reads a pipe to its end.
type Reader = JoinHandle<Vec<u8>>;

/// A service that runs; killed when it is dropped.
pub(crate) struct Serving {
    child: Child,
    /// Each line of its log as it comes.
    lines: Receiver<String>,
    /// Of standard output and of the log.
    readers: Option<[Reader; 2]>,
    pub(crate) address: SocketAddr,
}

/// All that a service wrote, byte for byte.
pub(crate) struct Written {
    pub(crate) status: ExitStatus,
    pub(crate) out: Vec<u8>,
    pub(crate) log: Vec<u8>,
}

impl Serving {
    fn of(mut child: Child) -> Self {
        let mut stdout = child.stdout.take().unwrap();
        let stdout = thread::spawn(move || {
            let mut bytes = Vec::new();
            stdout.read_to_end(&mut bytes).unwrap();
            bytes
        });
        let (lines, stderr) = read_lines(child.stderr.take().unwrap());
        let mut serving = Serving {
            child,
            lines,
            readers: Some([stdout, stderr]),
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
        };
        serving.address = serving.listening();
        serving
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The address in its `listening` line, whichever way the line is formatted.
    fn listening(&self) -> SocketAddr {
        let mut before = Vec::new();
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                panic!("the service does not listen; its log:\n{}", before.join("\n"));
            };
            let address = match serde_json::from_str::<Value>(&line) {
                Ok(line) if line["event"] == "listening" => {
                    line["address"].as_str().map(str::to_owned)
                }
                Ok(_) => None,
                Err(_) if line.contains("listening") => pretty_address(&line),
                Err(_) => None,
            };
            if let Some(address) = address {
                return address.parse().unwrap();
            }
            before.push(line);
        }
    }

    /// Waits for a line of this event that holds these words; gives the line.
    pub(crate) fn hear(&self, event: &str, words: &str) -> String {
        let event = format!("\"event\":\"{event}\"");
        let mut before = Vec::new();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no {event} with {words:?}; its log:\n{}", before.join("\n"));
            };
            if line.contains(&event) && line.contains(words) {
                return line;
            }
            before.push(line);
        }
    }

    /// Asks it to read its configuration again.
    pub(crate) fn hangup(&self) {
        self.send("HUP");
    }

    /// Sends it a signal.
    pub(crate) fn send(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// The most memory it has held so far, in bytes, by the kernel's account.
    pub(crate) fn most_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kibibytes << 10
    }

    /// Asks it to end, and does not wait.
    pub(crate) fn ask_to_end(&self) {
        self.send("TERM");
    }

    /// Asks it to end as a supervisor does, and waits for that.
    pub(crate) fn terminate(self) -> Written {
        self.ask_to_end();
        self.ended()
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Written {
        let [stdout, stderr] = self.readers.take().unwrap();
        let deadline = Instant::now() + PATIENCE;
        // The sender goes when the pipe closes: at the end of the process.
        while let Ok(_) | Err(RecvTimeoutError::Timeout) = self.lines.recv_timeout(PATIENCE) {
            assert!(Instant::now() < deadline, "it does not come to an end");
        }
        let status = self.child.wait().unwrap();
        Written { status, out: stdout.join().unwrap(), log: stderr.join().unwrap() }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Only a test that fails comes here with a child that runs.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// `address=127.0.0.1:1234` of a line for people, its colours taken away.
fn pretty_address(line: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let (_, address) = plain.split_once("address=")?;
    address.split_whitespace().next().map(str::to_owned)
}

fn read_lines(stream: impl Read + Send + 'static) -> (Receiver<String>, Reader) {
    let (send, receive) = mpsc::channel();
    let reader = thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut all = Vec::new();
        loop {
            let start = all.len();
            if stream.read_until(b'\n', &mut all).unwrap() == 0 {
                return all;
            }
            let line = String::from_utf8_lossy(&all[start..]).trim_end().to_owned();
            // Nobody listens any more once the test has heard enough.
            drop(send.send(line));
        }
    });
    (receive, reader)
}

/// Sends a signal by the shell's own `kill`: std has none.
fn signal(id: u32, name: &str) {
    let status = Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status().unwrap();
    assert!(status.success(), "kill -{name}");
}
