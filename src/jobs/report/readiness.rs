//! What a move of the sources takes: each looked at on GitHub, the others by their kind.

use super::super::context::Engine;
use super::super::failure::Failure;
use super::{Ground, Made};
use crate::assess;
use crate::decide;
use crate::github::SurveyError;
use crate::model::{GithubRepo, SourceKind, Survey};
use crate::tracker::safe;

/// Sources on GitHub that are looked at; more are named.
const LOOKED_AT: usize = 5;
/// Characters after which a further source is only named: a comment has its limit.
const FULL: usize = 8_500;

impl Engine {
    pub(super) async fn readiness(&self, ground: &Ground<'_>) -> Result<Made, Failure> {
        let mut body = String::from("**What a move of your sources takes**\n");
        let repos = ground.intake.github_repos(LOOKED_AT);
        for repo in &repos {
            let survey = self.outside.github.survey(repo).await;
            let part = self.on_one(ground, repo, survey)?;
            if body.chars().count() + part.chars().count() > FULL {
                body.push_str(&format!(
                    "\n- {} is not shown here for want of room.\n",
                    safe::inline(&repo.to_string())
                ));
            } else {
                body.push('\n');
                body.push_str(part.trim());
                body.push('\n');
            }
        }
        let mut kinds: Vec<SourceKind> = Vec::new();
        for source in decide::moving(ground.intake) {
            let is_looked_at = source.github_repo().is_some();
            let kind = SourceKind::parse(source.kind.as_str()).unwrap_or(SourceKind::Other);
            if !is_looked_at && !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        for kind in kinds {
            let path = ground.rulebook.sources.path_for(kind);
            body.push('\n');
            body.push_str(path.markdown(kind).trim());
            body.push('\n');
        }
        Ok(Made { body, state: String::new(), again: None })
    }

    fn on_one(
        &self,
        ground: &Ground<'_>,
        repo: &GithubRepo,
        survey: Result<Survey, SurveyError>,
    ) -> Result<String, Failure> {
        match survey {
            Ok(survey) => {
                let sources = &ground.rulebook.sources;
                Ok(assess::readiness(&survey, sources, self.clock.now()).markdown())
            }
            // The world has to change first; the report waits for it.
            Err(SurveyError::RateLimited { until }) => Err(Failure::Wait {
                after: Some(self.scaled(until.duration_since(self.clock.now()))),
                why: "GitHub's rate limit is used up".to_owned(),
            }),
            Err(error @ (SurveyError::Unauthorized | SurveyError::Forbidden)) => {
                Err(Failure::wait(error.to_string()))
            }
            Err(
                error @ (SurveyError::Unreachable | SurveyError::Timeout | SurveyError::Status(_)),
            ) => Err(Failure::later(error.to_string())),
            Err(error) => Ok(format!("- {}: {error}.", safe::inline(&repo.to_string()))),
        }
    }
}
