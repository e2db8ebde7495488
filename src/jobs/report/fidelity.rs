//! Whether everything is there: both sides counted, for each source on GitHub that has a destination.

use super::super::context::Engine;
use super::super::failure::Failure;
use super::verification::place_of;
use super::{Ground, Made};
use crate::assess::fidelity::{self, SourceCounts};
use crate::decide;
use crate::github::SurveyError;
use crate::model::{Countable, Counts, GithubRepo, Silence, Survey};
use crate::tracker::safe;

/// Pairs that are counted; each costs about twenty calls.
const COUNTED: usize = 3;

impl Engine {
    pub(super) async fn fidelity(&self, ground: &Ground<'_>) -> Result<Made, Failure> {
        let mut body = String::from("**Is everything here?**\n");
        let mut counted = 0;
        for (from, to) in decide::journeys(ground.intake) {
            let Ok(repo) = GithubRepo::parse(&from) else { continue };
            let Some(place) = place_of(&self.outside.hosts, &to) else { continue };
            let Some(gitlab) = place.gitlab else { continue };
            if counted == COUNTED {
                break;
            }
            counted += 1;
            let survey = match self.outside.github.survey(&repo).await {
                Ok(survey) => Some(survey),
                Err(SurveyError::RateLimited { until }) => {
                    let after = until.duration_since(self.clock.now());
                    let why = "GitHub's rate limit is used up".to_owned();
                    return Err(Failure::Wait { after: Some(self.scaled(after)), why });
                }
                Err(_) => None,
            };
            body.push_str(&format!(
                "\n{} and {}:\n\n",
                safe::inline(&repo.to_string()),
                safe::inline(&place.path)
            ));
            match gitlab.project_facts(&place.path).await {
                Ok(project) => {
                    let there = merged_as_closed(gitlab.counts(project.id).await);
                    let here = survey.map(|survey| counts_of(&survey)).unwrap_or_default();
                    let compared = fidelity::fidelity(
                        &SourceCounts { counts: here, issues_hold_requests: false },
                        &there,
                    );
                    body.push_str(fidelity::markdown(&compared).trim());
                    body.push_str("\n\nAmong the closed requests are the merged ones.\n");
                }
                Err(_) => body.push_str("The destination can't be read, so nothing was counted.\n"),
            }
        }
        if counted == 0 {
            body.push_str(
                "\nNothing was counted: no source on GitHub has a destination on a GitLab that may be \
                 asked.\n",
            );
        }
        Ok(Made { body, state: String::new(), again: None })
    }
}

/// GitHub counts merged pull requests among the closed ones, so both sides do.
fn merged_as_closed(mut counts: Counts) -> Counts {
    if let Some(merged) = counts.remove(&Countable::MergedRequests) {
        let closed = counts.entry(Countable::ClosedRequests).or_insert(Err(Silence::NotAsked));
        *closed = match (*closed, merged) {
            (Ok(closed), Ok(merged)) => Ok(closed.saturating_add(merged)),
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
    }
    counts
}

/// What a survey says in numbers.
fn counts_of(survey: &Survey) -> Counts {
    let told = |number: Option<u64>| number.ok_or(Silence::Later);
    [
        (Countable::Branches, told(survey.branches)),
        (Countable::Tags, told(survey.tags)),
        (Countable::Releases, told(survey.releases)),
        (Countable::OpenIssues, told(survey.open_issues)),
        (Countable::ClosedIssues, told(survey.closed_issues)),
        (Countable::OpenRequests, told(survey.open_pulls)),
        (Countable::ClosedRequests, told(survey.closed_pulls)),
    ]
    .into_iter()
    .collect()
}
