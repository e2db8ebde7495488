//! Staff and partners in the sandbox, and a model of the stage each issue must end in.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use landfall::sandbox::Sandbox;

use crate::rig::{BOT, PAULA, SAM};

/// The way of a move, each stage allowed after the one before it.
pub(crate) const WAY: [&str; 7] =
    ["prospect", "engaged", "assessing", "planning", "pilot", "migrating", "validating"];

/// Where each issue is by what staff did: nothing of Landfall's own reasoning.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Places of the way, by issue.
    pub(crate) stages: BTreeMap<u64, usize>,
    /// Issues that went back and forth, so that a stage may have been announced more than once.
    pub(crate) restless: BTreeSet<u64>,
}

impl Model {
    /// A partner opens an issue.
    pub(crate) fn open(&mut self, sandbox: &Sandbox) -> anyhow::Result<u64> {
        let title = format!("Community {}", self.stages.len());
        let iid = sandbox.world().by(PAULA).open_issue(&title, "We would like to move.");
        let iid = iid.ok().context("an issue can't be opened")?;
        self.stages.insert(iid, 0);
        Ok(iid)
    }

    /// The same, and no webhook tells of it.
    pub(crate) fn open_unheard(&mut self, sandbox: &Sandbox) -> anyhow::Result<u64> {
        let iid = {
            let mut world = sandbox.world();
            world.drop_next_hooks(1);
            world.by(PAULA).open_issue("A quiet community", "Has anybody heard of us?")
        };
        let iid = iid.ok().context("an issue can't be opened")?;
        self.stages.insert(iid, 0);
        Ok(iid)
    }

    /// Staff moves an issue one stage on; false at the end of the way.
    pub(crate) fn advance(&mut self, sandbox: &Sandbox, iid: u64) -> anyhow::Result<bool> {
        let stage = self.stages.get_mut(&iid).context("an unknown issue")?;
        let Some(next) = WAY.get(*stage + 1) else { return Ok(false) };
        let label = format!("migration::{next}");
        let done = sandbox.world().by(SAM).set_labels(iid, &[&label], &[]);
        done.ok().context("a label can't be set")?;
        *stage += 1;
        Ok(true)
    }

    /// A partner says something.
    pub(crate) fn say(sandbox: &Sandbox, iid: u64, words: &str) -> anyhow::Result<()> {
        let said = sandbox.world().by(PAULA).comment(iid, words);
        said.ok().context("a comment can't be posted").map(drop)
    }

    /// Who is not staff puts a stage label on.
    pub(crate) fn meddle(sandbox: &Sandbox, iid: u64) -> anyhow::Result<()> {
        let put = sandbox.world().by(PAULA).force_labels(iid, &["migration::thriving"], &[]);
        put.ok().context("a label can't be forced")
    }

    /// A comment of the bot's appears once more, as when a request that everybody had given up is
    /// carried out minutes later.
    pub(crate) fn twin(sandbox: &Sandbox, iid: u64) -> anyhow::Result<()> {
        let mut world = sandbox.world();
        let said = world.comments_by(iid, BOT).ok().context("the issue is gone")?;
        let last = said.last().context("the bot has said nothing")?;
        world.by(BOT).comment(iid, &last.body).ok().context("no twin").map(drop)
    }

    /// Somebody does something somewhere: mostly a stage, sometimes a command or mere talk.
    pub(crate) fn act(
        &mut self,
        sandbox: &Sandbox,
        random: &mut fastrand::Rng,
    ) -> anyhow::Result<()> {
        let iids: Vec<u64> = self.stages.keys().copied().collect();
        let iid = *random.choice(&iids).context("no issue")?;
        match random.u8(..10) {
            0 => Self::say(sandbox, iid, "/landfall done 1"),
            1 => Self::say(sandbox, iid, "We had a good meeting."),
            _ => self.advance(sandbox, iid).map(drop),
        }
    }
}
