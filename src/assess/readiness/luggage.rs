//! What GitLab's GitHub importer brings, and what it leaves.

use super::figures::{counted, known, number, size};
use super::sources::Topic;
use super::{Group, Lines, at_most_closed_issues};
use crate::model::{OwnerKind, Survey};

pub(super) fn comes_along(survey: &Survey, lines: &mut Lines<'_>) {
    let mut add = |topic, text: String| lines.add(Group::ComesAlong, topic, text);
    if !survey.is_empty() {
        add(Topic::Importer, history(survey));
    }
    if survey.has_issues != Some(false) {
        let closed = match (survey.closed_issues, at_most_closed_issues(survey)) {
            (None, Some(most)) => format!("at most {}", number(most)),
            (closed, _) => known(closed),
        };
        let open = known(survey.open_issues);
        let text = format!("Issues with labels and milestones: {open} open, {closed} closed.");
        add(Topic::Importer, text);
    }
    let (open, closed) = (known(survey.open_pulls), known(survey.closed_pulls));
    add(
        Topic::Importer,
        format!(
            "Pull requests with their reviews, as merge requests: {open} open, {closed} closed."
        ),
    );
    add(Topic::Importer, "Branch protection, as far as GitLab has the same rules.".to_owned());
    match survey.releases {
        Some(0) => {}
        Some(count) => {
            add(
                Topic::Releases,
                format!("The notes of {}.", counted(count, "release", "releases")),
            );
        }
        None => add(Topic::Releases, "The notes of releases; their number is unknown.".to_owned()),
    }
    match survey.wiki {
        Some(false) => {}
        Some(true) => {
            let text = "The wiki, which is switched on. Whether it has pages was not looked at.";
            add(Topic::Wiki, text.to_owned());
        }
        None => add(Topic::Wiki, "The wiki, if there is one; that is unknown.".to_owned()),
    }
    match survey.lfs {
        Some(false) => {}
        Some(true) => add(Topic::Lfs, "Files in Git LFS, which this repository uses.".to_owned()),
        None => add(Topic::Lfs, "Files in Git LFS, if there are any; that is unknown.".to_owned()),
    }
}

fn history(survey: &Survey) -> String {
    let branches = survey.branches.map(|count| counted(count, "branch", "branches"));
    let tags = survey.tags.map(|count| counted(count, "tag", "tags"));
    let parts: Vec<String> =
        [branches, tags, survey.size_kb.map(size)].into_iter().flatten().collect();
    let figures = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    format!("The Git history with all branches and tags{figures}.")
}

pub(super) fn stays_behind(survey: &Survey, lines: &mut Lines<'_>) {
    let mut add = |topic, text: &str| lines.add(Group::StaysBehind, topic, text);
    match survey.workflows {
        Some(0) => {}
        Some(count) => {
            let workflows = counted(count, "workflow", "workflows");
            add(
                Topic::Ci,
                &format!(
                    "CI: {workflows} of GitHub Actions, to be written anew for GitLab CI/CD. Name \
                     somebody who does it."
                ),
            );
        }
        None => add(Topic::Ci, "Workflows of GitHub Actions, if there are any; that is unknown."),
    }
    add(
        Topic::Packages,
        match survey.publishes {
            Some(true) => {
                "Packages and container images. The name of a workflow speaks of some: publish them \
                 from GitLab, and tell people where they are."
            }
            Some(false) | None => "Packages and container images, if there are any.",
        },
    );
    if survey.discussions == Some(true) {
        add(Topic::Importer, "Discussions, which are switched on: no importer brings them.");
    }
    if survey.pages == Some(true) {
        add(Topic::Pages, "The site on GitHub Pages. GitLab Pages builds it in CI, elsewhere.");
    }
    add(Topic::Importer, "Webhooks, secrets, deploy keys and connected apps.");
    add(
        Topic::Importer,
        "The rule that status checks must pass. A custom repository role makes the import end as \
         partially completed.",
    );
    if survey.owner == Some(OwnerKind::Organization) {
        add(Topic::Importer, "Members and teams of the organisation.");
    }
}
