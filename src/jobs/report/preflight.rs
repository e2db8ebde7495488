//! Whether the program would take the group that the community moves into.

use url::Url;

use super::super::context::Engine;
use super::super::failure::Failure;
use super::super::namespace::{NoNamespace, gather_namespace};
use super::{Ground, Made};
use crate::assess::preflight;
use crate::decide;
use crate::model::is_full_path;
use crate::tracker::safe;

impl Engine {
    pub(super) async fn preflight(&self, ground: &Ground<'_>) -> Result<Made, Failure> {
        let named = decide::destination_group(ground.intake).unwrap_or_default();
        let shown = safe::inline(&named);
        let body = match self.group_path(&named) {
            None => format!(
                "**Preflight for the program**\n\n{shown} is no group on this GitLab, so it can't be \
                 looked at from here. Write the group's full path behind *Group* in the *Quick facts*."
            ),
            Some(path) => match gather_namespace(&self.gitlab, &path).await {
                Ok(namespace) => preflight::markdown(&preflight::preflight(
                    &namespace,
                    &ground.rulebook.judgement,
                )),
                Err(NoNamespace::Gitlab(error)) => return Err(error.into()),
                Err(why) => format!("**Preflight for the program**\n\n{shown}: {why}."),
            },
        };
        Ok(Made { body, state: String::new(), again: None })
    }

    /// The path of a group that is written as a path or as an address on the tracker's GitLab.
    fn group_path(&self, named: &str) -> Option<String> {
        let path = match named.split_once("://") {
            None => named.trim_matches('/').to_owned(),
            Some(_) => {
                let address = Url::parse(named).ok()?;
                let host = self.outside.hosts.own();
                (address.origin() == host.origin())
                    .then(|| address.path().trim_matches('/').to_owned())?
            }
        };
        is_full_path(&path).then_some(path)
    }
}
