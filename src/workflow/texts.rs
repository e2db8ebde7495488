//! The comments for stage entries, as templates that were tried out when they were loaded.

use std::ops::Range;

use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::model::StageName;

use super::{Item, Link, Owner, Stage, Workflow};

/// Steps one rendering may take; the longest of ours needs about a hundredth of it.
const FUEL: u64 = 100_000;
/// The longest comment, in bytes; GitLab's own limit is a million characters.
const MAX_COMMENT: usize = 100_000;
/// The template of a new issue's first comment.
pub(crate) const WELCOME: &str = "welcome";
/// Templates that others include.
pub(crate) const PARTS: [&str; 2] = ["checklist", "links"];

/// What a template may mention. Every text in it must be neutralised already.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TextContext {
    /// Key of the stage entered.
    pub stage: String,
    /// One sentence about it.
    pub summary: String,
    /// Address of the issue.
    pub tracker_url: String,
    /// A mention of the author, or empty.
    pub author: String,
    /// A mention of the responsible staff member, or empty.
    pub dri: String,
    /// The stage's checklist, in order.
    pub checklist: Vec<TextItem>,
    /// The stage's links, in order.
    pub links: Vec<TextLink>,
    /// What the stage's exit needs.
    pub exit: Vec<String>,
    /// Expected longest stay in days.
    pub days: Option<u32>,
    /// The bot's username, without `@`.
    pub bot: String,
    /// Whether only members and the author can read the issue.
    pub confidential: bool,
    /// The stage the issue was in before, if any.
    pub from: Option<String>,
    /// What the intake does not tell yet; for the welcome.
    pub missing: Vec<String>,
    /// Labels that what was read speaks for, and that nobody has set; for the welcome.
    pub proposals: Vec<String>,
    /// Other issues that name the same source, `#12`; for the welcome.
    pub twins: Vec<String>,
}

/// One checklist item, as a template sees it.
#[derive(Debug, Clone, Serialize)]
pub struct TextItem {
    /// From 1; what `done N` means.
    pub number: usize,
    /// One line.
    pub text: String,
    /// Ticked already.
    pub done: bool,
    /// `partner` or `staff`.
    pub owner: &'static str,
}

/// One link, as a template sees it.
#[derive(Debug, Clone, Serialize)]
pub struct TextLink {
    /// What is behind it.
    pub title: String,
    /// `https://…`
    pub url: String,
    /// The training track it belongs to, if it is training.
    pub track: Option<String>,
}

impl TextContext {
    /// What the workflow itself knows of a stage; `done` tells which items are ticked.
    pub fn of_stage(stage: &Stage, done: impl Fn(&Item) -> bool) -> Self {
        let items = stage.checklist.iter().enumerate();
        Self {
            stage: stage.name.to_string(),
            summary: stage.summary.clone(),
            checklist: items
                .map(|(index, item)| TextItem {
                    number: index + 1,
                    text: item.text.clone(),
                    done: done(item),
                    owner: match item.owner {
                        Owner::Partner => "partner",
                        Owner::Staff => "staff",
                    },
                })
                .collect(),
            links: stage.links.iter().map(TextLink::from).collect(),
            exit: stage.exit.clone(),
            days: stage.days,
            ..Self::default()
        }
    }
}

impl From<&Link> for TextLink {
    fn from(link: &Link) -> Self {
        Self { title: link.title.clone(), url: link.url.clone(), track: link.track.clone() }
    }
}

/// The compiled templates.
#[derive(Debug, Clone)]
pub struct Texts {
    templates: Environment<'static>,
}

/// A comment that could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The workflow has no such stage.
    #[error("there is no text for the stage `{0}`, load the configuration again")]
    Missing(StageName),
    /// The template failed with values it had not been tried with.
    #[error("the text `{0}` can't be rendered, run `landfall check --offline`")]
    Failed(String, #[source] minijinja::Error),
    /// The result is no comment.
    #[error("the text `{0}` renders {1}, change its template")]
    Unfit(String, Unfit),
}

/// Why a rendered text can't be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// GitLab would run it.
    #[error("a line that starts with `/`, which GitLab runs as a command")]
    QuickAction,
    /// A multi-line quotation swallows what follows, the marker included.
    #[error("`>>>`, which GitLab reads as a quotation")]
    Quotation,
    /// Nobody would read it.
    #[error("more than 100000 bytes")]
    TooLong,
    /// Nothing to read.
    #[error("nothing")]
    Empty,
}

/// A mistake in one template's file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TemplateMistake {
    /// Name of the template.
    pub(crate) name: String,
    /// From 1.
    pub(crate) line: usize,
    /// Bytes of the source it is about, if known.
    pub(crate) range: Option<Range<usize>>,
    /// One line.
    pub(crate) what: String,
}

impl Texts {
    /// Compiles templates, `(name without .md, source)`, and tries each stage's out.
    ///
    /// # Errors
    /// Every template that can't be compiled, or that fails or is unfit for one of the trials.
    pub(crate) fn compile(
        workflow: &Workflow,
        sources: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<TemplateMistake>> {
        let mut templates = empty_environment();
        let mut mistakes = Vec::new();
        for (name, source) in sources {
            if let Some((line, unfit)) = forbidden_line(&source) {
                let what = format!("renders {unfit}");
                mistakes.push(TemplateMistake { name, line, range: None, what });
            } else if let Err(error) = templates.add_template_owned(name.clone(), source) {
                mistakes.push(TemplateMistake::of(&name, &error));
            }
        }
        let texts = Self { templates };
        let broken: Vec<String> = mistakes.iter().map(|mistake| mistake.name.clone()).collect();
        let welcome = workflow.first_stage().map(|stage| (WELCOME, stage));
        let stages = workflow.stages.iter().map(|stage| (stage.name.as_str(), stage));
        for (name, stage) in stages.chain(welcome) {
            // A text that includes a broken part can't be tried out before that is repaired.
            if broken.iter().any(|one| one == name || PARTS.contains(&one.as_str())) {
                continue;
            }
            let mistake = texts.try_out(name, stage);
            mistakes.extend(mistake.filter(|mistake| !mistakes.contains(mistake)));
        }
        if mistakes.is_empty() { Ok(texts) } else { Err(mistakes) }
    }

    /// The comment for an entry into a stage.
    ///
    /// # Errors
    /// [`TextError`]; all but [`TextError::Missing`] were ruled out for ordinary values at load.
    pub fn render_stage(
        &self,
        stage: &StageName,
        context: &TextContext,
    ) -> Result<String, TextError> {
        self.render(stage.as_str(), context).map_err(|error| match error {
            TextError::Failed(_, cause)
                if cause.kind() == minijinja::ErrorKind::TemplateNotFound =>
            {
                TextError::Missing(stage.clone())
            }
            other => other,
        })
    }

    /// The first comment on a new issue.
    ///
    /// # Errors
    /// As [`Texts::render_stage`].
    pub fn render_welcome(&self, context: &TextContext) -> Result<String, TextError> {
        self.render(WELCOME, context)
    }

    fn render(&self, name: &str, context: &TextContext) -> Result<String, TextError> {
        let failed = |error| TextError::Failed(name.to_owned(), error);
        let template = self.templates.get_template(name).map_err(failed)?;
        let text = template.render(minijinja::value::Serde(context)).map_err(failed)?;
        match unfitness(&text) {
            Some(unfit) => Err(TextError::Unfit(name.to_owned(), unfit)),
            None => Ok(text.trim().to_owned() + "\n"),
        }
    }

    /// Renders with everything given and with everything left out.
    fn try_out(&self, name: &str, stage: &Stage) -> Option<TemplateMistake> {
        trials(stage).iter().find_map(|context| match self.render(name, context) {
            Ok(_) => None,
            Err(TextError::Failed(_, error)) => Some(TemplateMistake::of(name, &error)),
            Err(error) => {
                let what = match error {
                    TextError::Unfit(_, unfit) => format!("renders {unfit}"),
                    other => other.to_string(),
                };
                Some(TemplateMistake { name: name.to_owned(), line: 1, range: None, what })
            }
        })
    }
}

impl TemplateMistake {
    fn of(name: &str, error: &minijinja::Error) -> Self {
        // The innermost error names the included part in which it happened.
        let mut inner = error;
        while let Some(cause) = std::error::Error::source(inner)
            .and_then(|cause| cause.downcast_ref::<minijinja::Error>())
        {
            inner = cause;
        }
        let kind = inner.kind();
        let what = match inner.detail() {
            Some(detail) => format!("{kind}: {detail}"),
            None => kind.to_string(),
        };
        Self {
            name: inner.name().unwrap_or(name).to_owned(),
            line: inner.line().unwrap_or(1),
            range: inner.range(),
            what,
        }
    }
}

fn empty_environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_debug(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    let syntax =
        minijinja::syntax::SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    environment
}

/// What makes a rendered text unfit.
fn unfitness(text: &str) -> Option<Unfit> {
    match () {
        () if text.len() > MAX_COMMENT => Some(Unfit::TooLong),
        () if text.trim().is_empty() => Some(Unfit::Empty),
        () => forbidden_line(text).map(|(_, unfit)| unfit),
    }
}

/// The first line, from 1, that GitLab would take for something else than text.
fn forbidden_line(text: &str) -> Option<(usize, Unfit)> {
    text.lines().enumerate().find_map(|(index, line)| match line.trim_start() {
        line if line.starts_with('/') => Some((index + 1, Unfit::QuickAction)),
        line if line.starts_with(">>>") => Some((index + 1, Unfit::Quotation)),
        _ => None,
    })
}

/// The values each text is tried with.
fn trials(stage: &Stage) -> [TextContext; 3] {
    let full = TextContext {
        tracker_url: "https://gitlab.example/group/tracker/-/issues/1".to_owned(),
        confidential: true,
        author: "@author".to_owned(),
        dri: "@dri".to_owned(),
        bot: "landfall".to_owned(),
        from: Some("somewhere".to_owned()),
        days: Some(14),
        exit: vec!["something".to_owned()],
        missing: vec!["something".to_owned()],
        proposals: vec!["size::M".to_owned()],
        twins: vec!["#3".to_owned()],
        ..TextContext::of_stage(stage, |_| true)
    };
    let plain = TextContext {
        tracker_url: full.tracker_url.clone(),
        bot: full.bot.clone(),
        ..TextContext::of_stage(stage, |_| false)
    };
    let bare = TextContext {
        checklist: Vec::new(),
        links: Vec::new(),
        exit: Vec::new(),
        days: None,
        ..plain.clone()
    };
    [full, plain, bare]
}
