//! What GitLab offers for each kind of source: configured, for it changes more often than we do.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::SourceKind;

/// The whole of `sources.yaml`; only `config` makes one, and it has something for every kind and
/// every topic.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Ways to GitLab by kind.
    pub paths: BTreeMap<SourceKind, ImportPath>,
    /// For a kind that is not in `paths`.
    pub other_path: ImportPath,
    /// Pages behind the lines of a report.
    pub pages: BTreeMap<Topic, Page>,
    /// Where to read on about anything else.
    pub other_page: Page,
    /// Room for placeholder users, smallest first.
    pub placeholders: Vec<Quota>,
    /// The import that estimates are measured by.
    pub import_time: ImportTime,
    /// When the importer needs its other method for comments.
    pub comments: CommentLimit,
}

impl Sources {
    /// How a kind of source comes to GitLab.
    pub fn path_for(&self, kind: SourceKind) -> &ImportPath {
        self.paths.get(&kind).unwrap_or(&self.other_path)
    }

    /// The page that explains a topic.
    pub fn page(&self, topic: Topic) -> &Page {
        self.pages.get(&topic).unwrap_or(&self.other_page)
    }
}

/// How one kind of source comes to GitLab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportPath {
    /// With what.
    pub way: Way,
    /// One or two sentences.
    pub text: String,
    /// Where to read on.
    pub page: Page,
}

/// With what a source comes to GitLab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// GitLab has an importer for it.
    Importer,
    /// Somebody has to write or run a script.
    Script,
    /// It does not come.
    None,
}

/// A page of GitLab's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Words of the link.
    pub title: String,
    /// `https` only.
    pub url: String,
}

macro_rules! topics {
    ($($(#[$doc:meta])* $topic:ident: $word:literal;)*) => {
        /// What a line of a report is about; each has a page.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Topic {
            $($(#[$doc])* $topic,)*
        }

        impl Topic {
            /// Every topic.
            pub const ALL: &'static [Self] = &[$(Self::$topic),*];

            /// Its word in `sources.yaml`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$topic => $word,)*
                }
            }
        }
    };
}

topics! {
    /// The GitHub importer.
    Importer: "importer";
    /// More comments than GitHub gives out in one way.
    Comments: "comments";
    /// Placeholder users.
    Mapping: "mapping";
    /// From placeholder users to people.
    Reassignment: "reassignment";
    /// GitHub Actions.
    Ci: "ci";
    /// What CI costs.
    Minutes: "minutes";
    /// Packages and container images.
    Packages: "packages";
    /// Sites made from a repository.
    Pages: "pages";
    /// Git LFS.
    Lfs: "lfs";
    /// Wikis.
    Wiki: "wiki";
    /// Releases.
    Releases: "releases";
    /// Repositories that follow another one.
    Mirroring: "mirroring";
    /// GitLab for Open Source.
    Program: "program";
}

/// How many authors without an account a top-level group on GitLab.com takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quota {
    /// With which plan.
    pub plan: String,
    /// With how many seats, in words.
    pub seats: String,
    /// Placeholder users.
    pub limit: u64,
}

/// An import that somebody has timed, and how far others may be from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportTime {
    /// The project, for people.
    pub project: String,
    /// Its issues and pull requests.
    pub items: u64,
    /// How long it took.
    pub hours: u64,
    /// So many times faster others may be.
    pub faster: u64,
    /// So many times slower others may be.
    pub slower: u64,
}

/// When the importer needs its other method for comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommentLimit {
    /// With more comments than this.
    pub limit: u64,
    /// As many comments an issue or pull request may have.
    pub per_item: u64,
}
