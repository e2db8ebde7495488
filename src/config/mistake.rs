//! A mistake in the configuration: where it is, what is wrong, what to do about it.

use std::fmt;

/// One mistake in a file, a variable or a combination of settings.
///
/// It never holds a value that may be a secret: lines of the service's file are shown up to
/// their key only, and variables by name only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    place: Place,
    what: String,
    hint: Option<String>,
}

impl ConfigError {
    /// What to do about it.
    pub fn remedy(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// What is wrong, without place and hint.
    pub fn what(&self) -> &str {
        &self.what
    }
}

/// Where a mistake is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// At a position of a file.
    Line { file: String, spot: Spot, shown: String },
    /// A file, a folder or a variable as a whole.
    Whole(String),
}

/// A position in a file, both counted from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl ConfigError {
    /// A mistake that belongs to a whole file, folder or variable.
    pub(crate) fn whole(name: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: Place::Whole(visible(&name.into())), what: visible(&what.into()), hint: None }
    }

    /// A mistake at a position, with the line to show.
    pub(crate) fn at(file: &str, spot: Spot, shown: String, what: impl Into<String>) -> Self {
        let place = Place::Line { file: visible(file), spot, shown };
        Self { place, what: visible(&what.into()), hint: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(visible(&hint.into())), ..self }
    }

    /// Adds `did you mean …?` when a known word is near to the one written.
    #[must_use]
    pub(crate) fn nearest<'a>(self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(word, known) {
            Some(known) => self.hint(format!("did you mean `{known}`?")),
            None => self,
        }
    }

    /// The order in which mistakes of one file are told.
    fn spot(&self) -> Option<Spot> {
        match &self.place {
            Place::Line { spot, .. } => Some(*spot),
            Place::Whole(_) => None,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Line { file, spot, .. } => {
                write!(f, "{file}:{}:{}: {}", spot.line, spot.column, self.what)?;
            }
            Place::Whole(name) => write!(f, "{name}: {}", self.what)?,
        }
        if let Some(hint) = &self.hint {
            write!(f, ", {hint}")?;
        }
        if let Place::Line { spot, shown, .. } = &self.place {
            let number = spot.line.to_string();
            let margin = " ".repeat(number.len());
            let indent = " ".repeat(spot.column.saturating_sub(1));
            write!(f, "\n  {number} | {shown}\n  {margin} | {indent}^")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// A text as one line that does nothing to a terminal: a wrong word is quoted as it was written, and
/// it may hold anything.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            visible.extend(c.escape_default());
        } else {
            visible.push(c);
        }
    }
    visible
}

/// Every mistake found, in the order of the files and of their lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

/// Brings the mistakes of one file into the order of its lines.
pub(crate) fn in_order(mut mistakes: Vec<ConfigError>) -> Vec<ConfigError> {
    mistakes.sort_by_key(ConfigError::spot);
    mistakes
}

/// The known word that a mistyped one most likely means.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(word, known), known))
        .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
