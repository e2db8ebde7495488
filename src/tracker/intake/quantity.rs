//! Numbers as people estimate them: `about 40`, `40-50`, `1.2k`, `more than 250`.

use serde::Serialize;

use super::page::words::has;

/// An estimate: at least `low`, and at most `high` if that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quantity {
    /// The smallest number it can be.
    pub low: u64,
    /// The largest; nothing for `40+`.
    pub high: Option<u64>,
}

impl Quantity {
    /// Reads the first number of a text that counts something, and the second of a range. Years
    /// (`in 2025`) and spans of time (`12 months`) count nothing.
    pub fn of(text: &str) -> Option<Self> {
        let numbers = numbers(text);
        let first = numbers.iter().position(|number| !number.is_time)?;
        let number = numbers.get(first)?;
        let before = text.get(..number.start).unwrap_or_default().to_lowercase();
        let after = text.get(number.end..).unwrap_or_default();
        let range = numbers.get(first + 1).filter(|next| {
            let between = text.get(number.end..next.start).unwrap_or_default().trim();
            matches!(
                between,
                "-" | "–" | "—" | "to" | "~" | ".." | "…" | "..." | "or" | "bis" | "and"
            )
        });
        if let Some(next) = range {
            // `1-2k` means thousands twice.
            let low = if number.scale == 1 {
                number.value.saturating_mul(next.scale)
            } else {
                number.value
            };
            let low = if low > next.value { number.value } else { low };
            return Some(Self { low: low.min(next.value), high: Some(low.max(next.value)) });
        }
        let sign = before.trim_end();
        let said = |phrases: &[&str]| has(&last_words(sign), phrases);
        let value = number.value;
        if sign.ends_with("≤")
            || sign.ends_with("<=")
            || said(&["up to", "at most", "max", "maximum"])
        {
            Some(Self { low: 0, high: Some(value) })
        } else if sign.ends_with('<') || said(&["less than", "fewer than", "under", "below"]) {
            Some(Self { low: 0, high: Some(value.saturating_sub(1)) })
        } else if sign.ends_with('>') || said(&["more than", "over", "above"]) {
            Some(Self { low: value.saturating_add(1), high: None })
        } else if after.starts_with('+')
            || sign.ends_with(['≥'])
            || sign.ends_with(">=")
            || said(&["at least", "min", "minimum"])
        {
            Some(Self { low: value, high: None })
        } else {
            Some(Self { low: value, high: Some(value) })
        }
    }

    /// One number for it: the middle, or the lower end of an open one.
    pub fn typical(self) -> u64 {
        self.high.map_or(self.low, |high| self.low + high.saturating_sub(self.low) / 2)
    }
}

/// The three words before a number.
fn last_words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().rev().take(3).collect();
    let words: Vec<&str> = words.into_iter().rev().collect();
    words.join(" ").replace(|c: char| !c.is_alphanumeric() && c != ' ', "")
}

#[derive(Debug)]
struct Number {
    start: usize,
    end: usize,
    value: u64,
    /// 1,000 for `2k`.
    scale: u64,
    is_time: bool,
}

/// The numbers of a short text; values of facts are no longer than that.
fn numbers(text: &str) -> Vec<Number> {
    const MOST: usize = 8;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(step) = text.get(at..).and_then(|rest| rest.find(|c: char| c.is_ascii_digit())) {
        let start = at + step;
        let rest = text.get(start..).unwrap_or_default();
        let length = digits(rest);
        at = start + length;
        let Some((value, scale)) = value(rest.get(..length).unwrap_or_default(), text.get(at..))
        else {
            continue;
        };
        at += if scale > 1 { 1 } else { 0 };
        let is_part_of_word =
            text.get(..start).is_some_and(|before| before.ends_with(char::is_alphabetic));
        if is_part_of_word {
            continue;
        }
        let is_time = is_time(text.get(..start).unwrap_or_default(), value, text.get(at..));
        found.push(Number { start, end: at, value, scale, is_time });
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// How far a number with its separators reaches: `1,200`, `1.200`, `1 200`, `1'200`, `2.5`.
fn digits(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    loop {
        while is_digit(at) {
            at += 1;
        }
        let is_group =
            is_digit(at + 1) && is_digit(at + 2) && is_digit(at + 3) && !is_digit(at + 4);
        match bytes.get(at) {
            Some(b',' | b'.') if is_digit(at + 1) => at += 1,
            Some(b' ' | b'\'' | b'_') if is_group => at += 1,
            _ => return at,
        }
    }
}

fn value(number: &str, after: Option<&str>) -> Option<(u64, u64)> {
    let after = after.unwrap_or_default();
    let mut letters = after.chars();
    let is_thousands = matches!(letters.next(), Some('k' | 'K'))
        && !letters.next().is_some_and(char::is_alphanumeric);
    if is_thousands {
        // One digit behind the mark is enough for `1.2k`; more are cut.
        let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, "0"));
        let part: u64 = part.get(..1)?.parse().ok()?;
        let whole: u64 = whole.parse().ok()?;
        return Some((whole.checked_mul(1_000)?.checked_add(part * 100)?, 1_000));
    }
    let groups: Vec<&str> = number.split([',', '.', ' ', '\'', '_']).collect();
    let is_grouped = groups.iter().skip(1).all(|group| group.len() == 3);
    let digits = if is_grouped {
        groups.concat()
    } else {
        groups.first().copied().unwrap_or_default().to_owned()
    };
    Some((digits.parse().ok()?, 1))
}

fn is_time(before: &str, value: u64, after: Option<&str>) -> bool {
    let next = after.unwrap_or_default().trim_start_matches([' ', '-']).to_lowercase();
    let unit = ["month", "mo", "year", "yr", "week", "day"].iter().any(|unit| {
        let rest = next.strip_prefix(unit);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphabetic) || rest.starts_with('s'))
    });
    let last =
        before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
    let is_year = (1990..=2100).contains(&value)
        && (["in", "since", "year", "during", "for", "q1", "q2", "q3", "q4"]
            .contains(&last.as_str())
            || next.starts_with(':'));
    unit || is_year
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_read_as_people_write_them() {
        for (text, expect) in [
            ("40", Some((40, Some(40)))),
            ("about 40", Some((40, Some(40)))),
            ("~1,200", Some((1_200, Some(1_200)))),
            ("1.2k", Some((1_200, Some(1_200)))),
            ("1,2K", Some((1_200, Some(1_200)))),
            ("1.200 Leute", Some((1_200, Some(1_200)))),
            ("1 200", Some((1_200, Some(1_200)))),
            ("1'200", Some((1_200, Some(1_200)))),
            ("40-50", Some((40, Some(50)))),
            ("40 – 50 people", Some((40, Some(50)))),
            ("between 30 and 40", Some((30, Some(40)))),
            ("30 to 40", Some((30, Some(40)))),
            ("1-2k", Some((1_000, Some(2_000)))),
            ("50-40", Some((40, Some(50)))),
            ("900-1k", Some((900, Some(1_000)))),
            ("40+", Some((40, None))),
            (">250", Some((251, None))),
            (">= 250", Some((250, None))),
            ("more than 100", Some((101, None))),
            ("at least 12 regulars", Some((12, None))),
            ("<10", Some((0, Some(9)))),
            ("fewer than 50", Some((0, Some(49)))),
            ("up to 12", Some((0, Some(12)))),
            ("in 2025: 40", Some((40, Some(40)))),
            ("2025: 40", Some((40, Some(40)))),
            ("last 12 months: 40", Some((40, Some(40)))),
            ("40 in the last 12 months", Some((40, Some(40)))),
            ("12 regulars, 300 in all", Some((12, Some(12)))),
            ("2000", Some((2_000, Some(2_000)))),
            ("99999999999999999999999", None),
            ("a handful", None),
            ("v2", None),
            ("", None),
        ] {
            let found = Quantity::of(text).map(|quantity| (quantity.low, quantity.high));
            assert_eq!(found, expect, "{text:?}");
        }
    }

    #[test]
    fn one_number_stands_for_an_estimate() {
        let typical = |low, high| Quantity { low, high }.typical();
        assert_eq!([typical(40, Some(50)), typical(40, None), typical(0, Some(9))], [45, 40, 4]);
    }
}
