//! A short story that passes every place where the process can be made to die, each three times.

use std::time::{Duration, Instant};

use anyhow::anyhow;
use landfall::sandbox::{Fault, FaultKind};
use tokio::time::sleep;

use crate::people::Model;
use crate::process::{PATIENCE, Process};
use crate::rig::{BOT, NOTES, Rig};

/// Everything happens to so many issues, and the quiet ones are as many.
pub(crate) const ISSUES: usize = 3;

/// Why the story goes no further.
enum End {
    /// The process died where it was told to.
    Death,
    Trouble(anyhow::Error),
}

impl From<anyhow::Error> for End {
    fn from(error: anyhow::Error) -> Self {
        Self::Trouble(error)
    }
}

/// One life of the process.
struct Life<'a> {
    rig: &'a mut Rig,
    process: Process,
    issues: Vec<u64>,
}

/// Starts the process and tells the story until it dies; false when it survives.
pub(crate) async fn ends_in_death(rig: &mut Rig, crash: &str) -> anyhow::Result<bool> {
    let mut issues = Vec::new();
    for _ in 0..ISSUES {
        // Nobody listens yet: the webhooks fail, and the first sweep finds them.
        issues.push(rig.model.open(&rig.sandbox)?);
    }
    rig.sandbox.settle_hooks().await;
    let process = rig.replicas[0].start(Some(crash))?;
    let mut life = Life { rig, process, issues };
    let end = life.tell().await;
    let Life { process, .. } = life;
    // A story that ended well is no longer needed.
    process.kill()?;
    rig.sandbox.faults().clear();
    match end {
        Ok(()) => Ok(false),
        Err(End::Death) => Ok(true),
        Err(End::Trouble(error)) => Err(error),
    }
}

impl Life<'_> {
    async fn tell(&mut self) -> Result<(), End> {
        if !self.process.is_up().await? {
            return Err(End::Death);
        }
        self.rest().await?;
        self.advance().await?;
        for iid in self.issues.clone() {
            // Answered, and the comment on the stage follows the checklist.
            Model::say(&self.rig.sandbox, iid, "/landfall done 1")?;
        }
        self.rest().await?;
        self.doubt(FaultKind::ResetAfter).await?;
        self.doubt(FaultKind::ResetBefore).await?;
        self.twins_and_lost_webhooks().await?;
        for iid in self.issues.clone() {
            Model::meddle(&self.rig.sandbox, iid)?;
        }
        self.rest().await
    }

    async fn advance(&mut self) -> Result<(), End> {
        for iid in self.issues.clone() {
            self.rig.model.advance(&self.rig.sandbox, iid)?;
        }
        self.rest().await
    }

    /// The answers to the next comments are lost: they were written, or they were not.
    async fn doubt(&mut self, kind: FaultKind) -> Result<(), End> {
        let lost = Fault::new("POST", NOTES, kind).times(ISSUES as u64);
        self.rig.sandbox.faults().add(lost);
        self.advance().await?;
        self.rig.sandbox.faults().clear();
        Ok(())
    }

    /// Requests that were given up long ago are carried out after all; and issues come of which no
    /// webhook tells, which makes the reconciler look at every issue that changed.
    async fn twins_and_lost_webhooks(&mut self) -> Result<(), End> {
        for iid in self.issues.clone() {
            Model::twin(&self.rig.sandbox, iid)?;
        }
        let mut quiet = Vec::new();
        for _ in 0..ISSUES {
            quiet.push(self.rig.model.open_unheard(&self.rig.sandbox)?);
        }
        let issues = self.issues.clone();
        self.until("the late twins are deleted and the quiet issues found", move |rig| {
            quiet.iter().all(|iid| !said(rig, *iid).is_empty())
                && issues.iter().all(|iid| {
                    let mut said = said(rig, *iid);
                    let before = said.len();
                    said.sort();
                    said.dedup();
                    said.len() == before
                })
        })
        .await?;
        self.rest().await
    }

    /// Waits until no job waits, as [`Rig::rest`] does, or until the process is dead.
    async fn rest(&mut self) -> Result<(), End> {
        let (started, mut quiet) = (Instant::now(), 0);
        while quiet < 3 {
            self.look("everything is done", started)?;
            self.rig.sandbox.settle_hooks().await;
            quiet = if self.rig.waiting().await == 0 { quiet + 1 } else { 0 };
            sleep(Duration::from_millis(20)).await;
        }
        self.look("everything is done", started)
    }

    async fn until(&mut self, what: &str, is_so: impl Fn(&Rig) -> bool) -> Result<(), End> {
        let started = Instant::now();
        while !is_so(self.rig) {
            self.look(what, started)?;
            sleep(Duration::from_millis(20)).await;
        }
        self.look(what, started)
    }

    fn look(&mut self, what: &str, started: Instant) -> Result<(), End> {
        if self.process.has_died()? {
            return Err(End::Death);
        }
        if started.elapsed() > PATIENCE {
            let words = self.rig.replicas[0].last_words().unwrap_or_default();
            return Err(End::Trouble(anyhow!("waited in vain until {what}: {words}")));
        }
        Ok(())
    }
}

/// The bot's comments on an issue.
fn said(rig: &Rig, iid: u64) -> Vec<String> {
    let said = rig.sandbox.world().comments_by(iid, BOT);
    said.map(|said| said.into_iter().map(|comment| comment.body).collect()).unwrap_or_default()
}
