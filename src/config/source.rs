//! The text of one configuration file, read with a limit on its size.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::mistake::{ConfigError, Spot};

/// The largest configuration file, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// One file as read, and how to show its lines.
#[derive(Debug)]
pub(crate) struct Source {
    /// As messages name it.
    pub(crate) name: String,
    pub(crate) text: String,
    /// Whether values must not be shown, because one of them may be a misplaced secret.
    masked: bool,
}

impl Source {
    /// A file that is part of the program.
    pub(crate) fn embedded(name: &str, text: &str) -> Self {
        Self { name: format!("built-in {name}"), text: text.to_owned(), masked: false }
    }

    /// A file whose text is here already, under the same limit.
    pub(crate) fn given(name: &str, text: &str) -> Result<Self, ConfigError> {
        if text.len() as u64 > MAX_FILE {
            return Err(too_large(name, MAX_FILE));
        }
        Ok(Self { name: name.to_owned(), text: text.to_owned(), masked: false })
    }

    /// Reads a file; `None` when it doesn't exist.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, ConfigError> {
        let name = path.display().to_string();
        let Some(bytes) = read_limited(path, MAX_FILE)? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes)
            .map_err(|_| ConfigError::whole(&name, "is not UTF-8 text").hint("save it as UTF-8"))?;
        Ok(Some(Self { name, text, masked: false }))
    }

    /// The same, never showing a value in a message.
    pub(crate) fn masked(self) -> Self {
        Self { masked: true, ..self }
    }

    /// Whether messages may show values.
    pub(crate) fn is_masked(&self) -> bool {
        self.masked
    }

    /// A mistake at a position of this file.
    pub(crate) fn mistake(&self, spot: Spot, what: impl Into<String>) -> ConfigError {
        ConfigError::at(&self.name, spot, self.shown(spot), what)
    }

    /// The line at a position, fit for a terminal and free of secrets.
    fn shown(&self, spot: Spot) -> String {
        const WIDTH: usize = 200;
        let line = self.text.lines().nth(spot.line.saturating_sub(1)).unwrap_or_default();
        let line = if self.masked { up_to_key(line) } else { line.to_owned() };
        line.chars().take(WIDTH).map(|c| if c.is_control() { ' ' } else { c }).collect()
    }
}

/// `  tracker: group/project` becomes `  tracker: …`; a line without a plain key only `…`.
fn up_to_key(line: &str) -> String {
    let key = line.trim_start();
    let indent = &line[..line.len() - key.len()];
    match key.split_once(':') {
        Some((key, _)) if key.chars().all(|c| c.is_ascii_lowercase() || c == '_') => {
            format!("{indent}{key}: …")
        }
        _ => format!("{indent}…"),
    }
}

/// Reads a regular file of at most `limit` bytes; `None` when it doesn't exist.
pub(crate) fn read_limited(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, ConfigError> {
    let name = path.display().to_string();
    let failed = |error: &io::Error| {
        ConfigError::whole(&name, format!("can't be read ({error})"))
            .hint("check that it exists and that this user may read it")
    };
    // Asked before opening: opening a pipe would wait for a writer.
    let about = match std::fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error)),
    };
    if !about.is_file() {
        return Err(ConfigError::whole(&name, "is not a regular file"));
    }
    if about.len() > limit {
        return Err(too_large(&name, limit));
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(failed(&error)),
        Ok(length) if length as u64 > limit => Err(too_large(&name, limit)),
        Ok(_) => Ok(Some(bytes)),
    }
}

fn too_large(name: &str, limit: u64) -> ConfigError {
    ConfigError::whole(name, format!("is larger than {limit} bytes")).hint("is it the right file?")
}
