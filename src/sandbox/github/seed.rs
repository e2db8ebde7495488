//! What GitHub starts with.

use super::repo::{GithubOwner, GithubRepo, GithubToken};
use serde::Deserialize;

/// Owners, repositories and tokens.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GithubSeed {
    /// Organisations and people with a name of their own, and every owner that is a person.
    pub owners: Vec<GithubOwner>,
    /// Repositories.
    pub repos: Vec<GithubRepo>,
    /// Tokens.
    pub tokens: Vec<GithubToken>,
}

/// Kiwi Paint, which may move, and one repository for each thing that can be odd.
pub(in crate::sandbox) fn default_seed() -> GithubSeed {
    // A test reads it, too.
    serde_json::from_str(DEFAULT).unwrap_or_default()
}

const DEFAULT: &str = r##"{
  "owners": [
    { "login": "kiwi-paint", "name": "Kiwi Paint" },
    { "login": "hobby-hugo", "name": "Hugo", "user": true }
  ],
  "tokens": [
    { "secret": "sandbox-github-token", "login": "landfall", "scopes": [] },
    { "secret": "sandbox-github-import-token", "login": "paula", "scopes": ["repo", "read:org"] },
    { "secret": "sandbox-github-fine-token", "login": "paula" }
  ],
  "repos": [
    {
      "id": 7001, "path": "kiwi-paint/kiwi-paint", "language": "C++", "licence": "GPL-3.0",
      "description": "Painting for everybody", "homepage": "https://kiwi-paint.example.org",
      "created_at": "2014-03-01T10:00:00Z", "pushed_at": "2026-10-30T18:00:00Z",
      "size": 184320, "stars": 2100, "topics": ["painting", "qt"], "discussions": true,
      "workflows": ["ci.yml", "release.yml"],
      "files": {
        ".gitattributes": "*.kra filter=lfs diff=lfs merge=lfs -text\n*.sh eol=lf\n",
        "COPYING": "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\n",
        "README.md": "# Kiwi Paint\n\nA painting program by volunteers.\n\nGPL-3.0-or-later\n"
      },
      "numbers": {
        "contributors": 40, "commits": 5200, "branches": 14, "tags": 36, "releases": 30,
        "issues": 1200, "open_issues": 230, "pulls": 800, "open_pulls": 35, "merged_pulls": 640,
        "comments": 9400, "review_comments": 3100, "reviews": 1900, "labels": 24,
        "milestones": 6, "wiki_pages": 12
      }
    },
    {
      "id": 7002, "path": "kiwi-paint/brushes", "licence": "MIT", "archived": true,
      "created_at": "2016-01-01T00:00:00Z", "pushed_at": "2022-05-01T00:00:00Z", "size": 900,
      "numbers": { "contributors": 4, "commits": 90, "branches": 1, "tags": 3 }
    },
    {
      "id": 7003, "path": "kiwi-paint/website", "language": "HTML", "licence": "NOASSERTION",
      "created_at": "2015-01-01T00:00:00Z", "pushed_at": "2026-09-01T00:00:00Z", "size": 4100,
      "files": { "README.md": "The web site.\n" }, "pages": true,
      "numbers": {
        "contributors": 9, "commits": 400, "branches": 2, "issues": 30, "open_issues": 4,
        "pulls": 60, "open_pulls": 1, "merged_pulls": 50
      }
    },
    {
      "id": 7004, "path": "owl-music/owl", "renamed_from": ["night-owl/owl"],
      "language": "Rust", "licence": "MIT", "bots": ["dependabot[bot]"],
      "created_at": "2019-01-01T00:00:00Z", "pushed_at": "2026-10-20T00:00:00Z", "size": 2200,
      "files": { "README": "Owl plays music.\n" },
      "numbers": {
        "contributors": 5, "commits": 310, "branches": 3, "tags": 7, "releases": 7,
        "issues": 44, "open_issues": 9, "pulls": 120, "open_pulls": 2, "merged_pulls": 100
      }
    },
    {
      "id": 7005, "path": "owl-music/samples", "no_issues": true,
      "created_at": "2020-01-01T00:00:00Z", "pushed_at": "2024-02-01T00:00:00Z", "size": 70,
      "numbers": { "contributors": 1, "commits": 12, "branches": 1 }
    },
    {
      "id": 7006, "path": "kiwi-paint/plans", "private": true,
      "created_at": "2021-01-01T00:00:00Z", "pushed_at": "2026-08-01T00:00:00Z", "size": 10,
      "numbers": { "contributors": 3, "commits": 20, "branches": 1, "issues": 5 }
    },
    {
      "id": 7007, "path": "kiwi-paint/sketchbook",
      "created_at": "2026-07-01T00:00:00Z", "pushed_at": "2026-07-01T00:00:00Z"
    },
    {
      "id": 7008, "path": "fern-os/fern", "blocked": true,
      "created_at": "2018-01-01T00:00:00Z", "pushed_at": "2025-01-01T00:00:00Z",
      "numbers": { "contributors": 2, "commits": 30, "branches": 1 }
    },
    {
      "id": 7011, "path": "fern-os/moss", "suspended": true,
      "created_at": "2018-01-01T00:00:00Z", "pushed_at": "2025-01-01T00:00:00Z",
      "numbers": { "contributors": 2, "commits": 30, "branches": 1 }
    },
    {
      "id": 7009, "path": "hobby-hugo/kiwi-paint", "fork_of": "kiwi-paint/kiwi-paint",
      "language": "C++", "licence": "GPL-3.0",
      "created_at": "2025-05-01T00:00:00Z", "pushed_at": "2025-06-01T00:00:00Z", "size": 184000,
      "numbers": { "contributors": 40, "commits": 5000, "branches": 2, "tags": 34 }
    },
    {
      "id": 7010, "path": "fern-os/kernel", "language": "C", "licence": "GPL-2.0",
      "huge_history": true,
      "created_at": "2010-01-01T00:00:00Z", "pushed_at": "2026-10-31T00:00:00Z",
      "size": 5200000, "stars": 51000,
      "numbers": {
        "contributors": 300, "commits": 9000, "branches": 5, "tags": 400, "releases": 120,
        "issues": 10500, "open_issues": 700, "pulls": 1500, "open_pulls": 300,
        "merged_pulls": 1100, "comments": 80000, "review_comments": 40000, "labels": 60
      }
    }
  ]
}"##;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_can_be_read() {
        let seed: GithubSeed = serde_json::from_str(DEFAULT).unwrap();
        assert_eq!(seed.repos.len(), default_seed().repos.len());
        assert!(seed.repos.iter().any(|repo| repo.path == "kiwi-paint/kiwi-paint"));
    }
}
