//! Reads for which the `gitlab` crate has no endpoint, or none with the filters we need.

use std::borrow::Cow;

use gitlab::api::Pageable;
use gitlab::api::endpoint_prelude::{Endpoint, Method, QueryParams};
use jiff::Timestamp;

use crate::model::ProjectId;

/// `GET` of a path below the API's base.
#[derive(Debug)]
pub(super) struct Reading {
    path: String,
    query: Vec<(&'static str, String)>,
}

impl Reading {
    /// Of a path made of our own words and numbers.
    pub(super) fn of(path: impl Into<String>) -> Self {
        Self { path: path.into(), query: Vec::new() }
    }

    /// Of something in a project: `merge_requests`.
    pub(super) fn in_project(project: ProjectId, what: &str) -> Self {
        Self::of(format!("projects/{project}/{what}"))
    }

    /// With a filter.
    pub(super) fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    /// With a filter on a moment.
    pub(super) fn at(self, key: &'static str, moment: Timestamp) -> Self {
        self.with(key, moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }
}

impl Endpoint for Reading {
    fn method(&self) -> Method {
        Method::GET
    }

    fn endpoint(&self) -> Cow<'static, str> {
        self.path.clone().into()
    }

    fn parameters(&self) -> QueryParams<'_> {
        let mut params = QueryParams::default();
        for (key, value) in &self.query {
            params.push(*key, value.as_str());
        }
        params
    }
}

impl Pageable for Reading {}
