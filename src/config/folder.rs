//! The configuration folder laid over the default files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::embedded;
use super::mistake::{ConfigError, nearest};
use super::source::Source;

/// Files a folder may hold; `kpi.yaml` is read by the report.
const KNOWN: [&str; 6] = [
    "landfall.yaml",
    "workflow.yaml",
    "sources.yaml",
    "verify.yaml",
    "kpi.yaml",
    "issue_template.md",
];

/// Where files are looked for first.
#[derive(Debug)]
pub(super) enum Folder<'a> {
    /// Nowhere: there are the defaults only.
    BuiltIn,
    /// On disk.
    Dir(&'a Path),
    /// In memory, by their paths in the folder.
    Given(&'a BTreeMap<String, String>),
}

impl<'a> Folder<'a> {
    /// A folder that exists, or none.
    pub(super) fn open(dir: Option<&'a Path>) -> Result<Self, ConfigError> {
        match dir {
            Some(dir) if !dir.is_dir() => {
                let name = dir.display().to_string();
                let what = if dir.exists() { "is not a folder" } else { "does not exist" };
                Err(ConfigError::whole(name, what).hint("give --config an existing folder"))
            }
            Some(dir) => Ok(Self::Dir(dir)),
            None => Ok(Self::BuiltIn),
        }
    }

    /// For people.
    pub(super) fn origin(&self) -> String {
        match self {
            Self::BuiltIn => "built-in".to_owned(),
            Self::Dir(dir) => dir.display().to_string(),
            Self::Given(_) => "given".to_owned(),
        }
    }

    /// The path a file has, or would have.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::BuiltIn => Path::new("config").join(name),
            Self::Dir(dir) => dir.join(name),
            Self::Given(_) => PathBuf::from(name),
        }
    }

    /// A file of the folder itself.
    pub(super) fn read_own(&self, name: &str) -> Result<Option<Source>, ConfigError> {
        match self {
            Self::BuiltIn => Ok(None),
            Self::Dir(dir) => Source::read(&dir.join(name)),
            Self::Given(files) => files.get(name).map(|text| Source::given(name, text)).transpose(),
        }
    }

    /// A file of the folder, or else the default, or else nothing.
    pub(super) fn find(&self, name: &str) -> Result<Option<Source>, ConfigError> {
        let own = self.read_own(name)?;
        Ok(own.or_else(|| embedded::text(name).map(|text| Source::embedded(name, text))))
    }

    /// A file that has a default.
    pub(super) fn read(&self, name: &str) -> Result<Source, ConfigError> {
        let found = self.find(name)?;
        found.ok_or_else(|| ConfigError::whole(name, "there is no such file"))
    }

    /// Names of the folder's own texts, without `.md`, in order.
    pub(super) fn own_texts(&self) -> Vec<String> {
        let texts = self.names("texts/");
        texts.iter().filter_map(|name| name.strip_suffix(".md")).map(str::to_owned).collect()
    }

    /// A YAML file with another name would be overlooked silently.
    pub(super) fn unknown_files(&self) -> Vec<ConfigError> {
        let names = self.names("");
        let strangers = names.iter().filter(|name| {
            let is_yaml = [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending));
            is_yaml && !KNOWN.contains(&name.as_str())
        });
        let mistake = |name: &String| {
            let path = self.path(name).display().to_string();
            let mistake = ConfigError::whole(path, "no such configuration file is known");
            match nearest(name, KNOWN) {
                Some(known) => mistake.hint(format!("rename it to `{known}`")),
                None => mistake.hint("move it out of this folder"),
            }
        };
        strangers.map(mistake).collect()
    }

    /// Names of what lies directly in the folder or in one of its folders, `texts/`; in order.
    fn names(&self, below: &str) -> Vec<String> {
        let dir = match self {
            Self::BuiltIn => return Vec::new(),
            Self::Dir(dir) => dir.join(below),
            Self::Given(files) => {
                let inside = files.keys().filter_map(|path| path.strip_prefix(below));
                return inside.filter(|name| !name.contains('/')).map(str::to_owned).collect();
            }
        };
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }
}

/// A file that was named by a person and so must exist.
pub(super) fn read_existing(path: &Path) -> Result<Source, ConfigError> {
    Source::read(path)?.ok_or_else(|| {
        ConfigError::whole(path.display().to_string(), "there is no such file")
            .hint("correct the path")
    })
}
