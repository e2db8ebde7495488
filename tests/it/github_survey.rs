//! Surveys of sources on GitHub, against a server that answers as GitHub does, and as it should not.

mod command;
mod failures;
mod questions;
mod report;
mod source;
mod trust;

use landfall::github::{GitHub, Settings, SurveyError};
use landfall::model::{GithubRepo, Survey};
use secrecy::SecretString;

use crate::gitlab_client::server::Server;

const TOKEN: &str = "ghp_never_to_be_seen";

fn repo(name: &str) -> GithubRepo {
    GithubRepo::new("acme", name).unwrap()
}

fn settings(server: &Server) -> Settings {
    Settings::new(server.url.clone(), Some(SecretString::from(TOKEN)))
}

/// Surveys `acme/rocket` there.
async fn survey(server: &Server) -> Result<Survey, SurveyError> {
    GitHub::connect(settings(server)).unwrap().survey(&repo("rocket")).await
}
