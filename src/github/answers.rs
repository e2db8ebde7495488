//! GitHub's JSON as far as we need it. Another type than expected is an error, an absent or empty
//! field is "not said": nothing else is guessed.

use jiff::Timestamp;
use serde::Deserialize;

use crate::model::{GithubRepo, GithubRepoId, Licence, OwnerKind};
use crate::tracker::safe;

/// More topics are not shown; GitHub allows 20.
const MOST_TOPICS: usize = 20;
/// GitHub's longest SPDX identifier has 36 characters.
const LONGEST_LICENCE: usize = 64;

/// `GET /repos/:owner/:name`
#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    pub(super) id: GithubRepoId,
    full_name: String,
    private: bool,
    visibility: Option<String>,
    owner: Option<Owner>,
    pub(super) archived: Option<bool>,
    pub(super) disabled: Option<bool>,
    pub(super) fork: Option<bool>,
    parent: Option<Box<Parent>>,
    license: Option<LicenceFile>,
    pub(super) size: Option<u64>,
    default_branch: Option<String>,
    description: Option<String>,
    homepage: Option<String>,
    topics: Option<Vec<String>>,
    pub(super) pushed_at: Option<Timestamp>,
    pub(super) has_issues: Option<bool>,
    pub(super) has_wiki: Option<bool>,
    pub(super) has_discussions: Option<bool>,
    pub(super) has_pages: Option<bool>,
    /// Pull requests are among them.
    pub(super) open_issues_count: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Owner {
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Parent {
    full_name: Option<String>,
    private: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct LicenceFile {
    spdx_id: Option<String>,
}

impl Repository {
    /// Whether everybody may see it. Whatever is not surely public is not.
    pub(super) fn is_public(&self) -> bool {
        !self.private && self.visibility.as_deref().is_none_or(|seen| seen == "public")
    }

    /// Its two names, if GitHub could have given them.
    pub(super) fn repo(&self) -> Option<GithubRepo> {
        GithubRepo::try_from(self.full_name.clone()).ok()
    }

    pub(super) fn owner_kind(&self) -> Option<OwnerKind> {
        match self.owner.as_ref()?.kind.as_deref()? {
            "User" => Some(OwnerKind::User),
            "Organization" => Some(OwnerKind::Organization),
            _ => None,
        }
    }

    /// What it is a fork of, when that is public, too.
    pub(super) fn parent(&self) -> Option<GithubRepo> {
        let parent = self.parent.as_ref().filter(|parent| parent.private == Some(false))?;
        GithubRepo::try_from(parent.full_name.clone()?).ok()
    }

    pub(super) fn licence(&self) -> Licence {
        let Some(file) = &self.license else {
            return Licence::Missing;
        };
        let is_identifier = |id: &&String| {
            (1..=LONGEST_LICENCE).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte))
                && *id != "NOASSERTION"
        };
        match file.spdx_id.as_ref().filter(is_identifier) {
            Some(id) => Licence::Spdx(id.clone()),
            None => Licence::Unrecognised,
        }
    }

    pub(super) fn default_branch(&self) -> Option<String> {
        self.default_branch.as_deref().and_then(excerpt)
    }

    pub(super) fn description(&self) -> Option<String> {
        self.description.as_deref().and_then(excerpt)
    }

    pub(super) fn homepage(&self) -> Option<String> {
        self.homepage.as_deref().and_then(excerpt)
    }

    pub(super) fn topics(&self) -> Vec<String> {
        let topics = self.topics.iter().flatten().take(MOST_TOPICS);
        topics.filter_map(|topic| excerpt(topic)).collect()
    }
}

/// A stranger's text as one line of visible characters; absent when nothing is left of it.
fn excerpt(text: &str) -> Option<String> {
    let span = safe::inline(text);
    let inside = span.as_str().strip_prefix('`')?.strip_suffix('`')?;
    (span != safe::inline("")).then(|| inside.to_owned())
}

/// An element of `GET …/issues`.
#[derive(Debug, Deserialize)]
pub(super) struct Numbered {
    pub(super) number: u64,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn repository(changes: Value) -> serde_json::Result<Repository> {
        let mut answer = json!({ "id": 7, "full_name": "acme/rocket", "private": false });
        for (key, value) in changes.as_object().unwrap() {
            answer[key] = value.clone();
        }
        serde_json::from_value(answer)
    }

    #[test]
    fn t14_only_what_is_surely_public_is_public() {
        for (changes, expect) in [
            (json!({}), true),
            (json!({ "visibility": null }), true),
            (json!({ "visibility": "public" }), true),
            (json!({ "visibility": "internal" }), false),
            (json!({ "visibility": "private" }), false),
            (json!({ "visibility": "PUBLIC" }), false),
            (json!({ "private": true }), false),
            (json!({ "private": true, "visibility": "public" }), false),
        ] {
            assert_eq!(repository(changes.clone()).unwrap().is_public(), expect, "{changes}");
        }
    }

    #[test]
    fn e34_what_is_absent_is_not_said_and_what_is_wrong_is_an_error() {
        let empty = repository(json!({
            "owner": null, "license": null, "default_branch": null, "size": 0, "topics": null,
            "parent": null, "description": null, "pushed_at": null,
        }));
        let empty = empty.unwrap();
        assert_eq!(
            (empty.owner_kind(), empty.parent(), empty.default_branch()),
            (None, None, None)
        );
        assert_eq!((empty.size, empty.archived, empty.open_issues_count), (Some(0), None, None));
        assert_eq!(empty.licence(), Licence::Missing);
        for wrong in [
            json!({ "id": "7" }),
            json!({ "id": null }),
            json!({ "id": -7 }),
            json!({ "id": { "$gt": 0 } }),
            json!({ "id": 1e30 }),
            json!({ "private": "false" }),
            json!({ "private": null }),
            json!({ "full_name": 7 }),
            json!({ "size": "12" }),
            json!({ "size": -1 }),
            json!({ "open_issues_count": "3" }),
            json!({ "archived": "no" }),
            json!({ "owner": "acme" }),
            json!({ "license": "MIT" }),
            json!({ "topics": "a,b" }),
            json!({ "pushed_at": "yesterday" }),
            json!({ "description": 7 }),
        ] {
            assert!(repository(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_that_github_could_not_have_given_is_none() {
        for name in ["acme", "acme/", "/rocket", "a/b/c", "acme/..", "-a/b", "a/b c", ""] {
            assert_eq!(repository(json!({ "full_name": name })).unwrap().repo(), None, "{name:?}");
        }
    }

    #[test]
    fn a_private_parent_has_no_name() {
        let parent = |private: Value| {
            let parent = json!({ "full_name": "origin/rocket", "private": private });
            repository(json!({ "parent": parent })).unwrap().parent()
        };
        assert_eq!(parent(json!(false)), GithubRepo::new("origin", "rocket"));
        assert_eq!((parent(json!(true)), parent(json!(null))), (None, None));
    }

    #[test]
    fn a_licence_is_missing_unrecognised_or_named() {
        for (licence, expect) in [
            (json!(null), Licence::Missing),
            (json!({ "spdx_id": "MIT" }), Licence::Spdx("MIT".to_owned())),
            (json!({ "spdx_id": "NOASSERTION" }), Licence::Unrecognised),
            (json!({ "spdx_id": null }), Licence::Unrecognised),
            (json!({ "spdx_id": "" }), Licence::Unrecognised),
            (json!({ "spdx_id": "/close @all" }), Licence::Unrecognised),
            (json!({ "spdx_id": "x".repeat(65) }), Licence::Unrecognised),
        ] {
            let answer = repository(json!({ "license": licence })).unwrap();
            assert_eq!(answer.licence(), expect, "{licence}");
        }
    }

    #[test]
    fn h21_a_strangers_text_is_one_short_visible_line() {
        let described = |text: String| repository(json!({ "description": text })).unwrap();
        for (text, expect) in [
            ("  Kiwi\n/close\r\n", Some("Kiwi /close")),
            ("\u{202e}evil\u{1b}[31m `x`", Some("evil[31m 'x'")),
            ("\u{200b} \n", None),
            (" \n\t", None),
            ("", None),
        ] {
            assert_eq!(described(text.to_owned()).description().as_deref(), expect, "{text:?}");
        }
        let long = described("é".repeat(1 << 20)).description().unwrap();
        assert_eq!(long.chars().count(), 200);
        let topics = repository(json!({ "topics": vec!["x"; 90] })).unwrap().topics();
        assert_eq!(topics.len(), 20);
    }
}
