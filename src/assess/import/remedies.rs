//! What an import could not bring over, by kind and cause, with what to do about it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::ImportFailure;

/// Failures of one kind with one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailureGroup {
    /// What could not be brought over, in GitLab's words; empty when GitLab does not say.
    pub relation: String,
    /// The class of the exception.
    pub exception: String,
    /// How many GitLab tells.
    pub count: usize,
    /// The text of one of them.
    pub example: String,
    /// What to do.
    pub remedy: &'static str,
}

/// Part of an exception's class in small letters, and what to do then. The first that fits is taken.
const REMEDIES: &[(&str, &str)] = &[
    (
        "ratelimit",
        "GitHub's limit of requests was reached: import again later, or with a token of an account \
         that is used for nothing else.",
    ),
    (
        "toomanyrequests",
        "GitHub's limit of requests was reached: import again later, or with a token of an account \
         that is used for nothing else.",
    ),
    (
        "unauthorized",
        "The source refused its token: make a new one with the scope `repo`, and `read:org` for \
         members, then import again.",
    ),
    (
        "forbidden",
        "The source's token may not see it: check its scopes, and that the organisation lets it in.",
    ),
    (
        "notfound",
        "It was gone from the source when its turn came, or the token may not see it; look whether \
         it is still there.",
    ),
    ("unavailableforlegalreasons", "The source has blocked it; it has to stay behind."),
    (
        "recordinvalid",
        "GitLab refused it as it is, mostly too long a text or a name that is not allowed; add it by \
         hand if it matters.",
    ),
    (
        "recordnotunique",
        "It is there already, most likely from an earlier try; nothing to do if it looks right.",
    ),
    (
        "statementinvalid",
        "GitLab's database refused it; import again, then tell GitLab's support the class and the \
         time.",
    ),
    ("querycanceled", "GitLab's database took too long; import again at a quieter hour."),
    ("timeout", "The source or GitLab took too long to answer; import again at a quieter hour."),
    ("connection", "The source could not be reached; import again."),
    ("socketerror", "The source could not be reached; import again."),
    (
        "commanderror",
        "Git could not fetch it; look whether a clone of the source works, then import again.",
    ),
    ("grpc", "GitLab's storage for repositories did not answer; import again."),
    (
        "filesizelimit",
        "A file is larger than GitLab takes; move it to LFS or to the package registry.",
    ),
    ("blocked", "GitLab does not fetch from that address; add the file by hand."),
    (
        "nomethoderror",
        "A mistake in GitLab's importer; report the class, the time and the address of the source.",
    ),
    (
        "typeerror",
        "A mistake in GitLab's importer; report the class, the time and the address of the source.",
    ),
];

/// Part of a relation's name in small letters, and what to do when the cause says nothing.
const BY_RELATION: &[(&str, &str)] = &[
    ("protected", "Rules for branches differ; set them by hand under *Settings > Repository*."),
    ("collaborator", "Invite these people by hand, with the role they need."),
    ("attachment", "Add the files by hand where they matter."),
    ("lfs", "Push the LFS objects from a full clone: `git lfs push --all`."),
    ("note", "Comments are missing; try again with comments fetched one by one."),
    ("release", "Make these releases by hand from their tags."),
    ("wiki", "Push a clone of the source's wiki to the project's wiki."),
];

/// For everything else.
const UNKNOWN: &str =
    "No remedy is known; compare both sides, then import again or accept the loss.";

/// Groups failures by kind and cause, the most frequent first.
pub(super) fn grouped(failures: &[ImportFailure]) -> Vec<FailureGroup> {
    let mut groups: BTreeMap<(&str, &str), FailureGroup> = BTreeMap::new();
    for failure in failures {
        let key = (failure.relation.as_str(), failure.exception.as_str());
        let group = groups.entry(key).or_insert_with(|| FailureGroup {
            relation: failure.relation.clone(),
            exception: failure.exception.clone(),
            count: 0,
            example: failure.message.clone(),
            remedy: remedy(failure),
        });
        group.count += 1;
    }
    let mut groups: Vec<FailureGroup> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups
}

fn remedy(failure: &ImportFailure) -> &'static str {
    let plain = |text: &str| text.to_lowercase().replace(['_', ':'], "");
    let (exception, relation) = (plain(&failure.exception), plain(&failure.relation));
    let of = |table: &[(&str, &'static str)], text: &str| {
        table.iter().find(|(part, _)| text.contains(part)).map(|(_, remedy)| *remedy)
    };
    of(REMEDIES, &exception).or_else(|| of(BY_RELATION, &relation)).unwrap_or(UNKNOWN)
}
