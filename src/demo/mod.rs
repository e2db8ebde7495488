//! The demo: a sandbox GitLab and a real bot in one process, and the story of one move.

mod arrival;
mod person;
mod stage;
mod story;

use std::net::SocketAddr;

use crate::app::Ending;
use stage::Stage;

/// A story that was told to its end; the sandbox and the bot still run.
#[derive(Debug)]
pub struct Told {
    stage: Stage,
    iid: u64,
}

/// Tells the story, a line a step.
///
/// # Errors
/// The first step that did not happen.
pub async fn tell(listen: SocketAddr, tell: &dyn Fn(&str)) -> anyhow::Result<Told> {
    let stage = Stage::build(listen).await?;
    tell(&format!("A sandbox GitLab runs at {}.", stage.sandbox.url()));
    let steps = stage.set_up().await?;
    tell(&format!(
        "`setup --apply` gives the tracker what it lacks in {steps} steps: labels, an issue template, \
         a signed webhook. A second run finds nothing to do."
    ));
    let iid = story::play(&stage, tell).await?;
    Ok(Told { stage, iid })
}

impl Told {
    /// Address of the issue, for a browser.
    pub fn issue_url(&self) -> String {
        self.stage.issue_url(self.iid)
    }

    /// Ends sandbox and bot.
    pub async fn end(self) {
        self.stage.running.stop(Ending::Close).await;
        self.stage.sandbox.stop().await;
    }
}
