//! The commands as people type them: what they say, where they say it, how they exit.

use landfall::sandbox::{Options, Sandbox, Seed};
use sqlx::Connection as _;

use crate::child::{Home, Told};

mod away;
mod backup;
mod intake;
mod limits;
mod restart;
mod tls;
mod tracker;

const SIGNING: &str = "whsec_bGFuZGZhbGwgY29tbWFuZCBsaW5lIHNpZ25pbmcga2U=";

/// Asserts the exit code and that standard output and standard error say these things.
#[track_caller]
fn expect(told: &Told, code: i32, out: &[&str], err: &[&str]) {
    assert_eq!(told.code, Some(code), "{told:#?}");
    for words in out {
        assert!(told.out.contains(words), "standard output lacks {words:?}: {told:#?}");
    }
    for words in err {
        assert!(told.err.contains(words), "standard error lacks {words:?}: {told:#?}");
    }
    if out.is_empty() {
        assert_eq!(told.out, "", "nothing is said on standard output");
    }
    if err.is_empty() {
        assert_eq!(told.err, "", "nothing is said on standard error");
    }
}

/// A home with everything `serve` needs, for this sandbox.
fn home(sandbox: &Sandbox) -> Home {
    Home::new()
        .with("LANDFALL_GITLAB_URL", sandbox.url())
        .with("LANDFALL_GITLAB_TOKEN", Seed::token_of("landfall-bot"))
        .with("LANDFALL_TRACKER", "landfall/tracker")
        .with("LANDFALL_WEBHOOK_SIGNING_TOKENS", SIGNING)
        // Nobody listens there.
        .with("LANDFALL_PUBLIC_URL", "http://127.0.0.1:9")
        // For what a command that works has to say on standard error: nothing.
        .with("LANDFALL_LOG_FILTER", "warn")
}

async fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).await.unwrap()
}

#[test]
fn help_names_every_command_and_the_demo_first() {
    let told = Home::new().run(&["--help"]);
    let commands = [
        "demo",
        "serve",
        "check",
        "setup",
        "plan",
        "explain",
        "intake",
        "assess",
        "sweep",
        "verify",
        "preflight",
        "deliveries",
        "comments",
        "backup",
        "sandbox",
        "health",
        "completions",
    ];
    expect(&told, 0, &["Try", "`landfall demo`", "--config <DIR>"], &[]);
    expect(&told, 0, &commands.map(|name| format!("\n  {name} ")).each_ref().map(|s| &**s), &[]);
    for command in commands {
        expect(&Home::new().run(&[command, "--help"]), 0, &["Usage: landfall", command], &[]);
    }
}

#[test]
fn the_version_is_the_packages() {
    let told = Home::new().run(&["--version"]);
    assert_eq!(told.out, format!("landfall {}\n", env!("CARGO_PKG_VERSION")));
    expect(&told, 0, &["landfall"], &[]);
}

#[test]
fn what_is_no_command_is_a_mistake_of_usage() {
    expect(&Home::new().run(&[]), 2, &[], &["Usage: landfall", "demo"]);
    expect(&Home::new().run(&["swep"]), 2, &[], &["swep", "sweep"]);
    expect(&Home::new().run(&["explain"]), 2, &[], &["<IID>"]);
    expect(&Home::new().run(&["explain", "one"]), 2, &[], &["one", "invalid"]);
    let told = Home::new().run(&["deliveries", "list", "--state", "lost"]);
    expect(&told, 2, &[], &["lost", "quarantined"]);
}

#[test]
fn completions_are_a_script_for_the_shell() {
    for shell in ["bash", "zsh", "fish"] {
        expect(&Home::new().run(&["completions", shell]), 0, &["landfall", "deliveries"], &[]);
    }
}

#[test]
fn a_mistake_in_a_file_is_told_with_its_place_by_every_command() {
    let home = Home::new();
    std::fs::create_dir(home.path().join("mine")).unwrap();
    let file = home.path().join("mine/landfall.yaml");
    std::fs::write(file, "# ours\nsweep_minuts: 5\nlisten: everywhere\n").unwrap();
    let all: [&[&str]; 8] = [
        &["check", "--offline"],
        &["serve"],
        &["plan"],
        &["setup"],
        &["sweep"],
        &["explain", "1"],
        &["health"],
        &["deliveries", "list"],
    ];
    for command in all {
        let told = home.run(&[&["--config", "mine"], command].concat());
        let places = ["mine/landfall.yaml:2:1: ", "did you mean `sweep_minutes`?"];
        expect(&told, 78, &[], &places);
        expect(&told, 78, &[], &["mine/landfall.yaml:3:9: ", "127.0.0.1:8080"]);
    }
}

#[test]
fn a_folder_named_config_is_found_and_a_missing_one_is_not_made_up() {
    let home = Home::new();
    std::fs::create_dir(home.path().join("config")).unwrap();
    std::fs::write(home.path().join("config/workflow.yaml"), "stages: []\n").unwrap();
    expect(&home.run(&["check", "--offline"]), 78, &[], &["config/workflow.yaml:1:"]);
    expect(&home.run(&["--config", "nowhere", "check"]), 78, &[], &["nowhere: "]);
}

#[test]
fn a_mistyped_variable_is_a_mistake_and_its_value_is_not_shown() {
    let home = Home::new().with("LANDFALL_GITLAB_TOKN", "glpat-typed-in-vain");
    let told = home.run(&["check", "--offline"]);
    expect(&told, 78, &[], &["LANDFALL_GITLAB_TOKN", "did you mean `LANDFALL_GITLAB_TOKEN`?"]);
    assert!(!told.err.contains("in-vain"), "{told:#?}");
}

#[test]
fn serve_names_every_variable_it_lacks() {
    let names = ["LANDFALL_GITLAB_TOKEN", "LANDFALL_TRACKER", "LANDFALL_WEBHOOK_SIGNING_TOKENS"];
    expect(&Home::new().run(&["serve"]), 78, &[], &names);
    let home = Home::new()
        .with("LANDFALL_GITLAB_TOKEN", "glpat-1")
        .with("LANDFALL_TRACKER", "landfall/tracker");
    let told = home.run(&["serve"]);
    expect(&told, 78, &[], &[names[2]]);
    assert!(!told.err.contains(names[0]), "what is set is not asked for: {told:#?}");
}

#[test]
fn serve_says_which_address_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let home = Home::new()
        .with("LANDFALL_GITLAB_TOKEN", "glpat-1")
        .with("LANDFALL_TRACKER", "landfall/tracker")
        .with("LANDFALL_WEBHOOK_SIGNING_TOKENS", SIGNING)
        .with("LANDFALL_LISTEN", &address);
    expect(&home.run(&["serve"]), 1, &[], &[&address, "LANDFALL_LISTEN"]);
}

#[test]
fn an_offline_check_asks_nobody() {
    let home = Home::new();
    let told = home.run(&["check", "--offline"]);
    expect(&told, 1, &["ok    configuration: built-in", "fail  settings: ", "`tracker`"], &[]);
    // The address leads nowhere: whoever asked would fail.
    let home = home
        .with("LANDFALL_GITLAB_URL", "http://127.0.0.1:9")
        .with("LANDFALL_GITLAB_TOKEN", "glpat-1")
        .with("LANDFALL_TRACKER", "landfall/tracker")
        .with("LANDFALL_WEBHOOK_SIGNING_TOKENS", SIGNING);
    let told = home.run(&["check", "--offline"]);
    expect(&told, 0, &["ok    configuration", "ok    settings"], &[]);
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().collect();
    assert!(left.is_empty(), "it leaves no file: {left:?}");
}

#[test]
fn health_without_a_service_says_so() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap().to_string();
    drop(nobody);
    let told = Home::new().with("LANDFALL_LISTEN", &address).run(&["health"]);
    expect(&told, 1, &[], &["no service answers", &address, "landfall serve"]);
}

#[test]
fn looking_makes_no_database() {
    let home = Home::new();
    for command in [&["deliveries", "list"][..], &["comments", "status"], &["check"]] {
        let told = home.run(command);
        assert_eq!(told.code, Some(1), "{told:#?}");
        assert!(format!("{}{}", told.out, told.err).contains("landfall.db"), "{told:#?}");
    }
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_database_that_can_not_be_opened_is_a_failure_with_its_cause() {
    let home = Home::new().with("LANDFALL_DATABASE_URL", "sqlite:no-database");
    std::fs::write(home.path().join("no-database"), "a text of some length, but no tables")
        .unwrap();
    expect(&home.run(&["deliveries", "list"]), 1, &[], &["the database can't be opened"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f18_a_database_of_a_newer_version_is_refused_with_both_versions() {
    let sandbox = sandbox().await;
    let home = home(&sandbox);
    assert_eq!(home.run(&["setup", "--apply"]).code, Some(0));
    assert_eq!(home.run(&["sweep"]).code, Some(0));
    let url = format!("sqlite:{}", home.path().join("landfall.db").display());
    let mut database = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let (known,): (i64,) = sqlx::query_as("SELECT MAX(version) FROM schema_version")
        .fetch_one(&mut database)
        .await
        .unwrap();
    sqlx::query("INSERT INTO schema_version (version, needs) VALUES (99, 99)")
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
    for command in [&["serve"][..], &["sweep"], &["deliveries", "list"]] {
        let told = home.run(command);
        expect(&told, 1, &[], &["version 99", &format!("this one knows {known}"), "newer"]);
    }
}

#[test]
fn setup_writes_a_signing_token_once_and_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let command = ["setup", "--new-signing-token", "token"];
    let told = home.run(&command);
    expect(&told, 0, &["LANDFALL_WEBHOOK_SIGNING_TOKENS_FILE=token"], &[]);
    let file = home.path().join("token");
    let token = std::fs::read_to_string(&file).unwrap();
    assert!(token.starts_with("whsec_") && !told.out.contains(token.trim()), "{told:#?}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    expect(&home.run(&command), 1, &[], &["token", "exists"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), token, "an old token is never replaced");
    let home = home.with("LANDFALL_WEBHOOK_SIGNING_TOKENS_FILE", "token");
    let told = home.run(&["check", "--offline"]);
    assert!(!told.out.contains("webhook_signing_tokens"), "it is read again: {told:#?}");
}
