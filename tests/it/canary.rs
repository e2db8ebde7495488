//! Canaries: secrets and texts of strangers that must be found nowhere, while the service runs as
//! in production and logs all it can.

use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use landfall::sandbox::{Fault, FaultKind, Options, Sandbox, Seed};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use crate::child::Home;

mod search;
mod sender;

use sender::Sender;

const BOT: &str = "landfall-bot";

// Each holds characters that other spellings write differently.
const API_TOKEN: &str = "glpat-canary+api/token~R7=wQ";
const SIGNING_KEY: &[u8; 32] = b"canary&signing?key>>with 32 byte";
const SECRET_TOKEN: &str = "canary+hook/secret~J4=kd%Z";
const METRICS_TOKEN: &str = "canary+metrics/token~P9=vT&x";
const GUESSED_TOKEN: &str = "canary+guessed/token~H2=mY?b";
const DATABASE: &str = "canary+database~W5=nC.db";

/// What strangers write, each in a place of its own, with a sequence that steers terminals.
const STRANGE: [&str; 8] = [
    "strangetitle",
    "strangetext",
    "strangenote",
    "strangecommand",
    "strangebroken",
    "strangeevent",
    "strangequery",
    "strangeanswer",
];
const ESCAPE: &str = "\u{1b}[31m";

/// All that crates of ours and others can log.
const EVERYTHING: &str = "trace,landfall=trace,gitlab=trace,reqwest=trace,hyper=trace,sqlx=trace,\
                          hyper_util=trace,actix_http=trace,actix_web=trace,rustls=trace,h2=trace";

fn signing_token() -> String {
    format!("whsec_{}", STANDARD.encode(SIGNING_KEY))
}

fn secrets() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("the API token", API_TOKEN.into()),
        ("the signing token", signing_token().into()),
        ("the signing key", SIGNING_KEY.to_vec()),
        ("the secret token", SECRET_TOKEN.into()),
        ("the metrics token", METRICS_TOKEN.into()),
        ("a guessed token", GUESSED_TOKEN.into()),
        ("the database's path", DATABASE.into()),
    ]
}

/// A sandbox whose bot has a token worth stealing.
async fn sandbox() -> Sandbox {
    let mut seed = Seed::default();
    for token in seed.tokens.iter_mut().filter(|token| token.username == BOT) {
        token.secret = API_TOKEN.to_owned();
    }
    Sandbox::start(Options { seed, ..Options::default() }).await.unwrap()
}

fn home(gitlab: String) -> Home {
    Home::new()
        .with("LANDFALL_GITLAB_URL", gitlab)
        .with("LANDFALL_GITLAB_TOKEN", API_TOKEN)
        .with("LANDFALL_TRACKER", "landfall/tracker")
        .with("LANDFALL_WEBHOOK_SIGNING_TOKENS", signing_token())
        .with("LANDFALL_WEBHOOK_SECRET_TOKENS", SECRET_TOKEN)
        .with("LANDFALL_METRICS_TOKEN", METRICS_TOKEN)
        .with("LANDFALL_DATABASE_URL", format!("sqlite:{DATABASE}"))
        .with("LANDFALL_LOG_FILTER", EVERYTHING)
        .with("LANDFALL_TIME_SCALE", "20")
        .with("RUST_LOG", "trace")
        .with("RUST_BACKTRACE", "full")
}

/// A move with deliveries, answers and failures of every kind.
async fn live(sandbox: &Sandbox, sender: &mut Sender<'_>) {
    let comments = |iid| sandbox.world().comments_by(iid, BOT).unwrap().len();
    let answer = format!("{{\"message\":\"strangeanswer {}\"}}", ESCAPE.escape_unicode());
    sandbox.faults().add(Fault::new(
        "GET",
        "/projects/*/issues/*/notes",
        FaultKind::Status { status: 500, body: answer, headers: Vec::new() },
    ));
    let title = format!("strangetitle{ESCAPE}");
    let text = format!("strangetext{ESCAPE} @strangetext");
    let iid = sandbox.world().by("paula-partner").open_issue(&title, &text).unwrap();
    sandbox.settle_hooks().await;
    sender.settled(|| comments(iid) == 1).await;
    for body in ["strangenote", "/landfall strangecommand", "@landfall-bot status strangecommand"] {
        let body = format!("{body} {ESCAPE}");
        sandbox.world().by("paula-partner").comment(iid, &body).unwrap();
    }
    let (add, remove) = (["migration::engaged"], ["migration::prospect"]);
    sandbox.world().by("sam-staff").set_labels(iid, &add, &remove).unwrap();
    sandbox.settle_hooks().await;
    sender.settled(|| comments(iid) > 1).await;
}

/// Deliveries that GitLab would not send.
async fn knock(sender: &mut Sender<'_>) {
    assert_eq!(sender.sign("good-1", r#"{"object_kind":"issue","strangebroken":1}"#).await, 200);
    assert_eq!(sender.sign("good-1", r#"{"object_kind":"issue","strangebroken":2}"#).await, 200);
    assert_eq!(sender.sign("bad-1", "{strangebroken \u{1b}[31m").await, 200);
    let wrong = format!("v1,{}", STANDARD.encode(GUESSED_TOKEN));
    let status = sender
        .deliver("{\"strangebroken\":1}", |request| {
            request
                .header("webhook-id", GUESSED_TOKEN)
                .header("webhook-timestamp", jiff::Timestamp::now().as_second().to_string())
                .header("webhook-signature", &wrong)
                .header("X-Gitlab-Event", "strangeevent Hook")
        })
        .await;
    assert_eq!(status, 401);
    let guess = |request: RequestBuilder| request.header("X-Gitlab-Token", GUESSED_TOKEN);
    assert_eq!(sender.deliver("{\"strangebroken\":1}", guess).await, 401);
    // The right token suffices nowhere where a signature is demanded.
    let unsigned = |request: RequestBuilder| request.header("X-Gitlab-Token", SECRET_TOKEN);
    assert_eq!(sender.deliver("{\"strangebroken\":1}", unsigned).await, 401);
    assert_eq!(sender.deliver("strangebroken", |request| request).await, 401);
    assert_eq!(sender.ask("/metrics", GUESSED_TOKEN).await.0, 401);
    assert_eq!(sender.ask("/strangequery?strangequery=1", GUESSED_TOKEN).await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_anywhere_and_no_word_of_a_stranger_in_the_logs() {
    let sandbox = sandbox().await;
    let home = home(sandbox.url());
    let serving = home.serve();
    let home = home.with("LANDFALL_PUBLIC_URL", serving.url(""));
    let mut places = Vec::new();
    for command in [&["setup", "--apply"][..], &["check"], &["check", "--json"]] {
        let told = home.run(command);
        assert_eq!(told.code, Some(0), "{told:#?}");
        places.push((command.join(" "), told.out + &told.err));
    }
    let http = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
    let mut sender = Sender { http, serving: &serving, sent: 0 };
    live(&sandbox, &mut sender).await;
    knock(&mut sender).await;
    sender.settled(|| true).await;

    for (command, code) in [("explain 1", 0), ("plan", 0), ("deliveries list", 0), ("nonsense", 2)]
    {
        let told = home.run(&command.split(' ').collect::<Vec<_>>());
        assert_eq!(told.code, Some(code), "{told:#?}");
        places.push((command.to_owned(), told.out + &told.err));
    }
    let (status, ready) = sender.ask("/readyz", "").await;
    assert_eq!(status, 200);
    let (status, metrics) = sender.ask("/metrics", METRICS_TOKEN).await;
    assert_eq!(status, 200);
    let requests = sender.sent + sandbox.world().deliveries().len();
    // As it is while the service runs, before the write-ahead log is folded in.
    let database = search::database(home.path(), DATABASE);

    let written = serving.terminate();
    let log = String::from_utf8(written.log).unwrap();
    assert_eq!(written.status.code(), Some(0), "SIGTERM ends it well:\n{log}");
    assert_eq!(written.out, b"", "the service says nothing on standard output");

    // What is looked for can be found: the inbox keeps what GitLab sent.
    assert!(database.contains("strangetitle"), "the database that was read is not the one");
    let strangers = [("the log", &log), ("/readyz", &ready), ("/metrics", &metrics)];
    for (place, text) in strangers {
        for word in STRANGE {
            assert!(!text.contains(word), "{word} in {place}: {}", search::around(text, word));
        }
        assert!(!text.contains('\u{1b}'), "a raw escape in {place}");
    }

    let comments = sandbox.world().comments_by(1, BOT).unwrap();
    places.extend(comments.into_iter().map(|comment| ("a comment".to_owned(), comment.body)));
    places.push(("the description".to_owned(), sandbox.world().description(1).unwrap()));
    places.push(("the database".to_owned(), database));
    places.push(("the database at the end".to_owned(), search::database(home.path(), DATABASE)));
    places.push(("the log".to_owned(), log.clone()));
    places.push(("/readyz".to_owned(), ready));
    places.push(("/metrics".to_owned(), metrics));
    for (name, secret) in secrets() {
        for (place, text) in &places {
            let found = search::find(text, &secret);
            assert_eq!(found, None, "{name} in {place}");
        }
    }

    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect();
    let deliveries = lines.iter().filter(|line| line["event"] == "delivery").count();
    assert_eq!(deliveries, requests, "one line for each delivery");
    assert!(lines.iter().any(|line| line["level"] == "TRACE" || line["level"] == "DEBUG"));
    assert_eq!(sandbox.unknown_endpoints(), []);
}

#[test]
fn a_log_for_people_has_no_secret_either_and_no_colours_in_a_file() {
    // GitLab is away: the errors are logged too.
    let home = home("http://127.0.0.1:9".to_owned()).with("LANDFALL_LOG_FORMAT", "pretty");
    let written = home.serve().terminate();
    let log = String::from_utf8(written.log).unwrap();
    assert_eq!(written.status.code(), Some(0), "{log}");
    assert!(log.contains("listening") && log.contains("stopped"), "{log}");
    assert!(serde_json::from_str::<Value>(log.lines().next().unwrap()).is_err(), "{log}");
    assert!(!log.contains('\u{1b}'), "colours are for terminals: {log:?}");
    for (name, secret) in secrets() {
        assert_eq!(search::find(&log, &secret), None, "{name} in the log");
    }
}

#[test]
fn a_failing_start_shows_no_secret() {
    let home = home("http://127.0.0.1:9".to_owned());
    fs::create_dir(home.path().join(DATABASE)).unwrap();
    let told = home.run(&["serve"]);
    assert_eq!(told.code, Some(1), "{told:#?}");
    let home = home.with("LANDFALL_WEBHOOK_SIGNING_TOKENS", format!("{}x", signing_token()));
    let refused = home.run(&["serve"]);
    assert_eq!(refused.code, Some(78), "{refused:#?}");
    // The database is named to whoever has to mend it.
    for (name, secret) in secrets().into_iter().filter(|(_, secret)| secret != DATABASE.as_bytes())
    {
        for text in [&told.out, &told.err, &refused.out, &refused.err] {
            assert_eq!(search::find(text, &secret), None, "{name} in {text}");
        }
    }
}
