//! Reads `texts/*.md` for the stages of a workflow and places their mistakes.

use std::collections::BTreeMap;

use crate::workflow::{PARTS, TemplateMistake, Texts, WELCOME, Workflow};

use super::folder::Folder;
use super::mistake::{ConfigError, Spot};
use super::source::Source;
use super::workflow_file::Read;

/// One text per stage, the welcome and the parts they include.
///
/// # Errors
/// Every text that is missing, superfluous or wrong.
pub(super) fn load(
    folder: &Folder<'_>,
    workflow_source: &Source,
    read: Read,
) -> Result<(Workflow, Texts), Vec<ConfigError>> {
    let Read { mut workflow, stage_spots } = read;
    let mut mistakes = superfluous(folder, &workflow);
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();

    for name in PARTS.into_iter().chain([WELCOME]) {
        match folder.read(&file_name(name)) {
            Ok(source) => drop(sources.insert(name.to_owned(), source)),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    for (stage, spot) in workflow.stages.iter_mut().zip(stage_spots) {
        let file = file_name(stage.name.as_str());
        match folder.find(&file) {
            Ok(Some(source)) => {
                stage.text.clone_from(&source.text);
                sources.insert(stage.name.to_string(), source);
            }
            Ok(None) => {
                let what = format!("the stage `{}` has no text", stage.name);
                let hint = format!("write {}", folder.path(&file).display());
                mistakes.push(workflow_source.mistake(spot, what).hint(hint));
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let templates = sources.iter().map(|(name, source)| (name.clone(), source.text.clone()));
    match Texts::compile(&workflow, templates) {
        Ok(texts) => Ok((workflow, texts)),
        Err(mistakes) => Err(mistakes.iter().map(|one| placed(one, &sources)).collect()),
    }
}

fn file_name(name: &str) -> String {
    format!("texts/{name}.md")
}

/// Texts of the folder that belong to no stage: most likely a mistyped name.
fn superfluous(folder: &Folder<'_>, workflow: &Workflow) -> Vec<ConfigError> {
    let stages = workflow.stages.iter().map(|stage| stage.name.as_str());
    let known: Vec<&str> = stages.chain(PARTS).chain([WELCOME]).collect();
    let own = folder.own_texts();
    let strangers = own.iter().filter(|name| !known.contains(&name.as_str()));
    strangers
        .map(|name| {
            let path = folder.path(&file_name(name)).display().to_string();
            ConfigError::whole(path, format!("there is no stage `{name}`"))
                .nearest(name, known.iter().copied())
        })
        .collect()
}

fn placed(mistake: &TemplateMistake, sources: &BTreeMap<String, Source>) -> ConfigError {
    let Some(source) = sources.get(&mistake.name) else {
        return ConfigError::whole(file_name(&mistake.name), &mistake.what);
    };
    let before = mistake.range.as_ref().and_then(|range| source.text.get(..range.start));
    let column = before
        .map_or(1, |before| before.rsplit('\n').next().unwrap_or_default().chars().count() + 1);
    source.mistake(Spot { line: mistake.line, column }, &mistake.what)
}
