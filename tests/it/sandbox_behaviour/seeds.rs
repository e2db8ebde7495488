//! What a seed file brings about, and what a person sees in a browser.

use super::groups::{column, visit};
use super::{PARTNER, sandbox};
use landfall::sandbox::{Options, Sandbox, Seed, Visibility};
use serde_json::{Value, json};

const FILE: &str = r#"{
  "users": [
    { "id": 1, "username": "ann", "name": "Ann", "created_at": "2020-01-01T00:00:00Z" },
    { "id": 2, "username": "bo", "name": "Bo", "state": "blocked" }
  ],
  "tokens": [{ "secret": "s", "username": "ann", "scopes": ["api"] }],
  "groups": [{ "id": 2000, "path": "moved", "visibility": "public", "members": { "ann": 50 } }],
  "projects": [
    { "id": 42, "path": "moved/tracker", "members": { "ann": 40 } },
    { "id": 43, "path": "moved/paint", "imported_from": "old/paint", "licence": "MPL-2.0",
      "merge_requests": [
        { "title": "New brush", "author": "bo", "at": "2026-09-01T00:00:00Z",
          "merged_by": "ann", "merged_at": "2026-09-02T00:00:00Z" },
        { "title": "Open", "author": "bo", "at": "2026-09-03T00:00:00Z" }
      ],
      "pushes": [{ "author": "ann", "at": "2026-09-04T00:00:00Z", "commits": 2 }] },
    { "id": 44, "path": "ann/paint", "forked_from": "moved/paint", "visibility": "private" },
    { "id": 45, "path": "new-group/below/mirror", "mirror": true, "archived": true }
  ],
  "github": {
    "repos": [
      { "id": 7, "path": "old/paint", "licence": "MIT",
        "created_at": "2015-01-01T00:00:00Z", "pushed_at": "2026-08-01T00:00:00Z",
        "numbers": { "contributors": 3, "commits": 20, "branches": 1, "issues": 5, "pulls": 4 } }
    ]
  }
}"#;

async fn planted() -> Sandbox {
    let seed = Seed::from_json(FILE).unwrap();
    Sandbox::start(Options { seed, ..Options::default() }).await.unwrap()
}

#[tokio::test]
async fn a_seed_file_brings_groups_imports_and_work() {
    let sandbox = planted().await;
    let (status, project) = visit(&sandbox, "projects/43?license=true").await;
    assert_eq!(status, 200);
    assert_eq!(project["license"]["key"], json!("mpl-2.0"), "the project's own word counts");
    let (_, import) = visit(&sandbox, "projects/43/import").await;
    assert_eq!(
        (&import["import_status"], &import["import_type"]),
        (&json!("finished"), &json!("github"))
    );
    let (_, rows) =
        visit(&sandbox, "projects/43/merge_requests?sort=asc&order_by=created_at").await;
    let imported = [true, true, true, true, false, false].map(Value::from);
    assert_eq!(column(&rows, "imported"), imported);
    assert_eq!(rows[4]["author"]["state"], json!("blocked"));
    assert_eq!((&rows[4]["state"], &rows[5]["state"]), (&json!("merged"), &json!("opened")));
    let (_, pushes) = visit(&sandbox, "projects/43/events?action=pushed&after=2026-09-03").await;
    assert_eq!(pushes[0]["push_data"]["commit_count"], json!(2));
    assert_eq!(visit(&sandbox, "projects/44").await.0, 404);
    assert_eq!(visit(&sandbox, "groups/new-group%2Fbelow").await.0, 200);
    assert_eq!(visit(&sandbox, "users/1").await.1["created_at"], json!("2020-01-01T00:00:00.000Z"));
    // New numbers are higher than any in the file.
    let id = sandbox.world().by("ann").create_project("moved/next", Visibility::Public).unwrap();
    assert!(id > 2_000, "{id}");
}

#[tokio::test]
async fn the_seed_of_the_documentation_starts() {
    let page = include_str!("../../../docs/sandbox.md");
    let (_, rest) = page.split_once("```json\n").unwrap();
    let (example, _) = rest.split_once("\n```").unwrap();
    let seed = Seed::from_json(example).unwrap();
    let sandbox = Sandbox::start(Options { seed, ..Options::default() }).await.unwrap();
    assert_eq!(sandbox.world().iids(), [1_u64]);
    let (_, rows) = visit(&sandbox, "projects/43/merge_requests?state=merged").await;
    assert_eq!(column(&rows, "title"), [json!("New brush")]);
}

#[tokio::test]
async fn a_seed_that_contradicts_itself_does_not_start() {
    for (from, to) in [
        ("\"forked_from\": \"moved/paint\"", "\"forked_from\": \"moved/nothing\""),
        ("\"imported_from\": \"old/paint\"", "\"imported_from\": \"old/nothing\""),
        ("\"author\": \"ann\"", "\"author\": \"nobody\""),
        ("\"id\": 44", "\"id\": 43"),
        ("\"path\": \"ann/paint\"", "\"path\": \"moved/paint\""),
        ("\"username\": \"bo\"", "\"username\": \"ANN\""),
    ] {
        let seed = Seed::from_json(&FILE.replacen(from, to, 1)).unwrap();
        let started = Sandbox::start(Options { seed, ..Options::default() }).await;
        assert!(started.is_err(), "{to}");
    }
    let unknown = FILE.replacen("\"licence\"", "\"license\"", 1);
    let error = Seed::from_json(&unknown).unwrap_err().to_string();
    assert!(error.contains("license") && error.contains("line"), "{error}");
}

#[tokio::test]
async fn the_front_page_says_in_one_line_how_each_project_stands() {
    let sandbox = planted().await;
    let page = |path: &'static str| {
        let url = format!("{}{path}", sandbox.url());
        async move { reqwest::get(url).await.unwrap().text().await.unwrap() }
    };
    let front = page("/").await;
    for line in [
        "<a href=\"/groups/moved\">moved</a>",
        "<a href=\"/moved/paint\">moved/paint</a> <span class=meta>public · import finished · 5 issues · 6 merge requests",
        "<li>ann/paint <span class=meta>private · import finished · empty · fork",
        "empty · archived · pull mirror",
        "<a href=\"/github-api/repos/old/paint\">",
    ] {
        assert!(front.contains(line), "{line} in {front}");
    }
    assert!(page("/groups/moved").await.contains("/moved/tracker"));
    assert!(page("/moved/paint").await.contains("From https://github.com/old/paint.git by @ann"));
    assert!(page("/moved/paint/-/merge_requests").await.contains("!10 New brush"));
    let url = format!("{}/ann/paint", sandbox.url());
    assert_eq!(reqwest::get(url).await.unwrap().status(), 404, "private, so no page");
    let url = format!("{}/api/graphql", sandbox.url());
    assert_eq!(reqwest::get(url).await.unwrap().status(), 501);
}

#[tokio::test]
async fn names_of_strangers_stay_text_on_every_page() {
    let sandbox = sandbox().await;
    {
        let mut world = sandbox.world();
        let id = world.by(PARTNER).create_project("kiwi-paint/app", Visibility::Public).unwrap();
        world.describe_project(id, "<script>alert(1)</script>").unwrap();
        world.by("mallory").in_project(id).open_merge_request("<b>bold</b>").unwrap();
        world.github_repo("kiwi-paint/kiwi-paint").unwrap().licence = Some("<i>x</i>".to_owned());
    }
    for path in ["/", "/kiwi-paint/app", "/kiwi-paint/app/-/merge_requests", "/groups/kiwi-paint"] {
        let url = format!("{}{path}", sandbox.url());
        let html = reqwest::get(url).await.unwrap().text().await.unwrap();
        for forbidden in ["<script", "<b>", "<i>"] {
            assert!(!html.contains(forbidden), "{forbidden} in {path}: {html}");
        }
    }
}
