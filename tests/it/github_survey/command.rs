//! `landfall assess` as people type it.

use serde_json::{Value, json};

use super::source::{Source, github, moved};
use crate::child::{Home, Told};
use crate::gitlab_client::server::{Reply, Server};

fn home(server: &Server) -> Home {
    Home::new().with("LANDFALL_GITHUB_URL", server.url.as_str())
}

async fn serve(source: Source) -> Server {
    Server::start(move |asked, _| source.reply(asked)).await
}

#[track_caller]
fn expect(told: &Told, code: i32, out: &[&str], err: &[&str]) {
    assert_eq!(told.code, Some(code), "{told:#?}");
    for words in out {
        assert!(told.out.contains(words), "standard output lacks {words:?}: {told:#?}");
    }
    for words in err {
        assert!(told.err.contains(words), "standard error lacks {words:?}: {told:#?}");
    }
    assert_eq!(
        (told.out.is_empty(), told.err.is_empty()),
        (out.is_empty(), err.is_empty()),
        "{told:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_needs_no_gitlab_and_no_token() {
    let server = serve(Source::new()).await;
    let told = home(&server).run(&["assess", "https://github.com/acme/rocket"]);
    let words = [
        "https://github.com/acme/rocket, as of 20",
        "Licence                      `MIT`, approved by the OSI",
        "How long the import takes: From 10 minutes",
        "Comes along\n  - The Git history",
        "Does not come along\n",
        "Needs a decision\n",
        "Look out\n",
        "https://docs.gitlab.com/ci/migration/github_actions/",
        "that has it: Premium, seats: up to 100.",
    ];
    expect(&told, 0, &words, &[]);
    assert_eq!(server.calls(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_has_the_survey_and_the_report() {
    let server = serve(Source::new()).await;
    let told = home(&server).run(&["assess", "--json", "https://github.com/ACME/rocket.git"]);
    // GitHub takes no notice of capitals; this server does.
    expect(&told, 1, &[], &["there is no public repository"]);
    let told = home(&server).run(&["assess", "--json", "https://github.com/acme/rocket.git"]);
    expect(&told, 0, &["{"], &[]);
    let value: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(value["kind"], "github");
    assert_eq!(value["survey"]["id"], 7);
    assert_eq!(value["survey"]["closed_issues"], Value::Null, "unknown is null");
    assert_eq!(value["readiness"]["licence"], "approved");
    assert_eq!(value["readiness"]["placeholders"]["people"], 321);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_source_is_reported_with_its_new_name() {
    let source = Source::new().but(json!({ "full_name": "orbit/rocket" }));
    let server = Server::start(move |asked, number| match number {
        0 => moved(asked),
        _ => source.reply(asked),
    })
    .await;
    let told = home(&server).run(&["assess", "https://github.com/acme/rocket"]);
    let note = "`acme/rocket` is called `orbit/rocket` today";
    expect(&told, 0, &["https://github.com/orbit/rocket, as of", note], &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_assessed_is_a_failure_with_a_next_step() {
    let private = Source::new().but(json!({ "private": true })).repository.to_string();
    let endless = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".to_vec();
    for (reply, words) in [
        (github(404, "", "{}"), "there is no public repository of this name on GitHub; check"),
        (github(200, "", private), "there is no public repository of this name on GitHub; check"),
        (github(451, "", "{}"), "has blocked this repository; ask the community"),
        (github(429, "", "{}"), "rate limit is used up; try again after 20"),
        (github(401, "", "{}"), "refuses the token (401); replace LANDFALL_GITHUB_TOKEN"),
        (github(502, "", "<html>"), "answers with status 502; try again later"),
        (Reply::Flood(endless), "too large to be read; assess this source by hand"),
        (Reply::Bytes(Vec::new()), "can't be reached; check LANDFALL_GITHUB_URL"),
    ] {
        let server = Server::always(reply).await;
        let told = home(&server).run(&["assess", "https://github.com/acme/rocket"]);
        assert_eq!(told.code, Some(1), "{told:#?}");
        assert_eq!(told.out, "");
        assert!(told.err.contains("error: ") && told.err.contains(words), "{told:#?}");
    }
    let told = Home::new()
        .with("LANDFALL_GITHUB_URL", "https://10.0.0.1")
        .run(&["assess", "https://github.com/acme/rocket"]);
    expect(
        &told,
        1,
        &[],
        &["its address must be in the public network; check LANDFALL_GITHUB_URL"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_places_are_told_of_and_never_asked() {
    let server = Server::always(github(500, "", "{}")).await;
    let here = format!("{}trac/acme", server.url);
    for (address, words) in [
        ("https://gitlab.gnome.org/GNOME/gtk", "From GitLab: GitLab has an importer."),
        ("https://codeberg.org/acme/rocket", "https://docs.gitlab.com/user/import/gitea/"),
        ("https://bugzilla.example.org", "Others closed what was old"),
        ("svn://svn.example.org/acme", "git svn"),
        ("acme-dev@lists.example.org", "From a mailing list: nothing is imported."),
        ("https://acme.example.org/code", "From another place"),
        (&here, "From Trac: there is no importer for all of it."),
        ("http://169.254.169.254/latest/meta-data/", "From another place"),
    ] {
        let told = home(&server).run(&["assess", address]);
        expect(&told, 0, &[words, "nothing was asked of this one"], &[]);
        assert!(!told.out.contains(address), "{told:#?}");
    }
    let told = home(&server).run(&["assess", "--json", "https://review.example.org/q/x"]);
    expect(&told, 0, &["{"], &[]);
    let value: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((&value["kind"], &value["path"]["way"]), (&json!("gerrit"), &json!("script")));
    assert_eq!(server.calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn h03_to_h15_no_address_is_a_mistake_of_typing_and_is_not_repeated() {
    let server = Server::always(github(500, "", "{}")).await;
    for address in [
        "rocket",
        "acme/rocket",
        "two words",
        "",
        "https://github.com/acme",
        "https://github.com/acme/rocket/issues/1",
        "https://github.com/settings/tokens",
        "https://user:ghp_CANARY@github.com/acme/rocket",
        "https://github.com@169.254.169.254/CANARY/r",
        "https://github.com.evil.example/CANARY/r",
        "https://github.com:8443/CANARY/r",
        "git@github.com:acme/CANARY.git",
        "https://evil.example/?github.com/CANARY/r",
    ] {
        let told = home(&server).run(&["assess", address]);
        expect(&told, 2, &[], &["error: ", "https://github.com/OWNER/REPOSITORY"]);
        assert!(!told.err.contains("CANARY"), "{told:#?}");
    }
    assert_eq!(home(&server).run(&["assess"]).code, Some(2));
    assert_eq!(server.calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_is_told_first() {
    let server = serve(Source::new()).await;
    let home = home(&server);
    std::fs::create_dir(home.path().join("config")).unwrap();
    std::fs::write(home.path().join("config/sources.yaml"), "path: []\n").unwrap();
    let told = home.run(&["assess", "https://github.com/acme/rocket"]);
    let places = ["config/sources.yaml:1:1: ", "did you mean `paths`?"];
    expect(&told, 78, &[], &places);
    assert_eq!(server.calls(), 0);
}
