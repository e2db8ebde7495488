//! Who is let in: any headers, any time, any body.

use landfall::receive::{HeadCheck, Header, Presented, Verified, check_head, verify};

use super::limits::timed;
use super::request::{Request, signature};

/// Only what was signed or carries a token in force is let in, and all of that is.
pub fn run(data: &[u8]) {
    let request = Request::read(data);
    let secrets = request.switches.secrets();
    let presented = request.presented();
    let verdict = timed(|| verify(presented, request.body, &secrets, request.now));

    let in_two_steps = match check_head(presented, &secrets, request.now) {
        Ok(HeadCheck::Verified) => Ok(Verified::Token),
        Ok(HeadCheck::Claimed(claim)) => {
            claim.prove(request.body, &secrets).map(|()| Verified::Signature)
        }
        Err(rejected) => Err(rejected),
    };
    assert_eq!(verdict, in_two_steps);

    let (switches, token) = (request.switches, presented.token);
    let knows = |token: Header<'_>| match token {
        Header::Once(token) => {
            switches.tokens(request.now).iter().any(|right| right.as_bytes() == token)
        }
        Header::Absent | Header::Repeated => false,
    };
    match verdict {
        Ok(Verified::Token) => {
            assert!(knows(token), "a wrong token is let in");
            let suffices = switches.fallback && presented.signature == Header::Absent;
            assert!(!switches.signing || suffices, "a token is let in for a signature");
        }
        Ok(Verified::Signature) => {
            assert!(is_signed(&request), "a wrong signature is let in");
            let is_harmless = token == Header::Absent || !switches.tokens || knows(token);
            assert!(is_harmless, "a wrong token beside a signature is let in");
        }
        Err(_) => {}
    }
    a_right_token_is_let_in(&request);
    a_right_signature_is_let_in(&request);
}

/// Judged apart from the code under test: by what a right sender would have written.
fn is_signed(request: &Request<'_>) -> bool {
    let Presented {
        id: Header::Once(id),
        timestamp: Header::Once(timestamp),
        signature: Header::Once(entries),
        ..
    } = request.presented()
    else {
        return false;
    };
    let seconds = std::str::from_utf8(timestamp).ok().and_then(|text| text.parse::<i128>().ok());
    let is_fresh =
        seconds.is_some_and(|seconds| (seconds - i128::from(request.now.as_second())).abs() <= 300);
    let is_right = |key: &&[u8]| {
        let right = signature(key, id, timestamp, request.body);
        entries.split(|byte| *byte == b' ').any(|entry| entry == right.as_bytes())
    };
    is_fresh && request.switches.keys(request.now).iter().any(is_right)
}

fn a_right_token_is_let_in(request: &Request<'_>) {
    let secrets = request.switches.secrets();
    for token in request.switches.tokens(request.now) {
        let presented = Presented { token: Header::Once(token.as_bytes()), ..Presented::default() };
        let verdict = verify(presented, request.body, &secrets, request.now);
        let suffices = !request.switches.signing || request.switches.fallback;
        assert_eq!(verdict.is_ok(), suffices, "{verdict:?}");
    }
}

/// Signs the input's body under an id and among entries taken from the input.
fn a_right_signature_is_let_in(request: &Request<'_>) {
    let seconds = request.now.as_second() + (request.body.len() % 601) as i64 - 300;
    // The receiver reads no more than twelve digits, and no sign.
    if !(0..1_000_000_000_000).contains(&seconds) {
        return;
    }
    let bytes_of = |header| match header {
        Header::Once(value) => value,
        Header::Absent | Header::Repeated => &[],
    };
    let Presented { id, signature: entries, .. } = request.presented();
    let visible = |byte: &u8| byte.is_ascii_graphic() && *byte != b'.';
    let mut id: Vec<u8> = bytes_of(id).iter().copied().filter(visible).take(254).collect();
    id.push(b'x');
    let timestamp = seconds.to_string();
    let secrets = request.switches.secrets();
    for key in request.switches.keys(request.now) {
        let right = signature(key, &id, timestamp.as_bytes(), request.body);
        let others = bytes_of(entries).split(|byte| *byte == b' ');
        let mut entries: Vec<&[u8]> = others.filter(|one| !one.is_empty()).take(49).collect();
        entries.insert(request.body.len() % (entries.len() + 1), right.as_bytes());
        let entries = entries.join(&b' ');
        let presented = Presented {
            token: Header::Absent,
            id: Header::Once(&id),
            timestamp: Header::Once(timestamp.as_bytes()),
            signature: Header::Once(&entries),
        };
        let verdict = verify(presented, request.body, &secrets, request.now);
        assert_eq!(verdict, Ok(Verified::Signature), "a right signature is turned away");
        let longer = [request.body, b" "].concat();
        assert!(verify(presented, &longer, &secrets, request.now).is_err(), "another body");
    }
}
