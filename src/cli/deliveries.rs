//! `landfall deliveries`: the inbox, for operators.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{anyhow, bail};

use super::say;
use crate::app;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::model::{Delivery, DeliveryId, DeliveryState, JobKind, Triage};
use crate::payload::{Rules, triage};
use crate::store::Store;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List deliveries, newest first
    List {
        /// waiting, done, ignored, quarantined, dead or resolved
        #[arg(long, value_parser = state)]
        state: Option<DeliveryState>,
        /// At most this many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one delivery
    Show {
        /// Its number
        id: i64,
        /// Print the raw body too (it holds text of strangers)
        #[arg(long)]
        body: bool,
    },
    /// Put a dead or quarantined delivery back to work
    Retry {
        /// Its number
        id: i64,
    },
    /// Close the case of a dead or quarantined delivery
    Resolve {
        /// Its number
        id: i64,
    },
}

fn state(word: &str) -> Result<DeliveryState, String> {
    DeliveryState::parse(word).ok_or_else(|| {
        "it is one of waiting, done, ignored, quarantined, dead, resolved".to_owned()
    })
}

pub(super) async fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    let store = app::existing_store(config, Arc::new(SystemClock)).await?;
    match command {
        Command::List { state, limit, json } => {
            let rows = store.deliveries(state, limit).await?;
            if json {
                say(serde_json::to_string_pretty(&rows)?);
            } else {
                list(&rows);
            }
        }
        Command::Show { id, body } => show(store.as_ref(), DeliveryId(id), body).await?,
        Command::Retry { id } => retry(store.as_ref(), DeliveryId(id)).await?,
        Command::Resolve { id } => {
            if !store.resolve_delivery(DeliveryId(id)).await? {
                bail!("delivery {id} is neither dead nor quarantined; `deliveries show {id}`");
            }
            say(format_args!("Delivery {id} is resolved."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(rows: &[Delivery]) {
    for row in rows {
        let issue = row.issue.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let why = row.reason.as_deref().or(row.last_error.as_deref()).unwrap_or("");
        say(format_args!(
            "{:>8}  {}  {:<11}  {:<12}  {:<22}  {why}",
            row.id.0,
            row.received_at.strftime("%Y-%m-%d %H:%M:%S"),
            row.state.as_str(),
            issue,
            row.event_name,
        ));
    }
    say(match rows.len() {
        1 => "1 delivery.".to_owned(),
        count => format!("{count} deliveries."),
    });
}

async fn show(store: &dyn Store, id: DeliveryId, with_body: bool) -> anyhow::Result<()> {
    let row = store.delivery(id).await?.ok_or_else(|| anyhow!("there is no delivery {id}"))?;
    say(serde_json::to_string_pretty(&row)?);
    if with_body {
        match store.delivery_body(id).await? {
            // Raw control characters could steer the terminal.
            Some(body) => say(String::from_utf8_lossy(&body).escape_debug()),
            None => say("(its body is not kept)"),
        }
    }
    Ok(())
}

async fn retry(store: &dyn Store, id: DeliveryId) -> anyhow::Result<()> {
    let row = store.delivery(id).await?.ok_or_else(|| anyhow!("there is no delivery {id}"))?;
    let Some(body) = store.delivery_body(id).await? else {
        bail!("the body of delivery {id} is no longer kept; `landfall sweep` visits all issues");
    };
    let job = match triage(Some(&row.event_name), &body, &Rules::default()) {
        Triage::Work(event) => JobKind::Handle { event },
        Triage::Ignore { reason, .. } | Triage::Quarantine { reason } => {
            bail!(
                "delivery {id} still can't be used: {reason}; close it with `deliveries resolve {id}`"
            )
        }
    };
    if !store.retry_delivery(id, job).await? {
        bail!("delivery {id} is neither dead nor quarantined; `deliveries show {id}`");
    }
    say(format_args!(
        "Delivery {id} waits again; a running service takes it up within half a minute."
    ));
    Ok(())
}
