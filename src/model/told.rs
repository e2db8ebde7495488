//! What an answer says, and what it keeps silent about.

use serde::{Deserialize, Serialize};

/// What an answer says about one thing. A field that is not there says something else than a field
/// that is empty: GitLab leaves fields out for readers that may not see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Told<T> {
    /// The answer has no such field: this reader may not see it, or this GitLab knows no such thing.
    #[default]
    Withheld,
    /// The field is there and empty.
    Nothing,
    /// The field's value.
    Is(T),
}

impl<T> Told<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Withheld | Self::Nothing => None,
        }
    }

    /// Whether the answer has no such field.
    pub fn is_withheld(&self) -> bool {
        matches!(self, Self::Withheld)
    }

    /// The same about something made of the value; absent there means withheld.
    pub fn and_then<U>(self, make: impl FnOnce(T) -> Option<U>) -> Told<U> {
        match self {
            Self::Withheld => Told::Withheld,
            Self::Nothing => Told::Nothing,
            Self::Is(value) => make(value).map_or(Told::Withheld, Told::Is),
        }
    }
}

/// `null` is [`Told::Nothing`]. With `#[serde(default)]`, a missing field is [`Told::Withheld`].
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Told<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Nothing, Self::Is))
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// 404 or 410.
    #[error("it is not there, or hidden from the bot")]
    NotThere,
    /// 401 or 403.
    #[error("the bot may not see it")]
    Refused,
    /// A redirect: it has another path now.
    #[error("it has moved to another path")]
    Moved,
    /// An outage, a rate limit, an answer that can't be read: it may be known later.
    #[error("GitLab could not be asked")]
    Later,
    /// There is more than is read at once.
    #[error("there is more than the bot reads at once")]
    TooMuch,
    /// Nobody asked, since what was known sufficed or asking is not allowed.
    #[error("it was not asked")]
    NotAsked,
}

/// As much of a list as was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed<T> {
    /// The records, none twice.
    pub records: Vec<T>,
    /// Why these are not all; absent when they are. [`Silence::NotAsked`]: they sufficed.
    pub rest: Option<Silence>,
}

impl<T> Listed<T> {
    /// All there are.
    pub fn whole(records: Vec<T>) -> Self {
        Self { records, rest: None }
    }

    /// None were read.
    pub fn unread(why: Silence) -> Self {
        Self { records: Vec::new(), rest: Some(why) }
    }

    /// Whether nothing is missing.
    pub fn is_whole(&self) -> bool {
        self.rest.is_none()
    }

    /// The same list of other records.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Listed<U> {
        Listed { records: self.records.into_iter().map(make).collect(), rest: self.rest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_field_an_empty_one_and_a_value_are_three_things() {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            mirror: Told<bool>,
        }
        for (json, told) in [
            ("{}", Told::Withheld),
            (r#"{"mirror":null}"#, Told::Nothing),
            (r#"{"mirror":false}"#, Told::Is(false)),
        ] {
            assert_eq!(serde_json::from_str::<Answer>(json).unwrap().mirror, told, "{json}");
        }
    }
}
