//! What is asked about one source: ten questions at most, one after the other, as GitHub wishes.
//!
//! Lists are asked for one element, and the number of pages is the number of elements. Issues have
//! told no such number since 2025, so their highest number is taken for what it is: a bound. Search
//! would count them, but allows a tenth of a question a second for everybody together.

use http::StatusCode;
use serde::de::IgnoredAny;
use tokio::time::{Instant, timeout_at};

use super::SurveyError;
use super::answers::{Numbered, Repository};
use super::files::{Workflows, names_lfs};
use super::link::Pages;
use super::transport::{Answer, Form, Transport};
use crate::model::{GithubRepo, Survey};

/// Most questions about one source, a rename included.
pub(super) const MOST_CALLS: u32 = 10;

type Result<T> = std::result::Result<T, SurveyError>;

/// Surveys one source until the deadline.
pub(super) async fn survey(
    transport: &Transport,
    wanted: &GithubRepo,
    deadline: Instant,
) -> Result<Survey> {
    // A survey that begins can be ended.
    transport.allows(MOST_CALLS)?;
    let in_time = |_| SurveyError::Timeout;
    let facts = timeout_at(deadline, facts(transport, wanted)).await.map_err(in_time)?;
    let survey = facts?;
    // Last, because GitHub takes longest here and gives up on large histories: then it is unknown.
    let asked = timeout_at(deadline, contributors(transport, &survey.repo)).await;
    let contributors = match asked {
        Ok(Err(SurveyError::Timeout | SurveyError::TooLarge | SurveyError::Status(500..)))
        | Err(_) => None,
        Ok(counted) => counted?,
    };
    Ok(Survey { contributors, ..survey })
}

/// What a source says of itself: one question, two after a rename. All counts stay unknown.
pub(super) async fn glance(
    transport: &Transport,
    wanted: &GithubRepo,
    deadline: Instant,
) -> Result<Survey> {
    transport.allows(2)?;
    let in_time = |_| SurveyError::Timeout;
    let asked = timeout_at(deadline, repository(transport, wanted)).await.map_err(in_time)?;
    of_itself(&asked?.0, wanted)
}

/// A survey as far as the first answer goes.
fn of_itself(found: &Repository, wanted: &GithubRepo) -> Result<Survey> {
    let repo = found.repo().ok_or(SurveyError::Unreadable { what: "repository's name" })?;
    Ok(Survey {
        id: found.id,
        renamed_from: (repo != *wanted).then(|| wanted.clone()),
        owner: found.owner_kind(),
        archived: found.archived,
        disabled: found.disabled,
        fork: found.fork,
        parent: found.parent(),
        licence: found.licence(),
        size_kb: found.size,
        default_branch: found.default_branch(),
        description: found.description(),
        homepage: found.homepage(),
        topics: found.topics(),
        pushed_at: found.pushed_at,
        branches: None,
        tags: None,
        releases: None,
        has_issues: found.has_issues,
        open_issues: None,
        closed_issues: None,
        open_pulls: None,
        closed_pulls: None,
        highest_number: None,
        contributors: None,
        wiki: found.has_wiki,
        discussions: found.has_discussions,
        pages: found.has_pages,
        workflows: None,
        publishes: None,
        lfs: None,
        repo,
    })
}

async fn facts(transport: &Transport, wanted: &GithubRepo) -> Result<Survey> {
    let (found, was_redirected) = repository(transport, wanted).await?;
    let itself = of_itself(&found, wanted)?;
    let repo = itself.repo.clone();
    let list = Lists { transport, repo: &repo };

    let issues = match found.has_issues {
        Some(false) => Issues::default(),
        _ => list.issues().await?,
    };
    let pulls = list.count("pull requests", "pulls?state=all&per_page=1").await?;
    let open_pulls = list.count("open pull requests", "pulls?state=open&per_page=1").await?;
    let workflows = list.workflows().await?;
    let lfs = list.lfs().await?;
    let branches = list.count("branches", "branches?per_page=1").await?;
    let tags = list.count("tags", "tags?per_page=1").await?;
    // The question that finding the new name has cost.
    let releases = match was_redirected {
        true => None,
        false => list.count("releases", "releases?per_page=1").await?,
    };

    let less = |all: Option<u64>, part: Option<u64>| all?.checked_sub(part?);
    let open_issues = less(found.open_issues_count, open_pulls);
    Ok(Survey {
        branches,
        tags,
        releases,
        open_issues,
        closed_issues: less(less(issues.all, pulls), open_issues),
        open_pulls,
        closed_pulls: less(pulls, open_pulls),
        highest_number: issues.highest,
        workflows: workflows.as_ref().map(Workflows::count),
        publishes: workflows.as_ref().map(Workflows::publish),
        lfs,
        ..itself
    })
}

/// The repository itself, and whether GitHub had to say where it is now.
async fn repository(transport: &Transport, wanted: &GithubRepo) -> Result<(Repository, bool)> {
    const WHAT: &str = "repository";
    let path = format!("/repos/{wanted}");
    let mut answer = transport.ask(WHAT, &path, Form::Json).await?;
    let was_redirected = answer.status.is_redirection();
    if was_redirected {
        let behind = transport.repository_behind(&answer.headers);
        let path = behind.ok_or(SurveyError::ForeignRedirect)?;
        answer = transport.ask(WHAT, &path, Form::Json).await?;
    }
    match answer.status.as_u16() {
        200 => {}
        300..=399 => return Err(SurveyError::ForeignRedirect),
        403 if is_block(&answer) => return Err(SurveyError::Blocked),
        403 => return Err(SurveyError::Forbidden),
        404 | 410 => return Err(SurveyError::NotFound),
        451 => return Err(SurveyError::Blocked),
        _ => return Err(answer.unexpected()),
    }
    let found: Repository = answer.json(WHAT)?;
    // Nobody learns from us that there is one.
    if found.is_public() { Ok((found, was_redirected)) } else { Err(SurveyError::NotFound) }
}

/// GitHub says so when it has blocked a repository for its own reasons.
fn is_block(answer: &Answer) -> bool {
    #[derive(serde::Deserialize)]
    struct Refusal {
        block: Option<IgnoredAny>,
    }
    answer.json::<Refusal>("refusal").is_ok_and(|refusal| refusal.block.is_some())
}

async fn contributors(transport: &Transport, repo: &GithubRepo) -> Result<Option<u64>> {
    let list = Lists { transport, repo };
    list.count("contributors", "contributors?per_page=1&anon=true").await
}

/// What the list of issues says; pull requests are among them.
#[derive(Debug, Default)]
struct Issues {
    all: Option<u64>,
    highest: Option<u64>,
}

/// The questions about one repository that is there.
struct Lists<'a> {
    transport: &'a Transport,
    repo: &'a GithubRepo,
}

impl Lists<'_> {
    /// How many elements a list has that is asked for one of them.
    async fn count(&self, what: &'static str, list: &str) -> Result<Option<u64>> {
        match self.ask(what, list, Form::Json).await? {
            Said::Nothing => Ok(Some(0)),
            Said::Unknown => Ok(None),
            Said::This(answer) => {
                let first: Vec<IgnoredAny> = answer.json(what)?;
                Ok(counted(first.len(), Pages::of(&answer.headers)))
            }
        }
    }

    async fn issues(&self) -> Result<Issues> {
        const WHAT: &str = "issues";
        let list = "issues?state=all&sort=created&direction=desc&per_page=1";
        Ok(match self.ask(WHAT, list, Form::Json).await? {
            Said::Nothing => Issues { all: Some(0), highest: Some(0) },
            Said::Unknown => Issues::default(),
            Said::This(answer) => {
                let first: Vec<Numbered> = answer.json(WHAT)?;
                let all = counted(first.len(), Pages::of(&answer.headers));
                Issues { all, highest: Some(first.first().map_or(0, |newest| newest.number)) }
            }
        })
    }

    async fn workflows(&self) -> Result<Option<Workflows>> {
        const WHAT: &str = "workflows";
        match self.ask(WHAT, "actions/workflows?per_page=100", Form::Json).await? {
            Said::This(answer) => answer.json(WHAT).map(Some),
            Said::Nothing | Said::Unknown => Ok(None),
        }
    }

    async fn lfs(&self) -> Result<Option<bool>> {
        const WHAT: &str = "attributes";
        let path = "contents/.gitattributes";
        let path = format!("/repos/{}/{path}", self.repo);
        let answer = self.transport.ask(WHAT, &path, Form::Raw).await?;
        // Without the file there is no LFS.
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(Some(false));
        }
        Ok(match said(answer)? {
            Said::This(answer) => Some(names_lfs(&answer.body)),
            Said::Nothing => Some(false),
            Said::Unknown => None,
        })
    }

    async fn ask(&self, what: &'static str, list: &str, form: Form) -> Result<Said> {
        let path = format!("/repos/{}/{list}", self.repo);
        said(self.transport.ask(what, &path, form).await?)
    }
}

/// What an answer about a repository amounts to.
enum Said {
    This(Answer),
    /// There is none, in an empty repository.
    Nothing,
    /// GitHub does not tell: switched off, too large, not for us.
    Unknown,
}

fn said(answer: Answer) -> Result<Said> {
    match answer.status.as_u16() {
        200 => Ok(Said::This(answer)),
        204 | 409 => Ok(Said::Nothing),
        403 | 404 | 410 | 422 => Ok(Said::Unknown),
        451 => Err(SurveyError::Blocked),
        _ => Err(answer.unexpected()),
    }
}

/// One element a page: as many elements as pages.
fn counted(first: usize, pages: Pages) -> Option<u64> {
    match pages {
        Pages::One => u64::try_from(first).ok(),
        Pages::Many(pages) => Some(pages),
        Pages::Untold => None,
    }
}
