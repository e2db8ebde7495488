//! Files of a repository.

use super::lists::List;
use super::refusal::GithubRefusal;
use crate::sandbox::wire::Answer;
use crate::sandbox::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

impl World {
    /// A file with its text, or as it is for who asks for `raw`; or the names in a folder.
    pub(super) fn github_contents(
        &self,
        list: &List<'_>,
        path: &[&str],
    ) -> Result<Answer, GithubRefusal> {
        let path = path.join("/");
        if let Some(text) = list.repo.files.get(&path) {
            if list.call.accept.contains(".raw") {
                let mut answer = Answer::empty(200);
                answer.content_type = "application/vnd.github.raw+json; charset=utf-8";
                answer.body = text.clone().into_bytes();
                return Ok(answer);
            }
            return Ok(Answer::ok(&self.github_file_json(list, &path, text)));
        }
        let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
        let inside = list.repo.files.keys().filter_map(|file| file.strip_prefix(&folder));
        let mut names: Vec<(&str, bool)> = inside
            .map(|rest| match rest.split_once('/') {
                Some((folder, _)) => (folder, true),
                None => (rest, false),
            })
            .collect();
        names.dedup();
        if names.is_empty() {
            return Err(GithubRefusal::NotFound);
        }
        let entries = names.iter().map(|(name, is_folder)| {
            let path = format!("{folder}{name}");
            let mut entry = self.github_entry_json(list, &path, 0);
            if let (Some(map), true) = (entry.as_object_mut(), *is_folder) {
                map.insert("type".to_owned(), json!("dir"));
            }
            entry
        });
        Ok(Answer::ok(&Value::Array(entries.collect())))
    }

    pub(super) fn github_readme(&self, list: &List<'_>) -> Result<Answer, GithubRefusal> {
        let is_readme = |path: &&String| path.to_lowercase().starts_with("readme");
        let path = list.repo.files.keys().find(is_readme).ok_or(GithubRefusal::NotFound)?;
        self.github_contents(list, &[path])
    }

    fn github_file_json(&self, list: &List<'_>, path: &str, text: &str) -> Value {
        let mut value = self.github_entry_json(list, path, text.len());
        // Lines of sixty, as GitHub sends them.
        let encoded = STANDARD.encode(text);
        let mut lines = String::new();
        for (place, letter) in encoded.chars().enumerate() {
            if place > 0 && place % 60 == 0 {
                lines.push('\n');
            }
            lines.push(letter);
        }
        if let Some(map) = value.as_object_mut() {
            map.insert("encoding".to_owned(), json!("base64"));
            map.insert("content".to_owned(), json!(format!("{lines}\n")));
        }
        value
    }

    fn github_entry_json(&self, list: &List<'_>, path: &str, size: usize) -> Value {
        let repo = &list.repo.path;
        let branch = &list.repo.default_branch;
        let url = self.github_url(&format!("repos/{repo}/contents/{path}?ref={branch}"));
        let sha = list.source.sha(path.len() as u64);
        let git = self.github_url(&format!("repos/{repo}/git/blobs/{sha}"));
        let html = format!("https://github.com/{repo}/blob/{branch}/{path}");
        json!({
            "name": path.rsplit('/').next(),
            "path": path,
            "sha": sha,
            "size": size,
            "url": url,
            "html_url": html,
            "git_url": git,
            "download_url": format!("https://raw.githubusercontent.com/{repo}/{branch}/{path}"),
            "type": "file",
            "_links": { "self": url, "git": git, "html": html },
        })
    }
}
