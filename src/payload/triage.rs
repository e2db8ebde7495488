//! The receiver's question about an authentic body: work, nothing for us, or unreadable?

use super::facts::{Facts, Noteable, Scalar};
use super::kinds::{SYSTEM_HOOK, contradict};
use crate::model::{Event, IssueIid, IssueRef, NoteId, ProjectId, Triage, UserId, Username};

/// Whose events are ours. What isn't known yet (GitLab away at start) can't be judged: such events
/// become work, and the engine, which reads everything afresh, finds nothing to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The tracker; events of other projects are ignored.
    pub tracker: Option<ProjectId>,
    /// The bot's own account; its events are ignored.
    pub bot: Option<UserId>,
    /// Other accounts that are never listened to, such as fellow bots.
    pub ignored_users: Vec<Username>,
}

/// Reads a body and judges it; `event_header` is `X-Gitlab-Event`. Never panics, whatever the body
/// holds, and takes time linear in its length.
pub fn triage(event_header: Option<&str>, body: &[u8], rules: &Rules) -> Triage {
    Facts::read(body)
        .and_then(|facts| judge(event_header, &facts, rules))
        .unwrap_or_else(|reason| Triage::Quarantine { reason })
}

/// The error is the reason for quarantine.
fn judge(header: Option<&str>, facts: &Facts, rules: &Rules) -> Result<Triage, &'static str> {
    let kind = facts.object_kind.text().or(facts.event_name.text()).ok_or("unknown_shape")?;
    match header {
        Some(SYSTEM_HOOK) => return Ok(ignore("system_hook", None)),
        Some(header) if contradict(header, kind) => return Err("kind_mismatch"),
        _ => {}
    }
    match facts.object_kind.text() {
        Some("issue" | "work_item") => issue_changed(facts, rules),
        Some("note") => note_added(facts, rules),
        _ => Ok(ignore("unused_kind", None)),
    }
}

fn issue_changed(facts: &Facts, rules: &Rules) -> Result<Triage, &'static str> {
    // Bodies from before work items name no type: `issue` meant an issue. An epic has no project,
    // so the type is judged before any id is.
    let is_issue = match &facts.kind {
        Scalar::Absent => facts.object_kind.text() == Some("issue"),
        kind => kind.text() == Some("Issue"),
    };
    if !is_issue {
        return Ok(ignore("unused_type", issue_ref(facts, &facts.iid).ok()));
    }
    let issue = issue_ref(facts, &facts.iid)?;
    Ok(unwanted(facts, rules, issue)?.unwrap_or(Triage::Work(Event::IssueChanged { issue })))
}

fn note_added(facts: &Facts, rules: &Rules) -> Result<Triage, &'static str> {
    if facts.noteable_type.text() != Some("Issue") {
        return Ok(ignore("unused_noteable", None));
    }
    let noteable = noteable(facts);
    let issue = issue_ref(facts, &noteable.iid)?;
    let reason = if noteable.kind.text().is_some_and(|kind| kind != "Issue") {
        "unused_type"
    } else if facts.system.is_true() {
        "system_note"
    } else if facts.action.text() == Some("update") {
        // Its `user` is the author, whoever edited it: nothing can be allowed on such a word.
        "note_edited"
    } else {
        let note = NoteId(id(&facts.id)?);
        return Ok(unwanted(facts, rules, issue)?
            .unwrap_or(Triage::Work(Event::NoteAdded { issue, note })));
    };
    Ok(ignore(reason, Some(issue)))
}

/// Work items of other types carry themselves under a key of their own.
fn noteable(facts: &Facts) -> &Noteable {
    match facts.issue.iid {
        Scalar::Absent => &facts.work_item,
        _ => &facts.issue,
    }
}

/// What is right in form but not for us: another project's, or an account we don't listen to.
fn unwanted(facts: &Facts, rules: &Rules, issue: IssueRef) -> Result<Option<Triage>, &'static str> {
    let user = match facts.user_id {
        Scalar::Absent => None,
        ref present => Some(UserId(id(present)?)),
    };
    let username = facts.username.text();
    let reason = if rules.tracker.is_some_and(|tracker| tracker != issue.project) {
        "unknown_project"
    } else if user.is_some() && user == rules.bot {
        "own_event"
    } else if rules.ignored_users.iter().any(|ignored| Some(ignored.as_str()) == username) {
        "ignored_user"
    } else {
        return Ok(None);
    };
    Ok(Some(ignore(reason, Some(issue))))
}

fn issue_ref(facts: &Facts, iid: &Scalar) -> Result<IssueRef, &'static str> {
    let project = match &facts.project_id {
        Scalar::Absent => &facts.parent_project_id,
        present => present,
    };
    Ok(IssueRef { project: ProjectId(id(project)?), iid: IssueIid(id(iid)?) })
}

/// A number GitLab's database can hold, exact, bare or as decimal text.
fn id(value: &Scalar) -> Result<u64, &'static str> {
    let number = match value {
        Scalar::Number(number) => Some(*number),
        Scalar::Text(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok(),
        _ => None,
    };
    number.filter(|number| i64::try_from(*number).is_ok()).ok_or("unknown_shape")
}

fn ignore(reason: &'static str, issue: Option<IssueRef>) -> Triage {
    Triage::Ignore { reason, issue }
}
