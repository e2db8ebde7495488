//! Looking ahead in a text, and past its code, without looking twice at the same place.

/// Backticks that may delimit a code span; nobody types more.
const MAX_RUN: usize = 8;

/// Where a needle stands next. Asked with rising positions, all answers together cost one pass.
#[derive(Debug)]
pub(crate) struct Ahead {
    needle: &'static str,
    known: Known,
}

#[derive(Debug, Clone, Copy)]
enum Known {
    /// Nothing looked at yet.
    Nothing,
    /// The next one, seen from here.
    At(usize),
    /// None from here on.
    Never,
}

impl Ahead {
    pub(crate) fn new(needle: &'static str) -> Self {
        Self { needle, known: Known::Nothing }
    }

    /// The first place of the needle at or behind `from`, in bytes.
    pub(crate) fn next(&mut self, text: &str, from: usize) -> Option<usize> {
        match self.known {
            Known::At(at) if at >= from => return Some(at),
            Known::Never => return None,
            Known::At(_) | Known::Nothing => {}
        }
        let found = text.get(from..).and_then(|rest| rest.find(self.needle));
        self.known = found.map_or(Known::Never, |at| Known::At(from + at));
        found.map(|at| from + at)
    }
}

/// The bytes of a line that stand in no code span, with their places.
#[derive(Debug)]
pub(crate) struct OutsideCode<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Lengths of runs, as bits, that nothing closes any more.
    open: u16,
}

impl<'a> OutsideCode<'a> {
    pub(crate) fn of(line: &'a str) -> Self {
        Self { bytes: line.as_bytes(), at: 0, open: 0 }
    }

    /// Goes on from here, past something that was understood.
    pub(crate) fn skip_to(&mut self, at: usize) {
        self.at = at;
    }

    fn run(&self, at: usize) -> usize {
        self.bytes.get(at..).map_or(0, |rest| rest.iter().take_while(|b| **b == b'`').count())
    }

    /// Behind the run that closes a code span, if there is one.
    fn closing(&self, from: usize, length: usize) -> Option<usize> {
        let mut at = from;
        while let Some(step) = self.bytes.get(at..)?.iter().position(|byte| *byte == b'`') {
            let run = self.run(at + step);
            at += step + run;
            if run == length {
                return Some(at);
            }
        }
        None
    }
}

impl Iterator for OutsideCode<'_> {
    type Item = (usize, u8);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            if byte != b'`' {
                self.at += 1;
                return Some((self.at - 1, byte));
            }
            let run = self.run(self.at);
            let bit = if run <= MAX_RUN { 1 << run } else { 0 };
            let is_worth_a_look = bit != 0 && self.open & bit == 0;
            match is_worth_a_look.then(|| self.closing(self.at + run, run)).flatten() {
                Some(end) => self.at = end,
                None => {
                    self.open |= bit;
                    self.at += run;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_are_passed_over_and_lone_backticks_are_text() {
        for (line, expect) in [
            ("a`b`c", "ac"),
            ("a``b`c``d", "ad"),
            ("a`b``c", "ab\u{0}c"),
            ("```a", "a"),
            ("`a` `b", " b"),
        ] {
            let found: String = OutsideCode::of(line).map(|(_, byte)| char::from(byte)).collect();
            assert_eq!(found, expect.replace('\u{0}', ""), "{line:?}");
        }
    }

    #[test]
    fn the_next_place_is_remembered() {
        let mut ahead = Ahead::new("--");
        let places: Vec<_> = [0, 1, 2, 6, 7].map(|from| ahead.next("a--b--", from)).into();
        assert_eq!(places, [Some(1), Some(1), Some(4), None, None]);
    }
}
