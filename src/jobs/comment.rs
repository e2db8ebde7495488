//! Makes each comment visible exactly once.
//!
//! Before a comment is posted, its key is committed as in flight. When the answer is lost, the effect
//! is uncertain: the bot waits until GitLab can no longer be working on the request, looks for the
//! marker on all pages, and posts again only if it is surely not there.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::crash;
use crate::gitlab::GitlabError;
use crate::model::{EffectKey, EffectRecord, EffectState, IssueRef, Lease, NoteId, Purpose};
use crate::tracker::marker::{body_digest, with_marker, without_marker};
use crate::tracker::safe::{self, UnsafeBody};

use super::context::{Engine, Identity};
use super::facts::{found, own_marked};
use super::failure::Failure;

/// GitLab may still be working on a request this long after its answer was lost.
const UNCERTAIN_FOR: SignedDuration = SignedDuration::from_secs(90);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// How long a held comment waits before it is tried again.
const HELD_FOR: SignedDuration = SignedDuration::from_secs(60);
const SPOKEN: [Purpose; 4] = [Purpose::Welcome, Purpose::Stage, Purpose::Refusal, Purpose::Reply];

/// Where calls are carried out, and by what right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) identity: &'a Identity,
    pub(super) at: IssueRef,
    pub(super) lease: &'a Lease,
    pub(super) records: &'a BTreeMap<EffectKey, EffectRecord>,
}

/// What the limits leave.
enum Room {
    Enough,
    LastReply,
    None,
}

const LAST_REPLY: &str = "*This is my last answer here for about an hour; commands are still carried \
                          out, and a reaction tells whether they were.*";

pub(super) struct Comment<'a> {
    pub(super) key: &'a EffectKey,
    pub(super) purpose: Purpose,
    pub(super) body: &'a str,
    pub(super) internal: bool,
}
impl Engine {
    /// Deletes later comments of ours that repeat an earlier one.
    pub(super) async fn heal_duplicates(
        &self,
        ground: Ground<'_>,
        duplicates: &[NoteId],
    ) -> Result<(), Failure> {
        for note in duplicates {
            self.gitlab.delete_note(ground.at, *note).await?;
            crash::point("comment.healed");
            metrics::counter!("landfall_healed_duplicates_total").increment(1);
            tracing::warn!(event = "healed_duplicate", iid = ground.at.iid.0, note = note.0);
        }
        Ok(())
    }

    pub(super) async fn post(
        &self,
        ground: Ground<'_>,
        comment: &Comment<'_>,
        search_first: bool,
    ) -> Result<(), Failure> {
        gate(safe::assert_body(comment.body))?;
        let limited;
        let comment = match self.may_speak(ground, comment).await? {
            Room::Enough => comment,
            Room::LastReply => {
                let body = format!("{}\n\n{LAST_REPLY}", without_marker(comment.body));
                limited = with_marker(&body, comment.key);
                &Comment { body: &limited, ..*comment }
            }
            Room::None => return Ok(()),
        };
        if search_first {
            self.wait_out(ground, comment.key)?;
            let sought = self.search(ground, comment.key).await?;
            crash::point("comment.sought");
            if let Some(record) = sought {
                self.store.record(ground.lease, ground.at, comment.purpose, &record).await?;
                crash::point("comment.adopted");
                return Ok(());
            }
        }
        self.store.announce(ground.lease, ground.at, comment.key, comment.purpose).await?;
        crash::point("comment.announced");
        let posted = self.gitlab.post_note(ground.at, comment.body, comment.internal).await;
        crash::point("comment.posted");
        let done = |note| {
            self.record_of(comment.key, EffectState::Done, note, Some(body_digest(comment.body)))
        };
        match posted {
            Ok(posted) => {
                let record = done(Some(posted.note));
                self.store.record(ground.lease, ground.at, comment.purpose, &record).await?;
                crash::point("comment.recorded");
                if !reads_as(&posted.body, comment.body) {
                    self.stop("GitLab stored another comment than the one sent").await?;
                }
                if ground.records.contains_key(comment.key) {
                    self.heal(ground, comment.key, posted.note).await?;
                }
                Ok(())
            }
            Err(GitlabError::CommandsExecuted) => {
                self.store.record(ground.lease, ground.at, comment.purpose, &done(None)).await?;
                self.stop("GitLab ran a quick action out of a comment of ours").await?;
                Ok(())
            }
            Err(error) if error.is_uncertain() => {
                let record = self.record_of(comment.key, EffectState::Uncertain, None, None);
                self.store.record(ground.lease, ground.at, comment.purpose, &record).await?;
                crash::point("comment.doubted");
                metrics::counter!("landfall_uncertain_effects_total").increment(1);
                Err(Failure::Again {
                    after: Some(self.scaled(UNCERTAIN_FOR)),
                    why: format!(
                        "the answer to a comment was lost ({error}); it will be looked for"
                    ),
                })
            }
            Err(error @ GitlabError::Invalid { .. }) => {
                let record = self.record_of(comment.key, EffectState::Failed, None, None);
                self.store.record(ground.lease, ground.at, comment.purpose, &record).await?;
                Err(error.into())
            }
            Err(error) => {
                match ground.records.get(comment.key) {
                    // An older request of ours may still land: the doubt stays.
                    Some(doubtful) => {
                        let record =
                            EffectRecord { state: EffectState::Uncertain, ..doubtful.clone() };
                        let (lease, at) = (ground.lease, ground.at);
                        self.store.record(lease, at, comment.purpose, &record).await?;
                    }
                    None => self.store.withdraw(ground.lease, comment.key).await?,
                }
                Err(error.into())
            }
        }
    }

    /// The comment stop and the limits. A reply over its limit is dropped, which the last one before
    /// it has announced. Other comments wait.
    async fn may_speak(&self, ground: Ground<'_>, comment: &Comment<'_>) -> Result<Room, Failure> {
        self.check_stop().await?;
        let since = self.clock.now().saturating_sub(self.scaled(HOUR)).unwrap_or(Timestamp::MIN);
        let count = |purposes| self.store.comments_since(ground.at, purposes, since);
        if count(&SPOKEN).await? >= self.settings.comments_per_hour {
            alarm("comment_limit", ground.at);
            let why = "too many comments on one issue within an hour; the rest waits".to_owned();
            return Err(Failure::Wait { after: Some(self.scaled(HELD_FOR)), why });
        }
        if comment.purpose != Purpose::Reply {
            return Ok(Room::Enough);
        }
        let replies = count(&[Purpose::Reply]).await?;
        if replies >= self.settings.replies_per_hour {
            alarm("reply_limit", ground.at);
            return Ok(Room::None);
        }
        let is_last = replies + 1 == self.settings.replies_per_hour;
        Ok(if is_last { Room::LastReply } else { Room::Enough })
    }

    pub(super) async fn check_stop(&self) -> Result<(), Failure> {
        match self.store.comment_stop().await? {
            None => Ok(()),
            Some(stop) => Err(Failure::Wait {
                after: Some(self.scaled(HELD_FOR)),
                why: format!(
                    "comments are stopped: {}; `landfall comments resume` lifts it",
                    stop.reason
                ),
            }),
        }
    }

    pub(super) async fn stop(&self, reason: &str) -> Result<(), Failure> {
        tracing::error!(
            event = "alarm",
            alarm = "comments_stopped",
            reason,
            "comments are stopped"
        );
        metrics::counter!("landfall_alarms_total", "alarm" => "comments_stopped").increment(1);
        Ok(self.store.stop_comments(reason).await?)
    }

    /// Fails with a wait while GitLab can still be working on a lost request.
    fn wait_out(&self, ground: Ground<'_>, key: &EffectKey) -> Result<(), Failure> {
        let Some(record) = ground.records.get(key) else {
            return Ok(());
        };
        let whole = self.scaled(UNCERTAIN_FOR);
        let over = record.changed_at.saturating_add(whole).unwrap_or(record.changed_at);
        // Dated by another clock than ours it may lie far ahead: it waits as if it were dated now.
        let left = over.duration_since(self.clock.now()).min(whole);
        if left <= SignedDuration::ZERO {
            return Ok(());
        }
        Err(Failure::Wait { after: Some(left), why: "waiting to look for a comment".to_owned() })
    }

    /// Looks for our comment with this key on all pages. A failed search is an error: fail closed.
    async fn search(
        &self,
        ground: Ground<'_>,
        key: &EffectKey,
    ) -> Result<Option<EffectRecord>, Failure> {
        let notes = self.gitlab.list_notes(ground.at).await?;
        let record = own_marked(&notes, ground.identity)
            .find(|(_, marked)| marked == key)
            .map(|(note, key)| found(key, note));
        Ok(record)
    }

    /// After a post that followed an uncertain one: the lost request may have landed late.
    async fn heal(
        &self,
        ground: Ground<'_>,
        key: &EffectKey,
        posted: NoteId,
    ) -> Result<(), Failure> {
        let notes = self.gitlab.list_notes(ground.at).await?;
        let mut ours: Vec<NoteId> = own_marked(&notes, ground.identity)
            .filter(|(_, marked)| marked == key)
            .map(|(note, _)| note.id)
            .collect();
        ours.sort_unstable();
        let Some((first, late)) = ours.split_first() else {
            return Ok(());
        };
        for note in late {
            self.gitlab.delete_note(ground.at, *note).await?;
            metrics::counter!("landfall_healed_duplicates_total").increment(1);
            tracing::warn!(event = "healed_duplicate", iid = ground.at.iid.0, note = note.0);
        }
        if *first != posted
            && let Some(note) = notes.iter().find(|note| note.id == *first)
        {
            let record = found(key.clone(), note);
            self.store.record(ground.lease, ground.at, Purpose::Stage, &record).await?;
        }
        Ok(())
    }

    pub(super) async fn edit(
        &self,
        ground: Ground<'_>,
        key: &EffectKey,
        note: NoteId,
        body: &str,
    ) -> Result<(), Failure> {
        gate(safe::assert_body(body))?;
        self.check_stop().await?;
        let edited = self.gitlab.edit_note(ground.at, note, body).await;
        crash::point("comment.edited");
        let record = match edited {
            Ok(posted) => {
                if !reads_as(&posted.body, body) {
                    self.stop("GitLab stored another comment than the one sent").await?;
                }
                self.record_of(key, EffectState::Done, Some(note), Some(body_digest(body)))
            }
            Err(GitlabError::CommandsExecuted) => {
                self.stop("GitLab ran a quick action out of a comment of ours").await?;
                self.record_of(key, EffectState::Done, None, None)
            }
            // A person deleted it: it stays deleted.
            Err(GitlabError::NotFound { .. }) => self.record_of(key, EffectState::Done, None, None),
            Err(error) => return Err(error.into()),
        };
        Ok(self.store.record(ground.lease, ground.at, Purpose::Stage, &record).await?)
    }

    pub(super) fn record_of(
        &self,
        key: &EffectKey,
        state: EffectState,
        note: Option<NoteId>,
        body_digest: Option<String>,
    ) -> EffectRecord {
        EffectRecord { key: key.clone(), state, note, body_digest, changed_at: self.clock.now() }
    }
}

pub(super) fn alarm(name: &'static str, at: IssueRef) {
    metrics::counter!("landfall_alarms_total", "alarm" => name).increment(1);
    tracing::warn!(event = "alarm", alarm = name, project_id = at.project.0, iid = at.iid.0);
}

/// A text that fails the last check never leaves: a bug of ours or of a template, told to a person.
pub(super) fn gate(checked: Result<(), UnsafeBody>) -> Result<(), Failure> {
    checked.map_err(|error| {
        metrics::counter!("landfall_alarms_total", "alarm" => "unsafe_text").increment(1);
        Failure::GiveUp { why: error.to_string() }
    })
}

/// GitLab drops carriage returns and trailing blanks; nothing else may differ.
pub(super) fn reads_as(stored: &str, sent: &str) -> bool {
    let plain = |text: &str| text.replace('\r', "").trim_end().to_owned();
    plain(stored) == plain(sent)
}
