//! How bytes become fields and texts: by signs that no UTF-8 text holds, so that seeds can be read.

/// Separates fields.
const FIELD: u8 = 0xff;
/// Begins a piece of text that is repeated; the byte after it says how often.
const REPEAT: u8 = 0xfe;
/// Texts grow to this size at most. What takes more than linear time shows at it.
const MOST: usize = 16 << 10;

/// The fields of an input. One that is left out is empty.
pub fn fields<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut parts = data.splitn(N, |byte| *byte == FIELD);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// A field as text. `a` + 0xfe + `4` + `[` + 0xfe + `1` + `]` is an `a`, 16 times `[` and 2 times
/// `]`: so a short input can be a long text, as those that attack parsers are.
pub fn text(field: &[u8]) -> String {
    let mut pieces = field.split(|byte| *byte == REPEAT);
    let mut text = String::from_utf8_lossy(pieces.next().unwrap_or_default()).into_owned();
    for piece in pieces {
        let Some((times, piece)) = piece.split_first() else { continue };
        let piece = String::from_utf8_lossy(piece);
        let room = MOST.saturating_sub(text.len()) / piece.len().max(1);
        text.push_str(&piece.repeat(room.min(1 << (times & 15))));
    }
    text
}
