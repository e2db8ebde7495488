//! How single values are read from their text; no message repeats the value.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine;
use jiff::Timestamp;
use secrecy::{SecretSlice, SecretString};
use url::{Host, Url};

use crate::model::{Username, is_full_path};

/// What a value must be, to be shown to people.
pub(super) type Expected = String;

/// An address of a service: https, or http on this machine.
pub(super) fn service_url(text: &str) -> Result<Url, Expected> {
    let url = Url::parse(text).map_err(|_| "must be an address like https://gitlab.com")?;
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback => {}
        "http" => return Err("must start with https:// unless it is this machine".to_owned()),
        _ => return Err("must start with https://".to_owned()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a username or password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with its path, without `?` and `#`".to_owned());
    }
    Ok(url)
}

/// `group/project`, with any number of subgroups.
pub(super) fn project_path(text: &str) -> Result<String, Expected> {
    match text.contains('/') && is_full_path(text) {
        true => Ok(text.to_owned()),
        false => Err("must be the full path of a project like `group/project`".to_owned()),
    }
}

/// `group`, `group/subgroup` or `group/project`.
pub(super) fn namespace_path(text: &str) -> Result<String, Expected> {
    match is_full_path(text) {
        true => Ok(text.to_owned()),
        false => Err("must be the full path of a group or project like `group/project`".to_owned()),
    }
}

/// A username, with or without `@`.
pub(super) fn username(text: &str) -> Result<Username, Expected> {
    let name = text.strip_prefix('@').unwrap_or(text);
    let fits = !name.is_empty()
        && name.len() <= 255
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    if fits { Ok(Username::new(name)) } else { Err("must be GitLab usernames".to_owned()) }
}

/// `sqlite:PATH` or `postgres://…`
pub(super) fn database_url(text: &str) -> Result<SecretString, Expected> {
    let path = text.strip_prefix("sqlite:").is_some_and(|path| !path.is_empty());
    let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
    if path || (is_postgres && Url::parse(text).is_ok()) {
        Ok(SecretString::from(text))
    } else {
        Err("must be `sqlite:PATH` or start with postgres://".to_owned())
    }
}

/// Whether a database's address names a password.
pub(super) fn has_password(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
}

/// An address to listen on.
pub(super) fn socket_address(text: &str) -> Result<SocketAddr, Expected> {
    text.parse().map_err(|_| "must be an IP address and a port like 127.0.0.1:8080".to_owned())
}

/// A token that goes into a request's header.
pub(super) fn token(text: &str) -> Result<SecretString, Expected> {
    if text.chars().all(|c| c.is_ascii_graphic()) {
        Ok(SecretString::from(text))
    } else {
        Err("must be one word of visible ASCII characters".to_owned())
    }
}

/// The key of a Standard Webhooks signature: `whsec_` and 24 to 64 bytes in base64.
pub(super) fn signing_key(text: &str) -> Result<SecretSlice<u8>, Expected> {
    let expected = "must each be `whsec_` and 24 to 64 bytes in base64";
    let encoded = text.strip_prefix("whsec_").ok_or(expected)?;
    let key = base64::engine::general_purpose::STANDARD.decode(encoded).map_err(|_| expected)?;
    if (24..=64).contains(&key.len()) {
        Ok(SecretSlice::from(key))
    } else {
        Err(expected.to_owned())
    }
}

/// `true` or `false`; variables often say `1` and `0`.
pub(super) fn flag(text: &str) -> Result<bool, Expected> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("must be `true` or `false`".to_owned()),
    }
}

/// A file or folder on this machine.
pub(super) fn path(text: &str) -> Result<PathBuf, Expected> {
    if text.is_empty() || text.contains('\0') {
        return Err("must be a path".to_owned());
    }
    Ok(PathBuf::from(text))
}

/// A moment, as RFC 3339 writes it.
pub(super) fn moment(text: &str) -> Result<Timestamp, Expected> {
    text.parse().map_err(|_| "must be a time like `2027-01-31T12:00:00Z`".to_owned())
}

/// A whole number between two bounds.
pub(super) fn number<T>(from: T, to: T) -> impl Fn(&str) -> Result<T, Expected>
where
    T: FromStr + PartialOrd + std::fmt::Display + Copy,
{
    move |text| {
        let number = text.parse().ok().filter(|number| (from..=to).contains(number));
        number.ok_or_else(|| format!("must be a whole number from {from} to {to}"))
    }
}

/// By how much waits are divided.
pub(super) fn time_scale(text: &str) -> Result<f64, Expected> {
    let number = text.parse().ok().filter(|number: &f64| (1.0..=1e6).contains(number));
    number.ok_or_else(|| "must be a number from 1 to 1000000".to_owned())
}

/// One of a few words.
pub(super) fn one_of<T: Copy, const N: usize>(
    words: [(&'static str, T); N],
) -> impl Fn(&str) -> Result<T, Expected> {
    move |text| {
        words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            format!("must be {}", words.join(" or "))
        })
    }
}

/// What the log shows.
pub(super) fn log_filter(text: &str) -> Result<String, Expected> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("must be a level or rules like `info,landfall=debug`".to_owned()),
    }
}
