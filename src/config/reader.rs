//! Takes a YAML tree apart and notes every mistake on the way instead of stopping at the first.

use super::mistake::{ConfigError, Spot};
use super::source::Source;
use super::yaml::{Node, Value};

/// Reads one file's tree; what is missing or wrong is noted, and a harmless value returned.
#[derive(Debug)]
pub(crate) struct Reader<'s> {
    source: &'s Source,
    mistakes: Vec<ConfigError>,
}

/// The entries of one mapping whose keys are all known and all different.
#[derive(Debug)]
pub(crate) struct Fields<'n> {
    spot: Spot,
    entries: Vec<(&'n str, &'n Node)>,
}

/// A text and where it is.
#[derive(Debug, Clone)]
pub(crate) struct At {
    pub(crate) text: String,
    pub(crate) spot: Spot,
}

impl<'s> Reader<'s> {
    pub(crate) fn new(source: &'s Source) -> Self {
        Self { source, mistakes: Vec::new() }
    }

    /// The mistakes noted, in the order of the lines.
    pub(crate) fn into_mistakes(self) -> Vec<ConfigError> {
        super::mistake::in_order(self.mistakes)
    }

    /// Notes a mistake.
    pub(crate) fn note(&mut self, spot: Spot, what: impl Into<String>, hint: &str) {
        let mistake = self.source.mistake(spot, what);
        self.mistakes.push(if hint.is_empty() { mistake } else { mistake.hint(hint) });
    }

    /// Notes a word that is none of the known ones.
    pub(crate) fn note_unknown<'k>(
        &mut self,
        spot: Spot,
        what: impl Into<String>,
        word: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        self.mistakes.push(self.source.mistake(spot, what).nearest(word, known));
    }

    /// A mapping with these keys and no others.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, known: &[&str]) -> Fields<'n> {
        let mut fields = Fields { spot: node.spot, entries: Vec::new() };
        let Value::Map(entries) = &node.value else {
            self.note(node.spot, "expected keys with values here", "write `key: value` lines");
            return fields;
        };
        for (key, node) in entries {
            let name = key.name.as_str();
            if !known.contains(&name) {
                let shown = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                let what = match shown || !self.source.is_masked() {
                    true => format!("unknown key `{name}`"),
                    false => "unknown key".to_owned(),
                };
                self.note_unknown(key.spot, what, name, known.iter().copied());
            } else if fields.get(name).is_some() {
                self.note(key.spot, format!("`{name}` is given twice"), "keep one of them");
            } else {
                fields.entries.push((name, node));
            }
        }
        fields
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, fields: &Fields<'_>, key: &str) -> At {
        let Some(node) = fields.get(key) else {
            self.note(fields.spot, format!("`{key}` is missing"), "add it");
            return At { text: String::new(), spot: fields.spot };
        };
        self.text_of(node, key)
    }

    /// A text that may be left out.
    pub(crate) fn optional_text(&mut self, fields: &Fields<'_>, key: &str) -> Option<At> {
        fields.get(key).map(|node| self.text_of(node, key))
    }

    /// The address of a web page that must be there; `https` only.
    pub(crate) fn web_address(&mut self, fields: &Fields<'_>, key: &str) -> String {
        let url = self.text(fields, key);
        let is_https = url::Url::parse(&url.text)
            .is_ok_and(|parsed| parsed.scheme() == "https" && parsed.host().is_some());
        if !url.text.is_empty() && !is_https {
            let what = format!("`{}` is not a secure web address", url.text);
            self.note(url.spot, what, "write one that starts with https://");
        }
        url.text
    }

    /// One scalar as text: not empty, one line.
    fn text_of(&mut self, node: &Node, what: &str) -> At {
        let spot = node.spot;
        let text = match &node.value {
            Value::Text(text) if text.trim().is_empty() => {
                self.note(spot, format!("`{what}` is empty"), "write one line of text");
                String::new()
            }
            Value::Text(text) if text.contains(char::is_control) => {
                self.note(
                    spot,
                    format!("`{what}` has a line break or a control character"),
                    "write one line of text",
                );
                String::new()
            }
            Value::Text(text) => text.trim().to_owned(),
            Value::Null => {
                let hint = "write one line of text; one that starts with `#` needs quotes";
                self.note(spot, format!("`{what}` is empty"), hint);
                String::new()
            }
            Value::Number(_) | Value::Flag(_) => {
                self.note(spot, format!("`{what}` must be text"), "put it in quotes");
                String::new()
            }
            Value::List(_) | Value::Map(_) => {
                self.note(spot, format!("`{what}` must be text"), "write one line of text");
                String::new()
            }
        };
        At { text, spot }
    }

    /// `true` or `false`; `false` when left out.
    pub(crate) fn flag(&mut self, fields: &Fields<'_>, key: &str) -> bool {
        match fields.get(key).map(|node| (node.spot, &node.value)) {
            None => false,
            Some((_, Value::Flag(flag))) => *flag,
            Some((spot, _)) => {
                self.note(spot, format!("`{key}` must be `true` or `false`"), "");
                false
            }
        }
    }

    /// A whole number from 1, if given.
    pub(crate) fn count(&mut self, fields: &Fields<'_>, key: &str) -> Option<u32> {
        let node = fields.get(key)?;
        let number = match &node.value {
            Value::Number(text) => text.parse().ok().filter(|number| *number > 0),
            _ => None,
        };
        if number.is_none() {
            self.note(node.spot, format!("`{key}` must be a whole number from 1"), "");
        }
        number
    }

    /// A whole number within these bounds, if given.
    pub(crate) fn number(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        least: u32,
        most: u32,
    ) -> Option<u32> {
        let node = fields.get(key)?;
        let number = match &node.value {
            Value::Number(text) => text.parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let what = format!("`{key}` must be a whole number from {least} to {most}");
            self.note(node.spot, what, "");
        }
        number
    }

    /// The elements of a list; none when it is left out.
    pub(crate) fn list<'n>(&mut self, fields: &Fields<'n>, key: &str) -> &'n [Node] {
        match fields.get(key) {
            None => &[],
            Some(Node { value: Value::List(nodes), .. }) => nodes,
            Some(node) => {
                self.note(
                    node.spot,
                    format!("`{key}` must be a list"),
                    "start each element with `- `",
                );
                &[]
            }
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, fields: &Fields<'_>, key: &str) -> Vec<At> {
        let nodes = self.list(fields, key);
        nodes.iter().map(|node| self.text_of(node, key)).collect()
    }
}

impl<'n> Fields<'n> {
    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, node)| *node)
    }

    /// Where the mapping begins.
    pub(crate) fn spot(&self) -> Spot {
        self.spot
    }
}
