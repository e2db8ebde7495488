//! Would the program for open source take this group? What its own check looks at, told beforehand and
//! with reasons. People decide; this approves nothing.

mod show;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use show::{markdown, plain};

use super::{Licence, Rules};
use crate::model::{Listed, ProjectFacts, Told, Visibility};
use crate::tracker::safe::inline;

/// No more projects than this are named in one reason.
const NAMED: usize = 5;

/// A group and everything in it.
#[derive(Debug, Clone)]
pub struct NamespaceFacts {
    /// Its full path.
    pub path: String,
    /// Who can see the group itself.
    pub visibility: Told<Visibility>,
    /// Its projects, those of subgroups included, each with its licence where GitLab told it.
    pub projects: Listed<ProjectFacts>,
}

/// What is to be expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// Nothing speaks against it.
    LikelyPass,
    /// Something does.
    WillFail,
    /// Nothing is known to speak against it, but not all is known.
    CantTell,
}

/// One project and what speaks against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectPreflight {
    /// Its full path.
    pub path: String,
    /// Who can see it; absent when GitLab does not say.
    pub visibility: Option<Visibility>,
    /// The licence's key; absent when GitLab finds none or does not say.
    pub licence: Option<String>,
    /// Whether that licence is open: absent when nobody can tell.
    pub is_open: Option<bool>,
    /// Whether it is archived. The program's rules do not say whether it counts then.
    pub is_archived: bool,
    /// Whether it has no commit.
    pub is_empty: bool,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preflight {
    /// The group's full path.
    pub path: String,
    /// What is to be expected.
    pub expectation: Expectation,
    /// Why it will fail, as sentences of Markdown.
    pub reasons: Vec<String>,
    /// What can't be told, likewise.
    pub doubts: Vec<String>,
    /// What is worth knowing beside that, likewise.
    pub notes: Vec<String>,
    /// All projects.
    pub projects: Vec<ProjectPreflight>,
    /// How many of them not everybody can see.
    pub private: usize,
}

/// Judges a group.
pub fn preflight(namespace: &NamespaceFacts, rules: &Rules) -> Preflight {
    let mut report = Report::default();
    report.group(namespace);
    report.visibility(namespace, rules);
    report.licences(namespace, rules);
    report.worth_knowing(namespace);
    let Report { reasons, doubts, notes } = report;
    let expectation = match (reasons.is_empty(), doubts.is_empty()) {
        (false, _) => Expectation::WillFail,
        (true, false) => Expectation::CantTell,
        (true, true) => Expectation::LikelyPass,
    };
    let projects = namespace.projects.records.iter();
    Preflight {
        path: namespace.path.clone(),
        expectation,
        reasons,
        doubts,
        notes,
        private: projects.clone().filter(|project| is_hidden(project)).count(),
        projects: projects.map(|project| row(project, rules)).collect(),
    }
}

#[derive(Debug, Default)]
struct Report {
    reasons: Vec<String>,
    doubts: Vec<String>,
    notes: Vec<String>,
}

impl Report {
    fn group(&mut self, namespace: &NamespaceFacts) {
        match namespace.visibility {
            Told::Is(Visibility::Public) => {}
            Told::Is(_) => self
                .reasons
                .push("The group itself is not public: set its visibility to public.".to_owned()),
            Told::Nothing | Told::Withheld => {
                self.doubts.push("GitLab does not say who can see the group.".to_owned());
            }
        }
        match namespace.projects.rest {
            Some(why) => self.doubts.push(format!("Not all projects were read: {why}.")),
            None if namespace.projects.records.is_empty() => {
                self.doubts.push("The group has no project that the bot can see.".to_owned());
            }
            None => {}
        }
    }

    fn visibility(&mut self, namespace: &NamespaceFacts, rules: &Rules) {
        let projects = &namespace.projects.records;
        let hidden = select(projects, is_hidden);
        let allowed = rules.program.private_projects;
        let is_too_many = u32::try_from(hidden.len()).map_or(true, |count| count > allowed);
        if is_too_many {
            self.reasons.push(format!(
                "{} projects are not public, and {allowed} may be: make public, move elsewhere or \
                 delete {}.",
                hidden.len(),
                names(&hidden)
            ));
        }
        let untold = select(projects, |project| project.visibility.value().is_none());
        if !untold.is_empty() {
            self.doubts.push(format!("GitLab does not say who can see {}.", names(&untold)));
        }
    }

    fn licences(&mut self, namespace: &NamespaceFacts, rules: &Rules) {
        let projects = &namespace.projects.records;
        let with = |wanted: Licence, is_empty: bool| {
            select(projects, |project| {
                rules.licences.judge(&project.licence) == wanted
                    && (project.empty.value() == Some(&true)) == is_empty
            })
        };
        let both = |wanted| [with(wanted, false), with(wanted, true)].concat();
        let closed = both(Licence::NotOpen);
        if !closed.is_empty() {
            self.reasons.push(format!(
                "The licence of {} is not approved by the OSI: choose one that is.",
                names(&closed)
            ));
        }
        let missing = with(Licence::Missing, false);
        if !missing.is_empty() {
            self.reasons.push(format!(
                "GitLab finds no licence in {}: add one as a file `LICENSE`. Several licences in one \
                 project can hide each other.",
                names(&missing)
            ));
        }
        let empty = with(Licence::Missing, true);
        if !empty.is_empty() {
            self.doubts.push(format!(
                "Without a commit {} can't have a licence: add one, or delete the project.",
                names(&empty)
            ));
        }
        let unclear = both(Licence::Unclear);
        if !unclear.is_empty() {
            self.doubts.push(format!(
                "GitLab does not recognise the licence of {}: a person has to read it; the plain text \
                 of a known licence in `LICENSE` would help.",
                names(&unclear)
            ));
        }
        let withheld = both(Licence::Withheld);
        if !withheld.is_empty() {
            self.doubts.push(format!("The licence of {} could not be read.", names(&withheld)));
        }
    }

    fn worth_knowing(&mut self, namespace: &NamespaceFacts) {
        let projects = &namespace.projects.records;
        let archived = select(projects, |project| project.archived.value() == Some(&true));
        if !archived.is_empty() {
            self.notes.push(format!(
                "{} archived project(s) are judged like the others; ask the program whether they \
                 count.",
                archived.len()
            ));
        }
        let leaving = select(projects, |project| project.deletion_on.value().is_some());
        if !leaving.is_empty() {
            self.notes.push(format!(
                "{} will be deleted and may not count once it is gone.",
                names(&leaving)
            ));
        }
    }
}

fn is_hidden(project: &ProjectFacts) -> bool {
    project.visibility.value().is_some_and(|seen| *seen != Visibility::Public)
}

fn select(projects: &[ProjectFacts], wanted: impl Fn(&ProjectFacts) -> bool) -> Vec<&ProjectFacts> {
    projects.iter().filter(|project| wanted(project)).collect()
}

fn names(projects: &[&ProjectFacts]) -> String {
    let mut names: Vec<String> =
        projects.iter().take(NAMED).map(|project| inline(&project.path).to_string()).collect();
    if projects.len() > NAMED {
        names.push(format!("{} more", projects.len() - NAMED));
    }
    names.join(", ")
}

fn row(project: &ProjectFacts, rules: &Rules) -> ProjectPreflight {
    ProjectPreflight {
        path: project.path.clone(),
        visibility: project.visibility.value().copied(),
        licence: project.licence.value().map(|licence| licence.key.clone()),
        is_open: match rules.licences.judge(&project.licence) {
            Licence::Open => Some(true),
            Licence::NotOpen => Some(false),
            Licence::Unclear | Licence::Missing | Licence::Withheld => None,
        },
        is_archived: project.archived.value() == Some(&true),
        is_empty: project.empty.value() == Some(&true),
    }
}
