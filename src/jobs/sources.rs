//! Which sources an issue names, and which other issues name the same.

use std::collections::BTreeSet;

use crate::gitlab::GitlabError;
use crate::model::{Issue, IssueIid, IssueState};
use crate::tracker::intake;
use crate::workflow::Workflow;

use super::context::Engine;
use super::failure::Failure;

/// Other issues that are named as perhaps the same.
const TWINS_AT_MOST: usize = 3;
/// Sources by which an issue can be found.
const SOURCES_AT_MOST: usize = 20;

impl Engine {
    /// Open issues that name one of this one's sources and that everybody may know of.
    pub(super) async fn twins(&self, issue: &Issue) -> Result<Vec<IssueIid>, Failure> {
        let known = self.store.issues_with_sources(issue.at, &sources(issue)).await?;
        let mut twins = Vec::new();
        for at in known.into_iter().take(TWINS_AT_MOST) {
            match self.gitlab.fetch_issue(at).await {
                Ok(twin) if twin.state == IssueState::Opened && !twin.confidential => {
                    twins.push(at.iid);
                }
                Ok(_) | Err(GitlabError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(twins)
    }
}

/// The issue's sources, normalised, as they are noted for other issues to find; none of a closed one.
pub(super) fn sources(issue: &Issue) -> Vec<String> {
    if issue.state != IssueState::Opened {
        return Vec::new();
    }
    let intake = intake::parse(&issue.description);
    let keys = intake.sources.iter().filter_map(|source| intake::normalised_source(&source.url));
    let keys: BTreeSet<String> = keys.map(|key| key.as_str().to_owned()).collect();
    keys.into_iter().take(SOURCES_AT_MOST).collect()
}

/// Whether the issue is in the first stage or in none.
pub(super) fn is_at_the_start(workflow: &Workflow, issue: &Issue) -> bool {
    let first = workflow.first_stage().map(|stage| &stage.name);
    let mut stages = issue.labels.iter().filter_map(|label| workflow.stage_of_label(label));
    stages.all(|stage| Some(&stage.name) == first)
}
