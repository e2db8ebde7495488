//! Inputs made of other inputs, by chance with a seed.

use fastrand::Rng;

/// Longer inputs say nothing that shorter ones don't.
const MOST: usize = 4096;

/// An endless row of mutated seeds.
pub(super) struct Mutator<'a> {
    seeds: &'a [Vec<u8>],
    words: &'a [Vec<u8>],
    chance: Rng,
}

impl<'a> Mutator<'a> {
    pub(super) fn new(seeds: &'a [Vec<u8>], words: &'a [Vec<u8>]) -> Self {
        Self { seeds, words, chance: Rng::with_seed(0x1a4d_fa11) }
    }

    fn any(&mut self, from: &'a [Vec<u8>]) -> &'a [u8] {
        self.chance.choice(from).map_or(&[], Vec::as_slice)
    }

    /// A part of an input, seldom long.
    fn range(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let start = self.chance.usize(..=input.len());
        let most = (input.len() - start).min(1 << self.chance.u32(..10));
        start..start + self.chance.usize(..=most)
    }

    fn step(&mut self, input: &mut Vec<u8>) {
        let range = self.range(input);
        match self.chance.u8(..8) {
            0 => {
                if let Some(byte) = input.get_mut(range.start) {
                    *byte ^= 1 << self.chance.u8(..8);
                }
            }
            1 => {
                let byte = self.chance.u8(..);
                input.splice(range.start..range.start, [byte]);
            }
            2 => drop(input.drain(range)),
            3 => {
                let again = input[range.clone()].to_vec();
                input.splice(range.start..range.start, again);
            }
            4 => {
                let other = self.any(self.seeds);
                let piece = other[self.range(other)].to_vec();
                input.splice(range, piece);
            }
            // What separates fields and what repeats a piece of text.
            5 => {
                let sign = [0xfe, self.chance.u8(..16), 0xff];
                let sign = if self.chance.bool() { &sign[..2] } else { &sign[2..] };
                input.splice(range.start..range.start, sign.iter().copied());
            }
            _ => {
                let word = self.any(self.words);
                input.splice(range.start..range.start, word.iter().copied());
            }
        }
    }
}

impl Iterator for Mutator<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut input = self.any(self.seeds).to_vec();
        for _ in 0..self.chance.usize(1..=8) {
            self.step(&mut input);
            input.truncate(MOST);
        }
        Some(input)
    }
}

/// The words of a dictionary in libFuzzer's format: `"…"` with `\"`, `\\` and `\xAB`.
pub(super) fn words(dictionary: &str) -> Vec<Vec<u8>> {
    let quoted = |line: &str| {
        let word = line.trim().strip_prefix('"')?.strip_suffix('"')?;
        Some(unescaped(word).unwrap_or_else(|| panic!("no word of a dictionary: {line}")))
    };
    let lines = dictionary.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| quoted(line).unwrap_or_else(|| panic!("not in quotes: {line}"))).collect()
}

fn unescaped(word: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = word;
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        let length = if let Some(digits) = escape.strip_prefix('x') {
            bytes.push(u8::from_str_radix(digits.get(..2)?, 16).ok()?);
            3
        } else {
            let sign = escape.bytes().next().filter(|byte| matches!(byte, b'"' | b'\\'))?;
            bytes.push(sign);
            1
        };
        rest = escape.get(length..)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

#[test]
fn words_are_read_as_libfuzzer_reads_them() {
    assert_eq!(words("# a\n\n\"x\\\"\\\\\\x0ay\"\n"), [b"x\"\\\ny".to_vec()]);
}
