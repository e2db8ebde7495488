//! The intake: what a community says about itself and its move, read from its issue's text.
//!
//! People delete hints, rename headings, break tables and answer in prose. All of that is read as
//! well as a patient person would, and nothing is ever written back. What is not said stays empty; no
//! value is guessed from the outside world.

mod commitments;
mod elsewhere;
mod fact;
mod facts;
mod kind;
mod missing;
mod moves;
mod note;
mod page;
mod part;
mod people;
mod person;
mod priority;
mod proposals;
mod prose;
mod quantity;
mod reference;
mod requests;
mod same_source;
mod sections;
mod source_line;
mod source_row;
mod sources;
mod topics;
mod waves;

use std::collections::BTreeSet;

use serde::Serialize;

pub use commitments::Commitment;
pub use facts::QuickFacts;
pub use kind::SourceKind;
pub use missing::Missing;
pub use moves::Moves;
pub use part::Part;
pub use people::Collaborator;
pub use priority::Priority;
pub use proposals::{HostChoice, Size, propose_host, propose_size};
pub use prose::HowDecided;
pub use quantity::Quantity;
pub use requests::{Request, Wish};
pub use same_source::{SourceKey, normalised_source};
pub use sources::Source;
pub use waves::Wave;

use crate::model::GithubRepo;
use elsewhere::Elsewhere;
use fact::Fact;
use requests::Requests;
use sections::Section;
use topics::Topic;

use super::block;

/// What an issue's text says.
///
/// Each value is plain text on one line, without control characters and without secrets in
/// addresses, of at most 500 characters (an address: 2,048 bytes). It is still text of strangers: it
/// reaches a comment through [`super::safe`] only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Intake {
    /// Where the project lives today, at most 200 places.
    pub sources: Vec<Source>,
    /// The quick facts.
    pub quick_facts: QuickFacts,
    /// Whom we may talk to. Who may act in the issue is another list,
    /// [`super::collaborators::collaborators`], and read more strictly.
    pub collaborators: Vec<Collaborator>,
    /// What they wait for, one row for each reference, at most 500, in the order of the text.
    pub requests: Vec<Request>,
    /// What they ask for without a reference.
    pub wishes: Vec<Wish>,
    /// What each side has promised.
    pub commitments: Vec<Commitment>,
    /// What moves when.
    pub waves: Vec<Wave>,
    /// What should be better afterwards.
    pub goals: Vec<String>,
    /// How they decide.
    pub decision: HowDecided,
    /// What they want help with.
    pub support_wanted: Vec<String>,
    /// What is kept in the sources that move, now or later.
    pub scope: BTreeSet<Part>,
    /// The essentials that are not given.
    pub missing: Vec<Missing>,
}

impl Intake {
    /// The first repositories on github.com among the sources, each once, those that stay left out.
    pub fn github_repos(&self, most: usize) -> Vec<GithubRepo> {
        let mut found: Vec<GithubRepo> = Vec::new();
        let moving = self.sources.iter().filter(|source| source.moves != Moves::No);
        for repo in moving.filter_map(Source::github_repo) {
            if found.len() < most && !found.contains(&repo) {
                found.push(repo);
            }
        }
        found
    }
}

/// Reads an issue's description, of any shape and length, in time linear in it and in little memory.
///
/// The managed block is skipped: it is ours. HTML comments, fenced code and quotes say nothing. Behind
/// 2,000 lines or 200 kB below headings that we know, 8,000 lines or 600 kB of prose, or 500 headings,
/// the rest is not read.
pub fn parse(description: &str) -> Intake {
    let mut intake = Intake::default();
    let mut requests = Requests::default();
    let mut elsewhere = Elsewhere::default();
    sections::each(&block::without(description), |section| {
        elsewhere.read(section);
        facts::read(section, &mut intake.quick_facts);
        read(section, &mut intake, &mut requests);
    });
    if intake.sources.is_empty() {
        intake.sources = elsewhere.sources();
    }
    (intake.requests, intake.wishes) = (requests.linked, requests.wishes);
    let moving = intake.sources.iter().filter(|one| matches!(one.moves, Moves::Yes | Moves::Later));
    intake.scope = moving.flat_map(|source| source.what.iter().copied()).collect();
    intake.missing = missing::of(&intake);
    intake
}

fn read(section: &Section<'_>, intake: &mut Intake, requests: &mut Requests) {
    match section.place.topic {
        Topic::Sources | Topic::OneFact(Fact::Repositories) => {
            sources::read(section, &mut intake.sources);
        }
        Topic::Goals => prose::goals(section, &mut intake.goals),
        Topic::Decision => prose::decision(section, &mut intake.decision),
        Topic::Support => prose::support(section, &mut intake.support_wanted),
        Topic::People => people::read(section, &mut intake.collaborators),
        Topic::Requests => requests.read(section),
        Topic::Commitments => commitments::read(section, &mut intake.commitments),
        Topic::Waves => waves::read(section, &mut intake.waves),
        Topic::Background
        | Topic::QuickFacts
        | Topic::OneFact(_)
        | Topic::Tooling
        | Topic::Communication => {}
    }
}
