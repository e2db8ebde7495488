//! The GitHub beside the sandbox.

use super::groups::column;
use super::{sandbox, started};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use landfall::sandbox::{Fault, GithubSettings, Sandbox, Seed, Settings};
use octocrab::Octocrab;
use octocrab::params::State;
use reqwest::{Client, Response};
use serde_json::{Value, json};

async fn ask(sandbox: &Sandbox, token: Option<&str>, path: &str) -> Response {
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    let url = format!("{}/github-api/{path}", sandbox.url());
    let request = client.build().unwrap().get(url);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    request.send().await.unwrap()
}

async fn read(sandbox: &Sandbox, path: &str) -> Value {
    let answer = ask(sandbox, Some(Seed::GITHUB_TOKEN), path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

async fn status(sandbox: &Sandbox, token: Option<&str>, path: &str) -> (u16, Value) {
    let answer = ask(sandbox, token, path).await;
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Number of the last page, as `Link` names it.
async fn last(sandbox: &Sandbox, path: &str) -> Option<u64> {
    let answer = ask(sandbox, Some(Seed::GITHUB_TOKEN), path).await;
    assert_eq!(answer.status(), 200, "{path}");
    let link = answer.headers().get("link")?.to_str().unwrap().to_owned();
    let last = link.split(", ").find(|link| link.ends_with("rel=\"last\""))?;
    let (url, _) = last.trim_start_matches('<').split_once('>').unwrap();
    let url = url::Url::parse(url).unwrap();
    let page = url.query_pairs().find(|(key, _)| key == "page").unwrap().1.parse().unwrap();
    Some(page)
}

const KIWI: &str = "repos/kiwi-paint/kiwi-paint";

#[tokio::test]
async fn a_repository_tells_what_an_assessment_asks() {
    let sandbox = sandbox().await;
    let repo = read(&sandbox, KIWI).await;
    for (field, value) in [
        ("full_name", json!("kiwi-paint/kiwi-paint")),
        ("language", json!("C++")),
        ("archived", json!(false)),
        ("fork", json!(false)),
        ("private", json!(false)),
        ("default_branch", json!("main")),
        ("open_issues_count", json!(265)),
        ("pushed_at", json!("2026-10-30T18:00:00Z")),
        ("size", json!(184_320)),
        ("html_url", json!("https://github.com/kiwi-paint/kiwi-paint")),
    ] {
        assert_eq!(repo[field], value, "{field}");
    }
    assert_eq!(repo["license"]["spdx_id"], json!("GPL-3.0"));
    assert_eq!(
        (&repo["owner"]["login"], &repo["owner"]["type"]),
        (&json!("kiwi-paint"), &json!("Organization"))
    );
    assert_eq!(read(&sandbox, "repositories/7001").await, repo);
    assert_eq!(read(&sandbox, "repos/KIWI-Paint/Kiwi-paint").await, repo, "case does not matter");
}

#[tokio::test]
async fn counts_are_read_from_the_last_page_but_not_those_of_issues() {
    let sandbox = sandbox().await;
    for (list, count) in [
        ("branches", Some(14)),
        ("tags", Some(36)),
        ("releases", Some(30)),
        ("contributors", Some(40)),
        ("labels", Some(24)),
        ("milestones", Some(6)),
        ("commits", Some(5_200)),
        ("pulls?state=all", Some(800)),
        ("pulls", Some(35)),
        // Since 2025: a cursor, and no last page.
        ("issues?state=all", None),
    ] {
        let mark = if list.contains('?') { '&' } else { '?' };
        let path = format!("{KIWI}/{list}{mark}per_page=1");
        assert_eq!(last(&sandbox, &path).await, count, "{list}");
    }
    for (query, total) in [
        ("type:issue", 1_200),
        ("is:issue+is:open", 230),
        ("is:pr", 800),
        ("is:pr+is:merged", 640),
        ("state:closed", 1_735),
        ("", 2_000),
    ] {
        let path = format!("search/issues?q=repo:kiwi-paint/kiwi-paint+{query}&per_page=1");
        let found = read(&sandbox, &path).await;
        assert_eq!(found["total_count"], json!(total), "{query}");
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
    }
    assert_eq!(status(&sandbox, None, "search/issues?q=repo:no/where").await.0, 422);
    assert_eq!(status(&sandbox, None, "search/issues?q=repo:kiwi-paint/plans").await.0, 422);
    assert_eq!(read(&sandbox, &format!("{KIWI}/actions/workflows")).await["total_count"], json!(2));
    assert_eq!(last(&sandbox, &format!("{KIWI}/milestones?per_page=100")).await, None, "one page");
}

#[tokio::test]
async fn issues_are_walked_by_cursor_or_as_they_once_were_by_number() {
    let sandbox = sandbox().await;
    let mut path = format!("{KIWI}/issues?state=all&per_page=100");
    let mut numbers = Vec::new();
    loop {
        let answer = ask(&sandbox, Some(Seed::GITHUB_TOKEN), &path).await;
        let next = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        numbers.extend(column(&answer.json().await.unwrap(), "number"));
        let Some(next) = next else { break };
        assert!(!next.contains("rel=\"last\""), "{next}");
        let (url, _) = next.trim_start_matches('<').split_once('>').unwrap();
        path = url.split_once("/github-api/").unwrap().1.to_owned();
    }
    assert_eq!(numbers, (1..=2_000).rev().map(Value::from).collect::<Vec<_>>());
    let far = format!("{KIWI}/issues?state=all&per_page=100&page=101");
    assert_eq!(status(&sandbox, None, &far).await.0, 422);
    let issues = read(&sandbox, &format!("{KIWI}/issues?state=all&per_page=50")).await;
    let pulls = issues.as_array().unwrap().iter().filter(|i| i.get("pull_request").is_some());
    assert_eq!(pulls.count(), 20, "pull requests are issues");

    let github = GithubSettings { issue_cursors: false, ..GithubSettings::default() };
    let sandbox = started(Settings { github, ..Settings::default() }).await;
    let path = format!("{KIWI}/issues?state=all&per_page=1");
    assert_eq!(last(&sandbox, &path).await, Some(2_000));
}

#[tokio::test]
async fn odd_repositories_answer_as_odd_ones_do() {
    let sandbox = sandbox().await;
    let strong = Some(Seed::GITHUB_IMPORT_TOKEN);
    for (token, path, expected) in [
        (None, "repos/kiwi-paint/nothing", 404),
        (None, "repos/kiwi-paint/plans", 404),
        (Some(Seed::GITHUB_TOKEN), "repos/kiwi-paint/plans", 404),
        (Some(Seed::GITHUB_FINE_TOKEN), "repos/kiwi-paint/plans", 404),
        (strong, "repos/kiwi-paint/plans", 200),
        (None, "repos/fern-os/fern", 451),
        (None, "repos/fern-os/fern/branches", 451),
        (None, "repos/fern-os/moss", 403),
        (None, "repos/owl-music/samples/issues", 410),
        (None, "repos/owl-music/samples/pulls", 200),
        (Some("wrong"), KIWI, 401),
        (None, "repos/kiwi-paint/sketchbook", 200),
        (None, "repos/kiwi-paint/sketchbook/commits", 409),
        (None, "repos/kiwi-paint/sketchbook/contributors", 204),
        (None, "repos/kiwi-paint/sketchbook/readme", 404),
        (None, "repos/kiwi-paint/sketchbook/contents/README.md", 404),
        (None, "repos/fern-os/kernel/contributors", 403),
        (None, "repos/night-owl/owl", 301),
        (None, "repositories/7004", 200),
        (None, "orgs/kiwi-paint", 200),
        (None, "orgs/hobby-hugo", 404),
        (None, "users/hobby-hugo", 200),
        (None, "users/nobody-at-all", 404),
        (None, "repos/kiwi-paint/kiwi-paint/traffic", 501),
    ] {
        let (found, answer) = status(&sandbox, token, path).await;
        assert_eq!(found, expected, "{path}: {answer}");
    }
    let private = ask(&sandbox, strong, "repos/kiwi-paint/plans").await.json::<Value>().await;
    assert_eq!(private.unwrap()["private"], json!(true));
    let archived = read(&sandbox, "repos/kiwi-paint/brushes").await;
    assert_eq!(archived["archived"], json!(true));
    assert_eq!(read(&sandbox, "repos/kiwi-paint/sketchbook").await["size"], json!(0));
    let unknown = read(&sandbox, "repos/kiwi-paint/website").await;
    assert_eq!(unknown["license"]["spdx_id"], json!("NOASSERTION"));
    assert_eq!(read(&sandbox, "repos/owl-music/samples").await["license"], Value::Null);
    let fork = read(&sandbox, "repos/hobby-hugo/kiwi-paint").await;
    assert_eq!((&fork["fork"], &fork["parent"]["id"]), (&json!(true), &json!(7001)));
    let people = read(&sandbox, "repos/owl-music/owl/contributors").await;
    assert!(column(&people, "type").contains(&json!("Bot")), "{people}");

    let moved = ask(&sandbox, None, "repos/night-owl/owl/branches?per_page=1").await;
    assert_eq!(moved.status(), 301);
    let to = format!("{}/github-api/repositories/7004/branches?per_page=1", sandbox.url());
    assert_eq!(moved.headers()["location"], to.as_str());
    assert_eq!(sandbox.unknown_endpoints().len(), 1);
}

#[tokio::test]
async fn files_come_as_base64_and_folders_as_lists() {
    let sandbox = sandbox().await;
    let text = |file: &Value| {
        let lines = file["content"].as_str().unwrap().replace('\n', "");
        String::from_utf8(STANDARD.decode(lines).unwrap()).unwrap()
    };
    let attributes = read(&sandbox, &format!("{KIWI}/contents/.gitattributes")).await;
    assert!(text(&attributes).contains("filter=lfs"), "{attributes}");
    let readme = read(&sandbox, &format!("{KIWI}/readme")).await;
    assert_eq!(readme["path"], json!("README.md"));
    assert!(text(&readme).contains("GPL-3.0-or-later"));
    sandbox
        .world()
        .github_repo("kiwi-paint/kiwi-paint")
        .unwrap()
        .files
        .insert("docs/build.md".to_owned(), "x".repeat(200));
    let url = format!("{}/github-api/{KIWI}/contents/.gitattributes", sandbox.url());
    let raw = Client::new().get(url).header("accept", "application/vnd.github.raw+json");
    let raw = raw.send().await.unwrap().text().await.unwrap();
    assert!(raw.starts_with("*.kra filter=lfs"), "{raw}");
    let root = read(&sandbox, &format!("{KIWI}/contents")).await;
    let names = [".gitattributes", "COPYING", "README.md", "docs"].map(Value::from);
    assert_eq!(column(&root, "name"), names);
    assert_eq!(root[3]["type"], json!("dir"));
    let long = read(&sandbox, &format!("{KIWI}/contents/docs/build.md")).await;
    assert_eq!(text(&long).len(), 200);
}

#[tokio::test]
async fn the_calls_of_an_hour_run_out_and_come_back() {
    let github =
        GithubSettings { hourly: 3, hourly_anonymous: 1, searches: 1, ..GithubSettings::default() };
    let sandbox = started(Settings { github, ..Settings::default() }).await;
    let token = Some(Seed::GITHUB_TOKEN);
    let mut left = Vec::new();
    for _ in 0..4 {
        let answer = ask(&sandbox, token, KIWI).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-ratelimit-limit"), "3");
        assert_eq!(header("x-ratelimit-resource"), "core");
        left.push((answer.status().as_u16(), header("x-ratelimit-remaining")));
    }
    let expected = [(200, "2"), (200, "1"), (200, "0"), (403, "0")];
    assert_eq!(left, expected.map(|(status, left)| (status, left.to_owned())));
    // Asking for the limit is free, visitors have a budget of their own, and so has the search.
    let limits = read(&sandbox, "rate_limit").await;
    assert_eq!(
        (&limits["rate"]["remaining"], &limits["resources"]["search"]["remaining"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(status(&sandbox, None, KIWI).await.0, 200);
    assert_eq!(status(&sandbox, None, KIWI).await.0, 403);
    assert_eq!(status(&sandbox, token, "search/issues?q=repo:kiwi-paint/kiwi-paint").await.0, 200);
    assert_eq!(status(&sandbox, token, "search/issues?q=repo:kiwi-paint/kiwi-paint").await.0, 403);
    let reset = limits["rate"]["reset"].as_i64().unwrap();
    sandbox.world().clock.advance(SignedDuration::from_mins(59));
    assert_eq!(status(&sandbox, token, KIWI).await.0, 403);
    sandbox.world().clock.advance(SignedDuration::from_mins(2));
    assert!(sandbox.world().clock.peek().as_second() >= reset);
    assert_eq!(status(&sandbox, token, KIWI).await.0, 200);
}

#[tokio::test]
async fn tokens_name_their_scopes_unless_they_are_fine_grained() {
    let sandbox = sandbox().await;
    let scopes = |token: &'static str| {
        let sandbox = &sandbox;
        async move {
            let answer = ask(sandbox, Some(token), "rate_limit").await;
            assert_eq!(answer.status(), 200);
            answer.headers().get("x-oauth-scopes").map(|s| s.to_str().unwrap().to_owned())
        }
    };
    assert_eq!(scopes(Seed::GITHUB_TOKEN).await.as_deref(), Some(""));
    assert_eq!(scopes(Seed::GITHUB_IMPORT_TOKEN).await.as_deref(), Some("repo, read:org"));
    assert_eq!(scopes(Seed::GITHUB_FINE_TOKEN).await, None);
    sandbox.world().revoke_github_token(Seed::GITHUB_TOKEN);
    assert_eq!(status(&sandbox, Some(Seed::GITHUB_TOKEN), KIWI).await.0, 401);
}

#[tokio::test]
async fn what_happens_on_github_shows() {
    let sandbox = sandbox().await;
    {
        let mut world = sandbox.world();
        let repo = world.github_repo("kiwi-paint/kiwi-paint").unwrap();
        repo.archived = true;
        repo.homepage = Some("https://gitlab.example.org/kiwi-paint".to_owned());
        let at = "2026-11-01T00:00:00Z".parse().unwrap();
        world.push_to_github("kiwi-paint/kiwi-paint", 5, at).unwrap();
        world.rename_github_repo("kiwi-paint/kiwi-paint", "kiwi-paint/old").unwrap();
        world.remove_github_repo("kiwi-paint/brushes").unwrap();
    }
    assert_eq!(status(&sandbox, None, KIWI).await.0, 301);
    assert_eq!(status(&sandbox, None, "repos/kiwi-paint/brushes").await.0, 404);
    let repo = read(&sandbox, "repos/kiwi-paint/old").await;
    assert_eq!(
        (&repo["archived"], &repo["pushed_at"]),
        (&json!(true), &json!("2026-11-01T00:00:00Z"))
    );
    assert_eq!(last(&sandbox, "repos/kiwi-paint/old/commits?per_page=1").await, Some(5_205));
    sandbox.faults().add(Fault::status("GET", "/github-api/repos/*/*", 502));
    assert_eq!(status(&sandbox, None, "repos/kiwi-paint/old").await.0, 502);
    assert_eq!(status(&sandbox, None, "repos/kiwi-paint/old").await.0, 200);
}

/// A client we did not write reads every answer into types of its own.
#[tokio::test]
async fn octocrab_finds_a_github() {
    let sandbox = sandbox().await;
    let base = format!("{}/github-api", sandbox.url());
    let builder = Octocrab::builder().base_uri(base).unwrap();
    let builder = builder.personal_token(Seed::GITHUB_TOKEN.to_owned());
    let http = Client::builder().no_proxy().build().unwrap();
    let octocrab = builder.build_with_reqwest(http).unwrap();
    let repos = octocrab.repos("kiwi-paint", "kiwi-paint");
    let repo = repos.get().await.unwrap();
    assert_eq!(
        (repo.full_name.as_deref(), repo.size),
        (Some("kiwi-paint/kiwi-paint"), Some(184_320))
    );
    assert_eq!(repo.license.unwrap().spdx_id, "GPL-3.0");
    let branches = repos.list_branches().per_page(5).send().await.unwrap();
    assert_eq!((branches.items.len(), branches.number_of_pages()), (5, Some(3)));
    assert_eq!(repos.list_tags().per_page(100).send().await.unwrap().items.len(), 36);
    assert_eq!(repos.releases().list().per_page(100).send().await.unwrap().items.len(), 30);
    let people = repos.list_contributors().per_page(100).send().await.unwrap();
    assert_eq!(people.items[0].contributions, 130);
    assert_eq!(repos.list_commits().per_page(3).send().await.unwrap().items.len(), 3);
    let file = repos.get_content().path(".gitattributes").send().await.unwrap();
    assert!(file.items[0].decoded_content().unwrap().contains("filter=lfs"));
    let issues = octocrab.issues("kiwi-paint", "kiwi-paint");
    let page = issues.list().state(State::All).per_page(50).send().await.unwrap();
    assert_eq!((page.items.len(), page.items[0].number), (50, 2_000));
    assert!(page.next.is_some() && page.last.is_none());
    assert_eq!(issues.list_labels_for_repo().per_page(100).send().await.unwrap().items.len(), 24);
    let pulls = octocrab.pulls("kiwi-paint", "kiwi-paint");
    let page = pulls.list().state(State::All).per_page(10).send().await.unwrap();
    assert_eq!((page.items.len(), page.number_of_pages()), (10, Some(80)));
    assert_eq!(octocrab.orgs("kiwi-paint").get().await.unwrap().login, "kiwi-paint");
    let query = "repo:kiwi-paint/kiwi-paint is:issue";
    let found = octocrab.search().issues_and_pull_requests(query).send().await.unwrap();
    assert_eq!(found.total_count, Some(1_200));
    let limit = octocrab.ratelimit().get().await.unwrap();
    assert_eq!(limit.resources.search.remaining, 29);
    let missing = octocrab.repos("kiwi-paint", "nothing").get().await.unwrap_err();
    let octocrab::Error::GitHub { source, .. } = missing else { panic!("{missing:?}") };
    assert_eq!((source.status_code.as_u16(), source.message.as_str()), (404, "Not Found"));
    assert!(sandbox.unknown_endpoints().is_empty());
}
