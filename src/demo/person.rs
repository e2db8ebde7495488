//! One person of the story, acting over the sandbox's REST API with a token of their own.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// How long a step may take before the story has failed.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often a person presses reload.
const RELOAD: Duration = Duration::from_millis(15);

/// Somebody with an account.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: &'static str,
    token: String,
    api: String,
    http: Client,
}

/// An issue as a person sees it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) labels: Vec<String>,
    pub(super) description: String,
    pub(super) comments: Vec<Comment>,
}

/// One comment as a person sees it.
#[derive(Debug, Clone)]
pub(super) struct Comment {
    pub(super) author: String,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn has_label(&self, label: &str) -> bool {
        self.labels.iter().any(|one| one == label)
    }

    /// Comments by this account.
    pub(super) fn by(&self, author: &str) -> Vec<&Comment> {
        self.comments.iter().filter(|comment| comment.author == author).collect()
    }
}

impl Person {
    pub(super) fn new(name: &'static str, token: String, gitlab: &str, http: &Client) -> Self {
        let api = format!("{gitlab}/api/v4/projects/42");
        Self { name, token, api, http: http.clone() }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.api))
            .header("PRIVATE-TOKEN", &self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        if !status.is_success() {
            bail!("{method} {path} by {}: {status}", self.name);
        }
        answer.json().await.with_context(|| format!("{method} {path}: not JSON"))
    }

    pub(super) async fn open_issue(&self, title: &str, text: &str) -> anyhow::Result<u64> {
        let body = json!({ "title": title, "description": text });
        let issue = self.ask(Method::POST, "/issues", Some(body)).await?;
        issue.get("iid").and_then(Value::as_u64).context("a new issue has a number")
    }

    pub(super) async fn comment(&self, iid: u64, text: &str) -> anyhow::Result<()> {
        let path = format!("/issues/{iid}/notes");
        self.ask(Method::POST, &path, Some(json!({ "body": text }))).await?;
        Ok(())
    }

    pub(super) async fn label(&self, iid: u64, add: &str, remove: &str) -> anyhow::Result<()> {
        let body = json!({ "add_labels": add, "remove_labels": remove });
        self.ask(Method::PUT, &format!("/issues/{iid}"), Some(body)).await?;
        Ok(())
    }

    pub(super) async fn describe(&self, iid: u64, text: &str) -> anyhow::Result<()> {
        let body = json!({ "description": text });
        self.ask(Method::PUT, &format!("/issues/{iid}"), Some(body)).await?;
        Ok(())
    }

    pub(super) async fn look(&self, iid: u64) -> anyhow::Result<Seen> {
        let issue = self.ask(Method::GET, &format!("/issues/{iid}"), None).await?;
        let notes =
            format!("/issues/{iid}/notes?sort=asc&per_page=100&activity_filter=only_comments");
        let notes = self.ask(Method::GET, &notes, None).await?;
        let text =
            |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let labels = issue.get("labels").and_then(Value::as_array).cloned().unwrap_or_default();
        let comments = notes.as_array().cloned().unwrap_or_default();
        Ok(Seen {
            labels: labels.iter().map(|label| text(Some(label))).collect(),
            description: text(issue.get("description")),
            comments: comments
                .iter()
                .filter(|note| note.get("system") != Some(&Value::Bool(true)))
                .map(|note| Comment {
                    author: text(note.pointer("/author/username")),
                    body: text(note.get("body")),
                })
                .collect(),
        })
    }

    /// Reloads until the issue looks as expected; says how long it took.
    pub(super) async fn wait(
        &self,
        iid: u64,
        what: &str,
        is_so: impl Fn(&Seen) -> bool,
    ) -> anyhow::Result<(Seen, Duration)> {
        let start = Instant::now();
        loop {
            let seen = self.look(iid).await?;
            if is_so(&seen) {
                return Ok((seen, start.elapsed()));
            }
            if start.elapsed() > PATIENCE {
                bail!("this did not happen within {} s: {what}", PATIENCE.as_secs());
            }
            tokio::time::sleep(RELOAD).await;
        }
    }
}
