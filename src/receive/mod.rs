//! The door: verify a webhook, store it durably, answer, and only then let anybody work on it.

mod secrets;
mod verify;

pub use secrets::{SecretError, Secrets, SigningKey, TokenDigest};
pub use verify::{Claim, HeadCheck, Header, Presented, Rejected, Verified, check_head, verify};
