//! Staff and partners in the sandbox, and a model of the stage each issue must end in.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use landfall::sandbox::Sandbox;

use crate::rig::{PAULA, SAM};

/// The way of a move, each stage allowed after the one before it.
pub(crate) const WAY: [&str; 7] =
    ["prospect", "engaged", "assessing", "planning", "pilot", "migrating", "validating"];

/// Where each issue is by what staff did: nothing of Landfall's own reasoning.
/// And which issues went back and forth, so that a stage may have been announced more than once.
#[derive(Debug, Default)]
pub(crate) struct Model(pub(crate) BTreeMap<u64, usize>, pub(crate) BTreeSet<u64>);

impl Model {
    /// A partner opens an issue.
    pub(crate) fn open(&mut self, sandbox: &Sandbox) -> anyhow::Result<u64> {
        let title = format!("Community {}", self.0.len());
        let iid = sandbox.world().by(PAULA).open_issue(&title, "We would like to move.");
        let iid = iid.ok().context("an issue can't be opened")?;
        self.0.insert(iid, 0);
        Ok(iid)
    }

    /// Staff moves an issue one stage on; false at the end of the way.
    pub(crate) fn advance(&mut self, sandbox: &Sandbox, iid: u64) -> anyhow::Result<bool> {
        let stage = self.0.get_mut(&iid).context("an unknown issue")?;
        let Some(next) = WAY.get(*stage + 1) else { return Ok(false) };
        let label = format!("migration::{next}");
        let done = sandbox.world().by(SAM).set_labels(iid, &[&label], &[]);
        done.ok().context("a label can't be set")?;
        *stage += 1;
        Ok(true)
    }

    /// Somebody does something somewhere: mostly a stage, sometimes a command or mere talk.
    pub(crate) fn act(
        &mut self,
        sandbox: &Sandbox,
        random: &mut fastrand::Rng,
    ) -> anyhow::Result<()> {
        let iids: Vec<u64> = self.0.keys().copied().collect();
        let iid = *random.choice(&iids).context("no issue")?;
        let said = match random.u8(..10) {
            0 => Some("/landfall done 1"),
            1 => Some("We had a good meeting."),
            _ => None,
        };
        match said {
            Some(said) => {
                let posted = sandbox.world().by(PAULA).comment(iid, said);
                posted.ok().context("a comment can't be posted")?;
            }
            None => {
                self.advance(sandbox, iid)?;
            }
        }
        Ok(())
    }
}
