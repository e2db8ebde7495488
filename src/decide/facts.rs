//! What a decision is made from.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::people::People;
use crate::model::{
    Actor, EffectKey, Issue, IssueIid, IssueMemory, LabelEvent, LabelEventId, Note, Report,
};
use crate::workflow::{Texts, Workflow};

/// What GitLab and the database say, read just before deciding.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The issue now.
    pub issue: &'a Issue,
    /// Its label events in order of id.
    pub events: &'a [LabelEvent],
    /// Who is who.
    pub people: &'a People,
    /// What was remembered of it.
    pub memory: Option<&'a IssueMemory>,
    /// Label events up to here were judged before; see [`judged_up_to`](super::judged_up_to).
    pub judged: Option<LabelEventId>,
    /// Effects known to be visible, from the database or from markers in GitLab.
    pub spoken: &'a BTreeSet<EffectKey>,
    /// Comments not answered yet, in order of id.
    pub comments: &'a [Note],
    /// What was found out about it.
    pub reports: &'a [Report],
    /// Other open issues that name one of its sources and may be named, by number.
    pub twins: &'a [IssueIid],
    /// Who would be responsible for it, if nobody is.
    pub dri: Option<&'a Actor>,
    /// The time.
    pub now: Timestamp,
}

/// The rules: what the configuration says.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Stages, labels, transitions.
    pub workflow: &'a Workflow,
    /// Texts of the comments.
    pub texts: &'a Texts,
}
