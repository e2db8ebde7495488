//! Endpoints that the `gitlab` crate lacks, in the crate's own terms.

use std::borrow::Cow;

use gitlab::api::Pageable;
use gitlab::api::endpoint_prelude::{BodyError, Endpoint, FormParams, Method, QueryParams};
use secrecy::ExposeSecret;

use super::resource::HookSettings;
use crate::model::{HookId, IssueRef, NoteId, ProjectId};

/// `GET /version`.
pub(super) struct InstanceVersion;

impl Endpoint for InstanceVersion {
    fn method(&self) -> Method {
        Method::GET
    }

    fn endpoint(&self) -> Cow<'static, str> {
        "version".into()
    }
}

/// `GET …/notes/:id`.
pub(super) struct SingleNote {
    pub(super) issue: IssueRef,
    pub(super) note: NoteId,
}

impl Endpoint for SingleNote {
    fn method(&self) -> Method {
        Method::GET
    }

    fn endpoint(&self) -> Cow<'static, str> {
        let IssueRef { project, iid } = self.issue;
        format!("projects/{project}/issues/{iid}/notes/{}", self.note).into()
    }
}

/// `POST /projects/:id/hooks`, or `PUT /projects/:id/hooks/:id` when a hook is named.
pub(super) struct WriteHook<'a> {
    pub(super) project: ProjectId,
    pub(super) hook: Option<HookId>,
    pub(super) settings: &'a HookSettings,
}

impl Endpoint for WriteHook<'_> {
    fn method(&self) -> Method {
        if self.hook.is_some() { Method::PUT } else { Method::POST }
    }

    fn endpoint(&self) -> Cow<'static, str> {
        let project = self.project;
        match self.hook {
            Some(hook) => format!("projects/{project}/hooks/{hook}").into(),
            None => format!("projects/{project}/hooks").into(),
        }
    }

    fn body(&self) -> Result<Option<(&'static str, Vec<u8>)>, BodyError> {
        let HookSettings { url, events, ssl_verification, signing_token, secret_token } =
            self.settings;
        let mut params = FormParams::default();
        params
            .push("url", url.as_str())
            .push("issues_events", events.issues)
            .push("confidential_issues_events", events.confidential_issues)
            .push("note_events", events.notes)
            .push("confidential_note_events", events.confidential_notes)
            .push("resource_access_token_events", events.token_expiry)
            .push("push_events", events.pushes)
            .push("enable_ssl_verification", *ssl_verification)
            .push_opt("signing_token", signing_token.as_ref().map(ExposeSecret::expose_secret))
            .push_opt("token", secret_token.as_ref().map(ExposeSecret::expose_secret));
        params.into_body()
    }
}

/// `GET /projects/:id/hooks/:id/events`, newest first; since GitLab 17.3, for maintainers.
pub(super) struct HookDeliveries {
    pub(super) project: ProjectId,
    pub(super) hook: HookId,
    /// `client_failure`, `server_failure` or `internal_failure`.
    pub(super) status: &'static str,
}

impl Endpoint for HookDeliveries {
    fn method(&self) -> Method {
        Method::GET
    }

    fn endpoint(&self) -> Cow<'static, str> {
        format!("projects/{}/hooks/{}/events", self.project, self.hook).into()
    }

    fn parameters(&self) -> QueryParams<'_> {
        let mut params = QueryParams::default();
        params.push("status", self.status);
        params
    }
}

impl Pageable for HookDeliveries {}

/// `POST /projects/:id/hooks/:id/test/issues_events`.
pub(super) struct TestHook {
    pub(super) project: ProjectId,
    pub(super) hook: HookId,
}

impl Endpoint for TestHook {
    fn method(&self) -> Method {
        Method::POST
    }

    fn endpoint(&self) -> Cow<'static, str> {
        format!("projects/{}/hooks/{}/test/issues_events", self.project, self.hook).into()
    }
}
