//! What people do with code, and how it can be read: merge requests, events, pipelines, commits.

use super::groups::{column, visit};
use super::{PARTNER, STAFF, call, get, sandbox, send, started};
use jiff::Timestamp;
use landfall::sandbox::{
    Hand, PipelineStatus, Push, Sandbox, Settings, UserState, Visibility, World,
};
use reqwest::Method;
use serde_json::{Value, json};

fn at(day: &str) -> Timestamp {
    format!("{day}T12:00:00Z").parse().unwrap()
}

/// A project where the staff develops and the partner owns.
fn project(world: &mut World) -> u64 {
    let id = world.by(PARTNER).create_project("kiwi-paint/app", Visibility::Public).unwrap();
    world.set_project_member(id, STAFF, 30).unwrap();
    id
}

fn hand<'a>(world: &'a mut World, who: &str, id: u64, day: &str) -> Hand<'a> {
    world.by(who).in_project(id).at(at(day))
}

/// One merge request merged on each of these days, opened a day before each.
fn merged(sandbox: &Sandbox, days: &[(&str, &str)]) -> u64 {
    let mut world = sandbox.world();
    let id = project(&mut world);
    for (opened, merged) in days {
        let iid = hand(&mut world, "mallory", id, opened).open_merge_request("Change").unwrap();
        hand(&mut world, STAFF, id, merged).merge(iid).unwrap();
    }
    id
}

#[tokio::test]
async fn merge_requests_are_filtered_by_state_and_by_when_they_were_merged() {
    let days = [("2026-08-01", "2026-08-10"), ("2026-09-01", "2026-09-10")];
    for heeded in [true, false] {
        let settings = Settings { merged_filters: heeded, ..Settings::default() };
        let sandbox = started(settings).await;
        let id = merged(&sandbox, &days);
        {
            let mut world = sandbox.world();
            hand(&mut world, PARTNER, id, "2026-10-01").open_merge_request("Open").unwrap();
            let third = hand(&mut world, STAFF, id, "2026-10-02").open_merge_request("No").unwrap();
            hand(&mut world, STAFF, id, "2026-10-03").close_merge_request(third).unwrap();
        }
        for (query, iids) in [
            ("", vec![4, 3, 2, 1]),
            ("state=merged", vec![2, 1]),
            ("state=closed", vec![4]),
            ("state=opened&scope=all", vec![3]),
            ("state=merged&order_by=merged_at&sort=asc", vec![1, 2]),
            ("state=merged&updated_after=2026-09-01T00:00:00Z", vec![2]),
            ("author_username=mallory", vec![2, 1]),
            ("author_id=2", vec![4]),
            ("target_branch=main&iids[]=1&iids[]=4", vec![4, 1]),
            // Both ends count.
            ("merged_after=2026-09-10T12:00:00Z", vec![2]),
            ("merged_before=2026-09-10T12:00:00Z", vec![2, 1]),
            ("merged_after=2026-08-11&merged_before=2026-09-09", vec![]),
        ] {
            let path = format!("projects/{id}/merge_requests?{query}");
            let (status, rows) = visit(&sandbox, &path).await;
            assert_eq!(status, 200, "{query}: {rows}");
            let iids: Vec<Value> = iids.into_iter().map(Value::from).collect();
            let is_filter = query.starts_with("merged_");
            let all = [4, 3, 2, 1].map(Value::from).to_vec();
            let wanted = if is_filter && !heeded { all } else { iids };
            assert_eq!(column(&rows, "iid"), wanted, "{query}");
        }
        let one = get(&sandbox, &format!("projects/{id}/merge_requests/1")).await;
        assert_eq!(one["author"]["username"], json!("mallory"));
        assert!(one["author"].get("bot").is_none(), "GitLab does not say so here");
        assert_eq!(one["merge_user"]["username"], json!(STAFF));
        assert_eq!(one["merged_at"], json!("2026-08-10T12:00:00.000Z"));
        assert_eq!((&one["imported"], &one["imported_from"]), (&json!(false), &json!("none")));
    }
}

#[tokio::test]
async fn values_gitlab_does_not_know_are_refused() {
    let sandbox = sandbox().await;
    let id = merged(&sandbox, &[]);
    for path in [
        "merge_requests?state=done",
        "merge_requests?order_by=size",
        "merge_requests?merged_after=yesterday",
        "events?action=stole",
        "events?after=2026-13-01",
        "pipelines?status=green",
        "releases?order_by=name",
        "repository/contributors?order_by=age",
    ] {
        sandbox.world().by(PARTNER).in_project(id).push(&Push::default()).unwrap();
        let path = format!("projects/{id}/{path}");
        let (status, answer) = call(&sandbox, STAFF, Method::GET, &path, Value::Null).await;
        assert_eq!(status, 400, "{path}: {answer}");
    }
}

#[tokio::test]
async fn only_who_may_merges_and_only_what_is_open() {
    let sandbox = sandbox().await;
    let mut world = sandbox.world();
    let id = project(&mut world);
    let iid = world.by("mallory").in_project(id).open_merge_request("Change").unwrap();
    assert_eq!(world.by("mallory").in_project(id).merge(iid).unwrap_err().status, 403);
    assert_eq!(world.by(STAFF).in_project(id).merge(99).unwrap_err().status, 404);
    world.by(STAFF).in_project(id).merge(iid).unwrap();
    assert_eq!(world.by(STAFF).in_project(id).merge(iid).unwrap_err().status, 405);
    assert_eq!(world.by("mallory").in_project(id).push(&Push::default()).unwrap_err().status, 403);
    let empty = world.by(PARTNER).create_project("kiwi-paint/empty", Visibility::Public).unwrap();
    let no_ref = world.by(PARTNER).in_project(empty).run_pipeline("push", PipelineStatus::Success);
    assert_eq!(no_ref.unwrap_err().status, 400);
    assert_eq!(world.by(PARTNER).in_project(empty).tag("v1").unwrap_err().status, 400);
}

#[tokio::test]
async fn events_tell_who_pushed_and_the_days_that_are_named_do_not_count() {
    let sandbox = sandbox().await;
    let id = merged(&sandbox, &[("2026-09-01", "2026-09-02")]);
    {
        let mut world = sandbox.world();
        let mirrored = Push { author: Some(("Ann", "ann@example.org")), ..Push::default() };
        hand(&mut world, STAFF, id, "2026-09-03").push(&mirrored).unwrap();
        hand(&mut world, PARTNER, id, "2026-09-04")
            .push(&Push { branch: "new", ..Push::default() })
            .unwrap();
        world.by(PARTNER).in_project(id).open_issue("Bug", "").unwrap();
        world.by(STAFF).in_project(id).comment(1, "Seen").unwrap();
    }
    let events = format!("projects/{id}/events");
    for (query, wanted) in [
        ("action=pushed&sort=asc", vec!["sam-staff", "sam-staff", "paula-partner"]),
        ("action=pushed&after=2026-09-02&before=2026-09-04", vec!["sam-staff"]),
        ("action=pushed&after=2026-09-03", vec!["paula-partner"]),
        ("action=merged", vec!["sam-staff"]),
        ("target_type=issue", vec!["paula-partner"]),
        ("action=commented", vec!["sam-staff"]),
    ] {
        let rows = get(&sandbox, &format!("{events}?{query}")).await;
        let names = column(&rows, "author_username");
        assert_eq!(names, wanted.into_iter().map(Value::from).collect::<Vec<_>>(), "{query}");
    }
    let pushes = get(&sandbox, &format!("{events}?action=pushed&sort=asc")).await;
    assert_eq!(
        column(&pushes, "action_name"),
        [json!("pushed new"), json!("pushed to"), json!("pushed new")]
    );
    assert_eq!(pushes[0]["push_data"]["commit_count"], json!(2), "the change and the merge");
    assert_eq!(pushes[2]["push_data"]["ref"], json!("new"));
    sandbox.world().by(PARTNER).in_project(id).set_confidential(1, true).unwrap();
    let (_, rows) = visit(&sandbox, &format!("{events}?target_type=issue")).await;
    assert_eq!(rows, json!([]), "what is hidden takes its place on the page, unseen");
}

#[tokio::test]
async fn pipelines_are_filtered_by_status_source_and_time() {
    let sandbox = sandbox().await;
    let id = merged(&sandbox, &[("2026-09-01", "2026-09-02")]);
    {
        let mut world = sandbox.world();
        hand(&mut world, STAFF, id, "2026-09-02")
            .run_pipeline("push", PipelineStatus::Failed)
            .unwrap();
        hand(&mut world, STAFF, id, "2026-09-03")
            .run_pipeline("schedule", PipelineStatus::Success)
            .unwrap();
    }
    for (query, sources) in [
        ("", vec!["schedule", "push"]),
        ("status=success", vec!["schedule"]),
        ("source=push", vec!["push"]),
        ("updated_after=2026-09-03T00:00:00Z", vec!["schedule"]),
        ("ref=other", vec![]),
    ] {
        let rows = get(&sandbox, &format!("projects/{id}/pipelines?{query}")).await;
        let sources: Vec<Value> = sources.into_iter().map(Value::from).collect();
        assert_eq!(column(&rows, "source"), sources, "{query}");
    }
}

#[tokio::test]
async fn commits_are_not_counted_and_a_full_page_names_a_next_one() {
    let sandbox = sandbox().await;
    let id = merged(&sandbox, &[]);
    {
        let mut world = sandbox.world();
        hand(&mut world, STAFF, id, "2026-08-01")
            .push(&Push { commits: 3, ..Push::default() })
            .unwrap();
        hand(&mut world, STAFF, id, "2026-09-01")
            .push(&Push { branch: "side", ..Push::default() })
            .unwrap();
        world.add_contributor(id, "Ann", "ann@example.org", 2, Some(at("2026-09-05"))).unwrap();
    }
    let commits = format!("projects/{id}/repository/commits");
    for (query, count) in [
        ("", 5),
        ("all=true", 6),
        ("ref_name=side", 6),
        ("ref_name=nowhere", 0),
        ("since=2026-09-01T00:00:00Z", 2),
        ("until=2026-08-31T00:00:00Z", 3),
        ("author=ann@example.org", 2),
    ] {
        let rows = get(&sandbox, &format!("{commits}?{query}")).await;
        assert_eq!(column(&rows, "id").len(), count, "{query}");
    }
    let answer =
        send(&sandbox, STAFF, Method::GET, &format!("{commits}?per_page=5"), Value::Null).await;
    let headers = answer.unwrap().headers().clone();
    assert!(headers.get("x-total").is_none() && headers.get("x-total-pages").is_none());
    assert_eq!(headers["x-next-page"], "2");
    let link = headers["link"].to_str().unwrap();
    assert!(link.contains("rel=\"next\"") && !link.contains("rel=\"last\""), "{link}");
    let next = get(&sandbox, &format!("{commits}?per_page=5&page=2")).await;
    assert_eq!(next, json!([]));
    assert_eq!(get(&sandbox, &commits).await[0]["author_email"], json!("ann@example.org"));
}

#[tokio::test]
async fn contributors_are_addresses_of_the_newest_two_thousand_commits() {
    let sandbox = sandbox().await;
    let id = merged(&sandbox, &[]);
    let path = format!("projects/{id}/repository/contributors");
    let (status, answer) = call(&sandbox, STAFF, Method::GET, &path, Value::Null).await;
    assert_eq!(status, 404, "an empty repository: {answer}");
    {
        let mut world = sandbox.world();
        world.add_contributor(id, "Old", "old@example.org", 5, Some(at("2020-01-01"))).unwrap();
        world.add_contributor(id, "Ann", "ann@example.org", 1_990, Some(at("2025-01-01"))).unwrap();
        world.add_contributor(id, "Ann", "Ann@example.org", 7, None).unwrap();
        let iid = world.by(PARTNER).in_project(id).open_merge_request("Change").unwrap();
        world.by(STAFF).in_project(id).merge(iid).unwrap();
    }
    let rows = get(&sandbox, &format!("{path}?sort=desc")).await;
    // The merge itself is left out; of the oldest five, two are within reach.
    let counts = [1_990, 7, 2, 1].map(Value::from);
    assert_eq!(column(&rows, "commits"), counts);
    assert_eq!(rows[3]["email"], json!("paula-partner@example.org"));
    assert_eq!(rows[0]["additions"], json!(0));
}

#[tokio::test]
async fn tags_releases_branches_milestones_and_wiki_pages_are_listed_and_counted() {
    let sandbox = sandbox().await;
    let id = merged(&sandbox, &[]);
    for list in ["repository/branches", "repository/tags", "releases", "milestones", "wikis"] {
        assert_eq!(get(&sandbox, &format!("projects/{id}/{list}")).await, json!([]), "{list}");
    }
    {
        let mut world = sandbox.world();
        let mut paula = world.by(PARTNER).in_project(id);
        paula.push(&Push::default()).unwrap();
        paula.push(&Push { branch: "side", ..Push::default() }).unwrap();
        paula.tag("v1.0").unwrap();
        paula.release("v1.0").unwrap();
        paula.release("v1.1").unwrap();
        assert_eq!(paula.release("v1.1").unwrap_err().status, 409);
        world.add_wiki_page(id, "Home page").unwrap();
    }
    for (list, total) in [
        ("repository/branches", "2"),
        ("repository/tags", "2"),
        ("releases", "2"),
        ("milestones", "0"),
        ("wikis", "1"),
        ("repository/branches?search=side", "1"),
    ] {
        let path = format!("projects/{id}/{list}");
        let answer = send(&sandbox, STAFF, Method::GET, &path, Value::Null).await.unwrap();
        assert_eq!(answer.headers()["x-total"], total, "{list}");
    }
    let tag = get(&sandbox, &format!("projects/{id}/repository/tags/v1.0")).await;
    assert_eq!(tag["release"]["tag_name"], json!("v1.0"));
    let branch = get(&sandbox, &format!("projects/{id}/repository/branches/main")).await;
    assert_eq!((&branch["default"], &branch["commit"]["id"]), (&json!(true), &tag["target"]));
}

#[tokio::test]
async fn accounts_are_blocked_and_deleted_and_leave_a_ghost() {
    let sandbox = sandbox().await;
    let id = merged(&sandbox, &[("2026-09-01", "2026-09-02")]);
    let path = format!("projects/{id}/merge_requests/1");
    sandbox.world().set_user_state("mallory", UserState::Blocked).unwrap();
    assert_eq!(get(&sandbox, &path).await["author"]["state"], json!("blocked"));
    assert_eq!(get(&sandbox, "users/4").await["state"], json!("blocked"));
    sandbox.world().delete_user("mallory").unwrap();
    let now = get(&sandbox, &path).await;
    assert_eq!(now["author"]["username"], json!("ghost"));
    assert_eq!(now["merge_user"]["username"], json!(STAFF));
    assert_eq!(call(&sandbox, STAFF, Method::GET, "users/4", Value::Null).await.0, 404);
    let bot = sandbox.world().add_person("new-person", "New").unwrap();
    let found = get(&sandbox, &format!("users/{bot}")).await;
    assert!(found["created_at"].as_str().unwrap().starts_with("2026-11-02T09:00"), "{found}");
    assert_eq!(sandbox.world().add_person("New-Person", "Again").unwrap_err().status, 409);
}
