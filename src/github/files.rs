//! What a repository's own files tell: its workflows, and whether Git LFS keeps some of them.

use serde::Deserialize;

/// `GET …/actions/workflows`
#[derive(Debug, Deserialize)]
pub(super) struct Workflows {
    total_count: u64,
    workflows: Vec<Workflow>,
}

#[derive(Debug, Deserialize)]
struct Workflow {
    path: Option<String>,
}

impl Workflows {
    /// How many there are that are files: GitHub also lists what it runs on its own. When there are
    /// more than it named, all count.
    pub(super) fn count(&self) -> u64 {
        let named = u64::try_from(self.workflows.len()).unwrap_or(u64::MAX);
        let files = u64::try_from(self.files().count()).unwrap_or(u64::MAX);
        if self.total_count > named { self.total_count } else { files }
    }

    /// Whether a file's name speaks of packages or container images. A hint, no more.
    pub(super) fn publish(&self) -> bool {
        const WORDS: [&str; 16] = [
            "publish",
            "package",
            "packages",
            "docker",
            "container",
            "containers",
            "image",
            "images",
            "ghcr",
            "registry",
            "npm",
            "pypi",
            "crates",
            "maven",
            "nuget",
            "rubygems",
        ];
        self.files().any(|name| {
            let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
            words.any(|word| WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)))
        })
    }

    fn files(&self) -> impl Iterator<Item = &str> {
        let paths = self.workflows.iter().filter_map(|workflow| workflow.path.as_deref());
        paths.filter_map(|path| path.strip_prefix(".github/workflows/"))
    }
}

/// Whether a `.gitattributes` gives files to Git LFS.
pub(super) fn names_lfs(attributes: &[u8]) -> bool {
    attributes.split(|byte| *byte == b'\n').any(|line| {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let pattern = words.next().unwrap_or_default();
        !pattern.starts_with(b"#") && words.any(|word| word == b"filter=lfs")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn workflows_are_files_and_their_names_are_a_hint() {
        let read = |total: u64, paths: &[&str]| {
            let list: Vec<_> = paths.iter().map(|path| json!({ "path": path })).collect();
            let answer = json!({ "total_count": total, "workflows": list });
            let answer: Workflows = serde_json::from_value(answer).unwrap();
            (answer.count(), answer.publish())
        };
        let own = ".github/workflows/test.yml";
        let dynamic = "dynamic/github-code-scanning/codeql";
        assert_eq!(read(0, &[]), (0, false));
        assert_eq!(read(2, &[own, dynamic]), (1, false));
        assert_eq!(read(250, &[own]), (250, false));
        for (name, is_hint) in [
            ("docker-publish.yml", true),
            ("npm.yaml", true),
            ("Build_Images.yml", true),
            ("republished.yml", false),
            ("imagery.yml", false),
        ] {
            let path = format!(".github/workflows/{name}");
            assert_eq!(read(1, &[&path]), (1, is_hint), "{name}");
        }
        for wrong in [json!({}), json!({ "total_count": "2", "workflows": [] })] {
            assert!(serde_json::from_value::<Workflows>(wrong).is_err());
        }
    }

    #[test]
    fn git_lfs_is_named_by_an_attribute() {
        for (text, expect) in [
            ("*.png filter=lfs diff=lfs merge=lfs -text\n", true),
            ("# x\n*.psd\tfilter=lfs\r\n", true),
            ("# *.png filter=lfs\n", false),
            ("filter=lfs\n", false),
            ("*.png filter=lfsx\n", false),
            ("", false),
        ] {
            assert_eq!(names_lfs(text.as_bytes()), expect, "{text:?}");
        }
        assert!(!names_lfs(&[0xff; 100_000]));
    }
}
