//! Patterns for names.

use std::fmt;

/// A pattern for a whole name: `*` stands for anything, `#` for one or more digits, everything else for
/// itself, capitals or not.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// This character.
    One(char),
    /// One digit.
    Digit,
    /// Any number of digits.
    Digits,
    /// Any number of characters.
    Anything,
}

impl Pattern {
    /// Every text is a pattern.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let mut steps = Vec::new();
        for c in text.chars() {
            match c {
                '*' => steps.push(Step::Anything),
                '#' => steps.extend([Step::Digit, Step::Digits]),
                one => steps.extend(one.to_lowercase().map(Step::One)),
            }
        }
        Self { text, steps }
    }

    /// Whether the whole name fits; takes time in proportion to both lengths.
    pub fn matches(&self, name: &str) -> bool {
        let mut places = vec![false; self.steps.len() + 1];
        let mut next = places.clone();
        if let Some(start) = places.first_mut() {
            *start = true;
        }
        self.skip_empty(&mut places);
        for c in name.chars().flat_map(char::to_lowercase) {
            next.fill(false);
            let mut is_alive = false;
            let here = self.steps.iter().zip(&places).enumerate();
            for (at, (step, _)) in here.filter(|(_, (_, is_here))| **is_here) {
                let to = match step {
                    Step::One(wanted) if *wanted == c => at + 1,
                    Step::Digit if c.is_ascii_digit() => at + 1,
                    Step::Digits if c.is_ascii_digit() => at,
                    Step::Anything => at,
                    _ => continue,
                };
                if let Some(place) = next.get_mut(to) {
                    *place = true;
                    is_alive = true;
                }
            }
            if !is_alive {
                return false;
            }
            self.skip_empty(&mut next);
            std::mem::swap(&mut places, &mut next);
        }
        places.last().copied().unwrap_or(false)
    }

    /// What may stand for nothing may be passed.
    fn skip_empty(&self, places: &mut [bool]) {
        for (at, step) in self.steps.iter().enumerate() {
            let is_here = places.get(at).copied().unwrap_or(false);
            if is_here
                && matches!(step, Step::Digits | Step::Anything)
                && let Some(next) = places.get_mut(at + 1)
            {
                *next = true;
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_pattern_means_what_its_regular_expression_means(
            pattern in "[ab1#*]{0,8}",
            name in "[abAB123]{0,10}",
        ) {
            let regex = pattern.replace('*', ".*").replace('#', "[0-9]+");
            let regex = regex::Regex::new(&format!("(?i)^{regex}$")).unwrap();
            prop_assert_eq!(Pattern::new(pattern).matches(&name), regex.is_match(&name));
        }
    }

    #[test]
    fn a_hostile_name_takes_no_longer_than_it_is_long() {
        let pattern = Pattern::new("*a*a*a*a*a*a*a*a*b");
        assert!(!pattern.matches(&"a".repeat(20_000)));
    }
}
