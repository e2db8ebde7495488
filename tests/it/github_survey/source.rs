//! One repository as GitHub tells of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::gitlab_client::server::{Asked, Reply, answer};

/// `acme/rocket`; a test changes what it is about.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The answer about the repository itself.
    pub(super) repository: Value,
    /// Elements of each list, by the end of its path with its query but for the page's size.
    pub(super) lists: BTreeMap<&'static str, u64>,
    /// The number of the newest issue or pull request.
    pub(super) newest: u64,
    /// Paths of workflows.
    pub(super) workflows: Vec<&'static str>,
    pub(super) attributes: Option<&'static str>,
}

impl Source {
    pub(super) fn new() -> Self {
        let repository = json!({
            "id": 7, "name": "rocket", "full_name": "acme/rocket", "private": false,
            "visibility": "public", "owner": { "login": "acme", "id": 1, "type": "Organization" },
            "html_url": "https://github.com/acme/rocket", "description": "A rocket", "fork": false,
            "archived": false, "disabled": false, "homepage": "https://rocket.example.org",
            "size": 2048, "default_branch": "main", "open_issues_count": 15, "topics": ["space"],
            "has_issues": true, "has_wiki": true, "has_pages": true, "has_discussions": false,
            "license": { "key": "mit", "name": "MIT License", "spdx_id": "MIT", "node_id": "x" },
            "pushed_at": "2026-11-01T10:00:00Z", "stargazers_count": 4, "unheard_of": [1, 2],
        });
        Self {
            repository,
            lists: [
                ("branches", 4),
                ("tags", 120),
                ("releases", 1),
                ("pulls?state=all", 80),
                ("pulls?state=open", 5),
                ("contributors", 321),
            ]
            .into(),
            newest: 200,
            workflows: vec![".github/workflows/test.yml", ".github/workflows/docker-publish.yml"],
            attributes: Some("*.png filter=lfs diff=lfs merge=lfs -text\n"),
        }
    }

    /// The same with other fields in the answer about the repository.
    pub(super) fn but(mut self, fields: Value) -> Self {
        for (key, value) in fields.as_object().unwrap() {
            self.repository[key] = value.clone();
        }
        self
    }

    /// GitHub's answer, with its headers of the hourly limit.
    pub(super) fn reply(&self, asked: &Asked) -> Reply {
        let name = self.repository["full_name"].as_str().unwrap();
        let path = asked.target.as_str();
        if path == format!("/repos/{name}") || path == "/repositories/7" {
            return github(200, "", self.repository.to_string());
        }
        let Some(rest) = path.strip_prefix(&format!("/repos/{name}/")) else {
            return github(404, "", r#"{"message":"Not Found"}"#);
        };
        if rest.starts_with("issues?state=all") {
            // A cursor, and no last page: as on github.com since 2025.
            let link = "Link: <https://api.github.example/x?per_page=1&after=abc&page=2>; rel=\"next\"\r\n";
            return github(200, link, json!([{ "number": self.newest, "title": "x" }]).to_string());
        }
        match rest {
            "actions/workflows?per_page=100" => {
                let list: Vec<_> =
                    self.workflows.iter().map(|path| json!({ "path": path })).collect();
                let told = json!({ "total_count": list.len(), "workflows": list });
                github(200, "", told.to_string())
            }
            "contents/.gitattributes" => match self.attributes {
                Some(text) => {
                    assert!(asked.head.contains("application/vnd.github.raw+json"));
                    github(200, "", text)
                }
                None => github(404, "", r#"{"message":"Not Found"}"#),
            },
            list => {
                let list = list.replace("&anon=true", "");
                let list = list.replace("?per_page=1", "").replace("&per_page=1", "");
                list_of(self.lists[list.as_str()], path)
            }
        }
    }
}

/// The first page of one element, and how many there are.
fn list_of(count: u64, path: &str) -> Reply {
    let link = match count {
        0 | 1 => String::new(),
        last => {
            let page = |page: u64| format!("<https://api.github.example{path}&page={page}>");
            format!("Link: {}; rel=\"next\", {}; rel=\"last\"\r\n", page(2), page(last))
        }
    };
    let element = json!([{ "login": null, "type": "Anonymous", "name": "x" }]).to_string();
    github(200, &link, if count == 0 { "[]" } else { &element })
}

/// An answer with the headers that GitHub adds.
pub(super) fn github(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let usual = "Content-Type: application/json; charset=utf-8\r\n";
    answer(status, &format!("{usual}{headers}"), body)
}

/// GitHub's answer to an old name: where the repository is by its number.
pub(super) fn moved(asked: &Asked) -> Reply {
    let location = format!("Location: http://{}/repositories/7\r\n", host(asked));
    github(301, &location, r#"{"message":"Moved Permanently"}"#)
}

/// Host and port that were asked.
pub(super) fn host(asked: &Asked) -> &str {
    asked.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap()
}
