//! Which `X-Gitlab-Event` belongs to which body.

/// The header of instance-wide hooks; its bodies are of every kind.
pub(super) const SYSTEM_HOOK: &str = "System Hook";

/// Header and the `object_kind` (or, where GitLab sends none, `event_name`) that come with it.
const KINDS: &[(&str, &[&str])] = &[
    ("Issue Hook", &["issue", "work_item"]),
    ("Confidential Issue Hook", &["issue", "work_item"]),
    ("Note Hook", &["note"]),
    ("Confidential Note Hook", &["note"]),
    ("Push Hook", &["push"]),
    ("Tag Push Hook", &["tag_push"]),
    ("Merge Request Hook", &["merge_request"]),
    ("Wiki Page Hook", &["wiki_page"]),
    ("Pipeline Hook", &["pipeline"]),
    ("Job Hook", &["build"]),
    ("Deployment Hook", &["deployment"]),
    ("Release Hook", &["release"]),
    ("Feature Flag Hook", &["feature_flag"]),
    ("Emoji Hook", &["emoji"]),
    ("Milestone Hook", &["milestone"]),
    ("Vulnerability Hook", &["vulnerability"]),
    ("Resource Access Token Hook", &["access_token"]),
    (
        "Member Hook",
        &[
            "user_add_to_group",
            "user_update_for_group",
            "user_remove_from_group",
            "user_access_request_to_group",
            "user_access_request_denied_for_group",
        ],
    ),
    ("Subgroup Hook", &["subgroup_create", "subgroup_destroy"]),
    ("Project Hook", &["project_create", "project_destroy"]),
    (SYSTEM_HOOK, &[]),
];

/// The header's own spelling if GitLab is known to send it: safe to log, unlike the header itself.
pub fn known_event(header: &str) -> Option<&'static str> {
    KINDS.iter().map(|(name, _)| *name).find(|name| *name == header)
}

/// Whether header and body name two different kinds, both of them known. What is unknown on either
/// side is new in GitLab, not contradictory.
pub(super) fn contradict(header: &str, kind: &str) -> bool {
    let Some((_, own)) = KINDS.iter().find(|(name, _)| *name == header) else {
        return false;
    };
    header != SYSTEM_HOOK
        && !own.contains(&kind)
        && KINDS.iter().any(|(_, kinds)| kinds.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_body_contradict_only_when_both_are_known() {
        assert!(contradict("Issue Hook", "note"));
        assert!(contradict("Push Hook", "issue"));
        assert!(contradict("Issue Hook", "project_create"));
        assert!(!contradict("Confidential Issue Hook", "work_item"));
        assert!(!contradict("Banana Hook", "issue"));
        assert!(!contradict("Issue Hook", "banana"));
        assert!(!contradict(SYSTEM_HOOK, "merge_request"));
    }
}
