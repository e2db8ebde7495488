//! Takes new secrets and a new workflow while the service runs.

use std::sync::PoisonError;

use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::service::{Running, secrets};
use crate::config::Config;

impl Running {
    /// Takes over secrets, workflow, texts, sources and rules. What else differs needs a restart and is named.
    ///
    /// # Errors
    /// When a secret can't be used: then everything stays as it was.
    pub fn reload(&self, config: &Config) -> anyhow::Result<()> {
        self.take_secrets(config)?;
        self.engine.replace_rulebook(super::rulebook(config));
        let needs_restart = differing(&self.config, config);
        if !needs_restart.is_empty() {
            let names = needs_restart.join(", ");
            tracing::warn!(event = "reload", names, "these settings change with a restart only");
        }
        metrics::counter!("landfall_reloads_total", "outcome" => "ok").increment(1);
        tracing::info!(event = "reload", outcome = "ok", config = %config.origin);
        Ok(())
    }

    /// Takes over secrets that changed; returns whether any did.
    ///
    /// # Errors
    /// As [`Running::reload`].
    pub fn reload_secrets(&self, config: &Config) -> anyhow::Result<bool> {
        let before = *self.secrets_print.lock().unwrap_or_else(PoisonError::into_inner);
        if print(config) == before {
            return Ok(false);
        }
        self.take_secrets(config)?;
        tracing::info!(event = "reload", outcome = "ok", "new secrets are in force");
        Ok(true)
    }

    fn take_secrets(&self, config: &Config) -> anyhow::Result<()> {
        let (access, secrets) = (super::access(config)?, secrets(config)?);
        let mut known = self.secrets_print.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != print(config) {
            self.engine.gitlab().replace_token(&access.token)?;
            self.secrets.replace(secrets);
            *known = print(config);
        }
        Ok(())
    }
}

/// A digest of everything secret that can be replaced, to know when it changed.
pub(super) fn print(config: &Config) -> [u8; 32] {
    let service = &config.service;
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    };
    if let Ok(token) = service.require_token() {
        add(token.expose_secret().as_bytes());
    }
    for key in &service.webhook_signing_keys {
        add(key.expose_secret());
    }
    add(b"|");
    for token in &service.webhook_secret_tokens {
        add(token.expose_secret().as_bytes());
    }
    add(format!("{:?}", service.webhook_previous_until).as_bytes());
    add(&[u8::from(service.accept_token_fallback)]);
    digest.finalize().into()
}

/// Settings that differ and are read at start only.
fn differing(before: &Config, now: &Config) -> Vec<&'static str> {
    let (before, now) = (&before.service, &now.service);
    let pairs = [
        ("gitlab_url", before.gitlab_url == now.gitlab_url),
        ("tracker", before.require_tracker().ok() == now.require_tracker().ok()),
        ("database_url", before.database_url.expose_secret() == now.database_url.expose_secret()),
        ("listen", before.listen == now.listen),
        ("metrics_listen", before.metrics_listen == now.metrics_listen),
        ("public_url", before.public_url == now.public_url),
        ("staff", before.staff == now.staff),
        ("dri", before.dri == now.dri),
        ("ignored_users", before.ignored_users == now.ignored_users),
        ("staff_access_level", before.staff_access_level == now.staff_access_level),
        ("dry_run", before.dry_run == now.dry_run),
        ("sweep_minutes", before.sweep_minutes == now.sweep_minutes),
        ("retention_days", before.retention_days == now.retention_days),
        ("replies_per_hour", before.replies_per_hour == now.replies_per_hour),
        ("comments_per_hour", before.comments_per_hour == now.comments_per_hour),
    ];
    pairs.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name).collect()
}
