//! Repository files and uploads: just enough to keep an issue template and a chart.

use super::activity::Push;
use super::wire::{Answer, Call, Outcome, Refusal};
use super::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};

/// A file on the default branch.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) content: Vec<u8>,
}

impl World {
    pub(super) fn file_json(&self, project: u64, path: &str) -> Outcome {
        let file = self.project(project)?.files.get(path);
        let file = file.ok_or_else(|| Refusal::not_found("File"))?;
        Ok(Answer::ok(&json!({
            "file_name": path.rsplit('/').next(),
            "file_path": path,
            "size": file.content.len(),
            "encoding": "base64",
            "content": STANDARD.encode(&file.content),
            "content_sha256": hex(&file.content),
            "ref": "main",
            "blob_id": "0000000000000000000000000000000000000001",
            "commit_id": "0000000000000000000000000000000000000002",
            "last_commit_id": "0000000000000000000000000000000000000002",
        })))
    }

    pub(super) fn file_raw(&self, project: u64, path: &str) -> Outcome {
        let file = self.project(project)?.files.get(path);
        let file = file.ok_or_else(|| Refusal::not_found("File"))?;
        let mut answer = Answer::empty(200);
        answer.content_type = "text/plain";
        answer.body.clone_from(&file.content);
        Ok(answer)
    }

    /// Writes a file; `create` says whether it must be new (POST) or must be there (PUT).
    pub(super) fn write_file(
        &mut self,
        project: u64,
        user: u64,
        path: &str,
        call: &Call,
        create: bool,
    ) -> Outcome {
        let branch = call.params.required("branch")?;
        let title = call.params.required("commit_message")?;
        let text = call.params.text("content");
        let text = text.ok_or_else(|| Refusal::bad("content is missing"))?;
        let content = match call.params.text("encoding").as_deref() {
            Some("base64") => {
                STANDARD.decode(text).map_err(|_| Refusal::bad("content is invalid"))?
            }
            _ => text.into_bytes(),
        };
        let files = &mut self.project_mut(project)?.files;
        match (create, files.contains_key(path)) {
            (true, true) => {
                return Err(Refusal::message(400, "A file with this name already exists"));
            }
            (false, false) => {
                return Err(Refusal::message(400, "A file with this name doesn't exist"));
            }
            _ => {}
        }
        files.insert(path.to_owned(), File { content });
        let push = Push { branch: &branch, title: &title, ..Push::default() };
        self.push(project, user, &push)?;
        let answer = json!({ "file_path": path, "branch": branch });
        Ok(Answer::json(if create { 201 } else { 200 }, &answer))
    }

    pub(super) fn upload(&mut self, project: u64, call: &Call) -> Outcome {
        let name = uploaded_name(&call.body).ok_or_else(|| Refusal::bad("file is missing"))?;
        let folder = self.uuid().replace('-', "");
        let id = self.next_id();
        let url = format!("/uploads/{folder}/{name}");
        Ok(Answer::json(
            201,
            &json!({
                "id": id,
                "alt": name,
                "url": url,
                "full_path": format!("/-/project/{project}{url}"),
                "markdown": format!("![{name}]({url})"),
            }),
        ))
    }
}

/// The file name in a multipart body, with everything but letters, digits, `.`, `-`, `_` replaced.
fn uploaded_name(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.split_once("filename=\"")?;
    let (name, _) = rest.split_once('"')?;
    let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    Some(name.chars().map(|c| if kept(c) { c } else { '_' }).collect())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
