//! Carries the steps out, one by one.

use secrecy::SecretString;

use crate::gitlab::{GitLab, GitlabError, Hook, HookEvents, HookSettings, NewFile};

use super::{Found, Step, TEMPLATE_PATH};

/// What the steps need to be carried out.
#[derive(Debug)]
pub struct Applied<'a> {
    /// Through which client.
    pub gitlab: &'a GitLab,
    /// What was found.
    pub found: &'a Found,
    /// Text of the intake template.
    pub template: &'a str,
    /// `whsec_…`, for the hook.
    pub signing_token: Option<SecretString>,
    /// Plain secret, for the hook.
    pub secret_token: Option<SecretString>,
}

/// Carries one step out. Returns a warning for the person, if there is one.
///
/// # Errors
/// GitLab's; steps made before stay made, and a second run plans the rest.
pub async fn apply(ground: &Applied<'_>, step: &Step) -> Result<Option<&'static str>, GitlabError> {
    let gitlab = ground.gitlab;
    let project = ground.found.project.id;
    match step {
        Step::CreateLabel(label) => {
            gitlab.create_label(project, &label.name, &label.color, &label.description).await?;
        }
        Step::UpdateLabel { id, label } => {
            gitlab.update_label(project, *id, &label.color, &label.description).await?;
        }
        Step::CreateTemplate => {
            let branch = ground.found.project.default_branch.as_deref().unwrap_or("main");
            gitlab
                .create_file(
                    project,
                    &NewFile {
                        path: TEMPLATE_PATH,
                        branch,
                        content: ground.template,
                        message: "Add the intake template for communities that move",
                    },
                )
                .await?;
        }
        Step::CreateHook { url } => {
            let hook = gitlab.create_hook(project, &ground.hook(url)).await?;
            return Ok(ground.warning(&hook));
        }
        Step::UpdateHook { hook, url, .. } => {
            let updated = gitlab.update_hook(project, *hook, &ground.hook(url)).await?;
            let is_off =
                updated.alert_status.as_deref().is_some_and(|status| status != "executable");
            // Only a test that is answered well switches a hook on again.
            if is_off && gitlab.test_hook(project, *hook).await.is_err() {
                return Ok(Some(
                    "the test of the webhook failed, so it stays off: is `landfall serve` up with \
                     these secrets? Then run setup again",
                ));
            }
            return Ok(ground.warning(&updated));
        }
    }
    Ok(None)
}

impl Applied<'_> {
    fn hook(&self, url: &url::Url) -> HookSettings {
        HookSettings {
            url: url.clone(),
            events: HookEvents::NEEDED,
            ssl_verification: url.scheme() == "https",
            signing_token: self.signing_token.clone(),
            secret_token: self.secret_token.clone(),
        }
    }

    /// GitLab before 19.0 takes a signing token without a word and forgets it.
    fn warning(&self, hook: &Hook) -> Option<&'static str> {
        let is_ignored = self.signing_token.is_some() && hook.signing_token_present != Some(true);
        is_ignored.then_some(
            "this GitLab does not sign webhooks (before 19.0): set LANDFALL_WEBHOOK_SECRET_TOKENS \
             instead of LANDFALL_WEBHOOK_SIGNING_TOKENS, and run setup again",
        )
    }
}
