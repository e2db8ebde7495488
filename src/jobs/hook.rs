//! Looks after the webhook: is it there, is it on, does anything come through it?

use url::Url;

use crate::gitlab::{GitlabError, Hook};
use crate::model::Lease;

use super::context::{Engine, Identity};
use super::failure::Failure;

/// Under this name the last look at the webhook is kept, for all replicas to show.
pub const HOOK_CURSOR: &str = "hook/state";
/// Under this name stands whether GitLab's log of deliveries can be read.
pub const EVENT_LOG_CURSOR: &str = "hook/event-log";
/// What [`HOOK_CURSOR`] holds when nothing is wrong.
pub const HOOK_IS_WELL: &str = "ok";

/// What was found wrong with the webhook, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ailment {
    /// GitLab has no webhook to us.
    Missing,
    /// GitLab has switched it off after failures.
    Disabled,
    /// GitLab's deliveries carry another secret than ours.
    Refused,
    /// Issues change and nothing is delivered.
    Silent,
}

impl Ailment {
    fn name(self) -> &'static str {
        match self {
            Self::Missing => "hook_missing",
            Self::Disabled => "hook_disabled",
            Self::Refused => "hook_refused",
            Self::Silent => "hook_silent",
        }
    }

    /// What is wrong and what to do.
    fn words(self) -> &'static str {
        match self {
            Self::Missing => "GitLab has no webhook to this service; run `landfall setup --apply`",
            Self::Disabled => {
                "GitLab has switched the webhook off after failures; a test was asked for, which \
                 switches it on when we answer; can GitLab reach LANDFALL_PUBLIC_URL?"
            }
            Self::Refused => {
                "deliveries were refused for a wrong secret; run `landfall setup --apply`, which \
                 gives GitLab ours"
            }
            Self::Silent => {
                "issues change and no webhook comes; look at the webhook's recent events in GitLab \
                 and at what stands between it and this service"
            }
        }
    }
}

impl Engine {
    /// The webhook that calls us: the one at our public address, or the only one with our path.
    pub(super) async fn our_hook(&self, identity: &Identity) -> Result<Option<Hook>, GitlabError> {
        let hooks = self.gitlab.hooks(identity.project).await?;
        let address = |hook: &Hook| Url::parse(&hook.url).ok();
        if let Some(ours) = &self.settings.hook_url {
            return Ok(hooks.into_iter().find(|hook| address(hook).as_ref() == Some(ours)));
        }
        let is_like_ours = |hook: &Hook| {
            address(hook).is_some_and(|url| url.path().ends_with(self.settings.hook_path))
        };
        let mut like_ours = hooks.into_iter().filter(is_like_ours);
        Ok(like_ours.next().filter(|_| like_ours.next().is_none()))
    }

    /// Has GitLab try a webhook that it switched off: a good answer switches it on.
    pub(super) async fn revive(&self, identity: &Identity, hook: &Hook) {
        if self.settings.is_dry_run {
            return;
        }
        match self.gitlab.test_hook(identity.project, hook.id).await {
            Ok(()) => tracing::info!(event = "hook_tested", hook = hook.id.0),
            Err(error) => tracing::warn!(event = "hook_tested", hook = hook.id.0, %error),
        }
    }

    /// Keeps and tells what was found; an alarm each time, so that it can't be slept through.
    pub(super) async fn note_hook(
        &self,
        lease: &Lease,
        ailment: Option<Ailment>,
    ) -> Result<(), Failure> {
        let words = ailment.map_or(HOOK_IS_WELL, Ailment::words);
        metrics::gauge!("landfall_hook_is_well").set(f64::from(u8::from(ailment.is_none())));
        if let Some(ailment) = ailment {
            let alarm = ailment.name();
            metrics::counter!("landfall_alarms_total", "alarm" => alarm).increment(1);
            tracing::error!(event = "alarm", alarm, "{words}");
        }
        Ok(self.store.move_cursor(lease, HOOK_CURSOR, words).await?)
    }
}

/// Whether GitLab says that it delivers.
pub(super) fn is_on(hook: &Hook) -> bool {
    hook.alert_status.as_deref().is_none_or(|status| status == "executable")
        && hook.disabled_until.is_none()
}
