//! GitLab can't be reached, or refuses the token: webhooks are taken in, and work goes on by itself
//! once it is back.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use landfall::sandbox::{Options, Sandbox, Seed};
use serde_json::Value;

use super::restart::{TOKEN, answer, deliver_body, with_secret_file};
use super::{home, sandbox};
use crate::child::{Home, Serving};
use crate::harness::{BOT, PAULA};

const PATIENCE: Duration = Duration::from_secs(60);

/// Delivers what GitLab would send of a change of this issue.
fn deliver(serving: &Serving, iid: u64, key: &str) -> u16 {
    let body = format!(
        r#"{{"object_kind":"issue","project":{{"id":42}},"object_attributes":{{"iid":{iid}}},"user":{{"id":12345}}}}"#
    );
    deliver_body(serving, TOKEN, key, &body)
}

/// Status and body of `/readyz`.
fn readyz(serving: &Serving) -> (u16, Value) {
    let mut stream = TcpStream::connect(serving.address).unwrap();
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

/// Asks again and again until it is so.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits are sixty times shorter.
fn hasty(home: Home) -> Home {
    with_secret_file(home, TOKEN).with("LANDFALL_TIME_SCALE", "60")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e01_a_refused_token_is_left_alone_until_its_file_changes_and_nothing_is_lost() {
    let sandbox = sandbox().await;
    let home = home(&sandbox);
    assert_eq!(home.run(&["setup", "--apply"]).code, Some(0));
    let file = home.path().join("gitlab_token");
    let write = |token: &str| {
        let new = file.with_extension("new");
        fs::write(&new, token).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).unwrap();
        fs::rename(new, &file).unwrap();
    };
    write(&Seed::token_of(BOT));
    let home = hasty(home)
        .without("LANDFALL_GITLAB_TOKEN")
        .with("LANDFALL_GITLAB_TOKEN_FILE", file.to_str().unwrap());
    let serving = home.serve();
    serving.hear("ready", "");

    write("glpat-of-yesterday");
    serving.hear("reload", "new secrets are in force");
    let mut iids = Vec::new();
    for number in 0..10 {
        let title = format!("Community {number}");
        let iid = sandbox.world().by(PAULA).open_issue(&title, "Hello").unwrap();
        assert_eq!(deliver(&serving, iid, &format!("while refused {number}")), 200);
        iids.push(iid);
    }
    until("the refusal shows", || readyz(&serving).1["gitlab"] == "token refused").await;
    let (status, body) = readyz(&serving);
    assert_eq!((status, &body["status"]), (200, &Value::from("degraded")), "{body}");
    assert!(body["jobs_waiting"].as_u64() >= Some(10), "{body}");
    let said = |iid: &u64| sandbox.world().comments_by(*iid, BOT).unwrap().len();
    assert!(iids.iter().all(|iid| said(iid) == 0));

    write(&Seed::token_of(BOT));
    serving.hear("reload", "new secrets are in force");
    until("all are welcomed", || iids.iter().all(|iid| said(iid) == 1)).await;
    until("all is well", || readyz(&serving).1["gitlab"] == "ok").await;
    assert_eq!(readyz(&serving).1["jobs_dead"], 0);
    assert!(serving.terminate().status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e28_a_name_that_leads_nowhere_stops_neither_webhooks_nor_workers() {
    let sandbox = sandbox().await;
    // RFC 6761: there is no such name anywhere.
    let home = hasty(home(&sandbox)).with("LANDFALL_GITLAB_URL", "https://gitlab.invalid");
    let serving = home.serve();
    // Longer than the breaker needs to open, and twice: it goes on trying.
    serving.hear("identity", "can't be reached");
    serving.hear("identity", "failed many times in a row");
    for number in 0..5 {
        assert_eq!(deliver(&serving, 7, &number.to_string()), 200);
    }
    serving.hear("identity", "");
    let (status, body) = readyz(&serving);
    assert_eq!((status, &body["status"]), (200, &Value::from("degraded")), "{body}");
    assert_eq!(body["gitlab"], "not reached yet");
    assert!(serving.terminate().status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e28_once_gitlab_can_be_reached_all_that_waited_is_done() {
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address: SocketAddr = nobody.local_addr().unwrap();
    drop(nobody);
    let home = Home::new()
        .with("LANDFALL_GITLAB_URL", format!("http://{address}"))
        .with("LANDFALL_GITLAB_TOKEN", Seed::token_of(BOT))
        .with("LANDFALL_TRACKER", "landfall/tracker");
    let home = hasty(home);
    let serving = home.serve();
    serving.hear("identity", "failed many times in a row");
    for number in 0..5 {
        assert_eq!(deliver(&serving, 1, &number.to_string()), 200);
    }
    let sandbox = Sandbox::start(Options { listen: address, ..Options::default() }).await.unwrap();
    assert_eq!(sandbox.world().by(PAULA).open_issue("Kiwi", "Hello").unwrap(), 1);
    assert_eq!(home.run(&["setup", "--apply"]).code, Some(0));
    serving.hear("ready", "");
    let said = || sandbox.world().comments_by(1, BOT).unwrap().len();
    until("what waited is done", || said() == 1).await;
    assert_eq!(readyz(&serving).1["gitlab"], "ok");
    assert!(serving.terminate().status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f04_sigint_ends_it_sigpipe_and_a_log_that_can_not_be_written_do_not() {
    let sandbox = sandbox().await;
    let home = with_secret_file(home(&sandbox), TOKEN);
    let serving = home.serve();
    serving.send("PIPE");
    assert_eq!(deliver(&serving, 1, "after SIGPIPE"), 200);
    serving.send("INT");
    let written = serving.ended();
    assert!(written.status.success(), "{:?}", written.status);
    assert!(String::from_utf8(written.log).unwrap().contains("\"stopped\""));

    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let unheard = home.serve_unheard(&socket);
    for number in 0..3 {
        let mut stream = TcpStream::connect(socket.local_addr().unwrap()).unwrap();
        let request = super::restart::request(TOKEN, &format!("unheard {number}"));
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(answer(stream), 200);
    }
    drop(unheard);
}
