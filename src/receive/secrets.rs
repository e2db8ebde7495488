//! What a sender must know: signing keys and plain tokens, several of each while they rotate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

const PREFIX: &str = "whsec_";
/// The range of the Standard Webhooks specification; GitLab's own keys have 32.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Why a secret from the configuration can't be used. Never holds the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// No `whsec_` in front.
    #[error("a webhook signing token must start with `whsec_`: copy it whole from GitLab")]
    Prefix,
    /// Not standard base64 with padding.
    #[error("a webhook signing token must be `whsec_` and standard base64: copy it whole")]
    Base64,
    /// Too short to be safe or too long to be meant.
    #[error("a webhook signing token must hold 24 to 64 bytes, this one holds {0}: make a new one")]
    Length(usize),
    /// An empty plain token would let everybody in.
    #[error("a webhook secret token is empty: set it or leave it out")]
    EmptyToken,
    /// No secret of either kind.
    #[error("no webhook secret is configured: set a signing token or a secret token")]
    None,
}

/// The key of one signing token.
#[derive(Debug)]
pub struct SigningKey(SecretSlice<u8>);

impl SigningKey {
    /// Reads a `whsec_…` token as GitLab shows it.
    pub fn parse(token: &str) -> Result<Self, SecretError> {
        let encoded = token.strip_prefix(PREFIX).ok_or(SecretError::Prefix)?;
        let key = STANDARD.decode(encoded).map_err(|_| SecretError::Base64)?;
        if !KEY_BYTES.contains(&key.len()) {
            return Err(SecretError::Length(key.len()));
        }
        Ok(Self(key.into()))
    }

    /// An HMAC that has seen nothing yet.
    pub(super) fn mac(&self) -> Option<Hmac<Sha256>> {
        // HMAC takes a key of any length; the `Option` only spares a panic path.
        Hmac::new_from_slice(self.0.expose_secret()).ok()
    }
}

/// The SHA-256 of one plain token: what is compared, so that no length shows in the time it takes.
#[derive(Clone)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Takes a token as configured; nothing is trimmed.
    pub fn of(token: &str) -> Result<Self, SecretError> {
        if token.is_empty() {
            return Err(SecretError::EmptyToken);
        }
        Ok(Self(Sha256::digest(token).into()))
    }
}

impl std::fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenDigest([REDACTED])")
    }
}

/// Every secret that opens the door now. At least one.
#[derive(Debug)]
pub struct Secrets {
    pub(super) signing: Vec<SigningKey>,
    pub(super) tokens: Vec<TokenDigest>,
    pub(super) accept_token_fallback: bool,
    previous_until: Option<Timestamp>,
}

impl Secrets {
    /// Puts them together. `accept_token_fallback` lets an unsigned delivery in by its plain token
    /// although signing keys are configured: for the days of a migration only.
    pub fn new(
        signing: Vec<SigningKey>,
        tokens: Vec<TokenDigest>,
        accept_token_fallback: bool,
    ) -> Result<Self, SecretError> {
        if signing.is_empty() && tokens.is_empty() {
            return Err(SecretError::None);
        }
        Ok(Self { signing, tokens, accept_token_fallback, previous_until: None })
    }

    /// From this moment on only the first secret of each kind is right: the end of a rotation.
    #[must_use]
    pub fn with_previous_until(mut self, moment: Option<Timestamp>) -> Self {
        self.previous_until = moment;
        self
    }

    /// The signing keys that are right at this moment, the newest first.
    pub(super) fn signing_at(&self, now: Timestamp) -> &[SigningKey] {
        self.in_force(&self.signing, now)
    }

    fn in_force<'a, T>(&self, secrets: &'a [T], now: Timestamp) -> &'a [T] {
        let is_over = self.previous_until.is_some_and(|until| now >= until);
        if is_over { secrets.get(..1).unwrap_or(secrets) } else { secrets }
    }

    /// Compares with every token in the same time, whichever matches.
    pub(super) fn knows_token(&self, presented: &[u8], now: Timestamp) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        let tokens = self.in_force(&self.tokens, now).iter().enumerate();
        let (mut found, mut old) = (Choice::from(0), Choice::from(0));
        for (index, token) in tokens {
            let is_right = token.0.ct_eq(&presented);
            found |= is_right;
            old |= is_right & Choice::from(u8::from(index > 0));
        }
        note_old_secret(old.into());
        found.into()
    }
}

/// Counts deliveries that still come with a secret about to end.
pub(super) fn note_old_secret(is_old: bool) {
    if is_old {
        metrics::counter!("landfall_old_secret_used_total").increment(1);
    }
}
