//! Whether the community has arrived: every destination its issue names, judged by its own GitLab.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::super::context::{Engine, Rulebook};
use super::super::destination::{Destination, gather_destination};
use super::super::failure::Failure;
use super::super::hosts::{Hosts, Place};
use super::{Ground, Made, kept};
use crate::assess::verify::{
    Cutover, MoveVerdict, Overall, Scope, SourceFacts, markdown, verify_move,
};
use crate::decide;
use crate::model::{GithubRepo, IssueRef, ProjectId, Silence};
use crate::tracker::intake::{self, Intake, Part};

/// Destinations that are looked at; each costs up to forty calls.
const LOOKED_AT: usize = 10;
/// A move is verified again each day.
const EACH_DAY: SignedDuration = SignedDuration::from_hours(24);
/// The stage that begins with the first wave.
const CUTOVER_STAGE: &str = "migrating";
/// The stage that staff set when all is verified.
const MOVED_STAGE: &str = "moved";

/// Numbers of the destinations by their address, for the next time: a number outlives a name.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    projects: BTreeMap<String, ProjectId>,
}

/// What an issue says of its destinations.
#[derive(Debug)]
struct Destinations {
    all: Vec<(Destination, Option<Cutover>)>,
}

impl Engine {
    pub(super) async fn verification(&self, ground: &Ground<'_>) -> Result<Made, Failure> {
        let known: Known = ground.state();
        let cutover = ground.memory.and_then(|memory| {
            let mut entries = memory.entries.iter();
            entries.find(|entry| entry.stage.as_str() == CUTOVER_STAGE).map(|entry| entry.at)
        });
        let marks = Marks {
            is_small: ground.has_label("size", "::S"),
            is_excluded: ground.has_label("flags", "kpi::excluded"),
            scopes: ground.scoped(),
            cutover,
        };
        let verdict = self.judge_move(ground.intake, &marks, &known, ground.rulebook).await;
        let stage = ground.issue.labels.iter().find_map(|label| {
            ground.rulebook.workflow.stage_of_label(label).map(|stage| stage.name.as_str())
        });
        let mut body = markdown(&verdict);
        body.push_str("\n\n");
        body.push_str(match (verdict.overall, stage == Some(MOVED_STAGE)) {
            (Overall::Verified, false) => {
                "Everything is verified: the program's staff may set `migration::moved` now."
            }
            (Overall::Verified, true) => "Verified: this move counts.",
            (_, true) => "kpi: pending. This move counts as soon as everything is verified.",
            (_, false) => "Looked at again each day; `/landfall verify` looks at once.",
        });
        let mut state = Known::default();
        for one in &verdict.destinations {
            if let Some(number) = one.project {
                state.projects.insert(format!("{} {}", one.host, one.path), ProjectId(number));
            }
        }
        Ok(Made { body, state: kept(&state), again: Some(EACH_DAY) })
    }

    /// Judges the move that an issue tells of, and keeps nothing.
    ///
    /// # Errors
    /// In words, when GitLab can't be asked. `Ok(None)` when there is no such issue, or it names no
    /// destination.
    pub async fn verify_now(&self, at: IssueRef) -> Result<Option<MoveVerdict>, String> {
        let look = async {
            let Some(examination) = self.examine(at).await.map_err(Failure::later)? else {
                return Ok(None);
            };
            let intake = intake::parse(&examination.issue.description);
            if decide::journeys(&intake).is_empty() {
                return Ok(None);
            }
            let rulebook = self.rulebook();
            let mut entries = examination.decision.history.iter();
            let cutover = entries.find(|entry| entry.stage.as_str() == CUTOVER_STAGE);
            let has = |word: &str| {
                examination.issue.labels.iter().any(|label| label.as_str().ends_with(word))
            };
            let words =
                examination.issue.labels.iter().filter_map(|label| {
                    label.as_str().strip_prefix("scope-").and_then(Scope::parse)
                });
            let marks = Marks {
                is_small: has("size::S"),
                is_excluded: has("kpi::excluded"),
                scopes: words.collect(),
                cutover: cutover.map(|entry| entry.at),
            };
            let known = Known::default();
            Ok(Some(self.judge_move(&intake, &marks, &known, &rulebook).await))
        };
        look.await.map_err(|failure: Failure| failure.words())
    }

    async fn judge_move(
        &self,
        intake: &Intake,
        marks: &Marks,
        known: &Known,
        rulebook: &Rulebook,
    ) -> MoveVerdict {
        let (now, rules) = (self.clock.now(), &rulebook.judgement);
        let hosts = &self.outside.hosts;
        let mut facts = Vec::new();
        for (mut destination, cutover) in Destinations::of(intake, hosts, marks, known).all {
            let address = destination.host.join(&destination.path).ok();
            destination.source = self.source_facts(intake, &destination.path, address).await;
            let place = hosts.find_below(&destination.host, &destination.path);
            facts.push(gather_destination(place, &destination, cutover, rules, now).await);
        }
        verify_move(&facts, rules, now)
    }

    /// What GitHub says of the place a destination comes from.
    async fn source_facts(
        &self,
        intake: &Intake,
        path: &str,
        destination: Option<Url>,
    ) -> Option<SourceFacts> {
        let journeys = decide::journeys(intake);
        let (from, _) = journeys.iter().find(|(_, to)| to.trim_matches('/').ends_with(path))?;
        let repo = GithubRepo::parse(from).ok()?;
        let name = format!("github.com/{repo}");
        let Ok(survey) = self.outside.github.glance(&repo).await else {
            let (archived, pushed_at) = (Err(Silence::Later), Err(Silence::Later));
            return Some(SourceFacts {
                name,
                archived,
                pushed_at,
                points_here: Err(Silence::Later),
            });
        };
        let wanted = destination.map(|url| url.as_str().trim_end_matches('/').to_lowercase());
        let says = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default().to_lowercase();
            wanted.as_ref().is_some_and(|wanted| text.contains(wanted.as_str()))
        };
        Some(SourceFacts {
            name,
            archived: survey.archived.ok_or(Silence::Later),
            pushed_at: survey.pushed_at.ok_or(Silence::Later),
            points_here: Ok(says(&survey.homepage) || says(&survey.description)),
        })
    }
}

/// What the issue's labels and history say of the move.
struct Marks {
    is_small: bool,
    is_excluded: bool,
    scopes: BTreeSet<Scope>,
    /// When the first wave began.
    cutover: Option<Timestamp>,
}

impl Destinations {
    /// Of an issue's text: the first is the primary one.
    fn of(intake: &Intake, hosts: &Hosts, marks: &Marks, known: &Known) -> Self {
        let mut all = Vec::new();
        for (from, to) in decide::journeys(intake).into_iter().take(LOOKED_AT) {
            let Some(place) = place_of(hosts, &to) else { continue };
            let source = intake.sources.iter().find(|source| source.url == from);
            let parts = source.map(|source| source.what.clone()).unwrap_or_default();
            let moved: BTreeSet<Scope> = match marks.scopes.is_empty() {
                false => marks.scopes.clone(),
                true => parts.iter().filter_map(scope_of).collect(),
            };
            let wave = intake.waves.iter().find(|wave| wave.destination.as_ref() == Some(&to));
            let date = wave.and_then(|wave| wave.date.as_deref()?.parse::<Date>().ok());
            let key = format!("{} {}", place.host, place.path);
            let destination = Destination {
                host: place.host.clone(),
                path: place.path.clone(),
                known_id: known.projects.get(&key).copied(),
                is_primary: all.is_empty(),
                is_small: marks.is_small,
                is_excluded: marks.is_excluded,
                own_projects: known.projects.values().copied().collect(),
                source: None,
                moved,
                stays: BTreeSet::new(),
                attested: BTreeMap::new(),
            };
            all.push((destination, Cutover::of(marks.cutover, date, None)));
        }
        Self { all }
    }
}

fn scope_of(part: &Part) -> Option<Scope> {
    match part {
        Part::Review => Some(Scope::Code),
        other => Scope::parse(other.as_str()),
    }
}

/// Where a destination is: an address, or a path on the tracker's own GitLab.
pub(super) fn place_of<'a>(hosts: &'a Hosts, destination: &str) -> Option<Place<'a>> {
    let address = match destination.split_once("://") {
        Some(_) => Url::parse(destination).ok()?,
        None => {
            let mut url = hosts.own().clone();
            let base = url.path().trim_end_matches('/').to_owned();
            url.set_path(&format!("{base}/{}", destination.trim_matches('/')));
            url
        }
    };
    hosts.find(&address)
}
