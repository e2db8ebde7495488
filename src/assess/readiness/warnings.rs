//! What goes wrong when nobody looks.

use jiff::{SignedDuration, Timestamp};

use super::sources::Topic;
use super::{Group, Lines, day};
use crate::model::{OwnerKind, Survey};
use crate::tracker::safe;

/// After this long without a push one asks who is still there.
const QUIET: SignedDuration = SignedDuration::from_hours(365 * 24);

pub(super) fn add(survey: &Survey, now: Timestamp, lines: &mut Lines<'_>) {
    let mut add = |topic, text: &str| lines.add(Group::LookOut, topic, text);
    if let Some(old) = &survey.renamed_from {
        let (old, new) = (safe::inline(&old.to_string()), safe::inline(&survey.repo.to_string()));
        let mut text = format!("{old} is called {new} today: correct the address where it stands.");
        // The question that finding the new name has cost.
        if survey.releases.is_none() {
            text.push_str(" By its new name, its releases are counted, too.");
        }
        add(Topic::Importer, &text);
    }
    if survey.disabled == Some(true) {
        add(Topic::Importer, "GitHub has disabled this repository: an import may fail.");
    }
    if survey.archived == Some(true) {
        let text = "It is archived, that is read-only: find out who decides for it, and where work \
                    goes on.";
        add(Topic::Importer, text);
    }
    if survey.fork == Some(true) {
        let of = match &survey.parent {
            Some(parent) => format!("a fork of {}", safe::inline(&parent.to_string())),
            None => "a fork".to_owned(),
        };
        let text = format!(
            "It is {of}. Issues and pull requests of the original don't come along: is it the right \
             source?"
        );
        add(Topic::Importer, &text);
    }
    if survey.is_empty() {
        add(Topic::Importer, "It is empty: there is no code to import.");
    }
    if let Some(pushed) = survey.pushed_at.filter(|at| now.duration_since(*at) > QUIET) {
        let text = format!("Nobody has pushed since {}: find out who is still there.", day(pushed));
        add(Topic::Importer, &text);
    }
    if survey.lfs == Some(true) {
        let text = "Files in Git LFS are left out when `.lfsconfig` names another host.";
        add(Topic::Lfs, text);
    }
    add(
        Topic::Importer,
        "The import needs the role Maintainer in the group on GitLab and a classic GitHub token with \
         the scope `repo`; for collaborators and Git LFS `read:org` as well.",
    );
    if survey.owner == Some(OwnerKind::Organization) {
        let text = "The organisation on GitHub must let GitLab's app in; some have to allow each.";
        add(Topic::Importer, text);
    }
    add(
        Topic::Reassignment,
        "Placeholder users are given to people by an owner, and each person accepts by mail. Finish \
         that before the project is moved to another group.",
    );
    add(
        Topic::Mirroring,
        "A mirror brings commits after the import, never new issues or pull requests: make the old \
         side read-only, with a pointer to the new one.",
    );
}
