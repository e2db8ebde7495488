//! V1 to V6: what the project is.

use super::super::{Licence, PlaceRules, Rules};
use super::{DestinationFacts, Found, Reader, read};
use crate::model::{ImportState, ProjectFacts, Silence, Told, Visibility};
use crate::tracker::safe::inline;

/// How GitLab renames a project that is about to be deleted.
const DELETION_SUFFIX: &str = "-deletion_scheduled-";
/// What GitLab calls a project made from a template of a group or instance.
const TEMPLATE_IMPORT: &str = "gitlab_custom_project_template";

/// V1.
pub(super) fn is_public(facts: &DestinationFacts) -> Found {
    let project = match &facts.project {
        Ok(project) => project,
        Err(why) => return unread(facts, *why),
    };
    match (&project.visibility, facts.reader) {
        (Told::Is(Visibility::Public), _) => Found::pass("everybody can see it").at(""),
        (Told::Is(hidden), _) => {
            let seen_by = match hidden {
                Visibility::Internal => "only people with an account can see it",
                _ => "only members can see it",
            };
            let imported =
                facts.import.as_ref().is_ok_and(|import| import.state == ImportState::Finished);
            let remedy = if imported {
                "the import is finished and left it so: set its visibility to public"
            } else {
                "set its visibility to public, or attest the program's exception with a link"
            };
            Found::fail(format!("{seen_by}; {remedy}")).at("/edit")
        }
        (_, Reader::Anonymous) => Found::pass("it was read without an account").at(""),
        (_, _) => Found::unknown("its GitLab does not say who can see it"),
    }
}

fn unread(facts: &DestinationFacts, why: Silence) -> Found {
    let path = inline(&facts.path);
    match (why, facts.reader) {
        (_, Reader::NotListed) => Found::unknown(format!(
            "the host {} is not among the `destination_hosts` of `verify.yaml`, so nothing was asked; an \
             operator can list it, or staff attest with a link",
            inline(facts.host.host_str().unwrap_or_default())
        )),
        (Silence::NotThere, Reader::SignedIn) => Found::fail(format!(
            "there is no public project {path}: it is private, deleted or written differently"
        )),
        (Silence::NotThere, Reader::Anonymous) => Found::unknown(format!(
            "{path} is private, deleted, written differently, or its GitLab hides it from readers \
             without an account"
        )),
        (Silence::Moved, _) => Found::unknown(format!(
            "{path} is an old address; write the present one into the description"
        )),
        (why, _) => Found::unknown(format!("{path}: {why}")),
    }
}

/// V2.
pub(super) fn is_alive(facts: &DestinationFacts) -> Found {
    let project = match read(facts) {
        Ok(project) => project,
        Err(unknown) => return unknown,
    };
    if project.path.contains(DELETION_SUFFIX) {
        return Found::fail("it is about to be deleted, by its path").at("");
    }
    if let Told::Is(day) = &project.deletion_on {
        return Found::fail(format!("it is about to be deleted, on {day}")).at("");
    }
    match (project.archived.value(), project.empty.value()) {
        (Some(true), _) => Found::fail("it is archived, so nobody can work in it").at(""),
        (_, Some(true)) => Found::fail("its repository is empty").at(""),
        (Some(false), Some(false)) => Found::pass("it has commits and takes changes").at(""),
        _ => Found::unknown("its GitLab does not say whether it is archived or empty"),
    }
}

/// V3.
pub(super) fn is_open(facts: &DestinationFacts, rules: &Rules) -> Found {
    let project = match read(facts) {
        Ok(project) => project,
        Err(unknown) => return unknown,
    };
    let key = || inline(project.licence.value().map_or("", |licence| &licence.key));
    match rules.licences.judge(&project.licence) {
        Licence::Open => Found::pass(format!("{} is an open source licence", key())).at(""),
        Licence::NotOpen => {
            Found::fail(format!("{} is a licence the OSI has not approved", key())).at("")
        }
        Licence::Unclear => Found::unknown(format!(
            "GitLab calls the licence {}; staff read it and attest with a link",
            key()
        ))
        .at(""),
        Licence::Missing => Found::unknown(
            "GitLab finds no licence, as in projects with several; staff read them and attest \
             with a link",
        )
        .at(""),
        Licence::Withheld => Found::unknown("its GitLab does not say which licence it has"),
    }
}

/// V4.
pub(super) fn is_no_fork(facts: &DestinationFacts, rules: &Rules) -> Found {
    let project = match read(facts) {
        Ok(project) => project,
        Err(unknown) => return unknown,
    };
    match &project.forked_from {
        Told::Is(parent) if facts.own_projects.contains(&parent.id) => {
            Found::pass("it is a fork of another project of this move").at("")
        }
        Told::Is(parent) if PlaceRules::is_listed(&rules.places.old_mirrors, &parent.path) => {
            Found::pass("it is a fork of a mirror of its own old home").at("")
        }
        Told::Is(parent) => Found::fail(format!(
            "it is a fork of {}; if that is yours too, an operator can list it in `old_mirrors`",
            inline(&parent.path)
        ))
        .at(""),
        Told::Nothing => Found::pass("it is no fork"),
        // GitLab leaves the field out for every project that is no fork.
        Told::Withheld if !project.is_partial() => Found::pass("it is no fork"),
        Told::Withheld => Found::unknown("its GitLab does not say whether it is a fork"),
    }
}

/// V5.
pub(super) fn is_no_mirror(facts: &DestinationFacts) -> Found {
    let project = match read(facts) {
        Ok(project) => project,
        Err(unknown) => return unknown,
    };
    match &project.mirror {
        Told::Is(true) => {
            Found::fail("it pulls from another place, which is where people work then").at("")
        }
        Told::Is(false) | Told::Nothing => Found::pass("it pulls from no other place"),
        // A script that pushes is found by V7.
        Told::Withheld if !project.is_partial() => {
            Found::pass("its GitLab has no pull mirroring; V7 shows who works there")
        }
        Told::Withheld => Found::unknown("its GitLab does not say whether it is a mirror"),
    }
}

/// V6.
pub(super) fn is_no_rehearsal(facts: &DestinationFacts, rules: &Rules) -> Found {
    if facts.is_excluded {
        return Found::fail("staff left this move out of the count (`kpi::excluded`)");
    }
    let told: Option<&ProjectFacts> = facts.project.as_ref().ok();
    let path = told.map_or(facts.path.as_str(), |project| project.path.as_str());
    if PlaceRules::is_listed(&rules.places.test_groups, path) {
        return Found::fail("it is in a group for rehearsals").at("");
    }
    if PlaceRules::is_listed(&rules.places.templates, path) {
        return Found::fail("staff listed it as made from a template").at("");
    }
    let project = match read(facts) {
        Ok(project) => project,
        Err(unknown) => return unknown,
    };
    let import_type = match &facts.import {
        Ok(import) if !import.import_type.is_withheld() => &import.import_type,
        _ => &project.import_type,
    };
    if import_type.value().is_some_and(|word| word == TEMPLATE_IMPORT) {
        return Found::fail("it was made from a template").at("");
    }
    Found::pass("it is neither in a group for rehearsals nor made from a template")
}
