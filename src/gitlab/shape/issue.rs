//! Issues, label events, comments and reactions.

use serde::Deserialize;

use super::loose::{Id, When, null_as_default};
use crate::model::{
    self, Actor, IssueIid, IssueRef, LabelAction, LabelEventId, LabelName, NoteId, ProjectId,
    UserId, Username,
};

/// An account; GitLab sends many more fields.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct User {
    id: Id,
    username: String,
}

impl From<User> for Actor {
    fn from(user: User) -> Self {
        Self { id: UserId(user.id.0), username: Username::new(user.username) }
    }
}

/// An issue.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct Issue {
    iid: Id,
    project_id: Id,
    #[serde(default, deserialize_with = "null_as_default")]
    title: String,
    #[serde(default, deserialize_with = "null_as_default")]
    description: String,
    state: State,
    labels: Vec<IssueLabel>,
    author: Option<User>,
    #[serde(default, deserialize_with = "null_as_default")]
    assignees: Vec<User>,
    // Without a default on purpose: an issue must never be taken for public by mistake.
    confidential: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    discussion_locked: bool,
    issue_type: Option<String>,
    created_at: When,
    updated_at: When,
    moved_to_id: Option<Id>,
    #[serde(default, deserialize_with = "null_as_default")]
    web_url: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    #[serde(alias = "reopened")]
    Opened,
    Closed,
}

/// A title, or an object with one when details were asked for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum IssueLabel {
    Title(String),
    Details { name: String },
}

impl From<Issue> for model::Issue {
    fn from(issue: Issue) -> Self {
        Self {
            at: IssueRef { project: ProjectId(issue.project_id.0), iid: IssueIid(issue.iid.0) },
            title: issue.title,
            description: issue.description,
            state: match issue.state {
                State::Opened => model::IssueState::Opened,
                State::Closed => model::IssueState::Closed,
            },
            labels: issue
                .labels
                .into_iter()
                .map(|label| match label {
                    IssueLabel::Title(name) | IssueLabel::Details { name } => LabelName::new(name),
                })
                .collect(),
            author: issue.author.map(Actor::from),
            assignees: issue.assignees.into_iter().map(Actor::from).collect(),
            confidential: issue.confidential,
            discussion_locked: issue.discussion_locked,
            issue_type: issue.issue_type.unwrap_or_else(|| "issue".to_owned()),
            created_at: issue.created_at.0,
            updated_at: issue.updated_at.0,
            moved: issue.moved_to_id.is_some(),
            web_url: issue.web_url,
        }
    }
}

/// One resource label event.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct LabelEvent {
    id: Id,
    user: Option<User>,
    action: Action,
    label: Option<EventLabel>,
    created_at: When,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Add,
    Remove,
}

#[derive(Debug, Deserialize)]
struct EventLabel {
    name: String,
}

impl From<LabelEvent> for model::LabelEvent {
    fn from(event: LabelEvent) -> Self {
        Self {
            id: LabelEventId(event.id.0),
            actor: event.user.map(Actor::from),
            action: match event.action {
                Action::Add => LabelAction::Add,
                Action::Remove => LabelAction::Remove,
            },
            label: event.label.map(|label| LabelName::new(label.name)),
            at: event.created_at.0,
        }
    }
}

/// A comment.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct Note {
    id: Id,
    author: Option<User>,
    #[serde(default, deserialize_with = "null_as_default")]
    body: String,
    #[serde(default, deserialize_with = "null_as_default")]
    system: bool,
    // Two names for one thing: `confidential` is the older.
    #[serde(default, deserialize_with = "null_as_default")]
    internal: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    confidential: bool,
    created_at: When,
    updated_at: Option<When>,
}

impl From<Note> for model::Note {
    fn from(note: Note) -> Self {
        Self {
            id: NoteId(note.id.0),
            author: note.author.map(Actor::from),
            body: note.body,
            system: note.system,
            internal: note.internal || note.confidential,
            created_at: note.created_at.0,
            updated_at: note.updated_at.unwrap_or(note.created_at).0,
        }
    }
}

/// The answer to a comment posted or edited.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct NoteWritten {
    id: Option<Id>,
    body: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    commands_changes: serde_json::Value,
}

impl NoteWritten {
    /// Whether GitLab took some of the text as quick actions.
    pub(in crate::gitlab) fn ran_commands(&self) -> bool {
        match &self.commands_changes {
            serde_json::Value::Null => false,
            serde_json::Value::Object(changes) => !changes.is_empty(),
            serde_json::Value::Array(changes) => !changes.is_empty(),
            _ => true,
        }
    }

    /// Number and stored text, when both are there.
    pub(in crate::gitlab) fn stored(self) -> Option<(NoteId, String)> {
        Some((NoteId(self.id?.0), self.body?))
    }
}

/// A reaction.
#[derive(Debug, Deserialize)]
pub(in crate::gitlab) struct Award {
    pub(in crate::gitlab) name: String,
    user: Option<User>,
}

impl Award {
    /// Whether it is this account's.
    pub(in crate::gitlab) fn is_by(&self, user: UserId) -> bool {
        self.user.as_ref().is_some_and(|by| by.id.0 == user.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn issue() -> Value {
        json!({
            "id": 9, "iid": "7", "project_id": 42, "title": "T", "description": null,
            "state": "opened", "labels": ["a::b"], "author": null, "assignees": [],
            "confidential": false, "discussion_locked": null, "issue_type": "issue",
            "created_at": "2026-01-02 03:04:05 UTC", "updated_at": "2026-01-02T03:04:05.678Z",
            "moved_to_id": null, "web_url": "u", "field_of_tomorrow": { "x": [1] }
        })
    }

    fn read(value: Value) -> serde_json::Result<model::Issue> {
        serde_json::from_value::<Issue>(value).map(model::Issue::from)
    }

    #[test]
    fn drift_in_what_we_do_not_need_is_tolerated() {
        let read = read(issue()).unwrap();
        assert_eq!(read.at, IssueRef { project: ProjectId(42), iid: IssueIid(7) });
        assert_eq!(read.description, "");
        assert_eq!(read.author, None);
        assert_eq!(read.labels, vec![LabelName::from("a::b")]);
        assert!(!read.discussion_locked && !read.moved);
    }

    #[test]
    fn a_required_field_that_is_missing_or_unknown_is_refused() {
        for field in ["iid", "project_id", "state", "labels", "confidential", "updated_at"] {
            let mut value = issue();
            value.as_object_mut().unwrap().remove(field);
            assert!(read(value).is_err(), "{field} missing");
        }
        let mut value = issue();
        value["state"] = json!("thawing");
        assert!(read(value).is_err());
    }

    #[test]
    fn an_old_confidential_note_is_internal_and_a_deleted_label_leaves_its_event() {
        let note: Note = serde_json::from_value(json!({
            "id": 1, "author": null, "body": "b", "confidential": true, "internal": null,
            "created_at": "2026-01-02T03:04:05Z"
        }))
        .unwrap();
        let note = model::Note::from(note);
        assert!(note.internal && !note.is_edited());
        let event: LabelEvent = serde_json::from_value(json!({
            "id": 1, "user": null, "action": "remove", "label": null,
            "created_at": "2026-01-02T03:04:05Z"
        }))
        .unwrap();
        assert_eq!(model::LabelEvent::from(event).label, None);
    }
}
