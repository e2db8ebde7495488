//! Reads `sources.yaml`: something for every kind of source and every topic, or a mistake for each.

use std::collections::BTreeMap;

use crate::assess::readiness::{
    CommentLimit, ImportPath, ImportTime, Page, Quota, Sources, Topic, Way,
};
use crate::model::SourceKind;

use super::mistake::{ConfigError, Spot};
use super::reader::{At, Fields, Reader};
use super::source::Source;
use super::yaml::{self, Node, Value};

/// Reads the whole file.
///
/// # Errors
/// Every mistake in it.
pub(super) fn read(source: &Source) -> Result<Sources, Vec<ConfigError>> {
    let root = yaml::parse(source).map_err(|mistake| vec![mistake])?;
    let mut reader = Reader::new(source);
    let sources = sources(&mut reader, &root);
    match (sources, reader.into_mistakes()) {
        (Some(sources), mistakes) if mistakes.is_empty() => Ok(sources),
        (_, mistakes) => Err(mistakes),
    }
}

fn sources(reader: &mut Reader<'_>, root: &Node) -> Option<Sources> {
    const KEYS: [&str; 5] = ["paths", "pages", "placeholders", "import_time", "comments"];
    let fields = reader.fields(root, &KEYS);
    if !matches!(root.value, Value::Map(_)) {
        return None;
    }
    let paths = paths(reader, &fields);
    let pages = pages(reader, &fields);
    let placeholders = placeholders(reader, &fields);
    let import_time = part(reader, &fields, "import_time").and_then(|node| {
        let fields = reader.fields(node, &["project", "items", "hours", "faster", "slower"]);
        let project = reader.text(&fields, "project").text;
        let counts = ["items", "hours", "faster", "slower"].map(|key| count(reader, &fields, key));
        let [Some(items), Some(hours), Some(faster), Some(slower)] = counts else { return None };
        Some(ImportTime { project, items, hours, faster, slower })
    });
    let comments = part(reader, &fields, "comments").and_then(|node| {
        let fields = reader.fields(node, &["limit", "per_item"]);
        let counts = ["limit", "per_item"].map(|key| count(reader, &fields, key));
        let [Some(limit), Some(per_item)] = counts else { return None };
        Some(CommentLimit { limit, per_item })
    });
    Some(Sources {
        other_path: paths.get(&SourceKind::Other)?.clone(),
        other_page: pages.get(&Topic::Importer)?.clone(),
        paths,
        pages,
        placeholders,
        import_time: import_time?,
        comments: comments?,
    })
}

fn paths(reader: &mut Reader<'_>, root: &Fields<'_>) -> BTreeMap<SourceKind, ImportPath> {
    let mut paths = Complete::new("kind", SourceKind::ALL, SourceKind::as_str);
    for node in reader.list(root, "paths") {
        let fields = reader.fields(node, &["kind", "way", "text", "page"]);
        let kind = reader.text(&fields, "kind");
        let way = reader.text(&fields, "way");
        let way = way_of(reader, &way);
        let text = reader.text(&fields, "text").text;
        let page = part(reader, &fields, "page").map(|node| {
            let fields = reader.fields(node, &["title", "url"]);
            page(reader, &fields)
        });
        let path = way.zip(page).map(|(way, page)| ImportPath { way, text, page });
        paths.put(reader, &kind, path);
    }
    paths.finish(reader, root, "paths")
}

fn way_of(reader: &mut Reader<'_>, word: &At) -> Option<Way> {
    match word.text.as_str() {
        "importer" => Some(Way::Importer),
        "script" => Some(Way::Script),
        "none" => Some(Way::None),
        // Noted already.
        "" => None,
        other => {
            let what = format!("unknown way `{other}`");
            reader.note(word.spot, what, "write `importer`, `script` or `none`");
            None
        }
    }
}

fn pages(reader: &mut Reader<'_>, root: &Fields<'_>) -> BTreeMap<Topic, Page> {
    let mut pages = Complete::new("topic", Topic::ALL, Topic::as_str);
    for node in reader.list(root, "pages") {
        let fields = reader.fields(node, &["topic", "title", "url"]);
        let topic = reader.text(&fields, "topic");
        let page = page(reader, &fields);
        pages.put(reader, &topic, Some(page));
    }
    pages.finish(reader, root, "pages")
}

fn page(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Page {
    let title = reader.text(fields, "title").text;
    Page { title, url: reader.web_address(fields, "url") }
}

fn placeholders(reader: &mut Reader<'_>, root: &Fields<'_>) -> Vec<Quota> {
    let mut quotas: Vec<Quota> = Vec::new();
    for node in reader.list(root, "placeholders") {
        let fields = reader.fields(node, &["plan", "seats", "limit"]);
        let plan = reader.text(&fields, "plan").text;
        let seats = reader.text(&fields, "seats").text;
        let Some(limit) = count(reader, &fields, "limit") else { continue };
        if quotas.last().is_some_and(|before| before.limit > limit) {
            let what = format!("`limit` {limit} is smaller than the one above");
            reader.note(spot(&fields, "limit"), what, "put the smallest limit first");
        }
        quotas.push(Quota { plan, seats, limit });
    }
    quotas
}

/// A part of the file that must be there.
fn part<'n>(reader: &mut Reader<'_>, fields: &Fields<'n>, key: &str) -> Option<&'n Node> {
    let node = fields.get(key);
    if node.is_none() {
        reader.note(fields.spot(), format!("`{key}` is missing"), "add it");
    }
    node
}

/// A whole number from 1 that must be there.
fn count(reader: &mut Reader<'_>, fields: &Fields<'_>, key: &str) -> Option<u64> {
    part(reader, fields, key)?;
    reader.count(fields, key).map(u64::from)
}

fn spot(fields: &Fields<'_>, key: &str) -> Spot {
    fields.get(key).map_or_else(|| fields.spot(), |node| node.spot)
}

/// A list in which each of a few words stands exactly once.
struct Complete<K: 'static, V> {
    /// What the words are called.
    what: &'static str,
    all: &'static [K],
    word: fn(K) -> &'static str,
    /// `None` for an entry with a mistake of its own.
    found: BTreeMap<K, (Spot, Option<V>)>,
}

impl<K: Copy + Ord, V> Complete<K, V> {
    fn new(what: &'static str, all: &'static [K], word: fn(K) -> &'static str) -> Self {
        Self { what, all, word, found: BTreeMap::new() }
    }

    fn put(&mut self, reader: &mut Reader<'_>, at: &At, value: Option<V>) {
        if at.text.is_empty() {
            return;
        }
        let (what, word) = (self.what, at.text.as_str());
        let Some(key) = self.all.iter().copied().find(|key| (self.word)(*key) == word) else {
            let known = self.all.iter().map(|key| (self.word)(*key));
            reader.note_unknown(at.spot, format!("unknown {what} `{word}`"), word, known);
            return;
        };
        if let Some((first, _)) = self.found.get(&key) {
            let what = format!("the {what} `{word}` is already on line {}", first.line);
            reader.note(at.spot, what, "keep one of them");
            return;
        }
        self.found.insert(key, (at.spot, value));
    }

    fn finish(self, reader: &mut Reader<'_>, root: &Fields<'_>, list: &str) -> BTreeMap<K, V> {
        let Self { what, all, word, found } = self;
        let missing: Vec<String> = all
            .iter()
            .filter(|key| !found.contains_key(key))
            .map(|key| format!("`{}`", word(*key)))
            .collect();
        match root.get(list).map(|node| &node.value) {
            None => reader.note(root.spot(), format!("`{list}` is missing"), "add it"),
            Some(Value::List(_)) if !missing.is_empty() => {
                let text = format!("`{list}` has no {what} {}", missing.join(", "));
                reader.note(spot(root, list), text, "add what is missing");
            }
            // Not even a list: noted already.
            Some(_) => {}
        }
        found.into_iter().filter_map(|(key, (_, value))| Some((key, value?))).collect()
    }
}
