//! Commands that ask a GitLab, in the order in which a newcomer meets them.
//!
//! The tests block while a command runs: the sandbox answers on other threads.

use landfall::sandbox::Fault;
use serde_json::Value;

use super::{expect, home, sandbox};
use crate::harness::PAULA;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn setup_plans_then_makes_then_has_nothing_to_do() {
    let sandbox = sandbox().await;
    let home = home(&sandbox);

    let told = home.run(&["check"]);
    expect(&told, 1, &["fail  labels: ", "`migration::prospect`", "`landfall setup --apply`"], &[]);
    expect(&told, 1, &["fail  webhook: ", "answers; the bot is @landfall-bot"], &[]);

    let told = home.run(&["setup"]);
    let steps =
        ["would create label `migration::prospect`", "would commit", "would create the webhook"];
    expect(&told, 0, &steps, &[]);
    expect(&told, 0, &["`landfall setup --apply` carries them out"], &[]);
    assert_eq!(sandbox.writes(), [], "a plan writes nothing");

    let told = home.run(&["setup", "--apply"]);
    expect(
        &told,
        0,
        &["done: create label `migration::prospect`", "done: create the webhook"],
        &[],
    );
    assert!(!told.out.contains("would"), "{told:#?}");
    assert!(sandbox.world().labels().contains(&"migration::moved".to_owned()));

    sandbox.clear_journal();
    for command in [&["setup"][..], &["setup", "--apply"]] {
        expect(&home.run(command), 0, &["Nothing to do"], &[]);
    }
    assert_eq!(sandbox.writes(), [], "what is there is not written again");

    let told = home.run(&["check"]);
    expect(&told, 0, &["ok    labels: all", "ok    webhook: ", "ok    token: scope api"], &[]);
    assert!(!told.out.contains("fail"), "{told:#?}");
    let findings: Value = serde_json::from_str(&home.run(&["check", "--json"]).out).unwrap();
    // The database is made by `serve`.
    let findings = findings.as_array().unwrap().iter().filter(|one| one["subject"] != "database");
    assert!(findings.clone().count() > 5 && findings.clone().all(|one| one["level"] == "ok"));
    assert_eq!(sandbox.unknown_endpoints(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_names_the_remedy_for_a_token_a_tracker_and_an_address_that_are_wrong() {
    let sandbox = sandbox().await;
    let told = home(&sandbox).with("LANDFALL_GITLAB_TOKEN", "glpat-wrong").run(&["check"]);
    expect(&told, 1, &["fail  GitLab: ", "LANDFALL_GITLAB_TOKEN", "scope api"], &[]);
    assert!(!told.out.contains("glpat-wrong"), "{told:#?}");
    let told = home(&sandbox).with("LANDFALL_TRACKER", "landfall/elsewhere").run(&["check"]);
    expect(&told, 1, &["fail  tracker: `landfall/elsewhere`", "LANDFALL_TRACKER"], &[]);
    sandbox.world().set_member("landfall-bot", 20).unwrap();
    let told = home(&sandbox).run(&["check"]);
    expect(&told, 1, &["fail  tracker: ", "Maintainer"], &[]);
    let url = sandbox.url();
    sandbox.stop().await;
    let home = super::Home::new()
        .with("LANDFALL_GITLAB_URL", url)
        .with("LANDFALL_GITLAB_TOKEN", "glpat-1")
        .with("LANDFALL_TRACKER", "landfall/tracker")
        // So that the waits between attempts are short.
        .with("LANDFALL_TIME_SCALE", "100");
    expect(&home.run(&["check"]), 1, &["fail  GitLab: ", "LANDFALL_GITLAB_URL"], &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plan_and_explain_tell_what_sweep_then_does() {
    let sandbox = sandbox().await;
    let home = home(&sandbox);
    expect(&home.run(&["setup", "--apply"]), 0, &["done: "], &[]);
    let iid = sandbox.world().by("paula-partner").open_issue("Kiwi Paint", "We move.").unwrap();
    sandbox.clear_journal();

    let told = home.run(&["plan"]);
    expect(&told, 0, &["#1\n", "because: ", "+ label migration::prospect", "+ comment"], &[]);
    expect(&told, 0, &["    + <!-- landfall:begin -->", "    | ", "1 issue"], &[]);
    let json: Value = serde_json::from_str(&home.run(&["plan", "1", "--json"]).out).unwrap();
    assert_eq!(json[0]["iid"], 1, "{json:#}");
    let told = home.run(&["explain", "1"]);
    expect(&told, 0, &["#1\n", "`landfall plan 1`"], &[]);
    for command in [["explain", "999"], ["plan", "999"]] {
        expect(&home.run(&command), 1, &[], &["there is no issue #999"]);
    }
    assert_eq!(sandbox.writes(), [], "looking writes nothing");
    assert!(!home.path().join("landfall.db").exists(), "looking makes no database");

    expect(&home.run(&["sweep"]), 0, &["Sweep done"], &[]);
    let comments = sandbox.world().comments_by(iid, "landfall-bot").unwrap();
    assert_eq!(comments.len(), 1, "one welcome: {comments:#?}");
    assert_eq!(sandbox.world().labels_of(iid).unwrap(), ["migration::prospect"]);

    sandbox.clear_journal();
    expect(&home.run(&["sweep"]), 0, &["Sweep done"], &[]);
    assert_eq!(sandbox.writes(), [], "a second sweep finds nothing to do");
    expect(&home.run(&["plan"]), 0, &["0 write"], &[]);
    let told = home.run(&["explain", "1"]);
    expect(&told, 0, &["`prospect`", "nothing to write"], &[]);
    expect(&home.run(&["comments", "status"]), 0, &["Comments are on."], &[]);
    assert_eq!(sandbox.unknown_endpoints(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_refuses_to_write() {
    let sandbox = sandbox().await;
    let home = home(&sandbox).with("LANDFALL_DRY_RUN", "1");
    let told = home.run(&["check"]);
    expect(&told, 1, &["warn  dry run: "], &[]);
    let told = home.run(&["setup", "--apply"]);
    expect(&told, 1, &[], &["LANDFALL_DRY_RUN", "refuses to write"]);
    assert_eq!(sandbox.writes(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_served_delivery_is_listed_and_shown() {
    let sandbox = sandbox().await;
    let home = home(&sandbox).with("LANDFALL_LOG_FILTER", "info");
    let serving = home.serve();
    let home =
        home.with("LANDFALL_PUBLIC_URL", serving.url("")).with("LANDFALL_LOG_FILTER", "warn");
    expect(&home.run(&["setup", "--apply"]), 0, &["done: create the webhook"], &[]);
    sandbox.world().by("paula-partner").open_issue("Kiwi Paint", "We move.").unwrap();
    sandbox.settle_hooks().await;

    let told = home.run(&["deliveries", "list"]);
    expect(&told, 0, &["Issue Hook"], &[]);
    assert!(!told.out.contains("Kiwi"), "a title is a stranger's text: {told:#?}");
    let told = home.run(&["deliveries", "show", "1"]);
    expect(&told, 0, &["Issue Hook"], &[]);
    expect(&home.run(&["deliveries", "show", "1", "--body"]), 0, &["Kiwi Paint"], &[]);
    expect(&home.run(&["deliveries", "resolve", "1"]), 1, &[], &["neither dead nor quarantined"]);
    let home = home.with("LANDFALL_LISTEN", serving.address.to_string());
    expect(&home.run(&["health"]), 0, &["\"status\":"], &[]);

    let written = serving.terminate();
    assert_eq!(written.status.code(), Some(0), "{}", String::from_utf8_lossy(&written.log));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_with_a_wrong_token_ends_at_once() {
    let sandbox = sandbox().await;
    let home = home(&sandbox).with("LANDFALL_GITLAB_TOKEN", "glpat-wrong");
    let told = home.run(&["sweep"]);
    expect(&told, 1, &[], &["LANDFALL_GITLAB_TOKEN"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_that_can_not_end_says_so() {
    let sandbox = sandbox().await;
    let home = home(&sandbox);
    let fault = Fault::status("GET", "/projects/*/issues", 500).always();
    sandbox.faults().add(fault);
    let told = home.run(&["sweep", "--patience", "0"]);
    expect(&told, 1, &["Sweep not done: 1 job(s) still wait"], &["`landfall check`"]);
}

/// Kiritimati is fourteen hours ahead of UTC, New York behind it and with summer time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g03_what_is_told_is_told_in_utc_wherever_the_machine_stands() {
    let sandbox = sandbox().await;
    let mut told = Vec::new();
    let mut home = home(&sandbox);
    assert_eq!(home.run(&["setup", "--apply"]).code, Some(0));
    sandbox.world().by(PAULA).open_issue("Kiwi", "We move").unwrap();
    assert_eq!(home.run(&["sweep"]).code, Some(0));
    for zone in ["UTC", "Pacific/Kiritimati", "America/New_York", "Nowhere/AtAll"] {
        home = home.with("TZ", zone);
        let explained = home.run(&["explain", "1"]);
        expect(&explained, 0, &["migration::prospect"], &[]);
        let planned = home.run(&["plan"]);
        assert_eq!(planned.code, Some(0), "{planned:#?}");
        told.push((explained.out, planned.out));
    }
    let (first, rest) = told.split_first().unwrap();
    assert!(rest.iter().all(|other| other == first), "{told:#?}");
}
