//! What is imported: shown as a plan, begun when staff say so, and watched until it is over.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::super::context::Engine;
use super::super::destination::gather_import;
use super::super::failure::Failure;
use super::super::hosts::Place;
use super::verification::place_of;
use super::{Ground, Made, kept};
use crate::assess::import::{ImportVerdict, judge_import, markdown};
use crate::crash;
use crate::decide;
use crate::gitlab::{GitLab, GithubImport, GitlabError, ImportAnswer, ImportStages};
use crate::model::{GithubRepo, NamespaceKind, ProjectId, ReportKind, Silence, Told};
use crate::tracker::safe;

/// Imports of one issue that are planned and watched.
const AT_MOST: usize = 20;
/// GitLab may still be at work on a request whose answer was lost.
const STILL_AT_WORK: SignedDuration = SignedDuration::from_secs(90);
/// Between two looks for an import that somebody else starts.
const SOMEBODY_ELSE: SignedDuration = SignedDuration::from_mins(10);
/// How the importer is used by hand.
const BY_HAND: &str = "https://docs.gitlab.com/user/project/import/github/";

/// What is remembered between two looks.
#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    rows: Vec<Row>,
    /// The last job by which staff told us to begin.
    begun_by: i64,
}

/// One import.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Row {
    from: String,
    to: String,
    /// The repository's number on GitHub when the plan was shown: a name may come to mean another.
    repo_id: Option<u64>,
    /// Staff have said so.
    #[serde(default)]
    go: bool,
    /// When the request left, or was about to.
    asked_at: Option<Timestamp>,
    project: Option<ProjectId>,
    started_at: Option<Timestamp>,
    changed_at: Option<Timestamp>,
    /// State and numbers when they last changed.
    #[serde(default)]
    seen: String,
    /// Why it was not begun.
    refused: Option<String>,
}

impl Engine {
    pub(super) async fn import(&self, ground: &Ground<'_>) -> Result<Made, Failure> {
        let mut state = planned(ground);
        let mut lines = Vec::new();
        let mut again: Option<SignedDuration> = None;
        for index in 0..state.rows.len() {
            let Some(mut row) = state.rows.get(index).cloned() else { continue };
            let Some(place) = place_of(&self.outside.hosts, &row.to) else {
                lines.push(line(&row, "the destination is no path of a project"));
                continue;
            };
            let Some(gitlab) = place.gitlab else {
                lines.push(line(&row, "the destination's GitLab is not one that may be asked"));
                continue;
            };
            self.look_for(&mut row, &place, gitlab).await?;
            if row.project.is_none() {
                self.pin(&mut row).await;
            }
            if row.project.is_none() && row.go && row.refused.is_none() {
                self.begin_import(ground, &mut state, index, &mut row, &place).await?;
            }
            let words = match row.project {
                Some(project) => {
                    let (verdict, words) = self.watch(ground, gitlab, project, &mut row).await;
                    let next = verdict.next_look_seconds.map(SignedDuration::from_secs);
                    again = soonest(again, next);
                    words
                }
                None => {
                    let is_awaited = row.refused.is_none() && self.outside.import_token.is_none();
                    again = soonest(again, is_awaited.then_some(SOMEBODY_ELSE));
                    row.refused.clone().unwrap_or_else(|| "planned".to_owned())
                }
            };
            lines.push(line(&row, &words));
            if let Some(place) = state.rows.get_mut(index) {
                *place = row;
            }
        }
        let is_open = state.rows.iter().any(|row| row.project.is_none());
        let body = format!(
            "**Import**\n\n{}{}",
            lines.join("\n"),
            if is_open { self.how_to_begin(&state) } else { String::new() }
        );
        Ok(Made { body, state: kept(&state), again })
    }

    fn how_to_begin(&self, state: &State) -> String {
        if self.outside.import_token.is_none() {
            return format!(
                "\n\nWhoever is Maintainer of the group starts an import with a GitHub token of their \
                 own ([how]({BY_HAND})), into exactly the path shown; it is watched here from then on. \
                 Never write a token into this issue."
            );
        }
        match state.rows.iter().any(|row| row.go) {
            true => String::new(),
            false => "\n\nThis is a plan; nothing has begun. Staff begin with \
                      `/landfall import start`."
                .to_owned(),
        }
    }

    /// Finds a project that is there already: ours whose answer was lost, or somebody else's import.
    async fn look_for(
        &self,
        row: &mut Row,
        place: &Place<'_>,
        gitlab: &GitLab,
    ) -> Result<(), Failure> {
        if row.project.is_some() {
            return Ok(());
        }
        match gitlab.project_facts(&place.path).await {
            Ok(project) => {
                row.project = Some(project.id);
                row.started_at = row.started_at.or(row.asked_at);
                row.refused = None;
                Ok(())
            }
            Err(error) => match error.silence() {
                // Not there is an answer; what could not be asked is none.
                Silence::NotThere | Silence::Refused => Ok(()),
                _ => Err(error.into()),
            },
        }
    }

    /// Notes which repository the plan speaks of.
    async fn pin(&self, row: &mut Row) {
        if row.repo_id.is_none()
            && let Ok(repo) = GithubRepo::parse(&row.from)
            && let Ok(survey) = self.outside.github.glance(&repo).await
        {
            row.repo_id = Some(survey.id.0);
        }
    }

    /// Asks GitLab for the import, once: what is asked is kept before the request leaves.
    async fn begin_import(
        &self,
        ground: &Ground<'_>,
        state: &mut State,
        index: usize,
        row: &mut Row,
        place: &Place<'_>,
    ) -> Result<(), Failure> {
        let Some(token) = &self.outside.import_token else { return Ok(()) };
        if let Some(asked_at) = row.asked_at {
            let wait = self.scaled(STILL_AT_WORK) - self.clock.now().duration_since(asked_at);
            if wait.is_positive() {
                let why = "the answer to an import was lost; it is looked for first".to_owned();
                return Err(Failure::Wait { after: Some(wait), why });
            }
        }
        let Some((namespace, name)) = place.path.rsplit_once('/') else { return Ok(()) };
        let repo_id = match self.may_begin(ground, row, place, namespace).await? {
            Ok(repo_id) => repo_id,
            Err(why) => {
                row.refused = Some(why);
                return Ok(());
            }
        };
        row.asked_at = Some(self.clock.now());
        if let Some(place) = state.rows.get_mut(index) {
            *place = row.clone();
        }
        let announced = Made {
            body: ground.former.map(|former| former.body.clone()).unwrap_or_default(),
            state: kept(state),
            again: None,
        };
        self.keep_report(ground, ReportKind::Import, &announced).await?;
        crash::point("import.announced");
        let stages = ImportStages { attachments: true, ..ImportStages::default() };
        let import = GithubImport { repo_id, namespace, name: Some(name), token, stages };
        let answer = self.gitlab.import_from_github(&import).await;
        crash::point("import.asked");
        match answer {
            Ok(ImportAnswer::Started(target)) => {
                row.project = Some(target.project);
                row.started_at = row.asked_at;
            }
            Ok(refusal) => {
                row.asked_at = None;
                row.refused = Some(told(&refusal));
            }
            Err(GitlabError::Lost { .. }) => {
                let after = Some(self.scaled(STILL_AT_WORK));
                let why = "the answer to an import was lost; it is looked for first".to_owned();
                return Err(Failure::Wait { after, why });
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// The repository's number, if all is as the plan said; else why not, for people.
    async fn may_begin(
        &self,
        ground: &Ground<'_>,
        row: &Row,
        place: &Place<'_>,
        namespace: &str,
    ) -> Result<Result<u64, String>, Failure> {
        if place.host.origin() != self.outside.hosts.own().origin() {
            return Ok(Err("it goes to another GitLab; start it there".to_owned()));
        }
        let Ok(repo) = GithubRepo::parse(&row.from) else {
            return Ok(Err(
                "the source is no repository on github.com; start it by hand".to_owned()
            ));
        };
        let survey = match self.outside.github.glance(&repo).await {
            Ok(survey) => survey,
            Err(error) => return Ok(Err(format!("not begun: {error}"))),
        };
        if survey.renamed_from.is_some() || row.repo_id.is_some_and(|pinned| pinned != survey.id.0)
        {
            return Ok(Err(
                "not begun: the address leads to another repository than when the plan was shown; \
                 correct the description and look at the plan again"
                    .to_owned(),
            ));
        }
        let is_rehearsal = |group: &String| {
            let path = place.path.to_lowercase();
            path.strip_prefix(&group.to_lowercase()).is_some_and(|rest| rest.starts_with('/'))
        };
        if ground.rulebook.judgement.places.test_groups.iter().any(is_rehearsal) {
            return Ok(Err("not begun: that group is for rehearsals".to_owned()));
        }
        match self.gitlab.group_facts(namespace).await {
            Ok(_) => Ok(Ok(survey.id.0)),
            Err(GitlabError::NotFound { .. }) => {
                let kind = self.gitlab.namespace_kind(namespace).await;
                let is_personal = matches!(kind, Ok(Told::Is(NamespaceKind::User)));
                Ok(Err(match is_personal {
                    true => {
                        "not begun: that is a person's own namespace, where an import loses all \
                             authors; make a group"
                    }
                    false => "not begun: there is no such group, or it is hidden from the bot",
                }
                .to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Looks at an import and says where it is.
    async fn watch(
        &self,
        ground: &Ground<'_>,
        gitlab: &GitLab,
        project: ProjectId,
        row: &mut Row,
    ) -> (ImportVerdict, String) {
        let rules = &ground.rulebook.judgement.imports;
        let mut facts = gather_import(gitlab, project, row.started_at, row.changed_at).await;
        if let Ok(status) = &facts.status {
            let seen = format!("{:?} {:?}", status.state, status.stats);
            if seen != row.seen {
                row.seen = seen;
                row.changed_at = Some(self.clock.now());
                facts.changed_at = row.changed_at;
            }
        }
        let verdict = judge_import(&facts, self.clock.now(), rules);
        let words = format!("\n\n{}\n", markdown(&verdict).trim());
        (verdict, words)
    }
}

/// The rows of the text, with what is remembered of each; begun are those that were shown.
fn planned(ground: &Ground<'_>) -> State {
    let former: State = ground.state();
    let was_shown = ground.former.is_some_and(|former| former.subject == ground.subject);
    let told = ground
        .batch
        .jobs
        .iter()
        .filter(|job| matches!(job.kind, crate::model::JobKind::Report { start: true, .. }));
    let told = told.map(|job| job.id.0).max().filter(|job| *job > former.begun_by);
    let begins = was_shown && ground.start && told.is_some();
    let rows = decide::journeys(ground.intake).into_iter().take(AT_MOST).map(|(from, to)| {
        let known = former.rows.iter().find(|row| row.to == to && row.from == from).cloned();
        let mut row = known.unwrap_or_else(|| Row { from, to, ..Row::default() });
        if begins {
            row.go = true;
            row.refused = None;
        }
        row
    });
    State { rows: rows.collect(), begun_by: told.unwrap_or(former.begun_by) }
}

fn line(row: &Row, words: &str) -> String {
    format!("- {} → {}: {words}", safe::inline(&row.from), safe::inline(&row.to))
}

fn soonest(one: Option<SignedDuration>, other: Option<SignedDuration>) -> Option<SignedDuration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// GitLab's refusal, and what to do.
fn told<T>(answer: &ImportAnswer<T>) -> String {
    match answer {
        ImportAnswer::Started(_) => "begun".to_owned(),
        ImportAnswer::NameTaken => {
            "not begun: the group has a project of this name already".to_owned()
        }
        ImportAnswer::Forbidden => {
            "not begun: the bot may not import into this group; it must be Maintainer there"
                .to_owned()
        }
        ImportAnswer::BadToken => {
            "not begun: GitHub refuses the token; replace LANDFALL_GITHUB_IMPORT_TOKEN".to_owned()
        }
        ImportAnswer::NoSuchNamespace => "not begun: there is no such group".to_owned(),
        ImportAnswer::Refused { status, detail } => {
            format!("not begun: GitLab says {status}, {}", safe::inline(detail))
        }
    }
}
