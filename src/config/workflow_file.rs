//! Reads `workflow.yaml` and hands out a workflow only when everything in it fits together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::model::{ItemId, LabelName, ReportKind, StageName};
use crate::workflow::{Item, Link, Owner, PARTS, Scope, ScopedLabel, Stage, WELCOME, Workflow};

use super::exits::{allow_backward, reachable};
use super::mistake::{ConfigError, Spot};
use super::reader::{At, Fields, Reader};
use super::source::Source;
use super::yaml::{self, Node, Value};

/// A workflow and where its stages are named, for mistakes found later.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) workflow: Workflow,
    pub(super) stage_spots: Vec<Spot>,
}

/// GitLab's limit for a label's title, in characters.
const LABEL_MAX: usize = 255;

/// Reads the whole file; `text` of each stage is left empty.
///
/// # Errors
/// Every mistake in it.
pub(super) fn read(source: &Source) -> Result<Read, Vec<ConfigError>> {
    let root = yaml::parse(source).map_err(|mistake| vec![mistake])?;
    let mut file = File::new(source);
    let workflow = file.workflow(&root);
    let stage_spots = file.edges.iter().map(|stage| stage.spot).collect();
    let mistakes = file.reader.into_mistakes();
    if mistakes.is_empty() { Ok(Read { workflow, stage_spots }) } else { Err(mistakes) }
}

/// The file while it is read.
struct File<'s> {
    reader: Reader<'s>,
    /// Where each name was first given.
    seen: HashMap<(Kind, String), Spot>,
    /// One entry per stage, in order.
    edges: Vec<Edges>,
}

/// The exits of one stage as written.
struct Edges {
    spot: Spot,
    next: Vec<At>,
}

impl<'s> File<'s> {
    fn new(source: &'s Source) -> Self {
        Self { reader: Reader::new(source), seen: HashMap::new(), edges: Vec::new() }
    }

    fn workflow(&mut self, root: &Node) -> Workflow {
        let fields = self.reader.fields(root, &["backward", "stages", "scopes"]);
        let backward = self.reader.flag(&fields, "backward");
        let nodes = self.reader.list(&fields, "stages");
        if nodes.is_empty() && matches!(root.value, Value::Map(_)) {
            self.reader.note(fields.spot(), "there is no stage", "list at least one in `stages`");
        }
        let mut stages: Vec<Stage> = nodes.iter().map(|node| self.stage(node)).collect();
        let nodes = self.reader.list(&fields, "scopes");
        let scopes = nodes.iter().map(|node| self.scope(node)).collect();
        self.check_edges(&stages);
        if backward {
            allow_backward(&mut stages);
        }
        Workflow { stages, scopes }
    }

    fn stage(&mut self, node: &Node) -> Stage {
        const KEYS: [&str; 11] = [
            "name",
            "label",
            "color",
            "summary",
            "end",
            "next",
            "exit",
            "days",
            "checklist",
            "links",
            "reports",
        ];
        let fields = self.reader.fields(node, &KEYS);
        let name = self.reader.text(&fields, "name");
        self.check_stage_name(&name);
        let label = self.reader.text(&fields, "label");
        self.check_label(&label);
        let color = self.reader.text(&fields, "color");
        self.check_color(&color);
        let next = self.reader.texts(&fields, "next");
        let stage = Stage {
            name: StageName::new(name.text),
            label: LabelName::new(label.text),
            color: color.text,
            summary: self.reader.text(&fields, "summary").text,
            is_end: self.reader.flag(&fields, "end"),
            next: next.iter().map(|at| StageName::new(at.text.as_str())).collect(),
            exit: self.reader.texts(&fields, "exit").into_iter().map(|at| at.text).collect(),
            days: self.reader.count(&fields, "days"),
            checklist: self
                .reader
                .list(&fields, "checklist")
                .iter()
                .map(|node| self.item(node))
                .collect(),
            links: self.reader.list(&fields, "links").iter().map(|node| self.link(node)).collect(),
            reports: self.reports(&fields),
            text: String::new(),
        };
        self.edges.push(Edges { spot: name.spot, next });
        stage
    }

    fn reports(&mut self, fields: &Fields<'_>) -> Vec<ReportKind> {
        let words = self.reader.texts(fields, "reports");
        let mut kinds = Vec::new();
        for at in words {
            match ReportKind::parse(&at.text) {
                Some(kind) => kinds.push(kind),
                None => {
                    let what = format!("there is no report `{}`", at.text);
                    let known = ReportKind::ALL.map(ReportKind::as_str);
                    self.reader.note_unknown(at.spot, what, &at.text, known);
                }
            }
        }
        kinds
    }

    fn item(&mut self, node: &Node) -> Item {
        let fields = self.reader.fields(node, &["id", "owner", "text"]);
        let id = self.reader.text(&fields, "id");
        if !is_item_id(&id.text) {
            self.reader.note(
                id.spot,
                format!("`{}` can't be an item's id", id.text),
                "use lower case letters, digits, single dashes and dots, like `engaged.goals`",
            );
        }
        self.check_new(&id, Kind::Item);
        let owner = self.reader.text(&fields, "owner");
        let whose = match owner.text.as_str() {
            "staff" => Owner::Staff,
            "partner" | "" => Owner::Partner,
            other => {
                let what = format!("unknown owner `{other}`");
                self.reader.note(owner.spot, what, "write `partner` or `staff`");
                Owner::Partner
            }
        };
        let text = self.reader.text(&fields, "text").text;
        Item { id: ItemId::new(id.text), text, owner: whose }
    }

    fn link(&mut self, node: &Node) -> Link {
        let fields = self.reader.fields(node, &["title", "url", "track"]);
        let title = self.reader.text(&fields, "title").text;
        let url = self.reader.web_address(&fields, "url");
        let track = self.reader.optional_text(&fields, "track").map(|at| at.text);
        Link { title, url, track }
    }

    fn scope(&mut self, node: &Node) -> Scope {
        let fields = self.reader.fields(node, &["name", "exclusive", "staff_only", "labels"]);
        let nodes = self.reader.list(&fields, "labels");
        if nodes.is_empty() {
            self.reader.note(fields.spot(), "this scope has no labels", "list them in `labels`");
        }
        let name = self.reader.text(&fields, "name");
        self.check_new(&name, Kind::Scope);
        Scope {
            name: name.text,
            exclusive: self.reader.flag(&fields, "exclusive"),
            staff_only: self.reader.flag(&fields, "staff_only"),
            labels: nodes.iter().map(|node| self.scoped_label(node)).collect(),
        }
    }

    fn scoped_label(&mut self, node: &Node) -> ScopedLabel {
        let fields = self.reader.fields(node, &["label", "color", "summary", "stops_clocks"]);
        let label = self.reader.text(&fields, "label");
        self.check_label(&label);
        let color = self.reader.text(&fields, "color");
        self.check_color(&color);
        ScopedLabel {
            label: LabelName::new(label.text),
            color: color.text,
            summary: self.reader.text(&fields, "summary").text,
            stops_clocks: self.reader.flag(&fields, "stops_clocks"),
        }
    }

    /// A stage's name is also a file's name, so it must be a plain word.
    fn check_stage_name(&mut self, name: &At) {
        let word = name.text.as_str();
        if word.is_empty() {
            return;
        }
        if word == WELCOME || PARTS.contains(&word) {
            let what = format!("`{word}` can't be a stage's name");
            self.reader.note(name.spot, what, "a text file with another use has it");
        } else if !is_word(word) {
            let what = format!("`{word}` can't be a stage's name");
            self.reader.note(name.spot, what, "use lower case letters, digits and single dashes");
        }
        self.check_new(name, Kind::Stage);
    }

    fn check_label(&mut self, label: &At) {
        if label.text.chars().count() > LABEL_MAX {
            self.reader.note(
                label.spot,
                "this label is longer than GitLab allows",
                "use 255 characters at most",
            );
        }
        if label.text.contains(',') {
            let what = format!("the label `{}` has a comma", label.text);
            self.reader.note(label.spot, what, "GitLab separates labels by commas");
        }
        self.check_new(label, Kind::Label);
    }

    fn check_color(&mut self, color: &At) {
        let hex = color.text.strip_prefix('#').unwrap_or_default();
        let is_color = hex.len() == 6 && hex.chars().all(|c| c.is_ascii_hexdigit());
        if !color.text.is_empty() && !is_color {
            let what = format!("`{}` is not a colour", color.text);
            self.reader.note(color.spot, what, "write it in quotes like \"#6699cc\"");
        }
    }

    /// Notes a name that an earlier line has already.
    fn check_new(&mut self, at: &At, kind: Kind) {
        if at.text.is_empty() {
            return;
        }
        match self.seen.entry((kind, at.text.clone())) {
            Entry::Vacant(entry) => drop(entry.insert(at.spot)),
            Entry::Occupied(first) => {
                let (word, line) = (kind.word(), first.get().line);
                let what = format!("the {word} `{}` is already on line {line}", at.text);
                self.reader.note(at.spot, what, "give one of them another name");
            }
        }
    }

    /// Exits lead to stages that exist, every stage can be reached, and only ends end.
    fn check_edges(&mut self, stages: &[Stage]) {
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        let reached = reachable(stages);
        for (stage, edges) in stages.iter().zip(&self.edges) {
            for to in edges.next.iter().filter(|to| !to.text.is_empty()) {
                if !names.contains(&to.text.as_str()) {
                    let what = format!("unknown stage `{}` in `next`", to.text);
                    self.reader.note_unknown(to.spot, what, &to.text, names.iter().copied());
                } else if to.text == stage.name.as_str() {
                    let what = format!("`{}` leads to itself", to.text);
                    self.reader.note(to.spot, what, "name another stage");
                }
            }
            if stage.name.as_str().is_empty() {
                continue;
            }
            if !reached.contains(&&stage.name) {
                let what = format!("no stage leads to `{}`", stage.name);
                self.reader.note(edges.spot, what, "name it in the `next` of another stage");
            }
            if edges.next.is_empty() && !stage.is_end {
                let what = format!("`{}` leads nowhere", stage.name);
                self.reader.note(edges.spot, what, "give it a `next`, or `end: true`");
            }
        }
    }
}

/// What a name names; it must be the only one of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Stage,
    Label,
    Item,
    Scope,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Label => "label",
            Self::Item => "checklist item",
            Self::Scope => "scope",
        }
    }
}

/// Lower case letters and digits in parts joined by single dashes, a letter first.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split('-').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

/// Words joined by dots: fit for an HTML comment, where the managed block keeps it.
fn is_item_id(text: &str) -> bool {
    text.is_empty() || text.split('.').all(is_word)
}
