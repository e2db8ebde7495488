//! Signals, and a socket that outlives the process.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::{home, sandbox};
use crate::child::{Home, Serving};

pub(super) const TOKEN: &str = "a-plain-secret-token";

pub(super) fn request(token: &str, key: &str) -> String {
    request_with(token, key, "{}")
}

fn request_with(token: &str, key: &str, body: &str) -> String {
    format!(
        "POST /webhooks/gitlab HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         X-Gitlab-Event: Issue Hook\r\nX-Gitlab-Token: {token}\r\nIdempotency-Key: {key}\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(super) fn answer(mut stream: TcpStream) -> u16 {
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text.split_whitespace().nth(1).and_then(|code| code.parse().ok()).expect("a status")
}

pub(super) fn deliver(serving: &Serving, token: &str, key: &str) -> u16 {
    deliver_body(serving, token, key, "{}")
}

pub(super) fn deliver_body(serving: &Serving, token: &str, key: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(serving.address).unwrap();
    stream.write_all(request_with(token, key, body).as_bytes()).unwrap();
    answer(stream)
}

/// A home whose webhook secret stands in a file.
pub(super) fn with_secret_file(home: Home, secret: &str) -> Home {
    let file = home.path().join("secret");
    write_secret(&file, secret);
    home.with("LANDFALL_WEBHOOK_SECRET_TOKENS_FILE", file.to_str().unwrap())
        .without("LANDFALL_WEBHOOK_SIGNING_TOKENS")
        .with("LANDFALL_LOG_FILTER", "info")
}

/// As a rotation does it: a new file in the place of the old one.
fn write_secret(file: &Path, secret: &str) {
    let new = file.with_extension("new");
    fs::write(&new, secret).unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(new, file).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b23_a_new_secret_is_taken_over_while_the_service_runs_and_no_good_delivery_is_refused() {
    let sandbox = sandbox().await;
    let home = with_secret_file(home(&sandbox), "old");
    let file = home.path().join("secret");
    let serving = home.serve();
    assert_eq!(deliver(&serving, "old", "1"), 200);
    assert_eq!(deliver(&serving, "new", "2"), 401);
    write_secret(&file, "new,old");
    serving.hear("reload", "new secrets are in force");
    assert_eq!(deliver(&serving, "new", "3"), 200);
    assert_eq!(deliver(&serving, "old", "4"), 200, "GitLab may still send the old one");
    write_secret(&file, "new");
    serving.hear("reload", "new secrets are in force");
    assert_eq!(deliver(&serving, "old", "5"), 401);
    // Half written or emptied, it changes nothing.
    write_secret(&file, "");
    serving.hangup();
    serving.hear("reload", "refused");
    assert_eq!(deliver(&serving, "new", "6"), 200);
    assert!(serving.terminate().status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sighup_takes_a_good_configuration_over_and_leaves_a_bad_one_alone() {
    let sandbox = sandbox().await;
    let home = home(&sandbox).with("LANDFALL_LOG_FILTER", "info");
    let folder = home.path().join("config");
    fs::create_dir_all(folder.join("texts")).unwrap();
    fs::write(folder.join("landfall.yaml"), "retention_days: 31\n").unwrap();
    let serving = home.serve();
    fs::write(folder.join("texts/links.md"), "{{ nonsense }}").unwrap();
    serving.hangup();
    let line = serving.hear("reload", "refused");
    assert!(line.contains("links.md:1:"), "it names the place: {line}");
    fs::remove_file(folder.join("texts/links.md")).unwrap();
    fs::write(folder.join("landfall.yaml"), "retention_days: 32\n").unwrap();
    serving.hangup();
    let line = serving.hear("reload", "with a restart only");
    assert!(line.contains("retention_days"), "{line}");
    serving.hear("reload", "\"ok\"");
    assert!(serving.terminate().status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f04_a_second_sigterm_ends_it_at_once() {
    let sandbox = sandbox().await;
    let home = with_secret_file(home(&sandbox), TOKEN);
    let serving = home.serve();
    // Somebody whose body does not come holds a graceful end up.
    let mut slow = TcpStream::connect(serving.address).unwrap();
    let all = request(TOKEN, "slow");
    slow.write_all(&all.as_bytes()[..all.len() - 1]).unwrap();
    assert_eq!(deliver(&serving, TOKEN, "1"), 200);
    serving.ask_to_end();
    serving.hear("stopping", "");
    let written = serving.terminate();
    assert!(written.status.success(), "{:?}", written.status);
    let log = String::from_utf8(written.log).unwrap();
    assert!(!log.contains("\"stopped\""), "it did not wait for the slow one");
    drop(slow.shutdown(Shutdown::Both));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_between_two_processes_waits_in_the_socket_they_share() {
    let sandbox = sandbox().await;
    let home = with_secret_file(home(&sandbox), TOKEN);
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let first = home.serve_on(&socket);
    assert_eq!(first.address, address);
    assert_eq!(deliver(&first, TOKEN, "1"), 200);
    assert!(first.terminate().status.success());
    let mut between = TcpStream::connect(address).unwrap();
    between.write_all(request(TOKEN, "2").as_bytes()).unwrap();
    let second = home.serve_on(&socket);
    assert_eq!(answer(between), 200);
    assert!(second.terminate().status.success());
}
