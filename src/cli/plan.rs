//! `landfall plan`: what the bot would write now, as a diff.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;
use similar::{ChangeTag, TextDiff};

use super::say;
use crate::app::Desk;
use crate::config::Config;
use crate::jobs::Examination;
use crate::model::{Call, IssueIid, IssueRef};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Numbers of the issues to look at [default: all open ones]
    #[arg(value_name = "IID")]
    iids: Vec<u64>,
    /// Plan with this workflow instead of the configured one
    #[arg(long, value_name = "FILE")]
    pub(super) workflow: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Plans and prints; never writes, neither to GitLab nor to the database.
pub(super) async fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let desk = Desk::reading(config).await?;
    let identity = desk.engine.identity().await?;
    let at = |iid| IssueRef { project: identity.project, iid };
    let issues: Vec<IssueRef> = if args.iids.is_empty() {
        let open = desk.engine.gitlab().list_open_issues(identity.project).await?;
        open.into_iter().map(|issue| issue.at).collect()
    } else {
        args.iids.iter().map(|iid| at(IssueIid(*iid))).collect()
    };
    let mut plans = Vec::new();
    for issue in issues {
        let found = desk.engine.examine(issue).await.map_err(|why| anyhow!(why))?;
        let found = found.ok_or_else(|| anyhow!("there is no issue #{} here", issue.iid))?;
        plans.push(found);
    }
    if args.json {
        let rows: Vec<_> = plans
            .iter()
            .map(|plan| {
                serde_json::json!({
                    "iid": plan.issue.at.iid,
                    "because": plan.decision.because,
                    "calls": plan.calls,
                })
            })
            .collect();
        say(serde_json::to_string_pretty(&rows)?);
    } else {
        print(&plans);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(plans: &[Examination]) {
    let mut writes = 0;
    for plan in plans.iter().filter(|plan| !plan.calls.is_empty()) {
        // A confidential issue is named by its number only.
        say(format_args!("#{}", plan.issue.at.iid));
        for why in &plan.decision.because {
            say(format_args!("  because: {why}"));
        }
        for call in &plan.calls {
            writes += 1;
            describe(call, &plan.issue.description);
        }
        say("");
    }
    say(format_args!("{} issue(s) looked at, {writes} write(s) planned.", plans.len()));
}

fn describe(call: &Call, description: &str) {
    match call {
        Call::Assign { user, .. } => say(format_args!("  + assignee, account {user}")),
        Call::UpdateIssue { add_labels, remove_labels, description: new, .. } => {
            for label in add_labels {
                say(format_args!("  + label {label}"));
            }
            for label in remove_labels {
                say(format_args!("  - label {label}"));
            }
            if let Some(new) = new {
                say("  description:");
                let old = description.replace('\r', "");
                let new = new.replace('\r', "");
                for change in TextDiff::from_lines(&old, &new).iter_all_changes() {
                    let sign = match change.tag() {
                        ChangeTag::Delete => '-',
                        ChangeTag::Insert => '+',
                        ChangeTag::Equal => continue,
                    };
                    say(format_args!("    {sign} {}", change.value().trim_end()));
                }
            }
        }
        Call::PostNote { body, internal, search_first, .. } => {
            let kind = if *internal { "internal comment" } else { "comment" };
            let search = if *search_first { " (after looking for it)" } else { "" };
            say(format_args!("  + {kind}{search}:"));
            quote(body);
        }
        Call::EditNote { note, body, .. } => {
            say(format_args!("  ~ comment {note} will read:"));
            quote(body);
        }
        Call::AwardEmoji { note, emoji } => {
            say(format_args!("  + reaction :{emoji}: on comment {note}"));
        }
    }
}

fn quote(body: &str) {
    for line in body.lines() {
        say(format_args!("    | {line}"));
    }
}
