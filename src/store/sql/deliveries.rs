//! Receiving: group commit and deduplication.

use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;
use sqlx::QueryBuilder;
use tokio::sync::{mpsc, oneshot};

use super::retry::again;
use super::{
    Connection, Db, Writer, cleaned, failed, hex, insert_jobs, lock_content, millis, sha256,
};
use crate::crash;
use crate::model::{Accepted, DeliveryId, DeliveryKey, DeliveryState, Disposition, Incoming};
use crate::model::{IssueRef, JobKind};
use crate::store::StoreError;

/// How many deliveries share one transaction.
const GROUP: usize = 256;
/// How many may wait for their turn before callers are held back.
const WAITING: usize = 1024;
/// Bodies of more bytes are stored one at a time: the driver copies all that a statement binds.
const LARGE: usize = 64 * 1024;
/// A delivery without a key of its own counts as a repeat for so long.
const CONTENT_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// One delivery and who waits for its COMMIT.
pub(in super::super) struct Ticket {
    incoming: Incoming,
    answer: oneshot::Sender<Result<Accepted, StoreError>>,
}

/// The entrance of the group commit.
#[derive(Debug, Clone)]
pub(in super::super) struct Entrance(mpsc::Sender<Ticket>);

impl Entrance {
    /// Starts the task that commits groups; it ends when the last entrance is dropped.
    pub(super) fn open(writer: Writer) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(commit_groups(writer, receiver));
        Self(sender)
    }

    /// One with nobody behind it.
    #[cfg(test)]
    #[allow(dead_code, reason = "only SQLite's tests need it")]
    pub(in super::super) fn closed() -> Self {
        Self(mpsc::channel(1).0)
    }

    /// Whether anybody is behind it.
    pub(super) fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Waits for the COMMIT of this delivery.
    pub(super) async fn accept(&self, incoming: Incoming) -> Result<Accepted, StoreError> {
        let gone = || StoreError::Unavailable("its writer has stopped; restart".to_owned());
        let (answer, outcome) = oneshot::channel();
        self.0.send(Ticket { incoming, answer }).await.map_err(|_| gone())?;
        outcome.await.map_err(|_| gone())?
    }
}

async fn commit_groups(writer: Writer, mut tickets: mpsc::Receiver<Ticket>) {
    let mut group = Vec::with_capacity(GROUP);
    while tickets.recv_many(&mut group, GROUP).await > 0 {
        match again(|| commit(&writer, &group)).await {
            Ok(verdicts) => {
                for (ticket, verdict) in group.drain(..).zip(verdicts) {
                    // Who has stopped waiting will ask again and hear of a duplicate.
                    let _ = ticket.answer.send(Ok(verdict));
                }
            }
            Err(error) => {
                let why = match error {
                    StoreError::Unavailable(why) => why,
                    other => other.to_string(),
                };
                for ticket in group.drain(..) {
                    let _ = ticket.answer.send(Err(StoreError::Unavailable(why.clone())));
                }
            }
        }
    }
}

async fn commit(writer: &Writer, group: &[Ticket]) -> Result<Vec<Accepted>, StoreError> {
    let mut tx = writer.begin().await?;
    crash::point("group.begun");
    let verdicts = keep_group(&mut tx, group).await?;
    crash::point("group.delivered");
    let jobs: Vec<_> = group.iter().zip(&verdicts).filter_map(job).collect();
    let now = writer.now(&mut tx).await?;
    insert_jobs(&mut tx, now, &jobs).await?;
    crash::point("group.queued");
    tx.commit().await.map_err(failed)?;
    crash::point("group.committed");
    // Committed into a file that was deleted meanwhile is not kept.
    writer.check_kept()?;
    Ok(verdicts)
}

/// The job of a delivery that is new and work.
fn job((ticket, verdict): (&Ticket, &Accepted)) -> Option<(JobKind, Option<DeliveryId>)> {
    match (&ticket.incoming.disposition, verdict) {
        (Disposition::Work(event), Accepted::New(id)) => {
            Some((JobKind::Handle { event: event.clone() }, Some(*id)))
        }
        _ => None,
    }
}

/// Stores most of a group with one statement, for each is a hand-over to the driver's thread.
/// What may not be new is looked at alone, after the first of its key.
async fn keep_group(tx: &mut Connection, group: &[Ticket]) -> Result<Vec<Accepted>, StoreError> {
    let rows: Vec<_> = group.iter().map(|ticket| Row::of(&ticket.incoming)).collect();
    let mut keys = HashSet::new();
    let mut together: Vec<_> = rows
        .iter()
        .filter(|row| row.key_source == "given" && keys.insert(&row.key_digest))
        .filter(|row| row.bytes <= LARGE)
        .collect();
    // Two processes that store the same keys in different orders would wait for each other.
    together.sort_unstable_by(|one, other| one.key_digest.cmp(&other.key_digest));
    let mut stored: HashMap<_, _> = insert(tx, &together).await?.into_iter().collect();
    let mut verdicts = Vec::with_capacity(group.len());
    for (row, ticket) in rows.iter().zip(group) {
        let given = row.key_source == "given";
        // Taken out: the next of this key is a repeat.
        verdicts.push(match given.then(|| stored.remove(&row.key_digest)).flatten() {
            Some(id) => Accepted::New(DeliveryId(id)),
            None => keep(tx, row, &ticket.incoming.body).await?,
        });
    }
    Ok(verdicts)
}

async fn keep(tx: &mut Connection, row: &Row<'_>, body: &[u8]) -> Result<Accepted, StoreError> {
    if row.key_source == "content" && was_here_lately(tx, row).await? {
        return Ok(Accepted::Duplicate);
    }
    if let Some((_, id)) = insert(tx, &[row]).await?.pop() {
        return Ok(Accepted::New(DeliveryId(id)));
    }
    if same_body_is_here(tx, row).await? {
        return Ok(Accepted::Duplicate);
    }
    let conflict = Row {
        key_source: "conflict",
        state: DeliveryState::Quarantined,
        reason: Some("key_conflict"),
        body: Some(body),
        ..row.clone()
    };
    let stored = insert(tx, &[&conflict]).await?.pop();
    Ok(stored.map_or(Accepted::Duplicate, |(_, id)| Accepted::KeyConflict(DeliveryId(id))))
}

#[derive(Clone)]
struct Row<'a> {
    key_source: &'static str,
    key_digest: String,
    body_digest: String,
    event_name: String,
    issue: Option<IssueRef>,
    state: DeliveryState,
    reason: Option<&'a str>,
    received_at: i64,
    bytes: usize,
    body: Option<&'a [u8]>,
}

impl<'a> Row<'a> {
    fn of(incoming: &'a Incoming) -> Self {
        let (key_source, key) = match &incoming.key {
            DeliveryKey::Given(key) => ("given", key),
            DeliveryKey::Content(key) => ("content", key),
        };
        let (state, reason, issue) = match &incoming.disposition {
            Disposition::Work(event) => (DeliveryState::Waiting, None, Some(event.issue())),
            Disposition::Ignored { reason, issue } => {
                (DeliveryState::Ignored, Some(&**reason), *issue)
            }
            Disposition::Quarantined { reason } => {
                (DeliveryState::Quarantined, Some(&**reason), None)
            }
        };
        Self {
            key_source,
            key_digest: sha256(key.as_bytes()),
            body_digest: hex(&incoming.body_digest),
            event_name: cleaned(&incoming.event_name),
            issue,
            state,
            reason,
            received_at: millis(incoming.received_at),
            bytes: incoming.body.len(),
            body: (state != DeliveryState::Ignored).then_some(&*incoming.body),
        }
    }
}

/// Stores the rows whose keys are free; returns their keys' digests and their ids.
async fn insert(tx: &mut Connection, rows: &[&Row<'_>]) -> Result<Vec<(String, i64)>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = QueryBuilder::<Db>::new(
        "INSERT INTO deliveries (key_source, key_digest, body_digest, event_name, project, iid, \
                                 state, reason, received_at, bytes, body) ",
    );
    statement.push_values(rows, |mut values, row| {
        values
            .push_bind(row.key_source)
            .push_bind(&row.key_digest)
            .push_bind(&row.body_digest)
            .push_bind(&row.event_name)
            .push_bind(row.issue.map(|issue| issue.project.0.cast_signed()))
            .push_bind(row.issue.map(|issue| issue.iid.0.cast_signed()))
            .push_bind(row.state.as_str())
            .push_bind(row.reason)
            .push_bind(row.received_at)
            .push_bind(i64::try_from(row.bytes).unwrap_or(i64::MAX))
            .push_bind(row.body);
    });
    statement.push(" ON CONFLICT DO NOTHING RETURNING key_digest, id");
    let query = statement.build_query_as().persistent(rows.len() == 1);
    query.fetch_all(tx).await.map_err(failed)
}

pub(in super::super) const SAME_KEY: &str =
    "SELECT body_digest FROM deliveries WHERE key_source = 'given' AND key_digest = $1";
pub(in super::super) const LATELY: &str = "SELECT id FROM deliveries \
     WHERE key_source = 'content' AND key_digest = $1 AND received_at BETWEEN $2 AND $3 LIMIT 1";

async fn same_body_is_here(tx: &mut Connection, row: &Row<'_>) -> Result<bool, StoreError> {
    let stored: Option<(String,)> =
        sqlx::query_as(SAME_KEY).bind(&row.key_digest).fetch_optional(tx).await.map_err(failed)?;
    Ok(stored.is_some_and(|(digest,)| digest == row.body_digest))
}

async fn was_here_lately(tx: &mut Connection, row: &Row<'_>) -> Result<bool, StoreError> {
    lock_content(tx, &row.key_digest).await?;
    let window = i64::try_from(CONTENT_WINDOW.as_millis()).unwrap_or(i64::MAX);
    // Both ways: a clock set back must not make every old body a repeat.
    let stored: Option<(i64,)> = sqlx::query_as(LATELY)
        .bind(&row.key_digest)
        .bind(row.received_at.saturating_sub(window))
        .bind(row.received_at.saturating_add(window))
        .fetch_optional(tx)
        .await
        .map_err(failed)?;
    Ok(stored.is_some())
}
