//! One delivery as bytes: lengths, head, body, and a digest by which a torn end is known.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::{DeliveryKey, Disposition, Incoming};

const MAGIC: [u8; 4] = *b"LFS1";
const LENGTHS: usize = 8;
const DIGEST: usize = 32;
/// Larger than any head or body that the receiver lets in: more is damage.
const MOST: usize = 64 << 20;

/// All of a delivery but its body.
#[derive(Serialize, Deserialize)]
struct Head {
    key: DeliveryKey,
    body_digest: [u8; 32],
    event_name: String,
    disposition: Disposition,
    received_at: Timestamp,
}

/// Writes a delivery behind what is in `bytes` already.
///
/// # Errors
/// When it is larger than a delivery can be.
pub(super) fn encode(incoming: &Incoming, bytes: &mut Vec<u8>) -> Result<(), TooLarge> {
    let head = serde_json::to_vec(&Head {
        key: incoming.key.clone(),
        body_digest: incoming.body_digest,
        event_name: incoming.event_name.clone(),
        disposition: incoming.disposition.clone(),
        received_at: incoming.received_at,
    });
    let head = head.map_err(|_| TooLarge)?;
    let length =
        |part: &[u8]| u32::try_from(part.len()).ok().filter(|_| part.len() <= MOST).ok_or(TooLarge);
    let (head_length, body_length) = (length(&head)?, length(&incoming.body)?);
    let start = bytes.len();
    bytes.extend(MAGIC);
    bytes.extend(head_length.to_le_bytes());
    bytes.extend(body_length.to_le_bytes());
    bytes.extend(&head);
    bytes.extend(&incoming.body);
    let digest = Sha256::digest(bytes.get(start..).unwrap_or_default());
    bytes.extend(digest);
    Ok(())
}

/// A delivery that no record can hold.
#[derive(Debug)]
pub(super) struct TooLarge;

/// What stands at the beginning of some bytes.
pub(super) enum Read {
    /// A delivery, and how many bytes it takes.
    Whole(Box<Incoming>, usize),
    /// The beginning of one: so many bytes are needed to know more.
    Needs(usize),
    /// No delivery begins here: the end was torn when the process died, or the file is damaged.
    Torn,
}

/// Reads the first delivery.
pub(super) fn decode(bytes: &[u8]) -> Read {
    let front = MAGIC.len() + LENGTHS;
    let Some(start) = bytes.get(..front) else { return Read::Needs(front) };
    let (magic, lengths) = start.split_at(MAGIC.len());
    let number = |at: usize| {
        let four = lengths.get(at..at + 4).and_then(|four| four.try_into().ok());
        four.map(u32::from_le_bytes).and_then(|number| usize::try_from(number).ok())
    };
    let (Some(head), Some(body)) = (number(0), number(4)) else { return Read::Torn };
    if magic != MAGIC || head > MOST || body > MOST {
        return Read::Torn;
    }
    let end = front + head + body;
    let Some(whole) = bytes.get(..end + DIGEST) else { return Read::Needs(end + DIGEST) };
    let (content, digest) = whole.split_at(end);
    if Sha256::digest(content).as_slice() != digest {
        return Read::Torn;
    }
    let (head, body) = content.split_at(front + head);
    let Ok(head) = serde_json::from_slice::<Head>(head.get(front..).unwrap_or_default()) else {
        return Read::Torn;
    };
    let incoming = Incoming {
        key: head.key,
        body_digest: head.body_digest,
        event_name: head.event_name,
        body: Bytes::copy_from_slice(body),
        disposition: head.disposition,
        received_at: head.received_at,
    };
    Read::Whole(Box::new(incoming), end + DIGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, IssueIid, IssueRef, NoteId, ProjectId};

    fn incoming(body: &'static [u8], disposition: Disposition) -> Incoming {
        Incoming {
            key: DeliveryKey::Given("0a1b".to_owned()),
            body_digest: Sha256::digest(body).into(),
            event_name: "Note Hook".to_owned(),
            body: Bytes::from_static(body),
            disposition,
            received_at: "2026-11-27T10:00:00.123Z".parse().unwrap(),
        }
    }

    fn some() -> Vec<Incoming> {
        let issue = IssueRef { project: ProjectId(42), iid: IssueIid(7) };
        vec![
            incoming(b"{}", Disposition::Work(Event::NoteAdded { issue, note: NoteId(3) })),
            incoming(b"", Disposition::Quarantined { reason: "empty_body".into() }),
            incoming(
                b"\0\xff LFS1",
                Disposition::Ignored { reason: "own_event".into(), issue: Some(issue) },
            ),
        ]
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut bytes = Vec::new();
        for one in some() {
            encode(&one, &mut bytes).unwrap();
        }
        let mut rest = &bytes[..];
        for one in some() {
            let Read::Whole(read, length) = decode(rest) else { panic!("not whole") };
            assert_eq!(format!("{read:?}"), format!("{one:?}"));
            rest = &rest[length..];
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn a_torn_end_is_known_wherever_it_is_torn() {
        let mut bytes = Vec::new();
        encode(&some()[0], &mut bytes).unwrap();
        for length in 0..bytes.len() {
            assert!(matches!(decode(&bytes[..length]), Read::Needs(needs) if needs > length));
            let mut flipped = bytes.clone();
            flipped[length] ^= 1;
            assert!(!matches!(decode(&flipped), Read::Whole(..)), "byte {length}");
        }
        assert!(matches!(decode(&[0; 512]), Read::Torn), "a hole that the disk left");
    }
}
