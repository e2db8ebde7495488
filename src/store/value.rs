//! How values of the model are written into columns and read from them.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::StoreError;

pub(in crate::store) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub(in crate::store) fn milliseconds(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(in crate::store) fn instant(millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis)
        .map_err(|_| StoreError::Corrupt(format!("{millis} ms as a time")))
}

pub(in crate::store) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

pub(in crate::store) fn from_json<T: DeserializeOwned>(
    json: &str,
    what: &str,
) -> Result<T, StoreError> {
    // serde's message can quote the text; its place says enough.
    serde_json::from_str(json).map_err(|error| {
        StoreError::Corrupt(format!("{what}, at {}:{}", error.line(), error.column()))
    })
}

/// Without U+0000, which PostgreSQL's text refuses and SQLite's tools cut at.
pub(in crate::store) fn cleaned(text: &str) -> String {
    text.replace('\0', "")
}

pub(in crate::store) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

pub(in crate::store) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
