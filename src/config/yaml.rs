//! YAML as a tree in which every key and value knows its position.
//!
//! Reading into a tree first, rather than straight into structs, is what lets one run report
//! every mistake: serde stops at the first.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Location, Spanned};

use super::mistake::{ConfigError, Spot};
use super::source::Source;

/// A value and where it begins.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) spot: Spot,
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number, in its shortest form.
    Number(String),
    /// Any other scalar.
    Text(String),
    /// `- a`
    List(Vec<Node>),
    /// `a: b`; repeated keys are all here.
    Map(Vec<(Key, Node)>),
}

/// A key and where it begins.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) spot: Spot,
    pub(crate) name: String,
}

/// Reads one document.
///
/// # Errors
/// The first place that is not YAML, or that is more YAML than a configuration needs.
pub(crate) fn parse(source: &Source) -> Result<Node, ConfigError> {
    let options = serde_saphyr::options! {
        // No alias is ever expanded, so a small file can't become a large tree.
        budget: serde_saphyr::budget! {
            max_aliases: 0,
            max_anchors: 0,
            max_merge_keys: 0,
            max_depth: 16,
            max_documents: 1,
            max_events: 10_000,
            max_nodes: 5_000,
            max_total_scalar_bytes: 1024 * 1024,
            flow_nesting_limit: 16,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::Error,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options::<Node>(&source.text, options).map_err(|error| {
        let spot = error.location().map_or(Spot { line: 1, column: 1 }, spot_of);
        source.mistake(spot, describe(&error, source.is_masked()))
    })
}

/// The parser's own words may quote the text, so they are kept from files that may hold a secret.
fn describe(error: &serde_saphyr::Error, masked: bool) -> String {
    match error.without_snippet() {
        serde_saphyr::Error::Budget { .. } => {
            "this is more YAML than a configuration needs (anchors and aliases are not allowed)"
                .to_owned()
        }
        _ if masked => "this is not valid YAML (check quotes, colons and indentation)".to_owned(),
        plain => {
            let text = plain.to_string();
            let first = text.lines().next().unwrap_or_default();
            let first = first.split(" at line ").next().unwrap_or_default();
            format!("this is not valid YAML ({first})")
        }
    }
}

fn spot_of(location: Location) -> Spot {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).max(1);
    Spot { line: number(location.line()), column: number(location.column()) }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self { spot: spot_of(spanned.referenced), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self { spot: spot_of(spanned.referenced), name: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Flag(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if value.is_finite() {
            Ok(Value::Number(value.to_string()))
        } else {
            Err(E::custom("numbers must be finite"))
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer).map_err(D::Error::custom)
    }
}
