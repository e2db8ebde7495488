//! Settings, workflow, sources, texts and rules: read once, checked as a whole, every mistake told at once.
//!
//! A folder may hold any of `landfall.yaml`, `workflow.yaml`, `sources.yaml`, `verify.yaml`, `texts/*.md` and
//! `issue_template.md`; what it lacks comes from the defaults that are part of the program.

mod embedded;
mod env;
mod exits;
mod folder;
mod keys;
mod mistake;
mod reader;
mod service;
mod settings;
mod source;
mod sources_file;
mod texts_files;
mod values;
mod verify_file;
mod workflow_file;
mod yaml;

use std::collections::BTreeMap;
use std::path::Path;

use crate::assess::{Rules, Sources};
use crate::workflow::{Texts, Workflow};

pub use env::{Env, MapEnv, ProcessEnv};
pub use keys::{default_file, reference};
pub use mistake::{ConfigError, ConfigErrors};
pub use service::{ConfidentialComments, LogFormat, Service};
pub use verify_file::DestinationHost;

use folder::Folder;

/// Everything that people configure.
#[derive(Debug, Clone)]
pub struct Config {
    /// How the service runs.
    pub service: Service,
    /// The stages and labels.
    pub workflow: Workflow,
    /// The comments for stage entries.
    pub texts: Texts,
    /// What GitLab offers for each kind of source.
    pub sources: Sources,
    /// Markdown of the issue template that `setup` installs in the tracker.
    pub issue_template: String,
    /// By what moves and imports are judged.
    pub rules: Rules,
    /// Other GitLabs that destinations may be on; no other host is contacted.
    pub destination_hosts: Vec<DestinationHost>,
    /// Where the files came from, for people: a folder's path, `built-in`, or `given`.
    pub origin: String,
}

/// Loads the configuration from a folder, or the defaults, with variables on top.
///
/// # Errors
/// Every mistake in every file and variable.
pub fn load(env: &dyn Env, dir: Option<&Path>) -> Result<Config, ConfigErrors> {
    load_with_workflow(env, dir, None)
}

/// Like [`load`], with the workflow from a file of its own, to see what it would change.
///
/// # Errors
/// As [`load`].
pub fn load_with_workflow(
    env: &dyn Env,
    dir: Option<&Path>,
    workflow_file: Option<&Path>,
) -> Result<Config, ConfigErrors> {
    load_from(env, &Folder::open(dir)?, workflow_file)
}

/// Like [`load`], with the texts of the folder's files by their paths in it: `workflow.yaml`,
/// `texts/welcome.md`. Only files of secrets that a setting names are read from disk.
///
/// # Errors
/// As [`load`].
pub fn read(env: &dyn Env, files: &BTreeMap<String, String>) -> Result<Config, ConfigErrors> {
    load_from(env, &Folder::Given(files), None)
}

fn load_from(
    env: &dyn Env,
    folder: &Folder<'_>,
    workflow_file: Option<&Path>,
) -> Result<Config, ConfigErrors> {
    let mut mistakes = folder.unknown_files();

    let service = collect(&mut mistakes, service(env, folder));
    let flow = collect(&mut mistakes, workflow(folder, workflow_file));
    let sources = collect(&mut mistakes, sources(folder));
    let template = folder.read("issue_template.md").map_err(|mistake| vec![mistake]);
    let template = collect(&mut mistakes, template);
    let verify = collect(&mut mistakes, verify(folder));
    match (service, flow, sources, template, verify) {
        (Some(service), Some((workflow, texts)), Some(sources), Some(template), Some(verify))
            if mistakes.is_empty() =>
        {
            Ok(Config {
                service,
                workflow,
                texts,
                sources,
                issue_template: template.text,
                rules: verify.rules,
                destination_hosts: verify.hosts,
                origin: folder.origin(),
            })
        }
        _ => Err(ConfigErrors(mistakes)),
    }
}

fn service(env: &dyn Env, folder: &Folder<'_>) -> Result<Service, Vec<ConfigError>> {
    // The defaults are in the table of keys; the built-in file only shows them.
    let file = folder.read_own("landfall.yaml").map_err(|mistake| vec![mistake])?;
    Service::read(env, file.map(source::Source::masked).as_ref())
}

fn verify(folder: &Folder<'_>) -> Result<verify_file::Read, Vec<ConfigError>> {
    let source = folder.read("verify.yaml").map_err(|mistake| vec![mistake])?;
    verify_file::read(&source)
}

fn workflow(
    folder: &Folder<'_>,
    instead: Option<&Path>,
) -> Result<(Workflow, Texts), Vec<ConfigError>> {
    let source = match instead {
        None => folder.read("workflow.yaml"),
        Some(path) => folder::read_existing(path),
    };
    let source = source.map_err(|mistake| vec![mistake])?;
    let read = workflow_file::read(&source)?;
    texts_files::load(folder, &source, read)
}

fn sources(folder: &Folder<'_>) -> Result<Sources, Vec<ConfigError>> {
    let source = folder.read("sources.yaml").map_err(|mistake| vec![mistake])?;
    sources_file::read(&source)
}

/// Keeps what was read, or the mistakes.
fn collect<T>(mistakes: &mut Vec<ConfigError>, read: Result<T, Vec<ConfigError>>) -> Option<T> {
    read.map_err(|more| mistakes.extend(more)).ok()
}
