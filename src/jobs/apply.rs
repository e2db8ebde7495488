//! Carries calls out: labels and description in one write, comments by their protocol.

use jiff::SignedDuration;

use crate::crash;
use crate::gitlab::GitlabError;
use crate::model::{Call, EffectState, LabelName, Purpose};
use crate::tracker::{block, safe};

use super::comment::{Comment, Ground, alarm, gate, reads_as};
use super::context::Engine;
use super::facts::Gathered;
use super::failure::Failure;

/// A description read longer ago is read again before it is written.
const STALE_AFTER: SignedDuration = SignedDuration::from_millis(500);

impl Engine {
    /// Carries out all calls. A comment that a person has to make possible first (a locked
    /// discussion) does not hold up the others.
    pub(super) async fn apply_all(
        &self,
        ground: Ground<'_>,
        gathered: &Gathered,
        calls: &[Call],
    ) -> Result<(), Failure> {
        let mut refused = Ok(());
        for call in calls {
            match self.apply(ground, gathered, call).await {
                // Comments speak of the labels as written: without that write they would be untrue.
                Err(error) if matches!(call, Call::UpdateIssue { .. }) => return Err(error),
                Err(error @ (Failure::GiveUp { .. } | Failure::Again { .. })) => {
                    refused = refused.and(Err(error));
                }
                done => done?,
            }
        }
        refused
    }

    /// Carries out one call. Idempotent calls may simply be made again; comments follow the protocol.
    async fn apply(
        &self,
        ground: Ground<'_>,
        gathered: &Gathered,
        call: &Call,
    ) -> Result<(), Failure> {
        // Nothing leaves from a worker that slept through its lease.
        self.store.renew(ground.lease, self.settings.lease).await?;
        match call {
            Call::UpdateIssue { add_labels, remove_labels, description, once } => {
                let add = self.only_existing(ground, add_labels).await?;
                let description = self.writable(gathered, description.as_deref()).await?;
                crash::point("issue.gated");
                self.update_issue(ground, &add, remove_labels, description).await?;
                crash::point("issue.updated");
                for key in once {
                    let record = self.record_of(key, EffectState::Done, None, None);
                    self.store.record(ground.lease, ground.at, Purpose::Undo, &record).await?;
                    crash::point("undo.recorded");
                }
                Ok(())
            }
            Call::Assign { user, once } => {
                self.gitlab.assign(ground.at, *user).await?;
                let record = self.record_of(once, EffectState::Done, None, None);
                Ok(self.store.record(ground.lease, ground.at, Purpose::Undo, &record).await?)
            }
            Call::PostNote { key, purpose, body, internal, search_first } => {
                let comment = Comment { key, purpose: *purpose, body, internal: *internal };
                self.post(ground, &comment, *search_first).await
            }
            Call::EditNote { key, note, body } => self.edit(ground, key, *note, body).await,
            Call::AwardEmoji { note, emoji } => {
                let given = self.gitlab.award_emoji(ground.at, *note, emoji).await;
                crash::point("reaction.given");
                match given {
                    // The comment was deleted meanwhile.
                    Ok(()) | Err(GitlabError::NotFound { .. }) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    async fn only_existing(
        &self,
        ground: Ground<'_>,
        labels: &[LabelName],
    ) -> Result<Vec<LabelName>, Failure> {
        if labels.is_empty() {
            return Ok(Vec::new());
        }
        let existing = self.existing_labels(ground.identity.project).await?;
        let (there, missing): (Vec<_>, Vec<_>) =
            labels.iter().cloned().partition(|label| existing.contains(label));
        if let Some(label) = missing.first() {
            self.forget_labels();
            metrics::counter!("landfall_alarms_total", "alarm" => "label_missing").increment(1);
            return Err(Failure::Again {
                after: None,
                why: format!(
                    "the label `{label}` does not exist in the tracker; run `landfall setup --apply`"
                ),
            });
        }
        Ok(there)
    }

    async fn update_issue(
        &self,
        ground: Ground<'_>,
        add: &[LabelName],
        remove: &[LabelName],
        description: Option<&str>,
    ) -> Result<(), Failure> {
        if add.is_empty() && remove.is_empty() && description.is_none() {
            return Ok(());
        }
        let after = self.gitlab.update_issue(ground.at, add, remove, description).await?;
        if let Some(sent) = description
            && !reads_as(&after.description, sent)
        {
            alarm("description_changed", ground.at);
            return Err(Failure::GiveUp {
                why: "GitLab stored another description than the one sent".to_owned(),
            });
        }
        Ok(())
    }

    /// The description, if it may be written now. GitLab scans all of it for quick actions, the text
    /// of strangers too, and runs them with our rights.
    async fn writable<'a>(
        &self,
        gathered: &Gathered,
        description: Option<&'a str>,
    ) -> Result<Option<&'a str>, Failure> {
        let Some(description) = description else { return Ok(None) };
        self.check_stop().await?;
        if let Some(block) = block::find(description) {
            gate(safe::assert_block(block))?;
        }
        if let Err(error) = safe::assert_description(description) {
            alarm("unsafe_description", gathered.issue.at);
            tracing::warn!(event = "unsafe_description", iid = gathered.issue.at.iid.0, %error);
            return Ok(None);
        }
        // Somebody may have written meanwhile: decide on their text, not over it.
        if self.clock.now().duration_since(gathered.read_at) > self.scaled(STALE_AFTER) {
            let now = self.gitlab.fetch_issue(gathered.issue.at).await?;
            if now.description != gathered.issue.description {
                return Err(Failure::Wait {
                    after: Some(SignedDuration::ZERO),
                    why: "the description was edited meanwhile".to_owned(),
                });
            }
        }
        Ok(Some(description))
    }
}
