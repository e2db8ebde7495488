//! References to issues, merge requests and epics, in every form in which people paste them.

use std::ops::Range;

use super::kind::{self, SourceKind};
use super::page::address::{self, Address};

/// A reference where it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Normalised: see [`super::requests::Request::reference`].
    pub(super) reference: String,
    pub(super) place: Range<usize>,
}

/// References of one text that are read.
const MOST: usize = 500;

/// Every reference of a text, in order.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut from = 0;
    for (place, address) in address::find(text) {
        short(text, from..place.start, &mut found);
        from = place.end;
        if let Some(reference) = of_address(address) {
            found.push(Found { reference, place });
        }
        if found.len() >= MOST {
            break;
        }
    }
    short(text, from..text.len(), &mut found);
    found.truncate(MOST);
    found
}

/// `https://gitlab.com/gitlab-org/gitlab/-/issues/1#note_2` and its older and newer forms. On another
/// GitLab the reference is the address of the issue itself.
fn of_address(text: &str) -> Option<String> {
    let address = Address::of(text)?;
    let path = address.path.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let at = parts.iter().position(|part| sign_of(part).is_some())?;
    let sign = sign_of(parts.get(at)?)?;
    let number = number(parts.get(at + 1)?)?;
    let (before, has_dash) = match parts.get(..at)? {
        [before @ .., "-"] => (before, true),
        before => (before, false),
    };
    let (project, is_group) = match before {
        ["groups", group @ ..] => (group, true),
        project => (project, false),
    };
    // A group's work items are its epics.
    let sign = if is_group { '&' } else { sign };
    let is_path = !project.is_empty() && project.iter().all(|part| is_path_part(part));
    if !is_path || (!is_group && sign != '&' && project.len() < 2) {
        return None;
    }
    let project = project.join("/");
    let host = address.host.trim_start_matches("www.");
    if host == "gitlab.com" {
        return Some(normalised(&project, sign, number));
    }
    let is_gitlab = has_dash || kind::of_address(&address) == SourceKind::Gitlab;
    let kind = match sign {
        '#' => "issues",
        '!' => "merge_requests",
        _ => "epics",
    };
    let group = if is_group { "groups/" } else { "" };
    let canonical = format!("https://{host}/{group}{project}/-/{kind}/{number}");
    (is_gitlab && canonical.len() <= address::MAX_BYTES).then_some(canonical)
}

fn sign_of(part: &str) -> Option<char> {
    match part {
        "issues" | "work_items" | "issue" => Some('#'),
        "merge_requests" => Some('!'),
        "epics" => Some('&'),
        _ => None,
    }
}

fn number(part: &str) -> Option<u64> {
    part.parse().ok().filter(|number| *number > 0 && part.len() <= 9)
}

fn is_path_part(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(is_path_byte)
}

fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Short forms: `gitlab-org/gitlab#1`, `gitlab-ce!2`, `gitlab-org&3`, and addresses without a scheme.
fn short(text: &str, range: Range<usize>, found: &mut Vec<Found>) {
    let mut at = range.start;
    let mut free_from = range.start;
    while let Some(step) = text.get(at..range.end).and_then(|rest| rest.find(['#', '!', '&', '/']))
    {
        let sign_at = at + step;
        at = sign_at + 1;
        if found.len() >= MOST {
            return;
        }
        let before = text.get(free_from..sign_at).unwrap_or_default();
        let after = text.get(at..range.end).unwrap_or_default();
        let Some(sign) = text.get(sign_at..at).and_then(|sign| sign.chars().next()) else {
            continue;
        };
        let one = if sign == '/' {
            bare_address(before, after)
        } else {
            sign_and_number(before, sign, after)
        };
        if let Some((reference, back, ahead)) = one {
            let place = sign_at - back..at + ahead;
            at = place.end;
            free_from = at;
            found.push(Found { reference, place });
        }
    }
}

/// `gitlab.com` before a slash; returns the reference and how far it reaches to both sides.
fn bare_address(before: &str, after: &str) -> Option<(String, usize, usize)> {
    const HOST: &str = "gitlab.com";
    let start = before.strip_suffix(HOST)?;
    if start.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '@')) {
        return None;
    }
    let length =
        after.bytes().take_while(|byte| is_path_byte(*byte) || matches!(byte, b'/' | b'#')).count();
    let path = after.get(..length.min(address::MAX_BYTES))?;
    let reference = of_address(&format!("https://{HOST}/{path}"))?;
    Some((reference, HOST.len(), path.len()))
}

fn sign_and_number(before: &str, sign: char, after: &str) -> Option<(String, usize, usize)> {
    const LONGEST: usize = 255;
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let number = number(after.get(..digits)?)?;
    let rest = after.get(digits..).unwrap_or_default();
    if rest.starts_with(|c: char| c.is_alphanumeric() && c != 's') {
        return None;
    }
    let is_part = |byte: &u8| is_path_byte(*byte) || *byte == b'/';
    let back = before.bytes().rev().take(LONGEST).take_while(is_part).count();
    let path = before.get(before.len() - back..)?.trim_start_matches(['-', '.', '/']);
    let project = full_path(path, sign)?;
    // GitLab shows the title behind `+`, and more behind `+s`.
    let more = if rest.starts_with("+s") { 2 } else { usize::from(rest.starts_with('+')) };
    Some((normalised(&project, sign, number), path.len(), digits + more))
}

/// Projects that people name without their group.
const OF_GITLAB_ORG: [&str; 10] = [
    "gitlab",
    "gitlab-ce",
    "gitlab-ee",
    "gitlab-foss",
    "gitlab-runner",
    "omnibus-gitlab",
    "gitaly",
    "gitlab-pages",
    "gitlab-shell",
    "gitlab-development-kit",
];

fn full_path(path: &str, sign: char) -> Option<String> {
    let lower = path.to_ascii_lowercase();
    if OF_GITLAB_ORG.contains(&lower.as_str()) && sign != '&' {
        return Some(format!("gitlab-org/{lower}"));
    }
    let parts: Vec<&str> = path.split('/').collect();
    let is_path =
        parts.iter().all(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
    let is_group =
        sign == '&' && (parts.len() > 1 || lower == "gitlab-org" || lower == "gitlab-com");
    let is_project = sign != '&' && parts.len() > 1;
    (is_path && (is_group || is_project)).then(|| path.to_owned())
}

/// The reference by the name that its project has now.
///
/// In 2019 GitLab renamed two projects: gitlab-ee became gitlab, and gitlab-ce became gitlab-foss. Numbers
/// stayed, so these names can be exchanged. The issues of gitlab-ce were then copied into gitlab and
/// got *new* numbers there: gitlab-foss#1 and gitlab#1 are different issues, and which one a copy is
/// only GitLab can tell (`moved_to_id`).
fn normalised(project: &str, sign: char, number: u64) -> String {
    let lower = project.to_ascii_lowercase();
    let project = match lower.as_str() {
        "gitlab-org/gitlab-ce" => "gitlab-org/gitlab-foss",
        "gitlab-org/gitlab-ee" => "gitlab-org/gitlab",
        // GitLab takes no notice of capitals; in its own group there are none.
        known if known.starts_with("gitlab-org/") || known == "gitlab-org" => known,
        _ => project,
    };
    format!("{project}{sign}{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let found: Vec<String> = find(text).into_iter().map(|one| one.reference).collect();
        assert_eq!(found, expect, "{text:?}");
    }

    #[test]
    fn addresses_of_every_age_are_references() {
        for (address, expect) in [
            ("https://gitlab.com/gitlab-org/gitlab/-/issues/21267", "gitlab-org/gitlab#21267"),
            ("https://gitlab.com/gitlab-org/gitlab/issues/21267", "gitlab-org/gitlab#21267"),
            ("http://www.gitlab.com/gitlab-org/gitlab/-/issues/21267/", "gitlab-org/gitlab#21267"),
            (
                "https://gitlab.com/gitlab-org/gitlab/-/issues/21267#note_1",
                "gitlab-org/gitlab#21267",
            ),
            ("https://gitlab.com/gitlab-org/gitlab/-/issues/21267?x=1", "gitlab-org/gitlab#21267"),
            ("https://gitlab.com/gitlab-org/gitlab/-/work_items/24900", "gitlab-org/gitlab#24900"),
            ("https://gitlab.com/gitlab-org/gitlab/-/issues/1/designs", "gitlab-org/gitlab#1"),
            (
                "https://gitlab.com/gitlab-org/gitlab-ce/issues/40541",
                "gitlab-org/gitlab-foss#40541",
            ),
            (
                "https://gitlab.com/gitlab-org/gitlab-foss/-/issues/40541",
                "gitlab-org/gitlab-foss#40541",
            ),
            ("https://gitlab.com/gitlab-org/gitlab-ee/issues/9175", "gitlab-org/gitlab#9175"),
            (
                "https://gitlab.com/gitlab-org/gitlab-ee/merge_requests/9983/diffs",
                "gitlab-org/gitlab!9983",
            ),
            (
                "https://gitlab.com/gitlab-org/gitlab/-/merge_requests/28171",
                "gitlab-org/gitlab!28171",
            ),
            ("https://gitlab.com/groups/gitlab-org/-/epics/18", "gitlab-org&18"),
            ("https://gitlab.com/groups/gitlab-org/manage/-/epics/18", "gitlab-org/manage&18"),
            ("https://gitlab.com/groups/gitlab-org/-/work_items/18", "gitlab-org&18"),
            ("https://gitlab.com/a/b/c/-/issues/7", "a/b/c#7"),
            ("gitlab.com/gitlab-org/gitlab/-/issues/3", "gitlab-org/gitlab#3"),
            (
                "https://gitlab.gnome.org/GNOME/gtk/issues/5",
                "https://gitlab.gnome.org/GNOME/gtk/-/issues/5",
            ),
            (
                "https://invent.kde.org/a/b/-/merge_requests/5",
                "https://invent.kde.org/a/b/-/merge_requests/5",
            ),
        ] {
            check(address, &[expect]);
            check(&format!("- [ ] [Title]({address}) — soon"), &[expect]);
            check(&format!("see <{address}>."), &[expect]);
        }
    }

    #[test]
    fn short_forms_need_a_project() {
        for (text, expect) in [
            ("gitlab-org/gitlab#123", "gitlab-org/gitlab#123"),
            ("gitlab-org/gitlab#123+s", "gitlab-org/gitlab#123"),
            ("(gitlab-org/gitlab#123+)", "gitlab-org/gitlab#123"),
            ("gitlab-ce#40541", "gitlab-org/gitlab-foss#40541"),
            ("`gitlab-foss#65560`", "gitlab-org/gitlab-foss#65560"),
            ("gitlab-ee!12", "gitlab-org/gitlab!12"),
            ("GitLab#5,", "gitlab-org/gitlab#5"),
            ("gitlab-org&123", "gitlab-org&123"),
            ("gitlab-org/manage&4", "gitlab-org/manage&4"),
            ("Group/Sub/project#9", "Group/Sub/project#9"),
            ("**gitlab-runner#8**", "gitlab-org/gitlab-runner#8"),
        ] {
            check(text, &[expect]);
        }
        check(
            "gitlab#1, gitlab!2 and gitlab-org&3",
            &["gitlab-org/gitlab#1", "gitlab-org/gitlab!2", "gitlab-org&3"],
        );
    }

    #[test]
    fn what_names_no_project_is_no_reference() {
        for text in [
            "#123",
            "!12",
            "&5",
            "R&D",
            "a&1",
            "issue #5",
            "&#64;",
            "C#7",
            "gitlab#0",
            "gitlab#12a",
            "gitlab#9999999999",
            "https://github.com/o/r/issues/5",
            "https://gitlab.com/gitlab-org/gitlab",
            "https://gitlab.com/gitlab-org/gitlab/-/issues",
            "https://gitlab.com/gitlab-org/gitlab/-/issues/new",
            "https://bugs.kde.org/show_bug.cgi?id=1",
            "https://evilgitlab.com/a/b/issues/1",
            "https://gitlab.com/issues/5",
            "xgitlab.com/a/b/issues/1",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn numbers_of_the_old_project_are_not_those_of_the_new() {
        check(
            "gitlab-ce#1 gitlab-foss#1 gitlab-ee#1 gitlab#1",
            &[
                "gitlab-org/gitlab-foss#1",
                "gitlab-org/gitlab-foss#1",
                "gitlab-org/gitlab#1",
                "gitlab-org/gitlab#1",
            ],
        );
    }

    #[test]
    fn many_references_are_cut() {
        assert_eq!(find(&"gitlab#1 ".repeat(2_000)).len(), MOST);
        assert_eq!(find(&"#1/&!".repeat(200_000)).len(), 0);
    }
}
