//! The steps of one delivery, in order: credential, form, body, proof, meaning, store, answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::FutureExt as _;
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use super::answer::{Kept, Outcome, Refusal, response};
use super::journal::Record;
use super::secrets::Secrets;
use super::server::HungUp;
use super::verify::{Claim, HeadCheck, check_head};
use super::{Receiver, body, head};
use crate::crash;
use crate::model::{Accepted, Disposition, Incoming, Triage};
use crate::payload::{Rules, known_event, triage};

/// Bodies above this are hashed and parsed off the server's own threads: at 25 MiB that takes long
/// enough for other senders to notice.
const LARGE: usize = 256 << 10;

pub(super) async fn deliver(
    request: HttpRequest,
    mut payload: Payload,
    receiver: Data<Receiver>,
) -> HttpResponse {
    let started = Instant::now();
    let mut record = Record::default();
    let hung_up = request.conn_data::<HungUp>();
    let outcome = if hung_up.is_some_and(|hung_up| hung_up.0.get()) {
        Err(Refusal::HungUp)
    } else {
        // A panic would close the connection without a word. What it leaves half done is dropped, and
        // nothing was acknowledged.
        let taken = AssertUnwindSafe(receiver.take(&request, &mut payload, &mut record));
        taken.catch_unwind().await.unwrap_or(Err(Refusal::Interrupted))
    };
    if let (Err(_), Some(hung_up)) = (outcome, hung_up) {
        hung_up.0.set(true);
    }
    receiver.journal.write(outcome, &record, started);
    response(outcome, receiver.is_draining(), payload)
}

impl Receiver {
    async fn take(
        &self,
        request: &HttpRequest,
        payload: &mut Payload,
        record: &mut Record,
    ) -> Outcome {
        let headers = request.headers();
        let event_name = head::event_name(headers);
        record.event = event_name.as_deref().and_then(known_event);
        if head::size(request) > self.settings.max_head {
            return Err(Refusal::HeadTooLarge);
        }
        let secrets = self.secrets.get();
        let claim = match check_head(head::presented(headers), &secrets, self.clock.wall()) {
            Ok(HeadCheck::Verified) => None,
            Ok(HeadCheck::Claimed(claim)) => Some(claim),
            Err(rejected) => return Err(Refusal::Rejected(rejected)),
        };
        if !head::is_plain_json(headers) {
            return Err(Refusal::MediaType);
        }
        let declared = head::declared_length(headers);
        let (body, _share) = body::read(payload, declared, &self.settings, &self.budget).await?;
        crash::point("delivery.read");
        let received_at = self.clock.now();
        record.bytes = body.len();

        let examination = Examination {
            claim,
            secrets,
            rules: self.rules.get(),
            event_name: event_name.clone(),
            body: body.clone(),
        };
        let (triage, body_digest) = examination.run().await?;
        crash::point("delivery.verified");
        let event_name = event_name.unwrap_or_else(|| "?".to_owned());
        let key = head::delivery_key(headers, &event_name, &body_digest);
        record.key8 = Some(head::key8(&key));
        let (kept, disposition) = dispose(triage, record);
        let incoming = Incoming { key, body_digest, event_name, body, disposition, received_at };
        self.keep(incoming, kept).await
    }

    /// The answer depends on this and nothing before it: 200 means that COMMIT returned.
    async fn keep(&self, incoming: Incoming, kept: Kept) -> Outcome {
        let stored = timeout(self.settings.store_deadline, self.inbox.accept(incoming)).await;
        crash::point("delivery.kept");
        match stored {
            Ok(Ok(Accepted::New(_))) => {
                if kept == Kept::Accepted {
                    (self.wake)();
                }
                Ok(kept)
            }
            Ok(Ok(Accepted::Spooled)) => Ok(kept),
            Ok(Ok(Accepted::Duplicate)) => Ok(Kept::Duplicate),
            Ok(Ok(Accepted::KeyConflict(_))) => Ok(Kept::Quarantined("key_conflict")),
            Ok(Err(error)) => {
                tracing::error!(%error, "a delivery could not be stored");
                Err(Refusal::Store)
            }
            Err(_) => {
                tracing::error!("a delivery was not stored in time");
                Err(Refusal::Store)
            }
        }
    }
}

fn dispose(triage: Triage, record: &mut Record) -> (Kept, Disposition) {
    match triage {
        Triage::Work(event) => {
            record.issue = Some(event.issue());
            (Kept::Accepted, Disposition::Work(event))
        }
        Triage::Ignore { reason, issue } => {
            record.issue = issue;
            (Kept::Ignored(reason), Disposition::Ignored { reason: reason.into(), issue })
        }
        Triage::Quarantine { reason } => {
            (Kept::Quarantined(reason), Disposition::Quarantined { reason: reason.into() })
        }
    }
}

/// All that costs time in proportion to the body.
struct Examination {
    claim: Option<Claim>,
    secrets: Arc<Secrets>,
    rules: Arc<Rules>,
    event_name: Option<String>,
    body: Bytes,
}

impl Examination {
    async fn run(self) -> Result<(Triage, [u8; 32]), Refusal> {
        if self.body.len() <= LARGE {
            return self.examine();
        }
        web::block(move || self.examine()).await.unwrap_or(Err(Refusal::Interrupted))
    }

    /// Nothing is parsed before the sender is known.
    fn examine(&self) -> Result<(Triage, [u8; 32]), Refusal> {
        if let Some(claim) = &self.claim {
            claim.prove(&self.body, &self.secrets).map_err(Refusal::Rejected)?;
        }
        let triage = triage(self.event_name.as_deref(), &self.body, &self.rules);
        Ok((triage, Sha256::digest(&self.body).into()))
    }
}
