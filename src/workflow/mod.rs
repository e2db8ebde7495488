//! Stages, labels, transitions and checklists: valid by construction.

mod texts;

pub(crate) use texts::{PARTS, TemplateMistake, WELCOME};
pub use texts::{TextContext, TextError, TextItem, TextLink, Texts, Unfit};

use crate::model::{ItemId, LabelName, ReportKind, StageName};

/// A workflow that was checked as a whole: every name it mentions exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// In the order of the file; the first one is where a new issue starts.
    pub stages: Vec<Stage>,
    /// Labels beside the stage, in scopes.
    pub scopes: Vec<Scope>,
}

/// One stage of a community's move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Key, `engaged`.
    pub name: StageName,
    /// The label that means it, `migration::engaged`.
    pub label: LabelName,
    /// Colour of the label, `#6699cc`.
    pub color: String,
    /// One sentence for the label's description and for `explain`.
    pub summary: String,
    /// Whether the move ends here (`partial`, `declined`, `left`): no exits are needed.
    pub is_end: bool,
    /// Stages that staff may set from here, ends and stages before this one included.
    pub next: Vec<StageName>,
    /// What the exit needs, in words, for `explain` and the entry comment.
    pub exit: Vec<String>,
    /// Expected longest stay in days, if any.
    pub days: Option<u32>,
    /// The onboarding checklist, in order.
    pub checklist: Vec<Item>,
    /// Training and reference links, in order.
    pub links: Vec<Link>,
    /// What is found out about the move while it is here.
    pub reports: Vec<ReportKind>,
    /// The comment for an entry: a minijinja template in Markdown.
    pub text: String,
}

/// One checklist item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Stable for ever: ticks hang on it.
    pub id: ItemId,
    /// One line.
    pub text: String,
    /// Whose it is, for the comment's two lists.
    pub owner: Owner,
}

/// Who does a checklist item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The community that moves.
    Partner,
    /// The program's staff.
    Staff,
}

/// A link worth following.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What is behind it.
    pub title: String,
    /// `https://…`
    pub url: String,
    /// The training track it belongs to, if it is training.
    pub track: Option<String>,
}

/// A group of labels the bot knows beside the stages, `hold::…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Key, `hold`.
    pub name: String,
    /// At most one of its labels at a time; the bot keeps it so.
    pub exclusive: bool,
    /// Only staff may set its labels; a stranger's are undone.
    pub staff_only: bool,
    /// Its labels.
    pub labels: Vec<ScopedLabel>,
}

/// One label of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedLabel {
    /// Full title.
    pub label: LabelName,
    /// Colour.
    pub color: String,
    /// One sentence.
    pub summary: String,
    /// Stops the clocks of deadlines and nudges.
    pub stops_clocks: bool,
}

impl Workflow {
    /// The stage this label means; exact title only.
    pub fn stage_of_label(&self, label: &LabelName) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.label == *label)
    }

    /// The stage with this key.
    pub fn stage(&self, name: &StageName) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == *name)
    }

    /// The scope this label belongs to.
    pub fn scope_of_label(&self, label: &LabelName) -> Option<&Scope> {
        self.scopes.iter().find(|scope| scope.labels.iter().any(|one| one.label == *label))
    }

    /// Where a new issue starts.
    pub fn first_stage(&self) -> Option<&Stage> {
        self.stages.first()
    }

    /// Whether staff may move an issue along this edge.
    pub fn allows(&self, from: &StageName, to: &StageName) -> bool {
        self.stage(from).is_some_and(|stage| stage.next.contains(to))
    }
}
