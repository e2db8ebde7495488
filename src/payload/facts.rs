//! One strict pass over a body: every key is compared, a dozen scalars are kept.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Longer texts are none of ours: kinds, names and actions are short.
const MAX_TEXT: usize = 255;

/// A value we look at.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Scalar {
    /// Missing or null.
    #[default]
    Absent,
    Bool(bool),
    Number(u64),
    Text(String),
    /// A negative or broken number, a list, an object, a text too long.
    Unusable,
}

impl Scalar {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }
}

/// An issue or work item that a comment hangs on.
#[derive(Debug, Default)]
pub(super) struct Noteable {
    pub(super) iid: Scalar,
    pub(super) kind: Scalar,
}

/// All we ever read of a body.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) object_kind: Scalar,
    pub(super) event_name: Scalar,
    pub(super) user_id: Scalar,
    pub(super) username: Scalar,
    pub(super) project_id: Scalar,
    pub(super) id: Scalar,
    pub(super) iid: Scalar,
    pub(super) parent_project_id: Scalar,
    pub(super) kind: Scalar,
    pub(super) action: Scalar,
    pub(super) noteable_type: Scalar,
    pub(super) system: Scalar,
    pub(super) issue: Noteable,
    pub(super) work_item: Noteable,
}

/// Objects we look into.
#[derive(Clone, Copy)]
enum Place {
    Top,
    User,
    Project,
    Attributes,
    Issue,
    WorkItem,
}

impl Facts {
    /// Reads a whole body; the error is the reason for quarantine.
    pub(super) fn read(body: &[u8]) -> Result<Self, &'static str> {
        if body.is_empty() {
            return Err("empty_body");
        }
        let mut facts = Self::default();
        let mut json = serde_json::Deserializer::from_slice(body);
        let top = Walk(Slot::Object(Place::Top, &mut facts))
            .deserialize(&mut json)
            // The walker takes every shape; the only thing it objects to itself is a repeated key.
            .map_err(|e| if e.is_data() { "duplicate_key" } else { "bad_json" })?;
        json.end().map_err(|_| "bad_json")?;
        match top {
            Shape::Object => Ok(facts),
            Shape::Other => Err("not_an_object"),
        }
    }

    fn slot(&mut self, place: Place, key: &str) -> Slot<'_> {
        match (place, key) {
            (Place::Top, "object_kind") => Slot::Scalar(&mut self.object_kind),
            (Place::Top, "event_name") => Slot::Scalar(&mut self.event_name),
            (Place::Top, "user") => Slot::Object(Place::User, self),
            (Place::Top, "project") => Slot::Object(Place::Project, self),
            (Place::Top, "object_attributes") => Slot::Object(Place::Attributes, self),
            (Place::Top, "issue") => Slot::Object(Place::Issue, self),
            (Place::Top, "work_item") => Slot::Object(Place::WorkItem, self),
            (Place::User, "id") => Slot::Scalar(&mut self.user_id),
            (Place::User, "username") => Slot::Scalar(&mut self.username),
            (Place::Project, "id") => Slot::Scalar(&mut self.project_id),
            (Place::Attributes, "id") => Slot::Scalar(&mut self.id),
            (Place::Attributes, "iid") => Slot::Scalar(&mut self.iid),
            (Place::Attributes, "project_id") => Slot::Scalar(&mut self.parent_project_id),
            (Place::Attributes, "type") => Slot::Scalar(&mut self.kind),
            (Place::Attributes, "action") => Slot::Scalar(&mut self.action),
            (Place::Attributes, "noteable_type") => Slot::Scalar(&mut self.noteable_type),
            (Place::Attributes, "system") => Slot::Scalar(&mut self.system),
            (Place::Issue, "iid") => Slot::Scalar(&mut self.issue.iid),
            (Place::Issue, "type") => Slot::Scalar(&mut self.issue.kind),
            (Place::WorkItem, "iid") => Slot::Scalar(&mut self.work_item.iid),
            (Place::WorkItem, "type") => Slot::Scalar(&mut self.work_item.kind),
            _ => Slot::Ignored,
        }
    }
}

/// Where the value that comes next belongs.
enum Slot<'f> {
    Object(Place, &'f mut Facts),
    Scalar(&'f mut Scalar),
    Ignored,
}

enum Shape {
    Object,
    Other,
}

struct Walk<'f>(Slot<'f>);

impl Walk<'_> {
    fn keep(self, value: impl FnOnce() -> Scalar) -> Shape {
        if let Slot::Scalar(place) = self.0 {
            *place = value();
        }
        Shape::Other
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Shape, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Shape, E> {
        Ok(self.keep(|| Scalar::Absent))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Shape, E> {
        Ok(self.keep(|| Scalar::Bool(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Shape, E> {
        Ok(self.keep(|| Scalar::Number(value)))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Shape, E> {
        Ok(self.keep(|| Scalar::Unusable))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Shape, E> {
        Ok(self.keep(|| Scalar::Unusable))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Shape, E> {
        Ok(self.keep(|| match value.len() {
            0..=MAX_TEXT => Scalar::Text(value.to_owned()),
            _ => Scalar::Unusable,
        }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        while items.next_element_seed(Walk(Slot::Ignored))?.is_some() {}
        Ok(self.keep(|| Scalar::Unusable))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Shape, A::Error> {
        let mut seen = HashSet::new();
        while let Some(Key(key)) = map.next_key()? {
            let slot = match &mut self.0 {
                Slot::Object(place, facts) => facts.slot(*place, &key),
                Slot::Scalar(_) | Slot::Ignored => Slot::Ignored,
            };
            map.next_value_seed(Walk(slot))?;
            if !seen.insert(key) {
                return Err(A::Error::custom("repeated key"));
            }
        }
        self.keep(|| Scalar::Unusable);
        Ok(Shape::Object)
    }
}

/// A key, borrowed from the body unless it holds an escape.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
