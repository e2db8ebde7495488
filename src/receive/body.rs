//! Takes a body in, within limits of size, time and memory.

use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::ReceiverSettings;
use super::answer::Refusal;

/// Reads to the end. The permit holds the body's share of the byte budget: keep it as long as the
/// body.
pub(super) async fn read<'b>(
    payload: &mut Payload,
    declared: Option<u64>,
    settings: &ReceiverSettings,
    budget: &'b Semaphore,
) -> Result<(Bytes, SemaphorePermit<'b>), Refusal> {
    let declared = match declared {
        Some(length) => usize::try_from(length).map_err(|_| Refusal::TooLarge)?,
        None => 0,
    };
    if declared > settings.max_body {
        return Err(Refusal::TooLarge);
    }
    let permit = reserve(budget, declared)?;
    let body = BytesMut::with_capacity(declared);
    timeout(settings.body_deadline, collect(payload, body, permit, settings.max_body, budget))
        .await
        .unwrap_or(Err(Refusal::Slow))
}

async fn collect<'b>(
    payload: &mut Payload,
    mut body: BytesMut,
    mut permit: SemaphorePermit<'b>,
    max: usize,
    budget: &'b Semaphore,
) -> Result<(Bytes, SemaphorePermit<'b>), Refusal> {
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Refusal::Broken)?;
        let length = body.len() + chunk.len();
        if length > max {
            return Err(Refusal::TooLarge);
        }
        if let Some(missing) = length.checked_sub(permit.num_permits()) {
            permit.merge(reserve(budget, missing)?);
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body.freeze(), permit))
}

fn reserve(budget: &Semaphore, bytes: usize) -> Result<SemaphorePermit<'_>, Refusal> {
    u32::try_from(bytes)
        .ok()
        .and_then(|bytes| budget.try_acquire_many(bytes).ok())
        .ok_or(Refusal::Full)
}
