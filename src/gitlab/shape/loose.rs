//! Numbers that come as text, and the many ways GitLab writes a date.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// A number, or text that holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NumberOrText")]
pub(super) struct Id(pub(super) u64);

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u64),
    Text(String),
}

impl TryFrom<NumberOrText> for Id {
    type Error = &'static str;

    fn try_from(value: NumberOrText) -> Result<Self, Self::Error> {
        match value {
            NumberOrText::Number(number) => Ok(Self(number)),
            NumberOrText::Text(text) => text.parse().map(Self).map_err(|_| "not a number"),
        }
    }
}

/// A point in time in any of GitLab's forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct When(pub(super) Timestamp);

impl TryFrom<String> for When {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        parse_time(&text).map(Self).ok_or("not a point in time")
    }
}

/// Reads `…T…Z`, `… … UTC`, `… … +0200` and `…T…+02:00`, with or without fractions.
fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let compact = match text.rsplit_once(' ') {
        Some((moment, "UTC")) => format!("{moment}Z"),
        Some((moment, offset)) if offset.starts_with(['+', '-']) => format!("{moment}{offset}"),
        _ => text.to_owned(),
    };
    compact.parse().ok()
}

/// Takes an explicit `null` for the type's default value.
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_gitlab_writes_a_moment_is_read_as_the_same_moment() {
        let moment: Timestamp = "2024-05-06T10:34:38Z".parse().unwrap();
        for text in [
            "2024-05-06T10:34:38Z",
            "2024-05-06T10:34:38.000Z",
            "2024-05-06 10:34:38 UTC",
            "2024-05-06 05:34:38 -0500",
            "2024-05-06T12:34:38+02:00",
            "2024-05-06T12:34:38.000+02:00",
            " 2024-05-06 10:34:38 UTC ",
        ] {
            assert_eq!(parse_time(text), Some(moment), "{text}");
        }
    }

    #[test]
    fn g02_g03_far_away_moments_and_leap_seconds_are_read() {
        for (text, moment) in [
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("1969-12-31 23:59:59 UTC", "1969-12-31T23:59:59Z"),
            ("2038-01-19T03:14:08Z", "2038-01-19T03:14:08Z"),
            ("2100-02-28T23:59:59.999Z", "2100-02-28T23:59:59.999Z"),
            // An hour that summer time skips, and one that comes twice: the offset decides.
            ("2026-03-29 02:30:00 +0100", "2026-03-29T01:30:00Z"),
            ("2026-10-25 02:30:00 +0200", "2026-10-25T00:30:00Z"),
            ("2026-10-25 02:30:00 +0100", "2026-10-25T01:30:00Z"),
        ] {
            assert_eq!(parse_time(text), moment.parse().ok(), "{text}");
        }
    }

    #[test]
    fn what_names_no_moment_is_refused() {
        for text in
            ["", "2024-05-06", "yesterday", "2024-05-06 10:34:38", "UTC", "2024-13-01T00:00:00Z"]
        {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_may_come_as_text_and_nothing_else() {
        assert_eq!(serde_json::from_str::<Id>("42").unwrap(), Id(42));
        assert_eq!(serde_json::from_str::<Id>("\"42\"").unwrap(), Id(42));
        for text in ["null", "-1", "1.5", "\"x\"", "[]", "\"\"", "true"] {
            assert!(serde_json::from_str::<Id>(text).is_err(), "{text}");
        }
    }
}
