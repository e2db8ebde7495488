//! Finds each setting's text: in its variable, in a secret's file, in `landfall.yaml`, or default.

use std::path::{Path, PathBuf};

use super::env::Env;
use super::keys::{self, Key, Kind};
use super::mistake::{ConfigError, Spot, in_order};
use super::source::{Source, read_limited};
use super::values::Expected;
use super::yaml::{self, Node, Value};

/// The largest file with a secret, in bytes.
const MAX_SECRET: u64 = 64 * 1024;

/// The settings while they are read.
#[derive(Debug)]
pub(super) struct Settings<'a, E: Env + ?Sized> {
    env: &'a E,
    file: Option<&'a Source>,
    /// Known keys of the file: name, position, texts.
    given: Vec<(String, Spot, Vec<String>)>,
    in_file: Vec<ConfigError>,
    elsewhere: Vec<ConfigError>,
}

/// Where a text was found.
#[derive(Debug, Clone)]
enum Origin {
    Variable(String),
    SecretFile(PathBuf),
    File(Spot),
    Default,
}

impl<'a, E: Env + ?Sized> Settings<'a, E> {
    /// Checks the names of all keys and variables.
    pub(super) fn new(env: &'a E, file: Option<&'a Source>) -> Self {
        let mut settings =
            Self { env, file, given: Vec::new(), in_file: Vec::new(), elsewhere: Vec::new() };
        settings.check_variables();
        if let Some(source) = file {
            settings.read_file(source);
        }
        settings
    }

    /// All mistakes: the file's, then those of variables and secrets' files.
    pub(super) fn into_mistakes(self) -> Vec<ConfigError> {
        let mut mistakes = in_order(self.in_file);
        mistakes.extend(self.elsewhere);
        mistakes
    }

    /// One value, or `None` when it is absent or wrong; what is wrong is noted.
    pub(super) fn one<T>(
        &mut self,
        key: &Key,
        read: impl Fn(&str) -> Result<T, Expected>,
    ) -> Option<T> {
        let (texts, origin) = self.find(key)?;
        let [text] = texts.as_slice() else {
            self.note(key, &origin, "must be a single value");
            return None;
        };
        self.keep(key, &origin, read(text))
    }

    /// A comma-separated text or a list; wrong elements are noted and left out.
    pub(super) fn many<T>(
        &mut self,
        key: &Key,
        read: impl Fn(&str) -> Result<T, Expected>,
    ) -> Vec<T> {
        let Some((texts, origin)) = self.find(key) else {
            return Vec::new();
        };
        let parts = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
        let mut values = Vec::new();
        for part in parts {
            let value = match part {
                "" => Err("has an empty element".to_owned()),
                part => read(part),
            };
            match value {
                Ok(value) => values.push(value),
                // One mistake says it all; the elements themselves are not shown.
                Err(expected) => {
                    self.note(key, &origin, &expected);
                    break;
                }
            }
        }
        values
    }

    /// Notes a mistake of a value found before.
    pub(super) fn refuse_in_file(&mut self, key: &Key, what: &str) {
        if let Some((_, origin @ Origin::File(_))) = self.find(key) {
            self.note(key, &origin, what);
        }
    }

    fn keep<T>(&mut self, key: &Key, origin: &Origin, value: Result<T, Expected>) -> Option<T> {
        value.map_err(|expected| self.note(key, origin, &expected)).ok()
    }

    fn note(&mut self, key: &Key, origin: &Origin, what: &str) {
        match origin {
            Origin::Variable(name) => self.elsewhere.push(ConfigError::whole(name, what)),
            Origin::SecretFile(path) => {
                self.elsewhere.push(ConfigError::whole(path.display().to_string(), what));
            }
            Origin::File(spot) => {
                if let Some(source) = self.file {
                    self.in_file.push(source.mistake(*spot, format!("`{}` {what}", key.name)));
                }
            }
            Origin::Default => self.elsewhere.push(ConfigError::whole(key.name, what)),
        }
    }

    /// The texts of a setting and where they are from.
    fn find(&mut self, key: &Key) -> Option<(Vec<String>, Origin)> {
        if let Some(found) = self.find_in_variables(key) {
            return found;
        }
        let file_key = format!("{}_file", key.name);
        let given = |name: &str| self.given.iter().find(|(one, _, _)| one == name).cloned();
        match (given(key.name), given(&file_key)) {
            (Some((_, spot, _)), Some(_)) => {
                let what = format!("and `{file_key}` exclude each other");
                self.note(key, &Origin::File(spot), &what);
                None
            }
            (Some((_, spot, texts)), None) => Some((texts, Origin::File(spot))),
            (None, Some((_, spot, texts))) => match texts.as_slice() {
                [path] => self.read_secret(Path::new(path)),
                _ => {
                    self.note(key, &Origin::File(spot), "must be read from one file");
                    None
                }
            },
            (None, None) => match key.default {
                "" | "[]" => None,
                default => Some((vec![default.to_owned()], Origin::Default)),
            },
        }
    }

    /// `None`: no variable is set. `Some(None)`: one is, and it is wrong.
    #[expect(clippy::option_option, reason = "absent and wrong are two things here")]
    fn find_in_variables(&mut self, key: &Key) -> Option<Option<(Vec<String>, Origin)>> {
        let name = key.variable();
        let file_name = format!("{name}_FILE");
        let value = self.env.get(&name);
        let path = self.env.get(&file_name).filter(|_| key.kind != Kind::Plain);
        let mut wrong = |name: &str, what: &str, hint: &str| {
            self.elsewhere.push(ConfigError::whole(name, what).hint(hint));
            Some(None)
        };
        match (value, path) {
            (None, None) => None,
            (Some(_), Some(_)) => {
                wrong(&name, &format!("is set, and so is {file_name}"), "unset one of them")
            }
            (Some(text), None) => match text.trim() {
                "" => wrong(&name, "is empty", "give it a value or unset it"),
                text if text.contains('\u{fffd}') => {
                    wrong(&name, "is not UTF-8 text", "write it again")
                }
                text => Some(Some((vec![text.to_owned()], Origin::Variable(name)))),
            },
            (None, Some(path)) if path.trim().is_empty() => {
                wrong(&file_name, "is empty", "give it a path or unset it")
            }
            (None, Some(path)) => Some(self.read_secret(Path::new(&path))),
        }
    }

    /// A secret's file.
    fn read_secret(&mut self, path: &Path) -> Option<(Vec<String>, Origin)> {
        match secret_text(path) {
            Ok(text) => Some((vec![text], Origin::SecretFile(path.to_owned()))),
            Err(mistake) => {
                self.elsewhere.push(mistake);
                None
            }
        }
    }

    /// Variables that begin like ours and mean nothing are most likely mistyped.
    fn check_variables(&mut self) {
        let known: Vec<String> = keys::ALL.iter().flat_map(|key| key.variables()).collect();
        let mut names = self.env.names();
        names.sort();
        for name in names {
            let ours = name.starts_with("LANDFALL_") && !name.starts_with("LANDFALL_TEST_");
            if ours && !known.contains(&name) {
                let mistake = ConfigError::whole(&name, "no setting has this variable");
                let known = known.iter().map(String::as_str);
                self.elsewhere.push(mistake.nearest(&name, known));
            }
        }
    }

    /// Reads `landfall.yaml` as far as keys and texts.
    fn read_file(&mut self, source: &'a Source) {
        let root = match yaml::parse(source) {
            Ok(root) => root,
            Err(mistake) => return self.in_file.push(mistake),
        };
        // A file with comments only is fine.
        if matches!(root.value, Value::Null) {
            return;
        }
        let known: Vec<String> = keys::ALL.iter().flat_map(|key| key.yaml_keys()).collect();
        let mut allowed: Vec<&str> = known.iter().map(String::as_str).collect();
        let secrets = keys::ALL.iter().filter(|key| key.kind == Kind::Secret);
        let secrets: Vec<&str> = secrets.map(|key| key.name).collect();
        allowed.extend(&secrets);
        let mut reader = super::reader::Reader::new(source);
        let fields = reader.fields(&root, &allowed);
        for name in allowed {
            let Some(node) = fields.get(name) else {
                continue;
            };
            if secrets.contains(&name) {
                reader.note(
                    node.spot,
                    format!("`{name}` is a secret and must not stand in this file"),
                    &format!("use `{name}_file`, and replace this secret if others could read it"),
                );
                continue;
            }
            match texts(node) {
                Some(texts) if texts.is_empty() => {}
                Some(texts) if texts.iter().any(|text| text.trim().is_empty()) => {
                    reader.note(
                        node.spot,
                        format!("`{name}` is empty"),
                        "give it a value or remove the line",
                    );
                }
                Some(texts) => self.given.push((name.to_owned(), node.spot, texts)),
                None => {
                    reader.note(
                        node.spot,
                        format!("`{name}` must be a single value or a list"),
                        "",
                    );
                }
            }
        }
        self.in_file.extend(reader.into_mistakes());
    }
}

/// The texts of a scalar or of a list of scalars; none for null.
fn texts(node: &Node) -> Option<Vec<String>> {
    let scalar = |node: &Node| match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text.trim().to_owned()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    };
    match &node.value {
        Value::Null => Some(Vec::new()),
        Value::List(nodes) => nodes.iter().map(scalar).collect(),
        _ => scalar(node).map(|text| vec![text]),
    }
}

/// The text of a secret's file: small, not empty, closed to others.
pub(super) fn secret_text(path: &Path) -> Result<String, ConfigError> {
    let name = path.display().to_string();
    let wrong = |what: &str, hint: &str| ConfigError::whole(&name, what).hint(hint);
    let Some(bytes) = read_limited(path, MAX_SECRET)? else {
        return Err(wrong("there is no such file", "create it or correct the path"));
    };
    if is_open_to_all(path) {
        return Err(wrong("everybody on this machine can read this secret", "chmod 600 or 640 it"));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text", "write it again"))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    match text.trim() {
        "" => Err(wrong("this secret is empty", "write it into the file")),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(unix)]
fn is_open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_: &Path) -> bool {
    false
}
