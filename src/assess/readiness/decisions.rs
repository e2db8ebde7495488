//! What the community has to decide before the import.

use super::figures::{counted, number};
use super::licence::LicenceVerdict;
use super::placeholders::{Fit, Placeholders};
use super::sources::Topic;
use super::{Group, Lines};
use crate::model::{Items, Licence, Survey};
use crate::tracker::safe;

pub(super) fn add(
    survey: &Survey,
    licence: LicenceVerdict,
    placeholders: &Placeholders,
    lines: &mut Lines<'_>,
) {
    let comments = comments(survey, lines);
    let mut add = |topic, text: &str| lines.add(Group::Decide, topic, text);
    add(Topic::Program, &program(&survey.licence, licence));
    if let Some(text) = room(placeholders) {
        add(Topic::Mapping, &text);
    }
    add(
        Topic::Mapping,
        "Which group it comes to. In a personal namespace all work is credited to whoever imports \
         it, and that can't be undone.",
    );
    add(Topic::Comments, &comments);
    add(
        Topic::Importer,
        "Attachments in texts stay on GitHub unless their import is ticked. Ticked, the import \
         takes longer.",
    );
    add(
        Topic::Importer,
        "Collaborators are imported unless that is unticked. They can take seats, and GitHub's \
         admins become owners. Outside collaborators never come.",
    );
    if survey.workflows != Some(0) {
        add(
            Topic::Minutes,
            "Where CI runs: on GitLab.com's runners jobs use compute minutes, on your own they \
             don't.",
        );
    }
}

/// The program's rule, and how this source stands to it.
fn program(licence: &Licence, verdict: LicenceVerdict) -> String {
    const RULE: &str = "the open source program wants an OSI-approved one in every project";
    let name = match licence {
        Licence::Spdx(id) => safe::inline(id).to_string(),
        Licence::Missing | Licence::Unrecognised => "the licence".to_owned(),
    };
    match verdict {
        LicenceVerdict::Approved => format!(
            "Whether to apply for the open source program. The licence, {name}, is approved by the \
             OSI, as the program wants it of every project; the program decides."
        ),
        LicenceVerdict::NotApproved => {
            format!("The licence: {name} is not approved by the OSI, and {RULE}.")
        }
        LicenceVerdict::CannotTell => format!(
            "The licence: GitHub or SPDX does not know {name}, so somebody has to read it; {RULE}."
        ),
        LicenceVerdict::Missing => {
            format!("The licence: GitHub finds no licence file, and {RULE}.")
        }
    }
}

fn room(placeholders: &Placeholders) -> Option<String> {
    let people = placeholders.people.map(number).unwrap_or_default();
    Some(match placeholders.fit() {
        Fit::NoLimits => return None,
        Fit::Unknown => {
            "The plan and seats of the group on GitLab.com: how many people wrote here \
                         is unknown, and the room for those without an account is limited."
                .to_owned()
        }
        Fit::Everywhere => format!(
            "The plan of the group on GitLab.com: {people} authors of commits fit into any. Count \
             those who only wrote issues and comments on top."
        ),
        Fit::From(quota) => format!(
            "The plan and seats of the group on GitLab.com: {people} authors of commits need room \
             for as many placeholder users. The smallest that has it: {}, seats: {}. Set that up \
             before the import; whoever finds no room is credited to one import user.",
            quota.plan, quota.seats
        ),
        Fit::Nowhere(quota) => format!(
            "What becomes of the names: {people} authors of commits are more than the {} placeholder \
             users of the largest group on GitLab.com. The rest is credited to one import user, \
             unless people link their accounts first or GitLab raises the limit.",
            number(quota.limit)
        ),
    })
}

/// Comments are not counted, so the number of what is commented on stands for them.
fn comments(survey: &Survey, lines: &Lines<'_>) -> String {
    let rule = lines.sources.comments;
    let limit = number(rule.limit);
    let method = "the alternative method for comments";
    let Some(items) = survey.items() else {
        return format!(
            "The number of comments is unknown. With more than {limit}, choose {method}."
        );
    };
    let told = match items {
        Items::Exactly(count) => {
            counted(count, "issue or pull request", "issues and pull requests")
        }
        Items::AtMost(count) => {
            format!(
                "at most {}",
                counted(count, "issue or pull request", "issues and pull requests")
            )
        }
    };
    if items.number().saturating_mul(rule.per_item) > rule.limit {
        format!(
            "The number of comments is unknown, but {told} may have more than {limit}. Then choose \
             {method}, or comments are missing; it takes longer."
        )
    } else {
        format!(
            "The number of comments is unknown; {told} seldom have more than {limit}. If there are \
             more, choose {method}."
        )
    }
}
